"""Checks of ``51_trust``: promises that move, many looks, groups, strangers, attacks, headers."""

from functools import lru_cache

import numpy as np
import sklearn.datasets
import sklearn.linear_model

from medkit.course.answers import Number, Selection
from medkit.course.functions import Case, Function, Trained

_RNG = np.random.default_rng(51)


def moved(p, learned, there):
    """Return promises learned where a share `learned` is ill, as they hold where `there` is."""
    odds = p / (1 - p) * there / (1 - there) / (learned / (1 - learned))
    return odds / (1 + odds)


PRIOR = Function(
    moved,
    cases=(
        Case((np.array([0.5, 0.9, 0.1]), 0.5, 0.1), "from 50 % ill to 10 %"),
        Case((np.array([0.2, 0.7]), 0.3, 0.3), "a place that is alike"),
        Case((_RNG.uniform(0.02, 0.98, 30), 0.2, 0.6), "from 20 % ill to 60 %"),
    ),
    relative=0.001,
    slips={
        "scaled": lambda p, learned, there: p * there / learned,
        "other way": lambda p, learned, there: moved(p, there, learned),
        "half": lambda p, learned, there: moved(p, 0.5, there),
    },
)

#: Of 15 slices without any difference, at 0.05 each, independent of each other.
LOOKS = Number(100 * (1 - 0.95**15), relative=0.02, unit="%")


def thresholds(strangeness, group, alpha):
    """Return the conformal threshold of groups 0, 1, …; 1 where a group has too few patients."""
    out = np.ones(group.max() + 1)
    for g in range(len(out)):
        own = np.sort(strangeness[group == g])
        k = int(np.ceil((len(own) + 1) * (1 - alpha)))
        if k <= len(own):
            out[g] = own[k - 1]
    return out


def _thresholds(strangeness, group, alpha, more=1, few=1.0):
    out = []
    for g in range(group.max() + 1):
        own = np.sort(strangeness[group == g])
        k = int(np.ceil((len(own) + more) * (1 - alpha)))
        out.append(own[k - 1] if k <= len(own) else few or own[-1])
    return np.array(out)


_TWO = np.repeat([0, 1, 2], [40, 19, 6])

GROUPS = Function(
    thresholds,
    cases=(
        Case((np.linspace(0.01, 0.99, 99), np.zeros(99, int), 0.1), "one group of 99"),
        Case((_RNG.random(65) ** (1 + _TWO), _TWO, 0.1), "three groups, the last of six"),
        Case((_RNG.random(65) ** (1 + _TWO), _TWO, 0.25), "three groups and α = 0.25"),
    ),
    slips={
        "one for all": lambda s, g, a: np.full(g.max() + 1, thresholds(s, 0 * g, a)[0]),
        "no new patient": lambda s, g, a: _thresholds(s, g, a, more=0),
        "too few": lambda s, g, a: _thresholds(s, g, a, few=0),
        "interpolated": lambda s, g, a: np.array(
            [np.quantile(s[g == k], 1 - a) for k in range(g.max() + 1)]
        ),
    },
)


@lru_cache(maxsize=1)
def _tumours():
    """Return real tumours to learn from, others, and as many whose columns were shuffled."""
    table = sklearn.datasets.load_breast_cancer()
    x, y = np.log(table.data[:, :10] + 0.01), table.target
    rng = np.random.default_rng(5)
    order = rng.permutation(len(x))
    known, rest = order[:300], order[300:]
    odd = np.column_stack([rng.permutation(x[rest, k]) for k in range(10)])
    return x[known], y[known], np.r_[x[rest], odd], np.repeat([0, 1], len(rest))


def suspicion_of(x, y, new):
    """Return how far each new patient is from the nearer class, in units of the common spread."""
    centres = np.array([x[y == k].mean(0) for k in (0, 1)])
    shape = np.linalg.inv(np.cov((x - centres[y]).T))
    off = new[:, None] - centres
    return np.einsum("nki,ij,nkj->nk", off, shape, off).min(1)


def _unsure(x, y, new):
    line = sklearn.linear_model.LogisticRegression(max_iter=5000).fit(x, y)
    return -np.abs(line.decision_function(new))


STRANGERS = Trained(
    suspicion_of,
    patients=_tumours,
    goal=0.95,
    slips={
        "unsure": _unsure,
        "column by column": lambda x, y, new: abs((new - x.mean(0)) / x.std(0)).max(1),
        "upside down": lambda x, y, new: -suspicion_of(x, y, new),
    },
)


def worst_step(x, y, w, b, eps):
    """Move each pixel by eps, against the right answer of a logistic regression."""
    p = 1 / (1 + np.exp(-(x @ w + b)))
    return x + eps * np.sign((p - y)[:, None] * w)


_X, _W = _RNG.normal(size=(12, 6)), np.array([1.0, -2.0, 0.0, 0.5, 3.0, -1.0])
_Y = np.arange(12) % 2

ATTACK = Function(
    worst_step,
    cases=(
        Case((_X, _Y, _W, -0.3, 0.1), "twelve patients"),
        Case((_X[:2], _Y[:2], _W, 4.0, 0.5), "one well and one ill patient"),
    ),
    slips={
        "downhill": lambda x, y, w, b, eps: 2 * x - worst_step(x, y, w, b, eps),
        "without the label": lambda x, y, w, b, eps: x + eps * np.sign(w),
        "not the sign": lambda x, y, w, b, eps: (
            x + eps * (1 / (1 + np.exp(-(x @ w + b))) - y)[:, None] * w
        ),
        "only the change": lambda x, y, w, b, eps: worst_step(0 * x, y, w, 0 * b, eps),
    },
)

#: Of pydicom's 14 studies with a sex and a day: alone with their sex and their year.
ALONE = Number(6, relative=0.0, absolute=0.4)

#: What the abstract of the exercise does not say.
REPORT = Selection({"use", "size", "calibration", "groups", "failures"})
