"""Checks of ``15_pet_ct``: from a half-life to a lesion that only looks mild."""

import copy
from types import SimpleNamespace

import numpy as np

from medkit.course.answers import Choice, Number
from medkit.course.functions import Case, Function

_LEFT = 370 * 2 ** (-150 / 109.77)

DECAY = Number(_LEFT, unit="MBq", relative=0.03)

_ESCAPE = 100 * np.exp(-0.096 * 30)

ATTENUATION = Number(_ESCAPE, unit="percent", relative=0.03)


_BEND = np.degrees(np.arccos(2 - 511 / 435))

SCATTER_ANGLE = Number(_BEND, unit="degrees", relative=0.03)


#: Of the real skull base in the notebook, along row 82; a test measures it again.
_EARS = 17.9

EAR_TO_EAR = Number(_EARS, unit="percent", relative=0.04)


def osem_pass(image, system, counts, background, n_subsets):
    """Return the image after one pass of OSEM: one step of EM for every n-th line."""
    for first in range(n_subsets):
        part = slice(first, None, n_subsets)
        some = system[part]
        ratio = counts[part] / (some @ image + background[part])
        image = image * (some.T @ ratio) / some.sum(axis=0)
    return image


_A = np.array([[1.0, 0.5, 0.1], [0.2, 1.0, 0.4], [0.1, 0.3, 1.0], [0.6, 0.6, 0.1]])
_X = np.array([2.0, 5.0, 1.0])
_Y = np.array([6.0, 3.0, 9.0, 2.0])


def _osem(step, parts=lambda n: [slice(k, None, n) for k in range(n)]):
    """Return `osem_pass` with another step or other subsets, for the slips."""

    def wrong(image, system, counts, background, n_subsets):
        for part in parts(n_subsets):
            image = step(image, system[part], counts[part], background[part], system)
        return image

    return wrong


def _step(x, a, y, b, whole=None):
    return x * (a.T @ (y / (a @ x + b))) / a.sum(axis=0)


OSEM_PASS = Function(
    osem_pass,
    cases=(
        Case((_X, _A, _A @ _X, np.zeros(4), 2), "data that already fit: nothing may change"),
        Case((np.ones(3), _A, _Y, np.zeros(4), 1), "one subset, which is MLEM"),
        Case((np.ones(3), _A, _Y, np.zeros(4), 2), "two subsets"),
        Case((_X, _A, np.array([6.0, 3.0, 9.0, 0.0]), np.full(4, 0.5), 2), "with a background"),
    ),
    slips={
        "whole sum": _osem(lambda x, a, y, b, w: _step(x, a, y, b) * a.sum(0) / sum(w)),
        "no background": _osem(lambda x, a, y, b, w: _step(x, a, y, 0 * b)),
        "subtracted": _osem(lambda x, a, y, b, w: _step(x, a, y - b, 0 * b)),
        "one subset only": _osem(_step, lambda n: [slice(0, None, n)]),
        "all lines each time": _osem(_step, lambda n: [slice(None)] * n),
    },
)


def suv_factor(header):
    """Return by what a pixel of this PET, slope included, is multiplied to be a SUV."""
    if header.Units == "GML":
        return 1.0
    tracer = header.RadiopharmaceuticalInformationSequence[0]
    dose = float(tracer.RadionuclideTotalDose)
    if header.DecayCorrection == "START":
        scan, start = (
            3600 * int(t[:2]) + 60 * int(t[2:4]) + float(t[4:])
            for t in (header.SeriesTime, tracer.RadiopharmaceuticalStartTime)
        )
        dose *= 2 ** (-(scan - start) / float(tracer.RadionuclideHalfLife))
    return 1000 * float(header.PatientWeight) / dose


def _header(units, correction, weight=55.0, series="162037.00"):
    """Return the header of the notebook, or one that differs; numbers as pydicom gives them."""
    tracer = SimpleNamespace(
        RadiopharmaceuticalStartTime="151500.00",
        RadionuclideTotalDose=3.86818624e8,
        RadionuclideHalfLife=6588.0,
    )
    return SimpleNamespace(
        Units=units,
        DecayCorrection=correction,
        PatientWeight=weight,
        SeriesTime=series,
        RadiopharmaceuticalInformationSequence=[tracer],
    )


def _misread(half_life=1.0, weight=1.0, **says):
    """Return `suv_factor` of a header that says something else, for the slips."""

    def wrong(header):
        changed = copy.deepcopy(header)
        vars(changed).update(says, PatientWeight=weight * header.PatientWeight)
        changed.RadiopharmaceuticalInformationSequence[0].RadionuclideHalfLife *= half_life
        return suv_factor(changed)

    return wrong


SUV_FACTOR = Function(
    suv_factor,
    cases=(
        Case((_header("GML", "ADMIN"),), "the real header, whose pixels are SUV already"),
        Case((_header("BQML", "ADMIN"),), "pixels in Bq/mL, corrected to the injection"),
        Case((_header("BQML", "START"),), "pixels in Bq/mL, corrected to the start of the scan"),
        Case((_header("BQML", "START", 91.5, "170510.50"),), "another patient, later"),
    ),
    slips={
        "units": _misread(Units="BQML"),
        "never decays": _misread(DecayCorrection="ADMIN"),
        "always decays": _misread(DecayCorrection="START"),
        "sign": _misread(half_life=-1),
        "kilograms": _misread(weight=1 / 1000),
    },
)

SMALL_LESION = Choice("as active as before, or more")

BRAIN = Choice("left parietal")
