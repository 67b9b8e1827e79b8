"""One plane through a lumbar vertebra, with or without rods of known density under the back."""

import numpy as np

from medkit.anatomy.bones import mineral as m
from medkit.anatomy.patient import Patient, grid_mm

#: Thickness of the fat beneath the skin.
FAT_MM = 18.0
#: Mineral in the rods of the calibration phantom, mg/cm³, from right to left.
RODS_MG_CM3 = (0.0, 75.0, 150.0)


def loin(
    spongy_mg_cm3: float = 140.0,
    *,
    half_width_mm: float = 150.0,
    marrow_fat: float = 0.5,
    spacing_mm: float = 1.0,
    rng=None,
) -> Patient:
    """Return a plane through the third lumbar vertebra of somebody who lies on a phantom.

    It is water, with three rods of `RODS_MG_CM3`.

    Parameters
    ----------
    spongy_mg_cm3 : float
        Mineral (hydroxyapatite) in the spongy bone of the vertebra.
    half_width_mm : float
        Half the width of the belly, 110 to 200; it is 0.68 times as deep.
    marrow_fat : float
        Share of fat in the marrow between the beams of spongy bone, 0 to 1.
    spacing_mm : float
        Side of a pixel.
    rng : None, int or numpy.random.Generator
        Texture of the bone.

    Returns
    -------
    Patient
        Its lesions are places to measure: ``"spongy"`` in the vertebra, and ``"rod 0"``,
        ``"rod 75"``, ``"rod 150"``.

    Raises
    ------
    ValueError
        If the belly is too small for its spine, or too large for the table.

    Examples
    --------
    >>> sorted(loin(spacing_mm=4.0, rng=0).lesions)
    ['rod 0', 'rod 150', 'rod 75', 'spongy']
    """
    if not 110 <= half_width_mm <= 200:
        raise ValueError(f"half_width_mm is {half_width_mm}; give 110 to 200")
    rng = np.random.default_rng(rng)
    shape = [1, *(round(n / spacing_mm) for n in (420, 420))]
    origin = (0.0, -210 + spacing_mm / 2, -210 + spacing_mm / 2)
    z, y, x = grid_mm(shape, (spacing_mm,) * 3, origin)
    deep = 0.68 * half_width_mm
    y = y + 15  # belly and phantom lie around the middle of the gantry
    labels = np.full(shape, m.AIR, np.uint8)

    def inside(cx, cy, rx, ry, corner=2.2):
        return (np.abs((x - cx) / rx) ** corner + np.abs((y - cy) / ry) ** corner) < 1

    labels[inside(0, 0, half_width_mm, deep, 2.5)] = m.FAT
    labels[inside(0, 2, half_width_mm - FAT_MM, deep - FAT_MM - 2, 2.5)] = m.MUSCLE
    belly = inside(0, -22, half_width_mm - FAT_MM - 14, deep - FAT_MM - 32, 2.3)
    labels[belly] = m.FAT
    spine_y = deep - FAT_MM - 62
    for side in (-1, 1):
        labels[inside(side * 44, spine_y + 4, 21, 26)] = m.MUSCLE  # psoas
        labels[inside(side * 38, spine_y + 46, 34, 24)] = m.MUSCLE  # muscles that straighten
        labels[inside(side * 74, spine_y - 2, 26, 32)] = m.MUSCLE  # kidney
        labels[inside(side * 52, spine_y - 62, 26, 18) & belly] = m.MUSCLE  # bowel
    labels[inside(10, spine_y - 33, 10, 10)] = m.MUSCLE  # aorta
    labels[inside(-16, spine_y - 32, 12, 9)] = m.MUSCLE  # vena cava
    labels[inside(6, spine_y - 84, 60, 20) & belly] = m.MUSCLE
    v = y - spine_y
    labels[(np.hypot(x, v + 2) < 34) & (v < 16)] = m.MUSCLE
    total = np.zeros(shape, np.float32)
    beams = m.texture(rng, z, y, x, width_mm=1.0)
    body = m.tube(x, v, 24, 17.5, 2.4)
    total = np.maximum(total, m.filled(body, 1.1, spongy_mg_cm3 * beams, spacing_mm))
    # Fat and blood-making marrow lie in lumps that are finer than a pixel: each pixel is one.
    fat = rng.random(shape) < marrow_fat
    labels[body > 1.1] = np.where(fat, np.uint8(m.FAT), np.uint8(m.MUSCLE))[body > 1.1]
    side = np.abs(x)
    arch = 5.0 - np.abs(np.hypot(x / 1.15, v - 25) - 17)
    arch = np.where(v > 12, arch, -9)
    wing = m.ball(side - 36, v - 22, 0 * v, 17, 4, 6)
    thorn = m.ball(x, v - 52, 0 * v, 4, 17, 6)
    rest = np.max(np.broadcast_arrays(arch, wing, thorn), axis=0)
    total = np.maximum(total, m.filled(rest, 1.8, 1.3 * spongy_mg_cm3, spacing_mm))
    lesions = {"spongy": inside(0, spine_y, 15, 10)}
    under = deep + 14
    labels[(np.abs(x) < 90) & (np.abs(y - under) < 12)] = m.WATER
    for k, amount in enumerate(RODS_MG_CM3):
        rod = np.hypot(x - 55 * (k - 1), y - under)
        total[rod < 9] = amount
        lesions[f"rod {amount:.0f}"] = rod < 6.5
    return m.body(labels, total, (spacing_mm,) * 3, origin, lesions)
