"""Explanations: where a model looked, and whether that is where the lesion is.

`grad_cam` and `saliency` ask the network's gradients, `occlusion` asks any model by hiding
parts of the image. `focus` holds the answers against the true mask: a beautiful heat map may
lie beside the lesion. The support vectors of an SVM are shown by
`medkit.learning.classical.svm`.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


def grad_cam(model, images, layer=None, output=None, *, signed=False) -> np.ndarray:
    r"""Return where the features lie that speak for a class.

    .. math:: \text{heat}(p) = \max\bigl(0, \textstyle\sum_k \alpha_k A_k(p)\bigr),
              \quad \alpha_k = \sum_p \partial y / \partial A_k(p)

    with the feature maps A of a layer and the logit y.

    Parameters
    ----------
    model : keras.Model or estimator with ``model_``
        With logits as output.
    images : array_like
        Shape (n, rows, columns, channels).
    layer : str, optional
        Name of the layer; by default the last one whose output has rows and columns.
    output : int, optional
        Which logit; by default the only one, or the highest of each image.
    signed : bool
        Keep what speaks against the class, as negative heat.

    Returns
    -------
    numpy.ndarray
        Shape (n, rows, columns): interpolated from the coarse grid of the layer, whose
        cells are all it can tell apart. Each cell is put where it truly looks, which with
        strides is not the middle of its square.

    Notes
    -----
    Selvaraju et al. 2017, doi:10.1109/ICCV.2017.74, times the number of cells: so that
    behind a global average the map is the CAM of Zhou et al. 2016 (doi:10.1109/CVPR.2016.319),
    whose mean plus the bias is the logit.
    """
    from medkit.learning.networks.gradients import cells, gradient, halves, logit

    network, images = _network(model, images)
    first, second = halves(network, layer)
    features = first.predict(images, verbose=0)
    places = tuple(range(1, features.ndim - 1))
    slopes = gradient(logit(second, output), features).sum(places, keepdims=True)
    heat = (slopes * features).sum(-1)
    heat = heat if signed else np.maximum(heat, 0)
    for axis, (start, step) in enumerate(zip(*cells(first.output), strict=True), 1):
        heat = _between(heat, axis, (np.arange(images.shape[axis]) - start) / step)
    return heat


def saliency(model, images, output=None) -> np.ndarray:
    """Return by how much the logit rises with each pixel: the plain gradient.

    Parameters
    ----------
    model, images, output
        As of `grad_cam`.

    Returns
    -------
    numpy.ndarray
        Of the shape of `images`, signed, logit per unit of brightness.

    Notes
    -----
    Simonyan et al. 2013, arXiv:1312.6034. It is noisy, and blind where a unit saturates.
    """
    from medkit.learning.networks.gradients import gradient, logit

    network, images = _network(model, images)
    return gradient(logit(network, output), images)


def occlusion(
    predict: Callable, image, patch: int = 8, stride: int = 4, *, fill=None, output=None
) -> np.ndarray:
    """Return by how much the score falls when a part of the image is hidden.

    Parameters
    ----------
    predict : callable or estimator
        A function from images (n, …) to scores, shape (n,) or (n, classes); or an
        estimator: its ``decision_function``, or else its ``predict_proba``.
    image : array_like
        One image, shape (rows, columns) or (rows, columns, channels).
    patch, stride : int
        Side of the square that hides, and by how much it moves, in pixels.
    fill : float or array_like, optional
        What is put there: by default the mean of the image. Black may be a finding by
        itself; try more than one.
    output : int, optional
        Which of several scores; by default the second of two, else the highest.

    Returns
    -------
    numpy.ndarray
        Shape (rows, columns): the fall, averaged over the squares that hide a pixel.
        Positive where something speaks for the finding.

    Raises
    ------
    ValueError
        If `image` is a stack, or the patch does not fit.

    Notes
    -----
    Zeiler & Fergus 2014, doi:10.1007/978-3-319-10590-1_53.

    Examples
    --------
    A model that looks at one pixel only:

    >>> image = np.arange(16.0).reshape(4, 4)
    >>> float(occlusion(lambda images: images[:, 1, 2], image, 1, 1, fill=0)[1, 2])
    6.0
    """
    image = np.asarray(image)
    if image.ndim not in (2, 3) or not 1 <= patch <= min(image.shape[:2]):
        raise ValueError(
            f"one image (rows, columns[, channels]) larger than the patch of {patch} is needed; "
            f"got shape {image.shape}. One of a stack is images[0]"
        )
    score = _score(predict, output)
    filled = np.broadcast_to(image.mean() if fill is None else fill, image.shape)
    whole, chosen = score(image[None])
    fall, times = np.zeros(image.shape[:2]), np.zeros(image.shape[:2])
    corners = [
        (r, c)
        for r in _starts(image.shape[0], patch, stride)
        for c in _starts(image.shape[1], patch, stride)
    ]
    for first in range(0, len(corners), 256):
        some = corners[first : first + 256]
        hidden = np.repeat(image[None], len(some), axis=0)
        for one, (r, c) in zip(hidden, some, strict=True):
            one[r : r + patch, c : c + patch] = filled[r : r + patch, c : c + patch]
        for (r, c), left in zip(some, score(hidden, chosen)[0], strict=True):
            fall[r : r + patch, c : c + patch] += whole[0] - left
            times[r : r + patch, c : c + patch] += 1
    return fall / np.maximum(times, 1)


class Focus(NamedTuple):
    """Where the heat is: its share inside the mask, and the share that chance would put there."""

    inside: np.ndarray
    chance: np.ndarray


def focus(heats, masks) -> Focus:
    """Return the share of the heat that lies on the lesion, beside what chance would give.

    Parameters
    ----------
    heats : array_like
        Shape (n, rows, columns); negative heat does not count.
    masks : array_like of bool
        Of the same shape.

    Returns
    -------
    Focus
        ``inside`` and ``chance``, each of shape (n,): the latter is the mask's share of
        the image. A map without any heat has 0 inside.

    Examples
    --------
    >>> heat, mask = np.zeros((1, 4, 4)), np.zeros((1, 4, 4), bool)
    >>> heat[0, :2, 0], mask[0, 0] = 1, True
    >>> inside, chance = focus(heat, mask)
    >>> float(inside[0]), float(chance[0])
    (0.5, 0.25)
    """
    heats, masks = _heats(heats, masks)
    heats = np.maximum(heats, 0)
    total = heats.sum((1, 2))
    inside = (heats * masks).sum((1, 2)) / np.where(total > 0, total, 1)
    return Focus(inside, masks.mean((1, 2)))


def _network(model, images):
    """Return the Keras model of an estimator, and images as it takes them."""
    if hasattr(model, "model_"):
        return model.model_, model.prepare(images)
    if not hasattr(model, "layers"):
        raise TypeError(
            f"{type(model).__name__} is no network, and has no gradients; use occlusion, or fit "
            "it first"
        )
    from medkit.learning.backend import keras

    if isinstance(model, keras.Sequential):  # which does not tell its ends by the usual names
        model = keras.Model(model.inputs[0], model.outputs[0])
    return model, np.asarray(images, np.float32)


def _between(values, axis, places):
    """Interpolate along an axis at places counted in cells; beyond the ends they go on."""
    places = np.clip(places, 0, values.shape[axis] - 1)
    below = np.minimum(places.astype(int), max(values.shape[axis] - 2, 0))
    above = np.minimum(below + 1, values.shape[axis] - 1)
    share = (places - below).reshape(-1, *[1] * (values.ndim - axis - 1))
    return (1 - share) * values.take(below, axis) + share * values.take(above, axis)


def _score(predict, output):
    """Return a function from images to their scores (n,) and to which output they are of."""
    for name in ("decision_function", "predict_proba"):
        if hasattr(predict, name):
            predict = getattr(predict, name)
            break

    def score(images, chosen=output):
        scores = np.asarray(predict(images), dtype=float)
        if scores.ndim == 1:
            return scores, None
        if chosen is None:
            # Of the whole image, which comes first; the hidden ones then keep to it.
            few = scores.shape[1] <= 2
            chosen = scores.shape[1] - 1 if few else int(scores[0].argmax())
        return scores[:, chosen], chosen

    return score


def _starts(length, patch, stride):
    """Return where squares start, the last one flush with the edge."""
    return [*range(0, length - patch, stride), length - patch]


def _heats(heats, masks):
    heats, masks = np.asarray(heats, dtype=float), np.asarray(masks, dtype=bool)
    if heats.shape != masks.shape or heats.ndim != 3:
        raise ValueError(f"heats {heats.shape} and masks {masks.shape} must be (n, rows, columns)")
    return heats, masks
