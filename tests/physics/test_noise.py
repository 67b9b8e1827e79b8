"""Noise has the mean and the spread that its law says."""

import numpy as np
import pytest
from scipy import special, stats

from medkit.physics import noise

MANY = 200_000  # standard error of a standard deviation: 0.16 %


def test_poisson_variance_is_its_mean():
    counts = noise.poisson(np.full(MANY, 50.0), rng=0)
    assert counts.mean() == pytest.approx(50, rel=0.005)
    assert counts.var() == pytest.approx(50, rel=0.02)
    assert np.all(counts == counts.round())


@pytest.mark.parametrize("mean", [0.0, 0.01, 0.5, 3.0, 15.9, 16.0, 20.0, 100.0, 1e5])
def test_poisson_inverts_the_distribution(mean):
    """SciPy's quantiles at the same deviates; above 16 a few counts are one off."""
    deviates = np.random.default_rng(1).standard_normal(MANY)
    counts = noise.poisson(np.full(MANY, mean), rng=1)
    expected = np.maximum(stats.poisson.ppf(special.ndtr(deviates), mean), 0)
    assert np.abs(counts - expected).max() <= (mean >= 16)
    assert np.mean(counts != expected) < 0.002


@pytest.mark.parametrize("mean", [0.3, 8.0, 40.0, 2000.0])
def test_a_last_digit_of_the_mean_leaves_the_noise_alone(mean):
    """Another processor's projections differ by 1e-7; drawn by rejection, all else would."""
    means = np.random.default_rng(2).uniform(0.5, 1.5, MANY) * mean
    counts = noise.poisson(means, rng=3)
    again = noise.poisson(means * (1 + 1e-7), rng=3)
    assert np.mean(counts != again) < 1e-3
    assert np.abs(counts - again).max() <= 1


@pytest.mark.parametrize("bad", [-1.0, np.nan])
def test_poisson_refuses_what_is_no_mean(bad):
    with pytest.raises(ValueError, match="means ≥ 0"):
        noise.poisson(np.array([1.0, bad]))


def test_gaussian_adds_its_sigma():
    noisy = noise.gaussian(np.full(MANY, 7.0), 3.0, rng=0)
    assert noisy.mean() == pytest.approx(7, abs=0.04)
    assert noisy.std() == pytest.approx(3, rel=0.01)


def test_complex_signals_get_noise_in_both_parts():
    noisy = noise.gaussian(np.zeros(MANY, complex), 2.0, rng=0)
    assert noisy.real.std() == pytest.approx(2, rel=0.01)
    assert noisy.imag.std() == pytest.approx(2, rel=0.01)
    assert abs(np.corrcoef(noisy.real, noisy.imag)[0, 1]) < 0.01


def test_counts_have_both_variances():
    counts = noise.gaussian(noise.poisson(np.full(MANY, 200.0), rng=0), 20, rng=1)
    assert counts.mean() == pytest.approx(200, rel=0.005)
    assert counts.var() == pytest.approx(200 + 20**2, rel=0.02)


def test_a_seed_repeats_and_a_generator_goes_on():
    once, again = (noise.poisson(np.full(9, 40.0), rng=5) for _ in range(2))
    np.testing.assert_array_equal(once, again)
    generator = np.random.default_rng(5)
    first, second = (noise.poisson(np.full(9, 40.0), rng=generator) for _ in range(2))
    assert np.any(first != second)
