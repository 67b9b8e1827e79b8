"""Explorers of ``35_photons_to_diagnosis``: what a picture's quality is worth, in diagnoses."""

from functools import lru_cache

import numpy as np

from medkit.data import tasks
from medkit.data.tasks import known
from medkit.learning.studies import sweep
from medkit.views.explorer import Choice, Image, Lines, Picture, Slider, Toggle, explorer

#: What the learner chooses from, and the task behind it.
SCANNERS = {
    "CT: dose": "ct_bleed",
    "MRI: field": "mri_stroke",
    "MRI: fewer lines": "mri_tumour",
    "ultrasound: frequency": "us_breast",
    "OCT: bandwidth": "oct_fluid",
    "PET: counting time": "pet_hotspot",
}
#: Steps of the slider from the first to the last value of a task's knob.
STEPS = 24
#: Pixel of the pictures, mm, for the scale bar. OCT is shown stretched in depth, as clinics do.
PIXEL_MM = {
    "ct_bleed": 3.75,
    "mri_stroke": 3.75,
    "mri_tumour": 3.75,
    "us_breast": 0.6,
    "pet_hotspot": 6.25,
}
#: The readers of the curves, and their columns in the table.
READERS = {"simple": "auc", "network": "network", "ceiling": "ceiling"}
#: Values shown white, where a picture is darker than most.
WHITE = {"mri_tumour": 0.7, "mri_stroke": 0.9}


@lru_cache
def couples(name: str) -> tuple:
    """Return patients drawn twice, ill and well: the disease is their only difference."""
    pairs = known.twins(name, 6, rng=20)
    task = tasks.TASKS[name]
    seen = [
        np.abs(np.subtract(*(task.look(case, task.protocol, 64) for case in pair))).sum()
        for pair in pairs
    ]
    # From the plainest lesion to the faintest: the first should be easy to find.
    return tuple(pairs[k] for k in np.argsort(seen)[::-1])


def setting(name: str, step: int) -> float:
    """Return the knob's value at a step of the slider: even steps of its logarithm."""
    first, last = (tasks.TASKS[name].knob.values[k] for k in (0, -1))
    return float(f"{first * (last / first) ** (step / STEPS):.3g}")


def curve(name: str):
    """Return the stored sweep of a task as columns, by the names of `sweep.Point`."""
    points = sorted(sweep.stored(name), key=lambda point: point.value)
    return {key: np.array([getattr(point, key) for point in points]) for key in vars(points[0])}


def read_off(name: str, value: float, column: str = "auc") -> float:
    """Return the AUC at any value of the knob, between the stored ones."""
    stored = curve(name)
    return float(np.interp(np.log(value), np.log(stored["value"]), stored[column]))


@lru_cache(maxsize=64)
def _pair(name, number, step):
    task, protocol = tasks.TASKS[name], tasks.with_knob(name, setting(name, step))
    return tuple(task.look(case, protocol, 64) for case in couples(name)[number - 1])


@explorer(
    title="From photons to diagnosis",
    scanner=Choice(SCANNERS, label="Scanner and its knob"),
    step=Slider(0, STEPS, 8, label="Turn the knob", play_s=8),
    patient=Slider(1, 6, 1, label="Patient"),
    truth=Toggle(False, label="Show where the disease is"),
)
def chain(*, scanner, step, patient, truth):
    """Turn one knob of a scanner: the picture changes, and so does the diagnosis."""
    task, value = tasks.TASKS[scanner], setting(scanner, step)
    ill = couples(scanner)[patient - 1][0]
    pictures = _pair(scanner, patient, step)
    shown = {
        "limits": (0, WHITE.get(scanner, 1.0)),
        "spacing_mm": PIXEL_MM.get(scanner),
        "colorbar": False,
    }
    words = dict(zip(("well", "ill"), task.classes, strict=True))
    areas = {who: read_off(scanner, value, column) for who, column in READERS.items()}
    areas = {who: area for who, area in areas.items() if np.isfinite(area)}
    text = ", ".join(f"{who} {area:.2f}" for who, area in areas.items())
    stored, knob = curve(scanner), task.knob
    lines = {who: stored[READERS[who]] for who in areas}
    return Picture(
        Image(pictures[0], words["ill"], masks={"truth": ill.mask} if truth else {}, **shown),
        Image(pictures[1], words["well"], **shown),
        Lines(
            stored["value"],
            lines | {"now": ([value] * len(areas), list(areas.values()))},
            "Diagnoses",
            bands={"simple": (stored["low"], stored["high"])},
            dots=("now",),
            dashed=("ceiling",),
            xlabel=f"{knob.label} ({knob.unit})",
            yaxis=("AUC", 0.4, 1.02),
            xlog=True,
        ),
        caption=f"{knob.label.lower()} {value:.3g} {knob.unit}: AUC {text}",
        alt=f"One simulated patient twice, {words['ill']} and {words['well']}, scanned at the "
        "chosen setting, beside the AUC of three readers against that setting: a simple "
        "classifier, a network, and the ceiling.",
    )
