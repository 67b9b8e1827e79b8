"""Checks of ``12_mri``: a steady state, k-space, real pixels, and what a scan costs."""

import numpy as np

from medkit.course.answers import Matching, Number, Slip
from medkit.course.functions import Case, Function

_FAT_HZ = 3.4 * 42.577 * 3.0

FAT_SHIFT = Number(
    _FAT_HZ / 220,
    unit="pixels",
    relative=0.04,
    slips=(
        Slip("hertz", _FAT_HZ, 0.5),
        Slip("1.5 T", _FAT_HZ / 2 / 220, 0.5),
        Slip("upside down", 220 / _FAT_HZ, 0.5),
        Slip("no ppm", 42.577 * 3 / 220, 0.25),
        Slip("radians", 2 * np.pi * _FAT_HZ / 220, 0.5),
        Slip("no field", 3.4 * 42.577 / 220, 0.25),
    ),
)


def steady(flip_deg, t1_ms, tr_ms):
    """Return the signal after the last of 300 pulses, spoiled in between."""
    angle, mz, signal = np.deg2rad(flip_deg), 1.0, 0.0
    for _ in range(300):
        signal = mz * np.sin(angle)
        mz = 1 - (1 - mz * np.cos(angle)) * np.exp(-tr_ms / t1_ms)
    return signal


def _train(left, back, heard, pulses=300):
    """Make a train of pulses with something wrong in it."""

    def wrong(flip_deg, t1_ms, tr_ms):
        angle, mz, signal = np.deg2rad(flip_deg), 1.0, 0.0
        for _ in range(pulses):
            before, mz = mz, left(mz, angle)
            mz = back(mz, np.exp(-tr_ms / t1_ms))
            signal = heard(before, mz, angle)
        return signal

    return wrong


def _left(mz, angle):
    return mz * np.cos(angle)


def _back(mz, e1):
    return 1 - (1 - mz) * e1


def _heard(before, after, angle):
    return before * np.sin(angle)


STEADY = Function(
    steady,
    cases=(
        Case((20.0, 855.0, 10.0), "white matter, a short TR"),
        Case((90.0, 1464.0, 500.0), "grey matter, 90° pulses"),
        Case((5.0, 391.0, 8.0), "fat, a small angle"),
    ),
    relative=3e-3,
    slips=(
        Slip("sine", _train(lambda mz, a: mz * np.sin(a), _back, _heard), 0.5),
        Slip("first pulse", lambda flip, t1, tr: np.sin(np.deg2rad(flip)), 0.25),
        Slip("no recovery", _train(_left, lambda mz, e1: mz, _heard), 0.25),
        Slip("towards 0", _train(_left, lambda mz, e1: mz * e1, _heard), 0.5),
        Slip("along", _train(_left, _back, lambda before, after, a: before), 0.5),
        Slip("after the wait", _train(_left, _back, lambda b, after, a: after * np.cos(a)), 0.5),
    ),
)


def reconstruct(data):
    """Return the magnitude image of a k-space whose middle is at index n // 2."""
    image = np.fft.ifft2(np.fft.ifftshift(data))
    return np.abs(np.fft.fftshift(image))


def _kspace(rows, columns, seed):
    """Return the k-space of an object of random greys and phases."""
    rng = np.random.default_rng(seed)
    image = rng.random((rows, columns)) * np.exp(1j * rng.normal(size=(rows, columns)))
    return np.fft.fftshift(np.fft.fft2(np.fft.ifftshift(image)))


_FT, _SHIFT, _BACK = np.fft.ifft2, np.fft.ifftshift, np.fft.fftshift

RECONSTRUCT = Function(
    reconstruct,
    cases=(
        Case((_kspace(8, 8, 0),), "8 × 8 pixels"),
        Case((_kspace(6, 9, 1),), "odd columns"),
        Case((_kspace(7, 5, 2),), "odd rows and columns"),
    ),
    relative=1e-6,
    slips=(
        Slip("forward", lambda d: np.abs(_BACK(np.fft.fft2(_SHIFT(d)))), 0.5),
        Slip("no shift after", lambda d: np.abs(_FT(_SHIFT(d))), 0.5),
        Slip("real part", lambda d: _BACK(_FT(_SHIFT(d))).real, 0.5),
        Slip("unitary", lambda d: np.abs(_BACK(np.fft.ifft2(_SHIFT(d), norm="ortho"))), 0.75),
        Slip("wrong way round", lambda d: np.abs(_SHIFT(_FT(_BACK(d)))), 0.75),
    ),
)

REAL_PIXEL = Number(
    300 * 0.723 / 110,
    unit="mm",
    relative=0.06,
    slips=(
        Slip("one side", 300 * 0.723 / 55, 0.5),
        Slip("stored", 0.723, 0.25),
        Slip("two pixels", 2 * 300 * 0.723 / 55, 0.25),
        Slip("columns", 484 * 0.723 / 110, 0.5),
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
    relative=4e-3,
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
    relative=0.04,
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
    relative=0.03,
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
        "A": "spike",
        "B": "motion",
        "C": "few lines",
        "D": "small field of view",
        "E": "chemical shift",
    }
)
