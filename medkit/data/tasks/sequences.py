"""Simulated 12-lead ECGs of four rhythms, for networks that read sequences."""

import numpy as np
from scipy.spatial.transform import Rotation

from medkit.physics import ecg

RHYTHMS = ("sinus", "long PR", "early beats", "fibrillation")
SECONDS, RATE_HZ = 10.0, 100.0


def rhythms(n: int, rng=None) -> tuple[np.ndarray, np.ndarray]:
    """Draw strips of ten seconds at 100 Hz, a quarter of each of `RHYTHMS`.

    In "sinus" a P wave comes 0.12 to 0.20 s before each QRS complex, and the rate sways with the
    breath. "long PR" is the same with 0.24 to 0.34 s (a first-degree block): the *times between
    beats* tell nothing. "early beats" is sinus with one to three wide beats from a ventricle,
    each early and followed by a pause. In "fibrillation" the times have no order (their spread
    as in Tateno & Glass 2001, doi:10.1007/BF02345439), P waves are gone and small waves of 5 to
    8 Hz run on. The heart's axis, the sizes and widths of waves and the noise vary in all.

    Parameters
    ----------
    n : int
    rng : None, int or numpy.random.Generator

    Returns
    -------
    strips : numpy.ndarray
        float32 in mV, shape (n, 1000, 12), leads as in `medkit.physics.ecg.LEADS`.
    labels : numpy.ndarray
        int, shape (n,): place in `RHYTHMS`.

    Limits
    ------
    One dipole for the whole heart; no other blocks, no ischaemia, no pacemaker, no lost leads.
    """
    rng = np.random.default_rng(rng)
    labels = np.arange(n) % len(RHYTHMS)
    return np.array([_strip(RHYTHMS[k], rng) for k in labels], np.float32), labels


def _strip(rhythm, rng):
    """Return one strip, shape (1000, 12)."""
    seconds = np.arange(0, SECONDS, 1 / RATE_HZ)
    flutters = rhythm == "fibrillation"
    pr = rng.uniform(0.24, 0.34) if rhythm == "long PR" else rng.uniform(0.12, 0.20)
    gaps, early = _gaps(rhythm, rng)
    peaks = np.cumsum(gaps) - rng.uniform(0, gaps[0])
    sizes, width = rng.lognormal(0, 0.2, 6), rng.lognormal(0, 0.1)
    towards = rng.normal((rng.choice([-1, 1]) * 0.8, 0.8, 0.2), 0.3)
    beats = []
    for r, gap, extra in zip(peaks, gaps, early, strict=True):
        if r > SECONDS + 1:
            break
        waves = ecg.normal_beat(pr, gap)[flutters:]  # without P
        scaled = [
            ecg.Wave(after, w * width, tuple(size * np.array(vector)))
            for (after, w, vector), size in zip(waves, sizes[flutters:], strict=True)
        ]
        beats.append((r, ecg.ventricular_beat(towards) if extra else scaled))
    heart = ecg.dipole(seconds, beats)
    if flutters:
        turns = np.cumsum(rng.uniform(5, 8) + rng.normal(0, 1.5, len(seconds))) / RATE_HZ
        size = rng.uniform(0.02, 0.06) * (1 + 0.4 * np.sin(seconds * rng.uniform(1, 3)))
        heart += np.outer(size * np.sin(2 * np.pi * turns), (-0.5, 1.0, -0.9))
    heart = heart @ Rotation.from_rotvec(rng.normal(0, 0.25, 3)).as_matrix()
    breath = np.sin(2 * np.pi * seconds[:, None] * rng.uniform(0.15, 0.4) + rng.uniform(0, 6, 9))
    noise = rng.uniform(0, 0.08, 9) * breath
    return ecg.leads(heart, noise + rng.normal(0, rng.uniform(0.005, 0.03), (len(seconds), 9)))


def _gaps(rhythm, rng):
    """Return the times from beat to beat in s, for longer than a strip, and which are early."""
    steps = np.arange(30)
    early = np.zeros(len(steps), bool)
    if rhythm == "fibrillation":
        return rng.uniform(0.5, 0.9) * rng.lognormal(0, rng.uniform(0.12, 0.25), 30), early
    breath = np.sin(2 * np.pi * (steps / rng.uniform(3, 6) + rng.random()))
    gaps = 1 + rng.uniform(0.01, 0.08) * breath + rng.normal(0, 0.01, len(steps))
    if rhythm == "early beats":
        for k in rng.choice([2, 4, 6, 8], rng.integers(1, 4), replace=False):
            gaps[k : k + 2], early[k] = (0.62, 1.38), True
    return rng.uniform(0.6, 1.1) * gaps, early
