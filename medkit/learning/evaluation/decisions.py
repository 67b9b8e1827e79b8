"""Decisions: from a score to "call them back", and what that costs and catches."""

from typing import NamedTuple

import numpy as np
from sklearn.metrics import roc_curve

from medkit.learning.evaluation.intervals import Interval, proportion


class Confusion(NamedTuple):
    """Cases by what they are and what they are called.

    Parameters
    ----------
    true_positive, false_positive, false_negative, true_negative : int
    """

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int


def confusion(labels, decisions) -> Confusion:
    """Count cases by label and decision, each 0 or 1 (the finding).

    Examples
    --------
    >>> confusion([1, 1, 1, 0, 0], [1, 1, 0, 0, 1])
    Confusion(true_positive=2, false_positive=1, false_negative=1, true_negative=1)
    """
    labels, decisions = np.asarray(labels), np.asarray(decisions)
    if labels.shape != decisions.shape or not np.isin([labels, decisions], (0, 1)).all():
        raise ValueError("labels and decisions must be equally many 0 and 1: scores >= threshold")
    counts = np.bincount((2 * labels + decisions).astype(int).ravel(), minlength=4)
    tn, fp, fn, tp = (int(count) for count in counts)
    return Confusion(tp, fp, fn, tn)


def accuracy(labels, decisions) -> Interval:
    """Return the share of cases called right; classes may be more than two."""
    right = np.equal(labels, decisions)
    return proportion(right.sum(), right.size)


def sensitivity(labels, decisions) -> Interval:
    """Return the share of the ill who are called ill, with Wilson's interval."""
    table = confusion(labels, decisions)
    return proportion(table.true_positive, table.true_positive + table.false_negative)


def specificity(labels, decisions) -> Interval:
    """Return the share of the healthy who are called healthy, with Wilson's interval."""
    table = confusion(labels, decisions)
    return proportion(table.true_negative, table.true_negative + table.false_positive)


def operating_point(labels, scores, *, sensitivity: float | None = None) -> float:
    """Choose the threshold: on validation data, never on the test set.

    Parameters
    ----------
    labels : array_like
        Shape (n,): 0 or 1.
    scores : array_like
        Shape (n,).
    sensitivity : float, optional
        To be reached; as specific as possible. By default Youden's: the largest sensitivity +
        specificity.

    Returns
    -------
    float
        Call ``scores >= threshold`` positive. It lies midway between the scores that it
        parts; infinity calls nobody.

    Raises
    ------
    ValueError
        If there is only one class.

    Examples
    --------
    >>> operating_point([0, 0, 0, 1, 1], [0.1, 0.2, 0.6, 0.5, 0.9], sensitivity=1)
    0.35
    """
    labels = np.asarray(labels).astype(bool)
    if labels.all() or not labels.any():
        raise ValueError("labels hold one class only; a threshold needs both")
    false_alarms, caught, thresholds = roc_curve(labels, scores, drop_intermediate=False)
    if sensitivity is None:
        best = np.argmax(caught - false_alarms)
    else:
        # A share of 0.9 may be stored as 0.8999…: what is reached to within rounding counts.
        best = np.argmax(caught >= sensitivity - 1e-9)
    here, below = thresholds[best], thresholds[min(best + 1, len(thresholds) - 1)]
    middle = (here + below) / 2
    return float(middle if middle > below else here)


def predictive_values(sensitivity, specificity, prevalence):
    """Return how far to believe a positive and a negative result (Bayes).

    Parameters
    ----------
    sensitivity, specificity : float
    prevalence : float or array_like
        The share of the ill among those who are examined.

    Returns
    -------
    ppv, npv : float or numpy.ndarray
        The probability to be ill if called ill, and to be healthy if called healthy;
        NaN where nobody is called so.

    Examples
    --------
    A good test in a screening: five of six alarms are false.

    >>> ppv, npv = predictive_values(0.95, 0.95, 0.01)
    >>> round(float(ppv), 3), round(float(npv), 4)
    (0.161, 0.9995)
    """
    p = np.asarray(prevalence, dtype=float)
    true_positive, false_positive = sensitivity * p, (1 - specificity) * (1 - p)
    true_negative, false_negative = specificity * (1 - p), (1 - sensitivity) * p
    with np.errstate(invalid="ignore"):
        ppv = true_positive / (true_positive + false_positive)
        npv = true_negative / (true_negative + false_negative)
    return ppv, npv
