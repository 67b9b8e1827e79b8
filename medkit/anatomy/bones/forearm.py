"""A wrist: radius and ulna, the eight bones of the carpus, the hand's beginning; and its fracture.

z runs up to the fingers from the middle of the radius' end, y to the back of the hand,
x to the side of the thumb; all in mm.
"""

from dataclasses import dataclass

import numpy as np

from medkit.anatomy.bones import mineral as m
from medkit.anatomy.fields import grain
from medkit.anatomy.patient import Patient, grid_mm

#: Carpal bones: place and half axes (x, y, z), mm.
_CARPUS = {
    "scaphoid": (9, -1, 10, 6.5, 6.5, 9.5),
    "lunate": (-3, 0, 9.5, 7, 7.5, 7),
    "triquetrum": (-14, 1, 11.5, 6.5, 6, 6.5),
    "pisiform": (-14, -8, 13, 4.5, 4.5, 5),
    "trapezium": (16, -4, 22, 6.5, 6, 6.5),
    "trapezoid": (6.5, 1, 23, 5, 6.5, 5.5),
    "capitate": (-3, 0, 22.5, 6.5, 7.5, 10.5),
    "hamate": (-13, 0, 22.5, 6.5, 7.5, 8),
}
#: Metacarpals: where they begin and where they point (x, y, z), mm.
_HAND = (
    ((19, -6, 30), (0.62, -0.35, 0.7)),
    ((8, 1, 30), (0.14, 0.02, 1)),
    ((-1, 2, 33), (0.02, 0.02, 1)),
    ((-10, 1, 31), (-0.1, 0.01, 1)),
    ((-17, -1, 30), (-0.22, -0.02, 1)),
)


@dataclass(frozen=True)
class Fracture:
    """A break through the radius near the wrist, and what became of the end that broke off.

    Parameters
    ----------
    height_mm : float
        Where the middle of the break lies: usually 10 to 30 mm below the joint, so below 0.
    slope_deg, towards_deg : float
        How steep the break is against a straight cut, and to which side it rises
        (0: thumb, 90: back of the hand).
    gap_mm : float
        Width of the cleft.
    dorsal_mm, dorsal_deg, shorter_mm : float
        How far the end has slipped and tilted to the back of the hand, and sunk.
    """

    height_mm: float = -17.0
    slope_deg: float = 20.0
    towards_deg: float = 90.0
    gap_mm: float = 1.0
    dorsal_mm: float = 0.0
    dorsal_deg: float = 0.0
    shorter_mm: float = 0.0

    def cleft(self, z, y, x, seed):
        """Return how far above the jagged break a point lies, mm."""
        slope, towards = np.deg2rad([self.slope_deg, self.towards_deg])
        rise = np.tan(slope) * (np.cos(towards) * (x - 8) + np.sin(towards) * y)
        jags = grain(np.random.default_rng(seed), 2.5, np.float32(0), y, x)
        return (z - self.height_mm - rise) * np.cos(slope) + 0.8 * jags

    def before(self, z, y):
        """Return where points of the end lay before it slipped, sank and tilted."""
        up, back = z - self.height_mm + self.shorter_mm, y - self.dorsal_mm
        cos, sin = np.cos(np.deg2rad(self.dorsal_deg)), np.sin(np.deg2rad(self.dorsal_deg))
        return cos * up + sin * back + self.height_mm, cos * back - sin * up

    def hand(self):
        """Return how far the hand, which goes with the end, has moved up and back."""
        z, turn = 4 - self.height_mm, np.deg2rad(self.dorsal_deg)
        return np.cos(turn) * z - self.shorter_mm - z, np.sin(turn) * z + self.dorsal_mm


def _radius(z, y, x, k):
    """Return the depth in the radius and the thickness of its cortex, mm."""
    x, flare = x - 8 * k, m.step((z + 42) / 38)
    half_x, half_y = k * (6.3 + 8.7 * flare**1.3), k * (5.6 + 4.0 * flare**1.3)
    inside = m.tube(x - 1.5 * flare, y, half_x, half_y)
    # The end leans to the thumb by 22° and to the palm by 11°, and is hollow.
    end = 0.404 * x + 0.194 * y - 1.5 * np.clip(1 - (x / 12) ** 2, 0, 1) + 3
    return m.both(inside, (end - z) * 0.9), k * (2.6 - 2.0 * flare)


def _ulna(z, y, x, k):
    """Return the depth in the ulna and the thickness of its cortex, mm."""
    x, head = x + 15.5 * k, m.step((z + 18) / 12)
    half = k * (5.0 + 2.2 * head)
    shaft = m.both(m.tube(x, y - 1, half, half), (-1 - z) * 0.9, 2.0)
    spike = m.ball(x + 4.5, y - 2, z - 0.5, 2.4, 2.4, 5.0)
    return np.maximum(shaft, spike), k * (2.2 - 1.5 * head)


