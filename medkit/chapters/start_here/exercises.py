"""Checks of ``00_start_here``: what an image is, and how checks work."""

import numpy as np

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
