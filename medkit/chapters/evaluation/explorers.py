"""Explorers of evaluation: the threshold, what a model promises, and two models compared.

The threshold is one of simulated readings to begin with, and your own model's if you pass them:
``evaluation.operating_point(labels=y, scores=model.decision_function(x))``.
"""

from functools import lru_cache

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm

from medkit.learning import evaluation as judge
from medkit.views.explorer import Bars, Button, Lines, Picture, Slider, Table, explorer


@lru_cache(maxsize=8)
def readings(ill: int = 60, healthy: int = 140, d: float = 1.6, seed: int = 0):
    """Return labels and scores of a simulated reader: normal, d standard deviations apart."""
    rng = np.random.default_rng(seed)
    labels = np.repeat((1, 0), (ill, healthy))
    return labels, rng.normal(d * labels, 1.0)


@explorer(
    title="One model, many operating points",
    threshold_percent=Slider(
        0.0, 100.0, 60.0, 0.5, unit="%", label="Threshold: from the lowest to the highest score"
    ),
    prevalence_percent=Slider(0.1, 90.0, 10.0, unit="%", label="Prevalence", log=True),
)
def operating_point(*, threshold_percent, prevalence_percent, labels=None, scores=None):
    """Move the threshold and the prevalence: the model stays, what an alarm means does not."""
    labels, scores = readings() if labels is None else (np.asarray(labels), np.asarray(scores))
    low, high = _score_axis(scores)
    threshold = low + (high - low) * threshold_percent / 100
    called = scores >= threshold
    table = judge.confusion(labels, called)
    caught, spared = judge.sensitivity(labels, called), judge.specificity(labels, called)
    ppv, npv = judge.predictive_values(caught.value, spared.value, prevalence_percent / 100)
    area = judge.auc(labels, scores)
    return Picture(
        _histograms(labels, scores, threshold),
        _roc_panel(labels, scores, caught, spared),
        Table(
            [
                ["called ill", table.true_positive, table.false_positive],
                ["called healthy", table.false_negative, table.true_negative],
                ["called right", f"{100 * caught.value:.0f} %", f"{100 * spared.value:.0f} %"],
                ["95 % interval", _range(caught), _range(spared)],
            ],
            header=["", "ill", "healthy"],
            title="The cases of this test set",
            highlight=2,
        ),
        _values_panel(caught.value, spared.value, prevalence_percent),
        caption=f"sensitivity {caught.value:.2f}, specificity {spared.value:.2f}; at a prevalence "
        f"of {prevalence_percent:.3g} % an alarm is right in {_percent(ppv)}, a quiet answer "
        f"in {_percent(npv)}; AUC {area}",
        alt="Histograms of the scores of ill and healthy cases with a threshold, the ROC curve "
        f"with its point at sensitivity {caught.value:.2f} and specificity {spared.value:.2f}, "
        "the table of right and wrong calls, and the predictive values against prevalence.",
    )


def _score_axis(scores) -> tuple[float, float]:
    """Return an axis that begins below every score and ends above, even if all are equal.

    The threshold moves along scores, not along cases: where scores tie or crowd, a share of
    the cases would move it by nothing that one sees.
    """
    low, high = float(scores.min()), float(scores.max())
    room = 0.02 * (high - low) or 0.02 * abs(low) or 1.0
    return low - room, high + room


def _histograms(labels, scores, threshold):
    edges = np.linspace(*_score_axis(scores), 25)
    x = np.repeat(edges, 2)
    shares = {}
    for name, label in (("healthy", 0), ("ill", 1)):
        counts = np.histogram(scores[labels == label], edges)[0]
        shares[name] = np.r_[0, np.repeat(100 * counts / counts.sum(), 2), 0]
    return Lines(
        x,
        shares,
        "Scores of the two groups",
        xaxis=("score", edges[0], edges[-1]),
        ylabel="share of its group (%)",
        marks={"threshold": threshold},
    )


