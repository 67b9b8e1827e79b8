"""What all bones share: shapes as depth below the surface, and mineral by depth."""

import numpy as np

from medkit.anatomy.fields import grain
from medkit.anatomy.patient import Patient

#: Tissues of a limb or a trunk whose bones are soft tissue with a share of mineral.
TISSUES = ("air", "adipose", "muscle", "bone_mineral", "lung_inspired", "water")
AIR, FAT, MUSCLE, MINERAL, LUNG, WATER = range(6)
#: Mass of mineral in a volume of pure mineral, mg/cm³, and in compact bone (chosen, usual).
PURE, COMPACT = 3160.0, 1150.0


def tube(x, y, half_x, half_y, corner=2.3):
    """Return how deep a point lies in a tube along the third axis, in mm (below 0: outside)."""
    q = (np.abs(x / half_x) ** corner + np.abs(y / half_y) ** corner) ** (1 / corner)
    return (1 - q) * np.minimum(half_x, half_y)


def ball(x, y, z, half_x, half_y, half_z):
    """Return how deep a point lies in an ellipsoid, in mm, nearly."""
    q = np.sqrt((x / half_x) ** 2 + (y / half_y) ** 2 + (z / half_z) ** 2)
    return (1 - q) * min(half_x, half_y, half_z)


def both(a, b, round_mm=1.5):
    """Return the depth in what lies in both of two shapes, its edges rounded."""
    return np.minimum(a, b) - round_mm * np.log1p(np.exp(-np.abs(a - b) / round_mm))


def step(t):
    """Return 0 below 0, 1 above 1, and a smooth way between."""
    t = np.clip(t, 0, 1)
    return t * t * (3 - 2 * t)


def filled(depth, cortex_mm, spongy, voxel_mm):
    """Return the mineral (mg/cm³) at a depth: none outside, compact in the cortex, then spongy."""
    outside = np.clip(depth / voxel_mm + 0.5, 0, 1)
    inside = np.clip((depth - cortex_mm) / voxel_mm + 0.5, 0, 1)
    return outside * (COMPACT + inside * (spongy - COMPACT))


def near(grid, spacing_mm, middle, reach):
    """Return which part of a grid lies around a bone, and where its points are from there."""
    part = tuple(
        slice(max(0, int((c - r - o) / spacing_mm)), max(0, int((c + r - o) / spacing_mm) + 2))
        for c, r, o in zip(middle, reach, (axis.flat[0] for axis in grid), strict=True)
    )
    points = [axis.ravel()[k] - c for axis, k, c in zip(grid, part, middle, strict=True)]
    return part, np.ix_(*points)


def texture(rng, z, y, x, width_mm=0.9, along=3.0):
    """Return the beams of spongy bone as a factor about 1: they run along z."""
    return np.clip(1 + 0.3 * grain(rng, width_mm, z / along, y, x), 0.2, 2)


def body(labels, mineral, spacing_mm, origin_mm, lesions) -> Patient:
    """Make a patient of soft tissues and the mineral in them (mg/cm³)."""
    share = np.clip(mineral / PURE, 0, 0.5).astype(np.float32)
    second = np.full(labels.shape, MINERAL, np.uint8)
    return Patient(labels, TISSUES, spacing_mm, lesions, None, (second, share), origin_mm)
