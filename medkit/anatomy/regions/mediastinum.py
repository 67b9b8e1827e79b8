"""Between the lungs: heart, great vessels, airways and gullet, painted into a chest.

Coordinates are those of `medkit.anatomy.regions.chest_wall`.
"""

import numpy as np

from medkit.anatomy.regions import chest_wall as chest

#: (x, y, z, and half-axes) of left and right ventricle and left atrium; and of the right one.
ROOMS = ((38, -30, -84, 24, 17, 40), (-6, -40, -80, 26, 21, 44), (4, 8, -52, 26, 13, 26))
RIGHT_ATRIUM = (-26, -16, -68, 18, 24, 34)


def paint_heart(labels, b, u, y, x, heart, plain):
    """Paint the heart, q < 1, its bag and its chambers."""
    blood = chest.IODINE if b.contrast else chest.BLOOD
    pericardium = (heart < (1.1 if plain else 1.07)) & (heart > 1.04)
    chest.paint(labels, chest.SOFT, pericardium & (labels != chest.LUNG))
    chest.paint(labels, chest.HEART, heart < 1)
    if not plain:  # fat under the bag, deep in the grooves between chambers
        groove = np.abs(0.78 * (x - 8 * b.heart) - 0.62 * (y + 24))
        rim = (heart < 1) & (heart > 0.96 - 0.4 * np.exp(-((groove / 5) ** 2)))
        chest.paint(labels, chest.FAT, rim)
    for k, (cx, cy, cz, rx, ry, rz) in enumerate(ROOMS if plain else (*ROOMS, RIGHT_ATRIUM)):
        room = 1 - ((u - cz) / rz) ** 2
        if np.any(room > 0):
            wide = b.heart if k in (0, 3) else 1.0
            chest.paint(labels, blood, chest.ellipse(x, y, cx * wide, cy, rx, ry) < room)


def paint_vessels(labels, b, u, y, x, plain):
    """Paint what runs up and down, and across."""
    blood = chest.IODINE if b.contrast else chest.BLOOD

    def across():
        """Paint the arch of the aorta, and the arteries of the lung."""
        along = np.clip((y + 26) / 68, 0, 1)
        arch = ((x + 17 - 41 * along) / 13) ** 2 + ((u - 32 - 8 * np.sin(np.pi * along)) / 13) ** 2
        chest.paint(labels, blood, (arch < 1) & chest.between(y, -38, 42 * b.depth + 11))
        back = 0.62 * np.abs(x - 14) if plain else np.minimum(0.9 * np.abs(x - 14), 27)
        artery = ((y + 30 - back) / 10) ** 2 + ((u + 14) / 10) ** 2
        chest.paint(labels, blood, (artery < 1) & chest.between(x, -52, 48))

    def along():
        """Paint aorta, great veins and the branches of the arch."""
        # (x, y, radius, from, to) of what runs up and down.
        for cx, cy, radius, low, high in (
            (-17, -26, 15.5, -45, 36),
            (24, 42 * b.depth, 12.5, -200, 34),
            (-34, -14, 9, -45, 62),
            (14, -30, 14, -40, -8),
            (-15, -14, 6, 46, 200),
            (-1, -10, 5, 46, 200),
            (14, 2, 5, 46, 200),
            (-32, -26, 7, 62, 200),
            (22, -22, 7, 62, 200),
        ):
            level = chest.between(u, low, high)
            if not level.any():
                continue
            tube = chest.ellipse(x, y, cx, cy, radius, radius)
            if not plain:  # fat between a vessel and its neighbours
                around = (tube < (1 + 1.5 / radius) ** 2) & (labels != chest.LUNG)
                chest.paint(labels, chest.FAT, around & level)
            chest.paint(labels, blood, (tube < 1) & level)

    # Side by side they are all one; with fat around them the last is in front.
    for part in (along, across) if plain else (across, along):
        part()


def paint_airways(labels, u, y, x, plain):
    """Paint windpipe, main bronchi and gullet."""
    spread = np.clip(-u, 0, 40)
    for sign in (-1, 1):
        fork = chest.ellipse(x, y, sign * 1.15 * spread, 12 + 0.2 * spread, 10 - 0.09 * spread, 9)
        level = chest.between(u, -42, 0) if sign < 0 else chest.between(u, -42, 250)
        chest.paint(labels, chest.SOFT, (fork < 1.25) & level)
        chest.paint(labels, chest.AIR, (fork < 0.86) & level)
    gullet = chest.ellipse(x, y, 7, 32, 8, 6)
    chest.paint(labels, chest.MUSCLE, gullet < 1)
    swallowed = True if plain else np.sin(u / 7) > 0.4
    chest.paint(labels, chest.AIR, (chest.ellipse(x, y, 7, 31, 2.4, 1.6) < 1) & swallowed)
