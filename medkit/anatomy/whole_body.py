"""A whole body for PET: from the top of the head to the thighs, as solids full of tracer.

Organs are ellipsoids and tubes where a textbook puts them, at 5 mm: enough for the picture by
which everybody knows PET, far too little for a CT. Millimetres are (up from the middle of the
thighs, back from the body's axis, left of it).
"""

import itertools
import tomllib
from dataclasses import dataclass
from importlib import resources

import numpy as np
from scipy import ndimage

#: Voxel in mm, and planes, rows and columns.
VOXEL_MM, SHAPE = 5.0, (210, 56, 106)
#: Linear attenuation at 511 keV, 1/cm: doi:10.1118/1.2174132 for water; lung is a quarter of it.
_WATER, _LUNG, _BONE = 0.096, 0.025, 0.12

#: Where everything lies, and how much it takes up.
_BODY = tomllib.loads(resources.files(__package__).joinpath("whole_body.toml").read_text("utf-8"))
_TRUNK, _LEG, _HEAD = _BODY["trunk"], _BODY["leg"], _BODY["head"]
_SOLIDS, _TUBES = _BODY["solids"], _BODY["tubes"]
#: Fat under the skin, in mm, and its uptake; and that of the muscle within.
_FAT_MM, _FAT_SUV, _MUSCLE_SUV = 12.0, 0.3, 0.65
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
