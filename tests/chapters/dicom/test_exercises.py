"""Exercises that build: a file is judged by what a reader finds in it."""

import numpy as np
import pytest

from medkit.chapters.dicom import exercises
from medkit.course.chapters import find_exercise


def test_what_comes_back_counts_and_not_how_it_is_stored():
    def signed(hu):
        ds = exercises.as_dicom(hu)
        ds.RescaleIntercept, ds.PixelRepresentation = 0, 1
        ds.PixelData = hu.astype("<i2").tobytes()
        return ds

    assert find_exercise("10_dicom.as_dicom").grade(signed).score == 1


def test_a_file_without_units_says_what_is_missing():
    def anything(hu):
        ds = exercises.as_dicom(hu)
        ds.Modality = "OT"
        del ds.RescaleSlope, ds.RescaleIntercept
        return ds

    verdict = find_exercise("10_dicom.as_dicom").grade(anything)
    assert verdict.score == 0
    assert "no Hounsfield units" in verdict.message


def test_pixels_instead_of_a_data_set_are_named():
    verdict = find_exercise("10_dicom.as_dicom").grade(lambda hu: hu)
    assert "Dataset was expected, not ndarray" in verdict.message


def test_the_line_that_stops_is_the_learner_s():
    def as_dicom(hu):
        return hu.no_such_thing

    verdict = find_exercise("10_dicom.as_dicom").grade(as_dicom)
    assert "return hu.no_such_thing" in verdict.message


def test_the_ruler_of_the_film_says_what_the_exercise_says():
    from medkit.data import dicom

    film = dicom.read(dicom.example("ultrasound_cine")).pixels[0].astype(int)
    column = film[40:200, 296:303].max(axis=(1, 2))
    bright = 40 + np.flatnonzero(column > 0.8 * column.max())
    steps = np.diff(bright)
    assert set(steps[steps > 2]) <= {48, 49, 50}
    # The film was made half as large: a row has twice the header's millimetres.
    truth = find_exercise("10_dicom.true_scale").answer.truth
    assert truth == pytest.approx(240 * 2 * 0.5104970559477806, rel=0.005)
