"""Checks of ``35_photons_to_diagnosis``: what photons buy, readers that count, learn and search."""

from functools import lru_cache
from math import sqrt

import numpy as np
from scipy.special import ndtr

from medkit.chapters.photons_to_diagnosis import discs, real
from medkit.course.answers import Matching, Number
from medkit.course.functions import Case, Function, Trained
from medkit.data import tasks

DOSE = Number(2 * 2.5**2, unit="mGy", relative=0.03)


def area(labels, ratings):
    """Return the share of pairs in which the ill one is rated higher; ties count half."""
    ill, well = ratings[labels == 1], ratings[labels == 0]
    higher = ill[:, None] > well
    tied = ill[:, None] == well
    return np.mean(higher + 0.5 * tied)


def _pairs(count):
    def slip(labels, ratings):
        ill, well = ratings[labels == 1], ratings[labels == 0]
        return float(np.mean(count(ill[:, None], well)))

    return slip


_RATED = np.array([5, 3, 4, 2, 3, 1, 2, 3, 1, 4])
_TRUTH = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 1])

TIES = Function(
    area,
    cases=(
        Case((np.array([1, 0]), np.array([3, 3])), "one pair, a tie"),
        Case((_TRUTH, _RATED), "ten pictures, rated from 1 to 5"),
        Case((1 - _TRUTH, _RATED), "a reader who has it the wrong way round"),
    ),
    relative=1e-6,
    slips={
        "lost": _pairs(lambda i, w: i > w),
        "won": _pairs(lambda i, w: i >= w),
        "reversed": _pairs(lambda i, w: (i < w) + 0.5 * (i == w)),
        "right share": lambda labels, ratings: float(np.mean((ratings > 3) == labels)),
    },
)


def search(d, places):
    """Return the AUC of a reader who takes the highest score of many places."""
    rng = np.random.default_rng(0)
    well = rng.standard_normal((20_000, places))
    ill = rng.standard_normal((20_000, places))
    ill[:, 0] += d  # the lesion is in one place, and the reader is not told in which
    return np.mean(ill.max(axis=1) > well.max(axis=1))


SEARCH = Function(
    search,
    cases=(
        Case((2.5, 1), "one place: nothing to search"),
        Case((2.5, 10), "ten places"),
        Case((4.0, 100), "a plain lesion among a hundred places"),
    ),
    relative=0.0,
    absolute=0.015,
    slips={
        "told": lambda d, places: float(ndtr(d / sqrt(2))),
        "everywhere": lambda d, places: _searched(d, places, lit=places),
        "mean": lambda d, places: float(ndtr(d / sqrt(2 * places))),
    },
)


def _searched(d, places, lit):
    rng = np.random.default_rng(1)
    well, ill = rng.standard_normal((2, 20_000, places))
    ill[:, :lit] += d
    return float(np.mean(ill.max(1) > well.max(1)))


@lru_cache
def _discs():
    """Return pictures of a faint disc in the noise of a sharp CT, to learn from and unseen."""
    x, y = discs.pictures(150, rng=11)
    new, truth = discs.pictures(300, rng=12)
    return x, y, new, truth


def read(x, y, new):
    """Return scores: the pictures are seen through a few rings, whose noise can be learned."""
    at = np.arange(x.shape[1]) - (x.shape[1] - 1) / 2
    distance = np.hypot(at, at[:, None])
    rings = np.stack([(distance >= r) & (distance < r + 1.5) for r in np.arange(0, 9, 1.5)])
    seen, unseen = (np.tensordot(images, rings, ((1, 2), (1, 2))) for images in (x, new))
    signal = seen[y == 1].mean(0) - seen[y == 0].mean(0)
    noise = (np.cov(seen[y == 1].T) + np.cov(seen[y == 0].T)) / 2
    return unseen @ np.linalg.solve(noise, signal)


def _broken(x, y, new):
    signal = x[y == 1].mean(0) - x[y == 0].mean(0)
    noise = np.cov(x.reshape(len(x), -1).T)
    return new.reshape(len(new), -1) @ np.linalg.solve(noise, signal.ravel())


MEND = Trained(
    read,
    patients=_discs,
    goal=0.8,
    seconds=20.0,
    slips={
        "broken": _broken,
        "unwhitened": lambda x, y, new: np.tensordot(new, x[y == 1].mean(0) - x[y == 0].mean(0), 2),
    },
)


@lru_cache
def _heads():
    """Return 300 heads at 1 mAs with their masks, 300 unseen ones, and who has a bleed."""
    known, unseen = (tasks.simulate("ct_bleed", 300, protocol=_ONE_MAS, rng=r) for r in (351, 352))
    return known.images, known.masks, unseen.images, unseen.labels


_ONE_MAS = tasks.with_knob("ct_bleed", 1.0)


def find(x, masks, new):
    """Return scores: a network marks bleeds, and its most suspicious pixel is the score."""
    from dataclasses import replace

    from medkit.learning.networks.unet import QUICK, UNet

    network = UNet(schedule=replace(QUICK, epochs=7))
    marks = network.fit(x, masks).predict_proba(new)
    return marks.max(axis=(1, 2))


FIND = Trained(
    find,
    patients=_heads,
    goal=0.8,
    seconds=240.0,
    slips={
        "brightest": lambda x, masks, new: new[..., 0].max(axis=(1, 2)),
        # The left half's mirror image is subtracted, as a radiologist compares sides.
        "sides": lambda x, masks, new: np.abs(new - new[:, :, ::-1])[..., 0].max(axis=(1, 2)),
    },
)

COST = Matching()

SHIFT = Matching()


#: What was added has the variance 100/p − 1, in units of that at 50 %.
_RATIO = 100 / real.RIDDLE_PERCENT - 1
PERCENT = Number(real.RIDDLE_PERCENT, unit="%", relative=0.05)
