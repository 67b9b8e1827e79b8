"""Five scans of a real head went wrong, each in the way that the exercise says."""

import numpy as np
import pytest

from medkit.chapters.ct import real_slices
from medkit.course.chapters import find_exercise
from medkit.physics import ct

CAUSES = ("motion", "few views", "metal", "detector", "truncation")


def change(cause):
    """Return what a cause changes in the picture, inside the circle that all views see."""
    inside = ct.field_of_view(real_slices.SIZE)
    return np.where(inside, real_slices.scan(cause) - real_slices.scan("nothing"), 0)


def test_letters_hold_the_causes_of_the_solution():
    five = real_slices.five()
    truth = find_exercise("11_ct.artefacts").answer.truth
    assert set(truth) == set(five)
    for letter, cause in truth.items():
        np.testing.assert_array_equal(five[letter], real_slices.scan(cause))


def test_the_sound_scan_is_the_real_slice():
    inside = np.abs(real_slices.head()[0] - 30) < 40  # soft tissue
    error = (real_slices.scan("nothing") - real_slices.head()[0])[inside]
    assert abs(np.median(error)) < 5


@pytest.mark.parametrize("cause", CAUSES)
def test_only_the_uneven_detector_draws_circles(cause):
    """The median along half a circle keeps a ring and little else."""
    rows, columns = np.mgrid[: real_slices.SIZE, : real_slices.SIZE] - (real_slices.SIZE - 1) / 2
    radius, picture = np.hypot(rows, columns).round(), change(cause)
    rings = [np.median(picture[(radius == r) & (rows > 0)]) for r in range(8, 50)]
    ratio = np.std(np.diff(rings)) / np.std(np.diff(picture[130:180, 60:196], axis=1))
    assert (ratio > 1) == (cause == "detector"), ratio


def test_steel_is_denser_than_bone_and_joined_by_a_dark_band():
    picture = real_slices.scan("metal")
    assert picture.max() > 5000
    mm = real_slices.head()[1]
    between = picture[round(94 / mm) - 1 : round(94 / mm) + 2, round(109 / mm) : round(114 / mm)]
    assert between.mean() < -200


def test_a_short_detector_brightens_the_rim_most():
    bright, radius = change("truncation"), np.hypot(*(np.indices((256, 256)) - 127.5))
    middle, rim = (bright[(radius > a) & (radius < b)].mean() for a, b in ((0, 15), (60, 75)))
    assert rim > 2 * middle > 0
