"""Optical coherence tomography: depth from the colours of light that comes back.

Light from depth z has gone 2nz further than that of the reference arm, so at wavenumber k
the two interfere with the phase 2nkz: each depth writes a fringe of its own frequency into
the spectrum, and a Fourier transform reads all depths at once.

    spectrum − background ─▶ even steps of k ─▶ undo dispersion ─▶ FFT ─▶ dB
"""

from functools import lru_cache

import finufft
import numpy as np
from scipy import fft, interpolate, ndimage, optimize

from medkit.compiled import compiled
from medkit.physics import noise
from medkit.physics.optics.oct_scanner import OCTProtocol

#: Part of the light that the brightest layer sends back from each µm of depth: with it the
#: retina lies 45 to 75 dB below a mirror, as in clinical scanners.
BACKSCATTER_PER_UM = 2e-6
#: Weakest signal in a picture, dB below a perfect mirror.
FLOOR_DB = -140.0


def mirrors(depths_um, amplitudes, protocol: OCTProtocol, *, rng=None) -> np.ndarray:
    """Return the spectrum of a few mirrors: the square of 1 + Σ rₘ e^{i(2nkzₘ + θ(k))}, times S.

    Parameters
    ----------
    depths_um : array_like, shape (mirror,)
        Depths z in the picture; a negative one is folded over to the positive side.
    amplitudes : array_like, shape (mirror,)
        Reflected amplitudes r: a perfect mirror has 1.
    protocol : OCTProtocol
        Settings.
    rng : None, int or numpy.random.Generator
        Randomness of the noise.

    Returns
    -------
    ndarray of float32, shape (sample,)
    """
    k = 2 * np.pi / protocol.pixels_um
    depths = np.atleast_1d(np.asarray(depths_um, float))
    seen = np.atleast_1d(amplitudes) * _rolloff(depths, protocol)
    sample = np.exp(2j * protocol.index * k[:, None] * depths) @ seen.astype(complex)
    return detect(sample, protocol, shot_noise(k.shape, protocol, rng=rng))


def scatterers(eye, protocol: OCTProtocol, *, rng=None) -> np.ndarray:
    """Return the amplitudes that an eye sends back from every voxel.

    Each voxel holds many scatterers at random depths, so its amplitude is a complex random
    number, whose variance is the layer's backscatter: that is what makes speckle. Light is
    lost on the way down and up; hence the shadows of vessels.

    Parameters
    ----------
    eye : Eye
        The patient.
    protocol : OCTProtocol
        Settings: the width of the beam.
    rng : None, int or numpy.random.Generator
        Randomness of the scatterers.

    Returns
    -------
    ndarray of complex64, shape (plane, row, column)
    """
    return reflected(eye) * speckle(eye.shape, eye.spacing_um[2], protocol, rng=rng)


def reflected(eye) -> np.ndarray:
    """Return how strongly each voxel of an eye sends light back, (plane, row, column), no speckle.

    It is the square root of its backscatter's power, less what is lost on the way.
    """
    row_um = eye.spacing_um[1]
    if eye.backscatter is None:
        amplitude = eye.map(
            {t.name: np.sqrt(BACKSCATTER_PER_UM * row_um * t.backscatter) for t in eye.tissues}
        )
    else:
        amplitude = np.sqrt(np.float32(BACKSCATTER_PER_UM * row_um) * eye.backscatter)
    lost = eye.map({t.name: t.loss_per_mm * row_um / 1000 for t in eye.tissues})
    return amplitude * np.exp(-np.cumsum(lost, axis=1))


def speckle(shape, column_um: float, protocol: OCTProtocol, *, rng=None) -> np.ndarray:
    """Return complex random numbers of mean power 1, (plane, row, column), a beam wide."""
    rng = np.random.default_rng(rng)
    random = rng.standard_normal((*shape, 2), np.float32).view(np.complex64)[..., 0]
    sigma = protocol.beam_um / 2.355 / column_um
    if sigma > 0.3:
        # Neighbouring A-scans share part of the beam; the power stays the same.
        random = ndimage.gaussian_filter1d(random, sigma, axis=2, truncate=3.0)
        random /= np.sqrt(np.mean(np.abs(random) ** 2))
    else:
        random *= np.float32(np.sqrt(0.5))
    return random


def acquire(eye, protocol: OCTProtocol | None = None, *, rng=None) -> np.ndarray:
    """Record the spectra of an eye, one for each column of each plane.

    Parameters
    ----------
    eye : Eye
        The patient.
    protocol : OCTProtocol, optional
        Settings; those of a usual retinal scanner if not given.
    rng : None, int or numpy.random.Generator
        Randomness of scatterers and noise.

    Returns
    -------
    ndarray of float32, shape (plane, column, sample)
        Light on each pixel of the spectrometer, 1 for the reference arm at the middle.
    """
    protocol, rng = protocol or OCTProtocol(), np.random.default_rng(rng)
    light = returned(scatterers(eye, protocol, rng=rng), eye.spacing_um[1], protocol)
    return detect(light, protocol, shot_noise(light.shape, protocol, rng=rng))


