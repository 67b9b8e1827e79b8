"""An ultrasound transducer: a row of elements, the pulse it sends, and where each element points.

What one element hears of one point is a product of named factors,

    echo = pulse(t − delay) × directivity(angle) × spreading(distance) × attenuation(path),

and each factor is one function here. `medkit.physics.ultrasound.echoes` multiplies them in a
kernel.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from medkit.physics.knob import knob


@dataclass(frozen=True)
class Transducer:
    """A straight row of equal elements along x, looking down z.

    Parameters
    ----------
    elements : int
        Number of elements.
    pitch_mm : float
        Distance of neighbouring element centres, mm.
    width_mm : float
        Width of one element, mm; what is left of the pitch is the saw cut.
    frequency_mhz : float
        Centre frequency f₀, MHz.
    bandwidth : float
        Pulse-echo bandwidth at −6 dB as a fraction of f₀.
    cycles : float
        Length of the electrical excitation, in periods of f₀.

    Examples
    --------
    >>> LINEAR.positions_mm[[0, -1]].tolist()
    [-19.05, 19.05]
    """

    elements: int = 128
    pitch_mm: float = 0.3
    width_mm: float = 0.27
    frequency_mhz: float = knob(7.6, "Centre frequency", "MHz", 2.0, 20.0)
    bandwidth: float = 0.77
    cycles: float = 1.0

    def __post_init__(self):
        if self.elements < 1 or not 0 < self.width_mm <= self.pitch_mm:
            raise ValueError(
                f"{self.elements} elements of width {self.width_mm} mm at a pitch of "
                f"{self.pitch_mm} mm; give at least one, and 0 < width_mm <= pitch_mm"
            )
        if self.frequency_mhz <= 0 or not 0 < self.bandwidth < 2:
            raise ValueError(
                f"frequency_mhz is {self.frequency_mhz} and bandwidth {self.bandwidth}; "
                "give a positive frequency and a fraction between 0 and 2"
            )

    @property
    def positions_mm(self) -> np.ndarray:
        """Centres of the elements along x, in mm, with 0 in the middle."""
        return (np.arange(self.elements) - (self.elements - 1) / 2) * self.pitch_mm

    @property
    def aperture_mm(self) -> float:
        """Length of the whole row, mm."""
        return self.elements * self.pitch_mm


#: For what lies shallow (breast, carotid): a long row of elements about one wavelength wide.
LINEAR = Transducer()
#: For the heart between two ribs: a short row, elements of half a wavelength, so it can steer.
PHASED = Transducer(
    elements=64, pitch_mm=0.3, width_mm=0.25, frequency_mhz=2.72, bandwidth=0.74, cycles=1.0
)


def pulse_spectrum(transducer: Transducer, frequency_mhz) -> np.ndarray:
    """Spectrum of the pulse after both passages through the transducer.

    A sine of `cycles` periods has the spectrum sinc((f − f₀) cycles/f₀); the element,
    sending and receiving, lets pass exp(−ln 2 · |2 (f − f₀)/B|ᵖ), which is one half
    (−6 dB) at the ends of the band B.

    Parameters
    ----------
    transducer : Transducer
        Gives f₀, the bandwidth and the cycles.
    frequency_mhz : array_like
        Frequencies f, MHz; positive ones only (the signal is real).

    Returns
    -------
    ndarray
        Amplitude, about 1 at f₀; times i, so that the pulse is a sine.

    References
    ----------
    D. Garcia, "SIMUS", Comput. Methods Programs Biomed. 218 (2022) 106726,
    https://doi.org/10.1016/j.cmpb.2022.106726

    Examples
    --------
    >>> edge = LINEAR.frequency_mhz * (1 + LINEAR.bandwidth / 2)
    >>> long_pulse = Transducer(cycles=1e-6)
    >>> print(abs(pulse_spectrum(long_pulse, [LINEAR.frequency_mhz, edge])).round(3))
    [1.  0.5]
    """
    f, f0 = np.asarray(frequency_mhz, dtype=float), transducer.frequency_mhz
    steepness = np.log(126) / np.log(2 / transducer.bandwidth)  # the reference's choice
    offset = 2 * np.abs(f - f0) / (transducer.bandwidth * f0)
    element = np.exp(-np.log(2) * np.minimum(offset, 1e3) ** steepness)
    n = transducer.cycles / f0
    # The mirror image at −f₀ reaches over; only an excitation of a cycle or so notices.
    excitation = np.sinc(n * (f - f0)) - np.sinc(n * (f + f0)) * (transducer.cycles > 1e-3)
    return -1j * excitation * element


def pulse(transducer: Transducer, time_us, *, loss_db_mhz=0.0) -> np.ndarray:
    """Return what an element records from a point echo, as a function of time.

    Parameters
    ----------
    transducer : Transducer
        Gives the spectrum.
    time_us : array_like
        Time from the pulse's middle, µs.
    loss_db_mhz : float or array_like
        Attenuation on the whole way there and back, dB/MHz. High frequencies
        lose more, so the pulse grows longer and its centre frequency sinks.

    Returns
    -------
    ndarray, shape of `loss_db_mhz` + shape of `time_us`
        Real signal; its envelope peaks at 1 without loss.
    """
    time, loss = np.asarray(time_us, dtype=float), np.asarray(loss_db_mhz, dtype=float)
    # A sum over frequencies repeats after 1/step: fine steps keep the repeats away.
    span = np.ptp(time, axis=None) + 10 / (transducer.bandwidth * transducer.frequency_mhz)
    f = np.linspace(0, 2 * transducer.frequency_mhz, int(4 * transducer.frequency_mhz * span) + 8)
    spectrum = pulse_spectrum(transducer, f)
    lossy = spectrum * 10 ** (-loss[..., None] * f / 20) / np.abs(spectrum).sum()
    waves = np.exp(2j * np.pi * time.reshape(-1, 1) * f)
    return (lossy @ waves.T).real.reshape(loss.shape + time.shape)


@lru_cache
def pulse_length_us(transducer: Transducer, level_db: float = -60.0) -> float:
    """Return for how long the pulse stays above a level of its peak, µs."""
    half = 12 * (transducer.cycles + 1 / transducer.bandwidth) / transducer.frequency_mhz
    time = np.linspace(-half, half, 1025)
    loud = np.flatnonzero(np.abs(pulse(transducer, time)) > 10 ** (level_db / 20))
    return 2 * float(np.abs(time[loud]).max())


def directivity(transducer: Transducer, sin_angle) -> np.ndarray:
    """How much of a wave from an angle one element hears, at the centre frequency.

    D(θ) = sinc(w sin θ / λ) · cos θ; the cosine is that of a soft baffle.

    Parameters
    ----------
    transducer : Transducer
        Gives the width w, and the wavelength λ at 1540 m/s.
    sin_angle : array_like
        sin θ, with θ measured from straight ahead.

    Returns
    -------
    ndarray
        Amplitude, 1 straight ahead.

    References
    ----------
    A. R. Selfridge, G. S. Kino, B. T. Khuri-Yakub, Appl. Phys. Lett. 37 (1980) 35,
    https://doi.org/10.1063/1.91692

    Examples
    --------
    >>> print(directivity(PHASED, [0.0, 0.5]).round(2))
    [1.  0.8]
    """
    sine = np.asarray(sin_angle, dtype=float)
    wavelength = 1.54 / transducer.frequency_mhz
    pattern = np.sinc(transducer.width_mm * sine / wavelength)
    return pattern * np.sqrt(np.maximum(0, 1 - sine**2))
