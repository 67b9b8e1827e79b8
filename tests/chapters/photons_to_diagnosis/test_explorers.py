"""The explorers of photons and diagnosis say true numbers."""

import re

import numpy as np
import pytest

from medkit.chapters.photons_to_diagnosis import explorers as photons
from medkit.data import tasks


@pytest.mark.parametrize("settings", [(30, 6, 10), (100, 2, 12), (5, 20, 8)])
def test_the_closed_form_is_what_is_counted(settings):
    expected = photons.auc_of(photons.detectability(*settings))
    found = photons.area(*photons.scores(*settings, rng=0))
    assert found == pytest.approx(expected, abs=0.04)  # two standard errors of 400 pairs


def test_four_times_the_photons_double_detectability():
    one, four = (photons.detectability(n, 5, 9) for n in (40, 160))
    assert four == pytest.approx(2 * one)


def test_less_dose_adds_noise_by_its_square_root():
    image, _ = photons.real_slice()
    assert np.array_equal(photons.at_dose(100.0), image)
    quarter, sixteenth = (np.std(photons.at_dose(p) - image) for p in (25.0, 6.25))
    assert sixteenth / quarter == pytest.approx(np.sqrt(15 / 3), rel=1e-3)


def test_the_same_patient_is_shown_ill_and_well():
    for name in photons.SCANNERS.values():
        ill, well = photons.couples(name)[0]
        assert (ill.label, well.label) == (1, 0)
        assert ill.noise == well.noise
        assert ill.facts["age_years"] == well.facts["age_years"]


def test_the_knob_goes_from_one_end_to_the_other():
    for name in photons.SCANNERS.values():
        values = tasks.TASKS[name].knob.values
        assert photons.setting(name, 0) == pytest.approx(values[0], rel=0.01)
        assert photons.setting(name, photons.STEPS) == pytest.approx(values[-1], rel=0.01)


def test_the_caption_reads_off_the_stored_curve():
    for name in photons.SCANNERS.values():
        stored = photons.curve(name)
        for value, area in zip(stored["value"], stored["auc"], strict=True):
            assert photons.read_off(name, value) == pytest.approx(area)
    caption = photons.chain.picture(scanner="oct_fluid").caption
    said = float(re.search(r"AUC ([\d.]+)", caption)[1])
    assert said == pytest.approx(photons.curve("oct_fluid")["auc"][-1], abs=0.006)
