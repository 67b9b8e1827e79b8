"""Echo pictures of the ventricle: dark where blood is, worse in a poor window, and repeatable."""

from dataclasses import replace

import numpy as np
import pytest

from medkit.anatomy.ventricle import Probe, Ventricle
from medkit.data.tasks import ventricles

HEART = Ventricle()


def contrast(window, probe=ventricles.APICAL):
    """Return how much brighter the wall of the left ventricle is than its cavity."""
    grey, cavity = ventricles.scan(HEART, 0.0, probe, window, seed=2)
    labels, _ = HEART.labels(*probe.plane(HEART, *ventricles.grid()), 0.0)
    wall = (labels == 3) & (np.abs(ventricles.grid()[0]) < 36)
    return grey[wall].mean() - grey[cavity].mean()


@pytest.mark.parametrize("view", ["4 chambers", "2 chambers", "short axis"])
def test_blood_is_dark_and_muscle_bright(view):
    assert contrast(ventricles.GOOD, Probe(view)) > 0.2


def test_a_poorer_window_has_less_contrast():
    good, poor, very = map(contrast, (ventricles.GOOD, ventricles.POOR, ventricles.VERY_POOR))
    assert very < 0.7 * good
    assert very < poor < good


def test_gain_makes_all_of_it_brighter():
    dark, bright = (
        ventricles.scan(HEART, 0.0, Probe(), replace(ventricles.GOOD, gain_db=g), 2)[0]
        for g in (-6, 6)
    )
    seen = dark > 0.05
    assert np.median(bright[seen] - dark[seen]) == pytest.approx(12 / ventricles.RANGE_DB, abs=0.03)


def test_the_same_seed_gives_the_same_picture_and_another_does_not():
    a, b, c = (ventricles.scan(HEART, 0.2, seed=s)[0] for s in (4, 4, 5))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_the_mask_is_the_same_place_at_any_fineness():
    coarse = ventricles.mask(HEART, 0.36)
    fine = ventricles.mask(HEART, 0.36, size=256, pixel_mm=ventricles.PIXEL_MM / 4)
    assert coarse.sum() == pytest.approx(fine.sum() / 16, rel=0.02)


def test_the_valve_is_closed_in_systole_and_open_after_it():
    # An open leaflet reaches towards the apex: echoes in the cavity above the valve.
    above = []
    for phase in (0.3, 0.56):
        points = ventricles._leaflets(HEART, phase, Probe())
        base = 24 + HEART.length_mm * (1 - HEART.shortening * float(ventricles.contraction(phase)))
        above.append(float(base - points.z_mm.min()))
    assert above[0] < 6 < above[1]


def test_windows_are_drawn_from_good_to_very_poor():
    rng = np.random.default_rng(0)
    drawn = [ventricles.draw_window(rng) for _ in range(200)]
    assert ventricles.GOOD.haze > min(w.haze for w in drawn)
    assert ventricles.VERY_POOR.noise_db < max(w.noise_db for w in drawn)
    assert all(w.drop_out > 0 for w in drawn)


def test_lessons_show_both_views_and_repeat():
    images, masks = ventricles.lessons(3, rng=1)
    assert images.shape == (6, 64, 64, 1)
    assert masks.any((1, 2)).all()
    assert np.array_equal(images, ventricles.lessons(3, rng=1)[0])


def test_haze_and_noise_each_cost_contrast():
    good = contrast(ventricles.GOOD)
    assert contrast(replace(ventricles.GOOD, haze=0.08)) < 0.85 * good
    assert contrast(replace(ventricles.GOOD, noise_db=-40)) < 0.95 * good
