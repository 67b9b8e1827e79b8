"""The wall of the chest: skin, fat, breast, muscle, ribs, sternum, shoulder blades, spine.

Every organ is an inequality in millimetres: u up from the division of the trachea,
y back from the middle of the chest, x left from the midline.
"""

import numpy as np

#: Tissues of a chest; the position is the label.
TISSUES = (
    "air", "lung_inspired", "adipose", "muscle", "skin", "cortical_bone", "spongy_bone",
    "cartilage", "heart", "blood", "soft_tissue", "liver", "breast", "csf", "blood_iodine",
)  # fmt: skip
AIR, LUNG, FAT, MUSCLE, SKIN, CORTICAL, SPONGY, CARTILAGE, HEART, BLOOD = range(10)
SOFT, LIVER, BREAST, CSF, IODINE = range(10, 15)

#: Where the middle of a vertebral body lies behind the middle of the chest, in mm.
SPINE_MM = 62.0


def ellipse(x, y, cx, cy, rx, ry):
    """Return 0 at the centre of an ellipse, 1 on it: squared, which is all that is compared."""
    return ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2


def between(u, low, high):
    """Return where low < u < high."""
    return (u > low) & (u < high)


def paint(labels, tissue, where):
    """Write a label wherever a condition, which may need broadcasting, holds."""
    np.copyto(labels, np.uint8(tissue), where=where)


def paint_bone(labels, q, inner=0.62, where=True):
    """Paint a bone: q < 1 (squared radius), compact outside, spongy inside."""
    paint(labels, CORTICAL, (q < 1) & where)
    paint(labels, SPONGY, (q < inner) & where)


def cage_radius(b, u, y, x):
    """Return the radius in the rib cage, 1 on the outside of the ribs."""
    narrow = 1 - 0.28 * np.clip((u - 30) / 70, 0, 1.3) ** 1.6
    side = (np.abs(x) / (130 * b.width)) ** 2.4
    front = (np.abs(y - 2) / (96 * b.depth)) ** 2.4
    return (side + front) ** (1 / 2.4) / narrow


def paint_wall(labels, b, u, y, x, cage, plain):
    """Lay muscle, fat, breast and skin around the cage."""
    side = np.abs(x)
    thick = b.muscle_mm / 110
    # Chest muscle in front, shoulder blades' muscle behind, little at the sides.
    plump = 1 + 0.5 * np.exp(-(((side - 70) / 40) ** 2)) + 0.3 * np.clip(u / 60, 0, 1)
    body = cage - thick * plump
    fat = b.fat_mm / 110 * (1 + 0.2 * (side / 140) ** 2)
    out, wide = (72, 62) if plain else (92, 72)  # of who lies on her back, it falls to the sides
    bulge = np.clip(1 - ellipse(side, u, out, -55, wide, 75), 0, None) ** 0.6 * (y < 0)
    breast = b.breast_mm / 100 * bulge
    paint(labels, SKIN, body < 1 + fat + breast)
    inside = body < 1 + fat + breast - 0.02
    paint(labels, FAT, inside)
    gland = np.sin(x / 6 + 2 * np.sin(y / 9 + 1)) + np.sin(y / 5 + 1.7 * np.sin(x / 11 + u / 9))
    lobes = (breast > 0.06) & (body > 1 + fat * 0.6) & (gland > 0.2) & (breast > fat)
    paint(labels, BREAST, inside & lobes)
    around = np.arctan2(side, y)  # 0 behind, π in front
    if not plain:  # muscles in lumps: breast muscle, shoulder blade, little beside and in front
        lumps = 1.6 * np.exp(-(((around - 0.8) / 0.45) ** 2))
        lumps += 1.4 * np.exp(-(((around - 2.45) / 0.35) ** 2)) * np.clip(1.2 + u / 80, 0.2, 1)
        body = cage - thick * (0.3 + lumps)
    paint(labels, MUSCLE, body < 1)
    # Sheets of fat between the muscles, thicker in some places, missing in others.
    sheet = np.abs(body - 1 + thick * (0.5 + 0.2 * np.sin(3 * around + 1)))
    paint(labels, FAT, (sheet < 0.011 * np.sin(2.4 * around + 0.6 + u / 60)) & (cage > 1.02))
    paint(labels, FAT, np.abs(cage - 1) < 0.012 * np.cos(2.2 * around + 0.02 * x + u / 45))


