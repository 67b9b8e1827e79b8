"""A scan in two steps: the mean counts of a patient, and the counts that chance makes of them."""

from dataclasses import fields, replace

import numpy as np
import pytest

from medkit.anatomy import thorax
from medkit.physics import pet
from medkit.physics.pet.coincidences import BLOCKS, Coincidences, count_rates
from medkit.physics.pet.scanner import PETProtocol

PROTOCOL = PETProtocol(n_views=48)
ACTIVITY = np.full((32, 32), 4000.0, np.float32)
NAMES = [field.name for field in fields(Coincidences)]


@pytest.mark.parametrize(
    "subject",
    [
        ACTIVITY,
        np.stack([ACTIVITY, 2 * ACTIVITY]),
        thorax(20.0, shape=(64, 64)),
        thorax([20.0, 24.0], shape=(64, 64)),
    ],
    ids=["image", "stack", "patient", "patient of two planes"],
)
@pytest.mark.parametrize("seconds", [120.0, np.inf])
def test_a_scan_is_a_projection_that_is_counted(subject, seconds):
    protocol = replace(PROTOCOL, scan_time_s=seconds)
    whole = pet.acquire(subject, protocol, rng=5)
    steps = pet.count(pet.project(subject, protocol), protocol, rng=5)
    for name in NAMES:
        np.testing.assert_array_equal(getattr(whole, name), getattr(steps, name))


def test_counts_scatter_about_their_means_as_poisson_says():
    means = pet.project(ACTIVITY, PROTOCOL)
    drawn = np.stack([pet.count(means, PROTOCOL, rng=k).prompts for k in range(400)])
    expected = means.prompts.astype(float)
    assert drawn.mean() == pytest.approx(expected.mean(), rel=2e-3)
    assert (drawn.var(axis=0) / expected).mean() == pytest.approx(1, rel=0.02)


def test_only_the_prompts_are_drawn():
    means = pet.project(ACTIVITY, PROTOCOL)
    counted = pet.count(means, PROTOCOL, rng=0)
    assert np.all(counted.prompts % 1 == 0)
    for name in NAMES[1:]:
        assert getattr(counted, name) is getattr(means, name)


def test_means_of_a_longer_scan_are_the_same_means_scaled():
    longer = replace(PROTOCOL, scan_time_s=600.0)
    scaled = pet.project(ACTIVITY, PROTOCOL).scaled(longer.seconds / PROTOCOL.seconds)
    direct = pet.project(ACTIVITY, longer)
    for name in NAMES:
        np.testing.assert_allclose(getattr(scaled, name), getattr(direct, name), rtol=1e-5)


def test_with_dead_time_alone_the_rate_peaks_where_the_closed_form_says():
    """T ∝ A e^{−2τsA/B} is largest at A = B/(2τs)."""
    singles, dead_time_us = 1e5, 0.5
    doses = np.linspace(100, 4000, 40_000)
    found = count_rates((100.0, 0.0, 0.0, singles), doses, dead_time_us=dead_time_us)
    peak = doses[found["noise-equivalent"].argmax()]
    assert peak == pytest.approx(BLOCKS / (2 * dead_time_us * 1e-6 * singles), rel=1e-3)
