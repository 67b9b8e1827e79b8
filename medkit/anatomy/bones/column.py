"""A spine from the first thoracic to the last lumbar vertebra, with ribs, that bends sideways.

z runs up from the lowest disc, y to the back, x to the left; all in mm.
"""

from dataclasses import dataclass

import numpy as np

from medkit.anatomy.bones import mineral as m
from medkit.anatomy.patient import Patient, grid_mm

#: Names of the vertebrae from below.
LEVELS = tuple(f"L{k}" for k in range(5, 0, -1)) + tuple(f"T{k}" for k in range(12, 0, -1))
#: Height of the body, disc above it, half width and half depth, mm: of L5 and of T1, in
#: between evenly. Chosen after usual sizes of adults.
_LOWEST, _HIGHEST = np.array((27.0, 10.0, 24.5, 17.5)), np.array((16.0, 3.5, 13.0, 8.5))
#: Where the middle of the bodies lies behind the middle of the trunk, mm.
_BACK_MM = 38.0


@dataclass(frozen=True, eq=False)
class Spine:
    """A trunk and the truth about its spine.

    Attributes
    ----------
    patient : Patient
    middle_mm : ndarray, shape (17, 2)
        Middle of each vertebral body, from L5 to T1: x to the left and z upwards.
    tilt_deg : ndarray, shape (17,)
        How far each leans to the left, seen from the front or from behind.
    corners_mm : ndarray, shape (17, 4, 2)
        Where the ends of its plates lie (x, z): lower right, lower left, upper right, upper left.
    """

    patient: Patient
    middle_mm: np.ndarray
    tilt_deg: np.ndarray
    corners_mm: np.ndarray

    @property
    def cobb_deg(self) -> float:
        """Return Cobb's angle: between the two vertebrae that lean most against each other."""
        return float(np.ptp(self.tilt_deg))


def _line(cobb_deg, apex_mm, reach_mm, heights):
    """Return sideways place and lean (rad) of a curved line that has this Cobb angle."""
    fine = np.arange(0.0, heights[-1] + 40, 1.0)
    away = fine - apex_mm
    shape = np.cos(np.pi * away / reach_mm) * np.exp(-((away / (1.25 * reach_mm)) ** 2))
    size = 1.0
    for _ in range(30):  # the angle grows with the size, nearly in proportion
        lean = np.arctan(np.gradient(size * shape, fine))
        found = np.ptp(np.interp(heights, fine, lean))
        size *= np.deg2rad(cobb_deg) / max(found, 1e-9)
    lean = np.arctan(np.gradient(size * shape, fine))
    side = np.interp(heights, fine, size * shape)
    return side - side[0], np.interp(heights, fine, lean)


def spine(
    cobb_deg: float = 30.0,
    *,
    spongy_mg_cm3: float = 140.0,
    spacing_mm: float = 2.0,
    rng=None,
) -> Spine:
    """Return a trunk whose spine bends sideways.

    Parameters
    ----------
    cobb_deg : float
        Cobb's angle, 0 to 90 degrees; below 10 a spine counts as straight.
    spongy_mg_cm3 : float
        Mineral in the spongy bone.
    spacing_mm : float
        Side of a voxel.
    rng : None, int or numpy.random.Generator
        Size, place and side of the curve, and the texture of the bone.

    Returns
    -------
    Spine

    Raises
    ------
    ValueError
        If the angle is not between 0 and 90 degrees.

    Examples
    --------
    >>> bent = spine(40.0, spacing_mm=6.0, rng=0)
    >>> round(bent.cobb_deg, 1), bent.patient.shape[1:]
    (40.0, (37, 47))
    """
    if not 0 <= cobb_deg <= 90:
        raise ValueError(f"cobb_deg is {cobb_deg}; give an angle from 0 to 90 degrees")
    rng = np.random.default_rng(rng)
    k = rng.uniform(0.92, 1.06)
    sizes = k * (_LOWEST + np.linspace(0, 1, 17)[:, None] * (_HIGHEST - _LOWEST))
    tall, disc, half_x, half_y = sizes.T
    up = 4 + np.cumsum(tall + disc) - disc - tall / 2
    apex_mm, reach_mm = rng.uniform(0.45, 0.62) * up[-1], rng.uniform(0.30, 0.42) * up[-1]
    side = rng.choice([-1, 1])
    x0, lean = _line(cobb_deg, apex_mm, reach_mm, up)
    x0, lean = side * (x0 - x0.mean()), side * lean
    # Kyphosis of the chest and lordosis of the loin, from the side.
    y0 = _BACK_MM + 9 * np.sin(2 * np.pi * (up - 0.32 * up[-1]) / (1.15 * up[-1]))

    shape = [round(n / spacing_mm) for n in (up[-1] + 40, 220, 280)]
    origin = [low + spacing_mm / 2 for low in (-20, -110, -140)]
    z, y, x = grid_mm(shape, (spacing_mm,) * 3, origin)
    labels, total = _trunk(z, y, x, k, up[-1]), np.zeros(shape, np.float32)
    # Voxels of millimetres hold several beams of bone: neighbours have nothing in common.
    beams = np.clip(1 + 0.3 * rng.standard_normal(shape, np.float32), 0.2, 2)
    for i in range(17):
        middle, half = (up[i], y0[i], x0[i]), (tall[i] / 2, half_y[i], half_x[i])
        _vertebra(total, beams, (z, y, x), spacing_mm, middle, lean[i], half, spongy_mg_cm3)
    ribs = _ribs(z, y, x, k, up, x0)
    np.maximum(total, m.filled(ribs, 1.0, spongy_mg_cm3, spacing_mm), out=total)
    labels[(total > 60) & (labels == m.LUNG)] = m.MUSCLE
    patient = m.body(labels, total, (spacing_mm,) * 3, tuple(origin), {})
    along = np.stack([np.sin(lean), np.cos(lean)], axis=1)
    across = np.stack([np.cos(lean), -np.sin(lean)], axis=1)
    middle = np.stack([x0, up], axis=1)
    up_mm, aside_mm = along * tall[:, None] / 2, across * half_x[:, None]
    corners = [middle + v * up_mm + h * aside_mm for v in (-1, 1) for h in (-1, 1)]
    return Spine(patient, middle, np.rad2deg(lean), np.stack(corners, axis=1))


