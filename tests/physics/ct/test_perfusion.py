"""Indicator dilution in closed forms: areas, transit times and delays."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate

from medkit.anatomy.stroke import supply, water_uptake
from medkit.physics.ct import perfusion

#: Ten minutes: all blood has left.
LONG = np.arange(0, 600, 0.5)


def test_the_ratio_of_areas_is_the_blood_volume():
    flow, volume, delay = [50.0, 22.0, 9.0], [4.0, 2.0, 1.8], [0.0, 3.0, 9.0]
    curves = perfusion.tissue_curves(LONG, flow, volume, delay)
    ratio = 100 * curves.sum(0) / perfusion.bolus(LONG).sum()
    np.testing.assert_allclose(ratio, volume, rtol=0.01)


def test_the_mean_transit_time_is_volume_over_flow():
    """The centroid of a tissue's curve lies one transit time behind the artery's."""
    curve = perfusion.tissue_curves(LONG, 30.0, 4.0, 0.0)

    def centroid(y):
        return (LONG * y).sum() / y.sum()

    late = centroid(curve) - centroid(perfusion.bolus(LONG))
    assert late == pytest.approx(60 * 4.0 / 30.0, rel=0.01)


def test_a_delay_shifts_the_curve_and_nothing_else():
    now, later = (perfusion.tissue_curves(LONG, 30.0, 4.0, d) for d in (0.0, 5.0))
    np.testing.assert_allclose(later[10:], now[:-10], atol=1e-4)


def test_the_bucket_and_the_convolution_agree():
    """dc/dt = F a − c/MTT, solved by an integrator that knows nothing of residues."""
    times = np.arange(0, 40, 0.5)
    solved = integrate.solve_ivp(
        lambda t, c: 20.0 / 6000 * perfusion.bolus(t) - c / 12.0,
        (0, times[-1]),
        [0.0],
        t_eval=times,
        rtol=1e-8,
        max_step=0.5,
    )
    curve = perfusion.tissue_curves(times, 20.0, 4.0, 0.0)
    np.testing.assert_allclose(curve, solved.y[0], atol=0.02)


def test_a_residue_begins_at_one_and_holds_its_transit_time():
    kept = perfusion.residue(np.arange(0, 200, 0.01), 6.0)
    assert kept[0] == 1
    assert kept.sum() * 0.01 == pytest.approx(6.0, rel=0.01)


def test_frames_are_the_curves_and_photons():
    """Without noise a frame less the first is iodine; noise falls with the root of the current."""
    here, times = supply(height_mm=16.0, core_mm=20.0, size=48, rng=0), np.arange(24.0)
    quiet = perfusion.frames(here, times, replace(perfusion.FRAME, tube_current_mas=np.inf))
    curves = perfusion.tissue_curves(times, here.flow, here.volume, here.delay_s)
    np.testing.assert_allclose((quiet - quiet[0])[:, here.brain], curves[:, here.brain], atol=1e-3)
    assert (quiet - quiet[0])[:, here.artery].max() == pytest.approx(300, rel=0.01)
    spread = []
    for mas in (50.0, 200.0):
        scan = replace(perfusion.FRAME, tube_current_mas=mas)
        noisy = perfusion.frames(here, times, scan, rng=1)
        spread.append((noisy - quiet)[:, here.brain].std())
    assert spread[0] / spread[1] == pytest.approx(2, rel=0.1)


def test_water_dilutes():
    """Of brain that took up a share w of water, 1 − w is left of its HU; 0.115 at 4.5 h."""
    assert water_uptake(4.5) == pytest.approx(0.115)
    assert water_uptake(0.0) == 0
    assert water_uptake(2.0, 1.5) == pytest.approx(water_uptake(3.0))
