"""Tubes in a box of voxels: a cylinder's volume, thin ones, and NumPy's way, to the last bit."""

import numpy as np
import pytest

from medkit.anatomy.fields import from_line
from medkit.anatomy.tubes import paint


def painted(*tubes, shape=(40, 40, 40)):
    fraction = np.zeros(shape, np.float32)
    ends = np.array([tube[:2] for tube in tubes], float)
    paint(fraction, ends, np.array([tube[2] for tube in tubes], float))
    return fraction


def test_a_thick_tube_has_the_volume_of_a_cylinder_with_round_ends():
    fraction = painted(((10, 20, 20), (30, 20, 20), 6.0))
    assert fraction.sum() == pytest.approx(np.pi * 36 * 20 + 4 / 3 * np.pi * 216, rel=0.01)
    assert fraction[20, 20, 20] == 1
    assert fraction[20, 20, 28] == 0


def test_a_tube_thinner_than_a_voxel_fills_the_less_of_it_the_thinner_it_is():
    thin, thinner = (painted(((5, 20, 20), (35, 20, 20), r))[20, 20, 20] for r in (0.4, 0.1))
    assert (thin, thinner) == (pytest.approx(0.8), pytest.approx(0.2))


def test_the_fullest_tube_wins_and_none_leaves_the_box():
    one = ((20, 20, 20), (20, 60, 20), 3.0)
    other = ((20, 20, 10), (20, 20, 90), 0.3)
    assert np.array_equal(painted(one, other), np.maximum(painted(one), painted(other)))


def test_it_is_numpys_answer_to_the_last_bit():
    rng = np.random.default_rng(0)
    for radius in (0.3, 0.7, 2.5):
        a, b = rng.uniform(8, 32, (2, 3))
        grid = np.ix_(*(np.arange(40, dtype=np.float32),) * 3)
        distance = from_line(grid, a, b)
        wide, thin = (
            np.clip(radius - distance + 0.5, 0, 1),
            np.clip(1 - distance, 0, 1) * 2 * radius,
        )
        expected = (wide if radius > 0.5 else thin).astype(np.float32)
        assert np.array_equal(painted((a, b, radius)), expected)
