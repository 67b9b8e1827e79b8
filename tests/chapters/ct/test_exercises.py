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
    exact = phantoms.ellipse_projection([phantoms.Ellipse(0.02, (20.0, 20.0))], s, 0)[0]
    for row in ct.disc_sinogram(angles, s, 0.0, 0.0, 20.0, 0.02):
        np.testing.assert_allclose(row, exact)
