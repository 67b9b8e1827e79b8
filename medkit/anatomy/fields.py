"""Random smooth fields: lobules, fibres and septa are their level lines."""

import numpy as np


def smooth_field(shape, widths, rng=None) -> np.ndarray:
    """Return Gaussian noise, blurred differently along rows and columns.

    The blur is a product of two small matrices: noise on a coarse grid, spread by bells
    of the given widths. That is quicker than filtering noise on the fine grid.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns.
    widths : tuple of float
        Standard deviation of the blur along a column and along a row, in pixels.
    rng : None, int or numpy.random.Generator
        Randomness.

    Returns
    -------
    ndarray, shape `shape`, float32
        Mean 0 and deviation about 1.

    Examples
    --------
    >>> field = smooth_field((400, 400), (4.0, 8.0), rng=0)
    >>> bool(0.9 < field.std() < 1.1)
    True
    """
    rng = np.random.default_rng(rng)
    bells = []
    for n, width in zip(shape, widths, strict=True):
        width = max(float(width), 0.5)
        nodes = np.arange(-3 * width, n + 3 * width, width)
        bell = np.exp(-0.5 * ((np.arange(n)[:, None] - nodes) / width) ** 2)
        bells.append((bell / np.sqrt((bell**2).sum(axis=1, keepdims=True))).astype(np.float32))
    down, along = bells
    noise = rng.standard_normal((down.shape[1], along.shape[1]), np.float32)
    return down @ noise @ along.T
