"""Beam hardening: soft photons go first, so that twice the water is not twice the signal."""

import numpy as np

from medkit.constants import attenuation_per_mm
from medkit.physics.ct.scanner import CTProtocol, water_signal


def correct_beam_hardening(sinogram: np.ndarray, protocol: CTProtocol) -> np.ndarray:
    """Replace each line integral by that of as much water at the effective energy.

    Soft photons are absorbed first, so the rest is harder and twice the water does not
    give twice the signal: p(L) = −ln Σ w(E) e^{−μ_w(E) L} bends. Reading L off that curve
    and returning μ_w(E_eff)·L straightens it for water, and so nearly for soft tissue;
    bone and metal keep part of their streaks.
    """
    if protocol.energy_kev is not None:
        return np.asarray(sinogram, np.float32)
    energy, weights = protocol.signal_spectrum
    lengths = np.concatenate([[-50], np.linspace(0, 40, 81), np.geomspace(41, 2000, 160)])
    measured = water_signal(lengths, energy, weights)
    straight = lengths * attenuation_per_mm("water", protocol.effective_energy_kev)
    return np.interp(sinogram, measured, straight).astype(np.float32)
