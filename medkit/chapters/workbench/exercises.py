"""Checks of ``90_workbench``: Holm's rule, a pooled AUC, a reader, patients, and a plan."""

import numpy as np
import scipy.ndimage
import sklearn.linear_model

from medkit.course.answers import Number
from medkit.course.functions import Case, Function, Trained
from medkit.learning.studies import workbench


def holm(p, level):
    """Return which of the p-values are differences, by Holm's rule."""
    order = np.argsort(p)
    limits = level / (len(p) - np.arange(len(p)))
    fails = np.flatnonzero(p[order] > limits)
    kept = fails[0] if len(fails) else len(p)
    real = np.zeros(len(p), bool)
    real[order[:kept]] = True
    return real


def _no_stop(p, level):
    """Compare each with its own limit, also after one has failed."""
    rank = np.argsort(np.argsort(p))
    return p <= level / (len(p) - rank)


def _downwards(p, level):
    """Give the strictest limit to the largest."""
    rank = np.argsort(np.argsort(-p))
    return p <= level / (len(p) - rank)


_RNG = np.random.default_rng(90)

HOLM = Function(
    holm,
    cases=(
        Case((np.array([0.03, 0.001, 0.02]), 0.05), "three p-values"),
        Case((np.array([0.001, 0.04, 0.03, 0.049]), 0.05), "one that fails, and later ones"),
        Case((np.array([0.3, 0.9]), 0.05), "nothing to report"),
        Case((np.r_[_RNG.uniform(size=40), 1e-5 * np.arange(1, 11)], 0.05), "fifty"),
    ),
    slips={
        "each by itself": lambda p, level: p <= level,
        "Bonferroni": lambda p, level: p <= level / len(p),
        "no stop": _no_stop,
        "wrong end": _downwards,
        "sorted": lambda p, level: np.sort(holm(p, level))[::-1],
    },
)


def pooled(auc, low, high):
    """Return value, low and high of the mean of independent AUCs, by way of the log odds."""
    value, low, high = (np.log(np.asarray(v) / (1 - np.asarray(v))) for v in (auc, low, high))
    reach = np.sqrt((((high - low) / 2) ** 2).sum()) / len(value)
    return 1 / (1 + np.exp(-(value.mean() + reach * np.array([0, -1, 1]))))


def _without_root(auc, low, high):
    value, low, high = (np.log(np.asarray(v) / (1 - np.asarray(v))) for v in (auc, low, high))
    return 1 / (1 + np.exp(-(value.mean() + (high - low).mean() / 2 * np.array([0, -1, 1]))))


_THREE = (np.array([0.80, 0.74, 0.85]), np.array([0.73, 0.66, 0.79]), np.array([0.86, 0.81, 0.90]))
_TWO = (np.array([0.95, 0.90]), np.array([0.90, 0.84]), np.array([0.975, 0.94]))

POOLED = Function(
    pooled,
    cases=(
        Case(_THREE, "three draws"),
        Case(_TWO, "two, near 1"),
        Case(([0.7], [0.6], [0.8]), "one"),
    ),
    relative=0.005,
    slips={
        "mean of the bounds": lambda *three: np.mean(three, axis=1),
        "no narrower": _without_root,
        "order": lambda *three: np.sort(pooled(*three)),
    },
)


def _bleeds():
    (x, y, _), (new, truth, _) = workbench.parts(workbench.Cell("ct_bleed", "SVM"))
    return x, y, new, truth


def reader(x, y, new):
    """Learn how unlike the usual head the most unlike place is, for spots of three sizes."""
    usual, spread = x.mean(0), x.std(0)
    spread = spread + 0.3 * spread.mean()

    def table(images):
        z = ((images - usual) / spread)[..., 0]
        rows = [
            scipy.ndimage.gaussian_filter(z, (0, s, s)).reshape(len(z), -1) for s in (1, 1.5, 2.5)
        ]
        return np.column_stack([f(r, axis=1) for r in rows for f in (np.max, np.std)])

    model = sklearn.linear_model.LogisticRegression(C=0.1, max_iter=2000)
    return model.fit(table(x), y).decision_function(table(new))


def _pixels(x, y, new):
    """Feed the pixels as they are."""
    model = sklearn.linear_model.LogisticRegression(C=0.01, max_iter=2000)
    model.fit(x.reshape(len(x), -1), y)
    return model.decision_function(new.reshape(len(new), -1))


READER = Trained(
    reader,
    patients=_bleeds,
    goal=0.75,
    slips={"pixels": _pixels, "brightness": lambda x, y, new: new.mean((1, 2, 3))},
)

#: Patients of the 40 real DICOM pictures that can be read, by PatientID.
PATIENTS = Number(7, relative=0.001)

#: 1,000 cells: 5 algorithms alike often, 2 s a network and 4 of 5 are networks, 0.5 s an SVM.
PLAN = Number(1000 * (0.8 * 2.0 + 0.2 * 0.5) * 1.25 / 16 / 60, relative=0.03, unit="min")
