"""From photons to diagnosis: how well a classifier does, against how well the scanner did.

`sweep` scans the same patients with several settings, trains and tests an observer at each,
and returns a table of AUC with intervals. `complete` adds the stored network's, on the same
patients, and the ceiling. `make` writes the table that the kit ships,
``datasets/photons_to_diagnosis.csv``. It has a row for each setting of each scanner:

- ``task``, ``setting``, ``unit``, ``value``: which task, which setting of its protocol;
- ``auc``, ``low``, ``high``: trained and tested at this setting, with the 95 % interval;
- ``shifted``, ``shifted_low``, ``shifted_high``: trained at the usual setting, tested at this one;
- ``test``: patients who were judged, all seeds together; ``seeds``: independent populations, each
  with trainings of their own;
- ``network`` and its interval: the stored network (`finder`) on the same patients;
- ``ceiling`` and its interval: an observer who knows the patient and the lesion (`ceiling`);
  ``detectability``: its d′ for the patient in the middle.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

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
    size: int = 64,
) -> list[dict]:
    """Measure the AUC of a task against one setting of its scanner.

    Each seed draws its own patients; those of a seed are the same at every setting. They
    are dealt into `FOLDS` parts, and each part is judged by an observer trained on the
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
    size : int
        Rows and columns of the images.

    Returns
    -------
    list of dict
        A row a setting, in the order of `values`.
    """
    knob = tasks.TASKS[name].knob
    values = [float(v) for v in (knob.values if values is None else values)]
    matched, shifted = ([[] for _ in values] for _ in range(2))
    for seed in seeds:
        cases = tasks.patients(name, n, rng=seed, size=size)
        data = [tasks.scan(name, cases, tasks.with_knob(name, v), rng=seed) for v in values]
        here, there = _scores(data, _reference(name, values), seed)
        for k, one in enumerate(data):
            matched[k].append(auc(one.labels, here[k]))
            shifted[k].append(auc(one.labels, there[k]))
    rows = []
    for value, a, b in zip(values, matched, shifted, strict=True):
        row = {"task": name, "setting": knob.setting, "unit": knob.unit, "value": value}
        row |= _three("auc", pool(a)) | _three("shifted", pool(b))
        rows.append(row | {"test": n * len(seeds), "seeds": len(seeds)})
    return rows


def _scores(data, reference, seed):
    """Return scores (setting, patient) by models of the same setting, and of the reference."""
    here, there = np.zeros((2, len(data), len(data[0])))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for learn, judge in folds.split(data[0].labels, data[0].labels):
        models = [Observer().fit(one.images[learn], one.labels[learn]) for one in data]
        for k, (one, model) in enumerate(zip(data, models, strict=True)):
            here[k, judge] = model.decision_function(one.images[judge])
            there[k, judge] = models[reference].decision_function(one.images[judge])
    return here, there


def _reference(name, values):
    """Return which setting the shifted model was trained at: the usual one, or the last."""
    usual = tasks.TASKS[name].protocol
    same = [k for k, v in enumerate(values) if tasks.with_knob(name, v) == usual]
    return same[0] if same else len(values) - 1


def _three(column, interval) -> dict:
    """Return the columns of an AUC and its interval."""
    before = "" if column == "auc" else f"{column}_"
    names = column, f"{before}low", f"{before}high"
    ends = interval.value, interval.low, interval.high
    return {name: round(float(v), 4) for name, v in zip(names, ends, strict=True)}


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


def complete(rows: Sequence[dict]) -> list[dict]:
    """Return the rows of one task with the stored network's AUC and the ceiling."""
    from medkit.learning.studies import finder

    name, values = rows[0]["task"], [row["value"] for row in rows]
    network, found = finder.load(name), [[] for _ in rows]
    for seed in SEEDS:
        cases = tasks.patients(name, PATIENTS, rng=seed)
        for k, value in enumerate(values):
            data = tasks.scan(name, cases, tasks.with_knob(name, value), rng=seed)
            found[k].append(auc(data.labels, network.decision_function(data.images)))
    return [
        row
        | _three("network", pool(areas))
        | _three("ceiling", area)
        | {"detectability": round(d, 2)}
        for row, areas, (area, d) in zip(rows, found, ceiling(name, values), strict=True)
    ]


def stored(name: str | None = None) -> list[SimpleNamespace]:
    """Return the rows of the shipped table, of one task or of all: ``row.auc``, ``row.low`` ….

    >>> {row.setting for row in stored("ct_bleed")}
    {'tube_current_mas'}
    """
    table = pd.read_csv(kit.root() / "datasets" / "photons_to_diagnosis.csv")
    rows = table.to_dict("records")
    return [SimpleNamespace(**row) for row in rows if name in (None, row["task"])]


def make(folder) -> Path:
    """Sweep all tasks and write the table; return the file."""
    rows = [row for name in SHIPPED for row in complete(sweep(name))]
    file = Path(folder) / "photons_to_diagnosis.csv"
    pd.DataFrame(rows).to_csv(file, index=False, lineterminator="\n")
    return file
