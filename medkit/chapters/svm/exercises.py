"""Checks of ``30_svm``: from the width of a street to a listing that hides its faults."""

import numpy as np

from medkit.course.answers import Choice, Matching, Number, Selection, Slip
from medkit.course.functions import Case, Function

WIDTH = Number(
    0.4,
    slips=(
        Slip("one side", 0.2, 0.5),
        Slip("sum", 2 / 7, 0.5),
        Slip("no root", 2 / 25, 0.5),
        Slip("length", 5.0, 0.25),
        Slip("inverse", 2.5, 0.5),
        Slip("multiplied", 10.0, 0.25),
        Slip("offset", 1.4, 0.25),
    ),
)


def hinge(y, f):
    """Return the hinge loss of each sample."""
    return np.maximum(0, 1 - y * f)


_Y = np.array([1.0, 1.0, 1.0, -1.0, -1.0, -1.0])
_F = np.array([2.0, 0.5, -1.0, -3.0, 0.0, 2.0])

HINGE = Function(
    hinge,
    cases=(
        Case((np.array([1.0, -1.0]), np.array([1.0, -1.0])), "both on their edge"),
        Case((np.array([1.0, 1.0]), np.array([0.0, -1.0])), "in the middle, and beyond it"),
        Case((_Y, _F), "samples of both classes"),
    ),
    slips=(
        Slip("no margin", lambda y, f: np.maximum(0, -y * f), 0.5),
        Slip("not cut off", lambda y, f: 1 - y * f, 0.5),
        Slip("count", lambda y, f: (y * f < 1).astype(float), 0.25),
        Slip("no label", lambda y, f: np.maximum(0, 1 - f), 0.5),
        Slip("squared", lambda y, f: np.maximum(0, 1 - y * f) ** 2, 0.5),
        Slip("sum", lambda y, f: np.maximum(0, 1 - y * f).sum(), 0.75),
    ),
)

KKT = Matching(
    {
        "a": "off the street",
        "b": "on its edge",
        "c": "in the street",
        "d": "impossible",
    }
)


def rbf(a, b, gamma):
    """Return the RBF kernel of each pair of samples."""
    squares = ((a[:, None] - b[None]) ** 2).sum(-1)
    return np.exp(-gamma * squares)


_A = np.array([[0.0, 0.0], [1.0, 2.0], [-1.0, 0.5]])
_B = np.array([[1.0, 2.0], [3.0, -1.0]])

RBF = Function(
    rbf,
    cases=(
        Case((_A, _A, 0.5), "samples with themselves"),
        Case((_A, _B, 0.5), "three with two"),
        Case((_A, _B, 2.0), "a more local kernel"),
    ),
    slips=(
        Slip(
            "not squared",
            lambda a, b, g: np.exp(-g * np.sqrt(((a[:, None] - b[None]) ** 2).sum(-1))),
            0.5,
        ),
        Slip(
            "width",
            lambda a, b, g: np.exp(-((a[:, None] - b[None]) ** 2).sum(-1) / (2 * g**2)),
            0.5,
        ),
        Slip("sign", lambda a, b, g: np.exp(g * ((a[:, None] - b[None]) ** 2).sum(-1)), 0.5),
        Slip("transposed", lambda a, b, g: rbf(b, a, g), 0.5),
        Slip("exponent", lambda a, b, g: g * ((a[:, None] - b[None]) ** 2).sum(-1), 0.25),
    ),
)

_KERNEL = float(np.exp(-2))

GAMMA = Number(
    _KERNEL,
    relative=0.03,
    slips=(
        Slip("one patient", np.exp(-1), 0.5),
        Slip("twice", np.exp(-4), 0.25),
        Slip("sign", np.exp(2), 0.5),
        Slip("γ of 1", 0.0, 0.25),
        Slip("exponent", 2.0, 0.25),
    ),
)

LISTING = Selection({"a", "b", "c", "e", "f"})

LEAK = Choice("the split")
