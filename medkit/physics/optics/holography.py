"""Holography: a camera sees no phase, so a second wave makes it visible as fringes.

Object wave O = |O| e^{iφ} and reference wave R fall on the camera together, and it counts

    I = |O + R|² = |O|² + |R|² + O R* + O* R.

Two ways to get O back from I: move the reference in steps (phase shifting, several
pictures), or tilt it, so that O R* moves to a place of its own in the Fourier plane
(off-axis, one picture).
"""

import numpy as np
from scipy import fft


def tilted_wave(shape: tuple[int, int], carrier: tuple[float, float]) -> np.ndarray:
    """Return the plane wave e^{−2πi(f_r·row + f_c·column)} on a camera, complex64."""
    down, along = (
        np.exp(-2j * np.pi * f * np.arange(n)) for f, n in zip(carrier, shape, strict=True)
    )
    return (down[:, None] * along).astype(np.complex64)


def field_from_steps(pictures: np.ndarray) -> np.ndarray:
    """Return the object wave behind pictures with a stepped reference.

    With the delays δₙ = 2πn/N, Iₙ = A + 2|O| cos(φ − δₙ), so Σ Iₙ e^{iδₙ} = N O: exact
    from N = 3 on. The reference has the amplitude 1.

    Parameters
    ----------
    pictures : array_like, shape (step, row, column)
        Intensities.

    Returns
    -------
    ndarray of complex64, shape (row, column)
        Its angle is the wrapped phase.

    Examples
    --------
    >>> pictures = np.abs(np.exp(0.7j) + np.exp(1j * np.pi / 2 * np.arange(4))) ** 2
    >>> round(float(np.angle(field_from_steps(pictures))), 4)
    0.7
    """
    pictures = np.asarray(pictures, np.float32)
    turns = np.exp(2j * np.pi * np.arange(len(pictures)) / len(pictures))
    turns = (turns / len(pictures)).astype(np.complex64)
    # Real and imaginary part apart: a product of complex and real numbers would copy all pictures.
    parts = np.tensordot(turns.view(np.float32).reshape(-1, 2).T, pictures, 1)
    return parts[0] + np.complex64(1j) * parts[1]


def demodulate(
    hologram: np.ndarray, carrier: tuple[float, float], *, filter_radius: float = 1 / 3
) -> np.ndarray:
    """Return the object wave behind an off-axis hologram.

    The term O R* = O e^{2πi f·x} is cut out around the carrier f and moved to the middle of
    the Fourier plane. Only rows and columns that hold some of it are transformed. The
    reference has the amplitude 1.

    Parameters
    ----------
    hologram : array_like, shape (row, column)
        Intensities.
    carrier : tuple of float
        Fringes in cycles per pixel, down and along; along above 0.
    filter_radius : float
        Radius of the disc that is cut out, as a part of the carrier's distance; 1/3 is the
        most that no other term reaches into.

    Returns
    -------
    ndarray of complex64, shape (row, column)

    Raises
    ------
    ValueError
        If the hologram is not one picture.

    References
    ----------
    Cuche et al., Appl. Opt. 38 (1999) 6994, doi:10.1364/AO.38.006994.
    """
    hologram = np.asarray(hologram, np.float32)
    if hologram.ndim != 2:
        raise ValueError(f"hologram has shape {hologram.shape}; give one picture (row, column)")
    rows, columns = hologram.shape
    spectrum = fft.rfft(hologram, axis=1)
    size = np.array(hologram.shape)
    middle = np.round(np.multiply(carrier, size)).astype(int)
    radius = filter_radius * np.hypot(*carrier)
    down, along = (np.arange(-int(radius * n), int(radius * n) + 1) for n in size)
    along = along[(along + middle[1] >= 0) & (along + middle[1] < spectrum.shape[1])]
    disc = np.hypot(down[:, None] / rows, along / columns) <= radius
    band = fft.fft(spectrum[:, along + middle[1]], axis=0, overwrite_x=True)
    wave = np.zeros((rows, len(along)), np.complex64)
    wave[down % rows] = band[(down + middle[0]) % rows] * disc
    field = np.zeros((rows, columns), np.complex64)
    field[:, along % columns] = fft.ifft(wave, axis=0, overwrite_x=True)
    field = fft.ifft(field, axis=1, overwrite_x=True)
    rest = carrier - middle / size
    if np.abs(rest).max() > 1e-9:  # a carrier between two frequencies leaves a slight tilt
        field *= tilted_wave(hologram.shape, rest)
    return field
