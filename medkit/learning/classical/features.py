"""Features: what a picture is turned into for an algorithm that reads tables.

`RawPixels`, `HOG` and `Radiomics` turn images (n, rows, columns, channels) into a table
(n, features) and learn nothing, so that they may stand in front of any scikit-learn
estimator. `first_order` and `texture` follow the definitions of the Image Biomarker
Standardisation Initiative, and are tested against the values it published.

References
----------
Dalal & Triggs 2005, doi:10.1109/CVPR.2005.177 (HOG).
Haralick et al. 1973, doi:10.1109/TSMC.1973.4309314 (co-occurrence).
Zwanenburg et al. 2020, doi:10.1148/radiol.2020191145 (IBSI).
"""

import numpy as np
from scipy.ndimage import gaussian_filter
from skimage.feature import graycomatrix, hog
from sklearn.base import BaseEstimator, TransformerMixin

#: Directions of neighbours within a plane, in rad: right, and up by a half, one, one and a half.
ANGLES = (0, np.pi / 4, np.pi / 2, 3 * np.pi / 4)
#: Grey levels of the co-occurrence matrix of `Radiomics`.
LEVELS = 16


def grey(images) -> np.ndarray:
    """Return images (n, rows, columns, channels) as (n, rows, columns): the channels' mean."""
    images = np.asarray(images)
    if images.ndim != 4:
        raise ValueError(
            f"images of shape {images.shape}; expected (n, rows, columns, channels). "
            "For one image write images[None], for grey images images[..., None]"
        )
    return images.mean(-1, dtype=np.float64)


class _Features(TransformerMixin, BaseEstimator):
    """What all have in common: there is nothing to learn."""

    def fit(self, images, y=None):
        """Look at nothing."""
        return self

    def __sklearn_is_fitted__(self):
        return True


class RawPixels(_Features):
    """The pixels themselves, one after the other.

    Examples
    --------
    >>> RawPixels().fit_transform(np.zeros((5, 28, 28, 1))).shape
    (5, 784)
    """

    def transform(self, images) -> np.ndarray:
        """Return shape (n, rows · columns · channels)."""
        images = np.asarray(images)
        return images.reshape(len(images), -1)


class HOG(_Features):
    """Histograms of oriented gradients: which edges there are, cell by cell.

    Each cell counts the nine directions of its edges, weighted by their strength; each block of
    2 × 2 cells is brought to one length, which takes away brightness and contrast.

    Parameters
    ----------
    cell : int
        Side of a cell, in pixels.

    Examples
    --------
    >>> HOG(cell=7).fit_transform(np.zeros((5, 28, 28, 1))).shape
    (5, 324)
    """

    def __init__(self, cell=8):
        self.cell = cell

    def transform(self, images) -> np.ndarray:
        """Return shape (n, block rows · block columns · 4 · 9)."""
        pictures, cell = grey(images), (self.cell, self.cell)
        if min(pictures.shape[1:]) < 2 * self.cell:
            raise ValueError(
                f"images of {pictures.shape[1]} × {pictures.shape[2]} pixels hold no block of "
                f"2 × 2 cells of {self.cell} pixels; choose a smaller cell"
            )
        return np.array([hog(p, pixels_per_cell=cell, cells_per_block=(2, 2)) for p in pictures])


class Radiomics(_Features):
    """Numbers with names: brightness, texture and blobs.

    - 18 first-order features of all pixels (`first_order`),
    - 25 texture features of the grey-level co-occurrence matrix (`texture`), directions
      merged, with grey levels of fixed width between 0 and 1,
    - 3 of the response to blobs at each of four sizes (`blobs`).

    Examples
    --------
    >>> Radiomics().fit_transform(np.random.default_rng(0).random((5, 28, 28, 1))).shape
    (5, 55)
    """

    def transform(self, images) -> np.ndarray:
        """Return shape (n, 55)."""
        pictures = grey(images)
        levels = np.clip((pictures * LEVELS).astype(int) + 1, 1, LEVELS)
        matrices = np.array([cooccurrence(p, LEVELS) for p in levels])
        found = first_order(pictures.reshape(len(pictures), -1))
        found |= texture(matrices.sum(1)) | blobs(pictures)
        return np.column_stack(list(found.values()))


