"""Explorer of learning curves: what more patients bring, and what another model."""

from functools import lru_cache

import numpy as np
from sklearn.datasets import load_breast_cancer

from medkit.learning import evaluation as judge
from medkit.views.explorer import Button, Lines, Picture, Slider, Table, explorer

#: Sizes of training set and number of draws of `learning_curve`.
SIZES, DRAWS = np.array([10, 14, 20, 30, 45, 65, 95, 140, 200, 300]), 6


@lru_cache(maxsize=1)
def biopsies():
    """Return features and labels (1: malignant) of real breast biopsies, hard ones only.

    Wisconsin's table has thirty features of nuclei; the ten about their variation within a
    slide (standard errors) leave room to learn. doi:10.24432/C5DW2B.
    """
    table = load_breast_cancer()
    return np.log(table.data[:, 10:20] + 1e-3), 1 - table.target


def ridge_scores(x, y, new, penalty: float):
    """Return the scores of a linear model with a penalty on its weights, for new cases."""
    mean, spread = x.mean(0), x.std(0) + 1e-9
    x, new = (x - mean) / spread, (new - mean) / spread
    target = np.where(y == 1, 1 / y.mean(), -1 / (1 - y.mean())) / 2
    return new @ np.linalg.solve(x.T @ x + penalty * np.eye(x.shape[1]), x.T @ target)


def learned(x, y, sizes, penalty: float, draws: int, seed: int):
    """Return AUC of training and test, shape (sizes, draws, 2), and the last draw's test.

    Half of the cases, the same in every draw, are the test set.
    """
    rng = np.random.default_rng(seed)
    order = np.random.default_rng(0).permutation(len(y))
    test, pool = order[::2], order[1::2]
    areas, last = np.empty((len(sizes), draws, 2)), None
    for k in range(draws):
        ill, well = (rng.permutation(pool[y[pool] == label]) for label in (1, 0))
        for i, size in enumerate(sizes):
            n_ill = int(np.clip(round(size * len(ill) / len(pool)), 2, size - 2))
            chosen = np.r_[ill[:n_ill], well[: size - n_ill]]
            last = ridge_scores(x[chosen], y[chosen], x[np.r_[chosen, test]], penalty)
            areas[i, k] = _area(y[chosen], last[:size]), _area(y[test], last[size:])
            last = y[test], last[size:]
    return areas, last


def _area(labels, scores):
    """Return the AUC alone, without its interval: a tenth of the time."""
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(scores))
    ranks[order] = np.arange(1, len(scores) + 1)
    ill = labels == 1
    n = ill.sum()
    return (ranks[ill].sum() - n * (n + 1) / 2) / (n * (len(labels) - n))


@explorer(
    title="More patients or another model?",
    cases=Slider(10, 280, 30, label="Training cases", log=True),
    penalty=Slider(0.01, 1000.0, 0.1, unit="", label="Penalty on the weights", log=True),
    seed=Button("Draw other patients"),
)
def learning_curve(*, cases, penalty, seed, labels=None, features=None):
    """Add training cases and watch what was learned by heart meet what was understood."""
    x, y = biopsies() if labels is None else (np.asarray(features, float), np.asarray(labels))
    most = int(min(len(y) // 2, 300))
    sizes = SIZES[most >= SIZES]
    areas, _ = learned(x, y, sizes, penalty, DRAWS, seed)
    here, (truth, scores) = learned(x, y, [min(cases, most)], penalty, DRAWS, seed)
    one = judge.auc(truth, scores)
    train, test = here[0].T
    bands = {name: (sizes, areas[..., k].min(1), areas[..., k].max(1)) for k, name in _PARTS}
    return Picture(
        Lines(
            sizes,
            {name: areas[..., k].mean(1) for k, name in _PARTS},
            f"Mean and range of {DRAWS} draws",
            xaxis=("training cases", sizes[0], sizes[-1], "log"),
            yaxis=("AUC", 0.4, 1.01),
            bands=bands,
            marks={"here": min(cases, most)},
        ),
        Table(
            [
                ["training", f"{train.mean():.2f}", f"{train.min():.2f}–{train.max():.2f}"],
                ["test", f"{test.mean():.2f}", f"{test.min():.2f}–{test.max():.2f}"],
                ["one test set", f"{one.value:.2f}", f"{one.low:.2f}–{one.high:.2f}"],
            ],
            header=["AUC", "mean", "range"],
            title=f"With {min(cases, most)} cases",
            highlight=1,
        ),
        caption=f"{min(cases, most)} cases{', all there are' if cases >= most else ''}, "
        f"{x.shape[1]} features: training {train.mean():.2f}, "
        f"test {test.mean():.2f}; {len(truth)} test cases fix one model to {one}",
        alt="Curves of the AUC on training and on test cases against the number of training "
        f"cases; at {min(cases, most)} they are {train.mean() - test.mean():.2f} apart.",
    )


_PARTS = ((0, "training"), (1, "test"))