def _roc_panel(labels, scores, caught, spared):
    curve = judge.roc(labels, scores)
    alarm = 1 - spared.value
    cross = (
        np.array([1 - spared.high, 1 - spared.low, alarm, alarm, alarm]),
        np.array([caught.value, caught.value, np.nan, caught.low, caught.high]),
    )
    return Lines(
        curve.false_positive_rate,
        {
            "ROC": curve.sensitivity,
            "here": ([alarm], [caught.value]),
            "95 % interval": cross,
            "chance": ([0, 1], [0, 1]),
        },
        "What it finds, what it costs",
        xaxis=("false alarms (1 − specificity)", 0, 1),
        yaxis=("sensitivity", 0, 1.02),
        dots=("here",),
        dashed=("chance",),
    )


def _values_panel(caught, spared, prevalence_percent):
    percent = np.geomspace(0.1, 90, 60)
    ppv, npv = judge.predictive_values(caught, spared, percent / 100)
    return Lines(
        percent,
        {"an alarm (PPV)": 100 * ppv, "a quiet answer (NPV)": 100 * npv},
        "How far to believe it",
        xaxis=("prevalence (%)", 0.1, 90, "log"),
        yaxis=("right (%)", 0, 102),
        marks={"here": prevalence_percent},
    )


def _range(interval):
    return f"{100 * interval.low:.0f}–{100 * interval.high:.0f} %"


def _percent(share):
    return f"{100 * share:.1f} %" if np.isfinite(share) else "no case"


@lru_cache(maxsize=1)
def promises(n: int = 1000, seed: int = 1):
    """Return labels, and the probabilities of a model that is twice as sure as it may be."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(-0.5, 1.3, n)
    return (rng.uniform(size=n) < expit(truth)).astype(int), expit(2 * truth)


@explorer(
    title="Does it mean what it says?",
    temperature=Slider(0.3, 5.0, 1.0, unit="", label="Temperature", log=True),
    bias=Slider(-3.0, 3.0, 0.0, 0.05, unit="", label="Added to the logit"),
    bins=Slider(4, 20, 10, label="Bins"),
)
def calibration(*, temperature, bias, bins):
    """Make a model surer or humbler: its ranking stays, its promises change."""
    labels, given = promises()
    logits = logit(np.clip(given, 1e-6, 1 - 1e-6))
    promised = expit(logits / temperature + bias)
    got = judge.calibration(labels, promised, bins)
    shares = np.array([(o.value, o.low, o.high) for o in got.observed]).T
    counts = np.histogram(promised, bins, (0, 1))[0]
    middles = (np.arange(bins) + 0.5) / bins
    # AUC is of the logits: squeezed into 0…1, the surest would tie in the last digits.
    area = judge.auc(labels, logits)
    sure = "too sure" if got.slope < 0.9 else "too humble" if got.slope > 1.1 else "about right"
    return Picture(
        Lines(
            got.predicted,
            {"came true": shares[0], "perfect": ([0, 1], [0, 1])},
            "Promise and outcome",
            xaxis=("promised probability", 0, 1),
            yaxis=("share of the ill", 0, 1),
            dots=("came true",) if len(shares[0]) < 2 else (),
            dashed=("perfect",),
            bands={"came true": (got.predicted, shares[1], shares[2])},
        ),
        Bars(
            [f"{m:.2f}" if k % max(1, bins // 5) == 0 else "" for k, m in enumerate(middles)],
            {"cases": counts},
            "How often it promised what",
            ylabel="cases",
            xlabel="promised probability",
        ),
        caption=f"Brier score {got.brier:.3f}, calibration error {got.error:.3f}, slope "
        f"{got.slope:.2f} ({sure}), intercept {got.intercept:+.2f}; AUC {area}, whatever you do",
        alt=f"A reliability curve against the diagonal, with a slope of {got.slope:.2f}: the model "
        f"is {sure}; and a histogram of its promises.",
    )


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
    labels, a, b = pair_of_models(n, correlation, auc_a, auc_b, seed)
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
