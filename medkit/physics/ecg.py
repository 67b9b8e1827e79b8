"""The voltages of a beating heart: a dipole that turns and grows, seen by nine electrodes.

The heart's dipole is a sum of bells in time, one for each wave of a beat (the idea of McSharry et
al. 2003, doi:10.1109/TBME.2003.808805, here with three coordinates). Each electrode sees it from
its own side, so the potentials are linear in the dipole, and the twelve leads are differences of
potentials. Whatever is added to the electrodes, I + III = II therefore holds.
"""

from typing import NamedTuple

import numpy as np

#: The twelve leads, in their usual order.
LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
ELECTRODES = ("RA", "LA", "LL", "C1", "C2", "C3", "C4", "C5", "C6")

# Leads I, II, V1 … V6 (mV) of a dipole (mV of the Frank leads) to the left, to the feet and to the
# back: Dower et al. (1980), doi:10.1002/clc.1980.3.2.87.
_DOWER = np.array(
    [
        [0.632, -0.235, 0.059],
        [0.235, 1.066, -0.132],
        [-0.515, 0.157, -0.917],
        [0.044, 0.164, -1.387],
        [0.882, 0.098, -1.277],
        [1.213, 0.127, -0.601],
        [1.125, 0.127, -0.086],
        [0.831, 0.076, 0.230],
    ]
)


def _seen() -> np.ndarray:
    """Return the potential of each electrode for each axis of the dipole, shape (9, 3)."""
    right = -(_DOWER[0] + _DOWER[1]) / 3  # so that the mean of the three limbs is 0
    return np.vstack([right, right + _DOWER[0], right + _DOWER[1], _DOWER[2:]])


def _wires() -> np.ndarray:
    """Return which differences of electrodes the leads are, shape (12, 9)."""
    ra, la, ll, *chest = np.eye(9)
    middle = (ra + la + ll) / 3  # Wilson's terminal
    limbs = [la - ra, ll - ra, ll - la, ra - (la + ll) / 2, la - (ra + ll) / 2, ll - (ra + la) / 2]
    return np.array([*limbs, *(c - middle for c in chest)])


#: Electrodes × axes, and leads × electrodes.
SEEN, WIRES = _seen(), _wires()


class Wave(NamedTuple):
    """A bell of the dipole: its middle after the R wave and its width (s), and its vector (mV)."""

    after_s: float
    width_s: float
    dipole_mv: tuple[float, float, float]


def normal_beat(pr_s: float = 0.16, before_s: float = 0.85) -> tuple[Wave, ...]:
    """Return the waves of a beat that comes down the usual way.

    Parameters
    ----------
    pr_s : float
        From the start of the P wave to the start of the QRS complex; usual are 0.12 to 0.20 s.
    before_s : float
        Time since the beat before: the T wave comes sooner after a short one, as its root
        (Bazett's rule).
    """
    late = 0.28 * before_s**0.5
    return (
        Wave(0.005 - pr_s, 0.020, (0.06, 0.12, -0.02)),  # P: the atria
        Wave(-0.022, 0.008, (-0.12, -0.04, -0.25)),  # Q: the septum, from the left
        Wave(0.000, 0.011, (0.95, 0.85, 0.10)),  # R: the walls of the ventricles
        Wave(0.022, 0.012, (-0.15, -0.12, 0.65)),  # S: the base, last
        Wave(late - 0.05, 0.050, (0.13, 0.10, -0.09)),  # T rises slowly …
        Wave(late, 0.032, (0.22, 0.17, -0.13)),  # … and falls quickly
    )


def ventricular_beat(towards=(-0.7, 1.0, 0.2)) -> tuple[Wave, ...]:
    """Return the waves of a beat that starts in a ventricle: no P, a wide QRS, T the other way."""
    back = tuple(-0.35 * v for v in towards)
    return Wave(0.0, 0.032, tuple(towards)), Wave(0.30, 0.060, back)


def dipole(seconds, beats) -> np.ndarray:
    """Add up the waves of all beats.

    Parameters
    ----------
    seconds : numpy.ndarray
        Shape (samples,).
    beats : iterable of (float, sequence of Wave)
        When the R wave of each is, in s, and its waves.

    Returns
    -------
    numpy.ndarray
        In mV, shape (samples, 3): to the left, to the feet, to the back.
    """
    waves = [(r + after, width, vector) for r, waves in beats for after, width, vector in waves]
    middles, widths, vectors = (np.array(column) for column in zip(*waves, strict=True))
    bells = np.exp(-0.5 * ((np.asarray(seconds)[:, None] - middles) / widths) ** 2)
    return bells @ vectors


def leads(dipole_mv, noise_mv=0.0) -> np.ndarray:
    """Return the twelve leads of a dipole, in mV, shape (samples, 12) in the order of `LEADS`.

    Parameters
    ----------
    dipole_mv : numpy.ndarray
        Shape (samples, 3).
    noise_mv : float or numpy.ndarray
        What the electrodes pick up besides, shape (samples, 9): muscle, breath, loose gel.
    """
    return (dipole_mv @ SEEN.T + noise_mv) @ WIRES.T
