"""Overlap: how well one mask covers another."""

import numpy as np


def dice(truth, mask) -> float:
    """Return twice the overlap over the sum of both areas: 0 (apart) to 1 (the same).

    Parameters
    ----------
    truth, mask : array_like of bool
        Of one shape. Two empty masks agree: 1.

    Returns
    -------
    float

    Notes
    -----
    Dice 1945, doi:10.2307/1932409. That two empty masks give 1 is a convention: nothing
    was there, and nothing was marked. One single wrong pixel then gives 0.

    Examples
    --------
    >>> dice([1, 1, 0, 0], [0, 1, 1, 0])
    0.5
    """
    truth, mask = np.asarray(truth), np.asarray(mask)
    if truth.shape != mask.shape:
        raise ValueError(f"masks of shape {truth.shape} and {mask.shape} cannot be compared")
    if not (np.isin(truth, (0, 1)).all() and np.isin(mask, (0, 1)).all()):
        raise ValueError("what is compared is no mask; threshold it first: probability >= 0.5")
    areas = int(np.sum(truth)) + int(np.sum(mask))
    return 2 * int(np.sum(truth * mask)) / areas if areas else 1.0
