"""Made-up heart rhythms: the times between beats, regular or as in atrial fibrillation."""

import numpy as np


def rhythms(n: int, beats: int = 12, rng=None) -> tuple[np.ndarray, np.ndarray]:
    """Make times between heartbeats, half of them of hearts that fibrillate.

    A regular heart has a rate of its own that sways with the breath; half of them have one
    or two extra beats that come early and are followed by a pause. A fibrillating heart
    has no order at all: each time is drawn independently.

    Parameters
    ----------
    n, beats : int
        How many strips, and how many beats each.
    rng : None, int or numpy.random.Generator

    Returns
    -------
    intervals_s : numpy.ndarray
        Shape (n, beats − 1): time from each beat to the next.
    fibrillates : numpy.ndarray
        int, shape (n,): 0 or 1.

    References
    ----------
    Spread of the intervals in fibrillation: Tateno & Glass (2001), doi:10.1007/BF02345439.
    """
    rng = np.random.default_rng(rng)
    fibrillates = np.arange(n) % 2
    steps = np.arange(beats - 1)
    rows = []
    for ill in fibrillates:
        mean_s = rng.uniform(0.5, 0.9) if ill else rng.uniform(0.6, 1.1)
        if ill:
            relative = rng.lognormal(0, rng.uniform(0.12, 0.25), len(steps))
        else:
            breath = np.sin(2 * np.pi * (steps / rng.uniform(3, 6) + rng.random()))
            relative = 1 + rng.uniform(0.01, 0.08) * breath + rng.normal(0, 0.01, len(steps))
            for _ in range(rng.integers(1, 3) * (rng.random() < 0.5)):
                early = rng.integers(len(steps) - 1)
                relative[early : early + 2] = 0.62, 1.36
        rows.append(mean_s * relative)
    return np.array(rows), fibrillates
