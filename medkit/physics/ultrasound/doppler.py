"""Motion from ultrasound: colour and spectral Doppler.

A reflector that comes nearer by d between two pulses shortens the way by 2d and turns
the phase of its echo by 4π d f₀/c. All of Doppler is reading that phase; all of its
trouble is that a phase beyond ±π looks like one within (aliasing).

Frames are complex beamformed pictures, shape (time, row, column), one each 1/PRF, from
`medkit.physics.ultrasound.beamforming.beamform` or `medkit.physics.ultrasound.scanlines.scan`.
"""

from dataclasses import dataclass

import numpy as np
from scipy import fft, ndimage


def nyquist_m_s(protocol) -> float:
    """Return the fastest speed that does not alias: c · PRF / (4 f₀), in m/s.

    Examples
    --------
    >>> from medkit.physics.ultrasound import UltrasoundProtocol
    >>> round(nyquist_m_s(UltrasoundProtocol(prf_hz=4000)), 3)
    0.203
    """
    return protocol.speed_m_s * protocol.prf_hz / (4e6 * protocol.transducer.frequency_mhz)


def wall_filter(frames: np.ndarray, order: int = 1) -> np.ndarray:
    """Remove what hardly moves: the best-fitting polynomial over time, in each pixel.

    Vessel walls echo a thousand times more than blood, and move slowly.

    Parameters
    ----------
    frames : ndarray, shape (time, …)
        Complex frames.
    order : int
        Degree of the polynomial; 0 removes the mean.

    Returns
    -------
    ndarray, shape of `frames`
        What is left.

    Raises
    ------
    ValueError
        If there are too few frames for the order.
    """
    n = len(frames)
    if not 0 <= order < n - 1:
        raise ValueError(f"order is {order} for {n} frames; it must be from 0 to {n - 2}")
    basis, _ = np.linalg.qr(np.linspace(-1, 1, n)[:, None] ** np.arange(order + 1))
    flat = frames.reshape(n, -1)
    return (flat - basis @ (basis.T @ flat)).reshape(frames.shape).astype(frames.dtype)


@dataclass(frozen=True, eq=False)
class Colour:
    """What colour Doppler knows of each pixel.

    Parameters
    ----------
    velocity_m_s : ndarray, shape (row, column)
        Speed along the beam, positive towards the transducer (shown red).
    power : ndarray
        Strength of the moving echoes: power Doppler.
    turbulence : ndarray
        0 where all pulses agree, 1 where they do not: 1 − |R₁|/R₀.
    """

    velocity_m_s: np.ndarray
    power: np.ndarray
    turbulence: np.ndarray


def colour(frames: np.ndarray, protocol, *, smooth_px: float = 1.5) -> Colour:
    """Estimate the velocity in each pixel from the mean phase step (Kasai).

    R₁ = Σₙ conj(xₙ) xₙ₊₁;  v = c · PRF / (4π f₀) · arg R₁.

    Parameters
    ----------
    frames : ndarray, shape (time, row, column), complex
        Usually after `wall_filter`.
    protocol : UltrasoundProtocol
        PRF and centre frequency.
    smooth_px : float
        Blur of R₁ and R₀, in pixels: speckle makes single pixels unsteady.

    Returns
    -------
    Colour
        Velocities beyond `nyquist_m_s` are folded back with the other sign.

    References
    ----------
    C. Kasai et al., IEEE Trans. Sonics Ultrason. 32 (1985) 458,
    https://doi.org/10.1109/T-SU.1985.31615
    """
    if len(frames) < 2:
        raise ValueError(f"{len(frames)} frame; the phase step needs at least two")
    r1 = (np.conj(frames[:-1]) * frames[1:]).mean(axis=0)
    r0 = (0.5 * (np.abs(frames[:-1]) ** 2 + np.abs(frames[1:]) ** 2)).mean(axis=0)
    if smooth_px > 0:
        r1 = ndimage.gaussian_filter(r1.real, smooth_px) + 1j * ndimage.gaussian_filter(
            r1.imag, smooth_px
        )
        r0 = ndimage.gaussian_filter(r0, smooth_px)
    velocity = nyquist_m_s(protocol) / np.pi * np.angle(r1)
    turbulence = 1 - np.abs(r1) / np.maximum(r0, 1e-30)
    return Colour(velocity, r0, np.clip(turbulence, 0, 1))


def spectrogram(
    gate: np.ndarray, protocol, *, window: int = 64, step: int = 8, dynamic_range_db: float = 40.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the spectral Doppler picture: how much blood moves how fast, when.

    Parameters
    ----------
    gate : ndarray, shape (time,) or (time, …), complex
        Echoes from the sample volume, one each 1/PRF; several pixels are averaged.
    protocol : UltrasoundProtocol
        PRF and centre frequency.
    window, step : int
        Pulses in one spectrum, and from one to the next. A long window tells speeds
        apart, a short one times.
    dynamic_range_db : float
        Lowest level against the strongest.

    Returns
    -------
    picture : ndarray, shape (velocity, time), float32
        dB from −`dynamic_range_db` to 0.
    velocity_m_s : ndarray
        Of the rows, from −Nyquist up; positive towards the transducer.
    time_s : ndarray
        Of the columns.
    """
    gate = np.asarray(gate).reshape(len(gate), -1)
    if len(gate) < window:
        raise ValueError(f"{len(gate)} pulses; a window of {window} needs at least as many")
    starts = np.arange(0, len(gate) - window + 1, step)
    pieces = gate[starts[:, None] + np.arange(window)] * np.hanning(window)[:, None]
    power = (np.abs(fft.fft(pieces, 2 * window, axis=1)) ** 2).mean(axis=2)
    picture = 10 * np.log10(
        np.maximum(power / max(power.max(), 1e-30), 10 ** (-dynamic_range_db / 10))
    )
    velocity = fft.fftshift(fft.fftfreq(2 * window)) * 2 * nyquist_m_s(protocol)
    time = (starts + window / 2) / protocol.prf_hz
    return fft.fftshift(picture, axes=1).T.astype(np.float32), velocity, time
