"""Checks of ``33_autoencoder``: bottlenecks, bounds, and what reconstruction errors say."""

import numpy as np

from medkit.course.answers import Choice, Number, Selection, Slip
from medkit.course.functions import Case, Function


def decoder_gradient(x, encoder, decoder):
    """Return the gradient of the loss with respect to the decoder."""
    code = x @ encoder
    return 2 * code.T @ (code @ decoder - x) / len(x)


_RNG = np.random.default_rng(0)
_X, _E, _D = _RNG.normal(size=(6, 5)), _RNG.normal(size=(5, 2)), _RNG.normal(size=(2, 5))

GRADIENT = Function(
    decoder_gradient,
    cases=(
        Case((_X, _E, _D), "random weights"),
        Case((_X, _E, 0 * _D), "a decoder of zeros"),
        Case((_X[:1], _E, _D), "one sample"),
    ),
    slips=(
        Slip("sign", lambda x, e, d: -decoder_gradient(x, e, d), 0.75),
        Slip("no 2", lambda x, e, d: decoder_gradient(x, e, d) / 2, 0.75),
        Slip("no mean", lambda x, e, d: decoder_gradient(x, e, d) * len(x), 0.75),
        Slip("no error", lambda x, e, d: 2 * (x @ e).T @ x / len(x), 0.25),
        Slip("encoder", lambda x, e, d: 2 * x.T @ (x @ e @ d - x) @ d.T / len(x), 0.5),
    ),
)

_LISTING = 784 * 32 + 32 + 32 * 784 + 784

PARAMETERS = Number(
    _LISTING,
    relative=0.0,
    absolute=0.5,
    slips=(
        Slip("no biases", 2 * 784 * 32, 0.75),
        Slip("encoder", 784 * 32 + 32, 0.5),
        Slip("same biases", 2 * (784 * 32 + 32), 0.75),
        Slip("not flattened", 28 * 32 + 32 + 32 * 28 + 28, 0.25),
    ),
)

FAULTS = Selection({"import", "sigmoid", "flatten", "validation", "unused"})


def kl(mean, log_variance):
    """Return each sample's divergence from the standard normal."""
    return 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance).sum(-1)


_M, _L = np.array([[0.0, 0.0], [3.0, 4.0], [0.5, -1.0]]), np.array([[0.0, 0], [0, 0], [-1, 0.7]])

KL = Function(
    kl,
    cases=(
        Case((_M[:1], _L[:1]), "the standard normal itself"),
        Case((_M[1:2], _L[1:2]), "a cloud that is shifted"),
        Case((_M, _L), "three samples"),
    ),
    slips=(
        Slip(
            "variance", lambda m, v: 0.5 * (m**2 + v - 1 - np.log(np.abs(v) + 1e-300)).sum(-1), 0.5
        ),
        Slip("no half", lambda m, v: 2 * kl(m, v), 0.75),
        Slip("sign", lambda m, v: -kl(m, v), 0.75),
        Slip("log σ", lambda m, v: 0.5 * (m**2 + np.exp(2 * v) - 1 - 2 * v).sum(-1), 0.5),
        Slip("sum", lambda m, v: kl(m, v).sum(), 0.5),
    ),
)

WIDE = Choice("falls")

_IMAGES = 64 * 4096 * 2 / (300 - 32)

BREAK_EVEN = Number(
    _IMAGES,
    relative=0.01,
    slips=(
        Slip("one byte", 64 * 4096 / (300 - 32), 0.5),
        Slip("code is free", 64 * 4096 * 2 / 300, 0.5),
        Slip("JPEG is free", 64 * 4096 * 2 / 32, 0.25),
        Slip("bytes", 64 * 4096 * 2, 0.25),
    ),
)
