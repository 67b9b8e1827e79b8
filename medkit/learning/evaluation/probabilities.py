"""Calibration: of a hundred who are told "30 %", thirty should be ill.

A model may rank perfectly and still be far too sure of itself; the AUC does not see it.
"""

from types import SimpleNamespace

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import logit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss

from medkit.learning.evaluation.intervals import proportion


def calibration(labels, probabilities, bins: int = 10) -> SimpleNamespace:
    """Hold promised probabilities against what came.

    Parameters
    ----------
    labels : array_like
        Shape (n,): 0 or 1.
    probabilities : array_like
        Shape (n,): of the finding, 0 to 1.
    bins : int
        Of equal width.

    Returns
    -------
    types.SimpleNamespace
        ``predicted``, ``observed`` and ``counts`` of `reliability`; ``brier``; ``error`` of
        `calibration_error`; ``slope`` and ``intercept`` of the ill over the promised logit: 1 and
        0 are perfect. A slope below 1 is a model that is too sure; an intercept below 0 one that
        promises too much at 50 %.

    Raises
    ------
    ValueError
        If a probability lies outside 0…1 or lengths disagree.
    """
    predicted, observed, counts = reliability(labels, probabilities, bins)
    # Promises of 0 and 1 have no logit; a millionth is as sure as float32 can say.
    logits = logit(np.clip(np.asarray(probabilities, dtype=float), 1e-6, 1 - 1e-6))
    slope, intercept = platt(labels, logits)
    return SimpleNamespace(
        predicted=predicted,
        observed=observed,
        counts=counts,
        brier=brier(labels, probabilities),
        error=calibration_error(labels, probabilities, bins),
        slope=slope,
        intercept=intercept,
    )


def reliability(labels, probabilities, bins: int = 10):
    """Return the mean promise, the share of the ill and the number of cases, bin by bin.

    Parameters
    ----------
    labels, probabilities : array_like
        Shape (n,).
    bins : int
        Of equal width; empty ones are left out.

    Returns
    -------
    predicted : numpy.ndarray
    observed : tuple of Interval
    counts : numpy.ndarray of int
    """
    labels, probabilities = _checked(labels, probabilities)
    place = np.minimum((probabilities * bins).astype(int), bins - 1)
    counts = np.bincount(place, minlength=bins)
    filled = np.flatnonzero(counts)
    predicted = np.bincount(place, probabilities, bins)[filled] / counts[filled]
    ill = np.bincount(place, labels, bins)[filled].astype(int)
    observed = tuple(proportion(k, n) for k, n in zip(ill, counts[filled], strict=True))
    return predicted, observed, counts[filled]


def brier(labels, probabilities) -> float:
    """Return the mean squared error of probabilities (Brier 1950).

    Examples
    --------
    >>> brier([1, 0], [0.5, 0.5])
    0.25
    """
    return float(brier_score_loss(*_checked(labels, probabilities)))


def calibration_error(labels, probabilities, bins: int = 10) -> float:
    """Return the gap between promise and share, averaged over the cases.

    The expected calibration error of Naeini et al. 2015, with bins of equal width. With
    few cases a bin it is never 0, not even for a perfect model.
    """
    predicted, observed, counts = reliability(labels, probabilities, bins)
    shares = np.array([interval.value for interval in observed])
    return float(np.average(np.abs(predicted - shares), weights=counts))


def platt(labels, logits) -> tuple[float, float]:
    """Fit the straight line that turns logits into honest ones: slope and intercept.

    Parameters
    ----------
    labels : array_like
        Shape (n,): 0 or 1; of validation cases, if the line is to be used.
    logits : array_like
        Shape (n,).

    Returns
    -------
    slope, intercept : float
        ``expit(slope * logits + intercept)`` are calibrated probabilities.

    Notes
    -----
    Cox 1958 (doi:10.1111/j.2517-6161.1958.tb00292.x) as a test, Platt 1999 as a remedy.
    """
    line = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-8)
    line.fit(np.asarray(logits, dtype=float)[:, None], np.asarray(labels))
    return float(line.coef_[0, 0]), float(line.intercept_[0])


def temperature(labels, logits) -> float:
    """Return the one number by which to divide logits so that they are least surprised.

    Parameters
    ----------
    labels : array_like
        Shape (n,): 0 or 1; of validation cases.
    logits : array_like
        Shape (n,).

    Returns
    -------
    float
        Above 1 for a model that is too sure. No case changes its rank or its class.

    Notes
    -----
    Guo et al. 2017, arXiv:1706.04599.
    """
    labels, logits = np.asarray(labels).astype(int), np.asarray(logits, dtype=float)

    def surprise(log_temperature):
        z = logits / np.exp(log_temperature)
        return np.mean(np.logaddexp(0, z) - z * labels)

    return float(np.exp(minimize_scalar(surprise, bounds=(-5, 5), method="bounded").x))


def _checked(labels, probabilities):
    labels, probabilities = np.asarray(labels).astype(int), np.asarray(probabilities, dtype=float)
    if labels.shape != probabilities.shape or labels.ndim != 1:
        raise ValueError(f"labels {labels.shape} and probabilities {probabilities.shape}: not (n,)")
    if not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise ValueError("probabilities must lie within 0…1; for logits take expit(logits)")
    return labels, probabilities
