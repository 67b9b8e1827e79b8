"""The tissue table: complete, plausible, and close to what was measured elsewhere."""

import pytest

from medkit.constants import TISSUES
from medkit.physics.relaxation import MR_TISSUES, mr_tissue, property_maps


def test_every_tissue_that_a_patient_can_have_is_there():
    assert set(TISSUES) <= set(MR_TISSUES)


@pytest.mark.parametrize("name", sorted(MR_TISSUES))
@pytest.mark.parametrize("field_t", [0.5, 1.5, 3.0, 7.0])
def test_relaxation_times_are_in_their_natural_order(name, field_t):
    tissue = mr_tissue(name)
    assert 0 < tissue.t2_star(field_t) <= tissue.t2(field_t) <= tissue.t1(field_t)
    assert 0 <= tissue.density <= 1
    assert 0 <= tissue.fat <= 1
    assert tissue.source


def test_the_power_law_passes_through_both_measurements():
    grey = mr_tissue("grey_matter")
    assert (grey.t1(1.5), grey.t1(3.0)) == pytest.approx(grey.t1_ms)
    assert grey.t1(1.5) < grey.t1(2.0) < grey.t1(3.0)


@pytest.mark.parametrize(
    ("name", "field_t", "measured_ms"),
    # Peters et al. (2007), doi:10.1016/j.mri.2007.02.014
    [("grey_matter", 1.5, 84.0), ("grey_matter", 3.0, 66.0), ("white_matter", 1.5, 66.2),
     ("white_matter", 3.0, 53.2)],
)  # fmt: skip
def test_t2_star_agrees_with_measurements(name, field_t, measured_ms):
    assert mr_tissue(name).t2_star(field_t) == pytest.approx(measured_ms, rel=0.08)


def test_maps_are_keyed_by_property_and_tissue():
    maps = property_maps(["csf", "air"], 3.0)
    assert maps["t1_ms"]["csf"] == 4300
    assert maps["density"]["air"] == 0


def test_an_unknown_tissue_is_named():
    with pytest.raises(KeyError, match="no MR properties of 'gray_matter'"):
        mr_tissue("gray_matter")
