"""Checks of ``43_bone``: shadows, angles and densities to build, a real vertebra, a crack."""

from functools import lru_cache

import numpy as np
import sklearn.pipeline
import sklearn.preprocessing
import sklearn.svm

import medkit.learning.classical.features
from medkit.anatomy.bones import spine
from medkit.anatomy.bones.belly import RODS_MG_CM3
from medkit.course.answers import Number, Selection
from medkit.course.functions import Case, Function, Trained
from medkit.data.tasks.radiographs import wrists


def areal(mineral, voxel_mm):
    """Return the mineral behind each pixel, mg/cm², seen along the second axis."""
    return mineral.sum(axis=1) * voxel_mm / 10


def _blocks(seed, shape):
    return np.random.default_rng(seed).uniform(0, 1200, shape)


AREAL = Function(
    areal,
    cases=(
        Case((np.full((2, 10, 3), 100.0), 1.0), "a block of 100 mg/cm³, 1 cm deep"),
        Case((_blocks(0, (4, 7, 5)), 0.75), "a bone of voxels of 0.75 mm"),
    ),
    slips={
        "other axis": lambda mineral, voxel_mm: mineral.sum(axis=0) * voxel_mm / 10,
        "millimetres": lambda mineral, voxel_mm: mineral.sum(axis=1) * voxel_mm,
        "mean": lambda mineral, voxel_mm: mineral.mean(axis=1) * voxel_mm / 10,
    },
)


def cobb(corners):
    """Return Cobb's angle in degrees: between the plates that lean most against each other."""
    lower = corners[:, 1] - corners[:, 0]
    upper = corners[:, 3] - corners[:, 2]
    lean = -np.rad2deg(np.arctan2([lower[:, 1], upper[:, 1]], [lower[:, 0], upper[:, 0]]))
    return np.ptp(lean)


@lru_cache(maxsize=8)
def _corners(angle, seed):
    return spine(angle, spacing_mm=8.0, rng=seed).corners_mm


def _first_and_last(corners):
    across = corners[[0, -1], 1] - corners[[0, -1], 0]
    return abs(np.diff(np.rad2deg(np.arctan2(across[:, 1], across[:, 0])))[0])


def _largest(corners):
    across = corners[:, 1] - corners[:, 0]
    return np.rad2deg(np.abs(np.arctan2(across[:, 1], across[:, 0]))).max()


COBB = Function(
    cobb,
    cases=(
        Case((_corners(30.0, 0),), "a spine of 30 degrees"),
        Case((_corners(55.0, 1),), "another, of 55 degrees"),
        Case((_corners(0.0, 2),), "a straight one"),
    ),
    absolute=0.05,
    slips={
        "radians": lambda corners: np.deg2rad(cobb(corners)),
        "ends": _first_and_last,
        "largest lean": _largest,
    },
)


def mineral_of(bone_hu, rods_hu, rods_mg_cm3):
    """Return the mineral of a bone by a straight line through the rods beside it."""
    slope, offset = np.polyfit(rods_hu, rods_mg_cm3, 1)
    return slope * bone_hu + offset


MINERAL = Function(
    mineral_of,
    cases=(
        Case((196.0, np.array([0.0, 105.0, 212.0]), np.array(RODS_MG_CM3)), "a scan at 120 kV"),
        Case((261.0, np.array([0.0, 147.0, 297.0]), np.array(RODS_MG_CM3)), "at 80 kV"),
        Case((90.0, np.array([-6.0, 91.0, 185.0]), np.array([0.0, 75.0, 150.0])), "at 140 kV"),
    ),
    relative=0.01,
    slips={
        "upside down": lambda bone, rods, amounts: np.polyval(np.polyfit(amounts, rods, 1), bone),
        "one rod": lambda bone, rods, amounts: bone * amounts[-1] / rods[-1],
    },
)

#: Mean of the spongy bone of pydicom's CT, which is 212 to 221 HU in circles of any size.
REAL = Number(214.0, relative=0.06)

DOUBT = Selection({"contrast", "level", "reference"})


@lru_cache(maxsize=1)
def _unseen():
    """Return 160 wrists to learn from, and 120 whom nobody has seen: palm and side."""
    known, new = (wrists(n, rng=seed) for n, seed in ((160, 4301), (120, 4302)))
    return known.images, known.labels, new.images, new.labels


def crack(images, labels, new):
    """Learn from radiographs (wrist, turn, row, column) with labels, and score new ones."""

    def features(x):
        x = x[:, 0, 6:34, 24:56]
        x = (x - x.mean((1, 2), keepdims=True)) / x.std((1, 2), keepdims=True)
        hog = medkit.learning.classical.features.HOG()
        return hog.fit_transform(np.clip(0.5 + x / 6, 0, 1)[..., None])

    scale, machine = sklearn.preprocessing.StandardScaler(), sklearn.svm.SVC()
    model = sklearn.pipeline.make_pipeline(scale, machine).fit(features(images), labels)
    return model.decision_function(features(new))


def _pixels(images, labels, new):
    scale, machine = sklearn.preprocessing.StandardScaler(), sklearn.svm.SVC()
    model = sklearn.pipeline.make_pipeline(scale, machine).fit(
        images.reshape(len(images), -1), labels
    )
    return model.decision_function(new.reshape(len(new), -1))


CRACK = Trained(
    crack,
    patients=_unseen,
    goal=0.75,
    slips={
        "pixels": _pixels,
        "upside down": lambda images, labels, new: -crack(images, labels, new),
    },
)
