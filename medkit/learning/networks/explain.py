"""Explanations: where a model looked, and whether that is where the lesion is.

`grad_cam` and `saliency` ask the network's gradients, `occlusion` asks any model by hiding
parts of the image. `focus` holds the answers against the true mask: a beautiful heat map may
lie beside the lesion. The support vectors of an SVM are shown by
`medkit.learning.classical.svm`.
"""

import numpy as np
from scipy.ndimage import map_coordinates


def grad_cam(model, images, *, signed=False) -> np.ndarray:
    r"""Return where the features lie that speak for a class.

    .. math:: \text{heat}(p) = \max\bigl(0, \textstyle\sum_k \alpha_k A_k(p)\bigr),
              \quad \alpha_k = \sum_p \partial y / \partial A_k(p)

    with the feature maps A of the last layer that has rows and columns, and the logit y, the
    highest if there are several.

    Parameters
    ----------
    model : keras.Model or estimator with ``model_``
        With logits as output.
    images : array_like
        Shape (n, rows, columns, channels).
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
    first, second = halves(network)
    features = first.predict(images, verbose=0)
    everywhere = tuple(range(1, features.ndim - 1))
    slopes = gradient(logit(second), features).sum(everywhere, keepdims=True)
    heat = (slopes * features).sum(-1)
    heat = heat if signed else np.maximum(heat, 0)
    ends = zip(*cells(first.output), images.shape[1:], strict=False)
    places = np.meshgrid(*[(np.arange(n) - start) / step for start, step, n in ends], indexing="ij")
    return np.stack([map_coordinates(one, places, order=1, mode="nearest") for one in heat])


def saliency(model, images) -> np.ndarray:
    """Return by how much the logit rises with each pixel: the plain gradient.

    Parameters
    ----------
    model, images
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
    return gradient(logit(network), images)


def occlusion(model, image, patch: int = 8, stride: int = 4, *, fill=None) -> np.ndarray:
    """Return by how much the score falls when a part of the image is hidden.

    Parameters
    ----------
    model : callable or estimator
        A function from images (n, …) to scores, shape (n,), or what has a
        ``decision_function`` that is one.
    image : array_like
        One image, shape (rows, columns) or (rows, columns, channels).
    patch, stride : int
        Side of the square that hides, and by how much it moves, in pixels.
    fill : float or array_like, optional
        What is put there: by default the mean of the image. Black may be a finding by
        itself; try more than one.

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
    score = getattr(model, "decision_function", model)
    filled = np.broadcast_to(image.mean() if fill is None else fill, image.shape)
    whole = score(image[None])[0]
    fall, times = np.zeros(image.shape[:2]), np.zeros(image.shape[:2])
    corners = [
        (r, c)
        for r in _starts(image.shape[0], patch, stride)
        for c in _starts(image.shape[1], patch, stride)
    ]
    hidden = np.repeat(image[None], len(corners), axis=0)
    for one, (r, c) in zip(hidden, corners, strict=True):
        one[r : r + patch, c : c + patch] = filled[r : r + patch, c : c + patch]
    for (r, c), left in zip(corners, score(hidden), strict=True):
        fall[r : r + patch, c : c + patch] += whole - left
        times[r : r + patch, c : c + patch] += 1
    return fall / np.maximum(times, 1)


def focus(heats, masks) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of the heat that lies on the lesion, beside what chance would give.

    Parameters
    ----------
    heats : array_like
        Shape (n, rows, columns); negative heat does not count.
    masks : array_like of bool
        Of the same shape.

    Returns
    -------
    inside, chance : numpy.ndarray
        Each of shape (n,); chance is the mask's share of the image. A map without any heat has
        0 inside.

    Examples
    --------
    >>> heat, mask = np.zeros((1, 4, 4)), np.zeros((1, 4, 4), bool)
    >>> heat[0, :2, 0], mask[0, 0] = 1, True
    >>> inside, chance = focus(heat, mask)
    >>> float(inside[0]), float(chance[0])
    (0.5, 0.25)
    """
    heats, masks = np.maximum(heats, 0), np.asarray(masks, bool)
    total = heats.sum((1, 2))
    inside = (heats * masks).sum((1, 2)) / np.where(total > 0, total, 1)
    return inside, masks.mean((1, 2))


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


def _starts(length, patch, stride):
    """Return where squares start, the last one flush with the edge."""
    return [*range(0, length - patch, stride), length - patch]
