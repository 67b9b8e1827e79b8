"""Checks of ``22_deep_learning``: slopes, a program to mend, curves and patches to read."""

import numpy as np
import sklearn.datasets
from scipy.special import expit as sigmoid

from medkit.chapters.deep_learning.explorers import WRONG
from medkit.course.answers import Matching, Number, Selection
from medkit.course.functions import Case, Function, Trained

#: 4,096 → 32 → 16 → 1.
COUNT = Number(4096 * 32 + 32 + 32 * 16 + 16 + 16 + 1, relative=0, absolute=0.4)


def slope(logits, classes):
    """Return the slope of the mean cross-entropy along each logit, shape (samples, classes)."""
    p = np.exp(logits - logits.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    p[np.arange(len(classes)), classes] -= 1
    return p / len(classes)


def _softmax(logits):
    return np.exp(logits) / np.exp(logits).sum(1, keepdims=True)


def _wrong(p, classes):
    return p - np.eye(p.shape[1])[classes]


_RNG = np.random.default_rng(22)

SLOPE = Function(
    slope,
    cases=(
        Case((np.array([[2.0, 0.0, -1.0]]), np.array([1])), "one sample of three classes"),
        Case((_RNG.normal(size=(5, 4)), np.array([0, 3, 1, 1, 2])), "five samples, four classes"),
        Case((np.array([[0.0, 1500.0], [800.0, 0.0]]), np.array([0, 0])), "very large logits"),
    ),
    slips={
        "overflow": lambda f, c: _wrong(_softmax(f), c) / len(c),
        "sum": lambda f, c: slope(f, c) * len(c),
        "uphill": lambda f, c: -slope(f, c),
        "sigmoid": lambda f, c: _wrong(sigmoid(f), c) / len(c),
        "loss": lambda f, c: -np.log(_softmax(f))[np.arange(len(c)), c].mean(),
    },
)


CURVES = Matching()

WRONG_LABELS = Selection(WRONG)

#: 64 samples, 4,096 inputs, 256 neurons, 4 bytes each.
INTENSITY = Number(2 * 64 * 4096 * 256 / (4 * (64 * 4096 + 4096 * 256 + 64 * 256)), relative=0.02)


def _tumours():
    """Return 285 real tumours of four features to learn from, and 284 to be judged by."""
    table = sklearn.datasets.load_breast_cancer()
    order = np.random.default_rng(22).permutation(len(table.data))
    x, y = table.data[order][:, [1, 4, 8, 9]], 1 - table.target[order]
    return x[:285], y[:285], x[285:], y[285:]


def mended(x, y, new):
    """Learn by a network of 16 hidden neurons, and return the logits of new patients."""
    rng, n = np.random.default_rng(0), len(x)
    x, new = (x - x.mean(0)) / x.std(0), (new - x.mean(0)) / x.std(0)
    w1, b1 = rng.normal(0, np.sqrt(2 / x.shape[1]), (x.shape[1], 16)), np.zeros(16)
    w2, b2 = rng.normal(0, np.sqrt(2 / 16), 16), 0.0
    for _ in range(500):
        h = np.maximum(x @ w1 + b1, 0)
        wrong = 1 / (1 + np.exp(-(h @ w2 + b2))) - y
        wrong_h = np.outer(wrong, w2) * (h > 0)
        w2, b2 = w2 - 0.3 * wrong @ h / n, b2 - 0.3 * wrong.mean()
        w1, b1 = w1 - 0.3 * x.T @ wrong_h / n, b1 - 0.3 * wrong_h.mean(0)
    return np.maximum(new @ w1 + b1, 0) @ w2 + b2


def _broken(scale=True, start=True, down=True):
    """Return the program of the exercise with some of its faults mended."""

    def program(x, y, new):
        rng, n = np.random.default_rng(0), len(x)
        if scale:
            x, new = (x - x.mean(0)) / x.std(0), (new - x.mean(0)) / x.std(0)
        w1, b1 = rng.normal(0, np.sqrt(2 / x.shape[1]), (x.shape[1], 16)), np.zeros(16)
        w2, b2 = rng.normal(0, np.sqrt(2 / 16), 16), 0.0
        if not start:
            w1, w2 = 0 * w1, 0 * w2
        for _ in range(500):
            h = np.maximum(x @ w1 + b1, 0)
            wrong = (sigmoid(h @ w2 + b2) - y) * (1 if down else -1)
            wrong_h = np.outer(wrong, w2) * (h > 0)
            w2, b2 = w2 - 0.3 * wrong @ h / n, b2 - 0.3 * wrong.mean()
            w1, b1 = w1 - 0.3 * x.T @ wrong_h / n, b1 - 0.3 * wrong_h.mean(0)
        return np.maximum(new @ w1 + b1, 0) @ w2 + b2

    return program


MEND = Trained(
    mended,
    patients=_tumours,
    goal=0.87,
    slips={
        "as it was": _broken(False, False, False),
        "all alike": _broken(start=False),
        "uphill": _broken(down=False),
    },
)