def wrist(
    fracture: Fracture | None = None,
    *,
    spongy_mg_cm3: float = 170.0,
    spacing_mm: float = 0.75,
    from_mm: float = -52.0,
    to_mm: float = 62.0,
    rng=None,
) -> Patient:
    """Return a wrist, whole or broken.

    Parameters
    ----------
    fracture : Fracture, optional
        The break; none without it.
    spongy_mg_cm3 : float
        Mineral in the spongy bone; the less, the fainter every bone.
    spacing_mm : float
        Side of a voxel.
    from_mm, to_mm : float
        Lowest and highest plane, in mm from the end of the radius.
    rng : None, int or numpy.random.Generator
        Size of the person, texture of the bone, jags of the break. The same for a broken wrist
        and its whole twin.

    Returns
    -------
    Patient
        Lesion ``"fracture"``: the voxels of the radius within 1.5 mm of the break.

    Examples
    --------
    >>> wrist(spacing_mm=2.0, rng=0).shape
    (57, 26, 42)
    """
    rng = np.random.default_rng(rng)
    k = rng.uniform(0.9, 1.08)
    shape = [round(n / spacing_mm) for n in (to_mm - from_mm, 52, 84)]
    origin = (from_mm + spacing_mm / 2, -26 + spacing_mm / 2, -42 + spacing_mm / 2)
    z, y, x = grid_mm(shape, (spacing_mm,) * 3, origin)
    beams = m.texture(rng, z, y, x)
    jags, total, lesions = int(rng.integers(2**31)), np.zeros(shape, np.float32), {}

    def lay(depth, cortex, spongy, part=...):
        bone = m.filled(depth, cortex, spongy * beams[part], spacing_mm)
        np.maximum(total[part], bone, out=total[part])

    first = np.searchsorted(z.ravel(), -5.0)  # only the carpus has lumps
    lumps = np.zeros(shape, np.float32)
    lumps[first:] = 0.7 * grain(rng, 4.0, z[first:], y, x)
    hollow = 0.15 + 0.85 * m.step((z + 40) / 30)  # marrow in the shaft, beams near the joint
    if fracture is None:
        lay(*_radius(z, y, x, k), spongy_mg_cm3 * hollow)
        up, back = 0.0, 0.0
    else:
        # The pieces add up: no mineral is lost, and where they are driven together it is dense.
        whole = _radius(z, y, x, k)
        above = fracture.cleft(z, y, x, jags)
        was_z, was_y = fracture.before(z, y)
        end, beyond = _radius(was_z, was_y, x, k), fracture.cleft(was_z, was_y, x, jags)
        for (depth, cortex), away in ((whole, -above), (end, beyond)):
            kept = np.clip((away - fracture.gap_mm / 2) / spacing_mm + 0.5, 0, 1)
            total += kept * m.filled(depth, cortex, spongy_mg_cm3 * hollow * beams, spacing_mm)
        lesions["fracture"] = (np.abs(above) < 1.5) & (whole[0] > 0)
        up, back = fracture.hand()
    lay(*_ulna(z, y, x, k), spongy_mg_cm3 * hollow)
    for cx, cy, cz, *half in _CARPUS.values():
        cz, cy = cz + up, cy + back
        reach = [h + 2 for h in reversed(half)]
        part, (near_z, near_y, near_x) = m.near((z, y, x), spacing_mm, (cz, cy, cx), reach)
        depth = m.ball(near_x, near_y, near_z, *half) + lumps[part]
        lay(depth, 0.8, 1.6 * spongy_mg_cm3, part)
    if to_mm > 30:
        high = slice(max(0, int((24 - from_mm) / spacing_mm)), None)
        for start, way in _HAND:
            begin = (start[0], start[1] + back, start[2] + up)
            depth = _metacarpal(z[high], y, x, begin, way)
            lay(depth, 1.6, 0.5 * spongy_mg_cm3, (high,))
    y = y - back * m.step((z + 30) / 30)
    labels = np.where(_arm(z, y, x, k, 3.0) > 0, np.uint8(m.MUSCLE), np.uint8(m.FAT))
    labels[_arm(z, y, x, k, 0.0) < 0] = m.AIR
    total *= labels > 0
    return m.body(labels, total, (spacing_mm,) * 3, origin, lesions)


def _arm(z, y, x, k, skin_mm):
    wide, thick = 27 + 11 * m.step((z - 5) / 40), 20 - 5 * m.step((z - 5) / 40)
    return m.tube(x - 2, y + 1, k * wide - skin_mm, k * thick - skin_mm, 2.4)


def _metacarpal(z, y, x, start, way):
    way = np.array(way) / np.linalg.norm(way)
    along = (x - start[0]) * way[0] + (y - start[1]) * way[1] + (z - start[2]) * way[2]
    parts = (p - s - along * w for p, s, w in zip((x, y, z), start, way, strict=True))
    away = np.sqrt(sum(part**2 for part in parts))
    half = 4.2 + 2.8 * np.exp(-((along / 7) ** 2)) + 2.5 * np.exp(-(((along - 50) / 9) ** 2))
    return m.both(half - away, np.minimum(along + 1, 56 - along), 2.0)
