"""Checks of ``11_ct``: from photons to Hounsfield units."""

import numpy as np

from medkit.course.answers import Choice, Matching, Number
from medkit.course.functions import Case, Function

_TRANSMITTED = 1e6 * np.exp(-(18 * 0.206 + 2 * 0.604))

TRANSMITTED = Number(_TRANSMITTED, unit="photons", relative=0.03)


def line_integrals(counts, air):
    """Return line integrals from counts (view, bin) and a scan of air (bin)."""
    return np.log(air / np.maximum(counts, 1))


_RNG = np.random.default_rng(11)
#: A detector whose elements differ, and what it counted behind three patients.
_AIR = np.array([9800.0, 10350.0, 10020.0, 9120.0, 10480.0, 9950.0])
_PATIENT = np.array([[0.0, 0.8, 2.1, 3.4, 1.2, 0.0], [0.0, 0.5, 2.6, 2.9, 1.9, 0.1]])

REPAIR = Function(
    line_integrals,
    cases=(
        Case((np.tile(_AIR, (2, 1)), _AIR), "a scan of nothing but air"),
        Case((_AIR * np.exp(-_PATIENT), _AIR), "a patient, and elements that differ"),
        Case((np.array([[900.0, 30.0, 0.0], [880.0, 28.0, 1.0]]), np.full(3, 1e3)), "a metal rod"),
        Case((_RNG.poisson(_AIR * np.exp(-3 * _PATIENT)), _AIR), "counts that are whole numbers"),
    ),
    slips={
        "as printed": lambda counts, air: np.log(counts / air.mean()),
        "sign alone": lambda counts, air: -np.log(counts / air.mean()),
        "one air": lambda counts, air: -np.log(np.maximum(counts, 1) / air.mean()),
        "no photon": lambda counts, air: -np.log(counts / air),
        "still minus": lambda counts, air: np.log(np.maximum(counts, 1) / air),
    },
)


def disc_sinogram(angles, s, x, y, radius, mu):
    """Return the sinogram (view, bin) of a disc at (x, y); angles in degrees."""
    angle = np.deg2rad(angles)[:, None]
    distance = s - (x * np.cos(angle) + y * np.sin(angle))
    return 2 * mu * np.sqrt(np.maximum(radius**2 - distance**2, 0))


_ANGLES, _S = np.array([0.0, 30.0, 90.0, 135.0]), np.linspace(-16, 16, 9)


DISC_SINOGRAM = Function(
    disc_sinogram,
    cases=(
        Case((np.array([0.0]), np.array([0.0]), 0.0, 0.0, 10.0, 0.02), "the middle ray"),
        Case((_ANGLES, _S / 2, 0.0, 0.0, 10.0, 0.02), "a disc on the axis, which all rays hit"),
        Case((_ANGLES, _S, 5.0, 0.0, 10.0, 0.05), "a disc to the right of the axis"),
        Case((_ANGLES, _S, -3.0, 6.0, 4.0, 0.05), "a disc to the left and above"),
    ),
    slips={
        "half": lambda *given: disc_sinogram(*given) / 2,
        "no root": lambda *given: disc_sinogram(*given) ** 2 / (2 * given[-1]),
        "nan outside": lambda *given: np.where(
            disc_sinogram(*given) > 0, disc_sinogram(*given), np.nan
        ),
        "on the axis": lambda a, s, x, y, r, mu: disc_sinogram(a, s, 0.0, 0.0, r, mu),
        "degrees": lambda a, *rest: disc_sinogram(np.rad2deg(a), *rest),
    },
)


NOISE_DOSE = Number(100 * 4 * np.exp(0.2 * 6), unit="mAs", relative=0.03)

VIEWS = Number(np.pi / 2 * 512, relative=0.03)


def soft_kernel(projection, pixel_mm, cutoff):
    """Return a projection filtered by the ramp, bent down to 0 at `cutoff` (1/mm)."""
    frequency = np.abs(np.fft.fftfreq(len(projection), d=pixel_mm))
    window = np.where(frequency < cutoff, (1 + np.cos(np.pi * frequency / cutoff)) / 2, 0)
    return np.fft.ifft(frequency * window * np.fft.fft(projection)).real


def _kernel(response):
    """Return a wrong kernel: the right steps with another response to frequency."""

    def wrong(projection, pixel_mm, cutoff):
        frequency = np.fft.fftfreq(len(projection), pixel_mm)
        return np.fft.ifft(response(frequency, cutoff) * np.fft.fft(projection)).real

    return wrong


def _hann(frequency, cutoff):
    return np.where(np.abs(frequency) < cutoff, (1 + np.cos(np.pi * frequency / cutoff)) / 2, 0)


_N = 64
_ROW = 0.04 * np.sqrt(np.maximum(20.0**2 - (np.arange(_N) - 31.5) ** 2, 0))

RAMP_FILTER = Function(
    soft_kernel,
    cases=(
        Case((np.eye(_N)[20], 1.0, 0.4), "a single bright sample"),
        Case((np.full(_N, 3.0), 1.0, 0.4), "a constant row"),
        Case((np.cos(2 * np.pi * 20 * np.arange(_N) / _N), 1.0, 0.2), "a cosine above the cut-off"),
        Case((np.cos(2 * np.pi * 5 * np.arange(_N) / _N), 0.5, 0.5), "a cosine, samples of 0.5 mm"),
        Case((_ROW, 0.7, 0.5), "the shadow of a disc"),
    ),
    absolute=1e-8,
    slips={
        "no spacing": lambda p, mm, cut: soft_kernel(p, 1.0, cut),
        "no ramp": _kernel(_hann),
        "no window": _kernel(lambda f, cut: np.abs(f)),
        "a step": _kernel(lambda f, cut: np.abs(f) * (np.abs(f) < cut)),
        "signed": _kernel(lambda f, cut: f * _hann(f, cut)),
    },
)

BEAM_HARDENING = Choice("darker")

ARTEFACTS = Matching()
