"""The vessels of the lung: one random tree, grown once, from which every patient differs."""

from functools import cache

import numpy as np
from scipy import ndimage

#: Voxel of the atlas in mm, and its corner (up, back, lateral) in mm from the hilum.
STEP_MM = 2.0
CORNER_MM = np.array([-130.0, -100.0, -14.0])
_SHAPE = (120, 100, 68)


def _grow(rng):
    """Return segments (start, end, radius in mm) of a tree that leaves the hilum sideways.

    A vessel of radius r divides into r₁³ + r₂³ = r³: Murray's law,
    https://doi.org/10.1073/pnas.12.3.207
    """
    segments, front = [], []
    trunks = 13
    for k in range(trunks):
        # Spread around the hilum like spokes, so that no part of the lung stays empty.
        turn = 2 * np.pi * (k + rng.uniform(-0.3, 0.3)) / trunks
        direction = np.array([1.25 * np.cos(turn), np.sin(turn), rng.uniform(0.15, 1.1)])
        front.append((np.array([0.0, 0.0, 2.0]), direction / np.linalg.norm(direction), 3.6))
    while front:
        start, direction, radius = front.pop()
        length = rng.uniform(3.0, 5.5) * radius + 7.5
        end = start + direction * length
        segments.append((start, end, radius))
        if radius < 0.6 or not np.all(np.abs(end / [112, 90, 110]) < 1) or end[2] < 0:
            continue
        share = rng.uniform(0.3, 0.7)
        for part in (share, 1 - share):
            # Thin branches turn further; all are drawn away from the hilum.
            bend = rng.normal(0, 0.2 + 0.5 * (1 - part), 3)
            outwards = end / (np.linalg.norm(end) + 1e-6)
            turned = direction + bend + 0.16 * outwards
            front.append((end, turned / np.linalg.norm(turned), radius * part ** (1 / 3)))
    return segments


@cache
def _tree():
    """Return which fraction of each voxel of 2 mm is vessel."""
    fraction = np.zeros(_SHAPE, np.float32)
    for start, end, radius in _grow(np.random.default_rng(152)):
        a, b = (start - CORNER_MM) / STEP_MM, (end - CORNER_MM) / STEP_MM
        r = radius / STEP_MM
        low = np.maximum(np.floor(np.minimum(a, b) - r - 1).astype(int), 0)
        high = np.minimum(np.ceil(np.maximum(a, b) + r + 2).astype(int), _SHAPE)
        if np.any(high <= low):
            continue
        grid = np.ix_(*(np.arange(i, j, dtype=np.float32) for i, j in zip(low, high, strict=True)))
        axis, length2 = b - a, float(np.sum((b - a) ** 2))
        along = sum((g - s) * d for g, s, d in zip(grid, a, axis, strict=True)) / length2
        along = np.clip(along, 0, 1)
        distance = np.sqrt(
            sum((g - s - along * d) ** 2 for g, s, d in zip(grid, a, axis, strict=True))
        )
        # Thinner than a voxel, a vessel fills only the area of its section.
        cover = (
            np.clip(r - distance + 0.5, 0, 1) if r > 0.5 else np.clip(1 - distance, 0, 1) * 2 * r
        )
        box = tuple(slice(i, j) for i, j in zip(low, high, strict=True))
        np.maximum(fraction[box], cover, out=fraction[box])
    return fraction


@cache
def atlas(pixel_mm: int) -> np.ndarray:
    """Return the tree as pixels of a size see it: the fraction of vessel, (up, back, lateral)."""
    sigma = 0.4 * pixel_mm / STEP_MM if pixel_mm > STEP_MM else 0
    return ndimage.gaussian_filter(_tree(), (0.3 * sigma, sigma, sigma)) if sigma else _tree()
