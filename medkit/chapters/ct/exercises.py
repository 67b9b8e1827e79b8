"""Checks of ``11_ct``: from photons to Hounsfield units."""

import numpy as np

from medkit.course.answers import Choice, Matching, Number, Slip
from medkit.course.functions import Case, Function

_TRANSMITTED = 1e6 * np.exp(-(18 * 0.206 + 2 * 0.604))

TRANSMITTED = Number(
    _TRANSMITTED,
    unit="photons",
    slips=(
        Slip("no bone", 1e6 * np.exp(-18 * 0.206), 0.25),
        Slip("sum of exponentials", 1e6 * (np.exp(-18 * 0.206) + np.exp(-2 * 0.604)), 0.25),
        Slip("stopped", 1e6 - _TRANSMITTED, 0.5),
        Slip("fraction", _TRANSMITTED / 1e6, 0.5),
        Slip("base 10", 1e6 * 10 ** -(18 * 0.206 + 2 * 0.604), 0.5),
        Slip("sign", 1e6 * np.exp(18 * 0.206 + 2 * 0.604), 0.5),
        Slip("all water", 1e6 * np.exp(-20 * 0.206), 0.25),
    ),
)

#: μ in 1/mm at 70 keV: air, fat, water, liver and bone (`medkit.constants`).
_TISSUES = np.array([0.0, 0.0178, 0.0193, 0.0203, 0.0494])


def to_hu(mu, mu_water):
    """Return Hounsfield units of attenuation coefficients."""
    return 1000 * (mu - mu_water) / mu_water


WATER_HU = Function(
    to_hu,
    cases=(
        Case((np.array([0.0193]), 0.0193), "water"),
        Case((np.array([0.0]), 0.0193), "vacuum"),
        Case((_TISSUES, 0.0193), "fat, liver and bone at 70 keV"),
        Case((_TISSUES.reshape(1, 5) * 0.9, 0.0171), "a picture at a higher energy"),
    ),
    absolute=1e-6,
    slips=(
        Slip("no 1000", lambda mu, mu_water: (mu - mu_water) / mu_water, 0.75),
        Slip("sign", lambda mu, mu_water: 1000 * (mu_water - mu) / mu_water, 0.5),
        Slip("vacuum 0", lambda mu, mu_water: 1000 * mu / mu_water, 0.5),
        Slip("not divided", lambda mu, mu_water: 1000 * (mu - mu_water), 0.5),
        Slip("divided by tissue", lambda mu, mu_water: 1000 * (mu - mu_water) / mu, 0.5),
    ),
)


def disc_projection(s, radius, mu):
    """Return the line integrals through a disc."""
    half_chord = np.sqrt(np.maximum(radius**2 - s**2, 0))
    return 2 * mu * half_chord


_S = np.linspace(-8, 8, 9)

DISC_SINOGRAM = Function(
    disc_projection,
    cases=(
        Case((np.array([0.0]), 10.0, 0.02), "the ray through the centre"),
        Case((_S, 10.0, 0.02), "rays that all hit the disc"),
        Case((_S * 2, 10.0, 0.05), "rays of which some miss"),
    ),
    slips=(
        Slip("half", lambda s, radius, mu: disc_projection(s, radius, mu) / 2, 0.5),
        Slip("no root", lambda s, radius, mu: 2 * mu * np.maximum(radius**2 - s**2, 0), 0.25),
        Slip("nan outside", lambda s, radius, mu: 2 * mu * np.sqrt(radius**2 - s**2), 0.75),
        Slip("abs outside", lambda s, radius, mu: 2 * mu * np.sqrt(np.abs(radius**2 - s**2)), 0.75),
        Slip("no mu", lambda s, radius, mu: disc_projection(s, radius, 1.0), 0.5),
    ),
)

NOISE_DOSE = Number(
    4.0,
    slips=(
        Slip("one over dose", 2.0),
        Slip("root", np.sqrt(2), 0.25),
        Slip("inverse", 0.25, 0.5),
        Slip("mAs", 400.0, 0.75),
    ),
)

VIEWS = Number(
    np.pi / 2 * 512,
    relative=0.02,
    slips=(
        Slip("straight", 512, 0.5),
        Slip("whole circle", np.pi * 512, 0.75),
        Slip("quarter circle", np.pi / 4 * 512, 0.5),
        Slip("upside down", 2 / np.pi * 512, 0.5),
        Slip("one a degree", 180),
    ),
)


def ramp_filter(projection, pixel_mm):
    """Return a projection whose spectrum is multiplied by the frequency."""
    frequency = np.fft.fftfreq(len(projection), d=pixel_mm)
    return np.fft.ifft(np.abs(frequency) * np.fft.fft(projection)).real


def _ramp_unsorted(projection, pixel_mm):
    n = len(projection)
    ramp = np.abs(np.arange(n) - n // 2) / (n * pixel_mm)
    return np.fft.ifft(ramp * np.fft.fft(projection)).real


def _signed(projection, pixel_mm):
    frequency = np.fft.fftfreq(len(projection), pixel_mm)
    return np.fft.ifft(frequency * np.fft.fft(projection)).real


_N = 64

RAMP_FILTER = Function(
    ramp_filter,
    cases=(
        Case((np.eye(_N)[20], 1.0), "a single bright sample"),
        Case((np.full(_N, 3.0), 1.0), "a constant row"),
        Case((np.cos(2 * np.pi * 5 * np.arange(_N) / _N), 0.5), "a cosine, samples of 0.5 mm"),
        Case((disc_projection(np.arange(_N) - 31.5, 20.0, 0.02), 0.7), "the shadow of a disc"),
    ),
    absolute=1e-8,
    slips=(
        Slip("no spacing", lambda p, mm: ramp_filter(p, 1.0), 0.75),
        Slip("order of frequencies", _ramp_unsorted, 0.5),
        Slip("signed", _signed, 0.5),
        Slip("not the spectrum", lambda p, mm: np.abs(np.fft.fftfreq(len(p), mm)) * p, 0.25),
        Slip("not back", lambda p, mm: np.abs(np.fft.fftfreq(len(p), mm)) * np.fft.fft(p), 0.5),
        Slip("abs", lambda p, mm: np.abs(ramp_filter(p, mm)), 0.75),
    ),
)

BEAM_HARDENING = Choice("darker")

ARTEFACTS = Matching(
    {
        "circles": "detector",
        "star": "metal",
        "straw": "few views",
        "double": "motion",
        "glow": "truncation",
    }
)
