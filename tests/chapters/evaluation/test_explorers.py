"""The numbers that the explorers of evaluation report are true."""

import re

import numpy as np
import pytest
from scipy.stats import norm

from medkit.chapters.evaluation import explorers as evaluation
from medkit.learning import evaluation as judge


def number(caption, before):
    """Return the number that follows some words in a caption."""
    return float(re.search(before + r"\s*(-?[\d.]*\d)", caption)[1])


class TestOperatingPoint:
    def test_the_threshold_runs_from_everybody_to_nobody(self):
        all_ill = evaluation.operating_point.picture(threshold_percent=0.0).caption
        none = evaluation.operating_point.picture(threshold_percent=100.0).caption
        assert (number(all_ill, "sensitivity"), number(all_ill, "specificity")) == (1, 0)
        assert (number(none, "sensitivity"), number(none, "specificity")) == (0, 1)
        assert "an alarm is right in no case" in none

    def test_bayes_by_counting(self):
        labels = np.repeat((1, 0), (100, 900))
        scores = np.r_[np.repeat((1.0, 0.0), (80, 20)), np.repeat((1.0, 0.0), (90, 810))]
        widget = evaluation.operating_point(
            labels=labels, scores=scores, threshold_percent=50.0, prevalence_percent=10.0
        )
        picture = widget.picture
        assert number(picture.caption, "alarm is right in") == round(100 * 80 / 170, 1)
        assert number(picture.caption, "quiet answer in") == round(100 * 810 / 830, 1)
        assert picture.panels[2].rows[0][1:] == ["80", "90"]
        point = picture.panels[1].y["here"]
        assert (point[0][0], point[1][0]) == pytest.approx((0.1, 0.8))

    @pytest.mark.parametrize(
        "scores",
        {
            "all the same": np.full(30, 0.4),
            "all zero": np.zeros(30),
            "three values": np.repeat((0.1, 0.5, 0.9), 10),
            "crowded, and one far away": np.r_[np.linspace(0.5, 0.5001, 29), 40.0],
            "float32, sure of everything": np.tile(np.float32([0, 1]), 15),
            "large": np.linspace(1e12, 1e12 + 1, 30),
        }.items(),
        ids=lambda item: item[0],
    )
    def test_every_step_moves_the_threshold_whatever_the_scores(self, scores):
        scores = scores[1]
        widget = evaluation.operating_point(labels=np.arange(30) % 2, scores=scores)
        places, calls = [], []
        for percent in np.arange(0, 100.5, 0.5):
            picture = widget.change(threshold_percent=percent)
            low, high = picture.panels[0].xlim
            places.append((picture.panels[0].marks["threshold"] - low) / (high - low))
            calls.append(number(picture.caption, "sensitivity"))
        # A step of half a percent is more than a pixel on a plot of 250.
        np.testing.assert_allclose(np.diff(places), 0.005, atol=0.001)
        assert calls[0] == 1
        assert calls[-1] == 0

    def test_prevalence_moves_the_belief_and_not_the_model(self):
        rare = evaluation.operating_point.picture(prevalence_percent=0.5).caption
        often = evaluation.operating_point.picture(prevalence_percent=50.0).caption
        assert number(rare, "sensitivity") == number(often, "sensitivity")
        assert number(rare, "alarm is right in") < 5 < 80 < number(often, "alarm is right in")


class TestCalibration:
    def test_the_right_temperature_is_two(self):
        slopes = {
            t: number(evaluation.calibration.picture(temperature=t).caption, "slope")
            for t in (1.0, 2.0, 4.0)
        }
        assert slopes[1.0] == pytest.approx(0.5, abs=0.08)
        assert slopes[2.0] == pytest.approx(1.0, abs=0.16)
        assert slopes[4.0] == pytest.approx(2.0, abs=0.32)

    def test_nothing_moves_the_ranking(self):
        words = {
            evaluation.calibration.picture(temperature=t, bias=b).caption.split("; AUC")[1]
            for t in (0.3, 5.0)
            for b in (-3.0, 3.0)
        }
        assert len(words) == 1


class TestTwoModels:
    def test_scores_are_as_ordered(self):
        labels, a, b = evaluation.pair_of_models(200_000, 0.6, 0.85, 0.8, 0)
        assert judge.auc(labels, a).value == pytest.approx(0.85, abs=0.003)
        assert judge.auc(labels, b).value == pytest.approx(0.80, abs=0.003)
        healthy = labels == 0
        assert np.corrcoef(a[healthy], b[healthy])[0, 1] == pytest.approx(0.6, abs=0.01)
        assert np.std(a[healthy]) == pytest.approx(1, abs=0.01)
        assert norm.cdf(a[labels == 1].mean() / 2**0.5) == pytest.approx(0.85, abs=0.003)

    def test_correlation_and_cases_prove_what_is_true(self):
        def proven(**settings):
            pictures = [evaluation.two_models.picture(seed=s, **settings) for s in range(20)]
            return np.mean(["excludes 0" in p.caption for p in pictures])

        assert proven(correlation=0.0) + 0.3 < proven(correlation=0.95)
        assert proven(n=60) + 0.5 < proven(n=2000)
        assert proven(auc_b=0.85) < 0.25
