"""Explorers of ``21_machine_learning``: a free model, a leak, and a threshold with its thousand."""

from functools import lru_cache

import numpy as np
from scipy.stats import norm
from skimage.data import retina
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from medkit.learning.evaluation import predictive_values
from medkit.views.explorer import (
    Button,
    Choice,
    Image,
    Lines,
    Picture,
    Slider,
    Table,
    Toggle,
    explorer,
)

#: From stiff to free: how many neighbours vote, or how many cases a leaf must hold.
NEIGHBOURS = (81, 61, 41, 31, 21, 15, 9, 5, 3, 1)
LEAF = (40, 30, 20, 15, 10, 7, 5, 3, 2, 1)
#: Where the patches of `riddle` begin: row and column. B and G share most of their pixels.
CORNERS = (
    (300, 420),
    (700, 560),
    (930, 640),
    (420, 860),
    (640, 300),
    (880, 420),
    (722, 585),
    (520, 640),
)
#: Draws of `leak`.
DRAWS = 16
#: Colours of the thousand: ill and alarmed, ill and missed, healthy and alarmed, healthy.
PEOPLE = np.array([(213, 94, 0), (0, 0, 0), (0, 114, 178), (214, 224, 232)], np.uint8)


@lru_cache(maxsize=8)
def _tumours(coins, seed):
    """Return two features of real tumours in standard deviations, labels, and who is to learn."""
    table = load_breast_cancer()
    rng = np.random.default_rng(seed)
    x = table.data[:, [1, 4]]
    y = rng.integers(0, 2, len(x)) if coins else 1 - table.target
    chosen = np.zeros(len(x), bool)
    chosen[rng.permutation(len(x))[:120]] = True
    return (x - x[chosen].mean(0)) / x[chosen].std(0), y, chosen


def _model(kind, freedom):
    """Return a model with so much freedom, and what that means in words."""
    if kind == "neighbours":
        k = NEIGHBOURS[freedom - 1]
        return KNeighborsClassifier(k), f"{k} neighbour{'s' * (k > 1)} vote"
    leaf = LEAF[freedom - 1]
    words = f"{leaf} case{'s' * (leaf > 1)} a leaf at least"
    if kind == "tree":
        return DecisionTreeClassifier(min_samples_leaf=leaf, random_state=0), words
    return RandomForestClassifier(15, min_samples_leaf=leaf, random_state=0), words


@lru_cache(maxsize=64)
def _areas(kind, coins, seed):
    """Return the AUC on learned and on unseen tumours for each freedom, shape (10, 2)."""
    x, y, chosen = _tumours(coins, seed)
    areas = np.empty((len(LEAF), 2))
    for k in range(len(LEAF)):
        scores = _model(kind, k + 1)[0].fit(x[chosen], y[chosen]).predict_proba(x)[:, 1]
        areas[k] = [roc_auc_score(y[part], scores[part]) for part in (chosen, ~chosen)]
    return areas


@explorer(
    title="How free may a model be?",
    model=Choice(["neighbours", "tree", "forest"], label="Model"),
    freedom=Slider(1, 10, 10, label="Freedom", play_s=6),
    coins=Toggle(False, label="Labels by the toss of a coin"),
    seed=Button("Draw other tumours"),
)
def freedom(*, model, freedom, coins, seed):
    """Give a model more freedom: it learns its own tumours by heart, and the next ones worse."""
    x, y, chosen = _tumours(coins, seed)
    machine, words = _model(model, freedom)
    machine.fit(x[chosen], y[chosen])
    side = np.linspace(-2.5, 3.5, 48)
    at = np.stack(np.meshgrid(side, side[::-1]), -1).reshape(-1, 2)
    areas = _areas(model, coins, seed)
    learned, unseen = areas[freedom - 1]
    return Picture(
        Image(
            machine.predict_proba(at)[:, 1].reshape(48, 48),
            f"{words[0].upper()}{words[1:]}",
            values=("1", 0, 1, "difference"),
            xaxis=("texture (st. dev.)", -2.5, 3.5),
            yaxis=("smoothness (st. dev.)", 3.5, -2.5),
            points={
                "benign": tuple(x[chosen & (y == 0)].T),
                "malignant": tuple(x[chosen & (y == 1)].T),
            },
        ),
        Lines(
            np.arange(1, 11),
            {"learned": areas[:, 0], "unseen": areas[:, 1]},
            "Learned and unseen",
            xaxis=("freedom (1)", 0.5, 11.0),
            yaxis=("AUC", 0.4, 1.02),
            marks={"here": freedom},
        ),
        caption=f"{words}: AUC {learned:.2f} on the 120 tumours it learned, {unseen:.2f} on "
        f"{(~chosen).sum()} it has never seen{', whose labels are coins' if coins else ''}",
        alt=f"A map of what the model says where, over 120 tumours; and its AUC against its "
        f"freedom: {learned:.2f} on learned tumours, {unseen:.2f} on others.",
    )


