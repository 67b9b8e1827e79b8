"""Quantitative phase: a real cell, flat and outlined, and Zernike's way to see a phase.

A cell absorbs next to nothing, but light in it is slower: with the index n of the cell and
n₀ of the medium, light that crosses a thickness h lags by φ = 2π (n − n₀) h / λ. The lag is
mostly protein, so a phase image weighs a living cell: ``14_optics.ipynb`` does.
"""

import numpy as np
from scipy import fft, ndimage

#: Pixel of scikit-image's phase image of a cell, as its documentation says.
CELL_PIXEL_UM = 0.107


def flatten(phase: np.ndarray, background: np.ndarray | None = None) -> np.ndarray:
    """Subtract the plane that fits the background best, so that outside the cell φ = 0.

    Parameters
    ----------
    phase : array_like, shape (row, column)
        Unwrapped phase in rad.
    background : array_like of bool, optional
        Where nothing lies; a border of a tenth of the image on each side if not given.

    Returns
    -------
    ndarray of float32, shape (row, column)

    Examples
    --------
    >>> tilt = np.add.outer(0.1 * np.arange(20), 0.2 * np.arange(20)) + 3
    >>> float(np.abs(flatten(tilt)).max().round(5))
    0.0
    """
    phase = np.asarray(phase, float)
    if background is None:
        background = np.ones(phase.shape, bool)
        rows, columns = (max(1, n // 10) for n in phase.shape)
        background[rows:-rows, columns:-columns] = False
    row, column = (np.linspace(-1, 1, n) for n in phase.shape)
    terms = np.stack(np.broadcast_arrays(1.0, row[:, None], column), axis=-1)
    plane, *_ = np.linalg.lstsq(terms[background], phase[background], rcond=None)
    return (phase - terms @ plane).astype(np.float32)


def find_cell(phase: np.ndarray, *, smooth: float = 2.0) -> np.ndarray:
    """Mark the cell: the largest piece above a third of the phase's upper range, holes filled.

    Parameters
    ----------
    phase : array_like, shape (row, column)
        Flat phase in rad.
    smooth : float
        Standard deviation of a blur before the threshold, in pixels.

    Returns
    -------
    ndarray of bool, shape (row, column)
    """
    soft = ndimage.gaussian_filter(np.asarray(phase, np.float32), smooth)
    low, high = np.median(soft), np.percentile(soft, 99.8)
    pieces, n_pieces = ndimage.label(soft > (2 * low + high) / 3)
    if not n_pieces:
        return np.zeros(soft.shape, bool)
    largest = np.argmax(np.bincount(pieces.ravel())[1:]) + 1
    return ndimage.binary_fill_holes(pieces == largest)


def bright_field(field: np.ndarray) -> np.ndarray:
    """Return what a plain microscope shows of a wave, O O*: a pure phase stays invisible."""
    return np.abs(np.asarray(field, np.complex64)) ** 2


def phase_contrast(
    field: np.ndarray,
    *,
    plate_radius: float = 1.5,
    transmission: float = 0.5,
    shift_rad: float = np.pi / 2,
) -> np.ndarray:
    """Return what Zernike's microscope shows of a wave.

    In the Fourier plane the light that went straight on is a spot in the middle. A plate
    there delays it by a quarter wave and dims it to the amplitude t, so that it interferes
    with the light of the object: for small phases I ≈ t² + 2tφ, bright where φ is large.
    What the object sends through the plate itself is lost: slow changes fade, and edges
    get the halo that phase contrast is known for.

    Parameters
    ----------
    field : array_like of complex, shape (row, column)
        Object wave.
    plate_radius : float
        Radius of the plate, in frequencies of the Fourier transform (cycles per image).
    transmission : float
        Amplitude t that the plate lets through.
    shift_rad : float
        Delay of the straight light: π/2 makes phase bright, −π/2 dark.

    Returns
    -------
    ndarray of float32, shape (row, column)
        Intensity; t² without an object.

    References
    ----------
    Zernike, Physica 9 (1942) 686, doi:10.1016/S0031-8914(42)80035-X.

    Examples
    --------
    >>> grating = np.exp(0.01j * np.cos(2 * np.pi * np.arange(64) / 8)) * np.ones((64, 1))
    >>> seen = phase_contrast(grating, transmission=1.0)
    >>> round(float(seen.max() - 1), 3), round(float(bright_field(grating).max() - 1), 3)
    (0.02, 0.0)
    """
    spectrum = fft.fft2(np.asarray(field, np.complex64))
    rows, columns = (fft.fftfreq(n, 1 / n) for n in spectrum.shape)
    plate = np.hypot(rows[:, None], columns) <= plate_radius
    # A factor e^{iπ/2} on the straight light: i(t + φ) has the modulus t + φ.
    spectrum[plate] *= np.complex64(transmission * np.exp(1j * shift_rad))
    return bright_field(fft.ifft2(spectrum, overwrite_x=True))


def cell(full_scale_rad: float = 8.0) -> np.ndarray:
    """Return the real phase image of a cell that comes with scikit-image, flat, in rad.

    The picture holds 8-bit greys and no scale of phase. The default makes the middle of the cell
    about 4 rad, which for its diameter of 12.6 µm and red light is an index of 1.37 in
    saline, usual for such cells; a mass computed from it is an example, no measurement.

    Parameters
    ----------
    full_scale_rad : float
        Phase that the whole grey scale stands for: an assumption.

    Returns
    -------
    ndarray of float32, shape (660, 550)
        Pixels of `CELL_PIXEL_UM`.

    References
    ----------
    Müller et al., Opt. Express 26 (2018) 10729, doi:10.1364/OE.26.010729 (image: CC0).
    """
    from skimage import data

    return flatten(data.cell().astype(np.float32) * np.float32(full_scale_rad / 255))
