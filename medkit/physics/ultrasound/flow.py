"""Blood that flows in a vessel: scatterers that move from pulse to pulse."""

from dataclasses import dataclass

import numpy as np

from medkit.physics.ultrasound.acoustics import properties
from medkit.physics.ultrasound.scatterers import Scatterers


def pulse_wave(time_s, *, rate_per_min: float = 70.0, diastolic: float = 0.25) -> np.ndarray:
    """Return how fast blood runs within the heartbeat, between `diastolic` and 1.

    A quick rise in systole, the notch when the aortic valve shuts, a slow fall. The
    shape is drawn after carotid recordings, not fitted to one.

    Examples
    --------
    >>> wave = pulse_wave(np.linspace(0, 60 / 70, 200))
    >>> bool(wave.max() <= 1) and bool(wave.min() >= 0.2)
    True
    """
    beat = np.mod(np.asarray(time_s, dtype=float) * rate_per_min / 60, 1.0)
    systole = np.exp(-0.5 * ((beat - 0.14) / 0.055) ** 2)
    second = 0.25 * np.exp(-0.5 * ((beat - 0.42) / 0.07) ** 2)
    return np.minimum(diastolic * np.exp(-0.2 * beat) + (1 - diastolic) * (systole + second), 1.0)


@dataclass(frozen=True)
class Vessel:
    """A straight vessel in the picture plane, with laminar flow.

    Parameters
    ----------
    depth_mm : float
        Of the middle of the vessel, at x = 0.
    radius_mm : float
        Of the lumen.
    angle_deg : float
        Between the flow and the horizontal; positive flows towards the transducer on
        the way to +x.
    peak_m_s : float
        Speed in the middle at the peak of systole.
    length_mm : float
        Stretch that is filled with blood, around x = 0.
    """

    depth_mm: float = 15.0
    radius_mm: float = 3.0
    angle_deg: float = 0.0
    peak_m_s: float = 0.8
    length_mm: float = 40.0

    def speed_m_s(self, radius_mm) -> np.ndarray:
        """Return the speed at a distance from the middle, at the peak of systole (Poiseuille)."""
        inside = np.abs(np.asarray(radius_mm, dtype=float)) / self.radius_mm
        return self.peak_m_s * np.maximum(0, 1 - inside**2)


def blood(vessel: Vessel, times_s, *, rng=None, per_mm2: float = 12.0):
    """Yield the scatterers of blood at each time, which flows as at the peak of systole.

    Parameters
    ----------
    vessel : Vessel
        Where and how fast.
    times_s : array_like
        Times; between them each scatterer moves along its streamline.
    rng : None, int or numpy.random.Generator
        Randomness of the red cells.
    per_mm2 : float
        Scatterers in a square millimetre.

    Yields
    ------
    Scatterers
        As strong as blood is against other tissue; what leaves at one end comes
        back in at the other, so the vessel stays full.
    """
    rng = np.random.default_rng(rng)
    n = round(per_mm2 * 2 * vessel.radius_mm * vessel.length_mm)
    along = rng.uniform(0, vessel.length_mm, n)
    aside = rng.uniform(-vessel.radius_mm, vessel.radius_mm, n)
    amplitude = 10 ** (properties("blood").echo_db / 20) * rng.standard_normal(n)
    speed = 1e3 * vessel.speed_m_s(aside)  # mm/s
    sine, cosine = np.sin(np.deg2rad(vessel.angle_deg)), np.cos(np.deg2rad(vessel.angle_deg))
    for time in np.asarray(times_s, dtype=float):
        s = np.mod(along + speed * time, vessel.length_mm) - vessel.length_mm / 2
        x, z = s * cosine - aside * sine, vessel.depth_mm - s * sine - aside * cosine
        yield Scatterers(x, z, amplitude)
