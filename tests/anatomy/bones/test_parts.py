"""Bones have the mineral, the angles and the breaks that they are said to have."""

import numpy as np
import pytest

from medkit.anatomy.bones import Fracture, loin, spine, wrist
from medkit.anatomy.bones.belly import RODS_MG_CM3
from medkit.anatomy.bones.mineral import PURE
from medkit.constants import TISSUES
from medkit.physics import ct


def mineral(patient):
    """Return mg/cm³ of mineral in each voxel."""
    return PURE * patient.mixed[1]


class TestWrist:
    def test_a_closed_break_that_has_not_moved_is_no_break(self):
        closed = wrist(Fracture(gap_mm=0.0), spacing_mm=1.5, rng=3)
        np.testing.assert_allclose(mineral(closed), mineral(wrist(spacing_mm=1.5, rng=3)), atol=1.0)

    def test_a_cleft_takes_away_its_own_width_of_bone(self):
        whole = mineral(wrist(spacing_mm=0.75, rng=2))
        lost = []
        for gap in (0.5, 1.0):
            flat = Fracture(gap_mm=gap, slope_deg=0.0)
            lost.append((whole - mineral(wrist(flat, spacing_mm=0.75, rng=2))).sum())
        assert lost[0] > 0
        assert lost[1] / lost[0] == pytest.approx(2, rel=0.05)

    def test_the_break_is_where_it_is_said_to_be(self):
        patient = wrist(Fracture(height_mm=-20, slope_deg=0), spacing_mm=1.0, rng=0)
        up = patient.grid_mm()[0].ravel()
        planes = up[patient.lesions["fracture"].any((1, 2))]
        assert planes.mean() == pytest.approx(-20, abs=1.0)

    def test_the_hand_follows_the_end_to_the_back(self):
        moved = Fracture(dorsal_mm=5, dorsal_deg=0, gap_mm=0)
        middles = []
        for patient in (wrist(spacing_mm=1.5, rng=1), wrist(moved, spacing_mm=1.5, rng=1)):
            hand, back = mineral(patient)[60:], patient.grid_mm()[1]
            middles.append((hand * back).sum() / hand.sum())
        assert middles[1] - middles[0] == pytest.approx(5, abs=0.5)

    def test_less_mineral_makes_a_fainter_shadow(self):
        protocol = ct.CTProtocol(60.0, np.inf, n_views=2, filtration_mm_al=2.5)
        thin, thick = (
            ct.project(wrist(spongy_mg_cm3=m, spacing_mm=2.0, rng=0), protocol).mean()
            for m in (80.0, 220.0)
        )
        assert thin > thick


class TestSpine:
    @pytest.mark.parametrize("angle", [0.0, 15.0, 40.0, 85.0])
    def test_it_has_the_angle_that_was_asked_for(self, angle):
        assert spine(angle, spacing_mm=8.0, rng=1).cobb_deg == pytest.approx(angle, abs=0.05)

    def test_plates_lean_as_the_vertebra_does_and_are_as_wide_as_it(self):
        bent = spine(50.0, spacing_mm=8.0, rng=2)
        low_right, low_left, up_right, up_left = np.moveaxis(bent.corners_mm, 1, 0)
        for across in (low_left - low_right, up_left - up_right):
            lean = -np.rad2deg(np.arctan2(across[:, 1], across[:, 0]))
            np.testing.assert_allclose(lean, bent.tilt_deg, atol=1e-6)
        np.testing.assert_allclose(bent.corners_mm.mean(1), bent.middle_mm, atol=1e-6)

    def test_the_shadow_of_bone_lies_on_the_vertebrae(self):
        bent = spine(45.0, spacing_mm=3.0, rng=5)
        shadow = mineral(bent.patient).sum(axis=1)
        z, _, x = (axis.ravel() for axis in bent.patient.grid_mm())
        for place_x, place_z in bent.middle_mm:
            row = shadow[np.abs(z - place_z).argmin()]
            here, aside = (np.interp(place_x + d, x, row) for d in (0, 60))
            assert here > 2 * aside

    def test_an_impossible_angle_is_refused(self):
        with pytest.raises(ValueError, match="0 to 90"):
            spine(120.0)


class TestLoin:
    def test_rods_and_vertebra_hold_what_they_should(self):
        patient = loin(130.0, rng=0)
        for rod in RODS_MG_CM3:
            held = mineral(patient)[patient.lesions[f"rod {rod:.0f}"]]
            assert held.mean() == pytest.approx(rod, abs=0.5)
        assert mineral(patient)[patient.lesions["spongy"]].mean() == pytest.approx(130, rel=0.03)

    def test_a_rod_has_the_hounsfield_units_of_its_mixture(self):
        """At one energy μ is the sum of the parts by volume, and nothing hardens."""
        patient, kev = loin(100.0, rng=0), 70.0
        protocol = ct.CTProtocol(tube_current_mas=np.inf, n_views=360, energy_kev=kev)
        image = ct.scan(patient, protocol).pixels[0]
        water, bone = (_mu(t, kev) for t in ("water", "bone_mineral"))
        for rod in RODS_MG_CM3:
            expected = 1000 * rod / PURE * (bone - water) / water
            seen = image[patient.lesions[f"rod {rod:.0f}"][0]].mean()
            assert seen == pytest.approx(expected, abs=4)

    def test_a_belly_that_does_not_fit_is_refused(self):
        with pytest.raises(ValueError, match="110 to 200"):
            loin(half_width_mm=300.0)


def _mu(tissue, kev):
    from medkit.constants import attenuation_per_mm

    return float(attenuation_per_mm(tissue, kev))


def test_pure_mineral_is_hydroxyapatite():
    assert 1000 * TISSUES["bone_mineral"].density_g_cm3 == pytest.approx(PURE)