def paint_ribs(labels, b, u, y, x, cage, plain):
    """Paint ribs, their cartilage, the sternum and the shoulder blades."""
    around = np.arctan2(np.abs(x), y)  # 0 behind, π in front
    forward = 0.5 - 0.5 * np.cos(around)
    # Ribs fall towards the front: an axial plane cuts several, each at another place.
    fall_mm, half_mm = (88, 5.2) if plain else (66, 3.6)
    height = (u + fall_mm * forward) / 25 + b.rib_phase
    along = height - np.floor(height) - 0.5
    rib = ((cage - 0.955) * 128 / half_mm) ** 2 + (along * 25 / 7.0) ** 2
    bony = (forward < 0.86) & (around > 0.3)
    paint_bone(labels, rib, where=bony)
    paint(labels, CARTILAGE, (rib < 1) & (forward >= 0.86))
    middle = 2 - 96 * b.depth
    sternum = np.abs(x / (15 + 7 * (u > 35))) ** 4 + np.abs((y - middle - 2) / 7.5) ** 4
    paint_bone(labels, sternum, 0.45, where=between(u, -85, 62))
    blade, half_mm, core = np.abs(cage - 1.09 - 0.02 * np.sin(around * 5)) * 138, 3.2, 1.4
    if not plain:  # it stands off sideways, and is thick at its edge only
        blade = np.abs(cage - 1.06 - 0.17 * (around - 0.62)) * 138
        half_mm = 1.5 + 2.5 * np.exp(-(((around - 1.18) / 0.09) ** 2))
        core = half_mm - 1.2
    plate = between(around, 0.62, 1.25) & (u > -70)
    paint(labels, CORTICAL, plate & (blade < half_mm))
    paint(labels, SPONGY, plate & (blade < core))


def paint_spine(labels, b, u, y, x):
    """Paint a vertebra with its canal, its processes and the muscles beside it."""
    y = y - SPINE_MM * b.depth
    side = np.abs(x)
    paint(labels, MUSCLE, ellipse(side, y, 30, 36, 24, 19) < 1)
    sheath = (ellipse(side, y, 30, 36, 24, 19) > 1) & (ellipse(side, y, 30, 36, 25.5, 20.5) < 1)
    paint(labels, FAT, sheath & (y > 30))
    level = np.mod(u / 24 + b.rib_phase, 1.0)
    arch = (level > 0.25) & (level < 0.85)
    paint(labels, CORTICAL, ellipse(x, y, 0, 24, 15, 14) < 1)
    spinous = (side < 3.5 + 0.03 * y) & between(y, 30, 58) & arch
    paint(labels, CORTICAL, spinous)
    paint(labels, SPONGY, spinous & (side < 2))
    process = (np.abs(y - 24 - 0.25 * side) < 5.5) & (side < 34) & arch
    paint(labels, CORTICAL, process)
    paint(labels, SPONGY, process & (np.abs(y - 24 - 0.25 * side) < 3.2) & (side < 31))
    waist = 1 - 0.06 * np.cos(2 * np.pi * level)
    body = ellipse(x, y, 0, 0, 18 * waist, 15 * waist)
    paint(labels, CORTICAL, body < 1)
    paint(labels, SPONGY, body < 0.82)
    paint(labels, CARTILAGE, (body < 1) & (np.abs(level - 0.08) < 0.08))
    paint(labels, FAT, ellipse(x, y, 0, 23, 9.5, 8.5) < 1)
    paint(labels, CSF, ellipse(x, y, 0, 23, 8.5, 7.5) < 1)
    paint(labels, SOFT, ellipse(x, y, 0, 23, 4.8, 3.8) < 1)
