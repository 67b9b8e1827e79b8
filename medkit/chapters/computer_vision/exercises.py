"""Checks of ``20_computer_vision``: kernels, an opening, two thresholds, cells, a GLCM."""

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


#: Pairs of horizontal neighbours: 1 1, 1 2, 1 3, 3 2, 3 3, 3 2.
CONTRAST = Number(7 / 6, relative=0.01)
