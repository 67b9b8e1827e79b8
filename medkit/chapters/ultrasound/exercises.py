"""Checks of ``13_ultrasound``: from the time of an echo to the speed of blood."""

import numpy as np

from medkit.course.answers import Matching, Number, Slip
from medkit.course.functions import Case, Function

DEPTH = Number(
    1540 * 52e-6 / 2 * 1e3,
    unit="mm",
    slips=(
        Slip("whole way", 1540 * 52e-6 * 1e3, 0.5),
        Slip("air", 343 * 52e-6 / 2 * 1e3, 0.5),
        Slip("twice", 1540 * 52e-6 * 2e3, 0.25),
    ),
)


def reflection(z1, z2):
    """Return the part of the intensity that a boundary reflects."""
    return ((z2 - z1) / (z2 + z1)) ** 2


_TISSUES = np.array([1.48, 1.40, 1.62, 6.87, 0.0004])

REFLECTION = Function(
    reflection,
    cases=(
        Case((1.63, 1.40), "muscle to fat"),
        Case((1.63, 0.0004), "muscle to air"),
        Case((1.63, 1.63), "no boundary at all"),
        Case((np.full(5, 1.63), _TISSUES), "muscle to five other tissues"),
    ),
    absolute=1e-12,
    slips=(
        Slip("amplitude", lambda z1, z2: (z2 - z1) / (z2 + z1), 0.5),
        Slip("transmitted", lambda z1, z2: 1 - reflection(z1, z2), 0.5),
        Slip("sum not squared", lambda z1, z2: (z2 - z1) ** 2 / (z2 + z1), 0.5),
        Slip("no difference", lambda z1, z2: (z2 / z1) ** 2, 0.25),
    ),
)

PENETRATION = Number(
    90 / (2 * 0.5 * 7.5),
    unit="cm",
    slips=(
        Slip("one way", 90 / (0.5 * 7.5), 0.5),
        Slip("no MHz", 90 / (2 * 0.5), 0.5),
        Slip("one way, no MHz", 90 / 0.5, 0.25),
        Slip("dB per cm", 2 * 0.5 * 7.5, 0.5),
        Slip("four ways", 90 / (4 * 0.5 * 7.5), 0.5),
    ),
)

_WAVELENGTH = 1.54 / 5

WIDTH = Number(
    _WAVELENGTH * 3,
    unit="mm",
    slips=(
        Slip("upside down", _WAVELENGTH / 3, 0.5),
        Slip("wavelength", _WAVELENGTH, 0.5),
        Slip("F-number", 3.0, 0.5),
        Slip("half aperture", _WAVELENGTH * 1.5, 0.5),
        Slip("air", 343 / 5e3 * 3, 0.5),
    ),
)


def arrival(elements_mm, x_mm, z_mm):
    """Return the times in µs at which an echo reaches the elements."""
    return (z_mm + np.hypot(elements_mm - x_mm, z_mm)) / 1.54


_ROW = np.linspace(-9, 9, 7)

DELAYS = Function(
    arrival,
    cases=(
        Case((np.array([0.0]), 0.0, 20.0), "the element right above the point"),
        Case((_ROW, 0.0, 20.0), "a point under the middle"),
        Case((_ROW, -6.0, 12.0), "a point aside"),
        Case((_ROW, 4.0, 1.0), "a point close to the skin"),
    ),
    slips=(
        Slip("way back only", lambda e, x, z: np.hypot(e - x, z) / 1.54, 0.5),
        Slip("way twice", lambda e, x, z: 2 * np.hypot(e - x, z) / 1.54, 0.5),
        Slip("no elements", lambda e, x, z: 0 * e + 2 * z / 1.54, 0.5),
        Slip("not divided", lambda e, x, z: z + np.hypot(e - x, z), 0.75),
        Slip("no x", lambda e, x, z: (z + np.hypot(e, z)) / 1.54, 0.75),
        Slip("two sides", lambda e, x, z: (z + np.abs(e - x) + z) / 1.54, 0.5),
    ),
)

_NYQUIST = 1540 * 4000 / (4 * 5e6)

ALIASED = Number(
    0.4 - 2 * _NYQUIST,
    unit="m/s",
    slips=(
        Slip("no angle", 0.4, 0.5),
        Slip("not folded without angle", 0.8 - 2 * _NYQUIST, 0.5),
        Slip("cut off", _NYQUIST, 0.5),
        Slip("fold", 0.4 - _NYQUIST, 0.5),
        Slip("sign", 2 * _NYQUIST - 0.4, 0.5),
        Slip("sine", 0.8 * np.sin(np.pi / 3) - 2 * _NYQUIST, 0.5),
    ),
)

SIGNS = Matching(
    {
        "tail": "attenuates little",
        "dark band": "attenuates much",
        "ladder": "two mirrors",
        "blue core": "too few pulses",
        "grain": "interference",
    }
)
