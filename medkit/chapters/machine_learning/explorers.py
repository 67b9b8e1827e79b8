"""Explorer of ``21_machine_learning``: how free a model may be."""

from functools import lru_cache

import numpy as np
from skimage.data import retina
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from medkit.views.explorer import Button, Choice, Image, Lines, Picture, Slider, Toggle, explorer

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


def riddle() -> np.ndarray:
    """Return eight patches of the real photograph of a retina, two of which overlap: (8, 96, 96).

    The photograph is by Häggström, doi:10.15347/wjm/2014.008, in the public domain.
    """
    eye = retina()[..., 1].astype(float) / 255
    return np.array([eye[r : r + 96, c : c + 96] for r, c in CORNERS])
