"""Checks of ``33_autoencoder``: bottlenecks, bounds, and what reconstruction errors say."""

from functools import lru_cache

import numpy as np

from medkit.chapters.autoencoder import maps
from medkit.course.answers import Choice, Matching, Number, Selection, Slip
from medkit.course.functions import Case, Function, Trained
from medkit.data import tasks


def tied(X, E):
    """Return the slope along an encoder that is, turned round, its own decoder."""
    code = X @ E
    wrong = code @ E.T - X
    as_encoder, as_decoder = X.T @ (wrong @ E), code.T @ wrong
    return 2 * (as_encoder + as_decoder.T) / len(X)


_RNG = np.random.default_rng(0)
_X, _E = _RNG.normal(size=(6, 5)), _RNG.normal(size=(5, 2))

TIED = Function(
    tied,
    cases=(
        Case((_X, _E), "random weights"),
        Case((_X, 0.1 * _E), "small weights, as at the start"),
        Case((_X[:1], _E), "one sample"),
    ),
    slips={
        "encoder only": lambda X, E: 2 * X.T @ ((X @ E @ E.T - X) @ E) / len(X),
        "decoder only": lambda X, E: 2 * (X @ E @ E.T - X).T @ (X @ E) / len(X),
        "sign": lambda X, E: -tied(X, E),
        "half": lambda X, E: tied(X, E) / 2,
    },
)

_LISTING = 784 * 32 + 32 + 32 * 784 + 784

PARAMETERS = Number(_LISTING, relative=0.0, absolute=0.5)

FAULTS = Selection({"scale", "flatten", "validation", "unused"})


def awake(mean, log_variance):
    """Return how many numbers of the code cost more than a tenth of a nat on average."""
    nats = 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance)
    return int((nats.mean(0) > 0.1).sum())


_MEAN = np.random.default_rng(1).normal(0, [1.0, 0.0, 0.3, 0.9, 0.05, 0.0], (400, 6))
_LOG = np.tile([-3.0, 0.0, -0.05, -1.5, 0.01, -0.02], (400, 1))
#: A number that says something of one patient in ten only.
_RARE = np.zeros((400, 2)), np.zeros((400, 2))
_RARE[0][:40, 0] = 4.0
#: A cloud wider than the normal one is dear as well.
_WIDE = np.zeros((50, 3)), np.tile([1.5, 0.0, 0.1], (50, 1))

AWAKE = Function(
    awake,
    cases=(
        Case((_MEAN, _LOG), "six numbers, some of them asleep"),
        Case(_RARE, "a number that speaks of few patients"),
        Case(_WIDE, "a cloud that is too wide"),
        Case((_MEAN[:, :2], _LOG[:, :2]), "two numbers"),
    ),
    slips={
        "patients": lambda m, v: int((_nats(m, v).mean(1) > 0.1).sum()),
        "any": lambda m, v: int((_nats(m, v) > 0.1).any(0).sum()),
        "mean code": lambda m, v: int((_nats(m.mean(0), v.mean(0)) > 0.1).sum()),
        "means only": lambda m, v: int(((m**2).mean(0) / 2 > 0.1).sum()),
        "total": lambda m, v: _nats(m, v).sum(1).mean(),
    },
)


def _nats(mean, log_variance):
    return 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance)


WIDE = Choice("falls")

_IMAGES = 64 * 4096 * 2 / (300 - 32)

BREAK_EVEN = Number(_IMAGES, relative=0.04)


READ_MAPS = Matching({name: str(k) for k, name in enumerate(maps.ORDER, 1)})


def _rows(task, n, seed, share):
    """Return images of 32 × 32 pixels, averaged over blocks, and labels."""
    data = tasks.simulate(task, n, rng=seed, prevalence=share)
    return data.images.reshape(n, 32, 2, 32, 2).mean((2, 4)), data.labels


@lru_cache(maxsize=2)
def _people(task):
    """Return images and labels to learn from, 120 and 40 ill of them, and 100 new ones."""
    healthy, ill, new = (
        _rows(task, *what) for what in ((120, 21, 0.0), (40, 22, 1.0), (100, 23, 0.5))
    )
    return np.concatenate([healthy[0], ill[0]]), np.repeat([0, 1], (120, 40)), *new


def _flat(images):
    return images.reshape(len(images), -1)


def _left_over(healthy, new, size=16):
    """Return new images minus PCA's pictures of them."""
    from sklearn.decomposition import PCA

    model = PCA(size, svd_solver="full").fit(_flat(healthy))  # the same each time
    return (_flat(new) - model.inverse_transform(model.transform(_flat(new)))).reshape(new.shape)


def find_tumours(images, labels, new):
    """Score new images by their brightest patch that PCA of the healthy leaves over."""
    from scipy.ndimage import uniform_filter
    from sklearn.decomposition import PCA

    model = PCA(16).fit(images[labels == 0].reshape(-1, 1024))
    rows = new.reshape(-1, 1024)
    left = (rows - model.inverse_transform(model.transform(rows))).reshape(-1, 32, 32)
    return uniform_filter(np.maximum(left, 0) ** 2, (0, 3, 3)).max((1, 2))


def detect(images, labels, new):
    """Train the listing's network in the right way, and score by the brightest patch left over."""
    import keras
    from scipy.ndimage import uniform_filter

    keras.utils.set_random_seed(0)
    healthy = np.tile(images[labels == 0].reshape(-1, 1024) / 255.0, (10, 1))
    model = keras.Sequential(
        [
            keras.Input((1024,)),
            keras.layers.Dense(128, activation="gelu"),
            keras.layers.Dense(16),
            keras.layers.Dense(128, activation="gelu"),
            keras.layers.Dense(1024),
        ]
    )
    at_once = 1 if keras.backend.backend() == "torch" else 10
    model.compile(keras.optimizers.Adam(2e-3), "mse", steps_per_execution=at_once)
    model.fit(healthy, healthy, epochs=15, batch_size=16, verbose=0)
    rows = new.reshape(-1, 1024) / 255.0
    left = rows - model.predict(rows, verbose=0)
    left = np.maximum(left, 0).reshape(new.shape)
    return uniform_filter(left**2, (0, 3, 3)).max((1, 2))


def _bytes():
    """Return the heads of `_people` as bytes, 0 to 255, as the listing gets them."""
    x, y, new, truth = _people("mri_stroke")
    return *(
        np.round(255 * a.clip(0, 1)).astype(np.uint8) if a.ndim == 3 else a for a in (x, y, new)
    ), truth


def _by(score):
    """Return a detector with another score of what PCA leaves over."""
    return lambda images, labels, new: score(_left_over(images[labels == 0], new), new)


_SQUARE = Slip("mean square", _by(lambda left, new: (left**2).mean((1, 2))), 0.5)
_LEVEL = Slip("brightness", _by(lambda left, new: new.mean((1, 2))), 0.25)

MEND = Trained(
    detect, patients=_bytes, goal=0.82, seconds=120.0, absolute=1e-9, slips=(_SQUARE, _LEVEL)
)
TUMOURS = Trained(
    find_tumours,
    patients=lambda: _people("mri_tumour"),
    goal=0.74,
    absolute=1e-9,
    slips=(_SQUARE, _LEVEL),
)
