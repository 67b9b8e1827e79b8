"""Noise: what chance adds to a measurement, one law a function."""

import math

import numpy as np

from medkit.compiled import compiled

#: Means below this are counted one quantum after the other; above it the expansion holds.
_FEW = 16.0


def poisson(expected: np.ndarray, rng=None) -> np.ndarray:
    """Count quanta: draw from P(n) = λⁿ e^{−λ} / n!, whose variance is its mean λ.

    Every bin uses up one normal deviate z, and its count is the inverse of the distribution
    at Φ(z). Drawing by rejection, as NumPy does, would be as quick, but there a last digit
    of λ decides how many random numbers a bin uses: another processor would then see other
    noise in all bins that follow.

    Parameters
    ----------
    expected : array_like
        Mean number λ of quanta in each bin; not negative.
    rng : None, int or numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of float32, shape of `expected`

    Raises
    ------
    ValueError
        If a mean is negative or not a number.

    Limits
    ------
    From λ = 16 on the inverse is Cornish and Fisher's expansion to the order 1/√λ: of
    200,000 counts at λ = 16 it puts 0.15 % one quantum away, at λ = 1000 0.001 %.

    Examples
    --------
    >>> counts = poisson(np.full(10_000, 400.0), rng=0)
    >>> round(float(counts.std()))
    20
    """
    expected = np.asarray(expected, dtype=float)
    if not np.all(expected >= 0):
        raise ValueError("expected counts are negative or not a number; give means ≥ 0")
    deviates = np.random.default_rng(rng).standard_normal(expected.shape)
    counts = np.empty(expected.shape, np.float32)
    _count(np.ascontiguousarray(expected).ravel(), deviates.ravel(), counts.reshape(-1))
    return counts


@compiled(fastmath=False)
def _count(expected, deviates, counts):
    """Invert the Poisson distribution at Φ(z), bin by bin."""
    for i in range(expected.size):
        mean, z = expected[i], deviates[i]
        if mean < _FEW:
            beyond = 0.5 * math.erfc(z / math.sqrt(2.0))  # 1 − Φ(z), exact where it is small
            term = math.exp(-mean)
            left, n = 1.0 - term, 0
            while beyond < left and n < 200:
                n += 1
                term *= mean / n
                left -= term
            counts[i] = n
        else:
            root = math.sqrt(mean)
            counts[i] = max(
                0.0, math.floor(mean + root * z + (2 + z * z) / 6 - (2 * z + z**3) / (72 * root))
            )


def gaussian(signal: np.ndarray, sigma: float, rng=None) -> np.ndarray:
    """Add the thermal noise of electronics: a normal error of standard deviation `sigma`.

    Parameters
    ----------
    signal : array_like
        Real, or complex: then both parts get an error of their own, as an MRI coil's do.
    sigma : float
        Standard deviation, in the unit of `signal`.
    rng : None, int or numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of float32 or complex64, shape of `signal`

    Examples
    --------
    >>> round(float(gaussian(np.zeros(10_000), 2.0, rng=0).std()), 1)
    2.0
    """
    rng, signal = np.random.default_rng(rng), np.asarray(signal)
    error = rng.standard_normal(signal.shape, dtype=np.float32) * np.float32(sigma)
    if np.iscomplexobj(signal):
        error = error + 1j * gaussian(np.zeros(signal.shape, np.float32), sigma, rng)
        return (signal + error).astype(np.complex64)
    return (signal + error).astype(np.float32)
