"""Checks of ``32_rnn``: from filled-up sequences to a heart whose beats have an order."""

from functools import lru_cache

import numpy as np

from medkit.course.answers import Matching, Number, Selection
from medkit.course.functions import Case, Function, Trained


def last(sequences, lengths, w, u, b):
    """Return the state of each sequence after its last true step, shape (n, width)."""
    h = np.zeros((len(sequences), len(u)))
    for t in range(sequences.shape[1]):
        after = np.tanh(sequences[:, t] @ w + h @ u + b)
        h = np.where((t < np.asarray(lengths))[:, None], after, h)
    return h


def _erased(sequences, lengths, w, u, b):
    h = np.zeros((len(sequences), len(u)))
    for t in range(sequences.shape[1]):
        inside = (t < np.asarray(lengths))[:, None]
        h = np.where(inside, np.tanh(sequences[:, t] @ w + h @ u + b), 0)
    return h


_RNG = np.random.default_rng(5)
_W, _U, _B = _RNG.normal(size=(3, 2)), _RNG.normal(size=(2, 2)), np.array([0.3, -0.4])
_LENGTHS = np.array([5, 2, 1, 4])
_FILLED = np.where(np.arange(5)[:, None] < _LENGTHS[:, None, None], _RNG.normal(size=(4, 5, 3)), 0)

MASK = Function(
    last,
    cases=(
        Case((_FILLED, _LENGTHS, _W, _U, _B), "four sequences of 5, 2, 1 and 4 steps"),
        Case((_FILLED[:1], _LENGTHS[:1], _W, _U, _B), "one sequence without filling"),
        Case((_FILLED[1:], _LENGTHS[1:], _W, 0.5 * _U, 0 * _B), "no bias"),
    ),
    slips={
        "reads the filling": lambda x, lengths, *weights: last(x, 0 * lengths + 5, *weights),
        "one too many": lambda x, lengths, *weights: last(x, lengths + 1, *weights),
        "one too few": lambda x, lengths, *weights: last(x, lengths - 1, *weights),
        "erased": _erased,
    },
)


def _wrong(states, u, outside, *, backwards=True, before=True, turned=False):
    du, g = np.zeros_like(u), np.zeros(len(u))
    steps = range(len(states))
    for t in reversed(steps) if backwards else steps:
        delta = (1 - states[t] ** 2) * (g + outside[t])
        h = (states[t - 1] if t else 0 * states[0]) if before else states[t]
        du += np.outer(h, delta)
        g = (u.T if turned else u) @ delta
    return du


def slope_of_u(states, u, outside):
    """Return the slope of the loss along U, by back-propagation through time."""
    du, g = np.zeros_like(u), np.zeros(len(u))
    for t in reversed(range(len(states))):
        delta = (1 - states[t] ** 2) * (g + outside[t])
        if t > 0:  # before the first step the state is zero
            du += np.outer(states[t - 1], delta)
        g = u @ delta
    return du


def _run(seed, steps=6, width=3):
    """Return states, U and outside slopes of a random cell."""
    rng = np.random.default_rng(seed)
    u, h, states = rng.normal(0, 0.7, (width, width)), np.zeros(width), []
    for x in rng.normal(size=(steps, width)):
        h = np.tanh(x + h @ u)
        states.append(h)
    return np.array(states), u, rng.normal(size=(steps, width))


_AT_THE_END = np.zeros((6, 3))
_AT_THE_END[-1] = 1, -1, 0.5

REPAIR = Function(
    slope_of_u,
    cases=(
        Case(_run(1), "a loss at every step"),
        Case((*_run(2)[:2], _AT_THE_END), "a loss at the last step only"),
        Case(_run(3, steps=1), "a sequence of one step"),
    ),
    slips={
        "as given": lambda *a: _wrong(*a, backwards=False, before=False),
        "forwards": lambda *a: _wrong(*a, backwards=False),
        "state after": lambda *a: _wrong(*a, before=False),
        "transposed": lambda *a: _wrong(*a, turned=True),
    },
)

_JORDAN = np.array([[0.85, 1.0], [0.0, 0.85]])

_POWERS = [np.linalg.matrix_power(_JORDAN, k) for k in range(1, 51)]

BOUND = Number(max(np.linalg.norm(power, 2) for power in _POWERS), relative=0.03)

PARAMETERS = Number(792)

GATES = Matching()


def _beats(n, rng):
    """Return intervals (n, 16) in s, and 1 where short and long ones take turns."""
    labels = np.arange(n) % 2
    x = rng.uniform(0.6, 1.0, (n, 1)) * np.exp(rng.normal(0, 0.06, (n, 16)))
    x *= 1 + rng.uniform(0.08, 0.2, (n, 1)) * (-1.0) ** (np.arange(16) + rng.integers(0, 2, (n, 1)))
    x[labels == 0] = rng.permuted(x[labels == 0], axis=1)  # the same values, in no order
    return x, labels


@lru_cache(maxsize=1)
def _hearts():
    rng = np.random.default_rng(32)
    return *_beats(300, rng), *_beats(300, rng)


def in_turn(x, y, new):
    """Score how much neighbours differ in sign: no training is needed."""
    around = new - new.mean(1, keepdims=True)
    return -(around[:, 1:] * around[:, :-1]).mean(1) / around.var(1)


def _linear(x, y, new):
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=500).fit(x, y).decision_function(new)


ORDER = Trained(
    in_turn,
    patients=_hearts,
    goal=0.95,
    slips={
        "spread": lambda x, y, new: new.std(1) / new.mean(1),
        "linear": _linear,
        "upside down": lambda x, y, new: -in_turn(x, y, new),
    },
)

PR = Number(152, relative=0.1)

LISTING = Selection({"a", "b", "c", "d", "f"})
