"""Partial volume: closed forms against blurred spheres and rods."""

import numpy as np
import pytest
from scipy import ndimage

from medkit.physics.pet.recovery import blurred_sphere, sphere_recovery
from medkit.physics.pet.scanner import FWHM


@pytest.mark.parametrize("diameter", [6.0, 10.0, 16.0])
def test_the_centre_keeps_what_the_formula_says(diameter):
    at = np.arange(-16, 17) * 0.5
    sphere = np.sqrt(at[:, None, None] ** 2 + at[:, None] ** 2 + at**2) <= diameter / 2
    blurred = ndimage.gaussian_filter(sphere.astype(float), 6.0 / FWHM / 0.5, truncate=5)
    # Voxels of half a millimetre make the ball's radius uncertain by a few per cent.
    assert blurred.max() == pytest.approx(float(sphere_recovery(diameter, 6.0)), abs=0.03)


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
    values = sphere_recovery(sizes, 6.0)
    assert np.all(np.diff(values) > 0)
    assert values[-1] == pytest.approx(1, abs=1e-6)
    assert sphere_recovery(1.306 * 6, 6.0) == pytest.approx(0.5, abs=1e-3)
