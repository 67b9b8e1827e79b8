"""Motion from ultrasound: colour and spectral Doppler.

A reflector that comes nearer by d between two pulses shortens the way by 2d and turns
the phase of its echo by 4π d f₀/c. All of Doppler is reading that phase; all of its
trouble is that a phase beyond ±π looks like one within (aliasing).

Frames are complex beamformed pictures, shape (time, row, column), one each 1/PRF, from
`medkit.physics.ultrasound.beamforming.beamform` or `medkit.physics.ultrasound.scanlines.scan`.
"""

from dataclasses import dataclass

import numpy as np
from scipy import fft, ndimage, signal


def nyquist_m_s(protocol) -> float:
    """Return the fastest speed that does not alias: c · PRF / (4 f₀), in m/s.

    Examples
    --------
    >>> from medkit.physics.ultrasound import UltrasoundProtocol
    >>> round(nyquist_m_s(UltrasoundProtocol(prf_hz=4000)), 3)
    0.203
    """
    return protocol.speed_m_s * protocol.prf_hz / (4e6 * protocol.transducer.frequency_mhz)


@dataclass(frozen=True, eq=False)
class Colour:
    """What colour Doppler knows of each pixel.

    Parameters
    ----------
    velocity_m_s : ndarray, shape (row, column)
        Speed along the beam, positive towards the transducer (shown red).
    power : ndarray
        Strength of the moving echoes: power Doppler.
    """

    velocity_m_s: np.ndarray
    power: np.ndarray


def colour(frames: np.ndarray, protocol, *, smooth_px: float = 1.5) -> Colour:
    """Estimate the velocity in each pixel from the mean phase step (Kasai).

    R₁ = Σₙ conj(xₙ) xₙ₊₁;  v = c · PRF / (4π f₀) · arg R₁.

    Parameters
    ----------
    frames : ndarray, shape (time, row, column), complex
        Usually less their mean over time, which is what stands still: the wall filter.
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
    return Colour(velocity, r0)


def spectrogram(
    gate: np.ndarray, protocol, *, window: int = 64, step: int = 8, dynamic_range_db: float = 40.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the spectral Doppler picture: how much blood moves how fast, when.

    Parameters
    ----------
    gate : ndarray, shape (time,), complex
        Echoes from the sample volume, one each 1/PRF.
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
    if len(gate) < window:
        raise ValueError(f"{len(gate)} pulses; a window of {window} needs at least as many")
    _, time, power = signal.spectrogram(
        gate,
        protocol.prf_hz,
        np.hanning(window),
        noverlap=window - step,
        nfft=2 * window,
        detrend=False,
        return_onesided=False,
    )
    lowest = 10 ** (-dynamic_range_db / 10)
    picture = 10 * np.log10(np.maximum(power / max(power.max(), 1e-30), lowest))
    velocity = fft.fftshift(fft.fftfreq(2 * window)) * 2 * nyquist_m_s(protocol)
    return fft.fftshift(picture, axes=0).astype(np.float32), velocity, time
