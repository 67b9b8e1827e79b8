"""Radiomics in space: what IBSI agreed on, of a region of voxels.

    levels = discretise(volume, mask, width=25)    grey levels 1, 2, …; 0 outside the region
    shape(mask, spacing_mm), histogram(levels), volume_histogram(levels)
    texture(cooccurrences(levels))                  of `medkit.learning.classical.features`
    emphases(run_lengths(levels), …)                the same sixteen formulas for runs and zones

Matrices of several ways are "averaged" (the mean of the features) or "merged" (the features of
their sum). Every feature is tested against the published values of the digital phantom.

References
----------
Zwanenburg et al. 2020, doi:10.1148/radiol.2020191145 (IBSI; the reference manual has each formula).
"""

from itertools import product

import numpy as np
from scipy import ndimage
from scipy.signal import fftconvolve
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist
from scipy.special import eval_legendre
from skimage.measure import marching_cubes, mesh_surface_area

from medkit.learning.classical.features import entropy, first_order

#: One of each two opposite ways to the 26 neighbours of a voxel, and to the 8 in its plane.
WAYS = tuple(way for way in product((-1, 0, 1), repeat=3) if way > (0, 0, 0))
IN_PLANE = tuple(way for way in WAYS if way[0] == 0)

#: What `emphases` returns, with "run" or "zone" or what is counted, and its length.
EMPHASES = (
    "short", "long", "low grey", "high grey", "short low grey", "short high grey", "long low grey",
    "long high grey", "grey non-uniformity", "normalised grey non-uniformity",
    "length non-uniformity", "normalised length non-uniformity", "percentage", "grey variance",
    "length variance", "entropy",
)  # fmt: skip


def discretise(volume, mask, width: float, start: float | None = None) -> np.ndarray:
    """Return grey levels of bins of equal width, 1 at `start`, and 0 outside the region.

    Parameters
    ----------
    volume : array_like
        Any shape.
    mask : array_like of bool
        The region, the same shape.
    width : float
        Of a bin, in the unit of the volume.
    start : float, optional
        Where the first bin begins; by default the least value of the region.

    Examples
    --------
    >>> discretise([10.0, 34.0, 35.0, 99.0], [True, True, True, False], 25, start=10).tolist()
    [1, 1, 2, 0]
    """
    volume, mask = np.asarray(volume, float), np.asarray(mask, bool)
    start = volume[mask].min() if start is None else start
    return np.where(mask, np.floor((volume - start) / width).astype(int) + 1, 0)


def histogram(levels) -> dict[str, float]:
    """Return the 23 features of the histogram of grey levels 1, 2, … (0 is outside).

    The slope of the histogram is that between both neighbouring levels.
    """
    values = np.asarray(levels)[np.asarray(levels) > 0]
    counts = np.bincount(values)[values.min() :]
    p, slope = counts / counts.sum(), np.gradient(counts.astype(float))
    found = {name: float(v) for name, v in first_order(values).items()}
    del found["energy"], found["root mean square"]
    return found | {
        "mode": float(counts.argmax() + values.min()),
        "entropy": float(entropy(p)),
        "uniformity": float((p**2).sum()),
        "steepest rise": slope.max(),
        "level of the steepest rise": float(slope.argmax() + values.min()),
        "steepest fall": slope.min(),
        "level of the steepest fall": float(slope.argmin() + values.min()),
    }


def volume_histogram(levels) -> dict[str, float]:
    """Return the six features of the share of the volume that has at least a level."""
    values = np.asarray(levels)[np.asarray(levels) > 0]
    low, high = values.min(), values.max()
    level = np.arange(low, high + 2)
    share = np.array([(values >= k).mean() for k in level])
    v10, v90 = ((values >= low + f * (high - low)).mean() for f in (0.1, 0.9))
    i10, i90 = (float(level[share <= f][0]) for f in (0.1, 0.9))
    found = {"volume at 10 % intensity": v10, "volume at 90 % intensity": v90}
    found |= {"intensity at 10 % volume": i10, "intensity at 90 % volume": i90}
    return found | {"difference of volumes": v10 - v90, "difference of intensities": i10 - i90}


def cooccurrences(levels, ways=WAYS) -> np.ndarray:
    """Count which grey levels are neighbours along each way, both ways: (ways, levels, levels).

    Parameters
    ----------
    levels : array_like of int
        1, 2, … and 0 outside the region, shape (plane, row, column).
    ways : sequence of tuple of int
    """
    levels, n = np.asarray(levels), int(np.max(levels))
    counts = np.zeros((len(ways), n, n))
    for k, way in enumerate(ways):
        there = _shifted(levels, way)
        both = (levels > 0) & (there > 0)
        np.add.at(counts[k], (levels[both] - 1, there[both] - 1), 1)
    return counts + counts.transpose(0, 2, 1)


