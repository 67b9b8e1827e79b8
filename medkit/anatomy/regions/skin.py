"""Skin with a mole or a melanoma: how much pigment and blood lies where, and the truth.

The rule of dermatologists is ABCD: asymmetry, border, colours, diameter. A lesion is made
from these four, so that what an algorithm finds can be compared with what was put in.
"""

from dataclasses import dataclass

import numpy as np

from medkit.anatomy.fields import smooth_field

#: Distance of the meshes of the pigment network, mm: that of the papillae of the skin.
NETWORK_MM = 0.28


@dataclass(frozen=True, eq=False)
class Skin:
    """A patch of skin from above.

    Parameters
    ----------
    melanin : ndarray of float32, shape (row, column)
        Pigment in the upper skin, as optical density in green light.
    deep_melanin : ndarray of float32, shape (row, column)
        Pigment below, which looks blue, as light has to cross the skin twice.
    blood : ndarray of float32, shape (row, column)
        As optical density in green light.
    hair : ndarray of float32, shape (row, column)
        Part of each pixel that hair covers.
    lesion : ndarray of bool, shape (row, column)
        The truth.
    spacing_mm : float
        Size of a pixel.
    """

    melanin: np.ndarray
    deep_melanin: np.ndarray
    blood: np.ndarray
    hair: np.ndarray
    lesion: np.ndarray
    spacing_mm: float

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and columns."""
        return self.melanin.shape


def skin(
    kind: str = "naevus",
    *,
    shape: tuple[int, int] = (300, 300),
    field_mm: float = 15.0,
    hairs: int | None = None,
    rng=None,
    **given,
) -> Skin:
    """Make a patch of skin with a lesion.

    Parameters
    ----------
    kind : str
        ``"naevus"``, a harmless mole, or ``"melanoma"``: sets how asymmetry, border, colours
        and diameter are drawn. The kinds overlap, as they do in clinics.
    shape : tuple of int
        Rows and columns.
    field_mm : float
        Width of the patch.
    hairs : int, optional
        Their number; drawn if not given.
    rng : None, int or numpy.random.Generator
        Who it is.
    **given
        In the place of what is drawn: ``asymmetry`` and ``border``, how lopsided and how
        ragged, 0 to 1; ``colours``, 1 to 4: light brown, dark brown, black, blue-grey; and
        ``diameter_mm`` of the lesion.

    Returns
    -------
    Skin

    Raises
    ------
    ValueError
        If something else is given.

    Examples
    --------
    >>> patch = skin("melanoma", diameter_mm=8.0, rng=0)
    >>> width = 2 * (patch.lesion.sum() / np.pi) ** 0.5 * patch.spacing_mm
    >>> bool(7 < width < 9)
    True
    """
    rng = np.random.default_rng(rng)
    drawn = KINDS[kind](rng)
    facts, spacing = drawn | given, field_mm / shape[1]
    if len(facts) > len(drawn):
        raise ValueError(f"no such option in {', '.join(given)}; give some of {', '.join(drawn)}")
    tan, usual_hairs = rng.uniform(0.06, 0.22), int(rng.poisson(2.5))

    inside, edge_mm = _outline(facts, shape, spacing, rng)
    melanin = tan * (1 + 0.10 * smooth_field(shape, 2 * (1.2 / spacing,), rng))
    melanin += 0.22 * tan * _network(shape, spacing, rng)
    pigment, deep = _pigment(facts, inside, edge_mm, spacing, rng)
    blood = rng.uniform(0.16, 0.5) + 0.035 * smooth_field(shape, 2 * (0.5 / spacing,), rng)
    blood += 0.05 * smooth_field(shape, 2 * (2.5 / spacing,), rng)
    blood += 0.45 * inside * rng.uniform(0.15, 1)
    return Skin(
        np.maximum(melanin + pigment, 0).astype(np.float32),
        deep.astype(np.float32),
        np.maximum(blood, 0).astype(np.float32),
        _hair(usual_hairs if hairs is None else hairs, shape, spacing, rng),
        edge_mm > 0,
        spacing,
    )


def _naevus(rng):
    return {
        "asymmetry": rng.beta(2, 7),
        "border": rng.beta(2, 8),
        "colours": int(rng.choice([1, 2, 3], p=[0.35, 0.55, 0.1])),
        "diameter_mm": float(np.clip(rng.normal(5.0, 1.3), 2.5, 9)),
    }


def _melanoma(rng):
    return {
        "asymmetry": rng.beta(5, 4),
        "border": rng.beta(4, 4),
        "colours": int(rng.choice([2, 3, 4], p=[0.25, 0.45, 0.3])),
        "diameter_mm": float(np.clip(rng.normal(7.8, 1.8), 4, 12)),
    }


#: Kind → how its ABCD is drawn.
KINDS = {"naevus": _naevus, "melanoma": _melanoma}


def _outline(facts, shape, spacing, rng, field=smooth_field):
    """Return a soft mask of the lesion, 0 to 1, and the distance inside its edge, mm."""
    row, column = ((np.arange(n) - (n - 1) / 2) * spacing for n in shape)
    row, column = row - rng.normal(0, 0.5), column - rng.normal(0, 0.5)
    angle = np.arctan2(row[:, None], column)
    radius = np.hypot(row[:, None], column)
    turn = np.linspace(-np.pi, np.pi, 361)
    wave = np.zeros_like(turn)
    for n in range(2, 7):
        size = (0.22 * facts["asymmetry"] / (n - 1) + 0.09 * (n == 2)) * rng.normal(0, 1)
        wave += size * np.cos(n * (turn - rng.uniform(0, 2 * np.pi)))
    outline = np.maximum(1 + wave, 0.35)
    # The diameter is that of a disc of the same area.
    outline *= facts["diameter_mm"] / 2 / np.sqrt(np.mean(outline[:-1] ** 2))
    edge_mm = np.interp(angle, turn, outline) - radius
    # A ragged border is torn at all scales: bays and spurs of any width, not the points of a star.
    torn = (0.05 + 0.42 * facts["border"]) * facts["diameter_mm"] / 6
    for width_mm, share in ((0.9, 0.75), (0.4, 0.5), (0.18, 0.3)):
        edge_mm += share * torn * field(shape, 2 * (width_mm / spacing,), rng)
    # A naevus fades evenly; a melanoma may stop sharply on one side and fade on the other.
    soft = 0.35 - 0.12 * facts["border"]
    soft = soft * (1 + 0.7 * facts["asymmetry"] * np.cos(angle - rng.uniform(0, 2 * np.pi)))
    return 1 / (1 + np.exp(-(edge_mm + 0.1) / (0.45 * soft))), edge_mm


def _network(shape, spacing, rng):
    """Return a honeycomb of lines, mean 0: the pigment over the ridges of the skin."""
    if spacing > NETWORK_MM / 2.5:
        return 0.0  # finer than the pixels
    row, column = (np.arange(n) * spacing for n in shape)
    # Three waves at 60° make a honeycomb; bending the plane makes it skin.
    bend = [0.22 * smooth_field(shape, 2 * (0.35 / spacing,), rng) for _ in range(2)]
    y, x = row[:, None] + bend[0], column + bend[1]
    turns = np.deg2rad([15, 75, 135]) + rng.uniform(0, 1)
    across = (x * np.cos(turn) + y * np.sin(turn) for turn in turns)
    total = sum(np.cos(2 * np.pi / NETWORK_MM * way) for way in across)
    strength = 0.65 + 0.5 * smooth_field(shape, 2 * (1.0 / spacing,), rng)  # here more, there less
    return np.clip(strength, 0, 1.4) * (np.float32(0.2) - np.clip(total / 1.5, -0.5, 1.2))


def _pigment(facts, inside, edge_mm, spacing, rng):
    """Return the lesion's melanin, above and below, as optical densities in green."""
    shape, colours, lopsided = inside.shape, facts["colours"], facts["asymmetry"]
    patches = [smooth_field(shape, 2 * (s / spacing,), rng) for s in (0.9, 0.35, 0.13)]
    mottled = 1 + 0.16 * patches[0] + 0.14 * patches[1] + 0.10 * patches[2]
    column = np.linspace(-1, 1, shape[1])
    row = np.linspace(-1, 1, shape[0])[:, None]
    way = rng.uniform(0, 2 * np.pi)
    side = 1 + 0.5 * lopsided * (row * np.sin(way) + column * np.cos(way))
    level = rng.uniform(0.45, 0.75) + 0.1 * (colours > 1)
    density = level * mottled * side
    density = density * (1 + rng.uniform(0.15, 0.5) * _network(shape, spacing, rng))
    deep = np.zeros(shape)
    where = facts["diameter_mm"] / 6
    for k, amount in zip(range(1, colours), (0.75, 1.5, 1.0), strict=False):
        # Each further colour is a part of the lesion: central in a naevus, anywhere otherwise.
        field_ = smooth_field(shape, 2 * (0.75 * where / spacing,), rng)
        central = (1 - lopsided) * (2.2 * np.clip(edge_mm / (2 * where), 0, 1.3) - 1.2)
        part = 1 / (1 + np.exp(-4 * (field_ + central - (0.3 if k == 1 else 0.6))))
        if k < 3:
            density = density + amount * part * mottled
        else:
            deep = amount * 1.6 * part * inside
            density = density * (1 - 0.6 * part)
    return inside * density, deep


