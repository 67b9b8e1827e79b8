"""Checks of ``12_mri``: a steady state, k-space, real pixels, and what a scan costs."""

import numpy as np

from medkit.course.answers import Matching, Number
from medkit.course.functions import Case, Function

_FAT_HZ = 3.4 * 42.577 * 3.0

FAT_SHIFT = Number(_FAT_HZ / 220, unit="pixels", relative=0.04)


def steady(flip_deg, t1_ms, tr_ms):
    """Return the signal after the last of 300 pulses, spoiled in between."""
    angle, mz, signal = np.deg2rad(flip_deg), 1.0, 0.0
    for _ in range(300):
        signal = mz * np.sin(angle)
        mz = 1 - (1 - mz * np.cos(angle)) * np.exp(-tr_ms / t1_ms)
    return signal


def _sine(flip_deg, t1_ms, tr_ms):
    """Return the signal, if a pulse left the sine along the field instead of the cosine."""
    sine, e1 = np.sin(np.deg2rad(flip_deg)), np.exp(-tr_ms / t1_ms)
    return sine * (1 - e1) / (1 - sine * e1)


def _fading(flip_deg, t1_ms, tr_ms):
    """Return the signal, if what is along the field decayed to 0 instead of 1."""
    angle = np.deg2rad(flip_deg)
    return np.sin(angle) * (np.cos(angle) * np.exp(-tr_ms / t1_ms)) ** 299


STEADY = Function(
    steady,
    cases=(
        Case((20.0, 855.0, 10.0), "white matter, a short TR"),
        Case((90.0, 1464.0, 500.0), "grey matter, 90° pulses"),
        Case((5.0, 391.0, 8.0), "fat, a small angle"),
    ),
    relative=3e-3,
    slips={
        "sine": _sine,
        "first pulse": lambda flip, t1, tr: np.sin(np.deg2rad(flip)),
        "no recovery": lambda flip, t1, tr: steady(flip, np.inf, tr),
        "towards 0": _fading,
        "along": lambda flip, t1, tr: steady(flip, t1, tr) / np.sin(np.deg2rad(flip)),
        "after the wait": lambda flip, t1, tr: steady(flip, t1, tr) / np.tan(np.deg2rad(flip)),
    },
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
    slips={
        "forward": lambda d: np.abs(_BACK(np.fft.fft2(_SHIFT(d)))),
        "no shift after": lambda d: np.abs(_FT(_SHIFT(d))),
        "real part": lambda d: _BACK(_FT(_SHIFT(d))).real,
        "unitary": lambda d: np.abs(_BACK(np.fft.ifft2(_SHIFT(d), norm="ortho"))),
        "wrong way round": lambda d: np.abs(_SHIFT(_FT(_BACK(d)))),
    },
)

REAL_PIXEL = Number(300 * 0.723 / 110, unit="mm", relative=0.06)


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
    slips={
        "endless TR": lambda t1, tr: t1 * np.log(2) + 0 * tr,
        "base 10": lambda t1, tr: t1 * np.log10(2 / (1 + np.exp(-tr / t1))),
        "upside down": lambda t1, tr: -null_ti(t1, tr),
        "sign": lambda t1, tr: t1 * np.log(2 / (1 - np.exp(-tr / t1))),
        "no T1": lambda t1, tr: np.log(2 / (1 + np.exp(-tr / t1))),
        "no 2": lambda t1, tr: t1 * np.log(1 + np.exp(-tr / t1)),
    },
)

K_MAX = Number(4.0, unit="1/cm", relative=0.04)

SNR_PRICE = Number(64.0, relative=0.03)

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
    slips={
        "mixed": lambda s, y: s.T @ y,
        "half of it": lambda s, y: s.conj().T @ y,
        "no conjugate": lambda s, y: np.linalg.solve(s.T @ s, s.T @ y),
        "two coils": lambda s, y: np.linalg.solve(s[:2], y[:2]),
        "divided": lambda s, y: y[:2] / np.diag(s[:2]),
    },
)

ARTEFACTS = Matching()
