"""Explorer of ``50_challenges``: learning curves continued; a price is in `price`."""

from functools import lru_cache

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from medkit.views.explorer import Choice, Lines, Picture, Slider, Table, explorer

#: Patients to learn from (each column of the stored curves), and how often they are drawn.
SIZES, DRAWS = (10, 20, 40, 80, 160, 240), 16
#: Columns of scikit-learn's table of tumours that each reader of `curve` sees.
NUMBERS = {"all 30": tuple(range(30)), "smoothness and symmetry": (4, 8)}


def power_laws(sizes, missing):
    """Fit ``a + b n**-c``, none below 0, to curves of 1 − AUC, shape (curve, size).

    Returns floors, sizes and paces, each of shape (curve,).
    """
    n, y = np.asarray(sizes, float), np.atleast_2d(missing)
    best, found = np.full(len(y), np.inf), np.zeros((3, len(y)))
    for pace in np.linspace(0.2, 2, 37):
        x = n**-pace
        b = ((y - y.mean(1, keepdims=True)) @ (x - x.mean())) / ((x - x.mean()) ** 2).sum()
        a = y.mean(1) - b * x.mean()
        b = np.where(a < 0, y @ x / (x @ x), b)
        a = np.where(a < 0, 0, a)
        a, b = np.where(b < 0, y.mean(1), a), np.maximum(b, 0)
        error = ((y - a[:, None] - b[:, None] * x) ** 2).sum(1)
        better = error < best
        best = np.where(better, error, best)
        found[:, better] = np.array([a, b, np.full(len(y), pace)])[:, better]
    return found


def patients_for(laws, goal: float) -> np.ndarray:
    """Return how many patients each law asks for an AUC; infinity below its floor."""
    floor, size, pace = laws
    room = 1 - goal - floor
    with np.errstate(divide="ignore", over="ignore"):
        return np.where(room > 0, (size / np.maximum(room, 1e-12)) ** (1 / pace), np.inf)


@lru_cache(maxsize=2)
def _curve(columns):
    """Return AUCs, shape (draw, size), on 200 real tumours that nobody learned from."""
    x, benign = load_breast_cancer(return_X_y=True)
    x, y = x[:, columns], 1 - benign
    order = np.random.default_rng(0).permutation(569)
    known, asked = order[:369], order[369:]
    line = LogisticRegression(C=0.03, solver="newton-cholesky", tol=1e-8)
    model, areas = make_pipeline(StandardScaler(), line), np.zeros((DRAWS, len(SIZES)))
    for seed, k in np.ndindex(areas.shape):
        rng, n = np.random.default_rng(seed), SIZES[k]
        each = [rng.permutation(known[y[known] == kind]) for kind in (0, 1)]
        some = np.concatenate([each[0][: n // 2], each[1][: n // 2]])
        y_score = model.fit(x[some], y[some]).decision_function(x[asked])
        areas[seed, k] = roc_auc_score(y[asked], y_score)
    return areas


@explorer(
    title="How many more patients?",
    numbers=Choice(list(NUMBERS), label="Known of each tumour"),
    so_far=Choice({f"{n}": n for n in SIZES[2:]}, 80, label="Patients so far"),
    draws=Slider(2, DRAWS, 8, label="Draws"),
    goal=Slider(0.7, 0.998, 0.99, 0.002, label="Wanted AUC"),
)
def curve(*, numbers, so_far, draws, goal):
    """Continue the learning curve of real tumours, and see what came later."""
    sizes, areas = np.array(SIZES), _curve(NUMBERS[numbers])[:draws]
    seen = sizes <= so_far
    again = np.random.default_rng(0).integers(0, draws, (120, draws))
    laws = power_laws(sizes[seen], 1 - areas[:, seen][again].mean(1))
    law = power_laws(sizes[seen], 1 - areas[:, seen].mean(0))
    n = np.geomspace(8, 2000, 60)
    bundle = 1 - laws[0][:, None] - laws[1][:, None] * n ** -laws[2][:, None]
    low, high = np.quantile(bundle, [0.025, 0.975], axis=0)
    middle = 1 - law[0] - law[1] * n ** -law[2]
    need, (least, most) = patients_for(law, goal)[0], np.sort(patients_for(laws, goal))[[3, -4]]
    words = [f"{v:,.0f}" if v < 1e5 else "no number" for v in (need, least, most)]
    floor = 1 - law[0][0]
    series = {"power law": middle, "so far": (sizes[seen], areas[:, seen].mean(0))}
    if not seen.all():
        series["later"] = (sizes[~seen], areas[:, ~seen].mean(0))
    return Picture(
        Lines(
            n,
            series,
            title="Learning curve, 200 judges",
            xaxis=("patients to learn from", 8, 2000, "log"),
            ylabel="AUC",
            ylim=(0.95, 1.0) if len(NUMBERS[numbers]) > 2 else (0.65, 0.85),
            dots=[name for name in series if name != "power law"],
            bands={"power law": (low, high)},
            marks={f"{goal:.3f}": min(need, 1990.0)} if need < 1e5 else {},
        ),
        Table(
            [
                ["best guess", words[0]],
                ["95 % from", words[1]],
                ["95 % to", words[2]],
                ["never above", f"{floor:.3f}"],
            ],
            header=["patients for", f"{goal:.3f}"],
            title="Promise",
        ),
        caption=f"from {so_far} patients: {words[0]} for an AUC of {goal:.3f} "
        f"(95 %: {words[1]} to {words[2]}); the power law ends at {floor:.3f}",
        alt=f"A learning curve continued beyond {so_far} patients with its band; {words[0]} "
        f"patients are promised for an AUC of {goal:.3f}.",
    )
