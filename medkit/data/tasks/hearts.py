"""Hearts by the thousand in a second: still frames, and traces of an ECG; and maps of a seizure.

They are drawn, not scanned: a ring with the speckle of ultrasound, waves on a line, spots on a
scalp. What was drawn is returned beside the picture, so that any question may be asked of it.
"""

import numpy as np
from scipy import ndimage

#: Bursts of a seizure: 1 on the side where it began, 0 on the other.
ORDERS = ("1001", "101001", "100110", "100101")


def heart_frames(n: int, *, size: int = 24, rng=None) -> tuple[np.ndarray, dict]:
    """Draw still frames of a left ventricle in short axis.

    Parameters
    ----------
    n, size : int
        How many; rows and columns of each.
    rng : None, int or numpy.random.Generator

    Returns
    -------
    frames : numpy.ndarray
        float32 from 0 to 1, shape (n, size, size, 1).
    facts : dict of numpy.ndarray
        "cavity" (radius), "wall" (thickness), "row" and "column" (of the middle), each of
        shape (n,), in units of half the picture's side.
    """
    rng = np.random.default_rng(rng)
    cavity, wall = rng.uniform(0.18, 0.38, n), rng.uniform(0.1, 0.3, n)
    row, column = rng.uniform(-0.32, 0.32, (2, n))
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    radius = np.hypot(y - row[:, None, None], x - column[:, None, None])
    inner, outer = cavity[:, None, None], (cavity + wall)[:, None, None]
    echo = np.where(radius > outer, 0.25, np.where(radius > inner, 0.5, 0.06))
    gain = 10 ** rng.normal(0, 0.1, (n, 1, 1))
    blurred = ndimage.gaussian_filter(echo * gain * rng.rayleigh(size=echo.shape), (0, 0.6, 0.6))
    frames = np.clip(0.5 + 0.5 * np.log10(np.maximum(blurred, 1e-3)), 0, 1)
    return frames[..., None].astype(np.float32), {
        "cavity": cavity,
        "wall": wall,
        "row": row,
        "column": column,
    }


def ecg_traces(n: int, *, steps: int = 48, noise: float = 0.08, rng=None):
    """Draw short traces of one lead of an ECG: P wave, QRS complex, T wave, and noise.

    Parameters
    ----------
    n, steps : int
        How many; samples of each, 25 in a second.
    noise : float
        Standard deviation, where the R wave is 1 high.
    rng : None, int or numpy.random.Generator

    Returns
    -------
    traces : numpy.ndarray
        float32, shape (n, steps, 1).
    facts : dict of numpy.ndarray
        "rr" and "pr": times from R to R and from P to R in seconds, "t": height of the T
        wave; each of shape (n,).
    """
    rng = np.random.default_rng(rng)
    rr, pr, high = rng.uniform(0.5, 1.3, n), rng.uniform(0.12, 0.24, n), rng.uniform(0.1, 0.45, n)
    beats = (rng.random(n) * rr - 1.3)[:, None] + rr[:, None] * np.arange(9)  # (n, R waves)
    time = np.arange(steps) / 25
    traces = rng.normal(0, noise, (n, steps)) + rng.normal(0, 0.1, (n, 1))
    for shift, height, width in (
        (-pr, 0.25, 0.035),
        (0 * pr, 1.0, 0.03),
        (0.32 * np.sqrt(rr), high[:, None], 0.06),
    ):
        away = time[:, None] - (beats + shift[:, None])[:, None, :]
        traces += height * np.exp(-0.5 * (away / width) ** 2).sum(-1)
    return traces[..., None].astype(np.float32), {"rr": rr, "pr": pr, "t": high}


def seizures(n: int, *, size: int = 12, longest: int = 16, rng=None):
    """Draw films of electrical activity on the scalp during a seizure.

    On which side did it begin? After a silence of any length bursts follow each other at
    uneven times, on both sides equally often and, on average, nearly equally early. Only the
    first one tells.

    Parameters
    ----------
    n, size, longest : int
        How many; rows and columns; frames of the longest. A film has at least 10.
    rng : None, int or numpy.random.Generator

    Returns
    -------
    films : numpy.ndarray
        float32 from 0 to 1, shape (n, longest, size, size, 1); frames after the end are 0.
    labels : numpy.ndarray
        int, shape (n,): 1 where the first burst is on the right.
    """
    rng = np.random.default_rng(rng)
    labels, lengths = rng.integers(0, 2, n), rng.integers(10, longest + 1, n)
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    films = np.zeros((n, longest, size, size, 1), np.float32)
    for film, label, length in zip(films, labels, lengths, strict=True):
        order = np.array(list(rng.choice(ORDERS)), int)  # 1: where it began
        sides = np.where(order, label, 1 - label)
        when = np.sort(rng.choice(length, len(order), replace=False))
        noise = ndimage.gaussian_filter(rng.standard_normal((length, size, size)), (0, 1, 1))
        picture = 0.3 + 0.25 * noise
        for k, side in zip(when, sides, strict=True):
            row, column = rng.uniform(-0.4, 0.4), (2 * side - 1) * rng.uniform(0.3, 0.7)
            picture[k] += 0.5 * np.exp(-((y - row) ** 2 + (x - column) ** 2) / 0.12)
        film[:length, ..., 0] = np.clip(picture, 0.01, 1)
    return films, labels
