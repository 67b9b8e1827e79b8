"""DICOM's palettes are read as pydicom reads them."""

import numpy as np
import pytest
from pydicom.pixels import apply_color_lut

from medkit.data.dicom.pixels.palettes import PALETTES, colour, palette

#: Their identifiers in DICOM PS3.6, table A-1.
UIDS = {"hot iron": "1", "PET": "2", "hot metal blue": "3", "PET 20 step": "4"}


@pytest.mark.parametrize("name", PALETTES)
def test_palettes_are_those_of_the_standard(name):
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    theirs = apply_color_lut(ramp, palette=f"1.2.840.10008.1.5.{UIDS[name]}")
    np.testing.assert_array_equal(palette(name)[ramp], theirs)


def test_the_stepped_palette_has_twenty_steps():
    table = palette("PET 20 step").astype(int)
    assert np.abs(np.diff(table, axis=0)).any(axis=1).sum() == 19


def test_values_beyond_the_limits_get_the_last_colours():
    painted = colour(np.array([[-5.0, 0.0, 10.0, 99.0]]), "PET", (0.0, 10.0))
    assert painted.dtype == np.uint8
    np.testing.assert_array_equal(painted[0, :2], palette("PET")[[0, 0]])
    np.testing.assert_array_equal(painted[0, 2:], palette("PET")[[255, 255]])


def test_an_unknown_palette_is_named():
    with pytest.raises(KeyError, match="there are: PET"):
        palette("rainbow")
