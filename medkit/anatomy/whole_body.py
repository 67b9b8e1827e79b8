"""A whole body for PET: from the top of the head to the thighs, as solids full of tracer.

Organs are ellipsoids and tubes where a textbook puts them, at 5 mm: enough for the picture by
which everybody knows PET, far too little for a CT. Millimetres are (up from the middle of the
thighs, back from the body's axis, left of it).
"""

import itertools
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

#: Voxel in mm, and planes, rows and columns.
VOXEL_MM, SHAPE = 5.0, (210, 56, 106)
#: Linear attenuation at 511 keV, 1/cm: doi:10.1118/1.2174132 for water; lung is a quarter of it.
_WATER, _LUNG, _BONE = 0.096, 0.025, 0.12

#: Trunk and neck: height, half-width across, half-width front to back; and one leg, as a circle.
_TRUNK = [
    (160, 160, 96), (230, 178, 108), (300, 172, 108), (380, 156, 100), (450, 148, 98),
    (520, 154, 104), (600, 164, 112), (680, 170, 110), (730, 176, 94), (762, 176, 78),
    (784, 150, 66), (802, 104, 60), (822, 68, 58), (866, 60, 56),
]  # fmt: skip
_LEG = [(0, 66, 66), (100, 76, 76), (160, 86, 88), (205, 88, 92)]
_HEAD = [((955, -4, 0), (97, 98, 77)), ((898, -26, 0), (60, 62, 58))]
#: Fat under the skin, in mm, and its uptake; and that of the muscle within.
_FAT_MM, _FAT_SUV, _MUSCLE_SUV = 12.0, 0.3, 0.65
#: Solids in the order in which they are painted: name, SUV of FDG after an hour (teaching
#: values), and pairs of (centre, half-axes) in mm. A negative SUV of −1 is air.
_SOLIDS = (
    ("inside", 0.85, [((480, -18, 0), (150, 66, 118)), ((300, -8, 0), (90, 62, 110))]),
    ("lung", 0.45, [((650, 4, 76), (122, 82, 60)), ((650, 4, -78), (122, 82, 64))]),
    ("mediastinum", 1.1, [((665, -4, 2), (90, 62, 26)), ((600, -28, 18), (52, 52, 62))]),
    ("blood", 1.8, [((720, 8, 6), (22, 34, 14)), ((605, -36, -8), (40, 34, 32))]),
    ("liver", 2.4, [
        ((546, -14, -66), (60, 80, 76)), ((496, 0, -100), (76, 62, 42)),
        ((556, -36, -4), (36, 42, 62))]),
    ("spleen", 2.0, [((520, 48, 108), (52, 34, 27))]),
    ("stomach", 1.6, [((508, -36, 62), (40, 34, 44))]),
    ("heart muscle", 4.5, [((590, -34, 46), (44, 42, 42))]),
    ("heart cavity", 1.8, [((596, -36, 40), (32, 27, 27))]),
    ("cortex of the kidneys", 3.2, [((455, 44, 62), (56, 27, 29)), ((445, 44, -64), (56, 27, 29))]),
    ("renal pelvis", 9.0, [
        ((476, 44, 57), (14, 9, 10)), ((452, 42, 51), (16, 10, 9)), ((432, 44, 58), (12, 9, 10)),
        ((466, 44, -60), (14, 9, 10)), ((440, 42, -53), (16, 10, 9)),
        ((422, 44, -60), (12, 9, 10))]),
    ("bladder", 22.0, [((222, -20, 0), (36, 38, 44))]),
    ("brain", 9.5, [((965, -8, 0), (70, 82, 66))]),
    ("white matter", 4.0, [((964, -8, 27), (44, 58, 24)), ((964, -8, -27), (44, 58, 24))]),
    ("deep grey matter", 9.5, [((952, -12, 15), (17, 26, 12)), ((952, -12, -15), (17, 26, 12))]),
    ("cerebellum", 8.0, [((898, 34, 0), (24, 32, 48))]),
    ("salivary glands", 2.6, [
        ((876, -14, 52), (20, 12, 9)), ((876, -14, -52), (20, 12, 9)), ((842, -34, 26), (9, 12, 9)),
        ((842, -34, -26), (9, 12, 9)), ((862, -28, 14), (12, 9, 7)),
        ((862, -28, -14), (12, 9, 7))]),
    ("vocal cords", 2.2, [((806, -22, 6), (6, 12, 5)), ((806, -22, -6), (6, 12, 5))]),
    ("windpipe", -1.0, [((770, -2, 0), (70, 9, 9))]),
    ("testes", 2.4, [((140, -72, 16), (17, 14, 11)), ((140, -72, -16), (17, 14, 11))]),
    ("hip bones", 1.3, [
        ((345, 34, 84), (52, 44, 12)), ((345, 34, -84), (52, 44, 12)), ((256, 4, 88), (26, 26, 22)),
        ((256, 4, -88), (26, 26, 22)), ((318, 62, 0), (50, 15, 40))]),
)  # fmt: skip
#: Tubes: name, SUV, radius in mm, and the points that they join.
_TUBES = (
    ("arms", 0.55, 36, [(772, 12, 180), (600, 20, 214), (470, 24, 222), (280, -4, 224)]),
    ("arms", 0.55, 36, [(772, 12, -180), (600, 20, -214), (470, 24, -222), (280, -4, -224)]),
    ("spine", 1.6, 17, [(860, 22, 0), (790, 32, 0), (690, 56, 0), (560, 50, 0), (440, 34, 0),
                        (350, 52, 0)]),
    ("aorta", 1.8, 12, [(700, -6, 8), (722, 16, 16), (690, 34, 20), (560, 28, 14), (400, 10, 6)]),
    ("sternum", 1.2, 9, [(716, -88, 0), (580, -100, 0)]),
    ("bowel", 1.8, 17, [(330, -24, -104), (440, -14, -108)]),
    ("bowel", 1.5, 14, [(440, -14, -108), (424, -62, -40), (420, -64, 40), (462, -14, 108)]),
    ("bowel", 1.7, 13, [(462, -14, 108), (350, -10, 108), (296, 4, 60), (280, 30, 8)]),
    ("ureter", 7.0, 4, [(430, 40, 50), (408, 34, 44)]),
    ("ureter", 6.0, 4, [(372, 26, -38), (340, 24, -38)]),
    ("ureter", 7.0, 4, [(276, 26, 42), (248, 14, 34)]),
)  # fmt: skip
_AIR = {"windpipe"}
_BONES = {"spine", "hip bones", "sternum"}


