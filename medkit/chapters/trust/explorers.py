"""Explorers of ``51_trust``: promises that move, sets that keep a promise, a face taken away."""

from functools import lru_cache

import numpy as np
from scipy.special import expit, ndtr, ndtri
from scipy.stats import beta

from medkit.chapters.trust import faces
from medkit.learning import evaluation
from medkit.views.explorer import Bars, Button, Image, Lines, Picture, Slider, Toggle, explorer

#: How far ill and well lie apart for the machine at the dose it learned from, in deviations.
APART = 2.2
#: How many faces the attacker of `deface` has photographs of.
GALLERY = 24
#: The part of a picture that no hair hides: rows, columns.
FACE = np.s_[33:74, 15:49]


def apart(dose_percent: float) -> float:
    """Return d′ at another dose: a signal in photon noise grows with the root of the photons.

    >>> float(round(apart(25.0) / apart(100.0), 2))
    0.5
    """
    return APART * np.sqrt(dose_percent / 100)


def reported(n: int, dose_percent: float, prevalence: float, seed: int):
    """Return labels of n patients, and the logits of a machine that believes nothing has changed.

    Its evidence z is normal about ±d′/2 with deviation 1. The honest logit would be d′z plus the
    logarithm of the odds of being ill; it reports d′₀z, as where it learned, with as many ill as
    well.
    """
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < prevalence).astype(int)
    labels[:2] = 0, 1  # somebody of each kind
    return labels, APART * ((labels - 0.5) * apart(dose_percent) + rng.standard_normal(n))


def honest(logits, dose_percent, prevalence):
    """Return the true probability of being ill behind a reported logit."""
    odds = np.log(prevalence / (1 - prevalence))
    return expit(logits * apart(dose_percent) / APART + odds)


@explorer(
    title="A promise that moves to another hospital",
    dose_percent=Slider(5, 200, 25, unit="%", label="Dose there", log=True, play_s=6),
    ill_percent=Slider(2, 50, 10, 1, unit="%", label="Ill there"),
    temperature=Slider(0.5, 4.0, 1.0, label="Temperature", log=True),
    shift=Slider(-4.0, 2.0, 0.0, 0.1, label="Added to the logit"),
    n=Slider(60, 6000, 2000, label="Patients", log=True),
    seed=Button("Other patients"),
)
def shift(*, dose_percent, ill_percent, temperature, shift, n, seed):
    """Move a machine to other doses and prevalences, and mend its promises by two numbers."""
    share = ill_percent / 100
    labels, logits = reported(round(n), dose_percent, share, seed)
    promised = expit(logits / temperature + shift)
    predicted, observed, _ = evaluation.reliability(labels, promised)
    low, value, high = np.array([(o.low, o.value, o.high) for o in observed]).T
    fine = np.linspace(0.01, 0.99, 99)
    back = temperature * (np.log(fine / (1 - fine)) - shift)
    truth = honest(logits, dose_percent, share)
    seen = evaluation.calibration_error(labels, promised)
    gap, brier = abs(promised - truth).mean(), evaluation.brier(labels, promised)
    area = ndtr(apart(dose_percent) / np.sqrt(2))
    best = APART / apart(dose_percent), np.log(share / (1 - share))
    return Picture(
        Lines(
            fine,
            {
                "perfect": ([0, 1], [0, 1]),
                "truth": honest(back, dose_percent, share),
                "counted": (predicted, value),
            },
            title="Promise and outcome",
            xlabel="promised probability",
            ylabel="share of the ill",
            xlim=(0, 1),
            ylim=(0, 1),
            dots=("counted",),
            dashed=("perfect",),
            bands={"counted": (predicted, low, high)},
        ),
        Bars(
            ["ECE, counted", "true gap", "Brier"],
            {"error": [seen, gap, brier]},
            title="How wrong",
            ylabel="error of a probability",
            ylim=(0, 0.5),
        ),
        caption=f"AUC {area:.2f}; ECE {seen:.3f}, of which {gap:.3f} is true. To be honest here: "
        f"temperature {best[0]:.2f}, shift {best[1]:+.1f}",
        alt=f"Reliability of {round(n)} patients at {dose_percent:g} % dose with {ill_percent} % "
        f"ill; the expected calibration error is {seen:.3f}, the true gap {gap:.3f}.",
    )


