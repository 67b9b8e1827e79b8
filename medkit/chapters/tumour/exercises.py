"""Checks of ``42_tumour``: a volume, an FROC point, a verdict and a concordance to build."""

from functools import lru_cache

import numpy as np
import scipy.ndimage
import sklearn.datasets
import sklearn.linear_model
import sklearn.pipeline
import sklearn.preprocessing

from medkit.course.answers import Number
from medkit.course.functions import Case, Function, Trained
from medkit.data import tasks


def mtv(suv, seed, voxel_mm):
    """Return the mL of the piece around `seed` that holds 41 % of the seed's SUV or more."""
    pieces, _ = scipy.ndimage.label(suv >= 0.41 * suv[seed])
    return (pieces == pieces[seed]).sum() * voxel_mm**3 / 1000


def _body(seed, voxel_mm):
    """Return a tumour in the middle, and something hotter in a corner."""
    at = np.indices((24, 24, 24))
    ball, other = (
        sum((x - c) ** 2 for x, c in zip(at, centre, strict=True)) < r**2
        for centre, r in (((12, 12, 12), 5.2), ((4, 4, 4), 2.5))
    )
    suv = scipy.ndimage.gaussian_filter(1 + 7.0 * ball + 14.0 * other, 0.8)
    suv += 0.05 * np.random.default_rng(seed).standard_normal(suv.shape)
    return suv, (12, 12, 12), voxel_mm


MTV = Function(
    mtv,
    cases=(
        Case(_body(0, 4.0), "a tumour and a bladder, voxels of 4 mm"),
        Case(_body(1, 2.5), "the same in voxels of 2.5 mm"),
    ),
    relative=0.01,
    slips={
        "everything": lambda suv, seed, voxel_mm: (
            (suv >= 0.41 * suv[seed]).sum() * voxel_mm**3 / 1000
        ),
        "hottest": lambda suv, seed, voxel_mm: (suv >= 0.41 * suv.max()).sum() * voxel_mm**3 / 1000,
        "mm3": lambda suv, seed, voxel_mm: 1000 * mtv(suv, seed, voxel_mm),
    },
)


def froc_point(score, hit, n_lesions, n_patients, threshold):
    """Return (sensitivity, false marks per patient) of the marks at or above the threshold."""
    called = hit[score >= threshold]
    return np.array([len(set(called[called >= 0])) / n_lesions, (called < 0).sum() / n_patients])


def _marks(seed, n):
    rng = np.random.default_rng(seed)
    hit = np.where(rng.random(n) < 0.5, rng.integers(0, 9, n), -1)
    return rng.normal(size=n) + 1.2 * (hit >= 0), hit, 12, 8


FROC = Function(
    froc_point,
    cases=tuple(
        Case((*_marks(seed, 40), threshold), f"40 marks in 8 patients, threshold {threshold}")
        for seed, threshold in ((0, 0.0), (1, 1.0))
    ),
    slips={
        "twice": lambda score, hit, *rest: froc_point(
            score, np.where(hit >= 0, np.arange(len(hit)), -1), *rest
        ),
        "only marked": lambda score, hit, n, *rest: froc_point(
            score, hit, len(set(hit[hit >= 0])), *rest
        ),
    },
)


def recist(sums_mm):
    """Return the verdict on the last of some sums of diameters: −1 response, 0, 1 progression."""
    now, first, least = sums_mm[-1], sums_mm[0], min(sums_mm[:-1])
    if now >= 1.2 * least and now - least >= 5:
        return 1
    return -1 if now <= 0.7 * first else 0


RECIST = Function(
    recist,
    cases=tuple(
        Case((sums,), f"the sums {', '.join(f'{s:g}' for s in sums)} mm")
        for sums in (
            [80.0, 50.0],
            [80.0, 50.0, 66.0],
            [14.0, 18.0],
            [60.0, 45.0, 50.0],
            [90.0, 40.0, 47.0],
        )
    ),
    slips={
        "from the first": lambda sums: recist([sums[0], sums[-1]]),
        "no 5 mm": lambda sums: recist([10 * s for s in sums]),
    },
)


def ccc(a, b):
    """Return the concordance of each column: agreement with the line of identity."""
    together = ((a - a.mean(0)) * (b - b.mean(0))).mean(0)
    return 2 * together / (a.var(0) + b.var(0) + (a.mean(0) - b.mean(0)) ** 2)


def _twice(seed, shift, scale):
    rng = np.random.default_rng(seed)
    a = rng.normal(5, 2, (20, 3))
    return a, scale * a + shift + 0.5 * rng.normal(size=a.shape)


CCC = Function(
    ccc,
    cases=(
        Case(_twice(0, 0.0, 1.0), "20 tumours, three features, the same scanner"),
        Case(_twice(1, 2.0, 1.0), "another scanner that adds 2"),
        Case(_twice(2, 0.0, 0.6), "a scanner that takes 40 %"),
    ),
    relative=0.01,
    slips={
        "correlation": lambda a, b: ccc((a - a.mean(0)) / a.std(0), (b - b.mean(0)) / b.std(0)),
        "no shift": lambda a, b: ccc(a - a.mean(0), b - b.mean(0)),
    },
)

#: What the machine wrote beside its calipers: 1.06 cm.
CALIPERS = Number(10.6, unit="mm", relative=0.1)


def _needle():
    """Return how sensitive concave points are where 95 of 100 benign ones are spared, in %."""
    table = sklearn.datasets.load_breast_cancer()
    concave = table.data[:, list(table.feature_names).index("mean concave points")]
    limit = np.quantile(concave[table.target == 1], 0.95)
    return 100 * np.mean(concave[table.target == 0] > limit)


NEEDLE = Number(_needle(), unit="percent", relative=0.02)


@lru_cache(maxsize=1)
def _women():
    """Return 120 women to learn from and 120 whom nobody has seen: picture and outline."""
    seen = [tasks.simulate("us_breast", 120, rng=seed) for seed in (4201, 4202)]
    both = [np.concatenate([s.images, s.masks[..., None]], -1).astype(np.float32) for s in seen]
    return both[0], seen[0].labels, both[1], seen[1].labels


def mass(x, labels, new):
    """Learn from pictures and outlines (patient, row, column, 2), and score new ones."""

    def features(x):
        rows = []
        for mask in x[..., 1] > 0.5:
            down, across = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
            rim = mask & ~scipy.ndimage.binary_erosion(mask)
            rows.append([np.ptp(down) / np.ptp(across), rim.sum() ** 2 / mask.sum()])
        return np.log(rows)

    scale, machine = sklearn.preprocessing.StandardScaler(), sklearn.linear_model
    model = sklearn.pipeline.make_pipeline(scale, machine.LogisticRegression())
    return model.fit(features(x), labels).decision_function(features(new))


def _pixels(x, labels, new):
    model = sklearn.linear_model.LogisticRegression(max_iter=300)
    flat = [a[:, ::4, ::4, 0].reshape(len(a), -1) for a in (x, new)]
    return model.fit(flat[0], labels).decision_function(flat[1])


MASS = Trained(
    mass,
    patients=_women,
    goal=0.87,
    slips={"pixels": _pixels, "upside down": lambda x, labels, new: -mass(x, labels, new)},
)