@dataclass(frozen=True)
class WholeBody:
    """Uptake and attenuation of one body.

    Parameters
    ----------
    suv : ndarray of float32, shape `SHAPE`
        Standardised uptake, of voxels of `VOXEL_MM`.
    mu : ndarray of float32, shape `SHAPE`
        Attenuation at 511 keV in 1/mm.
    lesions : dict of str to ndarray of bool, shape `SHAPE`
        Where each lesion lies.
    """

    suv: np.ndarray
    mu: np.ndarray
    lesions: dict[str, np.ndarray]


def whole_body(lesions=(), *, rng=0) -> WholeBody:
    """Make a body full of FDG, with lesions.

    Parameters
    ----------
    lesions : iterable of tuple (name, centre, radius, suv)
        Centre as (up, back, left) and radius in mm.
    rng : None, int or numpy.random.Generator
        How unevenly the organs and the bowel take the tracer up.

    Returns
    -------
    WholeBody

    Examples
    --------
    >>> body = whole_body([("node", (780, 0, 60), 10, 8.0)])
    >>> float(body.suv[body.lesions["node"]].max())
    8.0
    """
    rng = np.random.default_rng(rng)
    names, suv = _painted()
    rough = ndimage.gaussian_filter(rng.standard_normal(SHAPE).astype(np.float32), 1.6)
    rough /= rough.std()
    patchy = np.where(np.isin(names, [_index("bowel"), _index("inside")]), 0.35, 0.07)
    suv = np.maximum(suv * (1 + patchy * rough), 0).astype(np.float32)
    mu = np.where(suv > 0, _WATER, 0)
    mu[names == _index("lung")] = _LUNG
    mu[np.isin(names, [_index(bone) for bone in _BONES])] = _BONE
    places = {}
    for name, centre, radius, value in lesions:
        places[name] = _ellipsoid(centre, (radius,) * 3)
        suv[places[name]] = value
    return WholeBody(suv, (mu / 10).astype(np.float32), places)


def _index(name):
    return [*dict.fromkeys(n for n, *_ in (*_SOLIDS, *_TUBES))].index(name) + 1


def _painted():
    """Return which part fills each voxel, and its uptake."""
    names, suv = np.zeros(SHAPE, np.int8), np.zeros(SHAPE, np.float32)
    suv[_outline(0.0)], suv[_outline(_FAT_MM)] = _FAT_SUV, _MUSCLE_SUV
    tubes = [(name, value, _tube(radius, points)) for name, value, radius, points in _TUBES]
    solids = [
        (name, value, _ellipsoid(*place)) for name, value, places in _SOLIDS for place in places
    ]
    for name, value, inside in (*solids, *tubes):
        if name == "arms":  # they hang beside the trunk, not in it
            inside &= suv == 0
        names[inside], suv[inside] = _index(name), max(value, 0)
    return names, suv


def _outline(depth):
    """Return what lies deeper than so many mm under the skin of trunk, legs and head."""
    inside = _column(_TRUNK, 0.0, depth) | _column(_LEG, 90.0, depth) | _column(_LEG, -90.0, depth)
    for centre, halves in _HEAD:
        inside |= _ellipsoid(centre, np.subtract(halves, depth / 2))
    return inside


def _column(profile, middle, depth):
    """Return a column of rounded sections, each (height, half-width, half-depth)."""
    up, back, left = _grid()
    heights, across, through = np.array(profile, float).T
    high = (up >= heights[0]) & (up <= heights[-1])
    a, b = np.interp(up, heights, across) - depth, np.interp(up, heights, through) - depth
    return high & (np.abs((left - middle) / a) ** 2.5 + np.abs(back / b) ** 2.5 <= 1)


def _grid():
    """Return up, back and left of each voxel in mm, ready to broadcast."""
    planes, rows, columns = SHAPE
    up = (np.arange(planes) + 0.5) * VOXEL_MM
    back, left = ((np.arange(n) - (n - 1) / 2) * VOXEL_MM for n in (rows, columns))
    return np.ix_(up, back, left)


def _ellipsoid(centre, halves):
    parts = [((x - c) / h) ** 2 for x, c, h in zip(_grid(), centre, halves, strict=True)]
    return parts[0] + parts[1] + parts[2] <= 1


def _tube(radius, points):
    """Return which voxels lie within a radius of a polyline."""
    inside = np.zeros(SHAPE, bool)
    grid = _grid()
    for start, end in itertools.pairwise(points):
        start, way = np.array(start, float), np.subtract(end, start).astype(float)
        along = sum((x - s) * w for x, s, w in zip(grid, start, way, strict=True)) / (way @ way)
        along = np.clip(along, 0, 1)
        near = sum((x - s - along * w) ** 2 for x, s, w in zip(grid, start, way, strict=True))
        inside |= near <= radius**2
    return inside
