"""Random smooth fields: lobules, fibres and septa are their level lines."""

from functools import cache, lru_cache

import numpy as np
from scipy import ndimage


def smooth_field(shape, widths, rng=None) -> np.ndarray:
    """Return Gaussian noise, blurred differently along rows and columns.

    The blur is a product of two small matrices: noise on a coarse grid, spread by bells
    of the given widths. That is quicker than filtering noise on the fine grid.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns.
    widths : tuple of float
        Standard deviation of the blur along a column and along a row, in pixels.
    rng : None, int or numpy.random.Generator
        Randomness.

    Returns
    -------
    ndarray, shape `shape`, float32
        Mean 0 and deviation about 1.

    Examples
    --------
    >>> field = smooth_field((400, 400), (4.0, 8.0), rng=0)
    >>> bool(0.9 < field.std() < 1.1)
    True
    """
    rng = np.random.default_rng(rng)
    down, along = (_bells(n, max(float(w), 0.5)) for n, w in zip(shape, widths, strict=True))
    noise = rng.standard_normal((down.shape[1], along.shape[1]), np.float32)
    return down @ noise @ along.T


def from_line(grid, start, end) -> np.ndarray:
    """Return how far the points of a grid are from the piece of a line between two points."""
    way = np.subtract(end, start, dtype=float)
    along = sum((x - s) * w for x, s, w in zip(grid, start, way, strict=True)) / (way @ way)
    along = np.clip(along, 0, 1)
    away = [x - s - along * w for x, s, w in zip(grid, start, way, strict=True)]
    return np.sqrt(sum(a**2 for a in away))


@lru_cache(maxsize=32)
def _bells(n, width):
    """Return how much each of `n` pixels takes from nodes that are `width` apart."""
    nodes = np.arange(-3 * width, n + 3 * width, width)
    bell = np.exp(-0.5 * ((np.arange(n)[:, None] - nodes) / width) ** 2)
    return (bell / np.sqrt((bell**2).sum(axis=1, keepdims=True))).astype(np.float32)


#: Nodes of the noise that `grain` samples along each axis, and its bell, in nodes.
_NODES, _BELL = 64, 1.5


@cache
def _noise():
    """Return noise that repeats itself without a seam, of mean 0 and deviation 1."""
    white = np.random.default_rng(64).standard_normal((_NODES,) * 3, np.float32)
    noise = ndimage.gaussian_filter(white, _BELL, mode="wrap")
    return (noise - noise.mean()) / noise.std()


def grain(rng, width_mm: float, *points_mm) -> np.ndarray:
    """Return a random smooth field in space: what it is at a point does not depend on the others.

    Planes of a stack are therefore cuts of one body. `smooth_field` is finer, but flat.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws the part of the noise that is used.
    width_mm : float
        Standard deviation of the bell that blurs the noise; it repeats after 43 of them.
    *points_mm : ndarray
        The three coordinates, broadcast against each other.

    Returns
    -------
    ndarray of float32
        Mean 0 and deviation about 1.

    Examples
    --------
    >>> across = np.arange(0.0, 1000.0)
    >>> field = grain(np.random.default_rng(0), 5.0, 0.0, across[:, None], across)
    >>> field.shape, bool(0.8 < field.std() < 1.2)
    ((1000, 1000), True)
    """
    shift = rng.uniform(0, _NODES, 3)
    nodes = [p * np.float32(_BELL / width_mm) + o for p, o in zip(points_mm, shift, strict=True)]
    nodes = np.broadcast_arrays(*nodes)
    return ndimage.map_coordinates(_noise(), nodes, np.float32, order=1, mode="grid-wrap")


def bent(rng, width_mm, by_mm, *points_mm):
    """Return points, each coordinate moved by a smooth random field: no two people are alike."""
    return [p + by_mm * grain(rng, width_mm, *points_mm) for p in points_mm]
