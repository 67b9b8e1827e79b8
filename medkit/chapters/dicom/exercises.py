"""Checks of ``10_dicom``: from stored numbers to places and values in a patient."""

import numpy as np

from medkit.course.answers import Array, Number, Selection, Slip
from medkit.course.functions import Case, Function

_STORED = np.array([[0, 24, 1024], [1064, 2024, 4095]], dtype=np.uint16)


def to_hu(stored, slope, intercept):
    """Return Hounsfield units of stored values."""
    return stored.astype(float) * slope + intercept


TO_HU = Function(
    to_hu,
    cases=(
        Case((_STORED, 1.0, -1024.0), "unsigned pixels, slope 1 and intercept −1024"),
        Case((_STORED.astype(np.int16) - 1024, 1.0, 0.0), "signed pixels that are HU already"),
        Case((_STORED, 0.5, -1000.0), "a slope of 0.5"),
        Case((_STORED, 2, -1024), "unsigned pixels with whole numbers in the header"),
    ),
    slips=(
        Slip("order", lambda v, a, b: (v.astype(float) + b) * a, 0.5),
        Slip("sign", lambda v, a, b: v.astype(float) * a - b, 0.5),
        Slip("no intercept", lambda v, a, b: v.astype(float) * a, 0.5),
        Slip("no slope", lambda v, a, b: v.astype(float) + b, 0.5),
        Slip("divided", lambda v, a, b: v.astype(float) / a + b, 0.5),
    ),
)


def window(hu, centre, width):
    """Return grey from 0 to 1 of Hounsfield units."""
    lower = centre - width / 2
    return np.clip((hu - lower) / width, 0, 1)


_HU = np.array([[-1000.0, -160.0, -60.0], [40.0, 90.0, 240.0]])

WINDOW = Function(
    window,
    cases=(
        Case((_HU, 40.0, 400.0), "a soft-tissue window"),
        Case((_HU, -600.0, 1500.0), "a lung window"),
        Case((np.array([35.0, 45.0, 39.0]), 40.0, 80.0), "a brain window"),
    ),
    slips=(
        Slip("not clipped", lambda hu, c, w: (hu - c) / w + 0.5, 0.75),
        Slip("0 to 255", lambda hu, c, w: 255 * window(hu, c, w), 0.75),
        Slip("double width", lambda hu, c, w: np.clip((hu - c) / (2 * w) + 0.5, 0, 1), 0.5),
        Slip("centre black", lambda hu, c, w: np.clip((hu - c) / w, 0, 1), 0.5),
        Slip("own range", lambda hu, c, w: (hu - hu.min()) / (hu.max() - hu.min())),
        Slip("LINEAR", lambda hu, c, w: np.clip((hu - (c - 0.5)) / (w - 1) + 0.5, 0, 1), 0.9),
    ),
)

POSITION = Array(
    np.array([-80.0, -100.0, 40.0]),
    slips=(
        Slip("spacing swapped", np.array([-95.0, -70.0, 40.0]), 0.5),
        Slip("indices swapped", np.array([-40.0, -125.0, 40.0]), 0.5),
        Slip("both swapped", np.array([-70.0, -110.0, 40.0]), 0.5),
        Slip("no origin", np.array([40.0, 50.0, 0.0]), 0.5),
        Slip("no spacing", np.array([-70.0, -50.0, 40.0]), 0.25),
    ),
)

_AXIAL = np.array([1.0, 0, 0, 0, 1, 0])
_SAGITTAL = np.array([0.0, 1, 0, 0, 0, -1])
_STEEP = np.array([1.0, 0, 0, 0, 0.6, -0.8])


def slice_order(positions, orientation):
    """Return the indices of slices in the order of their places along the normal."""
    normal = np.cross(orientation[:3], orientation[3:])
    return np.argsort(positions @ normal)


def _stack(orientation, places):
    normal = np.cross(orientation[:3], orientation[3:])
    return np.array([-100.0, 30.0, 12.0]) + np.outer(places, normal)


SLICE_ORDER = Function(
    slice_order,
    cases=(
        Case((_stack(_AXIAL, [10.0, -60, 5, 20, -35]), _AXIAL), "an axial series"),
        Case((_stack(_SAGITTAL, [3.0, -3, 0, 6]), _SAGITTAL), "a sagittal series"),
        Case((_stack(_STEEP, [4.0, 8, 0, 12, -4]), _STEEP), "an oblique series"),
    ),
    slips=(
        Slip("by z", lambda p, o: np.argsort(p[:, 2]), 0.25),
        Slip("as they came", lambda p, o: np.arange(len(p))),
        Slip("reversed", lambda p, o: slice_order(p, o)[::-1], 0.5),
        Slip("ranks", lambda p, o: np.argsort(slice_order(p, o)), 0.5),
        Slip("distances", lambda p, o: np.sort(p @ np.cross(o[:3], o[3:])), 0.5),
        Slip("from the origin", lambda p, o: np.argsort(np.linalg.norm(p, axis=1)), 0.25),
    ),
)


def _steps(places):
    steps = np.abs(np.diff(places))
    return steps / np.median(steps)


def missing_slices(places):
    """Return how many slices a series lacks."""
    steps = np.abs(np.diff(places))
    return int(np.sum(np.round(steps / np.median(steps)) - 1))


MISSING_SLICES = Function(
    missing_slices,
    cases=(
        Case((np.arange(6) * 2.5,), "a complete series"),
        Case((np.array([0.0, 5, 10, 20, 25, 30]),), "one missing slice"),
        Case((np.array([0.0, 5, 10, 25, 30, 35, 40]),), "two slices missing in one place"),
        Case((np.array([30.0, 25, 20, 10, 5, 0]),), "a series that runs downwards"),
        Case((np.array([0.0, 3.01, 5.99, 9.0, 15.02, 18.0]),), "steps that are not quite even"),
    ),
    slips=(
        Slip("gaps", lambda z: int(np.sum(_steps(z) > 1.5)), 0.75),
        Slip(
            "downwards", lambda z: int(np.sum(np.round(np.sign(np.diff(z)) * _steps(z)) - 1)), 0.75
        ),
        Slip("all steps", lambda z: int(np.sum(np.round(_steps(z)))), 0.5),
    ),
)

IDENTIFYING = Selection(
    {"PatientName", "PatientBirthDate", "AccessionNumber", "StudyInstanceUID", "InstitutionName"}
)

MONOCHROME1 = Number(
    4095 - 1000,
    relative=0,
    absolute=0.01,
    slips=(
        Slip("16 bits", 65535 - 1000, 0.5),
        Slip("4096", 4096 - 1000, 0.75),
        Slip("negative", -1000, 0.25),
        Slip("8 bits", 255 - 1000, 0.25),
        Slip("unchanged", 1000),
    ),
)