def returned(amplitude: np.ndarray, row_um: float, protocol: OCTProtocol) -> np.ndarray:
    """Add up the light of given scatterers on each pixel of the spectrometer.

    Parameters
    ----------
    amplitude : ndarray of complex64, shape (plane, row, column)
        As `scatterers` returns it.
    row_um : float
        Distance of its rows.
    protocol : OCTProtocol
        Settings; neither the lamp's bandwidth nor the dispersion matters here.

    Returns
    -------
    ndarray of complex64, shape (plane, column, sample)
        Relative to the light of the reference arm.
    """
    planes, rows, columns = amplitude.shape
    depths = protocol.zero_delay_um + np.arange(rows) * row_um
    amplitude = amplitude * _rolloff(depths, protocol).astype(np.float32)[:, None]
    lines = np.ascontiguousarray(amplitude.swapaxes(1, 2)).reshape(-1, rows)
    # Σ aₘ e^{2ink z_m} at the wavenumbers of the pixels, which are not evenly spaced: a
    # non-uniform Fourier transform. finufft counts the rows from −rows // 2 on.
    phase = 2 * protocol.index * (2 * np.pi / protocol.pixels_um)
    points = np.remainder(phase * row_um + np.pi, 2 * np.pi) - np.pi
    sample = finufft.nufft1d2(
        points.astype(np.float32), lines, isign=1, eps=1e-4, nthreads=1
    ).reshape(planes, columns, -1)
    sample *= np.exp(1j * phase * depths[rows // 2]).astype(np.complex64)
    return sample


def shot_noise(shape, protocol: OCTProtocol, *, rng=None) -> np.ndarray:
    """Return the error of spectra of this shape, (…, sample): float32, 0 if there is none.

    The reference is the strongest light by far, so the noise is its shot noise: ∝ √S.
    """
    source = protocol.background
    if not np.isfinite(protocol.sensitivity_db):
        return np.zeros(shape, np.float32)
    strength = np.sqrt(source.sum() * 10 ** (-protocol.sensitivity_db / 10))
    return noise.gaussian(np.zeros(shape, np.float32), float(strength), rng) * np.sqrt(source)


def detect(sample: np.ndarray, protocol: OCTProtocol, error: np.ndarray) -> np.ndarray:
    """Let the sample's light interfere with the reference's on the spectrometer.

    Parameters
    ----------
    sample : ndarray of complex, shape (…, sample)
        As `returned` returns it.
    protocol : OCTProtocol
        Settings.
    error : ndarray of float32, shape of `sample`
        As `shot_noise` returns it.

    Returns
    -------
    ndarray of float32, shape (…, sample)
    """
    turn = np.exp(1j * protocol.dispersion_rad(2 * np.pi / protocol.pixels_um))
    lines = sample.reshape(-1, sample.shape[-1]).astype(np.complex64, copy=False)
    spectra = _interfere(lines, turn.astype(np.complex64), protocol.background)
    return spectra.reshape(sample.shape) + error


def reconstruct(
    spectra: np.ndarray,
    protocol: OCTProtocol,
    *,
    background: np.ndarray | None = None,
    compensate: bool = True,
) -> np.ndarray:
    """Turn spectra into A-scans side by side, in dB.

    Parameters
    ----------
    spectra : array_like, shape (…, column, sample)
        As `acquire` returns them.
    protocol : OCTProtocol
        Settings.
    background : array_like, shape (sample,), optional
        The reference arm alone; the protocol's if not given. For a scan of which it is
        not known, the mean over the A-scans will do.
    compensate : bool
        Undo the dispersion of the protocol.

    Returns
    -------
    ndarray of float32, shape (…, row, column)
        Signal in dB relative to a perfect mirror; row m lies at ``protocol.depths_um[m]``.

    Raises
    ------
    ValueError
        If the spectra do not have the protocol's samples.

    References
    ----------
    Wojtkowski et al., Opt. Express 12 (2004) 2404, doi:10.1364/OPEX.12.002404.
    """
    spectra = np.asarray(spectra, np.float32)
    n = protocol.n_samples
    if spectra.shape[-1:] != (n,):
        raise ValueError(f"spectra have shape {spectra.shape}; this protocol's end with {n}")
    lines = np.ascontiguousarray(spectra.reshape(-1, n))
    if background is None:
        background = protocol.background
    background = np.ascontiguousarray(background, np.float32)
    start, weights, factor = _resampling(protocol, compensate)
    fringes = _linearise(lines, background, start, weights, factor)
    transform = fft.fft if np.iscomplexobj(factor) else fft.rfft
    scans = transform(fringes, axis=1, overwrite_x=True)
    power = _power(scans, n // 2, np.float32(10 ** (FLOOR_DB / 10)))
    decibel = np.log(power, out=power)
    decibel *= np.float32(10 / np.log(10))
    return decibel.reshape(*spectra.shape[:-1], n // 2).swapaxes(-1, -2)


def a_scan(spectrum: np.ndarray, protocol: OCTProtocol, **options) -> np.ndarray:
    """Return one A-scan in dB, shape (row,), of one spectrum; `options` as `reconstruct`'s."""
    return reconstruct(np.asarray(spectrum)[None], protocol, **options)[:, 0]


def width_um(decibel: np.ndarray, depths_um: np.ndarray) -> float:
    """Return the full width at half maximum, in amplitude, of the highest peak of an A-scan.

    Half the amplitude is 6.02 dB down; the crossings are interpolated between rows.
    """
    decibel, depths = np.asarray(decibel, float), np.asarray(depths_um, float)
    peak = int(np.argmax(decibel))
    # A parabola through a Gaussian's logarithm is exact, so the true height is known, and
    # a cubic through the rows about each crossing finds where half of it is reached.
    left, top, right = decibel[peak - 1 : peak + 2]
    half = top + (left - right) ** 2 / (8 * (2 * top - left - right)) + 20 * np.log10(0.5)
    below = np.flatnonzero(decibel < half)
    first, last = below[below < peak].max(initial=0), below[below > peak].min()
    curve = interpolate.CubicSpline(depths, decibel - half)
    ends = [optimize.brentq(curve, depths[i], depths[i + 1]) for i in (first, last - 1)]
    return ends[1] - ends[0]


def _rolloff(depths_um, protocol):
    """Return the part of a fringe's amplitude that the spectrometer's pixels leave over."""
    relative = np.asarray(depths_um) / protocol.max_depth_um
    return 10 ** (-protocol.rolloff_db / 20 * relative**2)


@compiled(fastmath=True)
def _interfere(sample, turn, source):
    """Return S |1 + E e^{iθ}|²."""
    out = np.empty(sample.shape, np.float32)
    for a in range(sample.shape[0]):
        for j in range(sample.shape[1]):
            wave = sample[a, j] * turn[j]
            real = wave.real + np.float32(1)
            out[a, j] = source[j] * (real * real + wave.imag * wave.imag)
    return out


@lru_cache(maxsize=16)
def _resampling(protocol, compensate):
    """Return where and how to read the spectrum at even k, and the factor of each sample."""
    pixels, k, n = protocol.pixels_um, protocol.wavenumbers, protocol.n_samples
    at = (2 * np.pi / k - pixels[0]) / (pixels[1] - pixels[0])
    start = np.clip(np.floor(at).astype(np.int32) - 1, 0, n - 4)
    t = at - start
    # Cubic through the four nearest pixels: a straight line would fade deep fringes.
    weights = np.stack(
        [
            -(t - 1) * (t - 2) * (t - 3) / 6,
            t * (t - 2) * (t - 3) / 2,
            -t * (t - 1) * (t - 3) / 2,
            t * (t - 1) * (t - 2) / 6,
        ],
        axis=1,
    ).astype(np.float32)
    scale = 1 / protocol.source(k).sum()
    turn = protocol.dispersion_rad(k)
    if compensate and np.any(turn):
        return start, weights, (scale * np.exp(-1j * turn)).astype(np.complex64)
    return start, weights, np.full(n, scale, np.float32)


@compiled(fastmath=True)
def _linearise(lines, background, start, weights, factor):
    """Subtract the background, read at even k, and turn: one pass over each A-scan."""
    n = lines.shape[1]
    clean, out = np.empty(n, np.float32), np.empty(lines.shape, factor.dtype)
    for a in range(lines.shape[0]):
        for j in range(n):
            clean[j] = lines[a, j] - background[j]
        for j in range(n):
            i = start[j]
            value = (weights[j, 0] * clean[i] + weights[j, 1] * clean[i + 1]) + (
                weights[j, 2] * clean[i + 2] + weights[j, 3] * clean[i + 3]
            )
            out[a, j] = value * factor[j]
    return out


@compiled(fastmath=True)
def _power(scans, n, least):
    out = np.empty((scans.shape[0], n), np.float32)
    for a in range(scans.shape[0]):
        for j in range(n):
            value = scans[a, j]
            out[a, j] = max(value.real * value.real + value.imag * value.imag, least)
    return out