def first_order(values) -> dict[str, np.ndarray]:
    """Return the intensity features of IBSI: where the values lie and how they spread.

    Parameters
    ----------
    values : array_like
        Intensities within the region, shape (…, pixels).

    Returns
    -------
    dict of str to numpy.ndarray
        Shape (…) each. Skewness, kurtosis and the two ratios are 0 where nothing varies.
    """
    values = np.asarray(values, float)
    mean, variance = values.mean(-1), values.var(-1)
    low, p10, q1, median, q3, p90, high = np.percentile(values, (0, 10, 25, 50, 75, 90, 100), -1)
    away = values - mean[..., None]
    # Rounding leaves 1e-34 of a variance where all values are equal.
    spread = np.where(variance > 1e-20 * (mean**2 + 1e-20), variance, np.inf)
    robust = np.where((values >= p10[..., None]) & (values <= p90[..., None]), values, np.nan)
    return {
        "mean": mean,
        "variance": variance,
        "skewness": (away**3).mean(-1) / spread**1.5,
        "kurtosis": np.where(np.isinf(spread), 0, (away**4).mean(-1) / spread**2 - 3),
        "median": median,
        "minimum": low,
        "10th percentile": p10,
        "90th percentile": p90,
        "maximum": high,
        "interquartile range": q3 - q1,
        "range": high - low,
        "mean absolute deviation": np.abs(away).mean(-1),
        "robust mean absolute deviation": np.nanmean(
            np.abs(robust - np.nanmean(robust, -1, keepdims=True)), -1
        ),
        "median absolute deviation": np.abs(values - median[..., None]).mean(-1),
        "coefficient of variation": _ratio(np.sqrt(variance), mean),
        "quartile coefficient of dispersion": _ratio(q3 - q1, q3 + q1),
        "energy": (values**2).sum(-1),
        "root mean square": np.sqrt((values**2).mean(-1)),
    }


def _ratio(a, b):
    """Return a/b, and 0 where b is 0."""
    return np.divide(a, b, out=np.zeros(np.broadcast(a, b).shape), where=np.asarray(b) != 0)


def cooccurrence(levels_image, levels: int) -> np.ndarray:
    """Count which grey levels are neighbours, in four directions and both ways.

    Parameters
    ----------
    levels_image : array_like of int
        Grey levels 1 to `levels`, and 0 outside the region, shape (rows, columns).
    levels : int

    Returns
    -------
    numpy.ndarray
        Counts, shape (4, levels, levels): one matrix a direction (`ANGLES`).

    Examples
    --------
    >>> cooccurrence([[1, 2, 2]], 2)[0].tolist()
    [[0, 1], [1, 2]]
    """
    image = np.asarray(levels_image, np.uint16)
    counts = graycomatrix(image, [1], ANGLES, levels + 1, symmetric=True)
    return np.moveaxis(counts[1:, 1:, 0], -1, 0).astype(int)


