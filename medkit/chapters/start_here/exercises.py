"""Checks of ``00_start_here``: what an image is, and how checks work."""

import numpy as np
from scipy import ndimage

from medkit.course.answers import Matching, Number
from medkit.course.functions import Case, Function

VOLUME_SIZE = Number(200 * 512 * 512 * 2 / 1e6, unit="MB")

GREY_VALUE = Number(255 * (90 - (40 - 200)) / 400)

SKULL_WIDTH = Number(343 * 0.431, unit="mm", relative=0.03)

WHICH_SCANNER = Matching()

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
    slips={
        "whole picture": lambda pixels, mask: pixels.mean(),
        "with zeros": lambda pixels, mask: (pixels * mask).mean(),
        "sum": lambda pixels, mask: pixels[mask].sum(),
        "outside": lambda pixels, mask: pixels[~mask].mean() if (~mask).any() else np.nan,
    },
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
    slips={
        "one pixel": lambda image: np.unravel_index(np.argmax(image), image.shape),
        "column first": lambda image: find_bleed(image)[::-1],
        "one number": lambda image: np.argmax(ndimage.uniform_filter(image, 5)),
        "darkest": lambda image: np.unravel_index(
            np.argmin(ndimage.uniform_filter(image, 5)), image.shape
        ),
    },
)
