"""Checks of ``36_pairs``: what two can do, and how one would know."""

from functools import lru_cache

import numpy as np
import sklearn.pipeline
import sklearn.preprocessing
import sklearn.svm

from medkit.course.answers import Choice, Matching, Number, Selection
from medkit.course.functions import Case, Function, Reaches, Trained
from medkit.data.tasks import hearts
from medkit.learning.evaluation import auc


def lead(pair, a, b):
    """Return the mean lead over the better parent and its standard error."""
    better = a if a.mean() >= b.mean() else b
    leads = pair - better
    return leads.mean(), leads.std(ddof=1) / np.sqrt(len(leads))


#: A pair, one parent and the other, draw by draw.
_THREE = np.array([[0.80, 0.90, 0.85], [0.84, 0.86, 0.82], [0.60, 0.99, 0.70]])
_FOUR = np.array([[0.70, 0.72, 0.74, 0.76], [0.75, 0.71, 0.78, 0.74], [0.50, 0.60, 0.55, 0.65]])

LEAD = Function(
    lead,
    cases=(
        Case((np.array([0.9, 0.8]), np.array([0.7, 0.7]), np.array([0.8, 0.8])), "two draws"),
        Case(tuple(_THREE), "a parent that is better only once"),
        Case(tuple(_FOUR), "four draws, and no help"),
    ),
    slips={
        "turns": lambda p, a, b: lead(p, np.maximum(a, b), np.maximum(a, b)),
        "mean of both": lambda p, a, b: lead(p, (a + b) / 2, (a + b) / 2),
        "no root": lambda p, a, b: np.array(lead(p, a, b)) * [1, np.sqrt(len(p))],
        "n not n − 1": lambda p, a, b: np.array(lead(p, a, b)) * [1, np.sqrt(1 - 1 / len(p))],
    },
)


SIZE = Number(6105 - 33 + 120 * 32 + 120 + 1, relative=0, absolute=0.5)

MATCH = Matching()

FAIR = Selection({"a", "c", "d", "e", "g"})

WHY = Choice("both ends ill")

SWAY = Number(15, relative=0, absolute=5)


@lru_cache(maxsize=1)
def _features():
    """Return sixteen features of 100 patients, and of 300 whom nobody has seen."""
    # With them comes Keras, for which other checks need not wait.
    from medkit.learning.pairs import archive, questions

    _, _, patients, truth = questions.cases("cavity", 200)
    answers = questions.run(archive.body("cnn"), patients)
    return answers[:100], truth[:100], answers[100:], truth[100:]


def mended(x, y, new):
    """Enclose the middle, scale all alike, and return scores."""
    scale, machine = sklearn.preprocessing.StandardScaler(), sklearn.svm.SVC(C=10.0)
    model = sklearn.pipeline.make_pipeline(scale, machine).fit(x, y)
    return model.decision_function(new)


def _broken(x, y, new):
    scale = sklearn.preprocessing.StandardScaler().fit_transform
    return sklearn.svm.SVC(kernel="linear").fit(scale(x), y).predict(scale(new))


MEND = Trained(
    mended,
    patients=_features,
    goal=0.75,
    slips={
        "as given": _broken,
        "labels": lambda x, y, new: (mended(x, y, new) > 0) * 1,
        "upside down": lambda x, y, new: -mended(x, y, new),
    },
)


@lru_cache(maxsize=1)
def _films():
    return hearts.seizures(200, rng=360)


def first_side(films):
    """Return how much brighter the right half is than the left, in the first frame with a flash."""
    bright = films[..., 0]
    left, right = bright[..., :6].max((2, 3)), bright[..., 6:].max((2, 3))
    seen = np.argmax(np.maximum(left, right) > 0.6, axis=1)
    k = np.arange(len(films))
    return right[k, seen] - left[k, seen]


def _side(films):
    return films[..., 6:, 0].sum((2, 3)) - films[..., :6, 0].sum((2, 3))  # of each frame


def _area(truths, values):
    return auc(truths[0], values[0]).value


BYHAND = Reaches(
    first_side,
    cases=(Case((_films()[0],), "films you have not seen"),),
    truth=(_films()[1],),
    measure=_area,
    goal=0.95,
    slips={
        "mean": lambda films: _side(films).mean(1),
        "frame 0": lambda films: _side(films)[:, 0],
        "upside down": lambda films: -first_side(films),
    },
)
