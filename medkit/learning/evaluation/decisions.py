"""Decisions: from a score to "call them back", and what that costs and catches."""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import roc_curve

from medkit.learning.evaluation.intervals import Interval, proportion


@dataclass(frozen=True)
class Confusion:
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
    labels, decisions = _pairs(labels, decisions)
    counts = np.bincount(2 * labels + decisions, minlength=4)
    tn, fp, fn, tp = (int(count) for count in counts)
    return Confusion(tp, fp, fn, tn)


def accuracy(labels, decisions, level: float = 0.95) -> Interval:
    """Return the share of cases called right; classes may be more than two."""
    labels, decisions = np.asarray(labels), np.asarray(decisions)
    if labels.shape != decisions.shape:
        raise ValueError(f"labels {labels.shape} and decisions {decisions.shape} must be equal")
    return proportion(int((labels == decisions).sum()), labels.size, level)


def sensitivity(labels, decisions, level: float = 0.95) -> Interval:
    """Return the share of the ill who are called ill, with Wilson's interval."""
    table = confusion(labels, decisions)
    return proportion(table.true_positive, table.true_positive + table.false_negative, level)


def specificity(labels, decisions, level: float = 0.95) -> Interval:
    """Return the share of the healthy who are called healthy, with Wilson's interval."""
    table = confusion(labels, decisions)
    return proportion(table.true_negative, table.true_negative + table.false_positive, level)


def operating_point(
    labels,
    scores,
    *,
    sensitivity: float | None = None,
    specificity: float | None = None,
    cost: float | None = None,
    prevalence: float | None = None,
) -> float:
    """Choose the threshold: on validation data, never on the test set.

    Give one wish, or none for Youden's: the largest sensitivity + specificity.

    Parameters
    ----------
    labels : array_like
        Shape (n,): 0 or 1.
    scores : array_like
        Shape (n,).
    sensitivity : float, optional
        To be reached; as specific as possible.
    specificity : float, optional
        To be reached; as sensitive as possible.
    cost : float, optional
        How many false alarms are as bad as one miss.
    prevalence : float, optional
        Share of the ill where the model will work, for `cost`; by default as in `labels`.

    Returns
    -------
    float
        Call ``scores >= threshold`` positive. It lies midway between the scores that it
        parts; infinity calls nobody.

    Raises
    ------
    ValueError
        If there is more than one wish, or only one class.

    Examples
    --------
    >>> operating_point([0, 0, 0, 1, 1], [0.1, 0.2, 0.6, 0.5, 0.9], sensitivity=1)
    0.35
    """
    wishes = [wish for wish in (sensitivity, specificity, cost) if wish is not None]
    if len(wishes) > 1:
        raise ValueError("one wish only: sensitivity=…, specificity=… or cost=…")
    labels = np.asarray(labels).astype(bool)
    if labels.all() or not labels.any():
        raise ValueError("labels hold one class only; a threshold needs both")
    false_alarms, caught, thresholds = roc_curve(labels, scores, drop_intermediate=False)
    # A share of 0.9 may be stored as 0.8999…: what is reached to within rounding counts.
    if sensitivity is not None:
        best = np.flatnonzero(caught >= sensitivity - 1e-9)[0]
    elif specificity is not None:
        best = np.flatnonzero(1 - false_alarms >= specificity - 1e-9)[-1]
    elif cost is not None:
        share = labels.mean() if prevalence is None else prevalence
        best = np.argmin(cost * share * (1 - caught) + (1 - share) * false_alarms)
    else:
        best = np.argmax(caught - false_alarms)
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


def _pairs(labels, decisions):
    """Return labels and decisions as integers 0 and 1, checked."""
    labels, decisions = np.asarray(labels), np.asarray(decisions)
    if labels.shape != decisions.shape:
        raise ValueError(f"labels {labels.shape} and decisions {decisions.shape} must be equal")
    for name, values in (("labels", labels), ("decisions", decisions)):
        if not np.isin(values, (0, 1)).all():
            raise ValueError(
                f"{name} hold {np.unique(values)[:5]}; expected 0 and 1: scores >= threshold"
            )
    return labels.astype(int).ravel(), decisions.astype(int).ravel()
