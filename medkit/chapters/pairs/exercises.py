"""Checks of ``36_pairs``: what two can do, and how one would know."""

import numpy as np

from medkit.course.answers import Choice, Matching, Number, Selection, Slip
from medkit.course.functions import Case, Function


def lead(pair, a, b):
    """Return the mean lead over the better parent and its standard error."""
    better = a if a.mean() >= b.mean() else b
    leads = pair - better
    return leads.mean(), leads.std(ddof=1) / np.sqrt(len(leads))


LEAD = Function(
    lead,
    cases=(
        Case((np.array([0.9, 0.8]), np.array([0.7, 0.7]), np.array([0.8, 0.8])), "two draws"),
        Case(
            (
                np.array([0.80, 0.90, 0.85]),
                np.array([0.84, 0.86, 0.82]),
                np.array([0.60, 0.99, 0.70]),
            ),
            "a parent that is better only once",
        ),
        Case(
            (
                np.array([0.70, 0.72, 0.74, 0.76]),
                np.array([0.75, 0.71, 0.78, 0.74]),
                np.array([0.50, 0.60, 0.55, 0.65]),
            ),
            "four draws, and no help",
        ),
    ),
    slips=(
        Slip("turns", lambda p, a, b: _against(p, np.maximum(a, b)), 0.5),
        Slip("mean of both", lambda p, a, b: _against(p, (a + b) / 2), 0.5),
        Slip(
            "no root", lambda p, a, b: (lead(p, a, b)[0], float(_leads(p, a, b).std(ddof=1))), 0.5
        ),
        Slip(
            "n not n − 1",
            lambda p, a, b: (lead(p, a, b)[0], float(_leads(p, a, b).std() / np.sqrt(len(p)))),
            0.75,
        ),
    ),
)


def _leads(pair, a, b):
    return pair - (a if a.mean() >= b.mean() else b)


def _against(pair, other):
    leads = pair - other
    return float(leads.mean()), float(leads.std(ddof=1) / np.sqrt(len(leads)))


SIZE = Number(
    6105 - 33 + 120 * 32 + 120 + 1,
    relative=0,
    absolute=0.5,
    slips=(
        Slip("last layer", 6105 + 120 * 32 + 120 + 1, 0.5),
        Slip("machine alone", 120 * 32 + 120 + 1, 0.5),
        Slip("no weights", 6105 - 33 + 120 * 32 + 1, 0.5),
        Slip("linear", 6105 - 33 + 32 + 1, 0.5),
    ),
)

MATCH = Matching({"a": "CNN+RNN", "b": "SVM+CNN", "c": "CNN+AE", "d": "AE+GAN"})

FAIR = Selection({"a", "c", "d", "e"})

WHY = Choice("made for a line")
