"""Holography: a camera sees no phase, so a second wave makes it visible as fringes.

Object wave O = |O| e^{iφ} and reference wave R fall on the camera together, and it counts

    I = |O + R|² = |O|² + |R|² + O R* + O* R.

Two ways to get O back from I: move the reference in steps (phase shifting, several
pictures), or tilt it, so that O R* moves to a place of its own in the Fourier plane
(off-axis, one picture).
"""

from dataclasses import dataclass

import numpy as np
from scipy import fft

from medkit.physics import noise


@dataclass(frozen=True)
class HologramProtocol:
    """Settings of a holographic microscope.

    Parameters
    ----------
    method : str
        ``"off-axis"``, one picture with a tilted reference; ``"phase-shifting"``,
        `n_steps` pictures with a reference delayed by 2π/`n_steps` more each time.
    carrier : tuple of float
        Off-axis: cycles of the fringes per pixel, down and along; along above 0.
    n_steps : int
        Phase-shifting: number of pictures, 3 or more.
    reference : float
        Amplitude of the reference wave; 1 is that of the object wave without object.
    photons : float
        Mean number of photons of an amplitude of 1 in a pixel; infinite: no noise.
    filter_radius : float
        Off-axis: radius of the disc cut out of the Fourier plane, as a part of the
        distance from its middle; 1/3 is the most that no other term reaches into.
    wavelength_um, pixel_um : float
        Wavelength in air, and size of a pixel in the plane of the object.

    Examples
    --------
    >>> HologramProtocol(method="phase-shifting").steps_rad.round(2)
    array([0.  , 1.57, 3.14, 4.71])
    """

    method: str = "off-axis"
    carrier: tuple[float, float] = (0.1875, 0.1875)
    n_steps: int = 4
    reference: float = 1.0
    photons: float = np.inf
    filter_radius: float = 1 / 3
    wavelength_um: float = 0.633
    pixel_um: float = 0.107

    def __post_init__(self):
        if self.method not in ("off-axis", "phase-shifting"):
            raise ValueError(f"method is {self.method!r}; give 'off-axis' or 'phase-shifting'")
        if self.n_steps < 3:
            raise ValueError(f"n_steps is {self.n_steps}; three unknowns need 3 or more pictures")
        if not 0 < self.carrier[1] < 0.5 or not abs(self.carrier[0]) < 0.5:
            raise ValueError(
                f"carrier is {self.carrier} cycles per pixel; a camera resolves less than 0.5, "
                "and the second must be above 0"
            )

    @property
    def steps_rad(self) -> np.ndarray:
        """Delay of the reference in each picture of phase shifting."""
        return 2 * np.pi * np.arange(self.n_steps) / self.n_steps


