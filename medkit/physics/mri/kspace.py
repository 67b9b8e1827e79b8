"""k-space: what an MR scanner measures, and which part of it.

Images and k-spaces are arrays (…, row, column). The Fourier transform is unitary
and centred: frequency zero, and the middle of the image, are at index n // 2, so
energy and noise are the same on both sides (Parseval). Rows of k-space are the
phase-encoding lines, one a repetition; columns are read out at once.
"""

import numpy as np
import scipy.fft

from medkit.physics.linear import LinearOperator


def to_kspace(image: np.ndarray, axes=(-2, -1)) -> np.ndarray:
    """Fourier transform an image: unitary, frequency zero in the middle.

    Parameters
    ----------
    image : ndarray, shape (…, row, column)
        Real or complex.
    axes : tuple of int
        Axes to transform.

    Returns
    -------
    ndarray of complex64, same shape
    """
    return _centred(scipy.fft.fftn, image, axes)


def to_image(kspace: np.ndarray, axes=(-2, -1)) -> np.ndarray:
    """Invert `to_kspace`, which is also its adjoint."""
    return _centred(scipy.fft.ifftn, kspace, axes)


def _centred(transform, array, axes):
    shifted = scipy.fft.ifftshift(np.asarray(array, np.complex64), axes)
    return scipy.fft.fftshift(transform(shifted, axes=axes, norm="ortho", overwrite_x=True), axes)


def sampled_lines(
    n_lines: int,
    pattern: str = "full",
    *,
    acceleration: float = 1.0,
    calibration_lines: int = 0,
    rng=0,
) -> np.ndarray:
    """Choose which phase-encoding lines are measured.

    Parameters
    ----------
    n_lines : int
        Lines of the full k-space.
    pattern : {"full", "regular", "random"}
        All; every R-th, for parallel imaging; or at random, denser in the middle, for
        compressed sensing.
    acceleration : float
        Full number of lines over measured ones, R; a whole number for "regular", where
        the calibration lines come on top.
    calibration_lines : int
        Lines in the middle that are always measured.
    rng : None, int or numpy.random.Generator
        Chance of "random".

    Returns
    -------
    ndarray of bool, shape (n_lines,)

    Raises
    ------
    ValueError
        If the pattern is unknown or the acceleration does not fit it.

    Examples
    --------
    >>> sampled_lines(8, "regular", acceleration=2).astype(int)
    array([1, 0, 1, 0, 1, 0, 1, 0])
    """
    line = np.arange(n_lines) - n_lines // 2
    middle = (line >= -(calibration_lines // 2)) & (line < (calibration_lines + 1) // 2)
    if pattern == "full":
        return np.ones(n_lines, bool)
    if pattern == "regular":
        if acceleration != int(acceleration) or acceleration < 1:
            raise ValueError(f"a regular pattern needs a whole acceleration, got {acceleration}")
        return (line % int(acceleration) == 0) | middle
    if pattern == "random":
        return _random_lines(line, middle, round(n_lines / acceleration), rng)
    raise ValueError(f"no pattern {pattern!r}; there are: full, regular, random")


def _random_lines(line, middle, wanted, rng):
    """Draw lines without repeating one, with a chance that falls off from the middle."""
    chance = np.where(middle, 0, (1 - np.abs(line) / (line.size / 2 + 1)) ** 2)
    more = max(0, min(wanted - int(middle.sum()), int((chance > 0).sum())))
    chosen = middle.copy()
    drawn = np.random.default_rng(rng).choice(
        line.size, size=more, replace=False, p=chance / chance.sum() if more else None
    )
    chosen[drawn] = True
    return chosen


class CartesianFourier(LinearOperator):
    """Images → their k-spaces, at the measured points only (elsewhere 0).

    Parameters
    ----------
    mask : ndarray of bool, shape (rows,), (rows, 1) or (rows, columns)
        Which lines, or points, are measured.
    shape : tuple of int
        Rows and columns.
    n_images : int, optional
        Number of images transformed together, one a coil; None for one image alone.
    """

    input_dtype = output_dtype = np.dtype(np.complex64)

    def __init__(self, mask: np.ndarray, shape, n_images: int | None = None):
        mask = np.asarray(mask, bool)
        mask = mask[:, None] if mask.ndim == 1 else mask
        self.image_shape = tuple(shape)
        self.mask = np.broadcast_to(mask, self.image_shape)
        self.input_shape = self.output_shape = (
            self.image_shape if n_images is None else (n_images, *self.image_shape)
        )
        # Where whole lines are measured, A*A acts along the rows' axis alone.
        self._axes = (-2,) if mask.shape[1] == 1 else (-2, -1)
        self._weights = scipy.fft.ifftshift(mask.astype(np.float32))

    def _forward(self, x):
        return to_kspace(x) * self.mask

    def _adjoint(self, y):
        return to_image(y * self.mask)

    def normal(self, x: np.ndarray) -> np.ndarray:
        """Return A*A x: the image folded onto itself by what was left out."""
        # A shift before and its reverse after cancel: a phase ramp either way.
        k = scipy.fft.fftn(np.asarray(x, np.complex64), axes=self._axes, norm="ortho")
        k *= self._weights
        return scipy.fft.ifftn(k, axes=self._axes, norm="ortho", overwrite_x=True)
