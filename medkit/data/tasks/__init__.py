"""Simulated learning tasks: as many patients as asked for, scanned as well or badly as wished.

    patients(name, n) ─▶ cases ─▶ scan(name, cases, protocol) ─▶ Dataset
    simulate(name, n, protocol=…)  does both

Whoever is drawn does not depend on the scanner, so the same patients can be scanned with
two protocols and compared pair by pair. Difficulty is meant to be honest: healthy patients
have what is mistaken for disease, some lesions are small and faint, and a worse
acquisition hides more of them.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from medkit.data import reports
from medkit.data.dataset import Dataset, split
from medkit.data.tasks import breast, chest, head, optics
from medkit.data.tasks.case import Case, Knob, Task

__all__ = ["TASKS", "Case", "Knob", "Task", "patients", "scan", "simulate", "with_knob"]

#: Every task by name.
TASKS: dict[str, Task] = {
    "ct_bleed": head.CT_BLEED,
    "ct_nodule": chest.CT_NODULE,
    "mri_tumour": head.MRI_TUMOUR,
    "mri_stroke": head.MRI_STROKE,
    "us_breast": breast.US_BREAST,
    "oct_fluid": optics.OCT_FLUID,
    "skin_lesion": optics.SKIN_LESION,
    "pet_hotspot": chest.PET_HOTSPOT,
}


def _task(name):
    if name not in TASKS:
        raise ValueError(f"no task {name!r}; there are: {', '.join(TASKS)}")
    return TASKS[name]


def with_knob(name: str, value: float):
    """Return a task's usual protocol with its knob turned to a value.

    >>> with_knob("ct_bleed", 5.0).tube_current_mas
    5.0
    """
    task = _task(name)
    return _turned(task, task.protocol, value)


def _turned(task, protocol, value):
    if task.knob.setting == "frequency_mhz":  # a property of the transducer that is chosen
        return replace(protocol, transducer=replace(protocol.transducer, frequency_mhz=value))
    return replace(protocol, **{task.knob.setting: value})


def patients(
    name: str, n: int, *, rng=0, size: int = 64, prevalence: float = 0.5, ill=None, **lesion
) -> list[Case]:
    """Draw the patients of a task, not yet scanned.

    Parameters
    ----------
    name : str
        A key of `TASKS`.
    n : int
        How many.
    rng : None, int or numpy.random.Generator
        Patient i depends on it and on i alone: asking for more leaves the first as they are.
    size : int
        Rows and columns of the image to come.
    prevalence : float
        The share of patients of class 1.
    ill : None, bool or sequence of bool
        Who is of class 1, instead of drawing it: the same patients can be drawn with and
        without their disease.
    **lesion
        Limits between which a property of the lesion is drawn, such as
        ``radius_mm=(2, 4)``; see ``TASKS[name].lesion``.

    Returns
    -------
    list of Case

    Raises
    ------
    ValueError
        If there is no such task, or its lesions have no such property.
    """
    task = _task(name)
    unknown = set(lesion) - set(task.lesion)
    if unknown:
        raise ValueError(
            f"{name} has no {', '.join(sorted(unknown))}; its lesions have: "
            + ", ".join(f"{key}={value}" for key, value in task.lesion.items())
        )
    ranges = {**task.lesion, **lesion}
    chosen = np.broadcast_to(ill, n) if ill is not None else None
    cases = []
    for k, own in enumerate(np.random.default_rng(rng).spawn(n)):
        is_ill = own.random() < prevalence
        is_ill = is_ill if chosen is None else bool(chosen[k])
        cases.append(task.draw(own, is_ill, size, ranges))
    return cases


def scan(name: str, cases: Sequence[Case], protocol=None, *, rng=0) -> Dataset:
    """Scan patients with one protocol and deal them into parts.

    Parameters
    ----------
    name : str
        A key of `TASKS`.
    cases : sequence of Case
        From `patients`.
    protocol : optional
        Settings of the scanner; the task's usual ones if not given.
    rng : None, int or numpy.random.Generator
        Deals the patients into train, validation and test.

    Returns
    -------
    Dataset
        Its `reports` are written when asked for.
    """
    task = _task(name)
    protocol = task.protocol if protocol is None else protocol
    size = len(cases[0].mask)
    images = np.stack([np.asarray(task.look(case, protocol, size), np.float32) for case in cases])
    images = images[..., None] if images.ndim == 3 else images
    labels = np.array([case.label for case in cases])
    names = np.array([f"{name}-{k:05d}" for k in range(len(cases))])
    fixed = {
        "patient": names,
        "modality": np.full(len(cases), task.modality),
        "region": np.full(len(cases), task.region),
    }
    table = fixed | {key: np.array([c.facts[key] for c in cases]) for key in cases[0].facts}
    seeds = {who: (case.noise, 1) for who, case in zip(names, cases, strict=True)}
    return Dataset(
        name,
        images,
        labels,
        task.classes,
        split(names, labels, rng=rng),
        names,
        task.modality,
        report=partial(_report, seeds),
        table=table,
        masks=np.stack([case.mask for case in cases]),
        notes={"task": task.title, "protocol": protocol, "source": "simulated by medkit"},
    )


def _report(seeds, row):
    return reports.write(row, rng=seeds[row["patient"]])


def simulate(
    name: str,
    n: int = 400,
    *,
    protocol=None,
    rng=0,
    size: int = 64,
    prevalence: float = 0.5,
    **lesion,
) -> Dataset:
    """Draw patients and scan them: a data set to learn from, with the truth known.

    Parameters
    ----------
    name : str
        A key of `TASKS`.
    n : int
        How many patients; each gives one image.
    protocol : optional
        Settings of the scanner, for example ``CTProtocol(tube_current_mas=2)``; the task's
        usual ones if not given. `with_knob` turns the one setting that matters most.
    rng : None, int or numpy.random.Generator
        Patient i depends on it and on i alone, not on `n` and not on the protocol.
    size : int
        Rows and columns of the image.
    prevalence : float
        The share of patients of class 1.
    **lesion
        Limits between which a property of the lesion is drawn; see ``TASKS[name].lesion``.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        If there is no such task, or its lesions have no such property.

    Examples
    --------
    >>> data = simulate("ct_bleed", 20, rng=0)
    >>> data.images.shape, data.classes
    ((20, 64, 64, 1), ('no bleed', 'bleed'))
    """
    cases = patients(name, n, rng=rng, size=size, prevalence=prevalence, **lesion)
    return scan(name, cases, protocol, rng=_dealing(rng))


def _dealing(rng):
    """Return a seed for dealing patients into parts that does not depend on the scanner."""
    return rng if isinstance(rng, int | np.integer) else np.random.default_rng(rng)
