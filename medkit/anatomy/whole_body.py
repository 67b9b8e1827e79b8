"""A whole body for PET: from the top of the head to the thighs, as solids full of tracer.

Organs are ellipsoids and tubes where a textbook puts them, at 5 mm: enough for the picture by
which everybody knows PET, far too little for a CT. Millimetres are (up from the middle of the
thighs, back from the body's axis, left of it).
"""

import itertools
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from medkit.anatomy.fields import from_line

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
#: What `WholeBody.organs` counts: 0 is fat or muscle.
ORGANS = tuple(dict.fromkeys(["", *(n for n, *_ in (*_SOLIDS, *_TUBES))]))
#: Parts that are the same in everybody, and whose uptake differs by more than a fifth.
_FIXED = {"inside", "lung", "mediastinum", "arms", "windpipe"}
_SPREAD = {"heart muscle": 0.6, "bladder": 0.4, "bowel": 0.4, "renal pelvis": 0.4, "ureter": 0.5}
#: Where `somebody` may have lesions.
SITES = ("lung", "liver", "mediastinum", "inside", "spine", "hip bones")
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
    organs : ndarray of int8, shape `SHAPE`
        Which of `ORGANS` fills each voxel.
    """

    suv: np.ndarray
    mu: np.ndarray
    lesions: dict[str, np.ndarray]
    organs: np.ndarray


def whole_body(lesions=(), *, voxel_mm: float = VOXEL_MM, unlike: float = 0.0, rng=0) -> WholeBody:
    """Make a body full of FDG, with lesions.

    Parameters
    ----------
    lesions : iterable of tuple (name, centre, radius, suv)
        Centre as (up, back, left) and radius in mm.
    voxel_mm : float
        Of the arrays; `SHAPE` is that of the usual one.
    unlike : float
        How far somebody is from the textbook: at 1, organs lie 4 mm elsewhere, are 6 % larger or
        smaller and take up 20 % more or less, each a standard deviation; a heart, a bowel and a
        bladder differ by far more. Trunk, head and limbs stay: bodies laid over each other.
    rng : None, int or numpy.random.Generator
        Who it is, and how unevenly the organs and the bowel take the tracer up.

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
    shape = tuple(int(n * VOXEL_MM / voxel_mm) for n in SHAPE)
    organs, suv = _painted(shape, voxel_mm, unlike, rng)
    rough = rng.standard_normal(shape).astype(np.float32)
    rough = ndimage.gaussian_filter(rough, 1.6 * VOXEL_MM / voxel_mm)
    rough /= rough.std()
    patchy = np.where(np.isin(organs, [ORGANS.index("bowel"), ORGANS.index("inside")]), 0.35, 0.07)
    suv = np.maximum(suv * (1 + patchy * rough), 0).astype(np.float32)
    mu = np.where(suv > 0, _WATER, 0)
    mu[organs == ORGANS.index("lung")] = _LUNG
    mu[np.isin(organs, [ORGANS.index(bone) for bone in _BONES])] = _BONE
    places = {}
    for name, centre, radius, value in lesions:
        places[name] = np.zeros(shape, bool)
        box, inside = _ellipsoid(_grid(shape, voxel_mm), centre, (radius,) * 3)
        places[name][box] = inside
        suv[places[name]] = value
    return WholeBody(suv, (mu / 10).astype(np.float32), places, organs)


class Lesion(NamedTuple):
    """A round lesion: its centre as (fractions of) indices, mm, SUV, and the organ it is in."""

    voxel: np.ndarray
    diameter_mm: float
    suv: float
    organ: str


def somebody(n_lesions: int, *, voxel_mm: float = 7.0, rng=0) -> tuple[WholeBody, list[Lesion]]:
    """Draw a person with so many lesions, each anywhere in one of `SITES`.

    Parameters
    ----------
    n_lesions : int
        0 for a healthy person.
    voxel_mm : float
    rng : None, int or numpy.random.Generator

    Returns
    -------
    WholeBody, list of Lesion
        8 to 26 mm wide, of SUV 3 to 12; voxels on their rim hold a part of each.

    Examples
    --------
    >>> body, lesions = somebody(2, rng=0)
    >>> len(lesions), body.suv.shape
    (2, (150, 40, 75))
    """
    rng = np.random.default_rng(rng)
    body, lesions = whole_body(voxel_mm=voxel_mm, unlike=1.0, rng=rng), []
    for _ in range(n_lesions):
        organ = str(rng.choice(SITES))
        inside = np.flatnonzero(body.organs == ORGANS.index(organ))
        voxel = np.array(np.unravel_index(rng.choice(inside), body.suv.shape))
        lesion = Lesion(voxel, rng.uniform(8, 26), 3 * 4 ** rng.uniform(), organ)
        grid = np.ogrid[tuple(slice(n) for n in body.suv.shape)]
        distance = np.sqrt(sum((x - c) ** 2 for x, c in zip(grid, voxel, strict=True)))
        share = np.clip(0.5 + lesion.diameter_mm / 2 / voxel_mm - distance, 0, 1)
        body.suv[:] += share * (lesion.suv - body.suv)
        lesions.append(lesion)
    return body, lesions


