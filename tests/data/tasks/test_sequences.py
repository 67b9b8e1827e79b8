"""Made-up rhythms: rates that hearts have, and disorder only where it is meant to be."""

import numpy as np

from medkit.data.tasks.sequences import rhythms


def test_rhythms_are_those_of_hearts():
    intervals, ill = rhythms(400, rng=0)
    assert intervals.shape == (400, 11)
    assert ill.mean() == 0.5
    assert 0.2 < intervals.min() < intervals.max() < 2.5
    again, _ = rhythms(400, rng=0)
    np.testing.assert_array_equal(intervals, again)


def test_fibrillation_has_no_memory_and_a_pause_follows_an_early_beat():
    intervals, ill = rhythms(2000, rng=1)
    relative = intervals / intervals.mean(1, keepdims=True) - 1
    wild = relative[ill == 1]
    assert abs(np.corrcoef(wild[:, :-1].ravel(), wild[:, 1:].ravel())[0, 1] + 1 / 11) < 0.03
    calm = relative[ill == 0]
    early = calm[:, :-1] < -0.25
    assert (calm[:, 1:][early] > 0.1).mean() > 0.95


def test_most_regular_hearts_are_regular():
    intervals, ill = rhythms(1000, rng=2)
    spread = np.median(np.abs(intervals / np.median(intervals, 1)[:, None] - 1), 1)
    assert np.median(spread[ill == 0]) < 0.06 < np.median(spread[ill == 1])