def _shifted(levels, way):
    """Return what lies one step further along a way, 0 beyond the rim."""
    wide = np.pad(levels, 1)
    part = tuple(slice(1 + k, 1 + k + n) for k, n in zip(way, levels.shape, strict=True))
    return wide[part]


def run_lengths(levels, ways=WAYS) -> np.ndarray:
    """Count runs of one grey level by their length along each way: (ways, levels, longest)."""
    levels = np.asarray(levels)
    counts = np.zeros((len(ways), int(levels.max()), max(levels.shape)))
    wide = np.pad(levels, 1)
    for k, way in enumerate(ways):
        back = tuple(-step for step in way)
        at = np.argwhere((levels > 0) & (_shifted(levels, back) != levels)) + 1  # runs begin here
        grey, length = wide[tuple(at.T)], 0
        while len(at):
            length += 1
            at = at + way
            goes_on = wide[tuple(at.T)] == grey
            np.add.at(counts[k, :, length - 1], grey[~goes_on] - 1, 1)
            at, grey = at[goes_on], grey[goes_on]
    return counts


def zones(levels, mask=None, flat: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Count zones of one grey level by their size, and by their distance to the border.

    Parameters
    ----------
    levels : array_like of int
        Shape (plane, row, column).
    mask : array_like of bool, optional
        The region whose border is meant; by default where there is a level.
    flat : bool
        Whether zones and distances stay within a plane.

    Returns
    -------
    sizes, distances : numpy.ndarray
        Shape (levels, largest) and (levels, farthest).
    """
    levels = np.asarray(levels)
    mask = levels > 0 if mask is None else np.asarray(mask, bool)
    near = np.ones((3, 3, 3))
    cross = ndimage.generate_binary_structure(3, 1)
    if flat:
        near[[0, 2]] = cross[[0, 2]] = False
    depth, left = np.zeros(levels.shape, int), np.pad(mask, 1)
    while left.any():
        depth += left[1:-1, 1:-1, 1:-1]
        left = ndimage.binary_erosion(left, cross)
    found = []
    for grey in np.unique(levels[levels > 0]):
        names, n = ndimage.label(levels == grey, near)
        size = np.bincount(names.ravel())[1:]
        far = ndimage.minimum(depth, names, np.arange(1, n + 1)).astype(int)
        found.append(np.column_stack([np.full(n, grey), size, far]))
    grey, size, far = np.concatenate(found).T
    return _counted(grey, size), _counted(grey, far)


def dependences(levels, flat: bool = False) -> np.ndarray:
    """Count how many of its neighbours are of a voxel's own level, itself included.

    Shape (levels, 27), or (levels, 9) if `flat`.
    """
    levels = np.asarray(levels)
    alike = (levels > 0).astype(int)
    for way in IN_PLANE if flat else WAYS:
        for ahead in (way, tuple(-step for step in way)):
            alike += (levels > 0) & (_shifted(levels, ahead) == levels)
    return _counted(levels[levels > 0], alike[levels > 0], 9 if flat else 27)


def _counted(grey, length, longest=None):
    """Return a matrix that counts pairs of level and length, both from 1."""
    counts = np.zeros((grey.max(), longest or length.max()))
    np.add.at(counts, (grey - 1, length - 1), 1)
    return counts


def emphases(counts, voxels: float) -> dict[str, float]:
    """Return the sixteen features (`EMPHASES`) of runs, zones, distances or dependences.

    Parameters
    ----------
    counts : array_like
        Shape (levels, lengths).
    voxels : float
        Of the region; times the number of ways if matrices were merged.
    """
    counts = np.asarray(counts, float)
    n = counts.sum()
    p = counts / n
    i, j = np.indices(counts.shape) + 1.0
    grey, length = counts.sum(1), counts.sum(0)
    powers = ((0, -2), (0, 2), (-2, 0), (2, 0), (-2, -2), (2, -2), (-2, 2), (2, 2))
    values = [(p * i**a * j**b).sum() for a, b in powers]
    values += [(grey**2).sum() / n, (grey**2).sum() / n**2]
    values += [(length**2).sum() / n, (length**2).sum() / n**2, n / voxels]
    values += [(p * (k - (p * k).sum()) ** 2).sum() for k in (i, j)]
    return dict(zip(EMPHASES, [float(v) for v in (*values, entropy(p.ravel()))], strict=True))


def tone_differences(levels, flat: bool = False) -> dict[str, float]:
    """Return the five features of how voxels differ from the mean of their neighbours (NGTDM)."""
    levels = np.asarray(levels)
    total, number = np.zeros(levels.shape), np.zeros(levels.shape)
    for way in IN_PLANE if flat else WAYS:
        for ahead in (way, tuple(-step for step in way)):
            there = _shifted(levels, ahead)
            total += there
            number += there > 0
    some = (levels > 0) & (number > 0)
    grey = levels[some]
    differences = np.abs(grey - total[some] / number[some])
    s, n = np.bincount(grey, differences)[1:], np.bincount(grey)[1:]
    i = np.flatnonzero(n) + 1.0
    s, p, voxels = s[n > 0], n[n > 0] / n.sum(), n.sum()
    apart, both = np.abs(i[:, None] - i), p[:, None] + p
    contrast = (p[:, None] * p * apart**2).sum() / (len(i) * (len(i) - 1))
    return {
        "coarseness": float(1 / (p * s).sum()),
        "contrast": float(contrast * s.sum() / voxels),
        "busyness": float((p * s).sum() / np.abs((i * p)[:, None] - i * p).sum()),
        "complexity": float((apart * ((p * s)[:, None] + p * s) / both).sum() / voxels),
        "strength": float((both * apart**2).sum() / s.sum()),
    }


def shape(mask, spacing_mm, volume=None, inside=None) -> dict[str, float]:
    """Return the features of a region's shape; with its intensities, of where they lie, too.

    Parameters
    ----------
    mask : array_like of bool
        Shape (plane, row, column).
    spacing_mm : sequence of float
        Of neighbouring voxels (plane, row, column).
    volume : array_like, optional
        Intensities.
    inside : array_like of bool, optional
        The voxels whose intensities count; by default those of the mask.
    """
    mask, step = np.asarray(mask, bool), np.asarray(spacing_mm, float)
    points, faces, *_ = marching_cubes(np.pad(mask, 1).astype(float), 0.5, spacing=tuple(step))
    corners = points[faces] - points.mean(0)
    v = abs(np.linalg.det(corners).sum()) / 6
    area = float(mesh_surface_area(points, faces))
    hull = ConvexHull(points)
    at = np.argwhere(mask) * step
    least, minor, major = np.sqrt(np.linalg.eigvalsh(np.cov(at.T)))
    box = np.ptp(points, axis=0)
    sphere = (36 * np.pi * v**2) ** (1 / 3)
    a, b, c = 2 * major, 2 * minor, 2 * least
    found = {
        "volume": v,
        "volume by counting": mask.sum() * step.prod(),
        "surface": area,
        "surface to volume": area / v,
        "compactness 1": v / (np.pi**0.5 * area**1.5),
        "compactness 2": 36 * np.pi * v**2 / area**3,
        "spherical disproportion": area / sphere,
        "sphericity": sphere / area,
        "asphericity": area / sphere - 1,
        "diameter": pdist(points[hull.vertices]).max(),
        "major axis": 4 * major,
        "minor axis": 4 * minor,
        "least axis": 4 * least,
        "elongation": minor / major,
        "flatness": least / major,
        "volume density, box": v / box.prod(),
        "area density, box": area / (2 * (box.prod() / box).sum()),
        "volume density, ellipsoid": v / (4 / 3 * np.pi * a * b * c),
        "area density, ellipsoid": area / _ellipsoid_area(a, b, c),
        "volume density, hull": v / hull.volume,
        "area density, hull": area / hull.area,
    }
    if volume is not None:
        inside = mask if inside is None else np.asarray(inside, bool)
        found |= _placed(np.asarray(volume, float), inside, at.mean(0), step, v)
    return {name: float(value) for name, value in found.items()}


def _ellipsoid_area(a, b, c):
    """Return the surface of an ellipsoid with half axes a ≥ b ≥ c: twenty-one Legendre terms."""
    # The eccentricities; those of a ball, 0, would be divided by.
    alpha, beta = np.sqrt(np.maximum([1 - b**2 / a**2, 1 - c**2 / a**2], 1e-18))
    k, middle = np.arange(21), (alpha**2 + beta**2) / (2 * alpha * beta)
    terms = (alpha * beta) ** k / (1 - 4 * k**2) * eval_legendre(k, middle)
    return 4 * np.pi * a * b * terms.sum()


def _placed(volume, inside, centre, step, v):
    """Return how intensities lie in space: their middle, and whether neighbours are alike."""
    values = volume[inside]
    at = np.argwhere(inside) * step
    away = np.where(inside, volume - values.mean(), 0.0)
    grid = np.meshgrid(
        *(np.arange(1 - n, n) * s for n, s in zip(inside.shape, step, strict=True)), indexing="ij"
    )
    distance = np.sqrt(sum(g**2 for g in grid))
    weight = np.divide(1.0, distance, out=np.zeros(distance.shape), where=distance > 0)
    # Sums over all pairs of voxels, as convolutions with 1/distance.
    crowd = fftconvolve(inside * 1.0, weight, "same")[inside]
    alike = (fftconvolve(away, weight, "same") * away)[inside].sum()
    square, n = away[inside] ** 2, len(values)
    middle = (at * values[:, None]).sum(0) / values.sum()
    return {
        "shift of the centre of mass": np.linalg.norm(middle - centre),
        "integrated intensity": v * values.mean(),
        "Moran's I": n * alike / (crowd.sum() * square.sum()),
        "Geary's C": (n - 1) * (crowd @ square - alike) / (crowd.sum() * square.sum()),
    }
