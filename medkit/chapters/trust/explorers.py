"""Explorers of ``51_trust``: promises that move, and sets that keep a promise."""

import numpy as np
from scipy.special import expit, ndtr, ndtri
from scipy.stats import beta

from medkit.learning import evaluation
from medkit.views.explorer import Bars, Button, Lines, Picture, Slider, explorer

#: How far ill and well lie apart for the machine at the dose it learned from, in deviations.
APART = 2.2


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
            xaxis=("promised probability", 0, 1),
            yaxis=("share of the ill", 0, 1),
            dots=("counted",),
            dashed=("perfect",),
            bands={"counted": (predicted, low, high)},
        ),
        Bars(
            ["ECE, counted", "true gap", "Brier"],
            {"error": [seen, gap, brier]},
            title="How wrong",
            yaxis=("error of a probability", 0, 0.5),
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
            xaxis=("truth within the set (%)", 40, 100),
            yaxis=("density (1/%)", 0, 0.4),
            marks={"promised": 100 - miss_percent},
        ),
        Lines(
            doses,
            {f"{k} in the set": 100 * v for k, v in sizes.items()},
            title="What the sets say",
            xaxis=("dose, of that at home (%)", 5, 200, "log"),
            yaxis=("patients (%)", 0, 101),
            marks={"here": dose_percent},
        ),
        caption=f"promised ≥ {100 - miss_percent} %; at home {100 * home:.1f} % on average, 95 % "
        f"of calibrations within {100 * law.ppf(0.025):.0f}–{100 * law.ppf(0.975):.0f} %; "
        f"elsewhere {100 * mean_there:.0f} %",
        alt="The spread of the coverage over calibrations, at home around the promise and "
        f"elsewhere around {100 * mean_there:.0f} %, and how many labels the sets hold by dose.",
    )
