"""Partial volume: closed forms against blurred spheres and rods."""

import numpy as np
import pytest
from scipy import ndimage

from medkit.physics.pet.recovery import (
    blurred_sphere,
    disc_recovery,
    hot_rods,
    recovered,
    sphere_recovery,
)
from medkit.physics.pet.scanner import FWHM


@pytest.mark.parametrize("diameter", [6.0, 10.0, 16.0])
def test_centres_keep_what_the_formulas_say(diameter):
    at = np.arange(-16, 17) * 0.5
    back, left = at[:, None], at
    disc = np.hypot(back, left) <= diameter / 2
    sphere = np.sqrt(at[:, None, None] ** 2 + back**2 + left**2) <= diameter / 2
    sigma = 6.0 / FWHM / 0.5
    for body, formula in ((disc, disc_recovery), (sphere, sphere_recovery)):
        blurred = ndimage.gaussian_filter(body.astype(float), sigma, truncate=5)
        # Voxels of half a millimetre make the ball's radius uncertain by a few per cent.
        assert blurred.max() == pytest.approx(float(formula(diameter, 6.0)), abs=0.03)


@pytest.mark.parametrize(("diameter", "fwhm"), [(8.0, 7.0), (20.0, 5.0)])
def test_blurred_sphere_is_a_blurred_sphere(diameter, fwhm):
    at = np.arange(-40, 41) * 0.5
    square = at[:, None, None] ** 2 + at[:, None] ** 2 + at**2
    # Voxels at the edge count by how much of them lies inside, or the radius would be uncertain.
    ball = np.clip((diameter / 2 - np.sqrt(square)) / 0.5 + 0.5, 0, 1)
    blurred = ndimage.gaussian_filter(ball, fwhm / FWHM / 0.5, truncate=5)[40, 40]
    ours = blurred_sphere(np.abs(at), diameter, fwhm)
    np.testing.assert_allclose(ours, blurred, atol=0.01)
    assert ours[40] == pytest.approx(float(sphere_recovery(diameter, fwhm)), abs=1e-4)


def test_small_things_recover_less_and_everything_recovers_in_the_end():
    sizes = np.array([2.0, 5, 10, 20, 40])
    for formula in (disc_recovery, sphere_recovery):
        values = formula(sizes, 6.0)
        assert np.all(np.diff(values) > 0)
        assert values[-1] == pytest.approx(1, abs=1e-6)
    assert sphere_recovery(1.306 * 6, 6.0) == pytest.approx(0.5, abs=1e-3)


def test_the_phantom_is_what_it_says():
    uptake, water, rods = hot_rods(3.0, (10.0, 37.0), shape=(256, 256))
    pixel = (320 / 256) ** 2
    assert uptake.max() == pytest.approx(3.0)
    assert water.sum() * pixel == pytest.approx(np.pi * 125**2, rel=1e-3)
    for rod, diameter in zip(rods, (10.0, 37.0), strict=True):
        assert rod.sum() * pixel == pytest.approx(np.pi * diameter**2 / 4, rel=0.05)
        assert recovered(uptake, rod, 3.0, 1.0) > 0.9
