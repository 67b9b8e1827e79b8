"""Checks of ``50_challenges``: promises, few labels, simple models, pixels, thresholds, prices."""

from functools import lru_cache

import numpy as np
import sklearn.linear_model

from medkit.course.answers import Number
from medkit.course.functions import Case, Function, Trained
from medkit.data import tasks
from medkit.learning.classical import features


def needed(n, area, goal):
    """Return the patients for an AUC, by a straight line of log(1 - AUC) on log n."""
    slope, start = np.polyfit(np.log(n), np.log(1 - area), 1)
    return np.exp((np.log(1 - goal) - start) / slope)


def _straight(n, area, goal):
    slope, start = np.polyfit(n, area, 1)
    return (goal - start) / slope


def _half_log(n, area, goal):
    slope, start = np.polyfit(np.log(n), area, 1)
    return np.exp((goal - start) / slope)


def _upright(n, area, goal):
    slope, start = np.polyfit(np.log(n), np.log(area), 1)
    return np.exp((np.log(goal) - start) / slope)


_N = np.array([20.0, 40.0, 80.0, 160.0])

NEEDED = Function(
    needed,
    cases=(
        Case((_N, 1 - 0.8 * _N**-0.5, 0.95), "a perfect power law"),
        Case((_N, np.array([0.72, 0.78, 0.84, 0.87]), 0.9), "four points, 0.90 wanted"),
        Case((np.array([30.0, 90.0, 270.0]), np.array([0.6, 0.7, 0.79]), 0.85), "three points"),
    ),
    relative=0.02,
    slips={
        "straight": _straight,
        "half": _half_log,
        "upright": _upright,
        "logarithm": lambda n, area, goal: np.log(needed(n, area, goal)),
        "more": lambda n, area, goal: needed(n, area, goal) - n[-1],
    },
)


@lru_cache(maxsize=1)
def _twenty():
    """Return twenty labelled masses, half of them malignant, and 300 new ones with the truth."""
    ill = np.r_[np.arange(20) % 2, np.arange(300) % 2].astype(bool)
    cases = tasks.patients("us_breast", 320, rng=52, size=32, ill=ill, size_mm=(9, 15))
    images = tasks.scan("us_breast", cases).images[..., 0]
    return images[:20], ill[:20].astype(int), images[20:], ill[20:].astype(int)


def twenty(x, y, new):
    """Learn from twenty masses, each also mirrored and moved by up to two pixels."""
    moved = [np.roll(x, (r, c), (1, 2)) for r in (-2, 0, 2) for c in (-2, 0, 2)]
    copies = np.concatenate([*moved, *(m[:, :, ::-1] for m in moved)])
    see = features.HOG()
    model = sklearn.linear_model.LogisticRegression(C=1e-2, max_iter=500)
    model.fit(see.fit_transform(copies[..., None]), np.tile(y, 18))
    return model.decision_function(see.transform(new[..., None]))


def _pixels_only(x, y, new):
    model = sklearn.linear_model.LogisticRegression(C=1e-2, max_iter=500)
    return model.fit(x.reshape(len(x), -1), y).decision_function(new.reshape(len(new), -1))


TWENTY = Trained(
    twenty,
    patients=_twenty,
    goal=0.78,
    slips={"pixels": _pixels_only, "upside down": lambda x, y, new: -twenty(x, y, new)},
)


def simplest(size, area, error):
    """Return the place of the smallest model within one standard error of the best."""
    good = area >= area.max() - error[np.argmax(area)]
    return int(np.flatnonzero(good)[np.argmin(size[good])])


def _own(size, area, error):
    good = area + error >= area.max()
    return int(np.flatnonzero(good)[np.argmin(size[good])])


def _first(size, area, error):
    return int(np.argmax(area >= area.max() - error[np.argmax(area)]))


_SIZE = np.array([3.0, 1025.0, 325.0, 23_000.0, 190_000.0])

SIMPLEST = Function(
    simplest,
    cases=(
        Case((_SIZE, np.array([0.7, 0.8, 0.83, 0.84, 0.82]), np.full(5, 0.02)), "five rungs"),
        Case((_SIZE, np.array([0.7, 0.8, 0.83, 0.88, 0.82]), np.full(5, 0.02)), "one far ahead"),
        Case(
            (_SIZE[::-1], np.array([0.9, 0.89, 0.7, 0.85, 0.8]), np.r_[0.06, 0.02, 0.3, 0.02, 0.3]),
            "largest first, errors differ",
        ),
    ),
    slips={
        "best": lambda size, area, error: int(np.argmax(area)),
        "smallest": lambda size, area, error: int(np.argmin(size)),
        "own error": _own,
        "first": _first,
    },
)


#: By how much the real film must be magnified to have pixels of 1.2 mm: 0.5105 mm / 1.2 mm.
PIXELS = Number(0.5105 / 1.2, relative=0.02)


def anew(home, threshold, new):
    """Return the threshold that calls as large a share of the new scores as it does at home."""
    return np.quantile(new, 1 - np.mean(home >= threshold))


def _by_spread(home, threshold, new):
    return new.mean() + (threshold - home.mean()) / home.std() * new.std()


_RNG = np.random.default_rng(50)

ANEW = Function(
    anew,
    cases=(
        Case((np.arange(100.0), 40.0, np.arange(2000.0) ** 2), "a stretched scale"),
        Case((_RNG.normal(size=200), 0.3, _RNG.exponential(size=3000)), "another shape"),
        Case((_RNG.normal(size=150), -0.5, _RNG.normal(3, 2, 3000)), "shifted and wider"),
    ),
    relative=0.02,
    absolute=0.02,
    slips={
        "as it was": lambda home, threshold, new: threshold,
        "shifted": lambda home, threshold, new: threshold + new.mean() - home.mean(),
        "scaled": _by_spread,
        "wrong end": lambda home, threshold, new: np.quantile(new, np.mean(home >= threshold)),
    },
)


def cheapest(caught, alarms, p, scan, call):
    """Return the place on a ROC curve at which a found patient costs least."""
    spent = scan + call * (caught * p + alarms * (1 - p))
    prices = np.full(len(caught), np.inf)
    np.divide(spent, caught * p, out=prices, where=caught > 0)
    return int(np.argmin(prices))


_F = np.linspace(0, 1, 41)

PRICE = Function(
    cheapest,
    cases=(
        Case((_F**0.25, _F, 0.05, 30.0, 300.0), "a usual curve"),
        Case((_F**0.25, _F, 0.2, 800.0, 150.0), "a dear examination"),
        Case((_F**0.45, _F, 0.01, 30.0, 20.0), "a screening"),
    ),
    slips={
        "Youden": lambda caught, alarms, *prices: int(np.argmax(caught - alarms)),
        "least spent": lambda caught, alarms, p, scan, call: int(
            np.argmin(scan + call * (caught * p + alarms * (1 - p)))
        ),
        "no scan": lambda caught, alarms, p, scan, call: cheapest(caught, alarms, p, 0.0, call),
        "half ill": lambda caught, alarms, p, *prices: cheapest(caught, alarms, 0.5, *prices),
    },
)
