"""Explorers of ``35_photons_to_diagnosis``: what a picture's quality is worth, in diagnoses."""

from functools import lru_cache
from statistics import NormalDist

import numpy as np

from medkit.data import dicom, tasks
from medkit.learning.studies import sweep
from medkit.physics.ct.low_dose import noise_alone
from medkit.physics.ct.scanner import CTProtocol
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
#: Values shown white, where a picture is darker than most.
WHITE = {"mri_tumour": 0.7, "mri_stroke": 0.9}


@lru_cache
def couples(name: str) -> tuple:
    """Return patients drawn twice, ill and well: the disease is their only difference."""
    drawn = (tasks.patients(name, 6, rng=20, ill=ill) for ill in (True, False))
    pairs = list(zip(*drawn, strict=True))
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
    """Return the stored sweep of a task as columns: value, AUC, interval, shifted AUC."""
    points = sorted(sweep.stored(name), key=lambda point: point.value)
    columns = ("value", "auc", "low", "high", "shifted")
    return {key: np.array([getattr(point, key) for point in points]) for key in columns}


def read_off(name: str, value: float, column: str = "auc") -> float:
    """Return the AUC at any value of the knob, between the stored ones."""
    stored = curve(name)
    return float(np.interp(np.log(value), np.log(stored["value"]), stored[column]))


@lru_cache(maxsize=64)
def _pair(name, number, step):
    task, protocol = tasks.TASKS[name], tasks.with_knob(name, setting(name, step))
    return tuple(task.look(case, protocol, 64) for case in couples(name)[number - 1])


def curve_panel(name: str, value: float | None = None, title: str = "AUC") -> Lines:
    """Return AUC with its interval against a task's knob, with a dot where the knob stands."""
    knob, stored = tasks.TASKS[name].knob, curve(name)
    lines = {"trained here": stored["auc"], "trained on good": stored["shifted"]}
    if value is not None:
        lines["now"] = ([value], [read_off(name, value)])
    return Lines(
        stored["value"],
        lines,
        bands={"trained here": (stored["low"], stored["high"])},
        title=title,
        dots=("now",) if value is not None else (),
        dashed=("trained on good",),
        xlabel=f"{knob.label} ({knob.unit})",
        ylabel="AUC",
        ylim=(0.4, 1.0),
        xlog=True,
    )


def all_curves() -> Picture:
    """Return the stored sweeps of all scanners as one picture."""
    return Picture(
        *(curve_panel(name, title=words) for words, name in SCANNERS.items()),
        caption="AUC with 95 % intervals; dashed: trained on good pictures, used on these",
        alt="Six small plots of AUC against dose, field, undersampling, frequency, bandwidth and "
        "counting time. It rises with each, except that ultrasound has a best frequency.",
        columns=3,
    )


@explorer(
    title="From photons to diagnosis",
    scanner=Choice(SCANNERS, label="Scanner and its knob"),
    step=Slider(0, STEPS, STEPS, label="Turn the knob"),
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
    now, other = read_off(scanner, value), read_off(scanner, value, "shifted")
    return Picture(
        Image(pictures[0], title=words["ill"], masks={"truth": ill.mask} if truth else {}, **shown),
        Image(pictures[1], title=words["well"], **shown),
        curve_panel(scanner, value),
        caption=f"{task.knob.label.lower()} {value:g} {task.knob.unit}: AUC {now:.2f}, "
        f"and {other:.2f} for a classifier that learned from good pictures",
        alt=f"One simulated patient twice, {words['ill']} and {words['well']}, scanned at the "
        "chosen setting, beside the curve of AUC against that setting, with its interval.",
        columns=3,
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
    photons=Slider(1.0, 1000.0, 30.0, unit="a pixel", label="Photons", log=True),
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
        Image(with_it, title="With the disc", **shown),
        Image(without, title="Without", **shown),
        Lines(
            at,
            {"with": ill, "without": well},
            title=f"Score in {TRIALS} pictures of each",
            xlabel="− photons counted under the disc",
            ylabel="share of pictures",
            ylim=(0, 0.2),
        ),
        Lines(
            doses,
            {"Φ(d′/√2)": np.array(ideal), "counted": ([photons], [found])},
            title="AUC against dose",
            dots=("counted",),
            xlog=True,
            xlim=(1, 1000),
            ylim=(0.45, 1.02),
            xlabel="photons a pixel",
            ylabel="AUC",
        ),
        caption=f"d′ = {d:.2f}; AUC should be {auc_of(d):.3f}, counted {found:.3f}",
        alt="Two noisy pictures, one with a faint disc in its middle; the distributions of the "
        "photons counted there; and the AUC against the number of photons.",
    )


@lru_cache
def real_slice() -> tuple[np.ndarray, float]:
    """Return a real CT slice of a head, averaged to 128², in HU, and its pixel in mm."""
    volume = dicom.read(dicom.example("head_ct"))
    pixels = np.maximum(volume.pixels[0].astype(np.float32), -1000)
    step = pixels.shape[0] // 128
    return pixels.reshape(128, step, 128, step).mean((1, 3)), volume.spacing_mm[1] * step


@lru_cache
def unit_noise(seed: int = 0, mas: float = 200.0) -> np.ndarray:
    """Return the noise, in HU, that a scan of the real slice with so many mAs has."""
    image, pixel = real_slice()
    protocol = CTProtocol(
        tube_current_mas=mas, n_views=180, detector_spacing_mm=pixel, energy_kev=70.0
    )
    return noise_alone(image, protocol, spacing_mm=pixel, rng=seed, filter="hann")


def at_dose(percent: float, mas: float = 200.0, seed: int = 0) -> np.ndarray:
    """Return the real slice as if taken with a part of its dose: 100 % leaves it as it is."""
    image, _ = real_slice()
    return image + np.float32(np.sqrt(100 / percent - 1)) * unit_noise(seed, mas)


@explorer(
    title="A real slice with less dose",
    percent=Slider(0.1, 100.0, 3.0, unit="%", label="Dose", log=True),
    width_hu=Slider(40, 400, 120, 10, unit="HU", label="Window"),
    seed=Button("Scan again"),
)
def less_dose(*, percent, width_hu, seed):
    """Take the dose from a real head CT, as a simulation may and a hospital may not."""
    image, pixel = real_slice()
    now = at_dose(percent, seed=seed)
    window = {"limits": (40 - width_hu / 2, 40 + width_hu / 2), "spacing_mm": pixel, "unit": "HU"}
    added = float(np.std((now - image)[56:72, 56:72]))
    return Picture(
        Image(image, title="As it was taken", **window, colorbar=False),
        Image(now, title=f"With {percent:.3g} % of the dose", **window),
        caption=f"{percent:.3g} % of the dose adds {added:.1f} HU of noise in the middle",
        alt="A real axial CT slice of a head, as it was taken and with the noise that a part of "
        "the dose would leave.",
    )
