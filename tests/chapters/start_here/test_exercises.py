"""The first exercises take what is right, however it was found."""

import numpy as np
import pytest
from scipy import ndimage

from medkit.course.chapters import find_exercise
from medkit.data import dicom


@pytest.mark.parametrize(
    "smooth",
    [
        lambda image: ndimage.gaussian_filter(image, 2),
        lambda image: ndimage.median_filter(image, 5),
        lambda image: ndimage.uniform_filter(image, 7),
    ],
)
def test_any_filter_that_averages_finds_the_bleed(smooth):
    def find_bleed(image):
        return list(np.unravel_index(np.argmax(smooth(image)), image.shape))

    assert find_exercise("00_start_here.find_bleed").grade(find_bleed).score == 1


def test_the_skull_is_as_wide_as_the_real_slice_says():
    head = dicom.read(dicom.example("head_ct"))
    rows = [np.flatnonzero(row > 300) for row in head.pixels[0]]
    width = max(row[-1] - row[0] + 1 for row in rows if len(row)) * head.spacing_mm[2]
    task = find_exercise("00_start_here.skull_width")
    assert task.answer.truth == pytest.approx(width, rel=1e-3)
    assert task.grade(150).score == 1  # read with two figures
