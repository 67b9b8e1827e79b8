"""A clock for each pair: 300 ps are 4.5 cm, and worth as much as twice the pairs."""

import numpy as np
import pytest

from medkit.chapters.pet_ct import clock
from medkit.physics.pet.scanner import blur


def test_timing_is_a_place_on_the_line():
    assert "300 ps are 4.5 cm" in clock.time_of_flight.picture(timing_ps=300).caption


def test_the_better_the_clock_the_nearer_the_truth():
    clocks = (np.inf, 600.0, 300.0, 100.0)
    errors = [
        np.mean([clock.error_of(clock.located(10_000, ps, seed)) for seed in (0, 1, 2)])
        for ps in clocks
    ]
    assert np.all(np.diff(errors) < -2)
    twice = np.mean([clock.error_of(clock.located(20_000, np.inf, s)) for s in (0, 1, 2)])
    assert errors[2] == pytest.approx(twice, abs=4)


def test_all_pairs_are_in_the_image():
    truth = clock.large_patient().sum(dtype=float)
    for ps in (np.inf, 300.0):
        assert clock.located(5000, ps).sum(dtype=float) == pytest.approx(truth, rel=0.01)


def test_without_error_and_with_many_pairs_the_truth_comes_out():
    image = clock.located(20_000, 30.0)
    smooth = blur(clock.large_patient(), 8.0, clock.FIELD_MM / clock.SIZE)
    inside = clock.large_patient() > 0.5
    assert np.corrcoef(image[inside], smooth[inside])[0, 1] > 0.9
