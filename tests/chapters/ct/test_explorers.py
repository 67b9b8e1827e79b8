"""The numbers that the explorers of CT report are true."""

import re

import numpy as np
import pytest

from medkit.chapters.ct import artefacts as ct_artefacts
from medkit.chapters.ct import explorers as ct
from medkit.chapters.ct import reconstruction as ct_reconstruction
from medkit.constants import hounsfield
from medkit.physics import ct as physics_ct
from medkit.physics.ct import CTProtocol
from medkit.physics.linear.fbp import filtered_backprojection


def number(caption, before):
    """Return the number that follows some words in a caption."""
    return float(re.search(before + r"\s*(-?[\d.,]+)", caption)[1].replace(",", ""))


@pytest.mark.parametrize("bead", [(0.0, 0.0), (30.0, 20.0), (-40.0, -10.0)])
@pytest.mark.parametrize("angle_deg", [0, 45, 90, 150])
def test_bead_falls_where_the_formula_says(bead, angle_deg):
    angle = np.deg2rad(angle_deg)
    direction = np.array([np.cos(angle), np.sin(angle)])
    elsewhere = np.array(bead) + direction * (40 if bead @ direction <= 0 else -40)
    picture, other = (
        ct.sinogram.picture(bead=tuple(place), angle_deg=angle_deg) for place in (bead, elsewhere)
    )
    across, row = picture.panels[2].y["this view"]
    shadow = np.maximum(row - other.panels[2].y["this view"][1], 0)
    foot = number(picture.caption, ".* =")
    assert foot == pytest.approx(bead @ direction, abs=0.06)
    assert (across * shadow).sum() / shadow.sum() == pytest.approx(foot, abs=0.6)


def test_noise_halves_with_four_times_the_dose():
    noise = [np.mean([ct.noise_hu(mas, seed=k) for k in range(4)]) for mas in (50.0, 200.0)]
    assert noise[0] / noise[1] == pytest.approx(2, rel=0.05)


def test_smooth_filters_have_less_noise_and_few_views_more_streaks():
    noise = [ct.noise_hu(20.0, filter=name) for name in ct.FILTERS]
    assert noise == sorted(noise, reverse=True)
    streaks = [ct.streaks_hu(views) for views in (720, 360, 120, 60, 20)]
    assert streaks[0] == 0
    assert streaks == sorted(streaks)


@pytest.mark.parametrize("n_views", [60, 360])
def test_the_views_of_a_short_scan_are_spread_over_half_a_turn(n_views):
    """What the explorer takes from its long scan is what a scan of that length gives."""
    protocol = CTProtocol(tube_current_mas=np.inf, n_views=n_views, detector_spacing_mm=ct.PIXEL_MM)
    sinogram = physics_ct.acquire(ct.chest(2 * ct.SIZE), protocol)
    mu = physics_ct.reconstruct(sinogram, protocol, filter="shepp-logan")
    whole = physics_ct.to_hounsfield(mu, protocol.effective_energy_kev)
    inside = physics_ct.field_of_view(ct.SIZE)
    assert np.abs(ct.chest_scan(np.inf, n_views) - whole)[inside].max() < 1


def test_dose_reports_the_noise_that_is_in_the_picture():
    picture = ct.dose.picture(tube_current_mas=2.0, seed=3)
    error = picture.panels[0].pixels - ct.chest_scan(np.inf)
    assert number(picture.caption, "noise") == pytest.approx(error[ct.heart()].std(), abs=0.5)


@pytest.mark.parametrize("cause", ct_artefacts.ARTEFACTS)
def test_no_severity_is_no_artefact(cause):
    for one, other in zip(
        ct_artefacts.spoil(cause, 0.0), ct_artefacts.spoil("nothing", 0.7), strict=True
    ):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("cause", [c for c in ct_artefacts.ARTEFACTS if c != "nothing"])
def test_worse_faults_give_worse_pictures(cause):
    errors = [
        number(ct_artefacts.artefacts.picture(cause=cause, severity=s).caption, "error")
        for s in (0.0, 0.5, 1.0)
    ]
    assert errors == sorted(errors)
    assert errors[0] == 0
    assert errors[2] > 5


def around(back_mm, left_mm):
    """Return the distance in mm of each pixel of the artefacts' pictures from a place."""
    place = (np.arange(ct_artefacts.SIZE) - (ct_artefacts.SIZE - 1) / 2) * ct_artefacts.PIXEL_MM
    return np.hypot(place[:, None] - back_mm, place - left_mm)


