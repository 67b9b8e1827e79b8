"""Checks of ``15_pet_ct``: from a half-life to a lesion that only looks mild."""

import numpy as np

from medkit.course.answers import Choice, Matching, Number, Slip
from medkit.course.functions import Case, Function

NAMES = Matching(
    {
        "spins": "MRI",
        "X-rays": "CT",
        "pairs and X-rays": "PET-CT",
        "pairs and spins": "PET/MR",
    }
)

_LEFT = 370 * 2 ** (-150 / 109.77)

DECAY = Number(
    _LEFT,
    unit="MBq",
    slips=(
        Slip("base e", 370 * np.exp(-150 / 109.77), 0.5),
        Slip("sign", 370 * 2 ** (150 / 109.77), 0.5),
        Slip("straight line", 370 * (1 - 0.5 * 150 / 109.77), 0.25),
        Slip("decayed", 370 - _LEFT, 0.5),
        Slip("one hour", 370 * 2 ** (-2.5), 0.25),
        Slip("230 minutes", 370 * 2 ** (-230 / 109.77), 0.5),
    ),
)

_ESCAPE = 100 * np.exp(-0.096 * 30)

ATTENUATION = Number(
    _ESCAPE,
    unit="percent",
    relative=0.02,
    slips=(
        Slip("short way", 100 * np.exp(-0.96), 0.25),
        Slip("long way", 100 * np.exp(-1.92), 0.25),
        Slip("added", 100 * (np.exp(-0.96) + np.exp(-1.92)), 0.25),
        Slip("lost", 100 - _ESCAPE, 0.5),
        Slip("fraction", _ESCAPE / 100, 0.75),
        Slip("line twice", 100 * np.exp(-0.096 * 60), 0.5),
    ),
)


def mu_511(hu):
    """Return the attenuation at 511 keV in 1/cm of Hounsfield units."""
    soft = 9.6e-5 * (hu + 1000)
    bone = 5.10e-5 * (hu + 1000) + 4.71e-2
    return np.where(hu < 47, soft, bone)


_HU = np.array([-1000.0, -700, -100, 0, 40, 60, 300, 1200])

MU_FROM_CT = Function(
    mu_511,
    cases=(
        Case((np.array([-1000.0, 0.0]),), "air and water"),
        Case((np.array([300.0, 1200.0]),), "bone"),
        Case((_HU,), "a row from air to bone"),
        Case((_HU.reshape(2, 4),), "a picture"),
    ),
    slips=(
        Slip("first line", lambda hu: 9.6e-5 * (hu + 1000), 0.5),
        Slip("second line", lambda hu: 5.1e-5 * (hu + 1000) + 4.71e-2, 0.5),
        Slip(
            "swapped",
            lambda hu: np.where(hu < 47, 5.1e-5 * (hu + 1000) + 4.71e-2, 9.6e-5 * (hu + 1000)),
            0.5,
        ),
        Slip(
            "at 0 HU",
            lambda hu: np.where(hu < 0, 9.6e-5 * (hu + 1000), 5.1e-5 * (hu + 1000) + 4.71e-2),
            0.75,
        ),
        Slip("no 1000", lambda hu: np.where(hu < 47, 9.6e-5 * hu, 5.1e-5 * hu + 4.71e-2), 0.5),
        Slip("1/mm", lambda hu: mu_511(hu) / 10, 0.75),
    ),
)


def em_step(x, system, counts, background):
    """Return the image after one step of EM."""
    ratio = counts / (system @ x + background)
    return x * (system.T @ ratio) / system.sum(axis=0)


_A = np.array([[1.0, 0.5, 0.0], [0.2, 1.0, 0.4], [0.0, 0.3, 1.0], [0.6, 0.6, 0.1]])
_X = np.array([2.0, 5.0, 1.0])

EM_STEP = Function(
    em_step,
    cases=(
        Case((_X, _A, _A @ _X, np.zeros(4)), "data that already fit: nothing may change"),
        Case((np.ones(3), _A, np.array([6.0, 3.0, 9.0, 4.0]), np.zeros(4)), "first step"),
        Case((_X, _A, np.array([6.0, 3.0, 9.0, 0.0]), np.full(4, 0.5)), "with a background"),
    ),
    slips=(
        Slip("not normalised", lambda x, a, y, b: x * (a.T @ (y / (a @ x + b))), 0.5),
        Slip("no background", lambda x, a, y, b: x * (a.T @ (y / (a @ x))) / a.sum(axis=0), 0.75),
        Slip("subtracted", lambda x, a, y, b: x * (a.T @ ((y - b) / (a @ x))) / a.sum(axis=0), 0.5),
        Slip("no image", lambda x, a, y, b: (a.T @ (y / (a @ x + b))) / a.sum(axis=0), 0.5),
        Slip("added", lambda x, a, y, b: x + (a.T @ (y - a @ x - b)) / a.sum(axis=0), 0.25),
        Slip(
            "upside down",
            lambda x, a, y, b: x * (a.T @ ((a @ x + b) / np.maximum(y, 1e-9))) / a.sum(axis=0),
            0.5,
        ),
    ),
)


def suv(activity, dose_mbq, weight_kg, minutes):
    """Return the standardised uptake value."""
    left_bq = 1e6 * dose_mbq * 2 ** (-minutes / 109.77)
    return activity / (left_bq / (1000 * weight_kg))


_BQ = np.array([0.0, 2740.0, 21900.0])

SUV = Function(
    suv,
    cases=(
        Case((np.array([4000.0]), 300.0, 75.0, 0.0), "at the moment of injection"),
        Case((_BQ, 300.0, 75.0, 60.0), "an hour later"),
        Case((_BQ.reshape(1, 3), 200.0, 54.0, 90.0), "another patient, a picture"),
    ),
    slips=(
        Slip("no decay", lambda a, d, w, m: a / (1e6 * d / (1000 * w)), 0.5),
        Slip("sign", lambda a, d, w, m: a / (1e6 * d * 2 ** (m / 109.77) / (1000 * w)), 0.5),
        Slip("base e", lambda a, d, w, m: a / (1e6 * d * np.exp(-m / 109.77) / (1000 * w)), 0.75),
        Slip("kilograms", lambda a, d, w, m: 1000 * suv(a, d, w, m), 0.75),
        Slip("MBq", lambda a, d, w, m: 1e6 * suv(a, d, w, m), 0.75),
        Slip("no weight", lambda a, d, w, m: a / (1e6 * d * 2 ** (-m / 109.77)), 0.5),
    ),
)

SMALL_LESION = Choice("cannot tell")
