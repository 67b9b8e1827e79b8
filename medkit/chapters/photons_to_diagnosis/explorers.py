"""Explorers of ``35_photons_to_diagnosis``: what a picture's quality is worth, in diagnoses."""

from functools import lru_cache
from statistics import NormalDist

import numpy as np

from medkit.data import tasks
from medkit.data.tasks import known
from medkit.learning.studies import sweep
from medkit.views.explorer import Button, Choice, Image, Lines, Picture, Slider, Toggle, explorer

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


def curve_panel(name: str, value: float, title: str = "Diagnoses") -> Lines:
    """Return the AUC of the three readers against a task's knob, with dots where it stands."""
    knob, stored = tasks.TASKS[name].knob, curve(name)
    measured = {w: c for w, c in READERS.items() if np.isfinite(stored[c]).all()}
    lines = {words: stored[column] for words, column in measured.items()}
    now = [read_off(name, value, column) for column in measured.values()]
    return Lines(
        stored["value"],
        lines | {"now": ([value] * len(now), now)},
        title,
        bands={"simple": (stored["low"], stored["high"])},
        dots=("now",),
        dashed=[who for who in measured if who == "ceiling"],
        xlabel=f"{knob.label} ({knob.unit})",
        yaxis=("AUC", 0.4, 1.02),
        xlog=True,
    )


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
    said = ", ".join(f"{who} {area:.2f}" for who, area in areas.items() if np.isfinite(area))
    return Picture(
        Image(pictures[0], words["ill"], masks={"truth": ill.mask} if truth else {}, **shown),
        Image(pictures[1], words["well"], **shown),
        curve_panel(scanner, value),
        caption=f"{task.knob.label.lower()} {value:.3g} {task.knob.unit}: AUC {said}",
        alt=f"One simulated patient twice, {words['ill']} and {words['well']}, scanned at the "
        "chosen setting, beside the AUC of three readers against that setting: a simple "
        "classifier, a network, and the ceiling.",
    )


#: Pixels of the photon picture, and pictures that are drawn to check the closed form.
SIZE, TRIALS = 48, 400


def detectability(photons: float, contrast_percent: float, diameter_px: float) -> float:
    """Return d′ of a known disc in Poisson noise: contrast × √(photons under the disc).

    >>> round(detectability(100, 10, 8), 2)
    7.21
    """
    return contrast_percent / 100 * float(np.sqrt(photons * _disc(diameter_px).sum()))


def auc_of(d: float) -> float:
    """Return AUC = Φ(d′/√2), for scores that are normal and equally wide in both classes.

    >>> auc_of(0.0), round(auc_of(1.0), 2)
    (0.5, 0.76)
    """
    return NormalDist().cdf(d / np.sqrt(2))


@lru_cache
def _disc(diameter_px):
    at = np.arange(SIZE) - (SIZE - 1) / 2
    return np.hypot(at, at[:, None]) < diameter_px / 2


def counted(photons: float, contrast_percent: float, diameter_px: float, rng) -> tuple:
    """Count photons once with the disc in the way and once without: two pictures."""
    rng = np.random.default_rng(rng)
    mean = np.full((SIZE, SIZE), float(photons))
    through = mean * (1 - contrast_percent / 100 * _disc(diameter_px))
    return rng.poisson(through), rng.poisson(mean)


def scores(photons: float, contrast_percent: float, diameter_px: float, rng) -> np.ndarray:
    """Count under the disc in many pictures; return scores (with and without, trial).

    The fewer photons arrive there, the higher the score: for a disc whose place is known
    this is the matched filter, the best that anyone can do.
    """
    rng, pixels = np.random.default_rng(rng), int(_disc(diameter_px).sum())
    means = photons * pixels * np.array([1 - contrast_percent / 100, 1.0])
    return -rng.poisson(means[:, None], (2, TRIALS)).astype(float)


def area(ill: np.ndarray, well: np.ndarray) -> float:
    """Return the share of pairs in which the ill one scores higher; ties count half."""
    return float(np.mean((ill[:, None] > well) + 0.5 * (ill[:, None] == well)))


def _histogram(values):
    edges = np.linspace(values.min(), values.max() + 1, 31)
    heights = [np.histogram(one, edges)[0] / TRIALS for one in values]
    return (edges[1:] + edges[:-1]) / 2, heights


@explorer(
    title="Photons buy certainty",
    photons=Slider(1.0, 1000.0, 30.0, unit="a pixel", label="Photons", log=True, play_s=8),
    contrast_percent=Slider(1.0, 30.0, 6.0, 0.5, unit="%", label="Contrast of the disc"),
    diameter_px=Slider(3, 24, 10, unit="px", label="Diameter of the disc"),
    seed=Button("Count again"),
)
def budget(*, photons, contrast_percent, diameter_px, seed):
    """See a faint disc sink into the noise, and compute when."""
    d = detectability(photons, contrast_percent, diameter_px)
    with_it, without = counted(photons, contrast_percent, diameter_px, seed)
    values = scores(photons, contrast_percent, diameter_px, seed)
    at, (ill, well) = _histogram(values)
    doses = np.geomspace(1, 1000, 61)
    ideal = [auc_of(detectability(p, contrast_percent, diameter_px)) for p in doses]
    spread = 4 * np.sqrt(photons)
    shown = {"limits": (photons - spread, photons + spread), "colorbar": False}
    found = area(*values)
    return Picture(
        Image(with_it, "With the disc", **shown),
        Image(without, "Without", **shown),
        Lines(
            at / _disc(diameter_px).sum(),
            {"with": ill, "without": well},
            f"Score in {TRIALS} pictures of each",
            xlabel="− photons a pixel under the disc",
            yaxis=("share of pictures", 0, 0.2),
        ),
        Lines(
            doses,
            {"Φ(d′/√2)": np.array(ideal), "counted": ([photons], [found])},
            "AUC against dose",
            dots=("counted",),
            xaxis=("photons a pixel", 1, 1000, "log"),
            yaxis=("AUC", 0.45, 1.02),
        ),
        caption=f"d′ = {d:.2f}; AUC should be {auc_of(d):.3f}, counted {found:.3f}",
        alt="Two noisy pictures, one with a faint disc in its middle; the distributions of the "
        "photons counted there; and the AUC against the number of photons.",
    )