def _nearest(x, y, learned):
    """Return the AUC of the label of the nearest learned picture, on the others."""
    known, new = x[learned], x[~learned]
    far = (known**2).sum(1) - 2 * new @ known.T
    said, truth = y[learned][far.argmin(1)], y[~learned] == 1
    return (said[truth].mean() + 1 - said[~truth].mean()) / 2


@lru_cache(maxsize=32)
def leaked(patients: int, pictures: int, features: int, likeness: float, seed: int):
    """Return the believed and the true AUC on coin tosses, shape (draws, 2), and one draw.

    Each picture is its patient's own features and chance of its own; `likeness` is the share of
    the variance that is the patient's. Half of the pictures are learned, or half of the patients.
    """
    rng = np.random.default_rng(seed)
    areas, whose = np.empty((DRAWS, 2)), np.repeat(np.arange(patients), pictures)
    for k in range(DRAWS):
        own = rng.normal(size=(patients, features))[whose] * np.sqrt(likeness)
        x = own + rng.normal(size=own.shape) * np.sqrt(1 - likeness)
        coin = rng.permutation(patients) % 2
        shuffled = rng.permutation(len(whose)) % 2 == 0
        # Half of each label is learned: else a rare label would be learned more rarely still.
        half = np.zeros(patients, bool)
        for label in (0, 1):
            group = rng.permutation(np.flatnonzero(coin == label))
            half[group[: len(group) // 2]] = True
        areas[k] = [_nearest(x, coin[whose], part) for part in (shuffled, half[whose])]
    return areas, x, whose


@explorer(
    title="The leakage machine",
    patients=Slider(8, 60, 24, 2, label="Patients"),
    pictures=Slider(1, 8, 4, label="Pictures of each", play_s=5),
    likeness_percent=Slider(0.0, 95.0, 60.0, 5.0, unit="%", label="Alike within a patient"),
    features=Slider(2, 60, 20, label="Features"),
    seed=Button("Draw other patients"),
)
def leak(*, patients, pictures, likeness_percent, features, seed):
    """Labels are coin tosses. Split by picture, and believe; split by patient, and know."""
    areas, x, whose = leaked(patients, pictures, features, likeness_percent / 100, seed)
    believed, true = areas.mean(0)
    draws = np.arange(1, DRAWS + 1)
    few = x[whose < 8]
    apart = np.sqrt(((few[:, None] - few) ** 2).mean(-1))
    return Picture(
        Image(
            apart,
            "How far apart pictures are",
            values=("st. dev.", 0.5, 1.8, "viridis"),
            spacing_mm=1.0,
            xaxis=("pictures of patient", 0.5, 8.5),
            yaxis=("pictures of patient", 0.5, 8.5),
        ),
        Lines(
            draws,
            {
                "split by picture": areas[:, 0],
                "split by patient": areas[:, 1],
                "the truth": np.full(DRAWS, 0.5),
            },
            "What one believes, draw by draw",
            xaxis=("draw", 0.4, 16.6),
            yaxis=("AUC", 0, 1.03),
            dots=("split by picture", "split by patient"),
            dashed=("the truth",),
        ),
        caption=f"{patients} patients, {pictures} pictures of each: nothing can be learned; "
        f"mean AUC {believed:.2f} split by picture, {true:.2f} split by patient",
        alt="Distances of the pictures of eight patients, and the AUC of sixteen draws of labels: "
        f"about {believed:.2f} where pictures of one patient are on both sides, {true:.2f} where "
        "they are not.",
    )


def riddle() -> np.ndarray:
    """Return eight patches of the real photograph of a retina, two of which overlap: (8, 96, 96).

    The photograph is by Häggström, doi:10.15347/wjm/2014.008, in the public domain.
    """
    eye = retina()[..., 1].astype(float) / 255
    return np.array([eye[r : r + 96, c : c + 96] for r, c in CORNERS])


def thousand(ill: int, caught: float, alarm: float) -> np.ndarray:
    """Return the numbers of found, missed, alarmed for nothing and left in peace, of 1,000."""
    found, false = round(ill * caught), round((1000 - ill) * alarm)
    return np.array([found, ill - found, false, 1000 - ill - false])


def crowd(counts) -> np.ndarray:
    """Paint 1,000 people in 20 rows of 50, each a square with a rim, in their colours."""
    people = np.repeat(PEOPLE, counts, axis=0).reshape(50, 20, 3).transpose(1, 0, 2)
    squares = np.full((20, 5, 50, 5, 3), 255, np.uint8)
    squares[:, :4, :, :4] = people[:, None, :, None]
    return squares.reshape(100, 250, 3)


@explorer(
    title="Two bells, a threshold, a thousand people",
    threshold=Slider(-2.5, 5.0, 1.3, 0.05, unit="", label="Threshold", play_s=8),
    separation=Slider(0.0, 4.0, 2.6, 0.1, unit="", label="Distance of the bells"),
    prevalence_percent=Slider(0.2, 60.0, 1.0, unit="%", label="Prevalence", log=True),
)
def bells(*, threshold, separation, prevalence_percent):
    """Drag the threshold through two bells, and count who is called, and who called is ill."""
    score = np.linspace(-3.5, 7.5, 160)
    caught, alarm = norm.sf(threshold - separation), norm.sf(threshold)
    ill = round(10 * prevalence_percent)
    found, missed, false, peace = counts = thousand(ill, caught, alarm)
    called = found + false
    ppv, npv = predictive_values(caught, 1 - alarm, prevalence_percent / 100)
    right = f"{found} of {called} alarms are right" if called else "no alarm at all"
    return Picture(
        Lines(
            score,
            {"healthy": norm.pdf(score), "ill": norm.pdf(score - separation)},
            "Scores of the two groups",
            xaxis=("score (st. dev.)", -3.5, 7.5),
            yaxis=("share of its group", 0, 0.45),
            marks={"threshold": threshold},
        ),
        Lines(
            norm.sf(score),
            {"ROC": norm.sf(score - separation), "here": ([alarm], [caught])},
            "ROC curve",
            xaxis=("1 − specificity", -0.02, 1),
            yaxis=("sensitivity", 0, 1.02),
            dots=("here",),
        ),
        Image(crowd(counts), "1,000 people", smooth=False),
        Table(
            [
                ["alarm", f"{found} orange", f"{false} blue"],
                ["no alarm", f"{missed} black", f"{peace} pale"],
                ["on average", f"PPV {100 * ppv:.3g} %", f"NPV {100 * npv:.4g} %"],
                ["called right", f"{100 * caught:.0f} %", f"{100 * (1 - alarm):.0f} %"],
            ],
            header=["", "ill", "healthy"],
            title=right.capitalize(),
            highlight=0,
        ),
        caption=f"sensitivity {caught:.2f}, specificity {1 - alarm:.2f}, AUC "
        f"{norm.cdf(separation / 2**0.5):.2f}; of 1,000 people {ill} are ill: {right}, "
        f"{missed} missed",
        alt="Two bells with a threshold, the ROC curve and its point, and 1,000 people as squares: "
        f"{found} ill and found, {missed} ill and missed, {false} healthy and alarmed.",
    )
