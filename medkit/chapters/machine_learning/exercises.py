"""Checks of ``21_machine_learning``: pairs, folds, programs to mend, and a table with holes."""

import math

import numpy as np
import sklearn.datasets
import sklearn.ensemble
import sklearn.feature_selection
import sklearn.impute
import sklearn.linear_model
import sklearn.model_selection
import sklearn.pipeline
import sklearn.preprocessing

from medkit.course.answers import Number, Selection
from medkit.course.functions import Case, Function, Trained

#: Three ill (0.9, 0.6, 0.4) against four healthy (0.6, 0.4, 0.3, 0.1): 9 pairs won, 2 tied of 12.
PAIRS = Number(10 / 12, relative=0.01)


def deal(patients, folds):
    """Return the fold of each picture: patients are dealt like cards, as they first appear."""
    order = list(dict.fromkeys(patients))
    return np.array([order.index(who) % folds for who in patients])


DEAL = Function(
    deal,
    cases=(
        Case((np.array([7, 7, 7, 2, 2, 9, 9, 9, 4]), 2), "four patients, two folds"),
        Case((np.array([5, 3, 5, 3, 1, 1, 8]), 3), "pictures that are not in order"),
        Case((np.array(["b", "a", "b", "c", "a", "d", "e"]), 2), "patients with names"),
    ),
    slips={
        "by picture": lambda patients, folds: np.arange(len(patients)) % folds,
        "sorted": lambda patients, folds: np.unique(patients, return_inverse=True)[1] % folds,
        "not dealt": lambda patients, folds: deal(patients, len(patients)),
    },
)


def honest(x, y):
    """Return the mean AUC of ten chosen features in five folds, each of which chooses its own."""
    choose = sklearn.feature_selection.SelectKBest(k=10)
    model = sklearn.pipeline.make_pipeline(choose, sklearn.linear_model.LogisticRegression())
    folds = sklearn.model_selection.StratifiedKFold(5)
    return sklearn.model_selection.cross_val_score(model, x, y, cv=folds, scoring="roc_auc").mean()


def _scored(x, y, *steps, scoring="roc_auc"):
    machine = sklearn.linear_model.LogisticRegression(max_iter=1000)
    model = sklearn.pipeline.make_pipeline(*steps, machine)
    folds = sklearn.model_selection.StratifiedKFold(5)
    return sklearn.model_selection.cross_val_score(model, x, y, cv=folds, scoring=scoring).mean()


def _ten():
    return sklearn.feature_selection.SelectKBest(k=10)


def _noise(seed, n=60, signal=0.0):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    x = rng.normal(size=(n, 500))
    x[:, :20] += signal * y[:, None]
    return x, y


HONEST = Function(
    honest,
    cases=(
        Case(_noise(5), "pure noise"),
        Case(_noise(2), "other noise"),
        Case(_noise(3, signal=0.6), "features of which twenty are real"),
    ),
    relative=0.005,
    slips={
        "chosen before": lambda x, y: _scored(_ten().fit_transform(x, y), y),
        "all features": _scored,
        "accuracy": lambda x, y: _scored(x, y, _ten(), scoring="accuracy"),
    },
    seconds=20.0,
)


def _holes():
    """Return 120 real tumours to learn from and 449 to be judged by; one value of five is lost."""
    table = sklearn.datasets.load_breast_cancer()
    rng = np.random.default_rng(21)
    order = rng.permutation(len(table.data))
    x, y = table.data[order], 1 - table.target[order]
    x[rng.random(x.shape) < 0.2] = np.nan
    return x[:120], y[:120], x[120:], y[120:]


def patched(x, y, new):
    """Learn from tumours x, in which values are missing (NaN), and score new ones."""
    model = sklearn.pipeline.make_pipeline(
        sklearn.impute.SimpleImputer(),
        sklearn.preprocessing.StandardScaler(),
        sklearn.linear_model.LogisticRegression(),
    )
    return model.fit(x, y).predict_proba(new)[:, 1]


def _zeros(x, y, new):
    """Put zeros into the holes, which no nucleus has."""
    model = sklearn.linear_model.LogisticRegression(max_iter=5000)
    return model.fit(np.nan_to_num(x), y).predict_proba(np.nan_to_num(new))[:, 1]


HOLES = Trained(
    patched,
    patients=_holes,
    goal=0.975,
    slips={
        "zeros": _zeros,
        "labels": lambda x, y, new: (patched(x, y, new) > 0.5) * 1.0,
        "benign": lambda x, y, new: 1 - patched(x, y, new),
    },
)


def highest(labels, scores, wanted):
    """Return the highest score that, as a threshold, still finds the wanted share of the ill."""
    ill = np.sort(scores[labels == 1])[::-1]
    return ill[math.ceil(wanted * len(ill) - 1e-9) - 1]


_LABELS = np.array([1, 0, 1, 1, 0, 1, 1, 0, 0, 1])
_SCORES = np.array([0.9, 0.8, 0.75, 0.6, 0.55, 0.5, 0.4, 0.3, 0.2, 0.1])
_RNG = np.random.default_rng(4)
_MANY = np.repeat([0, 1], [60, 40])

HIGHEST = Function(
    highest,
    cases=(
        Case((_LABELS, _SCORES, 0.5), "half of six ill ones"),
        Case((_LABELS, _SCORES, 0.8), "a share that six cannot give exactly"),
        Case((_LABELS, _SCORES, 1.0), "all of them"),
        Case((_MANY, _RNG.normal(_MANY * 1.5), 0.9), "a hundred patients"),
    ),
    slips={
        "interpolated": lambda labels, scores, wanted: np.quantile(scores[labels == 1], 1 - wanted),
        "rounded down": lambda labels, scores, wanted: highest(
            labels, scores, np.floor(wanted * labels.sum() + 1e-9) / labels.sum()
        ),
        "everybody": lambda labels, scores, wanted: highest(labels**0, scores, wanted),
        "lowest": lambda labels, scores, wanted: scores[labels == 1].min(),
    },
)

#: 2,000 people, 2 % ill: 40; 36 of them found; 5 % of 1,960 healthy ones alarmed: 98.
BELIEF = Number(36 / 134, relative=0.02)

TWINS = Selection({"B", "G"})
