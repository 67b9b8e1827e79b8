"""The numbers that the explorers of evaluation report are true."""

import re

import numpy as np
import pytest

from medkit.chapters.evaluation import explorers as evaluation


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
