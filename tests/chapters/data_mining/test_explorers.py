"""The explorers of ``24_data_mining`` tell the truth, and so does the notebook."""

import os
from pathlib import Path

import numpy as np
import pandas
import pydicom
import pytest
from pydicom.data import get_testdata_file
from sklearn.metrics import roc_auc_score

from medkit.chapters.data_mining import exercises, explorers
from medkit.course.chapters import find_exercise
from medkit.learning.text import language


class TestShortcut:
    @pytest.mark.thorough
    def test_the_better_at_home_the_worse_elsewhere(self):
        areas = np.array([explorers._areas(link, 0) for link in (0.5, 0.74, 0.9, 0.98)])
        home, _, elsewhere, turned = areas.T
        assert (np.diff(home) > 0).all()
        assert (np.diff(elsewhere) < 0).all()
        assert (np.diff(turned) < 0).all()
        assert home[0] == pytest.approx(elsewhere[0], abs=1e-9)
        assert turned[-1] < 0.2 < 0.95 < home[-1]

    def test_weights_count_patients_as_often_as_they_occur(self):
        rng, ill = np.random.default_rng(0), np.repeat([0, 1], 40)
        scores, often = rng.normal(ill), rng.integers(1, 5, 80)
        repeated = roc_auc_score(np.repeat(ill, often), np.repeat(scores, often))
        assert explorers._area(ill, scores, often) == pytest.approx(repeated, abs=1e-12)

    def test_the_corners_pull_only_where_there_is_a_link(self):
        corners = {}
        for link in (50, 90):
            fall = explorers.shortcut.picture(link_percent=link).panels[1].pixels
            corners[link] = fall[np.ix_([0, 7], [0, 7])].mean()
        assert abs(corners[50]) < 0.2 < corners[90]


class TestSimpson:
    def test_the_rates_are_those_that_were_published(self):
        picture = explorers.simpson.picture(open_small=100 * 87 / 350, skin_small=100 * 270 / 350)
        assert "78 % and 83 %" in picture.caption
        assert "needle is ahead" in picture.caption

    @pytest.mark.parametrize("share", [0, 30, 77, 100])
    def test_with_the_same_mixture_the_better_treatment_is_ahead(self, share):
        picture = explorers.simpson.picture(open_small=share, skin_small=share)
        assert "open surgery is ahead" in picture.caption


def test_the_headers_of_the_exercise_say_what_its_text_says():
    folder = Path(get_testdata_file("CT_small.dcm", download=False)).parent
    contradict = set()
    for name in find_exercise("24_data_mining.exposure").answer.why:
        (path,) = folder.rglob(name)
        header = pydicom.dcmread(path, stop_before_pixels=True)
        product = float(header.XRayTubeCurrent) * float(header.ExposureTime) / 1000
        if abs(product / float(header.Exposure) - 1) > 0.02:
            contradict.add(name)
    assert contradict == exercises.EXPOSURE.truth


INDIANA = Path(os.environ.get("MEDKIT_TEST_DATA", "nowhere")) / "reports/indiana_reports_share.csv"


@pytest.mark.skipif(not INDIANA.is_file(), reason="no MEDKIT_TEST_DATA with real reports")
def test_real_reports_name_far_more_effusions_than_there_are():
    real = pandas.read_csv(INDIANA, keep_default_na=False)
    real = real[(real.Problems != "") & ~real.Problems.str.contains("No Indexing")]
    told = ("Findings: " + real.findings + "\nImpression: " + real.impression).map(language.labels)
    told, coded = told.str.get("effusion"), real.Problems.str.contains("Effusion")
    assert told.notna().mean() > 0.5
    assert (told == "present").mean() == pytest.approx(coded.mean(), abs=0.02)
    assert 0.5 < (coded & (told == "present")).sum() / coded.sum() < 0.75


@pytest.mark.thorough
def test_weights_repair_an_archive_and_dropping_what_names_the_scanner_does_not():
    x, y, new, truth = exercises._hospitals()
    told = roc_auc_score(truth, exercises._plain(x, y, new))
    airless = roc_auc_score(truth, exercises._plain(x[:, 1:-1], y, new[:, 1:-1]))
    weighted = roc_auc_score(truth, exercises.repaired(x, y, new))
    assert max(told, airless) < 0.82 < exercises.REPAIR.goal < weighted
