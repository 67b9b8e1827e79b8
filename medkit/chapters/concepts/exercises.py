"""Checks of ``01_concepts``: who does what, crumbs, and a machine to train."""

from functools import lru_cache

import numpy as np
import scipy.ndimage
import sklearn.linear_model
import sklearn.pipeline
import sklearn.preprocessing

from medkit.course.answers import Matching, Selection
from medkit.course.functions import Case, Function, Trained
from medkit.data import tasks

WHO = Matching()

CONTROL = Matching()

#: Sentences about the real slice of the notebook that the picture contradicts.
REAL = Selection({"C", "D", "F"})


def without_crumbs(mask, least):
    """Keep the spots of a mask that have at least so many pixels."""
    marks, _ = scipy.ndimage.label(mask)
    size = np.bincount(marks.ravel())
    size[0] = 0  # what is no spot
    return size[marks] >= least


def _corners_too(mask, least):
    """Take pixels that touch at a corner for neighbours."""
    marks, _ = scipy.ndimage.label(mask, np.ones((3, 3)))
    size = np.bincount(marks.ravel())
    size[0] = 0
    return size[marks] >= least


def _largest_only(mask, least):
    marks, _ = scipy.ndimage.label(mask)
    size = np.bincount(marks.ravel())
    size[0] = 0
    return (marks == size.argmax()) & (size.max() >= least)


_LINE = np.array([[1, 1, 1, 0, 1], [0, 0, 0, 0, 0], [1, 1, 0, 1, 1]], bool)
_STAIRS = np.eye(6, dtype=bool) | np.pad(np.ones((2, 2), bool), ((0, 4), (4, 0)))
_NOISE = np.random.default_rng(1).random((24, 24)) < 0.35

CRUMBS = Function(
    without_crumbs,
    cases=(
        Case((_LINE, 2), "four little spots"),
        Case((_STAIRS, 2), "spots that touch at a corner"),
        Case((_NOISE, 6), "a field of noise"),
        Case((np.zeros((4, 5), bool), 3), "no spot at all"),
    ),
    slips={
        "corners": _corners_too,
        "larger": lambda mask, least: without_crumbs(mask, least + 1),
        "largest": _largest_only,
        "opening": lambda mask, least: scipy.ndimage.binary_opening(mask),
        "everything": lambda mask, least: mask,
    },
)


@lru_cache(maxsize=1)
def _heads():
    """Return brains of 120 patients to learn from and of 120 others, (n, 64, 64) in HU."""
    people = tasks.patients("ct_bleed", 240, rng=101, radius_mm=(8, 20), contrast_hu=(20, 40))
    images = 80 * tasks.scan("ct_bleed", people).images[..., 0]
    brains = np.zeros(images.shape)
    for image, brain in zip(images, brains, strict=True):
        skull = image > 76
        inside = scipy.ndimage.binary_fill_holes(skull) & ~skull
        inside = scipy.ndimage.binary_erosion(inside, iterations=2)
        brain[inside] = image[inside] - np.median(image[inside])
    labels = np.array([case.label for case in people])
    return brains[:120], labels[:120], brains[120:], labels[120:]


def bright(x, y, new):
    """Learn from brains x with labels y what is a bleed, and score the new ones."""

    def features(brains):
        smooth = [scipy.ndimage.gaussian_filter(brain, 1) for brain in brains]
        return np.array([[s.max(), np.percentile(s, 99), (s > 10).sum()] for s in smooth])

    model = sklearn.pipeline.make_pipeline(
        sklearn.preprocessing.StandardScaler(), sklearn.linear_model.LogisticRegression()
    )
    return model.fit(features(x), y).decision_function(features(new))


def _pixels(x, y, new):
    model = sklearn.linear_model.LogisticRegression(max_iter=500, C=1e-3)
    return model.fit(x.reshape(len(x), -1), y).decision_function(new.reshape(len(new), -1))


def _means(x, y, new):
    """Take the mean of each brain, in which a bleed drowns."""
    model = sklearn.linear_model.LogisticRegression()
    return model.fit(x.mean((1, 2))[:, None], y).decision_function(new.mean((1, 2))[:, None])


BRIGHT = Trained(
    bright,
    patients=_heads,
    goal=0.85,
    slips={"pixels": _pixels, "means": _means, "upside down": lambda x, y, new: -bright(x, y, new)},
)
