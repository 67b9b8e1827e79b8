"""Explorers and exercises of ``51_trust`` against closed forms, counting and real files."""

import itertools
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.errors import InvalidDicomError
from scipy.special import expit
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from medkit.chapters.trust import exercises, explorers, faces
from medkit.course.chapters import find_exercise
from medkit.learning import evaluation


class TestShift:
    @pytest.mark.parametrize(("dose", "share"), [(100, 0.5), (25, 0.1), (150, 0.3)])
    def test_two_numbers_make_the_promises_honest(self, dose, share):
        labels, logits = explorers.reported(40_000, dose, share, 0)
        slope, intercept = evaluation.platt(labels, logits)
        assert slope == pytest.approx(explorers.apart(dose) / explorers.APART, abs=0.03)
        assert intercept == pytest.approx(np.log(share / (1 - share)), abs=0.08)
        mended = expit(slope * logits + intercept)
        np.testing.assert_allclose(mended, explorers.honest(logits, dose, share), atol=0.02)

    def test_the_area_is_that_of_two_normal_laws(self):
        labels, logits = explorers.reported(40_000, 50, 0.5, 1)
        area = norm.cdf(explorers.apart(50) / np.sqrt(2))
        assert roc_auc_score(labels, logits) == pytest.approx(area, abs=0.006)

    def test_at_the_best_setting_only_the_bias_of_counting_is_left(self):
        few, many = (
            explorers.shift.picture(dose_percent=25, temperature=2.0, shift=-2.2, n=n)
            for n in (100, 6000)
        )
        said = [
            re.search(r"ECE ([\d.]+), of which ([\d.]+)", p.caption).groups() for p in (few, many)
        ]
        (ece_few, true_few), (ece_many, true_many) = np.array(said, float)
        assert max(true_few, true_many) < 0.002
        assert ece_few > 2 * ece_many > 0


class TestConformal:
    @pytest.mark.parametrize("dose", [5, 25, 100, 200])
    def test_coverage_and_sets_are_those_of_counted_patients(self, dose):
        calm = explorers.reported(200_000, 100, 0.5, 0)
        threshold = np.quantile(expit(np.where(calm[0] == 1, -calm[1], calm[1])), 0.9)
        labels, logits = explorers.reported(200_000, dose, 0.5, 1)
        right = expit(np.where(labels == 1, -logits, logits)) <= threshold
        wrong = expit(np.where(labels == 1, logits, -logits)) <= threshold
        assert right.mean() == pytest.approx(explorers.covered(0.9, dose), abs=0.006)
        assert wrong.mean() == pytest.approx(explorers.both_kept(0.9, dose), abs=0.006)

    def test_the_promise_holds_at_home_on_average(self):
        for n, percent in itertools.product((20, 100, 2000), (5, 10, 30)):
            caption = explorers.conformal.picture(n=n, miss_percent=percent).caption
            home = float(re.search(r"at home ([\d.]+) %", caption).group(1))
            assert 100 - percent - 0.05 <= home <= 100 - percent + 100 / (n + 1) + 0.05


class TestFaces:
    def test_one_face_is_more_like_itself_than_like_others(self):
        rng = np.random.default_rng(0)
        people = [faces.traits(rng) for _ in range(6)]
        days = [
            [faces.head_ct(p, smile_mm=s, rng=int(s))[10:51, :30].ravel() > -480 for p in people]
            for s in (0, 4)
        ]
        match = np.corrcoef(*days)[:6, 6:]
        assert (match.argmax(1) == np.arange(6)).all()


class TestExercises:
    def test_moving_a_promise_is_bayes_rule(self):
        learned, there, n = 0.3, 0.05, 400_000
        rng = np.random.default_rng(0)
        ill = rng.random(n) < there
        sign = rng.random(n) < np.where(ill, 0.8, 0.3)  # one sign, yes or no
        promise = 0.8 * learned / (0.8 * learned + 0.3 * (1 - learned))
        told = exercises.moved(np.array([promise]), learned, there)[0]
        assert told == pytest.approx(ill[sign].mean(), abs=0.004)

    def test_each_group_is_covered_as_promised(self):
        rng, hits = np.random.default_rng(0), []
        for _ in range(4000):
            group = np.repeat([0, 1], [30, 60])
            s, new = rng.random(90) ** (1 + group), rng.random(2) ** [1, 2]
            hits.append(new <= exercises.thresholds(s, group, 0.2))
        np.testing.assert_allclose(np.mean(hits, 0), [25 / 31, 49 / 61], atol=0.02)

    def test_no_corner_is_worse_than_the_worst_step(self):
        x, y, w, b, eps = exercises.ATTACK.cases[0].inputs
        found = exercises.worst_step(x, y, w, b, eps)

        def loss(x):
            f = x @ w + b
            return np.logaddexp(0, f) - y * f

        for corner in itertools.product((-eps, eps), repeat=6):
            assert (loss(found) >= loss(x + corner) - 1e-12).all()

    def test_strangers_look_usual_column_by_column(self):
        x, y, new, truth = exercises._tumours()
        assert roc_auc_score(truth, abs((new - x.mean(0)) / x.std(0)).max(1)) < 0.75
        assert roc_auc_score(truth, exercises.suspicion_of(x, y, new)) > 0.95

    @pytest.mark.filterwarnings("ignore::UserWarning")  # odd files are what pydicom tests with
    def test_the_headers_say_who_is_alone(self):
        studies = {}
        folder = Path(get_testdata_file("CT_small.dcm", download=False)).parent
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            try:
                header = pydicom.dcmread(path, stop_before_pixels=True)
            except InvalidDicomError:
                continue
            told = [
                str(header.get(k, "") or "")
                for k in ("StudyInstanceUID", "PatientSex", "StudyDate")
            ]
            if all(told):
                studies[told[0]] = told[1:]
        for digits, alone in ((8, 9), (4, 6)):
            pairs = Counter((sex, day[:digits]) for sex, day in studies.values())
            assert sum(n == 1 for n in pairs.values()) == alone
        assert len(studies) == 14
        assert find_exercise("51_trust.alone").answer.truth == 6
