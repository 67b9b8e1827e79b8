"""Unwrapping is exact where neighbours differ by less than half a turn, and sane where not."""

import numpy as np
import pytest
from skimage.restoration import unwrap_phase

from medkit.physics.optics.unwrapping import TURN, unwrap_least_squares, unwrap_rows, wrap

ROW, COLUMN = np.mgrid[:96, :120].astype(float)
SMOOTH = {
    "ramp": 0.9 * ROW - 1.7 * COLUMN,
    "bump": 25 * np.exp(-((ROW - 40) ** 2 + (COLUMN - 60) ** 2) / (2 * 18**2)),
    "saddle": 0.01 * (ROW - 50) ** 2 - 0.012 * (COLUMN - 50) ** 2,
}
METHODS = [unwrap_phase, unwrap_least_squares, unwrap_rows]


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
    assert wrong(unwrap_phase(psi), truth) < 0.002
    assert wrong(unwrap_least_squares(psi), truth) < 0.002
