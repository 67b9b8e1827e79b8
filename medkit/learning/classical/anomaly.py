"""Find what is unlike anything healthy: learn from healthy images only, and see what is left over.

What an autoencoder never saw it should not be able to draw, so the error of its
reconstruction is a score of how ill an image is. It is a hope, not a theorem: see
the notebook for where it holds.
"""

from dataclasses import KW_ONLY, dataclass

import numpy as np
from scipy import ndimage
from sklearn.base import BaseEstimator, clone


@dataclass(eq=False, repr=False)
class AnomalyDetector(BaseEstimator):
    """Call images ill that a model of healthy ones cannot reproduce.

    Parameters
    ----------
    model : transformer
        Has ``fit``, ``transform`` and ``inverse_transform``, such as ``PCA(16)``; it gets samples
        as flat rows.
    summary : {"mean", "patch", "bright"}
        How an image's errors become one score: the mean square; the largest mean square of
        any patch, for small lesions in a large image; the same where only what is brighter
        than its reconstruction counts.
    patch : int
        Side of a patch in pixels.

    Attributes
    ----------
    model_ : transformer
        What was learned.

    References
    ----------
    Baur et al., Medical Image Analysis 69, 101952 (2021), doi:10.1016/j.media.2020.101952.
    """

    model: object
    _: KW_ONLY
    summary: str = "mean"
    patch: int = 5

    def fit(self, x, y=None):
        """Learn from healthy samples, shape (n, …); nobody looks at labels."""
        self.model_ = clone(self.model).fit(np.reshape(x, (len(x), -1)))
        return self

    def decision_function(self, x) -> np.ndarray:
        """Return how anomalous each sample is, shape (n,): greater is more ill."""
        codes = self.model_.transform(np.reshape(x, (len(x), -1)))
        drawn = self.model_.inverse_transform(codes).reshape(np.shape(x))
        return summarise(x - drawn, self.summary, self.patch)


def summarise(errors: np.ndarray, summary: str = "mean", patch: int = 5) -> np.ndarray:
    """Return one score a sample from its errors; see `AnomalyDetector`.

    Parameters
    ----------
    errors : numpy.ndarray
        Sample minus reconstruction, shape (n, …); for patches (n, rows, columns, channels).
    summary : {"mean", "patch", "bright"}
    patch : int
        Side of a patch in pixels.

    Returns
    -------
    numpy.ndarray
        Shape (n,).

    Examples
    --------
    >>> errors = np.zeros((2, 8, 8, 1))
    >>> errors[1, 2:4, 2:4] = -1
    >>> summarise(errors), summarise(errors, "patch", 2), summarise(errors, "bright", 2)
    (array([0.    , 0.0625]), array([0., 1.]), array([0., 0.]))
    """
    if summary not in ("mean", "patch", "bright"):
        raise ValueError(f"no summary {summary!r}; there are 'mean', 'patch' and 'bright'")
    if summary == "bright":
        errors = np.maximum(errors, 0)
    squares = np.square(errors, dtype=float)
    if summary != "mean":
        squares = ndimage.uniform_filter(squares.mean(-1), (0, patch, patch), mode="reflect")
        return squares.max((1, 2))
    return squares.reshape(len(squares), -1).mean(1)