def test_metal_is_joined_by_a_dark_band():
    sound, spoilt = (ct_artefacts.spoil(cause, 1.0)[1] for cause in ("nothing", "metal"))
    assert (spoilt - sound)[around(86, 22) < 4].mean() < -100


def test_breath_moves_the_diaphragm_and_not_the_spine():
    still, moved = (ct_artefacts.spoil(cause, 1.0)[1] for cause in ("nothing", "motion"))
    dome, spine = around(-5, -62), around(62, 0) < 30
    assert (moved - still)[(dome > 24) & (dome < 36)].mean() > 100  # lung that the liver enters
    alike = [np.corrcoef(still[part], moved[part])[0, 1] for part in (spine, dome < 40)]
    assert alike[0] > 0.93 > alike[1] + 0.03


def test_rings_come_from_columns():
    sound, spoilt = (ct_artefacts.spoil(c, 1.0)[0] for c in ("nothing", "uneven detector"))
    column = (spoilt - sound).mean(axis=0)
    assert column.std() == pytest.approx(0.02, rel=0.2)


def test_cylinder_of_water_is_a_cup_until_it_is_corrected():
    cup = ct_artefacts.cylinder(240, 80, False, False)[79:81].mean(axis=0)
    flat = ct_artefacts.cylinder(240, 80, True, False)[79:81].mean(axis=0)
    assert cup[27:30].mean() - cup[75:85].mean() > 25
    assert np.abs(flat[30:130]).max() < 3


def test_water_correction_leaves_the_band_between_bones():
    image = ct_artefacts.cylinder(240, 80, True, True)
    assert image[78:82, 76:84].mean() < image[40:50, 76:84].mean() - 20


def test_energy_separates_iodine_from_bone():
    captions = [ct_artefacts.dual_energy_chest.picture(energy_kev=e).caption for e in (40, 70, 150)]
    iodine = [number(c, "iodine") for c in captions]
    bone = [number(c, "nodule") for c in captions]
    assert iodine[0] > bone[0] + 80
    assert iodine[1] == pytest.approx(bone[1], abs=15)
    assert iodine[2] < bone[2] - 50


@pytest.mark.parametrize("energy_kev", [60, 80, 120])
def test_monoenergetic_numbers_are_those_of_the_tables(energy_kev):
    image = ct_artefacts.monoenergetic_hu(energy_kev)
    for tissue, near in (("blood_iodine", 30), ("heart", 15)):
        mean = image[ct_artefacts.inside_of(tissue)].mean()
        assert mean == pytest.approx(float(hounsfield(tissue, energy_kev)), abs=near)


def test_metal_calms_at_high_energy():
    heart = ct_artefacts.inside_of("heart")
    low, high = (ct_artefacts.monoenergetic_hu(e)[heart].std() for e in (40, 140))
    assert high < low / 5


def test_a_whole_half_turn_is_filtered_back_projection():
    turn, mu = ct_reconstruction.turn.picture, ct_reconstruction.slice_mu(128)
    data, pictures = ct_reconstruction._arrivals(True)
    beam = ct_reconstruction.ParallelBeam(
        mu.shape, np.arange(120) * 1.5, spacing_mm=ct_reconstruction.FIELD_MM / 128
    )
    whole = filtered_backprojection(data, beam)
    np.testing.assert_allclose(pictures[-1], whole, atol=2e-5)
    errors = [number(turn(view=k, filtered=True).caption, "so far") for k in (30, 60, 120)]
    assert errors == sorted(errors, reverse=True)


@pytest.mark.parametrize("view", [1, 31, 61, 120])
def test_views_that_have_not_arrived_are_empty_and_the_tube_faces_the_detector(view):
    bore, sinogram, _ = ct_reconstruction.turn.picture(view=view).panels
    filled = np.asarray(sinogram.pixels).any(axis=1)
    assert filled[:view].all()
    assert not filled[view:].any()
    tube, detector = (np.asarray(v) for v in (bore.points["tube"], bore.curves["detector"]))
    middle = detector.mean(axis=1)
    np.testing.assert_allclose(tube.ravel(), -middle, atol=1e-9)
    # The rays run across the detector: in a view at θ it lies along (cos θ, sin θ).
    along = np.diff(detector, axis=1).ravel() / ct_reconstruction.FIELD_MM
    angle = np.deg2rad(1.5 * (view - 1))
    np.testing.assert_allclose(along, [np.cos(angle), np.sin(angle)], atol=1e-9)
    across = tube.ravel() / np.hypot(*tube.ravel())
    np.testing.assert_allclose(across, [-np.sin(angle), np.cos(angle)], atol=1e-9)
