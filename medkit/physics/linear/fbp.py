"""Filtered back-projection: the inverse of the parallel-beam projection, in closed form.

By the Fourier slice theorem a profile's Fourier transform is a line through the
image's. Lines crowd at the centre, so low frequencies are collected too often;
the ramp filter |ν| evens that out, and back-projection adds up the views.
"""

from functools import lru_cache

import numpy as np
import scipy.fft

from medkit.physics.linear.projection import ParallelBeam

#: Windows that tame the ramp, as functions of frequency over the Nyquist frequency, 0 to 1.
WINDOWS = {
    "ramp": lambda nu: np.ones_like(nu),
    "shepp-logan": lambda nu: np.sinc(nu / 2),
    "cosine": lambda nu: np.cos(np.pi / 2 * nu),
    "hamming": lambda nu: 0.54 + 0.46 * np.cos(np.pi * nu),
    "hann": lambda nu: 0.5 + 0.5 * np.cos(np.pi * nu),
}


@lru_cache(maxsize=32)
def ramp_filter(n_bins: int, spacing_mm: float = 1.0, window: str = "ramp", cutoff: float = 1.0):
    """Return the frequency response of the reconstruction filter.

    The ramp is made in space, h(0) = 1/4Δ², h(n) = −1/(π n Δ)² for odd n and 0 for even,
    and transformed: |ν| sampled in frequency would lose the mean of the image.

    Parameters
    ----------
    n_bins : int
        Length of a profile; it is padded to at least twice that.
    spacing_mm : float
        Distance Δ of the bins.
    window : str
        One of `WINDOWS`, from sharp and noisy to smooth: "ramp", "shepp-logan",
        "cosine", "hamming", "hann".
    cutoff : float
        Frequency at which the window ends, as a fraction of the Nyquist frequency.

    Returns
    -------
    ndarray, shape (frequency,), float32
        Response in 1/mm for `scipy.fft.rfft` of the padded profile.

    Raises
    ------
    ValueError
        If there is no such window or the cut-off lies outside (0, 1].

    References
    ----------
    Kak and Slaney, Principles of Computerized Tomographic Imaging (2001), chapter 3,
    doi:10.1137/1.9780898719277.
    """
    if window not in WINDOWS:
        raise ValueError(f"filter is {window!r}; choose one of {', '.join(WINDOWS)}")
    if not 0 < cutoff <= 1:
        raise ValueError(f"cutoff is {cutoff}; give a fraction of the Nyquist frequency, 0 to 1")
    length = scipy.fft.next_fast_len(max(64, 2 * n_bins), real=True)
    length += length % 2
    n = np.fft.fftfreq(length, 1 / length)
    kernel = np.zeros(length)
    kernel[0] = 0.25
    odd = n % 2 == 1
    kernel[odd] = -1 / (np.pi * n[odd]) ** 2
    response = scipy.fft.rfft(kernel).real / spacing_mm
    nu = np.linspace(0, 1, response.size) / cutoff
    return np.where(nu <= 1, response * WINDOWS[window](np.minimum(nu, 1)), 0).astype(np.float32)


def view_weights(angles_deg) -> np.ndarray:
    """Return the angle, in radians, that each view stands for (half a turn in all).

    Views 180° apart see the same rays and share their weight. A large gap (limited
    angle) is not filled: its neighbours keep the usual weight, and the image lacks
    what was not measured.
    """
    angles = np.mod(np.asarray(angles_deg, dtype=float), 180)
    order = np.argsort(angles, kind="stable")
    gaps = np.diff(angles[order], append=angles[order[0]] + 180)
    usual = np.median(gaps[gaps > 1e-6])
    gaps = np.where(gaps > 4 * usual, usual, gaps)
    weights = np.empty(angles.size)
    weights[order] = (gaps + np.roll(gaps, 1)) / 2
    return np.deg2rad(weights)


def filtered_backprojection(
    sinogram: np.ndarray,
    beam: ParallelBeam,
    *,
    window: str = "ramp",
    cutoff: float = 1.0,
) -> np.ndarray:
    """Reconstruct an image from its line integrals.

    f(x, y) = ∫₀^π q_θ(x cos θ + y sin θ) dθ, with q_θ the profile p_θ filtered by |ν|.

    Parameters
    ----------
    sinogram : array_like, shape (view, bin) or (plane, view, bin)
        Line integrals, of the data shape of `beam`.
    beam : ParallelBeam
        The geometry.
    window, cutoff
        See `ramp_filter`.

    Returns
    -------
    ndarray, shape of `beam`'s image, float32
        Image in the sinogram's unit per mm.

    Raises
    ------
    ValueError
        If the sinogram has another shape than the beam's data, or for an unknown window.
    """
    profiles = np.asarray(sinogram, np.float32)
    if profiles.shape != beam.output_shape:
        raise ValueError(f"sinogram has shape {profiles.shape}; this beam's {beam.output_shape}")
    response = ramp_filter(profiles.shape[-1], beam.detector_spacing_mm, window, cutoff)
    weights = view_weights(beam.angles_deg).astype(np.float32)
    length = 2 * (response.size - 1)
    spectrum = scipy.fft.rfft(profiles, length)
    spectrum *= weights[:, None] * response
    filtered = scipy.fft.irfft(spectrum, length, overwrite_x=True)
    return beam.backproject(filtered[..., : beam.n_detectors])
