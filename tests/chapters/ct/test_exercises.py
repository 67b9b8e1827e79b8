"""The numbers in the CT exercises are those of the kit."""

import pytest

from medkit.chapters.ct import exercises as ct
from medkit.constants import attenuation_per_mm


def test_tissues_of_the_hounsfield_exercise_attenuate_as_in_the_kit():
    names = ("adipose", "water", "liver", "cortical_bone")
    at_70_kev = [float(attenuation_per_mm(name, 70.0)) for name in names]
    assert ct._TISSUES[0] == 0
    assert ct._TISSUES[1:].tolist() == pytest.approx(at_70_kev, abs=6e-5)
