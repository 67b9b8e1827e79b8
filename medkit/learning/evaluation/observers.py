"""Model observers: what a reader who knows the signal and its place could see in an image.

Each is a template w that is laid over the image; the score is their product, t = w·x. They
differ in what they know of the noise:

- `npw`, the non-prewhitening observer, takes the signal itself for its template;
- `npwe` looks at it through the eye, which sees neither the coarsest nor the finest;
- `hotelling` divides by the covariance of the noise. Estimated from a few hundred images that
  is hopeless for thousands of pixels, so the image is first seen through few channels:
  `laguerre_gauss`, best for round signals, or `gabor`, like the cells of the visual cortex.

Barrett & Myers, Foundations of Image Science (2004), chapter 13 (from memory), derives them.
"""

import numpy as np
from scipy.special import erf, eval_laguerre


def laguerre_gauss(shape: tuple[int, int], width: float, n: int = 5) -> np.ndarray:
    r"""Return round channels, shape (n, rows, columns), for a signal in the middle.

    .. math:: u_j(r) = \frac{\sqrt2}{a}\, e^{-\pi r^2/a^2}\, L_j(2\pi r^2/a^2)

    with the Laguerre polynomials L_j. They are orthonormal over the plane.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns of the images.
    width : float
        a in pixels; about the radius of the signal.
    n : int
        How many.

    References
    ----------
    Gallas & Barrett, J. Opt. Soc. Am. A 20, 1725 (2003), doi:10.1364/JOSAA.20.001725 (from
    memory).

    Examples
    --------
    >>> u = laguerre_gauss((65, 65), 12.0).reshape(5, -1)
    >>> bool(np.allclose(u @ u.T, np.eye(5), atol=0.01))
    True
    """
    square = 2 * np.pi * _radius(shape) ** 2 / width**2
    return np.stack(
        [np.sqrt(2) / width * np.exp(-square / 2) * eval_laguerre(j, square) for j in range(n)]
    )


def gabor(
    shape: tuple[int, int],
    frequencies=(3 / 64, 3 / 32, 3 / 16),
    orientations: int = 4,
    phases=(0.0, np.pi / 2),
) -> np.ndarray:
    r"""Return stripes under a bell, one octave wide, of each frequency, direction and phase.

    .. math:: e^{-4\ln 2\, r^2/w^2} \cos(2\pi f (x\cos\theta + y\sin\theta) + \beta),
              \qquad w = \frac{4\ln 2}{\pi\,\Delta f}, \quad \Delta f = \tfrac23 f

    Parameters
    ----------
    shape : tuple of int
    frequencies : sequence of float
        f in cycles a pixel: the middle of a band from ⅔ f to 4/3 f.
    orientations : int
        Directions θ, evenly spread over half a turn.
    phases : sequence of float
        β in radians.

    Returns
    -------
    ndarray, shape (frequency × direction × phase, rows, columns)

    References
    ----------
    Wunderlich et al., IEEE Trans. Med. Imaging 34, 453 (2015) (from memory).
    """
    y, x = _grid(shape)
    channels = []
    for frequency in frequencies:
        width = 4 * np.log(2) / (np.pi * 2 / 3 * frequency)
        bell = np.exp(-4 * np.log(2) * (x**2 + y**2) / width**2)
        for angle in np.pi * np.arange(orientations) / orientations:
            along = x * np.cos(angle) + y * np.sin(angle)
            channels += [bell * np.cos(2 * np.pi * frequency * along + p) for p in phases]
    return np.stack(channels)


