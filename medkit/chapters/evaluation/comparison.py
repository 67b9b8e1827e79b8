"""Explorers of a comparison: two models, the same cases, and how many it takes."""

from functools import lru_cache

import numpy as np
from scipy.stats import norm

from medkit.learning import evaluation as judge
from medkit.views.explorer import Button, Lines, Picture, Slider, explorer


@lru_cache(maxsize=16)
def pair_of_models(n: int, correlation: float, auc_a: float, auc_b: float, seed: int):
    """Return labels and the scores of two models, correlated within each group."""
    rng = np.random.default_rng(seed)
    labels = (np.arange(n) < max(4, round(0.4 * n))).astype(int)
    common, own_a, own_b = rng.normal(size=(3, n))
    shared, own = np.sqrt(correlation), np.sqrt(1 - correlation)
    lift_a, lift_b = (np.sqrt(2) * norm.ppf(area) * labels for area in (auc_a, auc_b))
    return labels, lift_a + shared * common + own * own_a, lift_b + shared * common + own * own_b


@explorer(
    title="Is A better than B?",
    n=Slider(20, 2000, 150, label="Test cases", log=True),
    correlation=Slider(0.0, 0.95, 0.6, 0.05, unit="", label="Correlation of their scores"),
    auc_a=Slider(0.6, 0.97, 0.85, 0.01, unit="", label="True AUC of A"),
    auc_b=Slider(0.6, 0.97, 0.80, 0.01, unit="", label="True AUC of B"),
    seed=Button("Draw other cases"),
)
def two_models(*, n, correlation, auc_a, auc_b, seed):
    """Ask when a difference is proven: what both find hard cancels on the same cases."""
    return _comparison(*pair_of_models(n, correlation, auc_a, auc_b, seed))


@explorer(
    title="The same comparison with fewer cases",
    share_percent=Slider(10.0, 100.0, 100.0, 5.0, unit="%", label="Share of the test cases"),
    seed=Button("Draw other cases"),
)
def compared(*, share_percent, seed, labels=None, a=None, b=None):
    """See from how many of your test cases on your two models can be told apart."""
    if labels is None:
        labels, a, b = pair_of_models(400, 0.6, 0.85, 0.8, 2)
    labels, a, b = np.asarray(labels), np.asarray(a), np.asarray(b)
    rng = np.random.default_rng(seed)
    groups = [rng.permutation(np.flatnonzero(labels == label)) for label in (0, 1)]
    some = np.concatenate([g[: max(4, round(len(g) * share_percent / 100))] for g in groups])
    return _comparison(labels[some], a[some], b[some])


def _comparison(labels, a, b):
    """Draw two models on the same cases: their scores, their intervals, their difference."""
    one, two, paired = judge.auc(labels, a), judge.auc(labels, b), judge.compare(labels, a, b)
    # Had each model seen cases of its own, the squares of both spreads would add.
    reach = float(np.hypot(one.high - one.low, two.high - two.low) / 2)
    apart = judge.Interval(paired.value, paired.value - reach, paired.value + reach)
    together = float(np.corrcoef(a, b)[0, 1])
    proven = "the interval excludes 0" if 0 not in paired else "the interval holds 0: not proven"
    show = np.arange(len(labels)) % max(1, len(labels) // 400) == 0
    ill = (labels == 1) & show
    well = (labels == 0) & show
    edge = max(0.1, 1.15 * max(abs(apart.low), abs(apart.high)))
    return Picture(
        Lines(
            a[well],
            {"healthy": (a[well], b[well]), "ill": (a[ill], b[ill])},
            "Their scores",
            xlabel="model A",
            ylabel="model B",
            dots=("healthy", "ill"),
        ),
        Lines(
            [0, 1],
            _whiskers({"A": one, "B": two}),
            "Each by itself, 95 %",
            xaxis=("AUC", min(0.5, one.low, two.low), 1.0),
            yaxis=("model", 0, 3),
        ),
        Lines(
            [0, 1],
            _whiskers({"same cases": paired, "other cases each": apart}),
            "A minus B, 95 %",
            xaxis=("difference of AUC", -edge, edge),
            yaxis=("test", 0, 3),
            marks={"none": 0.0},
        ),
        _cases_panel(len(labels), paired, apart),
        caption=f"A {one}, B {two}; difference on the same {len(labels)} cases {paired}: {proven}",
        alt=f"Scores of two models with a correlation of {together:.2f}, their areas with "
        f"intervals, and the interval of the difference; {proven}.",
    )


def _cases_panel(n, paired, apart):
    """Draw how the intervals narrow: where they are below the difference, it is proven."""
    cases = np.geomspace(20, 5000, 40)
    reach = {
        name: (i.high - i.low) / 2 * np.sqrt(n / cases)
        for name, i in (("same cases", paired), ("other cases each", apart))
    }
    return Lines(
        cases,
        reach | {"the difference": np.full(40, abs(paired.value))},
        "How many cases it takes",
        xaxis=("test cases", 20, 5000, "log"),
        yaxis=("± of the interval", 0, 0.3),
        marks={"here": n},
        dashed=("the difference",),
    )


def _whiskers(intervals):
    """Return intervals as level lines with a tick at the value, one above the other."""
    series = {}
    for row, (name, i) in enumerate(intervals.items()):
        y = len(intervals) - row
        ticks = np.array([-0.1, 0.1, 0, 0, 0.2, -0.2, 0, 0, 0.1, -0.1])
        x = [i.low, i.low, i.low, i.value, i.value, i.value, i.value, i.high, i.high, i.high]
        series[name] = (x, y + ticks)
    return series
