"""The vessels of the lung: one random tree, grown once, from which every patient differs."""

from functools import cache

import numpy as np
from scipy import ndimage

#: Voxel of the atlas in mm, and its corner (up, back, lateral) in mm from the hilum.
STEP_MM = 2.0
CORNER_MM = np.array([-130.0, -100.0, -14.0])
_SHAPE = (120, 100, 68)


def _grow(rng, trunks=13, thickest_mm=3.6, thinnest_mm=0.6):
    """Return segments (start, end, radius in mm) of a tree that leaves the hilum sideways.

    A vessel of radius r divides into r₁³ + r₂³ = r³: Murray's law,
    https://doi.org/10.1073/pnas.12.3.207
    """
    segments, front = [], []
    for k in range(trunks):
        # Spread around the hilum like spokes, so that no part of the lung stays empty.
        turn = 2 * np.pi * (k + rng.uniform(-0.3, 0.3)) / trunks
        direction = np.array([1.25 * np.cos(turn), np.sin(turn), rng.uniform(0.15, 1.1)])
        front.append(
            (np.array([0.0, 0.0, 2.0]), direction / np.linalg.norm(direction), thickest_mm)
        )
    while front:
        start, direction, radius = front.pop()
        length = rng.uniform(3.0, 5.5) * radius + 7.5
        end = start + direction * length
        segments.append((start, end, radius))
        if radius < thinnest_mm or not np.all(np.abs(end / [112, 90, 110]) < 1) or end[2] < 0:
            continue
        share = rng.uniform(0.3, 0.7)
        for part in (share, 1 - share):
            # Thin branches turn further; all are drawn away from the hilum.
            bend = rng.normal(0, 0.2 + 0.5 * (1 - part), 3)
            outwards = end / (np.linalg.norm(end) + 1e-6)
            turned = direction + bend + 0.16 * outwards
            front.append((end, turned / np.linalg.norm(turned), radius * part ** (1 / 3)))
    return segments


def painted(segments, corner_mm, step_mm, shape) -> np.ndarray:
    """Return which fraction of each voxel is vessel, float32.

    Parameters
    ----------
    segments : iterable of (ndarray, ndarray, float)
        Start, end and radius in mm of the pieces.
    corner_mm : ndarray, shape (3,)
        Where voxel (0, 0, 0) lies.
    step_mm : float
        Side of a voxel.
    shape : tuple of int
        Of the result.
    """
    from medkit.anatomy.tubes import paint  # numba is loaded only by who needs it

    fraction = np.zeros(shape, np.float32)
    ends = np.array([(start, end) for start, end, _ in segments]).reshape(-1, 2, 3)
    radii = np.array([radius for *_, radius in segments])
    paint(fraction, (ends - corner_mm) / step_mm, radii / step_mm)
    return fraction


@cache
def _tree():
    """Return which fraction of each voxel of 2 mm is vessel."""
    return painted(_grow(np.random.default_rng(152)), CORNER_MM, STEP_MM, _SHAPE)


@cache
def atlas(pixel_mm: int) -> np.ndarray:
    """Return the tree as pixels of a size see it: the fraction of vessel, (up, back, lateral)."""
    sigma = 0.4 * pixel_mm / STEP_MM if pixel_mm > STEP_MM else 0
    return ndimage.gaussian_filter(_tree(), (0.3 * sigma, sigma, sigma)) if sigma else _tree()


#: Voxel of the finer atlas, in mm.
FINE_MM = 1.25


@cache
def fine_atlas() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the fraction of vessel, of wall and of air of a bronchus, (up, back, lateral).

    The same tree with twigs half as thick; beside each artery of 1 mm or more runs a
    bronchus, a fifth wider, wall included.
    """
    segments = _grow(np.random.default_rng(152), 24, 2.7, 0.4)
    shape = tuple(int(n * STEP_MM / FINE_MM) for n in _SHAPE)
    aside = np.array([1.0, 1.5, 0.0])
    beside = [(a + r * aside, b + r * aside, 1.2 * r) for a, b, r in segments if r > 1]
    lumen = [(a, b, 0.75 * r) for a, b, r in beside]
    return tuple(painted(s, CORNER_MM, FINE_MM, shape) for s in (segments, beside, lumen))
