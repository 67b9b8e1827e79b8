"""Checks of ``31_cnn``: from one sum of products to networks that learn before the check's eyes."""

from functools import lru_cache

import numpy as np

from medkit.chapters.cnn import explorers
from medkit.course.answers import Matching, Number
from medkit.course.functions import Case, Function, Trained
from medkit.data import tasks

READ_KERNELS = Matching(explorers.RIDDLE)


def dilated(image, kernel, gap):
    """Return the sum of products with taps that are `gap` pixels apart, inside the image."""
    size = gap * (len(kernel) - 1) + 1
    rows, columns = image.shape[0] - size + 1, image.shape[1] - size + 1
    result = np.zeros((rows, columns))
    for u in range(len(kernel)):
        for v in range(len(kernel)):
            taps = image[gap * u : gap * u + rows, gap * v : gap * v + columns]
            result += kernel[u, v] * taps
    return result


_IMAGE = np.random.default_rng(31).integers(0, 9, (9, 11)).astype(float)
_EDGE = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
_ODD = np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 10]])

DILATE = Function(
    dilated,
    cases=(
        Case((_IMAGE, _ODD, 1), "a gap of 1, which is no gap"),
        Case((_IMAGE, _ODD, 2), "nine different weights, two pixels apart"),
        Case((_IMAGE, _EDGE, 3), "an edge kernel, three pixels apart"),
        Case((_IMAGE, np.array([[1.0, 2], [3, 4]]), 4), "a kernel of 2 × 2, four pixels apart"),
    ),
    slips={
        "not spread": lambda x, k, gap: dilated(x, k, 1),
        "stride": lambda x, k, gap: dilated(x, k, 1)[::gap, ::gap],
        "turned": lambda x, k, gap: dilated(x, k[::-1, ::-1], gap),
        "transposed": lambda x, k, gap: dilated(x, k.T, gap),
        "zeros between": lambda x, k, gap: dilated(x, k, gap + 1),
    },
)

SIZES = Number(23, unit="rows")

FIELD = Number(15, unit="pixels")

_DENSE = 111 * 111 * 32 * 128 + 128

FIFTY_MILLION = Number(_DENSE, unit="weights", relative=1e-7)

FAULTS = Matching()

AUGMENT = Matching()


@lru_cache(maxsize=1)
def _fibres():
    """Return 200 patches of muscle to learn from, and 200 to be judged by."""
    rng, parts = np.random.default_rng(310), []
    for _ in range(2):
        across, phase = np.arange(200) % 2, rng.uniform(0, 2 * np.pi, (200, 1, 1))
        rows = np.sin(np.arange(16)[:, None] + phase) * np.ones(16)
        fibres = np.where(across[:, None, None] == 1, rows, rows.transpose(0, 2, 1))
        noisy = 0.5 + 0.15 * fibres + rng.normal(0, 0.2, fibres.shape)
        parts += [noisy.clip(0, 1)[..., None].astype(np.float32), across]
    return tuple(parts)


def mended(x, y, new):
    """Learn from images x with labels y, and score new ones."""
    import keras

    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Rescaling(4.0, -2.0)])
    for filters in (8, 16):
        model.add(keras.layers.Conv2D(filters, 3, strides=2, padding="same", activation="relu"))
    model.add(keras.layers.GlobalAveragePooling2D())
    model.add(keras.layers.Dense(1))
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-2), loss)
    model.fit(x, y, batch_size=16, epochs=10, verbose=0)
    return model.predict(new, verbose=0)[:, 0]


MEND = Trained(
    mended,
    patients=_fibres,
    goal=0.9,
    slips={
        "softmax of one": lambda x, y, new: np.ones(len(new)),
        "upside down": lambda x, y, new: -mended(x, y, new),
    },
)


@lru_cache(maxsize=1)
def _other_probe():
    """Return 40 masses scanned at 11 MHz to learn from, and 200 to be judged by."""
    probe, parts = tasks.with_knob("us_breast", 11.0), []
    for n, seed in ((40, 312), (200, 313)):
        data = tasks.simulate("us_breast", n, rng=seed, protocol=probe)
        parts += [data.images, data.labels]
    return tuple(parts)


def few(x, y, new):
    """Learn from few images by the features of the backbone, and score new ones."""
    import keras
    from sklearn.linear_model import LogisticRegression

    from medkit.learning.studies import backbone

    body = backbone.load()
    features = keras.Model(body.input, body.layers[-2].output)
    known, asked = (features.predict(z, verbose=0) for z in (x, new))
    middle, spread = known.mean(0), known.std(0) + 1e-6
    line = LogisticRegression(C=0.03, max_iter=1000).fit((known - middle) / spread, y)
    return line.decision_function((asked - middle) / spread)


def _by_pixels(x, y, new):
    """Draw a straight line through the pixels."""
    from sklearn.linear_model import LogisticRegression

    line = LogisticRegression(C=0.01, max_iter=500).fit(x.reshape(len(x), -1), y)
    return line.decision_function(new.reshape(len(new), -1))


FEW = Trained(
    few,
    patients=_other_probe,
    goal=0.83,
    slips={"pixels": _by_pixels, "upside down": lambda x, y, new: -few(x, y, new)},
)