def _hair(n, shape, spacing, rng):
    """Return the cover of n hairs: long, slightly bent, some 0.07 mm thick."""
    cover = np.zeros(shape, np.float32)
    length = 0.8 * shape[1]
    way = rng.uniform(0, np.pi)
    for _ in range(n):
        start = rng.uniform(-0.1, 1.0, 2) * shape
        angle, bend = way + rng.normal(0, 0.5), rng.normal(0, 0.7)
        t = np.linspace(0, rng.uniform(0.4, 1.2), 2 * round(length))
        heading = angle + bend * t
        step = length / len(t) * t[-1]
        row = start[0] + np.cumsum(np.sin(heading)) * step
        column = start[1] + np.cumsum(np.cos(heading)) * step
        at = np.floor(row).astype(int), np.floor(column).astype(int)
        shares = row - at[0], column - at[1]
        strength = min(1.0, 0.07 / spacing) * rng.uniform(0.6, 1.0)
        for down in (0, 1):
            for right in (0, 1):
                i, j = at[0] + down, at[1] + right
                seen = (i >= 0) & (i < shape[0]) & (j >= 0) & (j < shape[1])
                part = np.abs(1 - down - shares[0]) * np.abs(1 - right - shares[1])
                value = np.minimum(1, 1.6 * strength * np.sqrt(part))[seen]
                np.maximum.at(cover, (i[seen], j[seen]), value.astype(np.float32))
    return cover
