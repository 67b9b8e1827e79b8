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
    Confusion,
    accuracy,
    confusion,
    operating_point,
    predictive_values,
    sensitivity,
    specificity,
)
from medkit.learning.evaluation.intervals import Difference, Interval, bootstrap, proportion
from medkit.learning.evaluation.overlap import dice, jaccard
from medkit.learning.evaluation.probabilities import (
    Calibration,
    brier,
    calibration,
    calibration_error,
    platt,
    reliability,
    temperature,
)


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


def auc(labels, scores, level: float = 0.95, *, patients=None) -> Interval:
    """Return the area under the ROC curve with DeLong's interval.

    It is the chance that a random ill case scores higher than a random healthy one.

    Parameters
    ----------
    labels : array_like
        Shape (n,): 0 or 1; or class numbers, or (n, classes) of 0 and 1 for findings.
    scores : array_like
        Shape (n,); or (n, classes): then the mean of the areas of each class against
        the rest.
    level : float
        How often the interval holds the truth.
    patients : array_like, optional
        Shape (n,): whose image each is. Images of one patient count as one witness.

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
    doi:10.1109/LSP.2014.2337313); patients as clusters after Obuchowski 1997
    (doi:10.2307/2533958). The interval is symmetric on the logit scale, so that it stays
    within 0 and 1 and holds its level near 1, where good models live. At 0 and 1
    themselves DeLong's variance vanishes; there Newcombe's interval takes over (2006,
    doi:10.1002/sim.2324).

    Examples
    --------
    >>> print(auc([0, 0, 0, 0, 1, 1, 1, 1], [1, 2, 3, 6, 4, 5, 7, 8]))
    0.88 (0.35–0.99)
    """
    area, influence = _area(labels, scores, patients)
    deviation = float(np.sqrt((influence**2).sum()))
    z = norm.ppf((1 + level) / 2)
    if area in (0.0, 1.0):
        labels = np.asarray(labels)
        edge = _newcombe_edge(*_rarest(labels), z)
        return Interval(area, edge, 1.0) if area == 1 else Interval(area, 0.0, 1 - edge)
    centre, reach = np.log(area / (1 - area)), z * deviation / (area * (1 - area))
    low, high = 1 / (1 + np.exp(-(centre + reach * np.array([-1, 1]))))
    return Interval(area, float(low), float(high))


def compare(labels, a, b, level: float = 0.95, *, patients=None) -> Difference:
    """Compare two models on the same cases: area of `a` minus area of `b`.

    Parameters
    ----------
    labels : array_like
        As of `auc`.
    a, b : array_like
        Scores of the two models for the same cases, in the same order.
    level : float
    patients : array_like, optional
        Whose image each is.

    Returns
    -------
    Difference
        With its interval and p-value (two-sided). What both models find hard cancels,
        so that this sees differences to which two separate intervals are blind.

    Notes
    -----
    DeLong's paired test, doi:10.2307/2531595.
    """
    area_a, influence_a = _area(labels, a, patients)
    area_b, influence_b = _area(labels, b, patients)
    difference = area_a - area_b
    deviation = float(np.sqrt(((influence_a - influence_b) ** 2).sum()))
    reach = float(norm.ppf((1 + level) / 2)) * deviation
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


def _area(labels, scores, patients) -> tuple[float, np.ndarray]:
    """Return the area, and by how much each patient pulls at it: the squares add to its variance.

    Several classes are each held against the rest; area and pulls are their means.
    """
    labels, scores = np.asarray(labels), np.asarray(scores, dtype=float)
    if scores.ndim == 1:
        return _binary_area(*_binary(labels, scores), patients)
    if labels.ndim == 1:
        labels = labels[:, None] == np.arange(scores.shape[1])
    if labels.shape != scores.shape:
        raise ValueError(f"labels have shape {labels.shape}, scores {scores.shape}: not the same")
    each = [
        _binary_area(*_binary(*pair), patients) for pair in zip(labels.T, scores.T, strict=True)
    ]
    return float(np.mean([area for area, _ in each])), np.mean([pull for _, pull in each], axis=0)


def _binary_area(labels, scores, patients) -> tuple[float, np.ndarray]:
    """Return the area and the patients' pulls, by DeLong's placements from midranks.

    The placement of an ill case is the share of healthy ones that it outscores.
    """
    rank = rankdata(scores)
    placement = np.empty(len(scores))
    for group, others in ((labels, ~labels), (~labels, labels)):
        placement[group] = (rank[group] - rankdata(scores[group])) / others.sum()
    placement[~labels] = 1 - placement[~labels]
    area = float(placement[labels].mean())
    whose = (
        np.arange(len(labels)) if patients is None else np.unique(patients, return_inverse=True)[1]
    )
    pull = np.zeros(len(labels))
    for group in (labels, ~labels):
        witnesses = len(np.unique(whose[group]))
        if witnesses < 2:
            raise ValueError(
                "an interval needs at least two patients with and two without the finding"
            )
        pull[group] = (placement[group] - area) / group.sum() * np.sqrt(witnesses / (witnesses - 1))
    return area, np.bincount(whose, pull)


def _newcombe_edge(positives: int, negatives: int, z: float) -> float:
    """Return the lower bound of an area of 1: where (1 − θ)² = z² · variance of θ."""
    pairs = (positives + negatives) / 2

    def excess(area):
        middle = (1 - area) / (2 - area) + area / (1 + area)
        variance = area * (1 - area) * (1 + (pairs - 1) * middle) / (positives * negatives)
        return (1 - area) ** 2 - z**2 * variance

    return float(brentq(excess, 0, 1 - 1e-9))


def _rarest(labels) -> tuple[int, int]:
    """Return how many cases the rarest class has, and how many the rest."""
    counts = labels.sum(0) if labels.ndim == 2 else np.unique(labels, return_counts=True)[1]
    fewest = int(np.min(counts))
    return fewest, len(labels) - fewest


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
