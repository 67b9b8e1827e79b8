"""A published experiment done again: the low-contrast phantom of FDA's LCD-CT, in closed form.

    disc ─▶ line integrals ─▶ FBP ─▶ region of interest ─▶ five channels: mean difference
    photons ─▶ variance of each line integral ─▶ the same way ─▶ covariance of the channels

FBP and channels are linear, so mean and covariance of what the observer sees need no noisy image.
Geometry, kernel, observer and the 14 published AUCs are those of github.com/DIDSR/LCD_CT (CC0).

Limits: parallel rays with as many photons per length of the middle as their fan, and a simple
back-projection. The photons of the published images are not known: `photons` fits them to one
of the 14 points.
"""

import numpy as np
from scipy.special import ndtr, ndtri

from medkit.learning.evaluation import auc
from medkit.learning.evaluation.observers import laguerre_gauss

#: Part of the full dose, and the published AUCs of the two larger discs: diameter mm → AUC.
DOSES = np.array([0.10, 0.25, 0.40, 0.55, 0.70, 0.85, 1.00])
PUBLISHED = {
    10: np.array([0.700, 0.843, 0.887, 0.897, 0.900, 0.924, 0.951]),
    7: np.array([0.778, 0.860, 0.928, 0.967, 0.989, 0.991, 0.985]),
}
#: Diameter mm → contrast in HU, and the direction in which it lies, 40 mm from the middle.
DISCS = {10: (3.0, 315.0), 7: (5.0, 225.0)}
#: Attenuation of water in 1/mm; the phantom's radius, a bin at the middle and a pixel in mm.
WATER, RADIUS, BIN, PIXEL = 0.02059, 100.0, 595 / 1085.6, 340 / 512
VIEWS, BINS, CUTOFF, CHANNELS = 1160, 880, 2.05, 5
#: Half of the region of interest in pixels. Their program takes twice the width of the largest
#: disc *before* the last in its list, which leaves the disc of 10 mm little room.
HALF = 11
_LENGTH = 2048


def _filtered(lines):
    """Ramp filter with their Hann window, whose end lies at `CUTOFF` of the highest frequency."""
    k = np.fft.fftfreq(_LENGTH, 1 / _LENGTH)
    odd = np.where(k % 2 == 0, np.inf, k)
    kernel = np.where(k == 0, 0.25, -1 / (np.pi * odd) ** 2) / BIN
    f = np.fft.rfftfreq(_LENGTH)
    response = np.fft.rfft(kernel).real * (0.5 + 0.5 * np.cos(2 * np.pi * f / CUTOFF))
    return np.fft.irfft(np.fft.rfft(lines, _LENGTH) * response, _LENGTH)[..., :BINS]


def channel_outputs(diameter_mm: int, half: int = HALF) -> tuple[np.ndarray, np.ndarray]:
    """Return what the observer sees of a disc.

    Parameters
    ----------
    diameter_mm : int
        10 or 7.
    half : int
        Half of the region of interest, pixels.

    Returns
    -------
    signal : ndarray, shape (channel,)
        Mean difference of the channels' outputs, HU.
    covariance : ndarray, shape (channel, channel)
        For one photon in each bin of each view of the open beam; for more, divide.
    """
    contrast, direction = DISCS[diameter_mm]
    theta = np.pi * np.arange(VIEWS)[:, None] / VIEWS
    bins = (np.arange(BINS) - (BINS - 1) / 2) * BIN
    x, y = 40 * np.cos(np.deg2rad(direction)), 40 * np.sin(np.deg2rad(direction))
    # The region's middle is the pixel that holds the disc's.
    at = np.arange(-half, half + 1)
    columns, rows = (((np.floor(v / PIXEL) + 0.5 + at) * PIXEL) for v in (x, y))
    columns, rows = (grid.ravel() for grid in np.meshgrid(columns, rows))
    place = (columns * np.cos(theta) + rows * np.sin(theta)) / BIN + (BINS - 1) / 2
    left = place.astype(int)
    share = place - left  # of the right of the two bins between which a pixel falls

    # Their width is ⅔ of the disc's width in pixels.
    u = laguerre_gauss((2 * half + 1,) * 2, 2 / 3 * np.ceil(diameter_mm / PIXEL), CHANNELS)
    u = (u - u.mean((1, 2), keepdims=True)).reshape(CHANNELS, -1)  # the region's mean is removed

    scale = 1000 / WATER * np.pi / VIEWS  # HU, and the step of the angle
    fine = bins[:, None] + BIN * np.array([-0.4, -0.2, 0.0, 0.2, 0.4])  # across a bin
    across = fine - (x * np.cos(theta) + y * np.sin(theta))[..., None]
    chords = 2 * np.sqrt(np.maximum((diameter_mm / 2) ** 2 - across**2, 0)).mean(-1)
    lines = _filtered(WATER * contrast / 1000 * chords)
    views = np.arange(VIEWS)[:, None]
    disc = ((1 - share) * lines[views, left] + share * lines[views, left + 1]).sum(0) * scale

    def adjoint(template):
        flat = (views * BINS + left).ravel()
        weights = ((1 - share) * template).ravel(), (share * template).ravel()
        sums = (np.bincount(flat + k, w, VIEWS * BINS) for k, w in enumerate(weights))
        return _filtered(sum(sums).reshape(VIEWS, BINS)) * scale  # a symmetric filter

    through = np.exp(-2 * WATER * np.sqrt(np.maximum(RADIUS**2 - bins**2, 0)))
    back = np.stack([adjoint(template) / np.sqrt(through) for template in u]).reshape(CHANNELS, -1)
    return u @ disc, back @ back.T


def detectability(signal, covariance) -> float:
    """Return d′ of the Hotelling observer of the channels."""
    return float(np.sqrt(signal @ np.linalg.solve(covariance, signal)))


def photons(diameter_mm: int, dose: float, area: float, half: int = HALF) -> float:
    """Return the photons a bin and view, at full dose, with which this dose gives this AUC."""
    return float(2 * (ndtri(area) / detectability(*channel_outputs(diameter_mm, half))) ** 2 / dose)


def areas(diameter_mm: int, full: float, half: int = HALF) -> np.ndarray:
    """Return the AUC at each of `DOSES`, with so many photons at full dose."""
    d = detectability(*channel_outputs(diameter_mm, half)) * np.sqrt(full * DOSES)
    return ndtr(d / np.sqrt(2))


def trial(signal, covariance, pairs: int = 200, readers: int = 10, rng=0) -> float:
    """Return the AUC that their experiment gives, with its luck.

    200 images with the disc and 200 without; each of ten readers learns from one half, dealt
    anew, and judges the other; the mean of the ten.
    """
    rng, half = np.random.default_rng(rng), pairs // 2
    root = np.linalg.cholesky(covariance)
    well = rng.standard_normal((pairs, len(signal))) @ root.T
    ill = signal + rng.standard_normal((pairs, len(signal))) @ root.T
    labels, found = np.repeat([0, 1], pairs - half), []
    for _ in range(readers):
        a, b = rng.permutation(well), rng.permutation(ill)
        noise = (np.cov(a[:half].T) + np.cov(b[:half].T)) / 2
        w = np.linalg.solve(noise, b[:half].mean(0) - a[:half].mean(0))
        found.append(auc(labels, np.concatenate([a[half:], b[half:]]) @ w).value)
    return float(np.mean(found))
