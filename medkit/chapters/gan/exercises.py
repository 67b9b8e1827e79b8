"""Checks of ``34_gan``: the best judge, two losses, a broken listing, and how to judge."""

import numpy as np

from medkit.course.answers import Choice, Matching, Number, Selection, Slip
from medkit.course.functions import Case, Function


def best(p, q):
    """Return the probability that a sample is real."""
    return p / (p + q)


BEST_JUDGE = Function(
    best,
    cases=(
        Case((np.array([1.0, 0.5, 0.2]), np.array([1.0, 0.5, 0.2])), "equal densities"),
        Case((np.array([0.3, 0.6]), np.array([0.1, 0.0])), "a forger who misses a place"),
        Case((np.array([0.0, 0.2]), np.array([0.4, 0.8])), "a forger who draws too often"),
    ),
    absolute=1e-9,
    slips=(
        Slip("forgery", lambda p, q: q / (p + q), 0.5),
        Slip("odds", lambda p, q: p / (q + 1e-300), 0.5),
        Slip("difference", lambda p, q: p - q, 0.25),
        Slip("yes or no", lambda p, q: 1.0 * (p > q), 0.25),
    ),
)

VALUE_AT_HALF = Number(
    -np.log(4),
    slips=(
        Slip("one term", -np.log(2), 0.5),
        Slip("loss", np.log(4), 0.75),
        Slip("log of 1", 0.0, 0.25),
        Slip("bits", -2.0, 0.75),
        Slip("base 10", -np.log10(4), 0.75),
    ),
)

SLOPES = Number(
    0.98 / 0.02,
    slips=(
        Slip("inverse", 0.02 / 0.98, 0.5),
        Slip("not 1 − D", 1 / 0.02, 0.75),
        Slip("second alone", 0.98, 0.25),
        Slip("difference", 0.98 - 0.02, 0.25),
        Slip("losses", np.log(0.02) / np.log(0.98), 0.25),
    ),
)

FAULTS = Selection(
    {
        "numpy",
        "noise_out",
        "linear",
        "no_real",
        "frozen",
        "wrong_network",
        "threshold",
        "one",
        "reshape",
    }
)

MENDED = Matching(
    {
        "Dense(100, activation='sigmoid')": "A",
        "Dense(512, activation='linear')": "B",
        "train_on_batch(binary_gen_imgs, np.ones((1, 1)))": "C",
        "train_on_batch(noise, np.zeros((1, 1)))": "D",
        "np.random.normal(0, 1, (1, 100))": "E",
    }
)


def frechet(a, b):
    """Return the Fréchet distance of two samples of one feature."""
    return (a.mean() - b.mean()) ** 2 + (a.std() - b.std()) ** 2


_A, _B = np.array([1.0, 2.0, 3.0, 6.0]), np.array([0.0, 0.5, 1.5])

FRECHET = Function(
    frechet,
    cases=(
        Case((_A, _A), "twice the same"),
        Case((_A, _A + 2), "shifted"),
        Case((_A, 3 * (_A - _A.mean()) + _A.mean()), "wider"),
        Case((_A, _B), "two heaps"),
    ),
    absolute=1e-9,
    slips=(
        Slip("means", lambda a, b: (a.mean() - b.mean()) ** 2, 0.5),
        Slip("variances", lambda a, b: (a.mean() - b.mean()) ** 2 + (a.var() - b.var()) ** 2, 0.5),
        Slip("root", lambda a, b: np.sqrt(frechet(a, b)), 0.75),
        Slip("added", lambda a, b: (a.mean() - b.mean()) ** 2 + a.var() + b.var(), 0.5),
    ),
)

VERDICT = Choice("copies")
