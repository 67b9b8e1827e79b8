"""Judges are judged themselves: on samples whose likeness is known."""

import numpy as np
import pytest
from scipy import linalg

from medkit.learning.evaluation import gan_judges as judges


def gaussian(n, mean=0.0, spread=1.0, d=6, rng=0):
    return mean + spread * np.random.default_rng(rng).normal(size=(n, d))


def test_frechet_distance_is_that_of_the_textbook():
    rng = np.random.default_rng(1)
    a = gaussian(50) @ rng.normal(size=(6, 6))
    b = gaussian(70, 0.3, rng=2) @ rng.normal(size=(6, 6))
    ca, cb = np.cov(a.T), np.cov(b.T)
    expected = np.sum((a.mean(0) - b.mean(0)) ** 2)
    expected += np.trace(ca + cb - 2 * linalg.sqrtm(ca @ cb).real)
    assert judges.frechet_distance(a, b) == pytest.approx(expected)
    assert judges.frechet_distance(b, a) == pytest.approx(expected)


def test_frechet_distance_of_scaled_and_of_equal_features():
    x = gaussian(400)
    x -= x.mean(0)
    assert judges.frechet_distance(x, x) == pytest.approx(0, abs=1e-9)
    # Equal means, covariances C and 9 C: the trace of C (1 − 3)².
    assert judges.frechet_distance(x, 3 * x) == pytest.approx(4 * np.trace(np.cov(x.T)))
    few = gaussian(5, d=20)  # fewer samples than features
    assert judges.frechet_distance(few, few + 1) == pytest.approx(20)
    with pytest.raises(ValueError, match="at least 2"):
        judges.frechet_distance(x, x[:1])


def test_noise_floor_falls_with_the_number_of_samples():
    real = gaussian(2000, d=10)
    floors = [judges.noise_floor(real, n, repeats=5, rng=0).mean() for n in (50, 200, 800)]
    assert floors[0] > 3 * floors[1] > 9 * floors[2] / 1.3  # as 1/n
    with pytest.raises(ValueError, match="cannot be drawn"):
        judges.noise_floor(real, 1500)


def test_nearest_neighbour_is_found():
    among = np.zeros((3, 4, 4))
    among[1], among[2] = 1, 2
    distance, index = judges.nearest(np.full((1, 4, 4), 1.2), among)
    assert index.tolist() == [1]
    np.testing.assert_allclose(distance, 0.2)


def test_copies_are_caught_and_strangers_are_not():
    train, held_out, fresh = (gaussian(300, rng=seed) for seed in (0, 1, 2))
    copies = train[:200] + 0.01 * gaussian(200, rng=3)
    assert judges.copying(copies, train, held_out).low > 0.99
    assert 0.5 in judges.copying(fresh, train, held_out)
    assert judges.copying(gaussian(300, 4.0, rng=4), train, held_out).high < 0.1


def test_precision_and_recall_tell_blur_from_collapse():
    centres = 20 * np.eye(4)
    kinds = np.random.default_rng(0).integers(4, size=400)
    real = centres[kinds] + gaussian(400, d=4)
    same = centres[kinds] + gaussian(400, d=4, rng=1)
    collapsed = centres[0] + gaussian(400, d=4, rng=2)
    blurred = 20 * gaussian(400, d=4, rng=3)
    assert min(judges.precision_recall(real, same)) > 0.8
    precision, recall = judges.precision_recall(real, collapsed)
    assert precision > 0.8
    assert 0.15 < recall < 0.3  # one kind of four
    assert judges.precision_recall(real, blurred)[0] < 0.2