def covered(home, dose_percent: float):
    """Return the coverage at another dose of a threshold that covers `home` where it was set.

    A label is left out where the evidence against it exceeds c; at home Φ(c/d′₀ + d′₀/2) are
    covered, elsewhere Φ(c/d′₀ + d′/2).
    """
    return ndtr(ndtri(home) - (APART - apart(dose_percent)) / 2)


def both_kept(home, dose_percent: float):
    """Return how often the wrong label is in the set as well."""
    return ndtr(ndtri(home) - (APART + apart(dose_percent)) / 2)


@explorer(
    title="A set that keeps its promise, at home",
    miss_percent=Slider(1, 30, 10, 1, unit="%", label="α: may be missed"),
    n=Slider(20, 2000, 100, label="Patients to calibrate with", log=True),
    dose_percent=Slider(5, 200, 25, unit="%", label="Dose elsewhere", log=True, play_s=6),
)
def conformal(*, miss_percent, n, dose_percent):
    """See how the coverage of split conformal sets spreads, and what another dose makes of it."""
    alpha, n = miss_percent / 100, round(n)
    rank = min(int(np.ceil((n + 1) * (1 - alpha))), n)
    law, u = beta(rank, n + 1 - rank), np.linspace(0.4, 0.9999, 400)
    there = covered(u, dose_percent)
    slope = np.gradient(there, u)
    doses, middle = np.geomspace(5, 200, 60), law.median()
    right, wrong = covered(middle, doses), both_kept(middle, doses)
    # Of two labels, the right one with `right`, the wrong one with `wrong`; one alone or both.
    sizes = {"none": np.maximum(1 - right - wrong, 0), "two": np.maximum(right + wrong - 1, 0)}
    sizes = {"none": sizes["none"], "one": 1 - sizes["none"] - sizes["two"], "two": sizes["two"]}
    home = law.mean() if n + 1 > 1 / alpha else 1.0
    mean_there = float(covered(law.ppf((np.arange(200) + 0.5) / 200), dose_percent).mean())
    return Picture(
        Lines(
            100 * u,
            {"at home": law.pdf(u) / 100, "elsewhere": (100 * there, law.pdf(u) / slope / 100)},
            title="Coverage, over many calibrations",
            xlabel="truth within the set (%)",
            ylabel="density (1/%)",
            xlim=(40, 100),
            ylim=(0, 0.4),
            marks={"promised": 100 - miss_percent},
        ),
        Lines(
            doses,
            {f"{k} in the set": 100 * v for k, v in sizes.items()},
            title="What the sets say",
            xlabel="dose, of that at home (%)",
            ylabel="patients (%)",
            xlim=(5, 200),
            ylim=(0, 101),
            xlog=True,
            marks={"here": dose_percent},
        ),
        caption=f"promised ≥ {100 - miss_percent} %; at home {100 * home:.1f} % on average, 95 % "
        f"of calibrations within {100 * law.ppf(0.025):.0f}–{100 * law.ppf(0.975):.0f} %; "
        f"elsewhere {100 * mean_there:.0f} %",
        alt="The spread of the coverage over calibrations, at home around the promise and "
        f"elsewhere around {100 * mean_there:.0f} %, and how many labels the sets hold by dose.",
    )


