"""From photons to diagnosis: how well a classifier does, against how well the scanner did.

`sweep` scans the same patients with several settings, trains and tests an observer at each,
and returns a table of AUC with intervals. `complete` adds the stored network's, on the same
patients, and the ceiling. `make` writes the table that the kit ships,
``datasets/photons_to_diagnosis.csv``.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import ndimage
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import StratifiedKFold

from medkit import kit
from medkit.data import tasks
from medkit.data.tasks import known
from medkit.learning.classical.observer import Observer
from medkit.learning.evaluation import auc, observers
from medkit.learning.evaluation.intervals import Interval

#: The five modalities (MRI twice) of the stored table.
SHIPPED = ("ct_bleed", "mri_stroke", "mri_tumour", "us_breast", "oct_fluid", "pet_hotspot")
#: How the stored table was made: patients a seed, seeds, and parts of cross-validation.
PATIENTS, SEEDS, FOLDS = 200, (0, 1), 4
#: For the ceiling: patients drawn ill and well where it has a closed form, their seed; where it
#: has none, patients and scans of each, half of them to learn from.
TWINS, TWIN_SEED, REPEATED = 60, 77, (16, 48)


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
    network, network_low, network_high : float
        Of the stored network (`medkit.learning.studies.finder`) on the same patients.
    ceiling, ceiling_low, ceiling_high : float
        Of an observer who knows the patient and the lesion; see `ceiling`.
    detectability : float
        Its d′ for the patient in the middle.
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
    network: float = float("nan")
    network_low: float = float("nan")
    network_high: float = float("nan")
    ceiling: float = float("nan")
    ceiling_low: float = float("nan")
    ceiling_high: float = float("nan")
    detectability: float = float("nan")


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
    return _rounded(pool(intervals))


def _rounded(interval):
    return tuple(round(float(v), 4) for v in (interval.value, interval.low, interval.high))


def ceiling(name: str, values: Iterable[float]) -> list[tuple[Interval, float]]:
    """Return AUC and median d′ of an observer who knows the patient and the lesion, by setting.

    For CT, MRI and PET it is the ideal observer of the raw data
    (`medkit.data.tasks.known.detectability`). The speckle of sound and light has no such closed
    form: there it is the Hotelling observer of the pixels about the lesion, which learned from
    scans of the same patient ill and well; the true ceiling may lie higher. The interval is that
    of the patients, by bootstrap.
    """
    closed = tasks.TASKS[name].modality in ("CT", "MR", "PT")
    twins = known.twins(name, TWINS if closed else REPEATED[0], rng=TWIN_SEED)
    rng, found = np.random.default_rng(0), []
    measure = known.detectability if closed else _repeated
    for value in values:
        d = np.array([measure(name, *twin, tasks.with_knob(name, value)) for twin in twins])
        again = [known.area(rng.choice(d, len(d))) for _ in range(400)]
        area = Interval(known.area(d), *np.quantile(again, (0.025, 0.975)))
        found.append((area, float(np.median(d))))
    return found


def _repeated(name, ill, well, protocol):
    """Return d′ of the Hotelling observer of one lesion, learned from repeated scans."""
    count = REPEATED[1]
    near = ndimage.binary_dilation(ill.mask | well.mask, iterations=3)
    if not near.any():  # a lesion that missed the plane: both patients are the same
        return 0.0
    sick, healthy = (
        tasks.scan(name, [replace(case, noise=k) for k in range(count)], protocol).images[:, near]
        for case in (ill, well)
    )
    sick, healthy = sick.reshape(count, -1), healthy.reshape(count, -1)
    learn, judge = slice(0, count // 2), slice(count // 2, None)
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    model.fit(np.concatenate([healthy[learn], sick[learn]]), np.repeat([0, 1], count // 2))
    absent, present = (model.decision_function(x[judge]) for x in (healthy, sick))
    return max(0.0, observers.detectability(absent, present))


def complete(points: Sequence[Point]) -> list[Point]:
    """Return the points of one task with the stored network's AUC, if any, and the ceiling."""
    from medkit.learning.studies import finder

    name, values, parts = points[0].task, [point.value for point in points], ("", "_low", "_high")
    told = [{} for _ in points]
    for new, (area, d) in zip(told, ceiling(name, values), strict=True):
        new |= dict(zip((f"ceiling{part}" for part in parts), _rounded(area), strict=True))
        new["detectability"] = round(d, 2)
    if name in finder.LESSONS:
        network, found = finder.load(name), [[] for _ in points]
        for seed in SEEDS:
            cases = tasks.patients(name, PATIENTS, rng=seed)
            for k, value in enumerate(values):
                data = tasks.scan(name, cases, tasks.with_knob(name, value), rng=seed)
                found[k].append(auc(data.labels, network.decision_function(data.images)))
        for new, areas in zip(told, found, strict=True):
            new |= dict(zip((f"network{part}" for part in parts), _three(areas), strict=True))
    return [replace(point, **new) for point, new in zip(points, told, strict=True)]


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
        points += complete(sweep(name, progress=lambda line: sys.stderr.write(line + "\n")))
    write(points, file)
    return file
