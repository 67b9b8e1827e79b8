"""Checks of ``35_photons_to_diagnosis``: what photons buy, what knobs cost, when to stop."""

import statistics
from math import sqrt

import numpy as np

from medkit.course.answers import Choice, Matching, Number, Slip
from medkit.course.functions import Case, Function

_NORMAL = statistics.NormalDist()


def auc(d):
    """Return the AUC of two normal scores that lie d standard deviations apart."""
    return statistics.NormalDist().cdf(d / 2**0.5)


def _slip(function):
    return lambda d: float(function(d))


AUC = Function(
    auc,
    cases=(
        Case((0.0,), "no signal at all"),
        Case((1.0,), "one standard deviation apart"),
        Case((2.5,), "far apart"),
        Case((-1.0,), "scores the wrong way round"),
    ),
    relative=1e-3,
    slips=(
        Slip("fixed threshold", _slip(_NORMAL.cdf), 0.5),
        Slip("variance 2", _slip(lambda d: _NORMAL.cdf(d / 2)), 0.5),
        Slip("multiplied", _slip(lambda d: _NORMAL.cdf(d * sqrt(2))), 0.5),
        Slip("wrong way", _slip(lambda d: 1 - auc(d)), 0.5),
    ),
)

DOSE = Number(
    2 * 2.5**2,
    unit="mGy",
    slips=(
        Slip("straight", 5.0, 0.25),
        Slip("root", 2 * np.sqrt(2.5), 0.5),
        Slip("times", 2.5**2, 0.75),
    ),
)

COST = Matching(
    {
        "CT current": "radiation",
        "US frequency": "depth",
        "MR field": "money",
        "PET counts": "time",
    }
)

SHIFT = Choice("lost in the shift")
