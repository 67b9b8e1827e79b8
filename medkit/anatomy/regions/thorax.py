"""A digital chest: ribs, spine, heart, vessels and lungs, drawn from geometry.

Every organ is an inequality in millimetres: up from the division of the trachea,
back from the middle of the chest, left from the midline. No two patients are
alike: size, fat, heart, lung and vessels are drawn.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from medkit.anatomy.fields import bent, grain
from medkit.anatomy.patient import Patient, grid_mm
from medkit.anatomy.regions import chest_wall as chest
from medkit.anatomy.regions import vessels
from medkit.anatomy.regions.mediastinum import paint_airways, paint_heart, paint_vessels

#: By how much the density of tissues varies, relative; the others by half a per cent.
VARIES = {"lung_inspired": 0.1, "adipose": 0.01, "cortical_bone": 0.04, "spongy_bone": 0.08}
UNEVEN = np.array([VARIES.get(name, 0.005) for name in chest.TISSUES], np.float32)


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
        turns = [(*rng.normal(0, [0.35, 14, 12]), rng.normal(1, 0.09)) for _ in range(2)]
        return cls(
            width=float(np.clip(rng.normal(1, 0.06), 0.85, 1.12)),
            depth=float(np.clip(rng.normal(1, 0.06), 0.85, 1.12)),
            fat_mm=float(np.clip(rng.gamma(4, 3.5), 4, 26)),
            muscle_mm=float(np.clip(rng.normal(15, 3), 8, 24)),
            breast_mm=float(rng.uniform(15, 45)) if rng.random() < 0.5 else 0.0,
            heart=float(np.clip(rng.normal(1, 0.09), 0.75, 1.3)),
            lung=float(np.clip(rng.normal(1, 0.15), 0.6, 1.6)),
            rib_phase=float(rng.uniform()),
            turn=tuple(float(value) for lung in turns for value in lung),
            contrast=contrast,
        )


def _heart(b, u, y, x, plain):
    """Return the squared radius of the heart: long axis down, left and to the front."""
    middle, half = (-78, 64) if plain else (-80, 60)
    across, back = x - 20 * b.heart, y + 30
    long = 0.78 * across - 0.62 * back
    short = 0.62 * across + 0.78 * back
    return (long / (62 * b.heart)) ** 2 + (short / (45 * b.heart)) ** 2 + ((u - middle) / half) ** 2


def _lungs(labels, b, u, y, x, cage, heart, plain):
    """Fill the cage with lung around the mediastinum; return where lung is."""
    apex = np.sqrt(np.clip(1 - np.clip((u - 25) / 78, 0, None) ** 2, 0, 1))
    column = chest.ellipse(x, y, 2, 4, 30 + 6 * (u > -30), 46 * b.depth)
    if not plain:
        column = chest.ellipse(x, y, -5, -2, 33, 46 * b.depth)
    # In front the two lungs nearly touch; the fat between them widens towards the sternum.
    wedge = 3 + 10 * np.clip((u - 20) / 40, 0, 1) + 0.9 * np.clip(-y - 62 * b.depth, 0, None)
    junction = (np.abs(x - 4) < wedge) & (y < 0)
    behind = chest.ellipse(x, y, 0, chest.SPINE_MM * b.depth, 27, 24)
    aorta = chest.ellipse(x, y, 24, 42 * b.depth, 16, 16)
    beside = (column < 1) | junction | (behind < 1) | (aorta < 1) | (heart < 1.16)
    right_dome = -88 - 0.0075 * chest.ellipse(x, y, -62, -5, 1, 1.1)
    left_dome = -100 - 0.0075 * chest.ellipse(x, y, 62, -5, 1, 1.1)
    dome = np.where(x < 0, right_dome, left_dome)
    inside = cage < 0.905
    chest.paint(labels, chest.FAT, inside)
    chest.paint(labels, chest.LIVER, inside & (u < dome))
    lung = (cage < 0.905 * apex) & ~beside & (u > dome + (3 if plain else 0.3))
    chest.paint(labels, chest.LUNG, lung)
    return lung


def _texture(labels, b, u, y, x, lung, pixel_mm, plain):
    """Return the relative density: vessels and gravity in the lung, and paint the thick vessels."""
    density = np.ones(labels.shape, np.float32)
    tree = vessels.atlas(max(2, round(pixel_mm))) if plain else vessels.fine_atlas()[0]
    step = vessels.STEP_MM if plain else vessels.FINE_MM
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
        high, deep = du * cos - dy * sin + 0.3 * up, dy * cos + du * sin + 0.3 * back
        points = np.stack([high, deep, lateral])
        points = (points - vessels.CORNER_MM[:, None]) / step
        fraction = ndimage.map_coordinates(tree, points, np.float32, order=1, mode="nearest")
        air = b.lung * (1 + 0.0022 * yy)  # denser at the back: the patient lies on it
        fissure = np.abs(yy * 0.8 - uu * 0.6 - 8 + 12 * np.sin(lateral / 30)) / max(pixel_mm, 1)
        fraction = np.maximum(fraction, 0.16 * (fissure < 0.5) / max(pixel_mm, 1))
        density[where] = air + fraction * (gain - air)
        if not plain:
            wall, lumen = (
                ndimage.map_coordinates(tube, points, np.float32, order=1, mode="nearest")
                for tube in vessels.fine_atlas()[1:]
            )
            bronchus = np.where(fraction < 0.4, wall, 0)
            hollow = np.minimum(lumen, bronchus) * 0.6 * gain
            density[where] += bronchus * (0.6 * gain - air) - hollow
    thick = lung & (density > (0.65 if plain else 0.9) * gain)
    labels[thick] = chest.IODINE if b.contrast else chest.BLOOD
    density[thick] = 1
    return density


def _unevenness(rng, labels, density, u, y, x):
    """Make all tissues uneven, change `density`, and return the second tissue of each voxel."""
    fine, coarse = grain(rng, 1.2, u, y, x), grain(rng, 5.0, u, y, x)
    second, share = labels.copy(), np.zeros(labels.shape, np.float32)
    # Sheets of fibre in fat and of fat in muscle: level lines of the coarse field.
    sheet = np.clip(1 - np.abs(coarse + 0.1 * fine) / 0.2, 0, 0.45)
    fat, fibre = chest.FAT, chest.SOFT
    for tissue, other in ((fat, fibre), (chest.MUSCLE, fat), (chest.BREAST, fat)):
        here = labels == tissue
        second[here], share[here] = other, (0.4 if tissue == fat else 0.9) * sheet[here]
    density *= 1 + UNEVEN[labels] * np.clip(fine + 0.6 * coarse, -2.5, 2.5)
    return second, share


def thorax(
    planes_mm=0.0,
    *,
    shape: tuple[int, int] = (256, 256),
    field_mm: float = 420.0,
    build: Build | None = None,
    plain: bool = False,
    rng=None,
) -> Patient:
    """Make a chest.

    Parameters
    ----------
    planes_mm : float or sequence of float
        Heights of the axial planes above the division of the trachea, evenly spaced,
        in mm: −70 cuts the heart, 40 the arch of the aorta.
    shape : tuple of int
        Rows and columns.
    field_mm : float
        Width of the field of view.
    build : Build, optional
        How the patient is built; drawn from `rng` if not given.
    plain : bool
        Leave out what makes the chest one person's: shapes that bend, twigs and bronchi, lumps
        of muscle, grooves of the heart, uneven tissue. The chests of `medkit.data.tasks`.
    rng : None, int or numpy.random.Generator
        Draws the patient. None gives the average one, the same each time.

    Returns
    -------
    Patient
    """
    heights = np.atleast_1d(np.asarray(planes_mm, dtype=np.float32))
    step = float(heights[1] - heights[0]) if len(heights) > 1 else 5.0
    vary = rng is not None
    rng = np.random.default_rng(rng if vary else 0)
    build = build or (Build.draw(rng) if vary else Build())
    pixel = field_mm / shape[1]
    origin = (float(heights[0]), -(shape[0] - 1) / 2 * pixel, -(shape[1] - 1) / 2 * pixel)
    spacing, full = (step, pixel, pixel), (len(heights), *shape)
    u, y, x = grid_mm(full, spacing, origin)
    if not plain:
        one = rng.spawn(1)[0]
        u, y, x = bent(one, 14.0, 1.0, *bent(one, 60.0, 4.0, u, y, x))
    labels = np.zeros(full, np.uint8)
    cage, heart = chest.cage_radius(build, u, y, x), _heart(build, u, y, x, plain)
    chest.paint_wall(labels, build, u, y, x, cage, plain)
    before, outside = labels.copy(), (labels == chest.AIR) | (labels == chest.SKIN)
    lung = _lungs(labels, build, u, y, x, cage, heart, plain)
    chest.paint_ribs(labels, build, u, y, x, cage, plain)
    chest.paint_spine(labels, build, u, y, x)
    np.copyto(labels, before, where=outside)  # in a thin patient bones would stick out
    paint_heart(labels, build, u, y, x, heart, plain)
    paint_vessels(labels, build, u, y, x, plain)
    paint_airways(labels, u, y, x, plain)
    lung &= labels == chest.LUNG
    density, mixed = _texture(labels, build, u, y, x, lung, pixel, plain), None
    if not plain:
        mixed = _unevenness(one, labels, density, u, y, x)
    return Patient(labels, chest.TISSUES, spacing, {}, density, mixed, origin_mm=origin)
