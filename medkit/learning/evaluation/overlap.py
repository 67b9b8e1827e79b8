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
    truth, mask = _masks(truth, mask)
    areas = int(truth.sum()) + int(mask.sum())
    return 2 * int((truth & mask).sum()) / areas if areas else 1.0


def jaccard(truth, mask) -> float:
    """Return the overlap over the union, 0 to 1; two empty masks agree: 1.

    Parameters
    ----------
    truth, mask : array_like of bool
        Of one shape.

    Returns
    -------
    float
        Also called IoU; it is Dice/(2 − Dice), and ranks alike.

    Examples
    --------
    >>> round(jaccard([1, 1, 0, 0], [0, 1, 1, 0]), 3)
    0.333
    """
    truth, mask = _masks(truth, mask)
    union = int((truth | mask).sum())
    return int((truth & mask).sum()) / union if union else 1.0


def _masks(truth, mask):
    truth, mask = np.asarray(truth), np.asarray(mask)
    if truth.shape != mask.shape:
        raise ValueError(f"masks of shape {truth.shape} and {mask.shape} cannot be compared")
    for name, values in (("truth", truth), ("mask", mask)):
        if values.dtype != bool and not np.isin(values, (0, 1)).all():
            raise ValueError(f"{name} is not a mask; threshold it first: probability >= 0.5")
    return truth.astype(bool), mask.astype(bool)