def interfere(field: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Return the intensity of two waves together, I = |O + R|².

    Parameters
    ----------
    field, reference : array_like of complex
        The waves O and R; shapes that broadcast.

    Returns
    -------
    ndarray of float32

    Examples
    --------
    >>> interfere(1.0, np.exp(1j * np.array([0.0, np.pi / 2, np.pi]))).round(3)
    array([4., 2., 0.], dtype=float32)
    """
    total = np.asarray(field, np.complex64) + np.asarray(reference, np.complex64)
    return total.real**2 + total.imag**2


def tilted_wave(shape: tuple[int, int], carrier: tuple[float, float]) -> np.ndarray:
    """Return the plane wave e^{−2πi(f_r·row + f_c·column)} on a camera, complex64."""
    down, along = (
        np.exp(-2j * np.pi * f * np.arange(n)) for f, n in zip(carrier, shape, strict=True)
    )
    return (down[:, None] * along).astype(np.complex64)


def record(field: np.ndarray, protocol: HologramProtocol, *, rng=None) -> np.ndarray:
    """Simulate the hologram, or the phase steps, that a camera records of an object wave.

    Parameters
    ----------
    field : array_like of complex, shape (row, column)
        Object wave; 1 where there is no object.
    protocol : HologramProtocol
        Settings.
    rng : None, int or numpy.random.Generator
        Randomness of the photons.

    Returns
    -------
    ndarray of float32, shape (row, column) or (step, row, column)
    """
    field = np.asarray(field, np.complex64)
    if protocol.method == "off-axis":
        reference = protocol.reference * tilted_wave(field.shape, protocol.carrier)
    else:
        reference = protocol.reference * np.exp(1j * protocol.steps_rad)[:, None, None]
    picture = interfere(field, reference)
    if np.isfinite(protocol.photons):
        picture = noise.poisson(picture * protocol.photons, rng) / np.float32(protocol.photons)
    return picture


def field_from_steps(pictures: np.ndarray, reference: float = 1.0) -> np.ndarray:
    """Return the object wave behind pictures with a stepped reference.

    With the delays δₙ = 2πn/N, Iₙ = A + 2r|O| cos(φ − δₙ), so Σ Iₙ e^{iδₙ} = N r O:
    exact from N = 3 on.

    Parameters
    ----------
    pictures : array_like, shape (step, row, column)
        Intensities.
    reference : float
        Amplitude r of the reference.

    Returns
    -------
    ndarray of complex64, shape (row, column)
        Its angle is the wrapped phase.

    Examples
    --------
    >>> pictures = interfere(np.exp(0.7j), np.exp(1j * np.pi / 2 * np.arange(4)))
    >>> round(float(np.angle(field_from_steps(pictures))), 4)
    0.7
    """
    pictures = np.asarray(pictures, np.float32)
    turns = np.exp(2j * np.pi * np.arange(len(pictures)) / len(pictures))
    turns = (turns / (len(pictures) * reference)).astype(np.complex64)
    # Real and imaginary part apart: a product of complex and real numbers would copy all pictures.
    parts = np.tensordot(turns.view(np.float32).reshape(-1, 2).T, pictures, 1)
    return parts[0] + np.complex64(1j) * parts[1]


def demodulate(
    hologram: np.ndarray,
    carrier: tuple[float, float] | None = None,
    *,
    filter_radius: float = 1 / 3,
    reference: float = 1.0,
) -> np.ndarray:
    """Return the object wave behind an off-axis hologram.

    The term O R* = O r e^{2πi f·x} is cut out around the carrier f and moved to the middle
    of the Fourier plane. Only rows and columns that hold some of it are transformed.

    Parameters
    ----------
    hologram : array_like, shape (row, column)
        Intensities.
    carrier : tuple of float, optional
        Fringes in cycles per pixel, down and along; the highest peak away from the
        middle of the Fourier plane if not given.
    filter_radius : float
        Radius of the disc that is cut out, as a part of the carrier's distance.
    reference : float
        Amplitude r of the reference.

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
    if carrier is None:
        carrier = _peak(fft.fft(spectrum, axis=0), hologram.shape)
    size = np.array(hologram.shape)
    middle = np.round(np.multiply(carrier, size)).astype(int)
    radius = filter_radius * np.hypot(*carrier)
    down, along = (np.arange(-int(radius * n), int(radius * n) + 1) for n in size)
    along = along[(along + middle[1] >= 0) & (along + middle[1] < spectrum.shape[1])]
    disc = np.hypot(down[:, None] / rows, along / columns) <= radius
    band = fft.fft(spectrum[:, along + middle[1]], axis=0, overwrite_x=True)
    wave = np.zeros((rows, len(along)), np.complex64)
    wave[down % rows] = band[(down + middle[0]) % rows] * (disc / np.float32(reference))
    field = np.zeros((rows, columns), np.complex64)
    field[:, along % columns] = fft.ifft(wave, axis=0, overwrite_x=True)
    field = fft.ifft(field, axis=1, overwrite_x=True)
    rest = carrier - middle / size
    if np.abs(rest).max() > 1e-9:  # a carrier between two frequencies leaves a slight tilt
        field *= tilted_wave(hologram.shape, rest)
    return field


def _peak(spectrum, shape):
    """Return the strongest frequency of half a spectrum, away from the middle."""
    rows, columns = shape
    power = np.abs(spectrum)
    down, along = fft.fftfreq(rows), fft.rfftfreq(columns)
    # The middle holds |O|² + |R|²; a usable carrier stands clear of it and of the axes.
    power[np.abs(down) < 0.04] *= along > 0.04
    power[:, along < 0.5 / columns] = 0
    row, column = np.unravel_index(np.argmax(power), power.shape)
    return float(down[row]), float(along[column])
