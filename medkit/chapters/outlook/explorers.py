"""Explorer of ``52_outlook``: five hospitals that walk to one model."""

from functools import lru_cache

import numpy as np

from medkit.views.explorer import Choice, Image, Lines, Picture, Slider, explorer

#: Patients of the five hospitals of `rounds`, their mean in the two findings, and share of the ill.
SIZES = (160, 80, 40, 20, 20)
MEANS = ((0.0, 0.3), (0.8, -0.4), (-0.8, 0.6), (0.5, 0.9), (-0.6, -0.8))
ILL = (0.5, 0.3, 0.7, 0.5, 0.5)
#: Length of a step, and edges of the map of both weights.
RATE, LOW, HIGH = 0.25, -1.0, 2.2


@lru_cache(maxsize=1)
def _hospitals():
    """Return x (hospital, patient, 2), labels and 1 where there is a patient; by size."""
    rng, most = np.random.default_rng(520), max(SIZES)
    x, y, there = (np.zeros((5, most, *tail)) for tail in ((2,), (), ()))
    for k, (n, mean, ill) in enumerate(zip(SIZES, MEANS, ILL, strict=True)):
        pull = np.random.default_rng(k).normal((1.2, 0.9), 0.9)  # each house has its own patients
        drawn = rng.normal(0, 1, (n, 2))
        score = drawn @ pull + rng.logistic(0, 1, n)
        y[k, :n] = score > np.quantile(score, 1 - ill)
        x[k, :n], there[k, :n] = drawn + 0.5 * np.array(mean), 1
    return x, y, there


def slope(weights, x, y, there):
    """Return each hospital's gradient of its mean loss, (hospital, 2), each at its own weights."""
    p = 1 / (1 + np.exp(-np.einsum("kni,ki->kn", x, weights)))
    return np.einsum("kn,kni->ki", (p - y) * there, x) / there.sum(1)[:, None] + 0.02 * weights


@lru_cache(maxsize=40)
def walk(steps, rule, liar):
    """Return what the server holds after each round, (round, 2), and the hospitals' steps."""
    x, y, there = _hospitals()
    if liar is not None:
        y = y.copy()
        y[liar] = 1 - y[liar]
    server, held, paths = np.zeros(2), [np.zeros(2)], []
    for _ in range(20):
        each, path = np.tile(server, (5, 1)), [np.tile(server, (5, 1))]
        for _ in range(steps):
            each = each - RATE * slope(each, x, y, there)
            path.append(each)
        paths.append(np.array(path))
        mean = np.array(SIZES) @ each / sum(SIZES)
        server = mean if rule == "mean by patients" else np.median(each, 0)
        held.append(server)
    return np.array(held), np.array(paths)


@lru_cache(maxsize=1)
def _pooled():
    """Return the loss of all patients on a map of both weights, its lowest place, all patients."""
    x, y, there = (a[_hospitals()[2] > 0] for a in _hospitals())
    axis = np.linspace(LOW, HIGH, 65)
    grid = np.stack(np.meshgrid(axis, axis[::-1]), -1)
    loss = np.logaddexp(0, -(2 * y - 1) * (grid @ x.T)).mean(-1) + 0.01 * (grid**2).sum(-1)
    best = np.zeros((1, 2))
    for _ in range(2000):
        best = best - RATE * slope(best, x[None], y[None], there[None])
    return loss, best[0], x, y


@explorer(
    title="Five hospitals, one model, no patient travels",
    round=Slider(0, 20, 2, 1, label="Round", play_s=8),
    steps=Choice({"1": 1, "5": 5, "25": 25}, 5, label="Steps at home"),
    rule=Choice(["mean by patients", "median"], label="The server takes"),
    liar=Choice({"nobody": None, "largest": 0, "smallest": 4}, label="Wrong labels"),
)
def rounds(*, round, steps, rule, liar):
    """Watch five models leave the server, go their own ways and come back."""
    held, paths = walk(steps, rule, liar)
    loss, best, x, y = _pooled()
    now = held[round]
    missed = [float(np.logaddexp(0, -(2 * y - 1) * (x @ w)).mean()) for w in (*held, best)]
    curves = {"server": tuple(held[: round + 1].T)}
    points = {"all in one place": ([best[0]], [best[1]])}
    if round < len(paths):
        path = paths[round]
        gap = np.full((1, 5, 2), np.nan)
        flat = np.concatenate([path, gap]).transpose(1, 0, 2).reshape(-1, 2)
        curves["hospitals"] = tuple(flat.T)
        points["sent back"] = tuple(path[-1].T)
    return Picture(
        Image(
            loss,
            "Loss of all patients",
            values=("loss", 0.45, 1.2),
            extent=(LOW, HIGH, HIGH, LOW),
            colorbar=False,
            xlabel="weight of finding 1",
            ylabel="weight of finding 2",
            curves=curves,
            points=points,
        ),
        Lines(
            np.arange(21),
            {
                "server": np.where(np.arange(21) <= round, missed[:-1], np.nan),
                "all in one place": np.full(21, missed[-1]),
            },
            title="All patients, judged",
            xlabel="round",
            ylabel="mean loss",
            xlim=(0, 20),
            ylim=(0.5, 0.8),
        ),
        caption=f"after {round} rounds of {steps} steps: weights {now[0]:.2f} and {now[1]:.2f}, "
        f"loss {missed[round]:.3f}; all patients in one place: {best[0]:.2f} and {best[1]:.2f}, "
        f"{missed[-1]:.3f}",
        alt=f"A map of the loss over two weights: five paths leave the server's model and are "
        f"averaged; after {round} rounds its loss is {missed[round]:.3f}.",
    )
