"""Checks of ``24_data_mining``: ages, contradictions, discoveries, and a repair."""

import math
from functools import lru_cache

import numpy as np
import sklearn.linear_model
import sklearn.preprocessing

from medkit.chapters.data_mining.explorers import measured, scanned
from medkit.course.answers import Number, Selection
from medkit.course.functions import Case, Function, Trained


def years(age):
    """Return an age string of DICOM ("024Y", "006M", "002W", "010D") in years, or NaN."""
    in_a_year = {"Y": 1, "M": 12, "W": 365.25 / 7, "D": 365.25}
    if len(age) != 4 or not age[:3].isdigit() or age[3] not in in_a_year:
        return math.nan
    return int(age[:3]) / in_a_year[age[3]]


def _digits(age):
    return "".join(c for c in age if c.isdigit())


AGES = Function(
    years,
    cases=(
        Case(("024Y",), "024Y"),
        Case(("006M",), "006M"),
        Case(("003W",), "003W"),
        Case(("010D",), "010D"),
        Case(("000Y",), "000Y"),
        Case(("",), "an empty string"),
        Case(("58",), "58, which has no unit"),
    ),
    relative=0.01,
    slips={
        "no unit": lambda age: float(_digits(age) or "nan"),
        "years only": lambda age: int(age[:3]) if age[3:] == "Y" else math.nan,
        "zero": lambda age: 0.0 if math.isnan(years(age)) else years(age),
        "guessed": lambda age: years(age if len(age) == 4 else _digits(age).zfill(3) + "Y"),
    },
)

#: Of 14 real CT headers, those whose exposure is not their current × time.
EXPOSURE = Selection({"693_J2KI.dcm", "CT_small.dcm", "6293", "6924"})


#: 1,000 reports, 100 with A, 60 with B, 24 with both: 24 % against 6 %.
LIFT = Number(4.0, relative=0.01)


def discoveries(p, q):
    """Return which p-values are reported at a share q of false discoveries."""
    order = np.argsort(p)
    below = np.flatnonzero(p[order] <= q * np.arange(1, len(p) + 1) / len(p))
    report = np.zeros(len(p), bool)
    if len(below):
        report[order[: below[-1] + 1]] = True
    return report


def _each(p, q):
    """Compare each with its own limit, and do not fill in those before the last."""
    rank = np.argsort(np.argsort(p)) + 1
    return p <= q * rank / len(p)


_RNG = np.random.default_rng(24)

DISCOVERIES = Function(
    discoveries,
    cases=(
        Case((np.array([0.2, 0.02, 0.03]), 0.05), "three p-values"),
        Case((np.array([0.9, 0.5, 0.4]), 0.05), "nothing to report"),
        Case((np.r_[_RNG.uniform(size=40), 1e-4 * np.arange(1, 8)], 0.1), "47 p-values"),
        Case((np.array([0.001, 0.04, 0.012, 0.9, 0.013, 0.2]), 0.05), "six, in no order"),
    ),
    slips={
        "each by itself": lambda p, q: p <= q,
        "Bonferroni": lambda p, q: p <= q / len(p),
        "gaps": _each,
        "sorted": lambda p, q: np.sort(discoveries(p, q))[::-1],
    },
)

#: Small stones (%) that the needle needs to reach the 78 % of open surgery.
STONES = Number(100 * (273 / 350 - 55 / 80) / (234 / 270 - 55 / 80), relative=0.02, unit="%")


@lru_cache(maxsize=1)
def _hospitals():
    """Return an archive with a link of 0.9, and patients from elsewhere, without one."""
    images, ill = scanned(640, rng=11)
    rng, features = np.random.default_rng(11), [measured(part) for part in images]
    link = np.where(np.arange(640) < 340, 0.9, 0.5)
    at = np.where(rng.random(640) < link, ill, 1 - ill)
    x = np.column_stack([np.where(at[:, None] == 1, features[1], features[0]), at])
    return x[:340], ill[:340], x[340:], ill[340:]


def repaired(x, y, new):
    """Learn from an archive whose last column is the scanner; score patients from elsewhere."""
    group = 2 * x[:, -1].astype(int) + y  # scanner and label
    weight = len(y) / 4 / np.bincount(group, minlength=4)[group]
    scale = sklearn.preprocessing.StandardScaler().fit(x[:, :-1])
    model = sklearn.linear_model.LogisticRegression(max_iter=1000)
    model.fit(scale.transform(x[:, :-1]), y, sample_weight=weight)
    return model.decision_function(scale.transform(new[:, :-1]))


def _plain(x, y, new):
    """Learn from all columns as they are."""
    scale = sklearn.preprocessing.StandardScaler().fit(x)
    model = sklearn.linear_model.LogisticRegression(max_iter=1000).fit(scale.transform(x), y)
    return model.decision_function(scale.transform(new))


REPAIR = Trained(
    repaired,
    patients=_hospitals,
    goal=0.86,
    slips={
        "as found": _plain,
        "scanner dropped": lambda x, y, new: _plain(x[:, :-1], y, new[:, :-1]),
        "the scanner itself": lambda x, y, new: new[:, -1] + 0.0,
    },
)
