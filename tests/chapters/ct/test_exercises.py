"""The numbers in the CT exercises are those of the kit, their truths those of closed forms."""

import numpy as np
import pytest

from medkit.anatomy import phantoms
from medkit.chapters.ct import exercises as ct
from medkit.constants import attenuation_per_mm


def test_tissues_of_the_first_exercise_attenuate_as_in_the_kit():
    water = 10 * float(attenuation_per_mm("water", 60.0))
    bone = 10 * float(attenuation_per_mm("cortical_bone", 60.0))
    assert water == pytest.approx(0.206, abs=5e-4)
    assert bone == pytest.approx(0.604, abs=5e-3)


def test_the_disc_on_the_axis_is_that_of_the_kit():
    s, angles = np.linspace(-30, 30, 13), np.array([0.0, 50.0])
    exact = phantoms.disc_projection(s, 20.0, 0.02)
    for row in ct.disc_sinogram(angles, s, 0.0, 0.0, 20.0, 0.02):
        np.testing.assert_allclose(row, exact)


def test_a_fan_meets_a_lump_as_the_closed_form_says():
    # ∫ exp(−(d² + t²)/2w²) dt = w √(2π) exp(−d²/2w²), d the distance of the ray from the lump
    distance, width, fan = 120.0, 8.0, np.linspace(-15, 15, 7)
    row, column = 40.0, 55.0
    angle, down, right = np.deg2rad(fan), row - 47.5 + distance, column - 47.5
    miss = right * np.cos(angle) - down * np.sin(angle)
    exact = width * np.sqrt(2 * np.pi) * np.exp(-(miss**2) / (2 * width**2))
    view = ct.fan_view(ct._blob(row, column, width), distance, fan)
    np.testing.assert_allclose(view, exact, atol=0.05)


def test_coarser_steps_along_a_fan_are_good_enough():
    """Steps of one pixel, another honest way to add up, stay within the tolerance."""

    def by_pixels(image, distance, fan_deg):
        t = np.arange(0, 2 * distance)
        angle, middle = np.deg2rad(fan_deg)[:, None], (len(image) - 1) / 2
        at = [middle - distance + t * np.cos(angle), middle + t * np.sin(angle)]
        return ct.scipy.ndimage.map_coordinates(image, at, order=1).sum(axis=1)

    assert ct.FAN.judge(ct.FAN.observe(by_pixels)).score == 1
