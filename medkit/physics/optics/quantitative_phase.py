"""Quantitative phase: a real cell, flat and outlined.

A cell absorbs next to nothing, but light in it is slower: with the index n of the cell and
n₀ of the medium, light that crosses a thickness h lags by φ = 2π (n − n₀) h / λ. The lag is
mostly protein, so a phase image weighs a living cell: ``14_optics.ipynb`` does.
"""

import numpy as np
from scipy import ndimage

#: Pixel of scikit-image's phase image of a cell, as its documentation says.
CELL_PIXEL_UM = 0.107
#: Phase that its whole grey scale stands for: an assumption.
FULL_SCALE_RAD = 8.0


def flatten(phase: np.ndarray) -> np.ndarray:
    """Subtract the plane that fits the image's border best, so that outside the cell φ = 0.

    The border is a tenth of the image on each side.

    Parameters
    ----------
    phase : array_like, shape (row, column)
        Unwrapped phase in rad.

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
    background = np.ones(phase.shape, bool)
    rows, columns = (max(1, n // 10) for n in phase.shape)
    background[rows:-rows, columns:-columns] = False
    row, column = (np.linspace(-1, 1, n) for n in phase.shape)
    terms = np.stack(np.broadcast_arrays(1.0, row[:, None], column), axis=-1)
    plane, *_ = np.linalg.lstsq(terms[background], phase[background], rcond=None)
    return (phase - terms @ plane).astype(np.float32)


def find_cell(phase: np.ndarray) -> np.ndarray:
    """Mark the cell: the largest piece above a third of the phase's upper range, holes filled.

    Parameters
    ----------
    phase : array_like, shape (row, column)
        Flat phase in rad.

    Returns
    -------
    ndarray of bool, shape (row, column)
    """
    soft = ndimage.gaussian_filter(np.asarray(phase, np.float32), 2.0)
    low, high = np.median(soft), np.percentile(soft, 99.8)
    pieces, n_pieces = ndimage.label(soft > (2 * low + high) / 3)
    if not n_pieces:
        return np.zeros(soft.shape, bool)
    largest = np.argmax(np.bincount(pieces.ravel())[1:]) + 1
    return ndimage.binary_fill_holes(pieces == largest)


def cell() -> np.ndarray:
    """Return the real phase image of a cell that comes with scikit-image, flat, in rad.

    The picture holds 8-bit greys and no scale of phase. `FULL_SCALE_RAD` makes the middle of
    the cell about 4 rad, which for its diameter of 12.6 µm and red light is an index of 1.37 in
    saline, usual for such cells; a mass computed from it is an example, no measurement.

    Returns
    -------
    ndarray of float32, shape (660, 550)
        Pixels of `CELL_PIXEL_UM`.

    References
    ----------
    Müller et al., Opt. Express 26 (2018) 10729, doi:10.1364/OE.26.010729 (image: CC0).
    """
    from skimage import data

    return flatten(data.cell().astype(np.float32) * np.float32(FULL_SCALE_RAD / 255))
