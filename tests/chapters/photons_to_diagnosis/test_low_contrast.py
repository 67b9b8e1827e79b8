"""FDA's LCD-CT done again: closed form and drawn trials agree, and so do we with what they saw."""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from medkit.chapters.photons_to_diagnosis import discs
from medkit.chapters.photons_to_diagnosis import low_contrast as fda
from medkit.data.tasks.known import area
from medkit.learning.evaluation import auc, observers
from medkit.physics import ct


@pytest.fixture(scope="module")
def full():
    return fda.photons(7, 0.40, fda.PUBLISHED[7][2])


def test_the_point_that_is_fitted_is_met(full):
    assert fda.areas(7, full)[2] == pytest.approx(fda.PUBLISHED[7][2], abs=1e-6)


def test_thirteen_points_are_predicted(full):
    misses = np.concatenate([fda.areas(size, full) - fda.PUBLISHED[size] for size in (10, 7)])
    assert np.abs(misses).max() < 0.035
    assert np.abs(misses).mean() < 0.016
    assert (np.abs(misses) < 0.0305).sum() >= 13


def test_the_point_that_is_off_is_within_the_luck_of_their_experiment(full):
    signal, covariance = fda.channel_outputs(10)
    swing = np.std([fda.trial(signal, covariance / (0.25 * full), rng=k) for k in range(24)])
    assert 0.015 < swing < 0.03
    assert abs(fda.areas(10, full)[1] - fda.PUBLISHED[10][1]) < 2 * swing


def test_no_number_of_photons_brings_all_fourteen_within_three_hundredths(full):
    root = {size: ndtri(fda.areas(size, full)) for size in (10, 7)}  # grows with √photons

    def worst(factor):
        return max(np.abs(ndtr(root[s] * factor**0.5) - fda.PUBLISHED[s]).max() for s in root)

    assert 0.03 < min(map(worst, np.linspace(0.7, 1.4, 141))) < 0.032


def test_the_whole_region_does_not_fit(full):
    wide = fda.photons(7, 0.40, fda.PUBLISHED[7][2], half=16)
    misses = [
        np.abs(fda.areas(size, wide, half=16) - fda.PUBLISHED[size]).max() for size in (10, 7)
    ]
    assert max(misses) > 0.05


def test_drawn_trials_of_many_pictures_meet_the_closed_form(full):
    signal, covariance = fda.channel_outputs(10)
    drawn = [fda.trial(signal, covariance / (0.4 * full), pairs=2000, rng=k) for k in range(4)]
    assert np.mean(drawn) == pytest.approx(fda.areas(10, full)[2], abs=0.01)


def test_few_pictures_to_learn_from_cost_a_little(full):
    signal, covariance = fda.channel_outputs(10)
    drawn = [fda.trial(signal, covariance / (0.1 * full), rng=k) for k in range(12)]
    assert 0.005 < fda.areas(10, full)[0] - np.mean(drawn) < 0.05


def test_no_observer_of_pictures_passes_the_ideal_one_of_photons():
    b, a = (
        discs.PROTOCOL.photons_per_bin * ct.project(discs.head(c), discs.PROTOCOL).astype(float)
        for c in (0, discs.CONTRAST)
    )
    ideal = np.sqrt(((a - b) ** 2 / (b + discs.PROTOCOL.electronic_noise**2)).sum())
    x, y = discs.pictures(600, rng=5)
    learn = np.arange(len(y)) % 2 == 0
    rings = observers.laguerre_gauss((24, 24), 6)
    w = observers.hotelling(x[learn & (y == 0)], x[learn & (y == 1)], rings)
    found = auc(y[~learn], observers.scores(w, x[~learn]))
    assert found.low < area([ideal])
    plain = observers.npw(x[learn & (y == 0)], x[learn & (y == 1)])
    assert auc(y[~learn], observers.scores(plain, x[~learn])).high < found.low
