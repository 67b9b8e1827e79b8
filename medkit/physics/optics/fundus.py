"""Fundus photography: the back of the eye in colour, and its vessels found and scored.

Of red, green and blue, blood absorbs green most, so vessels are dark lines in the green
channel. A line of width about 2σ has a large second derivative across it at the scale σ and a
small one along it; Frangi's filter turns that into a number from 0 to 1 for every pixel.
"""

import numpy as np
from scipy import ndimage


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


def field_of_view(picture: np.ndarray, threshold: float = 25.0) -> np.ndarray:
    """Return the disc that the camera sees, as a mask (row, column), holes filled.

    Parameters
    ----------
    picture : array_like of uint8, shape (row, column, 3)
        Colour photograph.
    threshold : float
        Brightness, 0 to 255, that the black surround does not reach.
    """
    bright = np.asarray(picture)[..., :3].max(axis=-1) > threshold
    pieces, n_pieces = ndimage.label(ndimage.binary_opening(bright, iterations=2))
    if not n_pieces:
        return bright
    largest = np.argmax(np.bincount(pieces.ravel())[1:]) + 1
    return ndimage.binary_fill_holes(pieces == largest)


def flat_green(picture: np.ndarray, mask: np.ndarray, width: float | None = None) -> np.ndarray:
    """Return the green channel with even light: each pixel relative to its surroundings.

    Parameters
    ----------
    picture : array_like of uint8, shape (row, column, 3)
        Colour photograph.
    mask : array_like of bool, shape (row, column)
        Field of view; outside is 0.
    width : float, optional
        Standard deviation of the surroundings, in pixels; a fortieth of the image's width
        if not given.

    Returns
    -------
    ndarray of float32, shape (row, column)
        Mean 0 and about 1 in deviation, locally; dark vessels are negative.
    """
    green = np.asarray(picture)[..., 1].astype(np.float32)
    mask = np.asarray(mask, bool)
    width = width or green.shape[1] / 40
    weight = _blur(mask.astype(np.float32), width) + np.float32(1e-3)
    mean = _blur(green * mask, width) / weight
    rest = (green - mean) * mask
    spread = np.sqrt(_blur(rest**2, 2 * width) / (_blur(mask.astype(np.float32), 2 * width) + 1e-3))
    return rest / (spread + 1)


def vesselness(
    image: np.ndarray,
    scales: tuple[float, ...] = (1.5, 2.5, 4.0),
    *,
    beta: float = 0.5,
    dark: bool = True,
) -> np.ndarray:
    """Return how much each pixel lies on a line, after Frangi.

    With the eigenvalues λ₁, λ₂ of the Hessian at scale σ, λ₂ the larger in modulus,
    R = λ₁/λ₂ and S² = λ₁² + λ₂²,

        V = e^{−R²/2β²} (1 − e^{−S²/2c²})   where λ₂ > 0 (dark lines), else 0,

    the largest over the scales; c is half of the largest S.

    Parameters
    ----------
    image : array_like, shape (row, column)
        Grey image, such as `flat_green`'s.
    scales : tuple of float
        Standard deviations σ in pixels; about half the widths of the lines.
    beta : float
        How strictly blobs are left out.
    dark : bool
        Whether lines are darker than their surroundings.

    Returns
    -------
    ndarray of float32, shape (row, column)
        From 0 to 1.

    References
    ----------
    Frangi et al., MICCAI 1998, doi:10.1007/BFb0056195.

    Examples
    --------
    >>> image = np.zeros((21, 21))
    >>> image[10] = -1.0
    >>> seen = vesselness(image, (1.0,))
    >>> bool(seen[10, 10] > 0.5), float(seen[3, 10])
    (True, 0.0)
    """
    image = np.asarray(image, np.float32) * np.float32(1 if dark else -1)
    best = np.zeros(image.shape, np.float32)
    for sigma in scales:
        down, along, mixed = hessian(image, sigma)
        np.maximum(best, _frangi(down, along, mixed, np.float32(beta)), out=best)
    return best


def hessian(image: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the second derivatives of a blurred image, times σ² to compare scales.

    Returns
    -------
    tuple of ndarray of float32
        Down-down, along-along and down-along.
    """
    soft = _blur(np.asarray(image, np.float32), sigma) * np.float32(sigma**2)
    down, along = np.gradient(soft)
    return np.gradient(down, axis=0), np.gradient(along, axis=1), np.gradient(down, axis=1)


def line_strength(
    image: np.ndarray, scales: tuple[float, ...] = (1.5, 2.5, 4.0), *, dark: bool = True
) -> np.ndarray:
    """Return the largest second derivative across a line, less that along it, over scales.

    It keeps the strength that Frangi's formula throws away at crossings and turns, and
    so ranks the pixels of a fundus better.

    Parameters and result are those of `vesselness`; the unit is the image's.
    """
    image = np.asarray(image, np.float32) * np.float32(1 if dark else -1)
    best = np.zeros(image.shape, np.float32)
    for sigma in scales:
        down, along, mixed = hessian(image, sigma)
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


def _frangi(down, along, mixed, beta):
    """Return Frangi's measure of one scale."""
    squares = down**2 + along**2 + 2 * mixed**2
    half, root = (down + along) / 2, np.sqrt(((down - along) / 2) ** 2 + mixed**2)
    line = half > 0  # the larger eigenvalue has the sign of the trace
    ratio = (half - root)[line] / (half + root)[line]
    c2 = np.float32(0.25 * squares.max() or 1)
    value = np.zeros_like(half)
    value[line] = np.exp(-(ratio**2) / (2 * beta**2)) * (1 - np.exp(-squares[line] / (2 * c2)))
    return value
