r"""Wrong labels: what errors of label extraction do to a model that learns from them.

A report reader misses some findings and invents others. If that happens whatever the image
looks like, a model's AUC measured against such labels shrinks by a known factor,
$\mathrm{AUC}' = \tfrac12 + (a - b)(\mathrm{AUC} - \tfrac12)$, where $a$ is the share of truly ill
among those labelled ill, and $b$ among those labelled healthy (Menon et al. 2015,
proceedings.mlr.press/v37/menon15.html). The order of the cases, and so the model that is best,
stays the same; only more of them are needed to find it.
"""

import numpy as np


def flip(labels, *, missed: float = 0.0, invented: float = 0.0, rng=None) -> np.ndarray:
    """Return labels as a careless reader takes them from reports.

    Parameters
    ----------
    labels : array_like
        Shape (n,): 0 or 1, the truth. It is not changed.
    missed : float
        Probability that a 1 becomes 0.
    invented : float
        Probability that a 0 becomes 1.
    rng : None, int or numpy.random.Generator

    Returns
    -------
    numpy.ndarray
        int, shape (n,).

    Raises
    ------
    ValueError
        If a probability is outside 0 to 1.
    """
    _check(missed, invented)
    labels = np.asarray(labels)
    wrong = np.random.default_rng(rng).random(labels.shape) < np.where(labels, missed, invented)
    return np.where(wrong, 1 - labels, labels).astype(int)


def apparent_auc(auc: float, *, prevalence: float, missed: float = 0.0, invented: float = 0.0):
    """Return the AUC that wrong labels show, where the true one is `auc`.

    Parameters
    ----------
    auc : float
        Against the truth.
    prevalence : float
        Share of the truly ill, between 0 and 1.
    missed, invented : float
        As of `flip`; they must not depend on the image.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If a probability is outside 0 to 1.

    Examples
    --------
    >>> round(apparent_auc(0.9, prevalence=0.5, missed=0.1, invented=0.1), 2)
    0.82
    """
    _check(missed, invented)
    ill = prevalence * (1 - missed) + (1 - prevalence) * invented
    a, b = prevalence * (1 - missed) / ill, prevalence * missed / (1 - ill)
    return 0.5 + (a - b) * (auc - 0.5)


def _check(missed, invented):
    if not (0 <= missed <= 1 and 0 <= invented <= 1):
        raise ValueError(f"missed={missed}, invented={invented}; both lie between 0 and 1")