def _painted(shape, voxel_mm, unlike, rng):
    """Return which part fills each voxel, and its uptake."""
    grid = _grid(shape, voxel_mm)
    names, suv = np.zeros(shape, np.int8), np.zeros(shape, np.float32)
    skin, muscle = _outline(shape, voxel_mm)
    suv[skin], suv[muscle] = _FAT_SUV, _MUSCLE_SUV
    parts = [(name, value, places, None) for name, value, places in _SOLIDS]
    parts += [(name, value, points, radius) for name, value, radius, points in _TUBES]
    for name, value, places, radius in parts:
        moved, wider = np.zeros(3), 1.0
        if unlike and name not in _FIXED:
            moved, wider = 4 * unlike * rng.standard_normal(3), np.exp(0.06 * unlike * rng.normal())
            value *= np.exp(_SPREAD.get(name, 0.2) * unlike * rng.normal())
        if radius is None:
            inside = [_ellipsoid(grid, c + moved, np.multiply(h, wider)) for c, h in places]
        else:
            inside = _tube(grid, radius * wider, np.add(places, moved))
        for box, mask in inside:
            if name == "arms":  # they hang beside the trunk, not in it
                mask &= suv[box] == 0
            names[box][mask], suv[box][mask] = ORGANS.index(name), max(value, 0)
    return names, suv


@lru_cache(maxsize=4)
def _outline(shape, voxel_mm):
    """Return what lies under the skin of trunk, legs and head, and what under the fat."""
    grid, layers = _grid(shape, voxel_mm), []
    for depth in (0.0, _FAT_MM):
        inside = _column(grid, _TRUNK, 0.0, depth)
        inside |= _column(grid, _LEG, 90.0, depth) | _column(grid, _LEG, -90.0, depth)
        for centre, halves in _HEAD:
            box, head = _ellipsoid(grid, centre, np.subtract(halves, depth / 2))
            inside[box] |= head
        layers.append(inside)
    return layers


def _column(grid, profile, middle, depth):
    """Return a column of rounded sections, each (height, half-width, half-depth)."""
    up, back, left = grid
    heights, across, through = np.array(profile, float).T
    high = (up >= heights[0]) & (up <= heights[-1])
    a, b = np.interp(up, heights, across) - depth, np.interp(up, heights, through) - depth
    return high & (np.abs((left - middle) / a) ** 2.5 + np.abs(back / b) ** 2.5 <= 1)


def _grid(shape, voxel_mm):
    """Return up, back and left of each voxel in mm, ready to broadcast."""
    planes, rows, columns = shape
    up = (np.arange(planes) + 0.5) * voxel_mm
    back, left = ((np.arange(n) - (n - 1) / 2) * voxel_mm for n in (rows, columns))
    return np.ix_(up, back, left)


def _box(grid, low, high):
    """Return the part of the grid between two corners, as slices and as coordinates."""
    ends = [np.searchsorted(x.ravel(), (a, b)) for x, a, b in zip(grid, low, high, strict=True)]
    box = tuple(slice(first, last) for first, last in ends)
    return box, np.ix_(*(x.ravel()[part] for x, part in zip(grid, box, strict=True)))


def _ellipsoid(grid, centre, halves):
    box, near = _box(grid, np.subtract(centre, halves), np.add(centre, halves) + 1e-6)
    parts = [((x - c) / h) ** 2 for x, c, h in zip(near, centre, halves, strict=True)]
    return box, parts[0] + parts[1] + parts[2] <= 1


def _tube(grid, radius, points):
    """Return which voxels lie within a radius of a polyline, piece by piece."""
    pieces = []
    for start, end in itertools.pairwise(points):
        corners = np.minimum(start, end) - radius, np.maximum(start, end) + radius + 1e-6
        box, near = _box(grid, *corners)
        pieces.append((box, from_line(near, start, end) <= radius))
    return pieces
