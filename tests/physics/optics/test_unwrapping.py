"""Unwrapping is exact where neighbours differ by less than half a turn, and sane where not."""

import numpy as np
import pytest
from skimage.restoration import unwrap_phase

from medkit.physics.optics import unwrapping
from medkit.physics.optics.unwrapping import TURN, unwrap, unwrap_least_squares, unwrap_rows, wrap

ROW, COLUMN = np.mgrid[:96, :120].astype(float)
SMOOTH = {
    "ramp": 0.9 * ROW - 1.7 * COLUMN,
    "bump": 25 * np.exp(-((ROW - 40) ** 2 + (COLUMN - 60) ** 2) / (2 * 18**2)),
    "saddle": 0.01 * (ROW - 50) ** 2 - 0.012 * (COLUMN - 50) ** 2,
}
METHODS = [unwrap, unwrap_least_squares, unwrap_rows]


def wrong(found, truth):
    """Part of the pixels that are off by a turn or more, but for a common one."""
    turns = np.round((found - truth) / TURN)
    return float(np.mean(turns != np.median(turns)))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_phases_come_back_exactly(method, name):
    truth = SMOOTH[name]
    found = method(wrap(truth))
    off = (found - truth) / TURN
    assert np.ptp(off) < 1e-4
    assert abs(off[0, 0] - round(off[0, 0])) < 1e-4


@pytest.mark.parametrize("method", METHODS)
def test_only_whole_turns_are_added(method):
    psi = wrap(SMOOTH["bump"] + np.random.default_rng(0).normal(0, 0.8, ROW.shape))
    turns = (method(psi) - psi) / TURN
    assert np.abs(turns - np.round(turns)).max() < 1e-4


def test_noise_spoils_rows_but_not_the_others():
    truth = SMOOTH["bump"] + np.random.default_rng(1).normal(0, 0.6, ROW.shape)
    psi = wrap(truth)
    assert wrong(unwrap_rows(psi), truth) > 0.02
    assert wrong(unwrap(psi), truth) < 0.002
    assert wrong(unwrap_least_squares(psi), truth) < 0.002


@pytest.mark.parametrize("sigma", [0.5, 0.7, 0.8])
def test_no_worse_than_scikit_image(sigma):
    rng = np.random.default_rng(int(10 * sigma))
    truth = np.kron(SMOOTH["bump"], np.ones((2, 2))) + rng.normal(0, sigma, (192, 240))
    psi = wrap(truth)
    ours, theirs = wrong(unwrap(psi), truth), wrong(unwrap_phase(psi), truth)
    # The order of equally good joins differs, so single pixels may fall either way.
    assert ours <= theirs * 1.25 + 2e-3


def test_the_same_surface_as_scikit_image():
    psi = wrap(SMOOTH["saddle"] + np.random.default_rng(3).normal(0, 0.4, ROW.shape))
    difference = unwrap(psi) - unwrap_phase(psi)
    assert np.ptp(difference) < 1e-3


def test_quality_leads_around_a_bad_patch():
    truth = SMOOTH["ramp"].copy()
    bad = np.s_[30:60, 40:80]
    psi = wrap(truth)
    psi[bad] = np.random.default_rng(4).uniform(-np.pi, np.pi, (30, 40))
    quality = np.ones_like(psi)
    quality[bad] = 0.01
    good = quality == 1
    assert np.ptp((unwrap(psi, quality=quality) - truth)[good]) < 1e-3


def test_least_squares_solves_poisson():
    """Without rounding, a smooth surface comes back with its mean free."""
    truth = SMOOTH["bump"] - SMOOTH["bump"].mean()
    found = unwrap_least_squares(wrap(truth), congruent=False)
    assert np.abs(found - found.mean() - truth).max() < 1e-3


def test_reliability_is_lowest_at_a_jump():
    psi = np.zeros((9, 9))
    psi[4, 4] = 2.0
    assert unwrapping.reliability(psi)[1:-1, 1:-1].argmin() == 24


def test_what_cannot_be_unwrapped_is_refused():
    with pytest.raises(ValueError, match="image"):
        unwrap(np.zeros(5))
    with pytest.raises(ValueError, match="not numbers"):
        unwrap(np.full((3, 3), np.nan))
    with pytest.raises(ValueError, match="quality"):
        unwrap(np.zeros((3, 3)), quality=np.zeros((2, 2)))
