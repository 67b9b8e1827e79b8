"""Fundus photography: the back of the eye in colour, and its vessels found and scored.

Of red, green and blue, blood absorbs green most, so vessels are dark lines in the green
channel. A line of width about 2σ has a large second derivative across it at the scale σ and a
small one along it.
"""

import numpy as np
from scipy import ndimage

#: Brightness, 0 to 255, that the black surround of a photograph does not reach.
BLACK = 25


def photograph(size: int = 705) -> np.ndarray:
    """Return the real photograph of a healthy left eye that comes with scikit-image.

    Parameters
    ----------
    size : int
        Rows and columns; the original has 1411.

    Returns
    -------
    ndarray of uint8, shape (size, size, 3)

    References
    ----------
    Häggström, WikiJournal of Medicine 1 (2014) 2, doi:10.15347/wjm/2014.008 (public domain).
    """
    from PIL import Image
    from skimage import data

    picture = Image.fromarray(data.retina()).resize((size, size), Image.Resampling.BOX)
    return np.asarray(picture)


def microaneurysms() -> np.ndarray:
    """Return the real detail of a diabetic eye, green channel, that comes with scikit-image.

    Returns
    -------
    ndarray of uint8, shape (102, 102)

    References
    ----------
    Budai et al., Int. J. Biomed. Imaging 2013, 154860, doi:10.1155/2013/154860 (CC0).
    """
    from skimage import data

    return data.microaneurysms()


def field_of_view(picture: np.ndarray) -> np.ndarray:
    """Return the disc that the camera sees, as a mask (row, column), holes filled.

    Parameters
    ----------
    picture : array_like of uint8, shape (row, column, 3)
        Colour photograph.
    """
    bright = np.asarray(picture)[..., :3].max(axis=-1) > BLACK
    pieces, n_pieces = ndimage.label(ndimage.binary_opening(bright, iterations=2))
    if not n_pieces:
        return bright
    largest = np.argmax(np.bincount(pieces.ravel())[1:]) + 1
    return ndimage.binary_fill_holes(pieces == largest)


def flat_green(picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return the green channel with even light: each pixel relative to its surroundings.

    These are as far as a fortieth of the image's width, the standard deviation of a blur.

    Parameters
    ----------
    picture : array_like of uint8, shape (row, column, 3)
        Colour photograph.
    mask : array_like of bool, shape (row, column)
        Field of view; outside is 0.

    Returns
    -------
    ndarray of float32, shape (row, column)
        Mean 0 and about 1 in deviation, locally; dark vessels are negative.
    """
    green = np.asarray(picture)[..., 1].astype(np.float32)
    mask = np.asarray(mask, bool)
    width = green.shape[1] / 40
    weight = _blur(mask.astype(np.float32), width) + np.float32(1e-3)
    mean = _blur(green * mask, width) / weight
    rest = (green - mean) * mask
    spread = np.sqrt(_blur(rest**2, 2 * width) / (_blur(mask.astype(np.float32), 2 * width) + 1e-3))
    return rest / (spread + 1)


def line_strength(image: np.ndarray, scales: tuple[float, ...]) -> np.ndarray:
    """Return how much each pixel lies on a dark line, over scales.

    It is the largest second derivative across the line, less that along it, of the image
    blurred by σ, times σ² to compare scales. That keeps the strength that Frangi's formula
    throws away at crossings and turns, and so ranks the pixels of a fundus better.

    Parameters
    ----------
    image : array_like, shape (row, column)
        Grey image, such as `flat_green`'s.
    scales : tuple of float
        Standard deviations σ in pixels; about half the widths of the lines.

    Returns
    -------
    ndarray of float32, shape (row, column)
        In the unit of the image.

    References
    ----------
    After Frangi et al., MICCAI 1998, doi:10.1007/BFb0056195.

    Examples
    --------
    >>> image = np.zeros((21, 21))
    >>> image[10] = -1.0
    >>> seen = line_strength(image, (1.0,))
    >>> bool(seen[10, 10] == seen.max() > 0.1), float(seen[3, 10])
    (True, 0.0)
    """
    best = np.zeros(np.shape(image), np.float32)
    for sigma in scales:
        soft = _blur(np.asarray(image, np.float32), sigma) * np.float32(sigma**2)
        slopes = np.gradient(soft)
        down, along = np.gradient(slopes[0], axis=0), np.gradient(slopes[1], axis=1)
        mixed = np.gradient(slopes[0], axis=1)
        half, root = (down + along) / 2, np.sqrt(((down - along) / 2) ** 2 + mixed**2)
        np.maximum(best, half + root - np.abs(half - root), out=best)
    return best


def segment(
    picture: np.ndarray, *, share: float = 0.115, min_pixels: int = 60, mask=None
) -> tuple[np.ndarray, np.ndarray]:
    """Find the vessels of a colour photograph.

    Parameters
    ----------
    picture : array_like of uint8, shape (row, column, 3)
        Colour photograph, with a field of view some 600 to 1200 pixels wide.
    share : float
        Part of the field of view that vessels cover: sets the threshold.
    min_pixels : int
        Smaller pieces are dropped.
    mask : array_like of bool, optional
        Field of view; found if not given.

    Returns
    -------
    vessels : ndarray of bool, shape (row, column)
    strength : ndarray of float32, shape (row, column)
        What was thresholded, for an ROC curve.
    """
    mask = field_of_view(picture) if mask is None else np.asarray(mask, bool)
    unit = np.sqrt(mask.sum() / 670_000)  # scales grow with the camera's resolution
    # Next to something bright all else looks dark: spots and the disc's edge are cut off.
    strength = line_strength(
        np.minimum(flat_green(picture, mask), 0.5), tuple(unit * s for s in (1.8, 2.8, 4.2, 6.0))
    )
    # The rim of the field of view is a line too, but of no interest.
    inside = ndimage.binary_erosion(mask, iterations=max(1, round(6 * unit)))
    strength = strength * inside
    vessels = strength > np.quantile(strength[mask], 1 - share)
    pieces, _ = ndimage.label(vessels, np.ones((3, 3)))
    return vessels & (np.bincount(pieces.ravel()) >= min_pixels)[pieces], strength


def dice(a: np.ndarray, b: np.ndarray, mask: np.ndarray | None = None) -> float:
    """Return the overlap of two masks: twice what both hold over the sum of both.

    Examples
    --------
    >>> round(dice([True, True, False], [True, False, False]), 3)
    0.667
    """
    a, b = np.asarray(a, bool), np.asarray(b, bool)
    if mask is not None:
        a, b = a[mask], b[mask]
    total = int(a.sum()) + int(b.sum())
    return 2 * int((a & b).sum()) / total if total else 1.0


def _blur(image, sigma):
    return ndimage.gaussian_filter(image, sigma, mode="nearest", truncate=3.0)
