"""Explorer of ``24_data_mining``: association rules, and how many of them chance makes."""

from functools import lru_cache

import numpy as np

from medkit.data import reports
from medkit.learning.text import language
from medkit.views.explorer import Bars, Choice, Lines, Picture, Slider, explorer

#: Reports of the archive, and how often it is shuffled.
REPORTS, SHUFFLES = 2000, 20
FINDINGS = tuple(language.TERMS)
ARCHIVES = ("as found", "shuffled", "shuffled within each kind of scan")


def shuffled(found: np.ndarray, kind: np.ndarray, rng) -> np.ndarray:
    """Shuffle each column of an archive among the reports of one kind."""
    out = np.empty_like(found)
    for k in np.unique(kind):
        out[kind == k] = rng.permuted(found[kind == k], axis=0)
    return out


def together(found: np.ndarray) -> np.ndarray:
    """Return the support of each pair of findings, shape (k, k)."""
    return found.T.astype(float) @ found / len(found)


def surviving(pairs: np.ndarray, support: float, confidence: float) -> np.ndarray:
    """Return which rules, row → column, have this support and this confidence."""
    single = np.diag(pairs)
    sure = pairs / np.maximum(single, 1e-12)[:, None]
    keep = (pairs >= support) & (sure >= confidence)
    np.fill_diagonal(keep, False)
    return keep


@lru_cache(maxsize=1)
def _archive():
    """Return the pairs' support as found, and in `SHUFFLES` archives shuffled in either way."""
    corpus = reports.corpus(REPORTS, rng=24, errors=0.0, consistent=True)
    read = [language.labels(text) for text in corpus.texts]
    found = np.array([[said.get(name) == "present" for name in FINDINGS] for said in read])
    kind, rng = corpus.table["study"], np.random.default_rng(0)
    anyhow = [together(shuffled(found, np.zeros(REPORTS), rng)) for _ in range(SHUFFLES)]
    within = [together(shuffled(found, kind, rng)) for _ in range(SHUFFLES)]
    return dict(zip(ARCHIVES, ([together(found)], anyhow, within), strict=True))


@explorer(
    title="How many rules does chance make?",
    support_percent=Slider(0.05, 3.0, 1.0, unit="%", label="Support at least", log=True),
    confidence_percent=Slider(0, 60, 15, unit="%", label="Confidence at least", play_s=6),
    archive=Choice(list(ARCHIVES), label="Archive"),
)
def rules(*, support_percent, confidence_percent, archive):
    """Move the thresholds, and see which rules survive; how many do so in shuffled archives."""
    limits = support_percent / 100, confidence_percent / 100
    counts = {
        name: np.array([surviving(pairs, *limits).sum() for pairs in many])
        for name, many in _archive().items()
    }
    pairs = _archive()[archive][0]
    single, keep = np.diag(pairs), surviving(pairs, *limits)
    sure = 100 * pairs / single[:, None]
    lift = pairs / np.outer(single, single)
    other = ~keep & (pairs > 0) & ~np.eye(len(single), dtype=bool)
    best = "no rule is left"
    if keep.any():
        a, b = np.unravel_index(np.where(keep, lift, 0).argmax(), lift.shape)
        best = f"{FINDINGS[a]} → {FINDINGS[b]}: lift {lift[a, b]:.1f}"
    means = [counts[name].mean() for name in ARCHIVES]
    return Picture(
        Lines(
            [0.0],
            {
                "left out": (sure[other], 100 * pairs[other]),
                "rules": (sure[keep], 100 * pairs[keep]),
                "support": (np.array([-2.0, 80.0]), np.full(2, support_percent)),
            },
            f"Rules {archive}",
            xaxis=("confidence (%)", -2, 80),
            yaxis=("support (%)", 0.03, 5, "log"),
            dots=("left out", "rules"),
            dashed=("support",),
            marks={"confidence": confidence_percent},
        ),
        Bars(
            ["as found", "shuffled", "within kinds"],
            {"rules": np.array(means)},
            "Rules left",
            yaxis=("rules (number)", 0, max(80, 1.1 * max(means))),
            errors={"rules": np.array([counts[name].std() for name in ARCHIVES])},
        ),
        caption=f"support {support_percent:.3g} %, confidence {confidence_percent:g} %: "
        f"{means[0]:.0f} rules as found, {means[1]:.1f} in shuffled archives, "
        f"{means[2]:.1f} in archives shuffled within each kind of scan ({SHUFFLES} each); {best}",
        alt="All pairs of findings by confidence and support, with the surviving rules in colour; "
        f"and bars: {means[0]:.0f} rules as found, {means[1]:.1f} shuffled, {means[2]:.1f} "
        "shuffled within kinds of scan.",
    )
