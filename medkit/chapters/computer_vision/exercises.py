"""Checks of ``20_computer_vision``: kernels, an opening, two thresholds, cells, a turn, a GLCM."""

import numpy as np
import scipy.ndimage
import skimage.feature

from medkit.chapters.computer_vision import explorers
from medkit.course.answers import Matching, Number
from medkit.course.functions import Case, Function, Reaches

KERNELS = Matching(dict(zip("ABCDE", explorers.ORDER, strict=True)))

#: Two squares of 3 × 3 survive; the bridge, the hook and the spur do not.
OPENING = Number(18, relative=0.001)


def three(counts):
    """Return the two bins after which to cut, so that three classes are as unlike as can be."""
    p, level = counts / np.sum(counts), np.arange(len(counts))

    def part(low, high):
        """Give what one class adds to the variance between classes, up to a constant."""
        share = p[low:high].sum()
        return (p[low:high] * level[low:high]).sum() ** 2 / share if share > 0 else 0.0

    best, cuts = -1.0, (0, 0)
    for i in range(1, len(p) - 1):
        for j in range(i + 1, len(p)):
            between = part(0, i) + part(i, j) + part(j, len(p))
            if between > best + 1e-12:
                best, cuts = between, (i - 1, j - 1)
    return np.array(cuts)


def _once(counts):
    gain = explorers.between(np.asarray(counts, float))
    return int(gain.argmax())


def _twice(counts):
    """Cut once, and then the side with more pixels."""
    t = _once(counts)
    below, above = counts[: t + 1], counts[t + 1 :]
    second = _once(below) if np.sum(below) >= np.sum(above) else t + 1 + _once(above)
    return np.sort([t, second])


def _thirds(counts):
    share = np.cumsum(counts) / np.sum(counts)
    return np.array([np.searchsorted(share, k / 3) for k in (1, 2)])


def _hills(seed, places, widths, sizes):
    """Return a histogram of 40 bins with three hills."""
    rng = np.random.default_rng(seed)
    parts = [rng.normal(*hill) for hill in zip(places, widths, sizes, strict=True)]
    return np.histogram(np.concatenate(parts), np.arange(41))[0]


THREE = Function(
    three,
    cases=(
        Case((_hills(0, (6, 19, 33), (2, 2, 2), (900, 900, 900)),), "three equal hills"),
        Case(
            (_hills(1, (5, 14, 30), (2, 3, 3), (3000, 600, 300)),), "one large and two small hills"
        ),
        Case((_hills(2, (8, 16, 27), (4, 4, 5), (800, 900, 700)),), "hills that overlap"),
    ),
    slips={"thirds": _thirds, "twice": _twice, "values": lambda counts: three(counts) + 1},
)


def count(image):
    """Return how many cells there are: the summits of the distance to the background."""
    mask = scipy.ndimage.gaussian_filter(image, 1) > 0.5
    distance = scipy.ndimage.distance_transform_edt(mask)
    smooth = scipy.ndimage.gaussian_filter(distance, 1)
    summits = skimage.feature.peak_local_max(smooth, min_distance=6, labels=mask.astype(int))
    return len(summits)


def _clumps(image):
    return scipy.ndimage.label(scipy.ndimage.gaussian_filter(image, 1) > 0.5)[1]


def _every_summit(image):
    distance = scipy.ndimage.distance_transform_edt(image > 0.5)
    return len(skimage.feature.peak_local_max(distance, min_distance=1))


def _counted(truths, values):
    """Return one less the mean share by which counts are off, not below 0."""
    off = [abs(float(v) - t) / t for t, v in zip(truths, values, strict=True)]
    return max(0.0, 1 - float(np.mean(off)))


_CELLS = tuple(explorers.cells(seed, 14 + seed % 13) for seed in range(301, 307))

COUNT = Reaches(
    count,
    cases=tuple(Case((picture,), "cells you have not seen") for picture, _ in _CELLS),
    truth=tuple(int(truth.max()) for _, truth in _CELLS),
    measure=_counted,
    goal=0.95,
    slips={"clumps": _clumps, "every summit": _every_summit},
)


def turned(fixed, moving):
    """Return by how many degrees to turn `moving` so that it tells most of `fixed`."""

    def information(angle):
        """Give the mutual information after a turn, in bits."""
        image = scipy.ndimage.rotate(moving, angle, reshape=False, order=1)
        joint = np.histogram2d(fixed.ravel(), image.ravel(), 24)[0] / fixed.size
        alone = joint.sum(1, keepdims=True) * joint.sum(0)
        met = joint > 0
        return (joint[met] * np.log2(joint[met] / alone[met])).sum()

    angles = np.arange(-40, 41, 2.0)
    best = angles[np.argmax([information(angle) for angle in angles])]
    near = best + np.arange(-2, 2.1, 0.25)
    return near[np.argmax([information(angle) for angle in near])]


def _correlated(fixed, moving):
    angles = np.arange(-40, 41, 0.5)
    turned_by = (scipy.ndimage.rotate(moving, a, reshape=False, order=1) for a in angles)
    return angles[np.argmax([np.corrcoef(fixed.ravel(), t.ravel())[0, 1] for t in turned_by])]


#: Scalp, skull, brain, ventricles and two spots: middle (row, column), halves, turn in °.
_PARTS = (
    (0, 0, 42, 34, 0),
    (0, 0, 38, 30, 0),
    (0, 0, 34, 26, 0),
    (-4, -7, 13, 4, 14),
    (-4, 7, 13, 4, -14),
    (16, 12, 6, 8, 20),
    (-18, -13, 5, 4, 0),
)


def _head(angle, contrast, rng):
    """Return a drawn head that is turned by an angle, in one contrast, with noise, (96, 96)."""
    row, column = np.mgrid[:96, :96] - 47.5
    t = np.radians(angle)
    row, column = row * np.cos(t) - column * np.sin(t), row * np.sin(t) + column * np.cos(t)
    image = np.full(row.shape, contrast[0], float)
    for (r, c, high, wide, own), value in zip(_PARTS, contrast[1:], strict=True):
        s = np.radians(own)
        down, right = row - r, column - c
        down, right = down * np.cos(s) - right * np.sin(s), down * np.sin(s) + right * np.cos(s)
        image[(down / high) ** 2 + (right / wide) ** 2 < 1] = value
    return scipy.ndimage.gaussian_filter(image, 0.7) + rng.normal(0, 0.03, image.shape)


def _pair(angle, seed):
    """Return a head in a CT-like contrast, and one that is turned away in an MR-like one."""
    rng = np.random.default_rng(seed)
    ct = _head(0, (0, 0.4, 1.0, 0.5, 0.2, 0.2, 0.75, 0.4), rng)
    return ct, _head(angle, (0, 0.8, 0.0, 0.6, 0.9, 0.9, 0.3, 0.2), rng)


_TURNS = (11.0, -23.0, 34.0, -6.0)

TURN = Reaches(
    turned,
    cases=tuple(
        Case(_pair(angle, k), "a head you have not seen") for k, angle in enumerate(_TURNS)
    ),
    truth=_TURNS,
    measure=lambda truths, values: float(np.mean(np.abs(np.subtract(truths, values)) < 1)),
    goal=1.0,
    seconds=30.0,
    slips={
        "correlation": _correlated,
        "other way": lambda fixed, moving: -turned(fixed, moving),
        "not turned": lambda fixed, moving: 0.0,
    },
)

#: Pairs of horizontal neighbours: 1 1, 1 2, 1 3, 3 2, 3 3, 3 2.
CONTRAST = Number(7 / 6, relative=0.01)