def eye(shape: tuple[int, int], pixels_per_degree: float = 30.0) -> np.ndarray:
    r"""Return the contrast sensitivity of the eye, shape (rows, columns), as `numpy.fft` orders it.

    .. math:: E(\rho) = \rho^{1.3}\, e^{-c\rho^2}, \quad c \text{ such that it peaks at } 4

    with ρ in cycles per degree of the visual field.

    Parameters
    ----------
    shape : tuple of int
    pixels_per_degree : float
        On the retina of the reader: 30 for pixels of 0.29 mm half a metre away.

    References
    ----------
    Burgess, J. Opt. Soc. Am. A 11, 1237 (1994) (from memory).
    """
    rho = pixels_per_degree * np.hypot(*np.meshgrid(*map(np.fft.fftfreq, shape), indexing="ij"))
    return rho**1.3 * np.exp(-1.3 / 2 * (rho / 4) ** 2)


def npw(absent, present) -> np.ndarray:
    """Return the template of the non-prewhitening observer: the mean difference itself.

    Parameters
    ----------
    absent, present : array_like
        Images without and with the signal, shapes (n, rows, columns) and (m, rows, columns).

    Returns
    -------
    ndarray, shape (rows, columns)
    """
    return np.mean(present, 0) - np.mean(absent, 0)


def npwe(absent, present, pixels_per_degree: float = 30.0) -> np.ndarray:
    """Return the template of the non-prewhitening observer with an eye: w = E²s.

    Both the signal and the image pass the eye, therefore its square; see `npw` and `eye`.
    """
    signal = npw(absent, present)
    seen = np.fft.fft2(signal) * eye(signal.shape, pixels_per_degree) ** 2
    return np.fft.ifft2(seen).real


def hotelling(absent, present, channels) -> np.ndarray:
    r"""Return the template of the channelised Hotelling observer.

    .. math:: w = U^T K^{-1} \Delta\bar v, \qquad v = U x

    with the channels U, the mean difference of their outputs and K, the mean covariance of
    the outputs of both classes.

    Parameters
    ----------
    absent, present : array_like
        As of `npw`. Some ten times as many of each as there are channels.
    channels : array_like
        Shape (channel, rows, columns).

    Returns
    -------
    ndarray, shape (rows, columns)

    Raises
    ------
    ValueError
        If there are too few images for the covariance of so many channels.
    """
    channels = np.asarray(channels, float)
    u = channels.reshape(len(channels), -1)
    outputs = [np.reshape(x, (len(x), -1)) @ u.T for x in (absent, present)]
    if min(map(len, outputs)) <= len(u):
        raise ValueError(
            f"{len(outputs[0])} images without and {len(outputs[1])} with the signal: "
            f"{len(u)} channels need more than {len(u)} of each, better ten times as many"
        )
    covariance = sum(np.cov(v.T) for v in outputs) / 2
    weights = np.linalg.solve(np.atleast_2d(covariance), outputs[1].mean(0) - outputs[0].mean(0))
    return np.tensordot(weights, channels, 1)


def scores(template, images) -> np.ndarray:
    """Return the score t = w·x of each image, shape (n,)."""
    return np.tensordot(np.asarray(images, float), template, 2)


def detectability(absent, present) -> float:
    r"""Return how many standard deviations lie between the scores of two classes.

    .. math:: d' = \frac{\bar t_1 - \bar t_0}{\sqrt{(\sigma_0^2 + \sigma_1^2)/2}}

    Parameters
    ----------
    absent, present : array_like
        Scores, shapes (n,) and (m,).

    Examples
    --------
    >>> round(detectability([-1.0, 1.0], [1.0, 3.0]), 3)
    1.414
    """
    spread = (np.var(absent, ddof=1) + np.var(present, ddof=1)) / 2
    return float((np.mean(present) - np.mean(absent)) / np.sqrt(spread))


def area(detectability: float) -> float:
    r"""Return the AUC of Gaussian scores: Φ(d′/√2).

    >>> round(area(0.0), 2), round(area(1.0), 2)
    (0.5, 0.76)
    """
    return float(0.5 * (1 + erf(detectability / 2)))


def _grid(shape):
    return np.meshgrid(*[np.arange(n) - (n - 1) / 2 for n in shape], indexing="ij")


def _radius(shape):
    return np.hypot(*_grid(shape))
