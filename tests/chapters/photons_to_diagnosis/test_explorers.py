"""The explorers of photons and diagnosis say true numbers."""

import re

import numpy as np
import pytest

from medkit.chapters.photons_to_diagnosis import explorers as photons
from medkit.chapters.photons_to_diagnosis import reading, real
from medkit.data import tasks
from medkit.learning.studies import finder


def test_less_dose_adds_noise_by_its_square_root():
    image, _ = real.real_slice()
    assert np.array_equal(real.at_dose(100.0), image)
    quarter, sixteenth = (np.std(real.at_dose(p) - image) for p in (25.0, 6.25))
    assert sixteenth / quarter == pytest.approx(np.sqrt(15 / 3), rel=1e-3)


def test_the_riddle_can_be_solved_from_its_pictures():
    taken, half, less = real.riddle()
    ratio = np.std(less - taken) / np.std(half - taken)
    assert 100 / (1 + ratio**2) == pytest.approx(real.RIDDLE_PERCENT, rel=0.03)


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


def test_the_caption_reads_off_the_stored_curves():
    for name in photons.SCANNERS.values():
        stored = photons.curve(name)
        for column in photons.READERS.values():
            for value, area in zip(stored["value"], stored[column], strict=True):
                assert photons.read_off(name, value, column) == pytest.approx(area, nan_ok=True)
    caption = photons.chain.picture(scanner="oct_fluid", step=photons.STEPS).caption
    said = [float(found) for found in re.findall(r"[a-z] ([01]\.\d\d)", caption.split("AUC")[1])]
    best = photons.curve("oct_fluid")
    expected = [best[column][-1] for column in photons.READERS.values()]
    assert said == pytest.approx(expected, abs=0.006)


def test_a_reader_sees_no_curve_before_the_last_rating():
    some = reading.reading.picture(ratings="3 3 1 5")
    assert "4 of 20" in some.caption
    assert [*some.panels[2].y] == ["coin"]
    every = reading.reading.picture(ratings="5, 1" * 10)
    assert {"you", "machine"} <= {*every.panels[2].y}
    assert "example" not in every.caption


def test_the_example_reader_says_that_it_is_one():
    assert len(reading.ratings_of(reading.example())) == 20
    assert reading.reading.picture().caption.startswith("An example reader")


def test_a_reader_who_is_always_right_has_the_whole_square():
    truth = reading.pictures()[1]
    perfect = "".join("51"[1 - t] for t in truth)
    caption = reading.reading.picture(ratings=perfect).caption
    assert "you 1.00" in caption


def test_a_reader_who_was_not_trained_is_left_out():
    caption = photons.chain.picture(scanner="mri_tumour").caption
    assert "nan" not in caption
    assert ("network" in caption) == ("mri_tumour" in finder.LESSONS)
