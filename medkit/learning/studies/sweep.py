"""From photons to diagnosis: how well a classifier does, against how well the scanner did.

`sweep` scans the same patients with several settings, trains and tests an observer at each,
and returns a table of AUC with intervals. `make` writes the table that the kit ships,
``datasets/photons_to_diagnosis.csv``.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold

from medkit import kit
from medkit.data import tasks
from medkit.learning.classical.observer import Observer
from medkit.learning.evaluation import auc
from medkit.learning.evaluation.intervals import Interval

#: The five modalities (MRI twice) of the stored table.
SHIPPED = ("ct_bleed", "mri_stroke", "mri_tumour", "us_breast", "oct_fluid", "pet_hotspot")
#: How the stored table was made: patients a seed, seeds, and parts of cross-validation.
PATIENTS, SEEDS, FOLDS = 200, (0, 1), 4


@dataclass(frozen=True)
class Point:
    """One setting of one scanner, and the AUC that came of it.

    Parameters
    ----------
    task, setting, unit : str
        Which task, which setting of its protocol, in which unit.
    value : float
        The setting.
    auc, low, high : float
        Trained and tested at this setting, with the 95 % interval.
    shifted, shifted_low, shifted_high : float
        Trained at the best setting and tested at this one.
    test : int
        Patients who were judged, all seeds together.
    seeds : int
        Independent populations, each with trainings of their own.
    """

    task: str
    setting: str
    unit: str
    value: float
    auc: float
    low: float
    high: float
    shifted: float
    shifted_low: float
    shifted_high: float
    test: int
    seeds: int


def pool(intervals: Sequence[Interval]) -> Interval:
    """Pool the AUC of independent test sets: their mean, and the interval of the mean.

    Works on the scale of log odds, on which an AUC's interval is symmetric.

    >>> print(pool([Interval(0.8, 0.7, 0.873), Interval(0.8, 0.7, 0.873)]))
    0.80 (0.73–0.85)
    """
    value, low, high = (
        np.clip([getattr(i, name) for i in intervals], 1e-4, 1 - 1e-4)
        for name in ("value", "low", "high")
    )
    odds = [np.log(v / (1 - v)) for v in (value, low, high)]
    centre = odds[0].mean()
    reach = np.sqrt((((odds[2] - odds[1]) / 2) ** 2).sum()) / len(intervals)
    ends = 1 / (1 + np.exp(-(centre + reach * np.array([0, -1, 1]))))
    return Interval(*(float(v) for v in ends))


def sweep(
    name: str,
    values: Iterable[float] | None = None,
    *,
    n: int = PATIENTS,
    seeds: Sequence[int] = SEEDS,
    estimator: Callable[[], object] = Observer,
    size: int = 64,
    progress: Callable[[str], None] | None = None,
) -> list[Point]:
    """Measure the AUC of a task against one setting of its scanner.

    Each seed draws its own patients; those of a seed are the same at every setting. They
    are dealt into `FOLDS` parts, and each part is judged by an estimator trained on the
    others: everybody counts in the test, and nobody is judged by a model that has seen them.

    Parameters
    ----------
    name : str
        A key of `medkit.data.tasks.TASKS`.
    values : iterable of float, optional
        Settings of the task's knob; its own values if not given. The reference for the
        shifted column is the task's usual setting if it is among them, else the last.
    n : int
        Patients a seed.
    seeds : sequence of int
        Independent populations.
    estimator : callable
        Makes a classifier with ``fit`` and ``decision_function``.
    size : int
        Rows and columns of the images.
    progress : callable, optional
        Told in words what is done.

    Returns
    -------
    list of Point
        One a setting, in the order of `values`.
    """
    knob = tasks.TASKS[name].knob
    values = [float(v) for v in (knob.values if values is None else values)]
    matched, shifted, count = [[] for _ in values], [[] for _ in values], 0
    for seed in seeds:
        cases = tasks.patients(name, n, rng=seed, size=size)
        data = [tasks.scan(name, cases, tasks.with_knob(name, v), rng=seed) for v in values]
        here, there = _scores(estimator, data, _reference(name, values), seed)
        for k, one in enumerate(data):
            matched[k].append(auc(one.labels, here[k]))
            shifted[k].append(auc(one.labels, there[k]))
        count += n
        if progress:
            said = ", ".join(
                f"{v:g}: {m[-1].value:.2f}" for v, m in zip(values, matched, strict=True)
            )
            progress(f"{name}, seed {seed}: {said}")
    return [
        Point(name, knob.setting, knob.unit, value, *_three(a), *_three(b), count, len(seeds))
        for value, a, b in zip(values, matched, shifted, strict=True)
    ]


def _scores(estimator, data, reference, seed):
    """Return scores (setting, patient) by models of the same setting, and of the reference."""
    here, there = np.zeros((2, len(data), len(data[0])))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for learn, judge in folds.split(data[0].labels, data[0].labels):
        models = [estimator().fit(one.images[learn], one.labels[learn]) for one in data]
        for k, (one, model) in enumerate(zip(data, models, strict=True)):
            here[k, judge] = model.decision_function(one.images[judge])
            there[k, judge] = models[reference].decision_function(one.images[judge])
    return here, there


def _reference(name, values):
    """Return which setting the shifted model was trained at: the usual one, or the last."""
    usual = tasks.TASKS[name].protocol
    same = [k for k, v in enumerate(values) if tasks.with_knob(name, v) == usual]
    return same[0] if same else len(values) - 1


def _three(intervals):
    pooled = pool(intervals)
    return tuple(round(v, 4) for v in (pooled.value, pooled.low, pooled.high))


def write(points: Sequence[Point], path: Path) -> None:
    """Write a table of points as CSV."""
    pd.DataFrame(list(points)).to_csv(path, index=False, lineterminator="\n")


def stored(name: str | None = None) -> list[Point]:
    """Return the points of the shipped table, of one task or of all.

    >>> {point.setting for point in stored("ct_bleed")}
    {'tube_current_mas'}
    """
    path = kit.root() / "datasets" / "photons_to_diagnosis.csv"
    table = pd.read_csv(path)
    return [Point(**row) for row in table.to_dict("records") if name in (None, row["task"])]


def make(folder) -> Path:
    """Sweep all tasks and write the table; return the file."""
    points, file = [], Path(folder) / "photons_to_diagnosis.csv"
    for name in SHIPPED:
        points += sweep(name, progress=lambda line: sys.stderr.write(line + "\n"))
    write(points, file)
    return file
