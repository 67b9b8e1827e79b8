"""Explorers of ``50_challenges``: learning curves continued, and scanners changed."""

from functools import lru_cache

import numpy as np
from scipy.ndimage import zoom
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from medkit.data import tasks
from medkit.views.explorer import (
    Choice,
    Image,
    Lines,
    Picture,
    Slider,
    Table,
    explorer,
)

#: Patients to learn from (each column of the stored curves), and how often they are drawn.
SIZES, DRAWS = (10, 20, 40, 80, 160, 240), 16
#: Columns of scikit-learn's table of tumours that each reader of `curve` sees.
NUMBERS = {"all 30": tuple(range(30)), "smoothness and symmetry": (4, 8)}
#: Breasts that `scanners` learns from, and as many judges, where none are lent.
LEARN = 130
#: Width of the picture, mm, of each scanner.
WIDTH_MM = {"A": 38.4, "B": 38.4, "C": 38.4, "D": 28.8}
REPAIRS = ("none", "grey map matched", "pixels resampled", "threshold set anew", "retrained")


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


def line(x, y, strength=0.03):
    """Return the weights of a logistic regression on standardised numbers, by Newton's method."""
    x = np.column_stack([(x - x.mean(0)) / x.std(0), np.ones(len(x))])
    pull = np.r_[np.full(x.shape[1] - 1, 1 / strength), 0.0]
    weights = np.zeros(x.shape[1])
    for _ in range(8):
        p = 1 / (1 + np.exp(-x @ weights))
        bend = (x.T * (p * (1 - p))) @ x + np.diag(pull)
        weights -= np.linalg.solve(bend, x.T @ (p - y) + pull * weights)
    return weights[:-1]


