"""Checks of ``12_mri``: relaxation, k-space, and what a scan costs."""

import numpy as np

from medkit.course.answers import Matching, Number, Slip
from medkit.course.functions import Case, Function

_FAT_HZ = 3.4 * 42.577 * 3.0

FAT_SHIFT = Number(
    _FAT_HZ / 220,
    unit="pixels",
    slips=(
        Slip("hertz", _FAT_HZ, 0.5),
        Slip("1.5 T", _FAT_HZ / 2 / 220, 0.5),
        Slip("upside down", 220 / _FAT_HZ, 0.5),
        Slip("no ppm", 42.577 * 3 / 220, 0.25),
        Slip("radians", 2 * np.pi * _FAT_HZ / 220, 0.5),
        Slip("no field", 3.4 * 42.577 / 220, 0.25),
    ),
)


def ernst_angle(t1_ms, tr_ms):
    """Return Ernst's angle in degrees."""
    return np.rad2deg(np.arccos(np.exp(-tr_ms / t1_ms)))


ERNST = Function(
    ernst_angle,
    cases=(
        Case((np.array([1000.0]), 10.0), "a short TR"),
        Case((np.array([586.0, 855.0, 4300.0]), 5.53), "liver, white matter, fluid"),
        Case((np.array([300.0]), 3000.0), "a TR of many T1: nearly 90°"),
    ),
    slips=(
        Slip("radians", lambda t1, tr: np.arccos(np.exp(-tr / t1)), 0.75),
        Slip("cosine", lambda t1, tr: np.exp(-tr / t1), 0.5),
        Slip("cosine in degrees", lambda t1, tr: np.rad2deg(np.exp(-tr / t1)), 0.25),
        Slip("swapped", lambda t1, tr: np.rad2deg(np.arccos(np.exp(-t1 / tr))), 0.5),
        Slip("recovered part", lambda t1, tr: np.rad2deg(np.arccos(1 - np.exp(-tr / t1))), 0.25),
        Slip("arc sine", lambda t1, tr: np.rad2deg(np.arcsin(np.exp(-tr / t1))), 0.25),
    ),
)


def null_ti(t1_ms, tr_ms):
    """Return the inversion time in ms at which a tissue gives no signal."""
    return t1_ms * np.log(2 / (1 + np.exp(-tr_ms / t1_ms)))


NULL_TI = Function(
    null_ti,
    cases=(
        Case((4300.0, 9000.0), "fluid, as in a FLAIR"),
        Case((391.0, 4000.0), "fat, as in a STIR"),
        Case((4300.0, 5000.0), "fluid, a shorter TR"),
    ),
    relative=1e-3,
    slips=(
        Slip("endless TR", lambda t1, tr: t1 * np.log(2) + 0 * tr, 0.5),
        Slip("base 10", lambda t1, tr: t1 * np.log10(2 / (1 + np.exp(-tr / t1))), 0.75),
        Slip("upside down", lambda t1, tr: -null_ti(t1, tr), 0.5),
        Slip("sign", lambda t1, tr: t1 * np.log(2 / (1 - np.exp(-tr / t1))), 0.5),
        Slip("no T1", lambda t1, tr: np.log(2 / (1 + np.exp(-tr / t1))), 0.75),
        Slip("no 2", lambda t1, tr: t1 * np.log(1 + np.exp(-tr / t1)), 0.5),
    ),
)

K_MAX = Number(
    4.0,
    unit="1/cm",
    slips=(
        Slip("whole width", 8.0, 0.75),
        Slip("whole width in mm", 0.8, 0.5),
        Slip("line distance", 1 / 24, 0.25),
        Slip("lines", 192.0, 0.25),
        Slip("half the lines", 96.0, 0.5),
    ),
)

SNR_PRICE = Number(
    64.0,
    slips=(
        Slip("no root", 8.0, 0.5),
        Slip("two", 2.0),
        Slip("one side", 4.0, 0.25),
        Slip("two sides", 16.0, 0.5),
        Slip("root the wrong way", np.sqrt(8), 0.25),
    ),
)

_RNG = np.random.default_rng(12)
_S2 = np.array([[1.0, 0.25], [0.5, 1.0]])
_S4 = _RNG.normal(size=(4, 2)) + 1j * _RNG.normal(size=(4, 2))


def unfold(s, y):
    """Return the values of the places that were folded onto one another."""
    return np.linalg.lstsq(s, y, rcond=None)[0]


UNFOLD = Function(
    unfold,
    cases=(
        Case((_S2, _S2 @ np.array([3.0, 1.0])), "two coils, two places"),
        Case((_S4, _S4 @ np.array([1.0, 2.0 - 1.0j])), "four coils, complex"),
        Case((_S4, _S4 @ np.array([0.0, 1.0]) + 0.1), "four coils with some error"),
    ),
    relative=1e-6,
    slips=(
        Slip("mixed", lambda s, y: s.T @ y, 0.25),
        Slip("half of it", lambda s, y: s.conj().T @ y, 0.5),
        Slip("no conjugate", lambda s, y: np.linalg.solve(s.T @ s, s.T @ y), 0.75),
        Slip("two coils", lambda s, y: np.linalg.solve(s[:2], y[:2]), 0.75),
        Slip("divided", lambda s, y: y[:2] / np.diag(s[:2]), 0.25),
    ),
)

ARTEFACTS = Matching(
    {
        "copies": "motion",
        "wrap": "small field of view",
        "weave": "spike",
        "ripples": "few lines",
        "rims": "chemical shift",
    }
)
