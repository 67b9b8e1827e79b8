"""Checks of ``13_ultrasound``: from the time of an echo to the speed of blood."""

import numpy as np

from medkit.course.answers import Matching, Number
from medkit.course.functions import Case, Function

DEPTH = Number(1540 * 52e-6 / 2 * 1e3, unit="mm", relative=0.03)


_ROOT = np.sqrt(0.01)

UNKNOWN = Number(1.63 * (1 - _ROOT) / (1 + _ROOT), unit="MRayl", relative=0.03)

PENETRATION = Number(90 / (2 * 0.5 * 7.5), unit="cm", relative=0.03)

_WAVELENGTH = 1.54 / 5

WIDTH = Number(_WAVELENGTH * 3, unit="mm", relative=0.03)


def fire(elements_mm, x_mm, z_mm):
    """Return when each element fires, in µs, so that all waves meet at a point; the first at 0."""
    way = np.hypot(elements_mm - x_mm, z_mm)
    return (way.max() - way) / 1.54


_ROW = np.linspace(-9, 9, 7)

FOCUS = Function(
    fire,
    cases=(
        Case((_ROW, 0.0, 20.0), "a point under the middle"),
        Case((_ROW, -6.0, 12.0), "a point aside"),
        Case((_ROW, 4.0, 3.0), "a point close to the skin"),
        Case((np.array([0.0]), 0.0, 20.0), "a single element"),
    ),
    slips={
        "arrival": lambda e, x, z: np.hypot(e - x, z) / 1.54,
        "near first": lambda e, x, z: fire(e, x, z).max() - fire(e, x, z),
        "before 0": lambda e, x, z: -np.hypot(e - x, z) / 1.54,
        "there and back": lambda e, x, z: 2 * fire(e, x, z),
        "not divided": lambda e, x, z: 1.54 * fire(e, x, z),
        "no x": lambda e, x, z: fire(e, 0.0, z),
    },
)


def polar(x_mm, z_mm, radius_mm):
    """Return depth in mm and angle in degrees of pixels below a convex probe."""
    middle = z_mm + radius_mm
    return np.stack([np.hypot(x_mm, middle) - radius_mm, np.rad2deg(np.arctan2(x_mm, middle))])


_X, _Z = np.meshgrid(np.linspace(-60, 60, 5), np.linspace(0, 90, 4))

CONVEX = Function(
    polar,
    cases=(
        Case((np.array([0.0]), np.array([50.0]), 60.0), "a pixel straight below"),
        Case((np.array([-40.0, 40.0]), np.array([50.0, 50.0]), 60.0), "a pixel on either side"),
        Case((_X, _Z, 45.0), "a whole picture"),
    ),
    slips={
        "flat": lambda x, z, r: polar(x, z, 0.0),
        "from the middle": lambda x, z, r: polar(x, z + r, 0.0),
        "radian": lambda x, z, r: np.stack([polar(x, z, r)[0], np.deg2rad(polar(x, z, r)[1])]),
        "minus": lambda x, z, r: polar(x, z - 2 * r, r),
        "swapped": lambda x, z, r: np.stack([polar(x, z, r)[0], 90 - polar(x, z, r)[1]]),
    },
)


def power_doppler(iq):
    """Return how strong what moves echoes: the mean square after the wall filter."""
    moving = iq - iq.mean(axis=0)
    return (np.abs(moving) ** 2).mean(axis=0)


def _pulses(steps, wall):
    """Echoes of eight pulses: blood that turns by so much a pulse, and a wall that stands still."""
    turns = np.exp(1j * np.arange(8)[:, None] * np.asarray(steps))
    return turns + np.asarray(wall)


POWER = Function(
    power_doppler,
    cases=(
        Case((_pulses([0.7, 1.3], [0, 0]),), "blood alone"),
        Case((_pulses([0.0, 0.0], [90, 0]),), "a wall that stands still"),
        Case((_pulses([0.7, -1.1, 2.0], [0, 300j, -900]),), "blood beside a loud wall"),
    ),
    relative=1e-6,
    slips={
        "wall too": lambda iq: (np.abs(iq) ** 2).mean(axis=0),
        "amplitude": lambda iq: np.abs(iq - iq.mean(axis=0)).mean(axis=0),
        "sum": lambda iq: (np.abs(iq - iq.mean(axis=0)) ** 2).sum(axis=0),
        "no size": lambda iq: ((iq - iq.mean(axis=0)) ** 2).mean(axis=0),
        "wrong axis": lambda iq: (np.abs(iq - iq.mean(axis=0)) ** 2).mean(axis=1),
    },
)

#: Rows of the picture between the probe and the hinge; of the ruler 49 rows are 50 mm.
_HINGE_ROWS = 133 - 22

HINGE = Number(_HINGE_ROWS * 50 / 49, unit="mm", relative=0.06)

_NYQUIST = 1540 * 4000 / (4 * 5e6)

ALIASED = Number(0.4 - 2 * _NYQUIST, unit="m/s", relative=0.03)

SIGNS = Matching()
