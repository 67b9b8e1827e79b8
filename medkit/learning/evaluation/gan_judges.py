"""Judges of generated images: how like real ones, how many kinds, how new.

No single number will do. A generator that copies its training images has a perfect
distance; one that draws a single perfect image is sharp. Each judge here catches what the
others let pass, and each is compared with what real images would get, because with few
images none gets its best.
"""

import numpy as np
from sklearn.neighbors import NearestNeighbors

from medkit.learning.evaluation import auc
from medkit.learning.evaluation.intervals import Interval


def frechet_distance(a, b) -> float:
    r"""Return the Fréchet distance between Gaussians fitted to two sets of features.

    .. math:: d^2 = \lvert \mu_a - \mu_b \rvert^2
              + \operatorname{tr}\bigl(C_a + C_b - 2 (C_a^{1/2} C_b C_a^{1/2})^{1/2}\bigr)

    Parameters
    ----------
    a, b : array_like
        Features, shapes (n, d) and (m, d). Any features: distances in one feature space
        say nothing about another.

    Returns
    -------
    float
        d², as is the custom ("FID" where the features are those of an Inception network;
        here they are not). 0 for equal mean and covariance.

    Limits
    ------
    It is biased: two samples of the *same* distribution are some distance apart, more the
    fewer they are. Compare equal numbers, and see `noise_floor`.

    References
    ----------
    Dowson & Landau, J. Multivar. Anal. 12, 450 (1982), doi:10.1016/0047-259X(82)90077-X.
    Heusel et al., NeurIPS (2017), arXiv:1706.08500, for its use with GANs.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(100, 3))
    >>> round(frechet_distance(x, x + [3, 0, 4]), 6)
    25.0
    """
    a, b = np.asarray(a, float), np.asarray(b, float)
    if min(len(a), len(b)) < 2:
        raise ValueError(f"{len(a)} and {len(b)} samples; a covariance needs at least 2 of each")
    apart = np.sum((a.mean(0) - b.mean(0)) ** 2)
    # The trace of the root of a product: the nuclear norm of the product of the roots,
    # and as a root any R will do of which RᵀR is the covariance.
    roots = [np.linalg.qr((x - x.mean(0)) / np.sqrt(len(x) - 1), mode="r") for x in (a, b)]
    shared = np.linalg.svd(roots[0] @ roots[1].T, compute_uv=False).sum()
    traces = sum(np.sum(root**2) for root in roots)
    return float(max(0.0, apart + traces - 2 * shared))


def noise_floor(real, n: int, *, repeats: int = 20, rng=None) -> np.ndarray:
    """Return the Fréchet distances of n real samples to n other real ones, shape (repeats,).

    A generator cannot be expected to come below it, and a distance without it is a number
    without a scale.

    Parameters
    ----------
    real : array_like
        Features, shape (N, d), N at least 2 n.
    n : int
        How many are compared with how many.
    repeats : int
        How often they are drawn anew.
    rng : None, int or numpy.random.Generator
    """
    real, rng = np.asarray(real), np.random.default_rng(rng)
    if len(real) < 2 * n:
        raise ValueError(f"two sets of {n} cannot be drawn from {len(real)} real samples")
    halves = (rng.permutation(len(real))[: 2 * n] for _ in range(repeats))
    return np.array([frechet_distance(real[half[:n]], real[half[n:]]) for half in halves])


def nearest(samples, among) -> tuple[np.ndarray, np.ndarray]:
    """Return the distance of each sample to its nearest neighbour, and whose it is.

    Parameters
    ----------
    samples, among : array_like
        Shapes (n, …) and (m, …): images, or features of them.

    Returns
    -------
    distance : numpy.ndarray
        Root of the mean squared difference, shape (n,).
    index : numpy.ndarray
        Of the neighbour in `among`, shape (n,).
    """
    samples, among = (np.reshape(x, (len(x), -1)) for x in (samples, among))
    distance, index = NearestNeighbors(n_neighbors=1).fit(among).kneighbors(samples)
    return distance[:, 0] / np.sqrt(samples.shape[1]), index[:, 0]


def copying(generated, train, held_out) -> Interval:
    """Return the chance that a generated image lies nearer to the training images than a real one.

    The real ones were held out: their distance is what strangers of the same kind keep. Half
    of the time is what a generator should reach that has learned the kind; 1 is a copier;
    less than ½ says that generated images are odd, further from all than real ones are.

    Parameters
    ----------
    generated, train, held_out : array_like
        Images or features, shapes (n, …), (m, …), (k, …).

    Returns
    -------
    Interval
        An AUC with DeLong's interval.
    """
    near = nearest(generated, train)[0]
    usual = nearest(held_out, train)[0]
    labels = np.r_[np.ones(len(near)), np.zeros(len(usual))]
    return auc(labels, -np.r_[near, usual])


def precision_recall(real, generated, neighbours: int = 3) -> tuple[float, float]:
    """Return how many generated samples look real, and how many real ones are looked like.

    Around each sample of a set lies a ball that reaches to its k-th neighbour; the set's
    balls together stand for all it could hold. Precision is the share of generated samples
    in real balls; recall, the share of real samples in generated balls: a collapsed
    generator has high precision and low recall.

    Parameters
    ----------
    real, generated : array_like
        Images or features, shapes (n, …) and (m, …); take n = m.
    neighbours : int
        The k.

    References
    ----------
    Kynkäänniemi et al., NeurIPS (2019), arXiv:1904.06991.
    """
    sets = [np.reshape(x, (len(x), -1)).astype(float) for x in (real, generated)]
    shares = []
    for balls, samples in (sets, sets[::-1]):
        reach = NearestNeighbors(n_neighbors=neighbours + 1).fit(balls).kneighbors(balls)[0][:, -1]
        squares = (balls**2).sum(1) + (samples**2).sum(1)[:, None] - 2 * samples @ balls.T
        shares.append(float(np.mean((squares <= reach**2 + 1e-12).any(1))))
    return shares[0], shares[1]
