"""The beating ventricle: its volume counted, its muscle kept, its planes where they should be."""

import numpy as np
import pytest

from medkit.anatomy.ventricle import TISSUES, VIEWS, Probe, Ventricle, draw

HEARTS = [
    Ventricle(),
    Ventricle(100, 58, roundness=0.8, turn_deg=40, ejection=0.3),
    Ventricle(94, 54, ejection=0.35, shortening=0.08, scar=1.0, scar_deg=70),
    Ventricle(wall_mm=14, ejection=0.7, bluntness=2.6),
]


def counted(heart, phase, want):
    """Count points of eight cubic millimetres, one at random in each cube: no grid lines up."""
    side, along = np.arange(-61.0, 61, 2), np.arange(-20.0, 120, 2)
    cubes = np.stack(np.meshgrid(side, side, along, indexing="ij"))
    x, y, s = cubes + np.random.default_rng(0).uniform(0, 2, cubes.shape)
    labels, cavity = heart.labels(x, y, s, phase)
    return want(labels, cavity, s).sum() * 8 / 1000


@pytest.mark.parametrize("heart", HEARTS)
@pytest.mark.parametrize("phase", [0.0, 0.2, 0.36])
def test_the_formula_is_the_volume_that_is_counted(heart, phase):
    voxels = counted(heart, phase, lambda labels, cavity, s: cavity)
    assert voxels == pytest.approx(float(heart.volume_ml(phase)), rel=0.01)


@pytest.mark.parametrize("heart", HEARTS)
def test_the_ejection_fraction_comes_true(heart):
    full, empty = heart.volume_ml([0.0, 0.36])
    assert 1 - empty / full == pytest.approx(heart.ejection, abs=1e-6)


def test_muscle_around_the_cavity_keeps_its_volume_nearly():
    heart, muscle = HEARTS[0], TISSUES.index("heart")

    side = np.arange(-60.5, 60)
    x, y = np.meshgrid(side, side, indexing="ij")
    free = (x > 0) & (np.abs(y) < x)
    areas = []
    for phase, s in ((0.0, 44.0), (0.36, 44.0 * (1 - heart.shortening))):
        labels, cavity = heart.labels(x, y, np.full(x.shape, s), phase)
        areas.append(((labels == muscle) & ~cavity & free).sum())
    assert areas[1] / areas[0] == pytest.approx(1 / (1 - heart.shortening), rel=0.04)


def test_a_scar_stays_where_it_is_and_the_other_side_moves():
    heart = HEARTS[2]
    t = np.array([0.2])
    for phi, moves in ((np.deg2rad(70), False), (np.deg2rad(250), True)):
        kept = 1 - heart.squeeze * heart.motion(t, phi)[0]
        assert (kept < 0.9) == moves


def test_an_untilted_plane_holds_the_apex_and_a_tilted_one_misses_it():
    heart, side = HEARTS[0], np.linspace(-60, 60, 241)[None]
    down = np.linspace(10, 140, 261)[:, None]
    tops, areas = [], []
    for tilt in (0, 10, 20):
        cavity = heart.labels(*Probe(tilt_deg=tilt).plane(heart, side, down), 0.0)[1]
        tops.append(down[cavity.any(1)][0, 0])
        areas.append(cavity.sum())
    assert tops[0] == pytest.approx(24, abs=1.0)
    assert tops[0] < tops[1] < tops[2]
    assert areas[0] > areas[1] > areas[2]


def test_place_is_the_inverse_of_plane():
    heart, probe = HEARTS[0], Probe("2 chambers", lean_deg=7, shift_mm=3, apex_mm=26)
    x, z = probe.place(heart, 12.0, 50.0)
    assert np.round(probe.plane(heart, x, z), 6) == pytest.approx([0, 12, 50], abs=1e-6)


def test_the_short_axis_is_a_circle_of_the_middle():
    heart, side = HEARTS[0], np.linspace(-60, 60, 241)
    plane = Probe("short axis").plane(heart, side[None], side[:, None] + 74)
    area = heart.labels(*plane, 0.0)[1].sum() * 0.25
    assert area == pytest.approx(np.pi * heart.radius(0.5, 0.0) ** 2, rel=0.01)


def test_an_unknown_view_is_told_which_there_are():
    with pytest.raises(ValueError, match="4 chambers, 2 chambers"):
        Probe("3 chambers").plane(HEARTS[0], 0.0, 50.0)


def test_ill_hearts_are_weaker_or_thicker_and_repeat_with_the_seed():
    rng = np.random.default_rng(0)
    well, ill = ([draw(rng, bad) for _ in range(40)] for bad in (False, True))
    assert all(0.5 < heart.ejection < 0.75 for heart in well)
    assert np.mean([heart.ejection < 0.5 for heart in ill]) > 0.4
    assert draw(np.random.default_rng(3), True) == draw(np.random.default_rng(3), True)
    assert list(VIEWS.values()) == [0.0, 90.0]
