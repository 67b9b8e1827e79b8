"""Checks of ``52_outlook``: a leaking layer, masks that cancel, liars, bins, a field's price."""

from functools import lru_cache

import numpy as np
import sklearn.linear_model

from medkit.course.answers import Number
from medkit.course.functions import Case, Function, Trained
from medkit.data.sets import shipped
from medkit.learning.classical import features


def leaked(weights_slope, bias_slope):
    """Return the patient's picture from the gradients of a first layer: row over bias."""
    loudest = np.argmax(np.abs(bias_slope))
    return weights_slope[loudest] / bias_slope[loudest]


def _layer(seed, hidden, pixels, silent):
    """Return what a batch of one makes of a layer's gradients; some neurons are silent."""
    rng = np.random.default_rng(seed)
    bias = rng.normal(0, 0.1, hidden)
    bias[:silent] = 0.0
    return np.outer(bias, rng.random(pixels)), bias


LEAKED = Function(
    leaked,
    cases=(
        Case(_layer(1, 4, 6, 0), "a layer of four neurons, all awake"),
        Case(_layer(2, 16, 30, 9), "a layer of which nine neurons are silent"),
        Case(_layer(3, 3, 12, 2), "a layer with one neuron awake"),
    ),
    slips={
        "first": lambda w, b: w[0] / b[0],
        "not divided": lambda w, b: w[np.argmax(np.abs(b))],
        "upside down": lambda w, b: b[np.argmax(np.abs(b))] / w[np.argmax(np.abs(b))],
    },
)


def sent(update, k, shared):
    """Return what hospital k sends: its update, plus and minus what it shares with the others."""
    hospitals = np.arange(len(shared))
    sign = np.where(hospitals > k, 1.0, np.where(hospitals < k, -1.0, 0.0))
    return update + np.tensordot(sign, shared[k], 1)


def _shared(seed, hospitals, numbers):
    """Return random numbers that each pair of hospitals has agreed on: symmetric."""
    drawn = np.random.default_rng(seed).normal(0, 10, (hospitals, hospitals, numbers))
    return drawn + drawn.transpose(1, 0, 2)


SENT = Function(
    sent,
    cases=(
        Case((np.array([0.1, -0.2, 0.3]), 0, _shared(0, 5, 3)), "hospital 0 of five"),
        Case((np.array([0.5, 0.1]), 2, _shared(1, 4, 2)), "hospital 2 of four"),
        Case((np.arange(4.0), 4, _shared(2, 5, 4)), "the last of five"),
    ),
    slips={
        "all plus": lambda u, k, s: u + s[k].sum(0) - s[k, k],
        "other way": lambda u, k, s: 2 * u - sent(u, k, s),
        "own too": lambda u, k, s: sent(u, k, s) + s[k, k],
        "only later": lambda u, k, s: u + s[k, k + 1 :].sum(0),
    },
)


@lru_cache(maxsize=1)
def _houses():
    """Return five hospitals of 24 masses, the labels of two of them exchanged, and 200 others."""
    held = shipped.arrays("workbench_pictures")
    order = np.random.default_rng(3).permutation(320)
    images, ill = held["us_breast_images"][order] / 255, held["us_breast_labels"][order].astype(int)
    x, y = images[:120].reshape(5, 24, 32, 32), ill[:120].reshape(5, 24).copy()
    y[[1, 3]] = 1 - y[[1, 3]]
    return x, y, images[120:], ill[120:]


def liars(x, y, new):
    """Let each hospital's model judge the others, and learn from those who agree."""
    see = features.HOG()
    edges = see.fit_transform(x.reshape(-1, 32, 32, 1)).reshape(*y.shape, -1)
    model = sklearn.linear_model.LogisticRegression(C=1e-2, max_iter=500)
    agree = np.zeros((len(y), len(y)))
    for k, j in np.ndindex(agree.shape):
        y_score = model.fit(edges[k], y[k]).decision_function(edges[j])
        agree[k, j] = y_score[y[j] == 1].mean() > y_score[y[j] == 0].mean()
    honest = agree.sum(1) > len(y) / 2
    model.fit(edges[honest].reshape(y[honest].size, -1), y[honest].ravel())
    return model.decision_function(see.transform(new[..., None]))


def _trusting(x, y, new):
    see = features.HOG()
    edges = see.fit_transform(x.reshape(-1, 32, 32, 1))
    model = sklearn.linear_model.LogisticRegression(C=1e-2, max_iter=500)
    return model.fit(edges, y.ravel()).decision_function(see.transform(new[..., None]))


LIARS = Trained(
    liars,
    patients=_houses,
    goal=0.78,
    slips={
        "trusting": _trusting,
        "upside down": lambda x, y, new: -liars(x, y, new),
    },
)


def bins(healthy, ill):
    """Return the squared signal over noise of energy bins, each weighed as it deserves."""
    return ((ill - healthy) ** 2 / healthy).sum()


_COUNTS = np.array([4000.0, 9000.0, 6000.0, 1500.0])

BINS = Function(
    bins,
    cases=(
        Case((_COUNTS, _COUNTS * [0.9, 0.96, 0.98, 0.99]), "four bins, most contrast in the first"),
        Case((np.array([5e4, 5e4]), np.array([4.9e4, 5e4])), "two bins, one without contrast"),
        Case((np.array([900.0, 400.0, 2500.0]), np.array([960.0, 380.0, 2400.0])), "mixed signs"),
    ),
    slips={
        "one bin": lambda a, b: (b.sum() - a.sum()) ** 2 / a.sum(),
        "root": lambda a, b: bins(a, b) ** 0.5,
        "no noise": lambda a, b: ((b - a) ** 2).sum(),
        "added": lambda a, b: (np.abs(b - a) / a**0.5).sum() ** 2,
    },
)

#: Protons turn at this frequency in one tesla (MHz), and pydicom's slice was taken at that.
_PER_TESLA, _MHZ, _PORTABLE = 42.577, 63.924339, 0.064
_RATIO = _MHZ / _PER_TESLA / _PORTABLE

#: Minutes at 0.064 T for the noise of two minutes at the field of pydicom's slice.
FIELD = Number(
    2 * _RATIO**2,
    unit="min",
    relative=0.02,
)
