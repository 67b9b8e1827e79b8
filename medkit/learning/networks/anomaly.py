"""Find what is unlike anything healthy: learn from healthy images only, and see what is left over.

What an autoencoder never saw it should not be able to draw, so the error of its
reconstruction is a score of how ill an image is. It is a hope, not a theorem: see
the notebook for where it holds.
"""

from dataclasses import KW_ONLY, dataclass

import numpy as np
from scipy import ndimage
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.validation import check_is_fitted


@dataclass(eq=False, repr=False)
class AnomalyDetector(ClassifierMixin, BaseEstimator):
    """Call images ill that a model of healthy ones cannot reproduce.

    Parameters
    ----------
    model : transformer
        Has ``fit``, ``transform`` and ``inverse_transform``: an autoencoder, or one of
        scikit-learn such as ``PCA(16)``, which gets samples as flat rows.
    summary : {"mean", "patch", "bright"}
        How an image's errors become one score: the mean square; the largest mean square of
        any patch, for small lesions in a large image; the same where only what is brighter
        than its reconstruction counts.
    patch : int
        Side of a patch in pixels.
    specificity : float
        The threshold is set so that this share of the healthy samples it learned from
        lies below. They are reproduced better than new ones, so in use it is lower.

    Attributes
    ----------
    classes_ : numpy.ndarray
        0 for like the healthy, 1 for anomalous.
    model_ : transformer
        What was learned.
    healthy_ : numpy.ndarray
        Scores of the healthy samples it learned from, sorted.
    threshold_ : float

    References
    ----------
    Baur et al., Medical Image Analysis 69, 101952 (2021), doi:10.1016/j.media.2020.101952.
    """

    model: object
    _: KW_ONLY
    summary: str = "mean"
    patch: int = 5
    specificity: float = 0.95

    def fit(self, x, y=None, **options):
        """Learn what is healthy.

        Parameters
        ----------
        x : array_like
            Samples, shape (n, …).
        y : array_like of int, optional
            Shape (n,). Where given, only the samples with the label 0 are learned from.
        **options
            Passed to the model's ``fit``, such as ``progress``.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If no sample is healthy, or the summary is unknown.
        """
        if self.summary not in ("mean", "patch", "bright"):
            raise ValueError(f"no summary {self.summary!r}; there are 'mean', 'patch', 'bright'")
        x = np.asarray(x, np.float32)
        if y is not None:
            x = x[np.asarray(y) == 0]
        if len(x) == 0:
            raise ValueError("no healthy samples to learn from: y has no label 0")
        self.classes_ = np.array([0, 1])
        self.model_ = clone(self.model)
        self.model_.fit(self._shaped(x), **options)
        self.healthy_ = np.sort(self.decision_function(x))
        self.threshold_ = float(np.quantile(self.healthy_, self.specificity))
        return self

    def _shaped(self, x):
        # Those of scikit-learn take rows of numbers; ours take images as they are.
        takes_images = hasattr(self.model_, "reconstruct")
        return x if takes_images else x.reshape(len(x), -1)

    def reconstruct(self, x) -> np.ndarray:
        """Return samples as the model of the healthy draws them, shape of `x`."""
        check_is_fitted(self, "model_")
        x = np.asarray(x, np.float32)
        drawn = self.model_.inverse_transform(self.model_.transform(self._shaped(x)))
        return np.asarray(drawn, np.float32).reshape(x.shape)

    def error_map(self, x) -> np.ndarray:
        """Return by how much samples are brighter than their reconstructions, shape of `x`."""
        return np.asarray(x, np.float32) - self.reconstruct(x)

    def decision_function(self, x) -> np.ndarray:
        """Return how anomalous each sample is, shape (n,): greater is more ill."""
        return summarise(self.error_map(x), self.summary, self.patch)

    def predict(self, x) -> np.ndarray:
        """Return 1 for the samples above the threshold, else 0, shape (n,)."""
        return (self.decision_function(x) > self.threshold_).astype(int)

    def predict_proba(self, x) -> np.ndarray:
        """Return the share of healthy samples that score higher, and lower, shape (n, 2).

        It is a rank among the healthy, not the probability of a disease: that would
        need to know what diseases look like, and how common they are.
        """
        below = np.searchsorted(self.healthy_, self.decision_function(x)) / len(self.healthy_)
        return np.stack([1 - below, below], 1)


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
    if summary == "bright":
        errors = np.maximum(errors, 0)
    squares = np.square(errors, dtype=float)
    if summary != "mean":
        if squares.ndim != 4:
            raise ValueError(
                f"errors of shape {errors.shape} have no patches; expected (n, rows, columns, "
                'channels), or type summary="mean"'
            )
        squares = ndimage.uniform_filter(squares.mean(-1), (0, patch, patch), mode="reflect")
        return squares.max((1, 2))
    return squares.reshape(len(squares), -1).mean(1)
