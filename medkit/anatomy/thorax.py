"""A digital chest: ribs, spine, heart, vessels and lungs, drawn from geometry.

Every organ is an inequality in millimetres: up from the division of the trachea,
back from the middle of the chest, left from the midline. No two patients are
alike: size, fat, heart, lung and vessels are drawn.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from medkit.anatomy import lesions, vessels
from medkit.anatomy.patient import Patient

#: Tissues of a chest; the position is the label.
TISSUES = (
    "air", "lung_inspired", "adipose", "muscle", "skin", "cortical_bone", "spongy_bone",
    "cartilage", "heart", "blood", "soft_tissue", "liver", "breast", "csf", "blood_iodine",
)  # fmt: skip
(AIR, LUNG, FAT, MUSCLE, SKIN, CORTICAL, SPONGY, CARTILAGE, HEART, BLOOD, SOFT, LIVER, BREAST,
 CSF, IODINE) = range(len(TISSUES))  # fmt: skip

#: Where the middle of a vertebral body lies behind the middle of the chest, in mm.
_SPINE_MM = 62.0


@dataclass(frozen=True)
class Build:
    """How a patient is built: lengths in mm, the rest relative to the average.

    Parameters
    ----------
    width, depth : float
        Size of the rib cage, sideways and front to back, 1 for the average.
    fat_mm : float
        Thickness of the fat under the skin.
    muscle_mm : float
        Thickness of the muscle outside the ribs.
    breast_mm : float
        How far the breasts stand out; 0 for a flat chest.
    heart : float
        Size of the heart.
    lung : float
        Density of the lung, 1 for full inspiration.
    rib_phase : float
        Where the ribs are cut, 0 to 1.
    turn : tuple of float
        Turns, shifts and scales the tree of vessels, for each lung.
    contrast : bool
        Whether iodine was injected.
    """

    width: float = 1.0
    depth: float = 1.0
    fat_mm: float = 14.0
    muscle_mm: float = 15.0
    breast_mm: float = 0.0
    heart: float = 1.0
    lung: float = 1.0
    rib_phase: float = 0.2
    turn: tuple[float, ...] = (0.0, 0.0, 0.0, 1.0, 0.15, 8.0, -6.0, 1.05)
    contrast: bool = False

    @classmethod
    def draw(cls, rng, *, contrast=False) -> "Build":
        """Draw a patient."""
        lung_turns = [
            value
            for _ in range(2)
            for value in (*rng.normal(0, [0.35, 14, 12]), rng.normal(1, 0.09))
        ]
        return cls(
            width=float(np.clip(rng.normal(1, 0.06), 0.85, 1.12)),
            depth=float(np.clip(rng.normal(1, 0.06), 0.85, 1.12)),
            fat_mm=float(np.clip(rng.gamma(4, 3.5), 4, 26)),
            muscle_mm=float(np.clip(rng.normal(15, 3), 8, 24)),
            breast_mm=float(rng.uniform(15, 45)) if rng.random() < 0.5 else 0.0,
            heart=float(np.clip(rng.normal(1, 0.09), 0.75, 1.3)),
            lung=float(np.clip(rng.normal(1, 0.15), 0.6, 1.6)),
            rib_phase=float(rng.uniform()),
            turn=tuple(float(v) for v in lung_turns),
            contrast=contrast,
        )


def _ellipse(x, y, cx, cy, rx, ry):
    """Return 0 at the centre of an ellipse, 1 on it: squared, which is all that is compared."""
    return ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2


def _between(u, low, high):
    return (u > low) & (u < high)


def _paint(labels, tissue, where):
    """Write a label wherever a condition, which may need broadcasting, holds."""
    np.copyto(labels, np.uint8(tissue), where=where)


def _paint_bone(labels, q, inner=0.62, where=True):
    """Paint a bone: q < 1 (squared radius), compact outside, spongy inside."""
    _paint(labels, CORTICAL, (q < 1) & where)
    _paint(labels, SPONGY, (q < inner) & where)


def _cage(b, u, y, x):
    """Return the radius in the rib cage, 1 on the outside of the ribs."""
    narrow = 1 - 0.28 * np.clip((u - 30) / 70, 0, 1.3) ** 1.6
    side = (np.abs(x) / (130 * b.width)) ** 2.4
    front = (np.abs(y - 2) / (96 * b.depth)) ** 2.4
    return (side + front) ** (1 / 2.4) / narrow


def _wall(labels, b, u, y, x, cage):
    """Lay muscle, fat, breast and skin around the cage."""
    side = np.abs(x)
    thick = b.muscle_mm / 110
    # Chest muscle in front, shoulder blades' muscle behind, little at the sides.
    plump = 1 + 0.5 * np.exp(-(((side - 70) / 40) ** 2)) + 0.3 * np.clip(u / 60, 0, 1)
    body = cage - thick * plump
    fat = b.fat_mm / 110 * (1 + 0.2 * (side / 140) ** 2)
    bulge = np.clip(1 - _ellipse(side, u, 72, -55, 62, 75), 0, None) ** 0.6 * (y < 0)
    breast = b.breast_mm / 100 * bulge
    _paint(labels, SKIN, body < 1 + fat + breast)
    inside = body < 1 + fat + breast - 0.02
    _paint(labels, FAT, inside)
    gland = np.sin(x / 5.0 + 0.6 * np.sin(y / 7.0)) + np.sin(y / 4.0 + x / 9.0)
    _paint(
        labels,
        BREAST,
        inside & (breast > 0.06) & (body > 1 + fat * 0.6) & (gland > 0.1) & (breast > fat),
    )
    _paint(labels, MUSCLE, body < 1)
    # Sheets of fat between the muscles, thicker in some places, missing in others.
    around = np.arctan2(side, y)
    sheet = np.abs(body - 1 + thick * (0.5 + 0.2 * np.sin(3 * around + 1)))
    _paint(labels, FAT, (sheet < 0.011 * np.sin(2.4 * around + 0.6 + u / 60)) & (cage > 1.02))
    _paint(labels, FAT, np.abs(cage - 1) < 0.012 * np.cos(2.2 * around + 0.02 * x + u / 45))


def _ribs(labels, b, u, y, x, cage):
    """Paint ribs, their cartilage, the sternum and the shoulder blades."""
    around = np.arctan2(np.abs(x), y)  # 0 behind, π in front
    forward = 0.5 - 0.5 * np.cos(around)
    # Ribs fall towards the front: an axial plane cuts several, each at another place.
    height = (u + 88 * forward) / 25 + b.rib_phase
    along = height - np.floor(height) - 0.5
    rib = ((cage - 0.955) * 128 / 5.2) ** 2 + (along * 25 / 7.0) ** 2
    bony = (forward < 0.86) & (around > 0.3)
    _paint_bone(labels, rib, where=bony)
    _paint(labels, CARTILAGE, (rib < 1) & (forward >= 0.86))
    middle = 2 - 96 * b.depth
    sternum = np.abs(x / (15 + 7 * (u > 35))) ** 4 + np.abs((y - middle - 2) / 7.5) ** 4
    _paint_bone(labels, sternum, 0.45, where=_between(u, -85, 62))
    blade = np.abs(cage - 1.09 - 0.02 * np.sin(around * 5)) * 138
    plate = _between(around, 0.62, 1.25) & (u > -70)
    _paint(labels, CORTICAL, plate & (blade < 3.2))
    _paint(labels, SPONGY, plate & (blade < 1.4))


def _spine(labels, b, u, y, x):
    """Paint a vertebra with its canal, its processes and the muscles beside it."""
    y = y - _SPINE_MM * b.depth
    side = np.abs(x)
    _paint(labels, MUSCLE, _ellipse(side, y, 30, 36, 24, 19) < 1)
    _paint(
        labels,
        FAT,
        (_ellipse(side, y, 30, 36, 24, 19) > 1)
        & (_ellipse(side, y, 30, 36, 25.5, 20.5) < 1)
        & (y > 30),
    )
    level = np.mod(u / 24 + b.rib_phase, 1.0)
    arch = (level > 0.25) & (level < 0.85)
    _paint(labels, CORTICAL, _ellipse(x, y, 0, 24, 15, 14) < 1)
    spinous = (side < 3.5 + 0.03 * y) & _between(y, 30, 58) & arch
    _paint(labels, CORTICAL, spinous)
    _paint(labels, SPONGY, spinous & (side < 2))
    process = (np.abs(y - 24 - 0.25 * side) < 5.5) & (side < 34) & arch
    _paint(labels, CORTICAL, process)
    _paint(labels, SPONGY, process & (np.abs(y - 24 - 0.25 * side) < 3.2) & (side < 31))
    waist = 1 - 0.06 * np.cos(2 * np.pi * level)
    body = _ellipse(x, y, 0, 0, 18 * waist, 15 * waist)
    _paint(labels, CORTICAL, body < 1)
    _paint(labels, SPONGY, body < 0.82)
    _paint(labels, CARTILAGE, (body < 1) & (np.abs(level - 0.08) < 0.08))
    _paint(labels, FAT, _ellipse(x, y, 0, 23, 9.5, 8.5) < 1)
    _paint(labels, CSF, _ellipse(x, y, 0, 23, 8.5, 7.5) < 1)
    _paint(labels, SOFT, _ellipse(x, y, 0, 23, 4.8, 3.8) < 1)


def _heart(b, u, y, x):
    """Return the squared radius of the heart: long axis down, left and to the front."""
    across, back = x - 20 * b.heart, y + 30
    long = 0.78 * across - 0.62 * back
    short = 0.62 * across + 0.78 * back
    return (long / (62 * b.heart)) ** 2 + (short / (45 * b.heart)) ** 2 + ((u + 78) / 64) ** 2


def _lungs(labels, b, u, y, x, cage, heart):
    """Fill the cage with lung around the mediastinum; return where lung is."""
    apex = np.sqrt(np.clip(1 - np.clip((u - 25) / 78, 0, None) ** 2, 0, 1))
    column = _ellipse(x, y, 2, 4, 30 + 6 * (u > -30), 46 * b.depth)
    # In front the two lungs nearly touch; the fat between them widens towards the sternum.
    wedge = 3 + 10 * np.clip((u - 20) / 40, 0, 1) + 0.9 * np.clip(-y - 62 * b.depth, 0, None)
    junction = (np.abs(x - 4) < wedge) & (y < 0)
    behind = _ellipse(x, y, 0, _SPINE_MM * b.depth, 27, 24)
    aorta = _ellipse(x, y, 24, 42 * b.depth, 16, 16)
    beside = (column < 1) | junction | (behind < 1) | (aorta < 1) | (heart < 1.16)
    right_dome = -88 - 0.0075 * _ellipse(x, y, -62, -5, 1, 1.1)
    left_dome = -100 - 0.0075 * _ellipse(x, y, 62, -5, 1, 1.1)
    dome = np.where(x < 0, right_dome, left_dome)
    inside = cage < 0.905
    _paint(labels, FAT, inside)
    _paint(labels, LIVER, inside & (u < dome))
    lung = (cage < 0.905 * apex) & ~beside & (u > dome + 3)
    _paint(labels, LUNG, lung)
    return lung


def _vessels_of_chest(labels, b, u, y, x, heart):
    """Paint heart, great vessels, airways and gullet."""
    blood = IODINE if b.contrast else BLOOD
    pericardium = (heart < 1.1) & (heart > 1.04)
    _paint(labels, SOFT, pericardium & (labels != LUNG))
    _paint(labels, HEART, heart < 1)
    _paint(
        labels, blood, _ellipse(x, y, 38 * b.heart, -22, 24, 17) + ((u + 84) / 40) ** 2 < 1
    )  # left
    _paint(labels, blood, _ellipse(x, y, -6, -32, 26, 21) + ((u + 80) / 44) ** 2 < 1)  # right
    _paint(labels, blood, _ellipse(x, y, 4, 12, 26, 13) + ((u + 52) / 26) ** 2 < 1)  # left atrium
    # (x, y, radius, from, to) of what runs up and down.
    for cx, cy, radius, low, high in (
        (-17, -26, 15.5, -45, 36), (24, 42 * b.depth, 12.5, -200, 34), (-34, -14, 9, -45, 62),
        (14, -30, 14, -40, -8), (-15, -14, 6, 46, 200), (-1, -10, 5, 46, 200),
        (14, 2, 5, 46, 200), (-32, -26, 7, 62, 200), (22, -22, 7, 62, 200),
    ):  # fmt: skip
        level = _between(u, low, high)
        if level.any():
            _paint(labels, blood, (_ellipse(x, y, cx, cy, radius, radius) < 1) & level)
    # The arch of the aorta, and the pulmonary arteries, run across.
    along = np.clip((y + 26) / 68, 0, 1)
    arch = ((x + 17 - 41 * along) / 13) ** 2 + ((u - 32 - 8 * np.sin(np.pi * along)) / 13) ** 2
    _paint(labels, blood, (arch < 1) & _between(y, -38, 42 * b.depth + 11))
    artery = ((y + 30 - 0.62 * np.abs(x - 14)) / 10) ** 2 + ((u + 14) / 10) ** 2
    _paint(labels, blood, (artery < 1) & _between(x, -52, 48))
    spread = np.clip(-u, 0, 40)
    for sign in (-1, 1):
        fork = _ellipse(x, y, sign * 1.15 * spread, 12 + 0.2 * spread, 10 - 0.09 * spread, 9)
        wall = _between(u, -42, 0) if sign < 0 else _between(u, -42, 250)
        _paint(labels, SOFT, (fork < 1.25) & wall)
        _paint(labels, AIR, (fork < 0.86) & wall)
    gullet = _ellipse(x, y, 7, 32, 8, 6)
    _paint(labels, MUSCLE, gullet < 1)
    _paint(labels, AIR, _ellipse(x, y, 7, 31, 2.4, 1.6) < 1)


def _texture(labels, b, u, y, x, lung, pixel_mm):
    """Return the relative density: vessels and gravity in the lung, and paint the thick vessels."""
    density = np.ones(labels.shape, np.float32)
    tree = vessels.atlas(max(2, round(pixel_mm)))
    # Blood and tissue of the lung are alike in composition; only the share of air differs.
    gain = 1.06 / 0.16
    for sign, (turn, up, back, scale) in ((-1, b.turn[:4]), (1, b.turn[4:])):
        half = lung & (sign * x > 0)
        where = np.nonzero(half)
        if not len(where[0]):
            continue
        uu, yy, xx = (np.broadcast_to(c, labels.shape)[where] for c in (u, y, x))
        dy, du = (yy - 6) / (scale * b.depth), (uu + 15) / scale
        lateral = (sign * xx - 30) / (scale * b.width)
        cos, sin = np.cos(turn), np.sin(turn)
        points = np.stack(
            [du * cos - dy * sin + 0.3 * up, dy * cos + du * sin + 0.3 * back, lateral]
        )
        points = (points - vessels.CORNER_MM[:, None]) / vessels.STEP_MM
        fraction = ndimage.map_coordinates(tree, points, np.float32, order=1, mode="nearest")
        air = b.lung * (1 + 0.0022 * yy)  # denser at the back: the patient lies on it
        fissure = np.abs(yy * 0.8 - uu * 0.6 - 8 + 12 * np.sin(lateral / 30)) / max(pixel_mm, 1)
        fraction = np.maximum(fraction, 0.16 * (fissure < 0.5) / max(pixel_mm, 1))
        density[where] = air + fraction * (gain - air)
    thick = lung & (density > 0.65 * gain)
    labels[thick] = IODINE if b.contrast else BLOOD
    density[thick] = 1
    return density


def thorax(
    planes_mm=0.0,
    *,
    lesion: str | None = None,
    shape: tuple[int, int] = (256, 256),
    field_mm: float = 420.0,
    build: Build | None = None,
    rng=None,
) -> Patient:
    """Make a chest, with or without a lesion.

    Parameters
    ----------
    planes_mm : float or sequence of float, optional
        Heights of the axial planes above the division of the trachea, evenly spaced,
        in mm: −70 cuts the heart, 40 the arch of the aorta. None makes 37 planes of 5 mm.
    lesion : {None, "nodule"}
        What the patient has; its truth is in ``lesions``.
    shape : tuple of int
        Rows and columns.
    field_mm : float
        Width of the field of view.
    build : Build, optional
        How the patient is built; drawn from `rng` if not given.
    rng : None, int or numpy.random.Generator
        Draws the patient and the lesion. None gives the average patient.

    Returns
    -------
    Patient

    Raises
    ------
    ValueError
        If there is no such lesion, or no lung for it in these planes.
    """
    if planes_mm is None:
        planes_mm = np.arange(-105.0, 80.0, 5.0)
    heights = np.atleast_1d(np.asarray(planes_mm, dtype=np.float32))
    step = float(heights[1] - heights[0]) if len(heights) > 1 else 5.0
    if build is None:
        build = Build() if rng is None else Build.draw(rng := np.random.default_rng(rng))
    pixel = field_mm / shape[1]
    origin = (float(heights[0]), -(shape[0] - 1) / 2 * pixel, -(shape[1] - 1) / 2 * pixel)
    labels = np.zeros((len(heights), *shape), np.uint8)
    patient = Patient(
        labels, TISSUES, (step, pixel, pixel), origin_mm=origin,
        description={"anatomy": "thorax", "build": build},
    )  # fmt: skip
    u, y, x = patient.grid_mm()
    cage, heart = _cage(build, u, y, x), _heart(build, u, y, x)
    _wall(labels, build, u, y, x, cage)
    lung = _lungs(labels, build, u, y, x, cage, heart)
    _ribs(labels, build, u, y, x, cage)
    _spine(labels, build, u, y, x)
    _vessels_of_chest(labels, build, u, y, x, heart)
    lung &= labels == LUNG
    object.__setattr__(patient, "density", _texture(labels, build, u, y, x, lung, pixel))
    return patient if lesion is None else lesions.add(patient, lesion, rng=rng)
