"""Explorer of promises: a model made surer or humbler, which ranks as before."""

from functools import lru_cache

import numpy as np
from scipy.special import expit, logit

from medkit.learning import evaluation as judge
from medkit.views.explorer import Bars, Lines, Picture, Slider, explorer


@lru_cache(maxsize=1)
def promises(n: int = 1000, seed: int = 1):
    """Return labels, and the probabilities of a model that is twice as sure as it may be."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(-0.5, 1.3, n)
    return (rng.uniform(size=n) < expit(truth)).astype(int), expit(2 * truth)


@explorer(
    title="Does it mean what it says?",
    temperature=Slider(0.3, 5.0, 1.0, unit="", label="Temperature", log=True),
    bias=Slider(-3.0, 3.0, 0.0, 0.05, unit="", label="Added to the logit"),
    bins=Slider(4, 20, 10, label="Bins"),
)
def calibration(*, temperature, bias, bins, labels=None, probabilities=None):
    """Make a model surer or humbler: its ranking stays, its promises change."""
    labels, given = (
        promises() if labels is None else (np.asarray(labels), np.asarray(probabilities))
    )
    logits = logit(np.clip(given.astype(float), 1e-6, 1 - 1e-6))
    promised = expit(logits / temperature + bias)
    got = judge.calibration(labels, promised, bins)
    shares = np.array([(o.value, o.low, o.high) for o in got.observed]).T
    counts = np.histogram(promised, bins, (0, 1))[0]
    middles = (np.arange(bins) + 0.5) / bins
    # AUC is of the logits: squeezed into 0…1, the surest would tie in the last digits.
    area = judge.auc(labels, logits)
    sure = "too sure" if got.slope < 0.9 else "too humble" if got.slope > 1.1 else "about right"
    return Picture(
        Lines(
            got.predicted,
            {"came true": shares[0], "perfect": ([0, 1], [0, 1])},
            "Promise and outcome",
            xaxis=("promised probability", 0, 1),
            yaxis=("share of the ill", 0, 1),
            dots=("came true",) if len(shares[0]) < 2 else (),
            dashed=("perfect",),
            bands={"came true": (got.predicted, shares[1], shares[2])},
        ),
        Bars(
            [f"{m:.2f}" if k % max(1, bins // 5) == 0 else "" for k, m in enumerate(middles)],
            {"cases": counts},
            "How often it promised what",
            ylabel="cases",
            xlabel="promised probability",
        ),
        caption=f"Brier score {got.brier:.3f}, calibration error {got.error:.3f}, slope "
        f"{got.slope:.2f} ({sure}), intercept {got.intercept:+.2f}; AUC {area}, whatever you do",
        alt=f"A reliability curve against the diagonal, with a slope of {got.slope:.2f}: the model "
        f"is {sure}; and a histogram of its promises.",
    )
