"""Gradients of a Keras network, whichever backend computes it."""

from collections.abc import Callable

import numpy as np

from medkit.learning.backend import keras


def gradient(function: Callable, x: np.ndarray) -> np.ndarray:
    """Return the gradient of the sum of ``function(x)`` with respect to `x`.

    Parameters
    ----------
    function : callable
        Takes and returns a tensor of the backend, for example a `keras.Model`.
    x : numpy.ndarray
        Where to differentiate.

    Returns
    -------
    numpy.ndarray
        Of the shape of `x`. Samples do not mix: each gets the gradient of its own value.

    Examples
    --------
    >>> gradient(lambda x: x**3, np.array([1.0, 2.0], np.float32)).tolist()
    [3.0, 12.0]
    """
    branch = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}[keras.backend.backend()]
    return branch(function, np.asarray(x, np.float32))


def _tensorflow(function, x):
    import tensorflow

    x = tensorflow.convert_to_tensor(x)
    with tensorflow.GradientTape() as tape:
        tape.watch(x)
        total = tensorflow.reduce_sum(function(x))
    return tape.gradient(total, x).numpy()


def _jax(function, x):
    import jax

    return np.asarray(jax.grad(lambda x: function(x).sum())(x))


def _torch(function, x):
    import torch

    x = keras.ops.convert_to_tensor(x).requires_grad_()
    return torch.autograd.grad(function(x).sum(), x)[0].detach().cpu().numpy()


def halves(model):
    """Cut a network behind the last layer whose output still has rows and columns.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    first, second : keras.Model
        From images to features, and from features to logits.

    Raises
    ------
    ValueError
        If there is no such layer.
    """
    rank = len(model.input.shape)
    spatial = [layer.output for layer in model.layers[1:] if len(layer.output.shape) == rank]
    if not spatial:
        raise ValueError(f"no layer of {model.name} keeps rows and columns; try saliency")
    return keras.Model(model.input, spatial[-1]), keras.Model(spatial[-1], model.output)


def cells(features) -> tuple[np.ndarray, np.ndarray]:
    """Return where the cells of a feature map lie: cell k is centred on pixel start + step · k.

    A stride of 2 with padding "same" does not look at pixels 2k and 2k + 1 alike: where one
    pixel of padding is needed it is put behind, so that three strides in a row shift the map by
    half a cell. A heat map that ignores it lies beside the lesion.

    Parameters
    ----------
    features : keras.KerasTensor
        The output of a layer.

    Returns
    -------
    start, step : numpy.ndarray
        In pixels of the input, one number an axis (rows, columns, …).
    """
    size = np.array(features.shape[1:-1])
    history = features._keras_history
    node = history.operation._inbound_nodes[history.node_index]
    before = [t for t in node.input_tensors if len(t.shape) == len(features.shape)]
    if not before:
        return np.zeros(len(size)), np.ones(len(size))
    # Where ways of a shortcut meet, their centres may differ by a pixel: the middle.
    start, step = np.mean([cells(tensor) for tensor in before], axis=0)
    layer, entering = history.operation, np.array(before[0].shape[1:-1])
    field = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
    if field is not None and (size <= entering).all():
        field = (np.array(field) - 1) * getattr(layer, "dilation_rate", 1) + 1
        stride = np.array(layer.strides)
        padded = np.maximum((size - 1) * stride + field - entering, 0) // 2
        padded = padded if layer.padding == "same" else 0
        return start + step * ((field - 1) / 2 - padded), step * stride
    # Anything else covers its input evenly.
    ratio = entering / size
    return start + step * (ratio - 1) / 2, step * ratio


def logit(model) -> Callable:
    """Return the function from a tensor to its logit, the highest of several: shape (n,)."""

    def highest(x):
        return keras.ops.max(model(x, training=False), axis=1)

    return highest