def texture(counts) -> dict[str, np.ndarray]:
    """Return the co-occurrence features of IBSI: how neighbours differ.

    Parameters
    ----------
    counts : array_like
        Symmetric matrices of `cooccurrence`, shape (…, levels, levels). Sum over directions
        or slices before ("merged"), or take the mean of the features after ("averaged").

    Returns
    -------
    dict of str to numpy.ndarray
        Shape (…) each; 0 for a matrix without any pair.
    """
    counts = np.asarray(counts, float)
    p = _ratio(counts, counts.sum((-2, -1), keepdims=True))
    n = p.shape[-1]
    level = np.arange(1, n + 1)
    i, j = np.meshgrid(level, level, indexing="ij")
    apart = np.abs(i - j)
    # Probabilities of each difference and of each sum of two neighbours.
    difference = np.stack([(p * (apart == k)).sum((-2, -1)) for k in range(n)], -1)
    total = np.stack([(p * (i + j == k)).sum((-2, -1)) for k in range(2, 2 * n + 1)], -1)
    marginal = p.sum(-1)

    def mean(of):
        return (p * of).sum((-2, -1))

    average = mean(i)
    variance = mean(i**2) - average**2
    wide, off = average[..., None, None], np.where(apart > 0, apart, np.inf)
    lean = i + j - 2 * wide
    apart_mean = mean(apart)
    return {
        "joint maximum": p.max((-2, -1)),
        "joint average": average,
        "joint variance": variance,
        "joint entropy": entropy(p.reshape(*p.shape[:-2], -1)),
        "difference average": apart_mean,
        "difference variance": mean(apart**2) - apart_mean**2,
        "difference entropy": entropy(difference),
        "sum average": mean(i + j),
        "sum variance": mean((i + j) ** 2) - mean(i + j) ** 2,
        "sum entropy": entropy(total),
        "angular second moment": (p**2).sum((-2, -1)),
        "contrast": mean(apart**2),
        "dissimilarity": apart_mean,
        "inverse difference": mean(1 / (1 + apart)),
        "normalised inverse difference": mean(1 / (1 + apart / n)),
        "inverse difference moment": mean(1 / (1 + apart**2)),
        "normalised inverse difference moment": mean(1 / (1 + (apart / n) ** 2)),
        "inverse variance": mean(1 / off**2),
        # A picture of one grey level agrees with itself perfectly.
        "correlation": np.where(
            variance > 1e-12, _ratio(mean(i * j) - average**2, np.maximum(variance, 1e-12)), 1.0
        ),
        "autocorrelation": mean(i * j),
        "cluster tendency": mean(lean**2),
        "cluster shade": mean(lean**3),
        "cluster prominence": mean(lean**4),
        **_information(p, marginal),
    }


def entropy(p) -> np.ndarray:
    """Return −Σ p log₂ p over the last axis, in bits.

    >>> float(entropy([0.5, 0.5, 0.0]))
    1.0
    """
    p = np.asarray(p, float)
    return -(p * np.log2(np.where(p > 0, p, 1.0))).sum(-1)


def _information(p, marginal):
    """Return the two information correlations: what a pixel tells about its neighbour."""
    joint = entropy(p.reshape(*p.shape[:-2], -1))
    alone = entropy(marginal)
    # If neighbours were independent, their joint entropy would be twice that of one.
    return {
        "information correlation 1": _ratio(joint - 2 * alone, alone),
        "information correlation 2": np.sqrt(
            np.maximum(0, 1 - np.exp(-2 * np.maximum(0, 2 * alone - joint)))
        ),
    }


def blobs(pictures, sigma_px=(1.0, 2.0, 4.0, 8.0)) -> dict[str, np.ndarray]:
    """Return how strongly pictures answer to bright and dark blobs of several sizes.

    The difference of two Gaussian blurs is large where a spot of that size lies, whatever
    the brightness around it (Marr & Hildreth 1980, doi:10.1098/rspb.1980.0020).

    Parameters
    ----------
    pictures : array_like
        Shape (n, rows, columns).
    sigma_px : sequence of float
        Standard deviation of the narrower blur; the other is 1.6 times as wide.

    Returns
    -------
    dict of str to numpy.ndarray
        Shape (n,): the brightest and the darkest response, and their standard deviation.
    """
    found = {}
    for sigma in sigma_px:
        narrow, wide = (gaussian_filter(pictures, (0, s, s)) for s in (sigma, 1.6 * sigma))
        response = narrow - wide
        found[f"bright blob {sigma:g} px"] = response.max((1, 2))
        found[f"dark blob {sigma:g} px"] = response.min((1, 2))
        found[f"blob contrast {sigma:g} px"] = response.std((1, 2))
    return found
