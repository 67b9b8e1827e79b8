"""Checks of ``40_heart``: a stack of slices, a scar, a real strip, a real header, a decision."""

from functools import lru_cache

import numpy as np
import scipy.ndimage
import scipy.stats
import sklearn.linear_model
import sklearn.pipeline
import sklearn.preprocessing

from medkit.anatomy.regions.heart import contraction
from medkit.anatomy.ventricle import VIEWS, Ventricle, draw
from medkit.chapters.heart.explorers import RIDDLE_DEG
from medkit.course.answers import Number, Selection
from medkit.course.functions import Case, Function, Trained


def stack(masks, pixel_mm, thickness_mm, gap_mm):
    """Return the volume in ml: each slice stands for itself and the gap after it."""
    filled = [scipy.ndimage.binary_fill_holes(mask) for mask in masks]
    return np.sum(filled) * pixel_mm**2 * (thickness_mm + gap_mm) / 1000


def _slices(holes, seed=0):
    """Return four short-axis masks of a cone, with papillary muscles as holes where wanted."""
    y, x = np.mgrid[-20:20, -20:20]
    masks = np.array([np.hypot(x - seed, y) < radius for radius in (6, 9, 12, 13)])
    if holes:
        masks[1:3] &= np.hypot(x - 4 - seed, y - 3) > 2
    return masks


STACK = Function(
    stack,
    cases=(
        Case((_slices(False), 2.0, 8.0, 0.0), "no gap and no papillary muscles"),
        Case((_slices(False, 2), 1.5, 8.0, 2.0), "gaps of 2 mm"),
        Case((_slices(True), 1.5, 6.0, 4.0), "papillary muscles that leave holes"),
    ),
    relative=1e-3,
    slips={
        "without the gap": lambda masks, pixel, thick, gap: stack(masks, pixel, thick, 0),
        "with holes": lambda masks, pixel, *both: np.sum(masks) * pixel**2 * sum(both) / 1000,
        "cubic millimetres": lambda *given: 1000 * stack(*given),
    },
)


def widths(heart: Ventricle, rng) -> np.ndarray:
    """Return diameters in mm as they are traced, shape (2 views, relaxed or contracted, 20)."""
    t, rows = (np.arange(20) + 0.5) / 20, []
    for angle in np.deg2rad([*VIEWS.values()]):
        for phase in (0.0, 0.36):
            sides = [
                heart.radius(t, phi)
                * (1 - heart.squeeze * contraction(phase) * heart.motion(t, np.full(20, phi)))
                for phi in (angle, angle + np.pi)
            ]
            rows.append(sum(sides) + rng.normal(0, 1.5, 20))
    return np.reshape(rows, (2, 2, 20))


@lru_cache(maxsize=1)
def _scars():
    """Return diameters of 200 weak hearts and whether they have a scar; and 200 others."""
    rng = np.random.default_rng(40)
    hearts, labels = [], []
    while len(hearts) < 400:
        heart = draw(rng, True)
        if 0.28 < heart.ejection < 0.42:  # as weak with a scar as without
            hearts.append(widths(heart, rng))
            labels.append(int(heart.scar > 0))
    x, y = np.array(hearts), np.array(labels)
    return x[:200], y[:200], x[200:], y[200:]


def scar(x, y, new):
    """Learn from how much each disc shortens, and score the new hearts."""
    model = sklearn.pipeline.make_pipeline(
        sklearn.preprocessing.StandardScaler(), sklearn.linear_model.LogisticRegression(C=0.05)
    )
    shorter, other = (1 - d[:, :, 1] / d[:, :, 0] for d in (x, new))
    model.fit(shorter.reshape(len(x), -1), y)
    return model.predict_proba(other.reshape(len(new), -1))[:, 1]


def _relaxed_alone(x, y, new):
    """Learn from the relaxed heart alone: the shape knows little of the motion."""
    model = sklearn.linear_model.LogisticRegression(max_iter=5000, C=0.01)
    relaxed, other = (d[:, :, 0].reshape(len(d), -1) for d in (x, new))
    return model.fit(relaxed, y).predict_proba(other)[:, 1]


SCAR = Trained(
    scar,
    patients=_scars,
    goal=0.88,
    slips={
        "relaxed alone": _relaxed_alone,
        "labels": lambda x, y, new: (scar(x, y, new) > 0.5) * 1.0,
    },
)

#: Read off the real strip's lead II: QRS begins 38 ms before R, T ends 326 ms after it.
QT = Number(364.0, relative=0.05)

#: The header's 0.0510 cm belong to a picture of 640 columns; the file holds 320.
PIXEL = Number(1.021, relative=0.015)

FORESHORTENED = Selection({letter for letter, tilt in RIDDLE_DEG.items() if tilt})

#: Measured 39 %; ±8 are 1.96 standard deviations; below 35 %?
DEVICE = Number(float(scipy.stats.norm.cdf((35 - 39) / (8 / 1.96))), relative=0.06)
