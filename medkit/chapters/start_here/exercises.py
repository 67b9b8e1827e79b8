"""Checks of ``00_start_here``: what an image is, and how checks work."""

import numpy as np
from scipy import ndimage

from medkit.course.answers import Matching, Number, Slip
from medkit.course.functions import Case, Function

VOLUME_SIZE = Number(
    200 * 512 * 512 * 2 / 1e6,
    unit="MB",
    slips=(
        Slip("pixels", 200 * 512 * 512 / 1e6, 0.5),
        Slip("megabits", 200 * 512 * 512 * 16 / 1e6, 0.5),
        Slip("one slice", 512 * 512 * 2 / 1e6, 0.5),
        Slip("mebibytes", 200 * 512 * 512 * 2 / 2**20, 0.75),
    ),
)

GREY_VALUE = Number(
    255 * (90 - (40 - 200)) / 400,
    slips=(
        Slip("not stretched", 0.625, 0.75),
        Slip("from the centre", 255 * (90 - 40) / 400, 0.25),
        Slip("from 0 HU", 255 * 90 / 400, 0.25),
        Slip("double width", 255 * (90 - (40 - 400)) / 800, 0.5),
    ),
)

SKULL_WIDTH = Number(
    343 * 0.431,
    unit="mm",
    relative=0.03,
    slips=(
        Slip("pixels", 343, 0.5),
        Slip("skin", 416 * 0.431, 0.5),
        Slip("half", 343 * 0.431 / 2, 0.5),
        Slip("length", 381 * 0.431, 0.5),
        Slip("field", 512 * 0.431, 0.25),
    ),
)

WHICH_SCANNER = Matching(
    {
        "bleeding": "CT",
        "ligament": "MRI",
        "valve": "ultrasound",
        "spread": "PET-CT",
        "retina": "OCT",
    }
)

_PICTURE = np.array([[0.0, 40.0, 50.0], [-1000.0, 60.0, 30.0]])


def region_mean(pixels, mask):
    """Return the mean of the pixels in a region."""
    return pixels[mask].mean()


REGION_MEAN = Function(
    region_mean,
    cases=(
        Case((_PICTURE, _PICTURE > 20), "a region of soft tissue beside air"),
        Case((_PICTURE, np.ones((2, 3), bool)), "a region that is the whole picture"),
        Case(
            (np.arange(24.0).reshape(2, 3, 4), np.arange(24).reshape(2, 3, 4) % 5 == 0),
            "a region in a volume",
        ),
    ),
    slips=(
        Slip("whole picture", lambda pixels, mask: pixels.mean()),
        Slip("with zeros", lambda pixels, mask: (pixels * mask).mean(), 0.25),
        Slip("sum", lambda pixels, mask: pixels[mask].sum(), 0.25),
        Slip(
            "outside", lambda pixels, mask: pixels[~mask].mean() if (~mask).any() else np.nan, 0.25
        ),
    ),
)


def find_bleed(image):
    """Return the row and the column of the brightest place, wider than a pixel."""
    return np.unravel_index(np.argmax(ndimage.uniform_filter(image, 5)), image.shape)


def _head(row, column, seed):
    """Return brain with noise, a bleed of 25 HU and a single bright pixel."""
    noise = np.random.default_rng(seed).normal(35, 8, (48, 60))
    y, x = np.ogrid[:48, :60]
    noise[np.hypot(y - row, x - column) < 4] += 25
    noise[47 - row, 59 - column] = 110  # a fleck of calcium
    return noise


FIND_BLEED = Function(
    find_bleed,
    cases=(
        Case((_head(14, 40, 0),), "a bleed on the right"),
        Case((_head(30, 12, 1),), "a bleed on the left"),
        Case((_head(38, 35, 2),), "a bleed at the back"),
    ),
    relative=0.0,
    absolute=2.0,
    slips=(
        Slip("one pixel", lambda image: np.unravel_index(np.argmax(image), image.shape), 0.25),
        Slip("column first", lambda image: find_bleed(image)[::-1], 0.5),
        Slip("one number", lambda image: np.argmax(ndimage.uniform_filter(image, 5)), 0.5),
        Slip(
            "darkest",
            lambda image: np.unravel_index(
                np.argmin(ndimage.uniform_filter(image, 5)), image.shape
            ),
            0.25,
        ),
    ),
)
