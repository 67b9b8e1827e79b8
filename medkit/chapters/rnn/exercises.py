"""Checks of ``32_rnn``: from one step of memory to a listing that never read a report."""

import numpy as np

from medkit.course.answers import Matching, Number, Selection, Slip
from medkit.course.functions import Case, Function


def step(x, h, w, u, b):
    """Return the state of a simple recurrent cell after one step."""
    return np.tanh(x @ w + h @ u + b)


_RNG = np.random.default_rng(5)
_W, _U, _B = _RNG.normal(size=(3, 2)), _RNG.normal(size=(2, 2)), np.array([0.3, -0.4])
_X, _H = np.array([0.5, -1.0, 0.2]), np.array([0.4, -0.7])
_SQUARE = _RNG.normal(size=(2, 2))

STEP = Function(
    step,
    cases=(
        Case((_X, np.zeros(2), _W, _U, _B), "the first step, from an empty state"),
        Case((_X, _H, _W, _U, _B), "a later step"),
        Case((_H, _H, _SQUARE, _U, _B), "an input as wide as the state"),
    ),
    slips=(
        Slip("no state", lambda x, h, w, u, b: np.tanh(x @ w + b), 0.5),
        Slip("no tanh", lambda x, h, w, u, b: x @ w + h @ u + b, 0.5),
        Slip("other side", lambda x, h, w, u, b: np.tanh(x @ w + u @ h + b), 0.75),
        Slip("no bias", lambda x, h, w, u, b: np.tanh(x @ w + h @ u), 0.75),
        Slip("relu", lambda x, h, w, u, b: np.maximum(0, x @ w + h @ u + b), 0.5),
        Slip("added", lambda x, h, w, u, b: h + np.tanh(x @ w + h @ u + b), 0.5),
    ),
)

VANISH = Number(
    0.9**50,
    relative=0.03,
    slips=(
        Slip("added", 0.9 * 50, 0.25),
        Slip("49 steps", 0.9**49, 0.75),
        Slip("of the start", 1 - 0.1 * 50, 0.25),
        Slip("swapped", 50**0.9, 0.5),
        Slip("explodes", 0.9**-50, 0.25),
        Slip("lost", 1 - 0.9**50, 0.5),
    ),
)

PARAMETERS = Number(
    792,
    slips=(
        Slip("one bias", 756, 0.75),
        Slip("one gate", 264, 0.5),
        Slip("LSTM", 1008, 0.5),
        Slip("four gates", 1056, 0.5),
        Slip("simple cell", 252, 0.25),
        Slip("no biases", 720, 0.5),
    ),
)

GATES = Matching(
    {
        "a": "nothing changes",
        "b": "the past is forgotten",
        "c": "it is kept but not shown",
        "d": "the past is forgotten",
    }
)

LISTING = Selection({"a", "b", "c", "d", "f"})
