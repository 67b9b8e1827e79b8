"""A Bloch simulator: magnetisation turned by pulses, precessing, relaxing.

Magnetisation is an array of shape (3, …): x, y and z of any number of spin
packets, each with its own T1, T2 and frequency. Three moves make every sequence:
`rotate`, `relax` and `spoil`.

    dM/dt = γ M × B − (Mx, My, 0)/T2 − (0, 0, Mz − M₀)/T1

Pulses are taken as instantaneous, so that between them the equation has the
closed form that `relax` applies: no step size, no integration error.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Spins:
    """What the spin packets are like; numbers or arrays that broadcast together.

    Parameters
    ----------
    t1_ms, t2_ms : float or ndarray
        Relaxation times.
    off_resonance_hz : float or ndarray
        Precession relative to the scanner's frequency.
    density : float or ndarray
        Equilibrium magnetisation M₀.
    """

    t1_ms: float | np.ndarray
    t2_ms: float | np.ndarray
    off_resonance_hz: float | np.ndarray = 0.0
    density: float | np.ndarray = 1.0

    def at_rest(self) -> np.ndarray:
        """Return the equilibrium (0, 0, M₀), shape (3, …)."""
        shape = np.broadcast_shapes(
            *map(np.shape, (self.t1_ms, self.t2_ms, self.off_resonance_hz, self.density))
        )
        magnetisation = np.zeros((3, *shape))
        magnetisation[2] = self.density
        return magnetisation


def rotate(magnetisation: np.ndarray, flip_deg, phase_deg=0.0) -> np.ndarray:
    """Turn the magnetisation by a pulse about an axis in the transverse plane.

    Parameters
    ----------
    magnetisation : ndarray, shape (3, …)
        Before the pulse.
    flip_deg : float or ndarray
        Flip angle; an array gives each packet its own (uneven transmit field).
    phase_deg : float
        Direction of the pulse's axis, from x towards y. The turn is right-handed: a 90°
        pulse about x brings z to −y.

    Returns
    -------
    ndarray, shape (3, …)

    Examples
    --------
    >>> rotate(np.array([0.0, 0.0, 1.0]), 90.0, 90.0).round(3) + 0.0
    array([1., 0., 0.])
    """
    x, y, z = magnetisation
    flip, phase = np.deg2rad(flip_deg), np.deg2rad(phase_deg)
    # In a frame turned by the phase, the pulse acts about x alone.
    along, across = x * np.cos(phase) + y * np.sin(phase), y * np.cos(phase) - x * np.sin(phase)
    across, z = across * np.cos(flip) - z * np.sin(flip), across * np.sin(flip) + z * np.cos(flip)
    return np.stack(
        [
            along * np.cos(phase) - across * np.sin(phase),
            along * np.sin(phase) + across * np.cos(phase),
            z + 0 * along,
        ]
    )


def relax(magnetisation: np.ndarray, spins: Spins, duration_ms: float) -> np.ndarray:
    """Let the spins precess and relax freely for a while.

    Parameters
    ----------
    magnetisation : ndarray, shape (3, …)
        At the start.
    spins : Spins
        Relaxation times and frequencies.
    duration_ms : float
        How long.

    Returns
    -------
    ndarray, shape (3, …)
    """
    turn = 2 * np.pi * np.asarray(spins.off_resonance_hz) * duration_ms / 1000
    transverse = (magnetisation[0] + 1j * magnetisation[1]) * np.exp(1j * turn)
    transverse = transverse * np.exp(-duration_ms / spins.t2_ms)
    kept = np.exp(-duration_ms / spins.t1_ms)
    z = spins.density + (magnetisation[2] - spins.density) * kept
    return np.stack([transverse.real, transverse.imag, z + 0 * turn])


def spoil(magnetisation: np.ndarray) -> np.ndarray:
    """Destroy the transverse magnetisation, as a strong gradient does within a voxel."""
    return magnetisation * np.array([0.0, 0.0, 1.0]).reshape(3, *[1] * (magnetisation.ndim - 1))


def signal(magnetisation: np.ndarray) -> np.ndarray:
    """Return what a coil hears of each packet: Mx + i My."""
    return magnetisation[0] + 1j * magnetisation[1]


@dataclass(frozen=True)
class Step:
    """One step of a sequence: a pulse, then free precession, then perhaps spoiling.

    Parameters
    ----------
    flip_deg, phase_deg : float
        The pulse; a flip of 0 is none.
    duration_ms : float
        Free precession after the pulse.
    spoil : bool
        Whether a spoiler ends the step.
    """

    flip_deg: float = 0.0
    phase_deg: float = 0.0
    duration_ms: float = 0.0
    spoil: bool = False


def simulate(spins: Spins, steps: Iterable[Step], start: np.ndarray | None = None) -> np.ndarray:
    """Play a sequence and record the magnetisation after each step.

    Parameters
    ----------
    spins : Spins
        The packets.
    steps : iterable of Step
        The sequence.
    start : ndarray, shape (3, …), optional
        Magnetisation before the first step; equilibrium if not given.

    Returns
    -------
    ndarray, shape (steps, 3, …)

    Examples
    --------
    A 90° pulse, then 100 ms of precession: T2 has taken its part, T1 gives back.

    >>> history = simulate(Spins(t1_ms=1000.0, t2_ms=100.0), [Step(90, 0, 100)])
    >>> history.round(3)
    array([[ 0.   , -0.368,  0.095]])
    """
    magnetisation = spins.at_rest() if start is None else np.array(start, dtype=float)
    history = []
    for step in steps:
        if step.flip_deg:
            magnetisation = rotate(magnetisation, step.flip_deg, step.phase_deg)
        magnetisation = relax(magnetisation, spins, step.duration_ms)
        if step.spoil:
            magnetisation = spoil(magnetisation)
        history.append(magnetisation)
    return np.array(history)
