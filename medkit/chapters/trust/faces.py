"""Faces of nobody: heads for a CT scanner whose skin differs from person to person."""

import numpy as np

#: Edge of a voxel, mm; planes (up), rows (to the back) and columns (to the left) of a head.
VOXEL_MM, SHAPE = 3.0, (84, 76, 64)
#: What differs between people: name, mean and standard deviation, mm.
TRAITS = {
    "width": (74, 3), "length": (94, 4), "vault": (84, 4), "brow": (5, 2), "eyes": (32, 2.5),
    "nose": (22, 3.5), "bridge": (9, 2.5), "nostrils": (16, 2.5), "nose length": (30, 3.5),
    "cheeks": (46, 3.5), "lips": (8, 2), "mouth": (20, 3), "chin": (14, 3.5), "jaw": (56, 4),
}  # fmt: skip
AIR_HU, SOFT_HU, BONE_HU, BRAIN_HU = -1000, 40, 900, 36


def traits(rng) -> dict[str, float]:
    """Draw what makes one face differ from the next, in mm."""
    return {name: rng.normal(*law) for name, law in TRAITS.items()}


def head_ct(face, *, turn_deg=0.0, smile_mm=0.0, noise_hu=20.0, rng=0) -> np.ndarray:
    """Return the CT of a head, HU, of shape `SHAPE`: up, to the back, to the left.

    Parameters
    ----------
    face : mapping
        From `traits`.
    turn_deg : float
        How far the head is turned about the neck.
    smile_mm : float
        How much wider the mouth is today.
    noise_hu : float
        Standard deviation of the scanner's noise.
    rng : None, int or numpy.random.Generator
        Of the noise.

    Notes
    -----
    Ellipsoids with teaching values; no hair, no ears, one expression. Real faces differ in more
    ways, and a photograph shows colour and texture, which no CT has.
    """
    up, back, left = (VOXEL_MM * (np.arange(n) - n / 2 + 0.5) for n in SHAPE)
    grid = np.meshgrid(up + 5, back, left, indexing="ij", sparse=True)
    up, back, left = (g.astype(np.float32) for g in grid)
    a = np.deg2rad(turn_deg)
    front, side = -back * np.cos(a) - left * np.sin(a), left * np.cos(a) - back * np.sin(a)
    two = np.abs(side)

    def solid(height, forward, aside, *halves):
        flat = ((front - forward) / halves[1]) ** 2 + ((two - aside) / halves[2]) ** 2
        return ((up - height) / halves[0]) ** 2 + flat  # 1 on the surface

    f, tip = face, 60 + face["nose"]
    skull = solid(24, 0, 0, f["vault"], f["length"], f["width"])
    parts = [
        skull,
        solid(-45, 16, 0, 68, 62, f["jaw"]),
        solid(-150, -15, 0, 90, 52, 52),
        solid(13, 66, 20, 7, 14 + f["brow"], 24),
        solid(-32, 50, f["cheeks"] - 14, 17, 24, 17),
        solid(-8, 64, f["eyes"], 11, 11, 13),
        solid(-10 - f["nose length"] / 2, 62, 0, f["nose length"], f["bridge"] + 14, f["bridge"]),
        solid(-16 - f["nose length"] / 2, tip - 14, 0, 9, 17, f["nostrils"] / 2 + 2),
        solid(-62, 62, 0, 8, 10 + f["lips"], f["mouth"] + smile_mm),
        solid(-92, 54, 0, 15, 12 + f["chin"], 20),
    ]
    skin = sum(1 / (part * part) ** 2 for part in parts) ** (-1 / 8)  # solids that melt together
    hu = AIR_HU + (SOFT_HU - AIR_HU) * np.clip(0.5 + 20 * (1 - skin), 0, 1)  # the skin is no step
    hu[(skull < 0.93**2) & (skin < 0.97)] = BONE_HU
    hu[skull < 0.85**2] = BRAIN_HU
    hu = hu.astype(np.float32)
    return hu + np.random.default_rng(rng).normal(0, noise_hu, SHAPE).astype(np.float32)
