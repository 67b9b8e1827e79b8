"""Simulated ECGs: the rhythms differ in what makes them, and in nothing that gives them away."""

import numpy as np
import pytest

from medkit.data.dicom.ecg import Recording, r_peaks
from medkit.data.tasks.sequences import RATE_HZ, RHYTHMS, rhythms
from medkit.physics import ecg


@pytest.fixture(scope="module")
def strips():
    return rhythms(120, rng=4)


def gaps(strip):
    return np.diff(r_peaks(Recording(ecg.LEADS, strip.astype(float), RATE_HZ)))


def test_strips_are_ten_seconds_of_twelve_leads_and_come_again(strips):
    x, labels = strips
    assert (x.shape, x.dtype) == ((120, 1000, 12), np.float32)
    assert np.bincount(labels).tolist() == [30] * len(RHYTHMS)
    np.testing.assert_array_equal(rhythms(8, rng=3)[0], rhythms(8, rng=3)[0])


def test_einthoven_and_goldberger_hold_whatever_the_noise(strips):
    i, ii, iii, avr, avl, avf = np.moveaxis(strips[0], -1, 0)[:6]
    for law in (i + iii - ii, avr + (i + ii) / 2, avl - (i - iii) / 2, avf - (ii + iii) / 2):
        assert np.abs(law).max() < 2e-6  # float32


def test_rates_are_those_of_hearts_and_only_fibrillation_has_no_order(strips):
    spread = {name: [] for name in RHYTHMS}
    for strip, label in zip(*strips, strict=True):
        found = gaps(strip)
        assert 0.4 < np.median(found) < 1.4
        middle = np.median(found)
        spread[RHYTHMS[label]].append(np.median(np.abs(found / middle - 1)))
    typical = {name: np.median(values) for name, values in spread.items()}
    assert typical["fibrillation"] > 0.09
    assert max(v for name, v in typical.items() if name != "fibrillation") < 0.06


def test_a_long_pr_is_told_by_the_p_wave_and_not_by_the_times(strips):
    x, labels = strips
    lead = x[..., ecg.LEADS.index("II")]
    lags = {}
    for label in (0, 1):
        found = []
        for strip, whole in zip(lead[labels == label], x[labels == label], strict=True):
            peaks = r_peaks(Recording(ecg.LEADS, whole.astype(float), RATE_HZ))
            at = np.round(peaks * RATE_HZ).astype(int)
            before = np.median([strip[r - 40 : r - 7] for r in at if r > 40], axis=0)
            found.append(40 - before.argmax())  # the P wave's top, in 10 ms before R
        lags[label] = np.median(found)
    assert lags[0] < 21 < 23 < lags[1]
    rates = [np.mean([1 / gaps(s).mean() for s in x[labels == k]]) for k in (0, 1)]
    assert abs(rates[0] - rates[1]) < 0.2
