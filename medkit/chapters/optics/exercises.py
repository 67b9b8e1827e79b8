"""Checks of ``14_optics``: phase, turns, and what they say about cells and retinas."""

import numpy as np

from medkit.course.answers import Choice, Number, Slip
from medkit.course.functions import Case, Function

_LAG = 2 * np.pi * 0.035 * 8.0 / 0.633

PHASE_DELAY = Number(
    _LAG,
    unit="rad",
    slips=(
        Slip("air", 2 * np.pi * 0.370 * 8 / 0.633, 0.5),
        Slip("whole phase", 2 * np.pi * 1.370 * 8 / 0.633, 0.25),
        Slip("turns", 0.035 * 8 / 0.633, 0.5),
        Slip("path", 0.035 * 8, 0.25),
        Slip("twice", 2 * _LAG, 0.5),
        Slip("degrees", np.rad2deg(_LAG), 0.75),
    ),
)


def phase_of(i0, i1, i2, i3):
    """Return the phase in rad of four pictures."""
    return np.arctan2(i1 - i3, i0 - i2)


def _pictures(phase, background=1.0, modulation=1.0):
    return tuple(
        background + modulation * np.cos(np.asarray(phase) - d) for d in np.arange(4) * np.pi / 2
    )


FOUR_STEPS = Function(
    phase_of,
    cases=(
        Case(_pictures([0.5, 1.0, 1.4], 2.0, 1.0), "small phases"),
        Case(_pictures([-2.5, 2.0, 3.0, -0.3], 2.0, 1.5), "phases in all four quarters"),
        Case(_pictures(np.linspace(-3, 3, 12).reshape(3, 4), 5.0, 0.2), "weak fringes"),
    ),
    absolute=1e-6,
    slips=(
        Slip("arctan", lambda i0, i1, i2, i3: np.arctan((i1 - i3) / (i0 - i2)), 0.5),
        Slip("swapped", lambda i0, i1, i2, i3: np.arctan2(i0 - i2, i1 - i3), 0.5),
        Slip("sign", lambda i0, i1, i2, i3: np.arctan2(i3 - i1, i0 - i2), 0.5),
        Slip("background", lambda i0, i1, i2, i3: np.arctan2(i1, i0), 0.25),
    ),
)


def unwrap_line(wrapped):
    """Return a line of phases without jumps of whole turns."""
    step = np.diff(wrapped)
    step = step - 2 * np.pi * np.round(step / (2 * np.pi))
    return np.concatenate([wrapped[:1], wrapped[0] + np.cumsum(step)])


def _wrap(phase):
    return np.angle(np.exp(1j * np.asarray(phase)))


UNWRAP = Function(
    unwrap_line,
    cases=(
        Case((_wrap(np.arange(8) * 0.3),), "a gentle slope"),
        Case((_wrap(1 + np.arange(30) * 0.9),), "a slope over several turns"),
        Case((_wrap(2.5 - np.arange(30) * 1.1),), "a slope downwards"),
        Case((_wrap(9 * np.exp(-((np.arange(40) - 20.0) ** 2) / 60)),), "a hill"),
    ),
    absolute=1e-6,
    slips=(
        Slip("still wrapped", lambda w: np.asarray(w), 0.25),
        Slip("from 0", lambda w: unwrap_line(w) - w[0], 0.75),
        Slip("one short", lambda w: unwrap_line(w)[1:], 0.5),
        Slip("moved jumps", lambda w: np.mod(w, 2 * np.pi), 0.25),
        Slip(
            "abs",
            lambda w: np.concatenate([w[:1], w[0] + np.cumsum(np.abs(_wrap(np.diff(w))))]),
            0.5,
        ),
    ),
)

_MASS = 300.0 * 0.55 / (2 * np.pi * 0.18)

DRY_MASS = Number(
    _MASS,
    unit="pg",
    slips=(
        Slip("no 2π", _MASS * 2 * np.pi, 0.5),
        Slip("path", _MASS * 0.18, 0.5),
        Slip("multiplied", _MASS * 0.18**2, 0.5),
        Slip("no wavelength", 300 / (2 * np.pi * 0.18), 0.5),
        Slip("phase", 300 / 0.18, 0.25),
    ),
)

_AXIAL = 2 * np.log(2) / np.pi * 1.05**2 / 0.10 / 1.375

AXIAL_RESOLUTION = Number(
    _AXIAL,
    unit="µm",
    slips=(
        Slip("air", _AXIAL * 1.375, 0.5),
        Slip("multiplied", _AXIAL * 1.375**2, 0.5),
        Slip("no factor", _AXIAL * np.pi / (2 * np.log(2)), 0.5),
        Slip("nanometres", _AXIAL * 1000, 0.75),
        Slip("one way", _AXIAL * 2, 0.5),
        Slip("swapped", 2 * np.log(2) / np.pi * 0.1**2 / 1.05 / 1.375, 0.25),
        Slip("not squared", _AXIAL / 1.05, 0.5),
    ),
)

UPSIDE_DOWN = Choice("real")


def dice(found, truth):
    """Return the Dice overlap of two masks."""
    return 2 * np.sum(found & truth) / (np.sum(found) + np.sum(truth))


_A = np.array([[True, True, False, False], [True, False, False, False]])
_B = np.array([[True, False, False, False], [True, True, True, False]])

DICE = Function(
    dice,
    cases=(
        Case((_A, _A), "twice the same"),
        Case((_A, ~_A), "nothing in common"),
        Case((_A, _B), "some in common"),
        Case((_A[0], _B[1]), "a row"),
    ),
    slips=(
        Slip("Jaccard", lambda a, b: np.sum(a & b) / np.sum(a | b), 0.5),
        Slip("accuracy", lambda a, b: np.mean(a == b), 0.25),
        Slip("no 2", lambda a, b: np.sum(a & b) / (np.sum(a) + np.sum(b)), 0.75),
        Slip("sensitivity", lambda a, b: np.sum(a & b) / np.sum(b), 0.25),
        Slip("precision", lambda a, b: np.sum(a & b) / np.sum(a), 0.25),
    ),
)
