"""Intervals: a number never comes without its uncertainty.

`proportion` counts successes; `bootstrap` serves any statistic.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest


@dataclass(frozen=True)
class Interval:
    """A value with its confidence interval; prints as ``0.91 (0.86–0.95)``.

    Parameters
    ----------
    value, low, high : float
        The estimate and the bounds between which the truth is believed to lie.

    Examples
    --------
    >>> print(Interval(0.9123, 0.8617, 0.9489))
    0.91 (0.86–0.95)
    >>> f"{Interval(-0.02, -0.05, 0.01):.3f}"
    '−0.020 (−0.050 to 0.010)'
    """

    value: float
    low: float
    high: float

    def __format__(self, spec: str) -> str:
        """Format all three numbers alike, with two decimals unless `spec` says other."""
        # Adding 0.0 to a rounded −0.00 makes it 0.00.
        spec = spec or ".2f"
        value, low, high = (
            format(float(format(x, spec)) + 0.0, spec).replace("-", "−")
            for x in (self.value, self.low, self.high)
        )
        return f"{value} ({low}{' to ' if '−' in low + high else '–'}{high})"

    def __str__(self) -> str:
        return format(self)

    def __contains__(self, value: float) -> bool:
        """Tell whether a number lies within the interval: ``0 in difference``."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Difference(Interval):
    """The difference of two models on the same cases, with its p-value.

    Parameters
    ----------
    value, low, high : float
        First model minus second, and its interval.
    p_value : float
        How often a difference at least as large arises if the models are equally good.

    Examples
    --------
    >>> print(Difference(0.04, 0.01, 0.07, 0.008))
    0.04 (0.01–0.07), p = 0.008
    """

    p_value: float

    def __format__(self, spec: str) -> str:
        """Format the interval, then the p-value."""
        p = self.p_value
        words = "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.0995 else f"p = {p:.2f}"
        return f"{super().__format__(spec)}, {words}"


def proportion(successes: int, total: int) -> Interval:
    """Return a share with its 95 % Wilson interval, which stays within 0 and 1 and holds at both.

    Parameters
    ----------
    successes, total : int

    Returns
    -------
    Interval

    Raises
    ------
    ValueError
        If there is nothing to count, or there are more successes than trials.

    Notes
    -----
    Wilson 1927, doi:10.1080/01621459.1927.10502953; recommended over the textbook's
    ±1.96 standard errors by Brown, Cai & DasGupta 2001, doi:10.1214/ss/1009213286.

    Examples
    --------
    >>> print(proportion(20, 20))
    1.00 (0.84–1.00)
    """
    if total < 1:
        raise ValueError("no case to count: a share of nothing has no value")
    bounds = binomtest(int(successes), int(total)).proportion_ci(method="wilson")
    return Interval(float(successes / total), float(bounds.low), float(bounds.high))


def bootstrap(
    statistic: Callable[..., float], labels, *arrays, draws: int = 1000, rng=None
) -> Interval:
    """Return any statistic with the interval in which it lies when the test set is redrawn.

    Parameters
    ----------
    statistic : callable
        ``statistic(labels, *arrays)`` returns a number.
    labels : array_like of int
        Shape (n,). Each class is drawn by itself, so that its size stays.
    *arrays : array_like
        Scores, decisions, masks…, each of length n.
    draws : int
        Number of redrawn test sets.
    rng : None, int or numpy.random.Generator

    Returns
    -------
    Interval
        The statistic of the data; as its bounds, those of 95 % of the draws.

    Raises
    ------
    ValueError
        If lengths disagree.

    Notes
    -----
    Efron's percentile interval (doi:10.1214/aos/1176344552). Give one image a patient: images of
    one patient are alike, and drawn one by one they promise more than there is.
    """
    labels, arrays = np.asarray(labels), [np.asarray(array) for array in arrays]
    for array in arrays:
        if len(array) != len(labels):
            raise ValueError(f"{len(labels)} labels, but {len(array)} entries beside them")
    rng = np.random.default_rng(rng)
    strata = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    drawn = []
    for _ in range(draws):
        cases = np.concatenate([rng.choice(stratum, len(stratum)) for stratum in strata])
        drawn.append(statistic(labels[cases], *(array[cases] for array in arrays)))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Interval(float(statistic(labels, *arrays)), float(low), float(high))
