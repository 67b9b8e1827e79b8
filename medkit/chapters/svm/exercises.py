"""Checks of ``30_svm``: from the width of a street to models that learn before the check's eyes."""

from functools import lru_cache

import numpy as np
import sklearn.datasets
import sklearn.pipeline
import sklearn.preprocessing
import sklearn.svm

import medkit.learning.classical.features
from medkit.chapters.svm import hog
from medkit.course.answers import Choice, Matching, Number, Selection
from medkit.course.functions import Case, Function, Trained
from medkit.data import tasks

WIDTH = Number(0.4)


def priced(w, b, x, y, price):
    """Return the slope of the loss at w and b, in which each sample has its own price."""
    push = price * y * (y * (x @ w + b) < 1)
    return np.append(w - push @ x, -push.sum())


_X = np.array([[2.0, 1.0], [0.5, 0.2], [-1.0, 0.0], [-2.0, -2.0], [0.0, 0.5], [1.0, 1.0]])
_Y = np.array([1.0, 1.0, 1.0, -1.0, -1.0, -1.0])
_DEAR = np.where(_Y > 0, 5.0, 1.0)


PRICE = Function(
    priced,
    cases=(
        Case((np.array([1.0, 0.5]), -0.2, _X, _Y, np.ones(6)), "equal prices"),
        Case((np.array([1.0, 0.5]), -0.2, _X, _Y, _DEAR), "misses five times as dear"),
        Case((np.zeros(2), 0.0, _X, _Y, _DEAR), "the start, where all are short of their edge"),
        Case((np.array([9.0, 9.0]), 0.0, _X[:4], _Y[:4], _DEAR[:4]), "four samples"),
    ),
    slips={
        "mean price": lambda w, b, x, y, price: price.mean() * priced(w, b, x, y, np.ones(len(y))),
        "no price": lambda w, b, x, y, price: priced(w, b, x, y, np.ones(len(y))),
        "price of w": lambda w, b, x, y, price: (
            priced(w, b, x, y, price) + np.append((price.mean() - 1) * w, 0)
        ),
        "uphill": lambda w, b, x, y, price: priced(w, b, x, -y, price),
        "no bias": lambda w, b, x, y, price: priced(w, b, x, y, price)[:-1],
    },
)

KKT = Matching()


_KERNEL = float(np.exp(-2))

GAMMA = Number(_KERNEL, relative=0.045)

LISTING = Selection({"a", "b", "c", "e", "f"})

LEAK = Choice("the split")


def _tumours():
    """Return 100 real tumours to learn from, and 469 to be judged by."""
    table = sklearn.datasets.load_breast_cancer()
    order = np.random.default_rng(30).permutation(len(table.data))
    x, y = table.data[order], 1 - table.target[order]
    return x[:100], y[:100], x[100:], y[100:]


def mended(x, y, new):
    """Learn from tumours x with labels y, and score new ones."""
    scale, machine = sklearn.preprocessing.StandardScaler(), sklearn.svm.SVC()
    model = sklearn.pipeline.make_pipeline(scale, machine).fit(x, y)
    return model.decision_function(new)


def _broken(x, y, new):
    """Scale each part by itself, hear nobody but oneself, and return labels."""
    scale = sklearn.preprocessing.StandardScaler().fit_transform
    return sklearn.svm.SVC(gamma=1.0).fit(scale(x), y).predict(scale(new))


MEND = Trained(
    mended,
    patients=_tumours,
    goal=0.985,
    slips={
        "as given": _broken,
        "unscaled": lambda x, y, new: sklearn.svm.SVC().fit(x, y).decision_function(new),
        "labels": lambda x, y, new: (mended(x, y, new) > 0) * 1,
        "upside down": lambda x, y, new: -mended(x, y, new),
    },
)


@lru_cache(maxsize=1)
def _skin():
    """Return the 120 patients of the lesson, and 120 whom nobody has seen."""
    known, unseen = (
        tasks.simulate("skin_lesion", 120, rng=5),
        tasks.simulate("skin_lesion", 120, rng=30),
    )
    return known.images, known.labels, unseen.images, unseen.labels


def skin(images, labels, new):
    """Learn from pictures of moles, and score new ones."""
    features = medkit.learning.classical.features.Radiomics()
    scale, machine = sklearn.preprocessing.StandardScaler(), sklearn.svm.SVC(gamma=0.003)
    model = sklearn.pipeline.make_pipeline(features, scale, machine).fit(images, labels)
    return model.decision_function(new)


def _by(features):
    """Return a function that learns from other features."""

    def learn(images, labels, new):
        scale, machine = sklearn.preprocessing.StandardScaler(), sklearn.svm.SVC()
        model = sklearn.pipeline.make_pipeline(features, scale, machine).fit(images, labels)
        return model.decision_function(new)

    return learn


BEAT = Trained(
    skin,
    patients=_skin,
    goal=0.74,
    slips={
        "pixels": _by(medkit.learning.classical.features.RawPixels()),
        "edges": _by(medkit.learning.classical.features.HOG()),
        "upside down": lambda x, y, new: -skin(x, y, new),
    },
)

READ_HOG = Matching({name: str(k) for name, k in zip("ABCD", hog.riddle()[2], strict=True)})
