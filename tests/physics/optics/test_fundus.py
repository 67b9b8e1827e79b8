"""Vessels: lines are found, spots are not, and real ones nearly as observers draw them."""

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import roc_auc_score

from medkit.physics.optics import fundus

AT = np.arange(81) - 40.0


def valley(width, turn=0.0):
    across = np.cos(turn) * AT - np.sin(turn) * AT[:, None]
    return -np.exp(-(across**2) / (2 * width**2))


def test_lines_are_seen_in_every_direction_and_spots_are_not():
    def measure(image):
        return fundus.line_strength(image, (1.5, 2.5, 4.0))

    seen = [measure(valley(2.0, turn))[40, 40] for turn in (0, 0.5, np.pi / 2)]
    assert np.ptp(seen) < 0.15 * max(seen)
    spot = -np.exp(-(AT**2 + AT[:, None] ** 2) / (2 * 2.0**2))
    assert measure(spot)[40, 40] < 0.2 * min(seen)
    assert measure(-valley(2.0))[40, 40] < 0.05 * min(seen)


@pytest.mark.parametrize("width", [1.5, 3.0, 6.0])
def test_the_scale_that_answers_most_is_that_of_the_line(width):
    """σ² L'' of a Gaussian valley of width w is greatest at σ = √2 w."""
    scales = np.geomspace(0.7, 14, 25)
    answers = [fundus.line_strength(valley(width), (s,))[40, 40] for s in scales]
    assert scales[np.argmax(answers)] == pytest.approx(np.sqrt(2) * width, rel=0.15)


def test_dice():
    truth = np.random.default_rng(0).random(500) < 0.2
    assert fundus.dice(truth, truth) == 1
    assert fundus.dice(truth, ~truth) == 0
    assert fundus.dice([], []) == 1


def test_the_real_retina():
    picture = fundus.photograph()
    mask = fundus.field_of_view(picture)
    assert picture.shape == (705, 705, 3)
    assert 0.7 < mask.mean() < 0.8
    vessels, strength = fundus.segment(picture)
    assert 0.05 < vessels[mask].mean() < 0.13
    assert not vessels[~mask].any()
    green = fundus.flat_green(picture, mask)
    assert green[vessels].mean() < -0.8  # blood takes green away
    assert strength.shape == mask.shape


def test_real_microaneurysms_come_along():
    assert fundus.microaneurysms().shape == (102, 102)


def test_nearly_as_good_as_a_second_observer(test_data):
    """CHASE_DB1: our Dice with each observer, beside theirs with each other."""
    folder, rows = test_data / "optical" / "CHASEDB1", []
    for name in ("Image_01L", "Image_09L"):
        picture = np.asarray(Image.open(folder / f"{name}.jpg").convert("RGB"))
        first, second = (
            np.asarray(Image.open(folder / f"{name}_{who}HO.png").convert("L")) > 0
            for who in ("1st", "2nd")
        )
        mask = fundus.field_of_view(picture)
        vessels, strength = fundus.segment(picture, mask=mask)
        rows.append(
            [
                fundus.dice(vessels, first, mask),
                fundus.dice(vessels, second, mask),
                fundus.dice(first, second, mask),
                roc_auc_score(first[mask], strength[mask]),
            ]
        )
    ours, with_second, observers, area = np.mean(rows, axis=0)
    assert 0.7 < observers < 0.85
    assert ours > observers - 0.12
    assert with_second > observers - 0.12
    assert area > 0.91
