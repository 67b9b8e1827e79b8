"""A mole as a dermatoscope shows it: a pigment network, globules, dots, and hairs that taper.

`skin` paints pigment as smooth blots, on which a task is trained. `mole` is made for the eye:
pigment lies on the ridges of the skin, which are a net, and in nests, which are globules; their
sizes are those that dermatologists give (more than 0.1 mm a globule, less a dot: Marghoob et al.,
Am. Fam. Physician 88 (2013) 441).
"""

from functools import lru_cache

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from medkit.anatomy.fields import smooth_field
from medkit.anatomy.regions.skin import NETWORK_MM, Skin, _outline


def mole(
    *,
    asymmetry: float = 0.1,
    border: float = 0.1,
    colours: int = 2,
    diameter_mm: float = 5.0,
    size: int = 256,
    field_mm: float = 12.0,
    hairs: int = 3,
    rng=None,
) -> Skin:
    """Make a patch of skin with a mole that has structure.

    Parameters
    ----------
    asymmetry, border : float
        How lopsided, and how ragged, 0 to 1.
    colours : int
        1 to 4: light brown, dark brown, black, blue-grey.
    diameter_mm : float
        Of the mole.
    size : int
        Rows and columns.
    field_mm : float
        Width of the patch.
    hairs : int
        Number of hairs.
    rng : None, int or numpy.random.Generator
        Who it is.

    Returns
    -------
    Skin

    Examples
    --------
    >>> patch = mole(diameter_mm=6.0, rng=0)
    >>> width = 2 * (patch.lesion.sum() / np.pi) ** 0.5 * patch.spacing_mm
    >>> bool(5 < width < 7)
    True
    """
    body, look, disease = np.random.default_rng(rng).spawn(3)
    shape, spacing = (size, size), field_mm / size
    skin, nests, ridges, strength, fine = _ground(shape, spacing, int(look.integers(2**32)))
    sources = disease.integers(2**32, size=8)

    def field(width_mm, k):
        return _field(shape, width_mm / spacing, int(sources[k]))

    facts = {"asymmetry": asymmetry, "border": border, "diameter_mm": diameter_mm}
    inside, edge_mm = _outline(
        facts, shape, spacing, disease, lambda shape, w, _: _field(shape, w[0], int(sources[7]))
    )
    melanin = body.uniform(0.05, 0.2) * skin[0]
    blood = body.uniform(0.2, 0.6) * skin[1] + inside * body.uniform(0.05, 0.25)

    # Inside all is pigmented, at the rim only the ridges: so a mole fades out as a net.
    depth = np.clip(edge_mm / (0.22 * diameter_mm), -1, 1.2)
    mottle = 1 + 0.14 * field(0.8, 0) + 0.12 * field(0.3, 1) + 0.1 * fine
    flat = inside * (0.30 + 0.22 * np.clip(depth, 0, 1))
    net = 1 / (1 + np.exp(-(edge_mm + 0.25) / 0.16)) * (0.62 - 0.30 * np.clip(depth, 0, 1))
    pigment = mottle * (flat + strength * net * ridges)
    pigment *= 1 + 0.5 * asymmetry * np.tanh(field(1.6, 2))
    deep = np.zeros(shape)
    for k, amount in zip(range(1, colours), (0.7, 1.4, 1.0), strict=False):
        # Each further colour is a part of the mole: its middle if harmless, anywhere if not.
        part = (1 - asymmetry) * (1.9 * depth - 1.15) + field(0.14 * diameter_mm, 2 + k)
        part = 1 / (1 + np.exp(-3 * (part - (0.25 if k == 1 else 0.5)))) * inside
        if k < 3:
            pigment += amount * part * mottle * (0.75 + 0.5 * ridges)
        else:
            deep = 1.7 * amount * ndimage.gaussian_filter(part, 0.12 / spacing)
            pigment *= 1 - 0.55 * part
    pigment += nests * np.clip(field(0.5, 6) + 0.3, 0, 1) * (edge_mm > 0.15) * 0.85
    return Skin(
        np.maximum(melanin + pigment, 0).astype(np.float32),
        deep.astype(np.float32),
        np.maximum(blood, 0).astype(np.float32),
        _hairs(hairs, shape, spacing, int(look.integers(2**32))),
        edge_mm > 0,
        spacing,
    )


@lru_cache(maxsize=64)
def _field(shape, width, seed):
    """Return one smooth field; most of them stay as they are while one slider moves."""
    return smooth_field(shape, (width, width), seed)


