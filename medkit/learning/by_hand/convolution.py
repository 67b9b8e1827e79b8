"""Convolution by hand: forward, and the gradients that make it learn, in plain NumPy.

A layer of a network slides K × K weights over the image. As everywhere in machine
learning the kernel is not turned round first: strictly this is a correlation,

    y[n, i, j, f] = b[f] + Σ_u Σ_v Σ_c x[n, i·s + u − p, j·s + v − p, c] · k[u, v, c, f].

The functions loop over the K × K taps of the kernel and leave the rest to a matrix
product. They agree with Keras (the tests check it), and explorers draw with them.

References
----------
V. Dumoulin, F. Visin, A guide to convolution arithmetic for deep learning,
arXiv:1603.07285 (2016).
"""

from collections.abc import Iterable

import numpy as np


def padding(size: int, kernel: int, stride: int = 1, mode: str = "same") -> tuple[int, int]:
    """Return how many zeros go before and after an axis: (0, 0) for "valid".

    With "same" the output has ⌈size / stride⌉ pixels; the odd zero goes to the end.

    Examples
    --------
    >>> padding(64, 3), padding(64, 3, stride=2), padding(64, 3, mode="valid")
    ((1, 1), (0, 1), (0, 0))
    """
    if mode == "valid":
        return 0, 0
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def output_size(size: int, kernel: int, stride: int = 1, mode: str = "same") -> int:
    """Return how many pixels come out: ⌊(size + padding − kernel) / stride⌋ + 1.

    Examples
    --------
    >>> output_size(224, 3, mode="valid"), output_size(224, 3), output_size(28, 3, stride=2)
    (222, 224, 14)
    """
    return (size + sum(padding(size, kernel, stride, mode)) - kernel) // stride + 1


def receptive_field(steps: Iterable[tuple[int, int]]) -> int:
    """Return how many pixels of the image, along one axis, one output pixel sees.

    Each layer adds (kernel − 1) × the distance between its input pixels, and that
    distance is the product of all strides before it.

    Parameters
    ----------
    steps : iterable of (int, int)
        (kernel, stride) of each convolution or pooling, in order.

    Examples
    --------
    >>> receptive_field([(3, 1), (3, 1)]), receptive_field([(3, 1), (2, 2), (3, 1)])
    (5, 8)
    """
    field, distance = 1, 1
    for kernel, stride in steps:
        field += (kernel - 1) * distance
        distance *= stride
    return field


def count_parameters(kernel: int, channels: int, filters: int) -> int:
    """Return the number of weights of a convolution: the size of the image is not in it.

    A dense layer is a convolution whose kernel is the whole image.

    Examples
    --------
    >>> count_parameters(3, 3, 32)
    896
    """
    return kernel * kernel * channels * filters + filters


def _pad(x, kernel, stride, mode):
    rows, columns = (padding(x.shape[k + 1], kernel.shape[k], stride, mode) for k in (0, 1))
    return np.pad(x, ((0, 0), rows, columns, (0, 0)))


def _window(padded, u, v, stride, shape):
    """Return the pixels that tap (u, v) meets at each place: a view, (n, rows, columns, c)."""
    rows, columns = shape[1], shape[2]
    return padded[:, u : u + stride * rows : stride, v : v + stride * columns : stride]


def convolve(x, kernel, bias=0.0, *, stride: int = 1, mode: str = "same") -> np.ndarray:
    """Convolve images with the kernels of a layer.

    Parameters
    ----------
    x : numpy.ndarray
        Shape (n, rows, columns, channels).
    kernel : numpy.ndarray
        Shape (K, K, channels, filters).
    bias : float or numpy.ndarray
        Shape (filters,).
    stride : int
        Pixels from one place of the kernel to the next.
    mode : {"same", "valid"}
        Zeros around the image, or none.

    Returns
    -------
    numpy.ndarray
        Shape (n, rows', columns', filters).

    Raises
    ------
    ValueError
        If the shapes do not fit together.

    Examples
    --------
    >>> edge = np.array([[-1.0, 1.0]]).reshape(1, 2, 1, 1)
    >>> convolve(np.array([0.0, 0, 5, 5]).reshape(1, 1, 4, 1), edge, mode="valid").ravel()
    array([0., 5., 0.])
    """
    if x.ndim != 4 or kernel.ndim != 4 or x.shape[3] != kernel.shape[2]:
        raise ValueError(
            f"x {x.shape} and kernel {kernel.shape}: expected (n, rows, columns, channels) and "
            "(K, K, channels, filters) with equal channels"
        )
    height, width, _, filters = kernel.shape
    rows, columns = (output_size(x.shape[k + 1], kernel.shape[k], stride, mode) for k in (0, 1))
    padded = _pad(x, kernel, stride, mode)
    y = np.zeros((len(x), rows, columns, filters), np.result_type(x, kernel)) + bias
    for u in range(height):
        for v in range(width):
            y += _window(padded, u, v, stride, y.shape) @ kernel[u, v]
    return y


def convolve_gradients(x, kernel, dy, *, stride: int = 1, mode: str = "same"):
    """Return how the loss changes with x, kernel and bias, if it changes by dy with y.

    The chain rule, tap by tap: what a tap multiplied by its weight on the way forward,
    it multiplies by the same weight on the way back.

    Parameters
    ----------
    x, kernel, stride, mode
        As they were given to `convolve`.
    dy : numpy.ndarray
        ∂L/∂y, the shape of the output.

    Returns
    -------
    tuple of numpy.ndarray
        ∂L/∂x, ∂L/∂kernel and ∂L/∂bias, with the shapes of x, kernel and (filters,).
    """
    padded = _pad(x, kernel, stride, mode)
    d_padded, d_kernel = np.zeros(padded.shape, dy.dtype), np.zeros(kernel.shape, dy.dtype)
    for u in range(kernel.shape[0]):
        for v in range(kernel.shape[1]):
            seen = _window(padded, u, v, stride, dy.shape)
            d_kernel[u, v] = np.tensordot(seen, dy, axes=((0, 1, 2), (0, 1, 2)))
            _window(d_padded, u, v, stride, dy.shape)[...] += dy @ kernel[u, v].T
    top, left = (padding(x.shape[k + 1], kernel.shape[k], stride, mode)[0] for k in (0, 1))
    d_x = d_padded[:, top : top + x.shape[1], left : left + x.shape[2]]
    return d_x, d_kernel, dy.sum((0, 1, 2))


def relu(x) -> np.ndarray:
    """Return x where it is positive, else 0."""
    return np.maximum(x, 0)
