"""Loops of a heart: the finding lies in time, for networks that read sequences.

They are drawn quickly, with speckle but without the whole scanner: a few hundred take a second.
"""

import numpy as np
from scipy import ndimage

from medkit.anatomy.regions.heart import contraction


def heart_loops(
    n: int, *, frames: int = 12, size: int = 32, rng=None
) -> tuple[np.ndarray, np.ndarray]:
    """Draw loops of a left ventricle in short axis, with the speckle of ultrasound.

    Parameters
    ----------
    n : int
        How many loops; half of each class on average. In class 1 the wall on the right contracts
        before the one on the left; in class 0 it is the other way round, by as much.
    frames, size : int
        Frames of one heartbeat, which begins near the R wave of the ECG; rows and columns of each.
    rng : None, int or numpy.random.Generator

    Returns
    -------
    loops : numpy.ndarray
        float32 from 0 to 1, shape (n, frames, size, size, 1).
    labels : numpy.ndarray
        int, shape (n,).
    """
    rng = np.random.default_rng(rng)
    labels = rng.integers(0, 2, n)
    loops = np.empty((n, frames, size, size, 1), np.float32)
    for loop, label in zip(loops, labels, strict=True):
        wall = rng.normal(0.22, 0.03)
        late = rng.uniform(0.12, 0.22)
        loop[..., 0] = _beat((2 * label - 1) * late, max(wall, 0.1), frames, size, rng)
    return loops, labels


def _beat(lead, wall, frames, size, rng):
    """Draw one heartbeat; the right wall leads the left by `lead` beats."""
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j] - rng.uniform(-0.15, 0.15, (2, 1, 1))
    radius, rightness = np.hypot(x, y), x / np.maximum(np.hypot(x, y), 1e-6)
    cavity, squeeze, start = rng.normal(0.48, 0.04), rng.uniform(0.3, 0.45), rng.normal(0, 0.08)
    area = (cavity + wall) ** 2 - cavity**2  # the muscle keeps its area
    speckle = rng.rayleigh(size=(size, size))
    picture = np.empty((frames, size, size), np.float32)
    for k in range(frames):
        phase = start + k / frames + 0.5 * lead * rightness
        inner = cavity * (1 - squeeze * contraction(phase))
        muscle = (radius > inner) & (radius**2 < inner**2 + area)
        echo = np.where(muscle, 0.5, np.where(radius <= inner, 0.06, 0.25))
        # Speckle of the tissue stays for a while and is renewed as it moves.
        speckle = np.hypot(0.7 * speckle, 0.7 * rng.rayleigh(size=(size, size)))
        blurred = ndimage.gaussian_filter(echo * speckle, 0.6)
        picture[k] = np.clip(0.5 + 0.25 * np.log10(np.maximum(blurred, 1e-3)) * 2, 0, 1)
    return picture