def _vertebra(total, beams, grid, spacing, middle, lean, half, spongy):
    """Write one vertebra: body, pedicles, arch, spinous and transverse processes."""
    reach = (half[0] + 24, half[1] + 50, half[2] + 30)
    part, (z, y, x) = m.near(grid, spacing, middle, reach)
    x, z = np.cos(lean) * x - np.sin(lean) * z, np.sin(lean) * x + np.cos(lean) * z
    h, d, w = half
    waist = 1 - 0.10 * np.clip(1 - (z / h) ** 2, 0, 1)
    body = m.both(m.tube(x, y, w * waist, d * waist, 2.6), h - np.abs(z), 1.0)
    mid = np.abs(x)
    pedicle = m.tube(mid - 0.62 * w, z - 0.25 * h, 0.19 * w + 1.5, 0.42 * h)
    pedicle = np.minimum(pedicle, np.minimum(y - d + 4, d + 16 - y))
    arch = m.ball(mid - 0.35 * w, y - d - 17, z + 0.2 * h, 0.5 * w, 4.5, 0.85 * h)
    spine_ = m.ball(x, y - d - 30, z + 0.55 * h + 0.25 * (y - d - 20), 3.2, 17, 0.75 * h)
    wing = m.ball(mid - w - 4, y - d - 12, z - 0.1 * h, 15, 4, 0.32 * h + 1)
    joint = m.ball(mid - 0.6 * w, y - d - 14, z, 5.5, 5.5, 1.25 * h)
    rest = np.max(np.broadcast_arrays(pedicle, arch, spine_, wing, joint), axis=0)
    for depth, cortex, beam in ((body, 1.2, beams[part]), (rest, 1.6, 1.3)):
        bone = m.filled(depth, cortex, spongy * beam, spacing)
        np.maximum(total[part], bone, out=total[part])


def _cage(z, y, x, k, top):
    """Return the radius in the rib cage (1 at the ribs), and how far around a point lies."""
    narrow = 1 - 0.45 * np.clip((z - 0.72 * top) / (0.34 * top), 0, 1) ** 2
    q = ((np.abs(x) / (k * 118)) ** 2.3 + (np.abs(y + 6) / (k * 78)) ** 2.3) ** (1 / 2.3)
    return q / narrow, 0.5 - 0.5 * np.cos(np.arctan2(np.abs(x), y + 6))


def _ribs(z, y, x, k, up, x0):
    """Return the depth in twelve pairs of ribs, mm."""
    radius, forward = _cage(z, y, x - np.interp(z, up, x0), k, up[-1])
    height = z + 85 * forward  # ribs fall towards the front
    level = np.interp(height, up[5:], np.arange(12.0), left=-1, right=12.5)
    near = np.round(level)
    along = (level - near) * np.interp(height, up[5:], np.gradient(up[5:]))
    across = (radius - 0.97) * 100 * k
    depth = 4.4 - np.sqrt((across * 1.5) ** 2 + (along * 0.75) ** 2)
    floating = forward < np.where(near < 2, 0.45, 0.8)
    return np.where((near >= 0) & (near <= 11) & (forward > 0.03) & floating, depth, -9)


def _trunk(z, y, x, k, top):
    """Return the soft tissues: skin and fat, muscle, and the lungs above the diaphragm."""
    waist = 1 - 0.1 * np.exp(-(((z - 0.25 * top) / 90) ** 2))
    outer = ((np.abs(x) / (k * 132 * waist)) ** 2.4 + (np.abs(y) / (k * 98)) ** 2.4) ** (1 / 2.4)
    labels = np.where(outer < 1, np.uint8(m.FAT), np.uint8(m.AIR))
    labels[outer < 0.91] = m.MUSCLE
    radius, _ = _cage(z, y, x, k, top)
    dome = 0.36 * top + 34 - 50 * ((np.abs(x) - 55) / 90) ** 2 - 40 * np.clip(y / 70, 0, 1) ** 2
    middle = np.abs(x) < 24 + 26 * np.exp(-(((z - 0.55 * top) / 70) ** 2)) * (y < 10)
    lung = (radius < 0.9) & (z > dome) & (z < 1.02 * top) & ~middle
    labels[lung & (outer < 0.91)] = m.LUNG
    return labels