@lru_cache(maxsize=2)
def _curve(columns):
    """Return AUCs, shape (draw, size), on 200 real tumours that nobody learned from."""
    x, benign = load_breast_cancer(return_X_y=True)
    x, y = x[:, columns], 1 - benign
    order = np.random.default_rng(0).permutation(569)
    known, asked = order[:369], order[369:]
    areas = np.zeros((DRAWS, len(SIZES)))
    for seed, k in np.ndindex(areas.shape):
        rng, n = np.random.default_rng(seed), SIZES[k]
        each = [rng.permutation(known[y[known] == kind]) for kind in (0, 1)]
        some = np.concatenate([each[0][: n // 2], each[1][: n // 2]])
        said = (x[asked] - x[some].mean(0)) / x[some].std(0) @ line(x[some], y[some])
        areas[seed, k] = roc_auc_score(y[asked], said)
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
            xlabel="patients to learn from",
            ylabel="AUC",
            xlim=(8, 2000),
            ylim=(0.95, 1.0) if len(NUMBERS[numbers]) > 2 else (0.65, 0.85),
            xlog=True,
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


_LENT = {}


def lend(scanner, ill):
    """Let `scanners` show pictures that are there already: scanner → (n, 32, 32), and labels.

    The first half may be learned from, the second half judges.
    """
    _LENT["breasts"] = {name: np.asarray(scanner[name]) for name in "ABCD"}, np.asarray(ill)
    for kept in (_breasts, _reader, asked):
        kept.cache_clear()


@lru_cache(maxsize=1)
def _breasts():
    """Return pictures of the same patients in each scanner, (patient, 32, 32), and labels."""
    if _LENT:
        return _LENT["breasts"]
    cases = tasks.patients("us_breast", 2 * LEARN, rng=51, size=32, size_mm=(9, 15))
    usual = tasks.scan("us_breast", cases)
    finer = tasks.scan("us_breast", cases, tasks.with_knob("us_breast", 15.0))
    a, c = usual.images[..., 0], finer.images[..., 0]
    darker = np.clip((a - 0.4) / 0.6, 0, 1)
    larger = zoom(a[:, :24, 4:28], (1, 4 / 3, 4 / 3), order=1)
    return {"A": a, "B": darker, "C": c, "D": larger}, usual.labels


@lru_cache(maxsize=4)
def _reader(home):
    """Return a model that learned in a scanner, its threshold, and the share that it calls ill."""
    pictures, ill = _breasts()
    learn = len(ill) // 2
    x, y = pictures[home][:learn].reshape(learn, -1), ill[:learn]
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1e-3, max_iter=500))
    half = learn // 2  # one half of those who learn sets the threshold of the other
    said = model.fit(x[:half], y[:half]).decision_function(x[half:])
    threshold = np.quantile(said[y[half:] == 1], 0.1)
    return model, threshold, (said >= threshold).mean()


def _resampled(pictures, away, home):
    """Bring pictures to the pixels of another scanner, by what their headers say."""
    if WIDTH_MM[away] == WIDTH_MM[home]:
        return pictures
    if WIDTH_MM[away] > WIDTH_MM[home]:
        return zoom(pictures[:, :24, 4:28], (1, 4 / 3, 4 / 3), order=1)
    held, ill = _breasts()
    whole = np.repeat(held[home][: len(ill) // 2].mean(0)[None], len(pictures), axis=0)
    whole[:, :24, 4:28] = zoom(pictures, (1, 0.75, 0.75), order=1)
    return whole


def _matched(pictures, away, home):
    """Send each share of the grey values of one scanner to that share of another's."""
    shares, (held, ill) = np.linspace(0, 1, 101), _breasts()
    there, here = (np.quantile(held[s][: len(ill) // 2], shares) for s in (away, home))
    return np.interp(pictures, there + 1e-6 * shares, here)


@lru_cache(maxsize=80)
def asked(home, away, repair):
    """Return the judges' pictures as the reader gets them, AUC, sensitivity and specificity."""
    held, ill = _breasts()
    learn = len(ill) // 2
    pictures = held[away][learn:]
    if repair == "grey map matched":
        pictures = _matched(pictures, away, home)
    elif repair == "pixels resampled":
        pictures = _resampled(pictures, away, home)
    model, threshold, share = _reader(away if repair == "retrained" else home)
    said, y = model.decision_function(pictures.reshape(len(pictures), -1)), ill[learn:]
    if repair == "threshold set anew":
        threshold = np.quantile(said, 1 - share)
    called = said >= threshold
    return pictures, roc_auc_score(y, said), called[y == 1].mean(), 1 - called[y == 0].mean()


@explorer(
    title="Learn here, judge there",
    home=Choice(list("ABCD"), label="Learned in"),
    away=Choice(list("ABCD"), "D", label="Asked in"),
    repair=Choice(list(REPAIRS), label="Repair"),
    patient=Slider(0, 19, 2, label="Patient"),
)
def scanners(*, home, away, repair, patient):
    """Move a reader to another scanner, and mend what the move broke."""
    held, ill = _breasts()
    learn = len(ill) // 2
    ways = {
        "at home": asked(home, home, "none"),
        "moved": asked(home, away, "none"),
        repair: asked(home, away, repair),
        "retrained": asked(home, away, "retrained"),
    }
    ways = {k: v for k, v in ways.items() if k != "none"}
    shown = WIDTH_MM[home if repair == "pixels resampled" else away] / 32
    rows = [[k, f"{a:.2f}", f"{s:.0%}", f"{q:.0%}"] for k, (_, a, s, q) in ways.items()]
    _, area, caught, quiet = asked(home, away, repair)
    pictures = [
        Image(
            pixels,
            title=f"{title} ({'ill' if ill[learn + patient] else 'harmless'})",
            limits=(0, 1),
            spacing_mm=spacing,
            colorbar=False,
        )
        for pixels, title, spacing in (
            (held[home][learn + patient], f"in {home}", WIDTH_MM[home] / 32),
            (asked(home, away, repair)[0][patient], f"in {away}, as read", shown),
        )
    ]
    return Picture(
        *pictures,
        Table(
            rows,
            header=[f"{home} → {away}", "AUC", "found", "left alone"],
            title=f"{len(ill) - learn} judges",
            highlight=list(ways).index(repair if repair != "none" else "moved"),
        ),
        caption=f"learned in {home}, asked in {away}, repair: {repair}; AUC {area:.2f}, "
        f"{caught:.0%} of the malignant found, {quiet:.0%} of the harmless left alone",
        alt=f"One mass in scanner {home} and in scanner {away}, and a table: at home, moved, "
        f"retrained; here the AUC is {area:.2f}.",
    )