@lru_cache(maxsize=8)
def _ground(shape, spacing, seed):
    """Return what is there without a mole: (melanin, blood) about 1, nests, ridges, noise."""
    rng = np.random.default_rng(seed)
    ridges, nests = _net(shape, spacing, rng)
    fine = smooth_field(shape, 2 * (0.1 / spacing,), rng)
    wide, coarse, spots = (smooth_field(shape, 2 * (w / spacing,), rng) for w in (1.6, 0.9, 0.25))
    melanin = 1 + 0.12 * wide + 0.18 * fine + 0.35 * ridges
    # Fine vessels shine through.
    blood = 1 - 0.15 * wide + 0.12 * coarse + 0.08 * fine + 0.4 * np.clip(spots - 1.4, 0, 1)
    return (melanin, blood), nests, ridges, np.clip(0.75 + 0.4 * coarse, 0.15, 1.5), fine


def _net(shape, spacing, rng):
    """Return the ridges of the skin, 0 to 1, and nests of pigment: globules and dots.

    The holes of the net are the cells about points of a grid that has been shaken.
    """
    step = NETWORK_MM / spacing
    row, column = np.mgrid[-2 : shape[0] / step / 0.866 + 2, -2 : shape[1] / step + 2]
    points = np.stack([row * 0.866, column + 0.5 * (row % 2)], axis=-1).reshape(-1, 2) * step
    points += rng.normal(0, 0.24 * step, points.shape)
    at = np.indices(shape, np.float32)
    at += 0.45 * step * np.stack([smooth_field(shape, 2 * (2 * step,), rng) for _ in "yx"])
    away, _ = cKDTree(points).query(at.reshape(2, -1).T, k=2)
    wall = (away[:, 1] - away[:, 0]).reshape(shape) * spacing
    width = 0.055 * np.clip(1 + 0.35 * smooth_field(shape, 2 * (0.8 / spacing,), rng), 0.4, 2)
    nests = np.zeros(shape, np.float32)
    rows, columns = np.indices(shape, np.float32) * spacing
    for at in points[rng.random(len(points)) < 0.16] * spacing:
        radius = rng.choice([0.04, 0.075, 0.11], p=[0.4, 0.4, 0.2]) * rng.uniform(0.8, 1.25)
        edges = np.maximum(0, (np.add(at, [[-0.3], [0.3]]) / spacing).astype(int))
        near = tuple(slice(first, last) for first, last in edges.T)
        apart = np.hypot(rows[near] - at[0], columns[near] - at[1])
        spot = 1 / (1 + np.exp((apart - radius) / 0.018))
        nests[near] = np.maximum(nests[near], spot)
    return np.exp(-((wall / width) ** 2)), nests


@lru_cache(maxsize=8)
def _hairs(n, shape, spacing, seed):
    """Return the cover of n hairs that cross, bend, and taper from 0.08 mm to a point."""
    rng, fine = np.random.default_rng(seed), 3  # about a pixel thick: drawn finer, then averaged
    cover = np.zeros((fine * shape[0], fine * shape[1]), np.float32)
    rows, columns = cover.shape
    way = rng.uniform(0, np.pi)
    for _ in range(n):
        long = rng.uniform(4, 11) / spacing * fine
        t = np.linspace(0, 1, int(2 * long))
        heading = way + rng.normal(0, 0.6) + rng.normal(0, 0.9) * t + rng.normal(0, 0.5) * t**2
        start = rng.uniform(-0.1, 0.9, 2) * cover.shape
        row = start[0] + np.cumsum(np.sin(heading)) * long / len(t)
        column = start[1] + np.cumsum(np.cos(heading)) * long / len(t)
        thick = rng.uniform(0.05, 0.085) / spacing * fine * (1 - t) ** 0.5
        reach = int(np.ceil(thick.max() / 2 + 1))
        for dy in range(-reach, reach + 1):
            for dx in range(-reach, reach + 1):
                i, j = np.round(row).astype(int) + dy, np.round(column).astype(int) + dx
                seen = (i >= 0) & (i < rows) & (j >= 0) & (j < columns)
                value = np.clip(thick / 2 + 0.5 - np.hypot(i - row, j - column), 0, 1)[seen]
                np.maximum.at(cover, (i[seen], j[seen]), value.astype(np.float32))
    return 0.9 * cover.reshape(shape[0], fine, shape[1], fine).mean(axis=(1, 3))
