"""Checks of ``31_cnn``: from one sum of products to a layer of fifty million weights."""

import numpy as np

from medkit.course.answers import Matching, Number, Slip
from medkit.course.functions import Case, Function


def slide(image, kernel):
    """Return the valid correlation of an image with a kernel."""
    high, wide = kernel.shape
    rows, columns = image.shape[0] - high + 1, image.shape[1] - wide + 1
    result = np.zeros((rows, columns))
    for u in range(high):
        for v in range(wide):
            result += kernel[u, v] * image[u : u + rows, v : v + columns]
    return result


def _same(image, kernel):
    return slide(np.pad(image, np.shape(kernel)[0] // 2), kernel)


_IMAGE = np.array([[0.0, 1, 2, 4, 7], [3, 1, 0, 2, 2], [5, 8, 1, 0, 3], [2, 2, 6, 1, 9]])
_EDGE = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
_ODD = np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 10]])

SLIDE = Function(
    slide,
    cases=(
        Case((np.eye(4), np.ones((3, 3))), "a diagonal line and nine ones"),
        Case((_IMAGE, _EDGE), "an edge filter, which is not symmetric"),
        Case((_IMAGE, _ODD), "nine different weights"),
        Case((_IMAGE, np.array([[2.0]])), "a kernel of one number"),
    ),
    slips=(
        Slip("turned", lambda x, k: slide(x, np.asarray(k)[::-1, ::-1]), 0.75),
        Slip("transposed", lambda x, k: slide(x, np.asarray(k).T), 0.5),
        Slip("padded", lambda x, k: _same(np.asarray(x, float), k), 0.75),
        Slip("mean", lambda x, k: slide(x, np.asarray(k)) / np.size(k), 0.5),
    ),
)

SIZES = Number(
    23,
    unit="rows",
    slips=(
        Slip("padded", 24, 0.5),
        Slip("half a row", 22.5, 0.5),
        Slip("not padded", 22, 0.5),
        Slip("before pooling", 46, 0.75),
        Slip("no stride", 47, 0.25),
    ),
)

FIELD = Number(
    15,
    unit="pixels",
    slips=(
        Slip("no strides", 7, 0.5),
        Slip("product", 27, 0.25),
        Slip("sum", 9, 0.25),
        Slip("first stride", 29, 0.5),
        Slip("distance", 8, 0.5),
    ),
)

_DENSE = 111 * 111 * 32 * 128 + 128

FIFTY_MILLION = Number(
    _DENSE,
    unit="weights",
    relative=1e-7,
    slips=(
        Slip("no biases", _DENSE - 128, 0.75),
        Slip("padded", 112 * 112 * 32 * 128 + 128, 0.5),
        Slip("no pooling", 222 * 222 * 32 * 128 + 128, 0.5),
        Slip("3 channels", 111 * 111 * 3 * 128 + 128, 0.5),
        Slip("with convolution", _DENSE + 896, 0.5),
        Slip("inputs", 111 * 111 * 32, 0.5),
    ),
)

FAULTS = Matching(
    {
        "Flatten, then Dense(128)": "learns by heart",
        "epochs=10, whatever happens": "cannot stop in time",
        "Dense(1, sigmoid) for any task": "no third class",
        "pixels from 0 to 255, as they come": "wanders",
        "accuracy, and nothing else": "no honest number",
    }
)

AUGMENT = Matching(
    {
        "breast ultrasound, mirrored left-right": "keeps",
        "breast ultrasound, upside down": "breaks",
        "chest film, mirrored left-right": "breaks",
        "head CT, turned by 5 degrees": "keeps",
        "PET, brightness times 2": "breaks",
    }
)
