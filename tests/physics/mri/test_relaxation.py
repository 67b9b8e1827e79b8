"""The tissue table: complete, plausible, and close to what was measured elsewhere."""

import numpy as np
import pytest

from medkit.constants import TISSUES
from medkit.physics.mri import contrast
from medkit.physics.mri.relaxation import (
    MEASURED_T1_MS,
    MEASURED_T2_MS,
    MR_TISSUES,
    mr_tissue,
)
from medkit.physics.mri.scanner import preset

#: From the smallest that a task scans with to the largest in use on people.
FIELDS = np.geomspace(0.01, 7, 50)


def test_every_tissue_that_a_patient_can_have_is_there():
    assert set(TISSUES) <= set(MR_TISSUES)


@pytest.mark.parametrize("name", sorted(MR_TISSUES))
@pytest.mark.parametrize("field_t", [0.5, 1.5, 3.0, 7.0])
def test_relaxation_times_are_in_their_natural_order(name, field_t):
    tissue = mr_tissue(name)
    assert 0 < tissue.t2_star(field_t) <= tissue.t2_ms <= tissue.t1(field_t)
    assert 0 <= tissue.density <= 1
    assert 0 <= tissue.fat <= 1
    assert tissue.source


@pytest.mark.parametrize("name", sorted(MEASURED_T1_MS))
def test_the_power_law_is_the_best_line_through_what_was_measured(name):
    field_t, measured, _ = zip(*MEASURED_T1_MS[name], strict=True)
    power, at_3 = np.polyfit(np.log(np.divide(field_t, 3)), np.log(measured), 1)
    tissue = mr_tissue(name)
    assert tissue.t1_ms == pytest.approx(np.exp(at_3), abs=1)
    assert tissue.t1_power == pytest.approx(power, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "field_t", "measured"),
    [(name, field_t, t1) for name, rows in MEASURED_T1_MS.items() for field_t, t1, _ in rows],
)
def test_t1_is_near_every_measurement(name, field_t, measured):
    within = 0.15 if name == "adipose" else 0.11
    assert mr_tissue(name).t1(field_t) == pytest.approx(measured, rel=within)


@pytest.mark.parametrize("field_t", [0.2, 0.5, 1.0, 1.5, 4.0, 7.0])
def test_t1_of_the_brain_agrees_with_rooney(field_t):
    """T1 = 1.16 ms (γB₀)^0.376 and 0.71 ms (γB₀)^0.382, γB₀ in Hz: doi:10.1002/mrm.21122.

    It was fitted to 0.2 to 7 T and lies lower than ours, for deep grey matter is in it.
    """
    larmor_hz = 42.577e6 * field_t
    assert mr_tissue("grey_matter").t1(field_t) == pytest.approx(1.16 * larmor_hz**0.376, rel=0.18)
    assert mr_tissue("white_matter").t1(field_t) == pytest.approx(0.71 * larmor_hz**0.382, rel=0.24)


def test_grey_matter_is_slower_than_white_at_every_field():
    grey, white = mr_tissue("grey_matter"), mr_tissue("white_matter")
    assert np.all(grey.t1(FIELDS) > 1.1 * white.t1(FIELDS))
    assert np.all(grey.t2_star(FIELDS) > white.t2_star(FIELDS))
    assert grey.t2_ms > white.t2_ms


@pytest.mark.parametrize(
    ("name", "measured"), [(n, t2) for n, rows in MEASURED_T2_MS.items() for _, t2 in rows]
)
def test_t2_is_near_every_measurement(name, measured):
    assert mr_tissue(name).t2_ms == pytest.approx(measured, rel=0.2)


@pytest.mark.parametrize(
    ("name", "field_t", "measured_ms"),
    # Peters et al. (2007), doi:10.1016/j.mri.2007.02.014
    [
        ("grey_matter", 1.5, 84.0),
        ("grey_matter", 3.0, 66.0),
        ("white_matter", 1.5, 66.2),
        ("white_matter", 3.0, 53.2),
    ],
)
def test_t2_star_agrees_with_measurements(name, field_t, measured_ms):
    assert mr_tissue(name).t2_star(field_t) == pytest.approx(measured_ms, rel=0.11)


@pytest.mark.parametrize(
    ("name", "water_share"),
    # Kilograms of water in one of tissue: Woodard and White (1986)
    [("muscle", 0.741), ("blood", 0.790), ("heart", 0.759), ("liver", 0.745), ("cartilage", 0.750)],
)
def test_proton_density_is_the_water_in_a_litre(name, water_share):
    in_a_litre = water_share * TISSUES[name].density_g_cm3
    assert mr_tissue(name).density == pytest.approx(in_a_litre, abs=0.01)


def test_stir_and_flair_wait_until_their_tissue_is_silent():
    for name, tissue in (("STIR", "adipose"), ("FLAIR", "csf")):
        protocol = preset(name)
        null = contrast.null_ti_ms(mr_tissue(tissue).t1(3.0), protocol.tr_ms, protocol.te_ms)
        assert protocol.ti_ms == pytest.approx(null, rel=0.01)


def test_an_unknown_tissue_is_named():
    with pytest.raises(KeyError, match="no MR properties of 'gray_matter'"):
        mr_tissue("gray_matter")
