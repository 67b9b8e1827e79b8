"""Evaluation: how good a model is, how sure we are, and whether it beats another.

Everything works on plain arrays: `labels` of 0 and 1 (1 is the finding) and `scores`,
larger where the model is surer of the finding. Here is what needs no threshold: the ROC
curve, its area with DeLong's interval, and the comparison of two models on the same
cases. Thresholds are in `decisions`, probabilities in `calibration`, masks in `overlap`;
all are at hand here::

    from medkit.learning import evaluation

    threshold = evaluation.operating_point(labels_validation, scores_validation)
    print(evaluation.auc(labels, scores))
    print(evaluation.sensitivity(labels, scores >= threshold))
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm, rankdata
from sklearn.metrics import roc_curve

from medkit.learning.evaluation.decisions import (
    accuracy,
    confusion,
    operating_point,
    predictive_values,
    sensitivity,
    specificity,
)
from medkit.learning.evaluation.intervals import Difference, Interval, bootstrap, proportion
from medkit.learning.evaluation.overlap import dice
from medkit.learning.evaluation.probabilities import (
    brier,
    calibration,
    calibration_error,
    platt,
    reliability,
    temperature,
)

#: How many standard deviations a 95 % interval reaches to either side.
Z = float(norm.ppf(0.975))


class Curve(NamedTuple):
    """An ROC curve: what each threshold finds, and what it costs."""

    false_positive_rate: np.ndarray
    sensitivity: np.ndarray
    thresholds: np.ndarray


def roc(labels, scores) -> Curve:
    """Return the ROC curve, from "nobody is ill" to "everybody is".

    Parameters
    ----------
    labels : array_like
        Shape (n,): 0 or 1.
    scores : array_like
        Shape (n,).

    Returns
    -------
    Curve
        ``(false_positive_rate, sensitivity, thresholds)``; a case is called positive
        if its score is at least the threshold.
    """
    labels, scores = _binary(labels, scores)
    return Curve(*roc_curve(labels, scores, drop_intermediate=False))


def auc(labels, scores) -> Interval:
    """Return the area under the ROC curve with DeLong's 95 % interval.

    It is the chance that a random ill case scores higher than a random healthy one.

    Parameters
    ----------
    labels : array_like
        Shape (n,): 0 or 1.
    scores : array_like
        Shape (n,), one patient each: images of one patient are no further witnesses.

    Returns
    -------
    Interval

    Raises
    ------
    ValueError
        If lengths disagree, a score is not finite or a class has fewer than two cases.

    Notes
    -----
    DeLong, DeLong & Clarke-Pearson 1988 (doi:10.2307/2531595) by midranks (Sun & Xu 2014,
    doi:10.1109/LSP.2014.2337313). The interval is symmetric on the logit scale, so that it stays
    within 0 and 1 and holds its level near 1, where good models live. At 0 and 1
    themselves DeLong's variance vanishes; there Newcombe's interval takes over (2006,
    doi:10.1002/sim.2324).

    Examples
    --------
    >>> print(auc([0, 0, 0, 0, 1, 1, 1, 1], [1, 2, 3, 6, 4, 5, 7, 8]))
    0.88 (0.35–0.99)
    """
    area, influence = _area(labels, scores)
    deviation = float(np.sqrt((influence**2).sum()))
    if area in (0.0, 1.0):
        ill = int(np.sum(labels))
        edge = _newcombe_edge(ill, len(labels) - ill)
        return Interval(area, edge, 1.0) if area == 1 else Interval(area, 0.0, 1 - edge)
    centre, reach = np.log(area / (1 - area)), Z * deviation / (area * (1 - area))
    low, high = 1 / (1 + np.exp(-(centre + reach * np.array([-1, 1]))))
    return Interval(area, float(low), float(high))


def compare(labels, a, b) -> Difference:
    """Compare two models on the same cases: area of `a` minus area of `b`.

    Parameters
    ----------
    labels : array_like
        As of `auc`.
    a, b : array_like
        Scores of the two models for the same cases, in the same order.

    Returns
    -------
    Difference
        With its 95 % interval and p-value (two-sided). What both models find hard cancels,
        so that this sees differences to which two separate intervals are blind.

    Notes
    -----
    DeLong's paired test, doi:10.2307/2531595.
    """
    area_a, influence_a = _area(labels, a)
    area_b, influence_b = _area(labels, b)
    difference = area_a - area_b
    deviation = float(np.sqrt(((influence_a - influence_b) ** 2).sum()))
    reach = Z * deviation
    # Two models that rank all cases alike have no deviation, and no difference.
    p_value = 2 * norm.sf(abs(difference) / deviation) if deviation else 1.0
    return Difference(difference, difference - reach, difference + reach, float(p_value))


def hanley_mcneil(area: float, positives: float, negatives: float) -> float:
    """Return the standard deviation of an AUC that is expected, to plan a study by.

    Parameters
    ----------
    area : float
        The AUC that is hoped for.
    positives, negatives : float
        Number of cases with and without the finding.

    Returns
    -------
    float

    Notes
    -----
    Hanley & McNeil 1982, doi:10.1148/radiology.143.1.7063747, for exponential scores.

    Examples
    --------
    >>> round(hanley_mcneil(0.893, 51, 58), 3)
    0.033
    """
    both_ill = area / (2 - area) - area**2
    both_healthy = 2 * area**2 / (1 + area) - area**2
    spread = area * (1 - area) + (positives - 1) * both_ill + (negatives - 1) * both_healthy
    return float(np.sqrt(spread / (positives * negatives)))


def _area(labels, scores) -> tuple[float, np.ndarray]:
    """Return the area, and by how much each case pulls at it: the squares add to its variance.

    By DeLong's placements from midranks: that of an ill case is the share of healthy ones that
    it outscores.
    """
    labels, scores = _binary(labels, scores)
    if min(labels.sum(), (~labels).sum()) < 2:
        raise ValueError("an interval needs at least two cases with and two without the finding")
    rank = rankdata(scores)
    placement, pull = np.empty(len(scores)), np.empty(len(scores))
    for group, others in ((labels, ~labels), (~labels, labels)):
        placement[group] = (rank[group] - rankdata(scores[group])) / others.sum()
    placement[~labels] = 1 - placement[~labels]
    area = float(placement[labels].mean())
    for group in (labels, ~labels):
        n = group.sum()
        pull[group] = (placement[group] - area) / n * np.sqrt(n / (n - 1))
    return area, pull


def _newcombe_edge(positives: int, negatives: int) -> float:
    """Return the lower bound of an area of 1: where (1 − θ)² = Z² · variance of θ."""
    pairs = (positives + negatives) / 2

    def excess(area):
        middle = (1 - area) / (2 - area) + area / (1 + area)
        variance = area * (1 - area) * (1 + (pairs - 1) * middle) / (positives * negatives)
        return (1 - area) ** 2 - Z**2 * variance

    return float(brentq(excess, 0, 1 - 1e-9))


def _binary(labels, scores) -> tuple[np.ndarray, np.ndarray]:
    """Return bool labels and float scores, checked."""
    labels, scores = np.asarray(labels), np.asarray(scores, dtype=float)
    if labels.shape != scores.shape or labels.ndim != 1:
        raise ValueError(f"labels {labels.shape} and scores {scores.shape} must be equal, (n,)")
    if not np.isfinite(scores).all():
        raise ValueError("a score is not a finite number; look for NaN in the model's output")
    if set(np.unique(labels)) != {0, 1}:
        raise ValueError(f"labels are {np.unique(labels)[:5]}; expected both 0 and 1 (the finding)")
    return labels.astype(bool), scores
