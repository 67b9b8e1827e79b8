"""Checks of ``14_optics``: phase, turns, and what they say about cells and retinas."""

import numpy as np

from medkit.course.answers import Choice, Matching, Number
from medkit.course.functions import Case, Function

_LAG = 2 * np.pi * 0.035 * 8.0 / 0.633

PHASE_DELAY = Number(_LAG, unit="rad", relative=0.035)


def phase_of(frames, delays):
    """Return the phase in rad of frames whose reference was delayed by known angles."""
    waves = np.stack([np.ones(len(delays)), np.cos(delays), np.sin(delays)], axis=1)
    _, c, s = np.linalg.lstsq(waves, frames.reshape(len(frames), -1))[0]
    return np.arctan2(s, c).reshape(frames.shape[1:])


def _frames(phase, delays, background=1.0, modulation=1.0):
    delays = np.asarray(delays, float)
    lag = np.asarray(phase, float) - delays.reshape(-1, *[1] * np.ndim(phase))
    return background + modulation * np.cos(lag), delays


ANY_STEPS = Function(
    phase_of,
    cases=(
        Case(_frames([0.5, 1.0, 1.4], np.arange(4) * np.pi / 2, 2.0), "four even steps"),
        Case(_frames([-2.5, 2.0, 3.0, -0.3], [0, 1.4, 2.9, 4.8], 2.0, 1.5), "four uneven steps"),
        Case(_frames([0.1, -1.0, 2.2], [0, 0.9, 2.0], 3.0), "three steps, the fewest"),
        Case(
            _frames(np.linspace(-3, 3, 12).reshape(3, 4), [0, 1, 2, 3, 4.5], 5.0, 0.2),
            "a picture, and weak fringes",
        ),
    ),
    absolute=1e-6,
    slips={
        "even": lambda f, d: np.angle(np.tensordot(np.exp(1j * d), f, 1)),
        "sign": lambda f, d: phase_of(f, -d),
        "degrees": lambda f, d: phase_of(f, np.deg2rad(d)),
        "four only": lambda f, d: np.arctan2(f[1] - f[-1], f[0] - f[2]),
    },
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
    slips={
        "still wrapped": lambda w: np.asarray(w),
        "from 0": lambda w: unwrap_line(w) - w[0],
        "one short": lambda w: unwrap_line(w)[1:],
        "moved jumps": lambda w: np.mod(w, 2 * np.pi),
        "abs": lambda w: np.concatenate([w[:1], w[0] + np.cumsum(np.abs(_wrap(np.diff(w))))]),
    },
)

_MASS = 300.0 * 0.55 / (2 * np.pi * 0.18)

DRY_MASS = Number(_MASS, unit="pg", relative=0.035)

_AXIAL = 2 * np.log(2) / np.pi * 1.05**2 / 0.10 / 1.375

AXIAL_RESOLUTION = Number(_AXIAL, unit="µm", relative=0.035)

UPSIDE_DOWN = Choice("real")


def mirror_depth_um(fringes, wavelength_um):
    """Return how much longer, in µm of depth in air, the arm of the strongest mirror is."""
    k = 2 * np.pi / wavelength_um
    order = np.argsort(k)
    even = np.linspace(k.min(), k.max(), k.size)
    line = np.interp(even, k[order], fringes[order]) * np.hanning(k.size)
    signal = np.abs(np.fft.rfft(line))
    depth = np.pi * np.arange(signal.size) / (k.size * (even[1] - even[0]))
    return depth[signal.argmax()]


def _fringes(depths, amplitudes, low, high, n, turned=False):
    wavelength = np.linspace(low, high, n)
    k = 2 * np.pi / (wavelength[::-1] if turned else wavelength)
    lamp = np.exp(-(((k - k.mean()) / (0.3 * np.ptp(k))) ** 2))
    waves = sum(a * np.cos(2 * k * z) for z, a in zip(depths, amplitudes, strict=True))
    return lamp * waves, 2 * np.pi / k


def _not_resampled(fringes, wavelength_um):
    signal = np.abs(np.fft.rfft(fringes * np.hanning(fringes.size)))
    span = np.ptp(2 * np.pi / wavelength_um)
    return np.pi * signal.argmax() * (1 - 1 / fringes.size) / span


A_SCAN = Function(
    mirror_depth_um,
    cases=(
        Case(_fringes([300.0], [1.0], 0.79, 0.89, 1024), "one mirror"),
        Case(
            _fringes([150.0, 620.0], [0.4, 1.0], 0.78, 0.90, 2048), "two mirrors, the far brighter"
        ),
        Case(_fringes([900.0], [1.0], 0.70, 0.98, 4096), "a wide spectrum, a deep mirror"),
        Case(_fringes([420.0], [1.0], 1.25, 1.35, 1024, True), "a spectrum from red to blue"),
    ),
    absolute=4.0,
    slips={
        "one way": lambda f, w: 2 * mirror_depth_um(f, w),
        "in λ": _not_resampled,
        "eye": lambda f, w: mirror_depth_um(f, w) / 1.375,
        "row": lambda f, w: np.abs(np.fft.rfft(f * np.hanning(f.size))).argmax(),
    },
)

FUNDUS = Matching()
