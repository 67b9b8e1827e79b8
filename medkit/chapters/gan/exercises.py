"""Checks of ``34_gan``: the best judge, other games, a broken listing, and how to judge."""

from functools import lru_cache

import numpy as np
import scipy.linalg
import sklearn.linear_model

from medkit.course.answers import Choice, Matching, Number, Selection
from medkit.course.functions import Case, Function, Reaches, Trained
from medkit.learning.by_hand import toy_gan
from medkit.learning.studies import synthesis


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
    slips={
        "forgery": lambda p, q: q / (p + q),
        "odds": lambda p, q: p / (q + 1e-300),
        "difference": lambda p, q: p - q,
        "yes or no": lambda p, q: 1.0 * (p > q),
    },
)

VALUE_AT_HALF = Number(-np.log(4))


def least_squares(of_real, of_fake):
    """Return the slopes of D's loss along what it says of both, and of G's along the forgery's."""
    return np.stack([2 * (of_real - 1), 2 * of_fake, 2 * (of_fake - 1)])


def _logistic(of_real, of_fake):
    real, fake = (1 / (1 + np.exp(-t)) for t in (of_real, of_fake))
    return np.stack([real - 1, fake, fake - 1])


LEAST_SQUARES = Function(
    least_squares,
    cases=(
        Case((np.array([0.2, 1.0, 3.0]), np.array([-2.0, 0.0, 0.7])), "three of each"),
        Case((np.ones(4), np.zeros(4)), "D is right about all"),
        Case((np.array([0.5]), np.array([0.5])), "D does not know"),
    ),
    absolute=1e-9,
    slips={
        "old game": _logistic,
        "half": lambda a, b: least_squares(a, b) / 2,
        "helps": lambda a, b: least_squares(a, b) * np.array([[1], [1], [-1]]),
        "same goal": lambda a, b: np.stack([2 * (a - 1), 2 * b, 2 * b]),
    },
)


def crowd(images):
    """Return images with two channels more: the mean of all, and their spread."""
    mean, spread = images.mean(0), images.std(0)
    return np.stack(
        [np.concatenate([image, mean, spread], -1) for image in np.asarray(images, float)]
    )


def mend(real):
    """Play in pairs, and a little longer than the game that collapsed."""
    return toy_gan.ToyGAN(pace=4.0, pack=2, seed=0).play(1500).sample(400, rng=0)


def _alone(real):
    return toy_gan.ToyGAN(pace=1.0, pack=1, seed=0).play(400).sample(400, rng=0)


def _covered(truths, values):
    """Return the share of blobs covered, or 0 for points that were learned by heart."""
    copied = np.isclose(values[0][:, None], _REAL[None], atol=1e-6).all(2).any(1).mean()
    return 0.0 if copied > 0.05 else toy_gan.modes_covered(values[0])[0] / toy_gan.MODES


_REAL = toy_gan.ring(2000, rng=6)

MEND = Reaches(
    mend,
    cases=(Case((_REAL,), "2,000 points of the ring"),),
    truth=(np.zeros((400, 2)),),
    measure=_covered,
    goal=1.0,
    seconds=60.0,
    slips={"old game": _alone, "photocopier": lambda real: real[:400]},
)

_SOME = np.random.default_rng(3).random((5, 4, 6, 1))

CROWD = Function(
    crowd,
    cases=(
        Case((_SOME,), "five images"),
        Case((np.repeat(_SOME[:1], 3, 0),), "three times the same: a collapse"),
        Case((_SOME[:1],), "one image"),
    ),
    absolute=1e-6,
    slips={
        "own mean": lambda x: np.concatenate(
            [x, 0 * x + x.mean((1, 2), keepdims=True), 0 * x + x.std((1, 2), keepdims=True)], -1
        ),
        "one number": lambda x: np.concatenate([x, 0 * x + x.mean(), 0 * x + x.std()], -1),
        "no spread": lambda x: crowd(x)[..., :2],
        "no images": lambda x: crowd(x)[..., 1:],
    },
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

MENDED = Matching()


def frechet(a, b):
    """Return the Fréchet distance of two tables of features."""
    ca, cb = np.cov(a.T), np.cov(b.T)
    root = scipy.linalg.sqrtm(ca @ cb).real
    return np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(ca + cb - 2 * root)


_A = np.random.default_rng(0).normal(size=(40, 3)) @ np.array([[2, 1, 0], [0, 1, 0.5], [0, 0, 1]])
_B = np.random.default_rng(1).normal(size=(30, 3)) + np.array([1.0, 0, -1])

FRECHET = Function(
    frechet,
    cases=(
        Case((_A, _A), "twice the same"),
        Case((_A, _A + 2), "shifted"),
        Case((_A, 3 * (_A - _A.mean(0)) + _A.mean(0)), "wider"),
        Case((_A, _B), "two heaps"),
    ),
    absolute=1e-4,
    slips={
        "means": lambda a, b: np.sum((a.mean(0) - b.mean(0)) ** 2),
        "entries": lambda a, b: (
            np.sum((a.mean(0) - b.mean(0)) ** 2)
            + np.trace(np.cov(a.T) + np.cov(b.T) - 2 * np.sqrt(np.abs(np.cov(a.T) @ np.cov(b.T))))
        ),
        "root": lambda a, b: np.sqrt(max(frechet(a, b), 0)),
        "added": lambda a, b: (
            np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(np.cov(a.T) + np.cov(b.T))
        ),
    },
)


def _patches():
    """Return 300 real and 300 forged patches, and others whose labels only the check knows."""
    real = synthesis.others("retina", 500)
    forged = synthesis.StoredGenerator.load("retina").sample(500, rng=7)
    images, forgery = np.concatenate([real, forged]), np.repeat([0, 1], 500)
    order = np.random.default_rng(8).permutation(1000)
    learn, new = order[:600], order[600:]
    return images[learn], forgery[learn], images[new], forgery[new]


def detective(images, forgery, new):
    """Learn from 600 patches, half of them forged, and score new ones: high is forged."""
    flat = images.reshape(len(images), -1)
    model = sklearn.linear_model.RidgeClassifier(alpha=1.0).fit(flat, forgery)
    return model.decision_function(new.reshape(len(new), -1))


DETECTIVE = Trained(
    detective,
    patients=lru_cache(_patches),
    goal=0.8,
    slips={
        "brightness": lambda x, y, new: -new.mean((1, 2, 3)),
        "upside down": lambda x, y, new: -detective(x, y, new),
    },
)

VERDICT = Choice("copies")
