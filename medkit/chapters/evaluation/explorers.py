"""The explorer of evaluation: the threshold, and what an alarm is worth.

It begins with simulated readings; it shows your own model's if you pass them:
``evaluation.operating_point(labels=y, scores=model.decision_function(x))``.
"""

from functools import lru_cache

import numpy as np

from medkit.learning import evaluation as judge
from medkit.views.explorer import Lines, Picture, Slider, Table, explorer


@lru_cache
def readings():
    """Return labels and scores of a simulated reader: normal, 1.6 standard deviations apart."""
    labels = np.repeat((1, 0), (60, 140))
    return labels, np.random.default_rng(0).normal(1.6 * labels, 1.0)


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
