"""ABCD of a skin lesion: asymmetry, border, colours and diameter, measured in a picture."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from skimage.filters import threshold_otsu

from medkit.physics.optics.dermoscopy import COLOURS


@dataclass(frozen=True)
class ABCD:
    """What the rule looks at.

    Parameters
    ----------
    asymmetry : float
        Part of the lesion that its mirror image does not cover, 0 to 1.
    border : float
        Perimeter over that of a disc of the same area: 1 for a disc.
    colours : tuple of str
        Those that fill enough of the lesion.
    diameter_mm : float
        Largest distance across.

    References
    ----------
    Nachbar et al., J. Am. Acad. Dermatol. 30 (1994) 551, doi:10.1016/S0190-9622(94)70061-3.
    """

    asymmetry: float
    border: float
    colours: tuple[str, ...]
    diameter_mm: float


def measure(picture: np.ndarray, spacing_mm: float = 1.0, *, lesion=None) -> ABCD:
    """Measure the ABCD of a picture.

    Parameters
    ----------
    picture : array_like of uint8, shape (row, column, 3)
        Dermoscopic photograph.
    spacing_mm : float
        Size of a pixel; without it the diameter is in pixels.
    lesion : array_like of bool, optional
        Where the lesion is; found by `find_lesion` if not given.

    Returns
    -------
    ABCD

    Raises
    ------
    ValueError
        If no lesion is found, or the mask is empty.
    """
    lesion = find_lesion(picture) if lesion is None else np.asarray(lesion, bool)
    if not lesion.any():
        raise ValueError("no lesion in the picture; give its mask as lesion=…")
    return ABCD(
        asymmetry(lesion), border(lesion), colours(picture, lesion), diameter(lesion) * spacing_mm
    )


def remove_hair(picture: np.ndarray, width: int = 9) -> np.ndarray:
    """Replace thin dark lines by what is beside them.

    A closing (maximum, then minimum, along a line) lifts whatever is dark and narrower
    than the line; the least of four directions spares what is not thin in all of them.

    Parameters
    ----------
    picture : array_like of uint8, shape (row, column, 3)
        Photograph.
    width : int
        Length of the line, in pixels.

    Returns
    -------
    ndarray of uint8

    References
    ----------
    After Lee et al., Comput. Biol. Med. 27 (1997) 533, doi:10.1016/S0010-4825(97)00020-6.
    """
    picture = np.asarray(picture, np.uint8)
    grey = picture.min(axis=-1)
    lines = [
        np.ones((1, width), bool),
        np.ones((width, 1), bool),
        np.eye(width, dtype=bool),
        np.eye(width, dtype=bool)[::-1],
    ]
    closed = np.max([ndimage.grey_closing(grey, footprint=line) for line in lines], axis=0)
    hair = ndimage.binary_dilation(closed.astype(int) - grey > 28, iterations=1)
    if not hair.any():
        return picture.copy()
    nearest = ndimage.distance_transform_edt(hair, return_distances=False, return_indices=True)
    return picture[tuple(nearest)]


def find_lesion(picture: np.ndarray, field: np.ndarray | None = None) -> np.ndarray:
    """Mark the lesion: what differs most from the skin at the border of the picture.

    Parameters
    ----------
    picture : array_like of uint8, shape (row, column, 3)
        Photograph of one lesion with skin around it.
    field : array_like of bool, shape (row, column), optional
        What the lens shows; everything if not given.

    Returns
    -------
    ndarray of bool, shape (row, column)

    Notes
    -----
    Otsu's threshold on the difference to a smooth fit of the skin; lesions that reach the
    border of the picture, or are as pale as the skin, are missed.
    """
    smooth = max(1.0, np.shape(picture)[0] / 150)
    soft = ndimage.gaussian_filter(
        remove_hair(picture).astype(np.float32), (smooth, smooth, 0), truncate=3
    )
    density = -np.log((soft.mean(axis=-1) + 4) / 259)
    rows, columns = density.shape
    edge = np.ones_like(density, bool)
    edge[rows // 8 : -(rows // 8), columns // 8 : -(columns // 8)] = False
    if field is not None:
        edge = field & ~ndimage.binary_erosion(field, iterations=rows // 8)
    row, column = (np.linspace(-1, 1, n) for n in density.shape)
    terms = np.stack(
        np.broadcast_arrays(1.0, row[:, None], column, row[:, None] ** 2 + column**2), axis=-1
    )
    fit, *_ = np.linalg.lstsq(terms[edge], density[edge], rcond=None)
    darker = density - terms @ fit
    # The corners of the picture are dark too, by the lens: large and central wins.
    square = row[:, None] ** 2 + column**2
    seen = square < 1.2 if field is None else field
    if field is not None:
        # A black part must not make the threshold overlook a brown one.
        darker = np.where(seen, np.minimum(darker, 0.35), 0)
    threshold = threshold_otsu(np.clip(darker[seen], 0, None))
    dark = ndimage.binary_opening(darker > threshold, iterations=max(1, rows // 150))
    pieces, n_pieces = ndimage.label(dark)
    if not n_pieces:
        return dark
    weights = ndimage.sum_labels(np.exp(-2 * square), pieces, np.arange(1, n_pieces + 1))
    return ndimage.binary_fill_holes(pieces == 1 + np.argmax(weights))


def asymmetry(lesion: np.ndarray) -> float:
    """Return the part of a lesion that its mirror images do not cover, mean of both axes.

    The mirrors are its principal axes through its centre.

    >>> square = np.zeros((9, 9), bool)
    >>> square[2:7, 3:6] = True
    >>> asymmetry(square)
    0.0
    """
    lesion = np.asarray(lesion, bool)
    at = np.argwhere(lesion).astype(float)
    centre = at.mean(axis=0)
    _, axes = np.linalg.eigh(np.cov((at - centre).T))
    missed = []
    for axis in axes.T:
        mirror = np.eye(2) - 2 * np.outer(axis, axis)
        image = ndimage.affine_transform(
            lesion.astype(np.float32), mirror, centre - mirror @ centre, order=1
        )
        missed.append(np.mean(image[lesion] < 0.5))
    return float(np.mean(missed))


def border(lesion: np.ndarray) -> float:
    """Return the perimeter of a lesion over that of a disc of the same area.

    The perimeter is the sum of the gradient of the slightly blurred mask (co-area formula),
    which does not count the pixels' steps.

    >>> at = np.arange(101) - 50
    >>> round(border(np.hypot(at, at[:, None]) < 30), 2)
    1.0
    """
    padded = np.pad(np.asarray(lesion, np.float32), 6)
    soft = ndimage.gaussian_filter(padded, 1.2)
    perimeter = np.hypot(*np.gradient(soft)).sum()
    return float(perimeter / (2 * np.sqrt(np.pi * padded.sum())))


def colours(picture: np.ndarray, lesion: np.ndarray, share: float = 0.05) -> tuple[str, ...]:
    """Return which of the six dermoscopic colours fill at least `share` of a lesion.

    The picture is first scaled so that the skin around the lesion has the usual colour,
    which takes away lamp and camera.
    """
    picture, lesion = np.asarray(picture, np.float32), np.asarray(lesion, bool)
    around = ~ndimage.binary_dilation(lesion, iterations=8)
    skin = np.median(picture[around], axis=0) if around.any() else np.full(3, 200.0)
    scaled = remove_hair(picture.astype(np.uint8))[lesion] * (USUAL_SKIN / np.maximum(skin, 1))
    names, references = list(COLOURS), np.array(list(COLOURS.values()), np.float32)
    nearest = np.argmin(((scaled[:, None] - references) ** 2).sum(axis=-1), axis=1)
    shares = np.bincount(nearest, minlength=len(names)) / max(1, len(nearest))
    return tuple(name for name, part in zip(names, shares, strict=True) if part >= share)


#: sRGB of the skin to which pictures are scaled before their colours are named.
USUAL_SKIN = np.array([215.0, 172.0, 152.0], np.float32)


def diameter(lesion: np.ndarray) -> float:
    """Return the largest distance across a mask in pixels: its widest shadow of 90.

    >>> at = np.arange(41) - 20
    >>> round(diameter(np.hypot(at, at[:, None]) <= 10))
    21
    """
    lesion = np.asarray(lesion, bool)
    at = np.argwhere(lesion & ~ndimage.binary_erosion(lesion))
    if not len(at):
        return 0.0
    angle = np.arange(90) * (np.pi / 90)
    shadow = at @ np.stack([np.sin(angle), np.cos(angle)])
    return float((shadow.max(axis=0) - shadow.min(axis=0)).max() + 1)