def surface(hu) -> np.ndarray:
    """Return how far back the skin begins, mm, seen from the front; NaN beside the head."""
    skin = hu > -480
    first = np.maximum(skin.argmax(1), 1)[:, None]
    inner = np.take_along_axis(hu, first, 1)[:, 0]
    outer = np.take_along_axis(hu, first - 1, 1)[:, 0]
    part = (inner + 480) / np.maximum(inner - outer, 1)
    return np.where(skin.any(1), faces.VOXEL_MM * (first[:, 0] - part), np.nan)[::-1]


def lit(depth, light=(0.35, -0.3)) -> np.ndarray:
    """Return the surface as a photograph sees it: bright where it turns to the light."""
    down, across = np.gradient(np.nan_to_num(depth, nan=np.nanmax(depth)), faces.VOXEL_MM)
    bright = (1 + light[0] * across + light[1] * down) / np.sqrt(1 + across**2 + down**2)
    return np.where(np.isnan(depth), 0, np.clip(bright / 1.2, 0, 1)).astype(np.float32)


def likeness(pictures) -> np.ndarray:
    """Return what sets each face apart from the mean of all, as rows of length 1."""
    rows = np.array([p[FACE].ravel() for p in pictures])
    rows = rows - rows.mean(0)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@lru_cache(maxsize=1)
def _gallery():
    """Return photographs on another day, the surfaces from the CT, and one CT."""
    photos, depths, one = [], [], None
    for k in range(GALLERY):
        rng = np.random.default_rng([51, k])
        face = faces.traits(rng)
        day = {"smile_mm": rng.normal(0, 4), "turn_deg": rng.normal(0, 1.5), "rng": rng}
        photos.append(lit(surface(faces.head_ct(face, **day)), (0.1, -0.5)))
        hu = faces.head_ct(face, turn_deg=rng.normal(0, 1.5), rng=rng)
        one = hu if one is None else one
        depths.append(surface(hu))
    return likeness(photos), np.array(depths), one


@explorer(
    title="Taking the face away",
    cut_mm=Slider(0, 120, 0, 3, unit="mm", label="Cut from the front", play_s=6),
    brow=Toggle(True, label="Only below the brow"),
)
def deface(*, cut_mm, brow):
    """Cut the front off a head, and see who is still recognised and how much brain is lost."""
    photos, depths, hu = _gallery()
    front = np.nanmin(depths[0]) + cut_mm
    below = np.arange(depths.shape[1]) > 40 if brow else np.ones(depths.shape[1], bool)
    cut = np.where(below[:, None] & (depths < front), front, depths)
    pictures = [lit(d) for d in cut]
    match = likeness(pictures) @ photos.T
    place = (match > np.diag(match)[:, None]).sum(1)
    brain = np.abs(hu - faces.BRAIN_HU) < 100
    lost = brain[::-1][below][:, : max(int(front / faces.VOXEL_MM), 0)].sum()
    middle = hu[::-1, :, hu.shape[2] // 2].copy()
    middle[below, : max(int(front / faces.VOXEL_MM), 0)] = faces.AIR_HU
    right = int((place == 0).sum())
    share = 100 * lost / brain.sum()
    return Picture(
        Image(
            pictures[0],
            title="Surface of the CT",
            limits=(0, 1),
            spacing_mm=faces.VOXEL_MM,
            colorbar=False,
        ),
        Image(
            middle,
            title="The same head, halved",
            unit="HU",
            limits=(-200, 400),
            spacing_mm=faces.VOXEL_MM,
        ),
        Bars(
            ["named", "among 5"],
            {"people (%)": 100 * np.array([np.mean(place == 0), np.mean(place < 5)])},
            title=f"{GALLERY} people",
            ylabel="people (%)",
            ylim=(0, 101),
        ),
        caption=f"{right} of {GALLERY} people named from photographs of another day (chance: 1); "
        f"{share:.1f} % of the tissue within the skull cut away",
        alt=f"A face rendered from a head CT with {cut_mm} mm cut off, the head from the side, and "
        f"how many of {GALLERY} people are still recognised: {right}.",
    )
