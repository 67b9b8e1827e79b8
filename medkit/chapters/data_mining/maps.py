"""Explorer of ``24_data_mining``: a map by t-SNE while it is drawn, and what it invents."""

from functools import lru_cache

import numpy as np
from sklearn.datasets import load_breast_cancer

from medkit.views.explorer import Button, Choice, Lines, Picture, Slider, explorer

#: Points of a map, steps of its descent, and how many of them lie between two frames.
POINTS, STEPS, EVERY = 72, 240, 8
SPACES = ("one tight, one wide", "two near, one far", "pure noise", "tumours")


def similar(x: np.ndarray, perplexity: float) -> np.ndarray:
    """Return how similar t-SNE holds each pair of points, shape (n, n), of sum 1.

    Each point gets the bell whose width gives it so many neighbours (van der Maaten & Hinton
    2008, J. Mach. Learn. Res. 9:2579, equations 1 and 4); found by halving an interval.
    """
    far = ((x[:, None] - x) ** 2).sum(-1)
    np.fill_diagonal(far, np.inf)
    far -= far.min(1, keepdims=True)
    low, high = np.full((2, len(x), 1), [[-18.0], [6.0]][0])
    low, high = low - 0.0, high + 24.0
    for _ in range(30):
        middle = (low + high) / 2  # the logarithm of how steep the bell is
        bell = np.exp(-far * np.exp(middle))
        bell /= bell.sum(1, keepdims=True)
        wide = -(bell * np.log(bell + 1e-300)).sum(1, keepdims=True) > np.log(perplexity)
        low, high = np.where(wide, middle, low), np.where(wide, high, middle)
    return (bell + bell.T) / (2 * len(x))


@lru_cache(maxsize=48)
def drawn(space: str, perplexity: int, seed: int) -> np.ndarray:
    """Return the map as it is drawn, shape (frame, POINTS, 2), as wide as its last frame is."""
    p, rng = similar(points(space)[0], perplexity), np.random.default_rng(seed)
    y, pace = rng.normal(0, 1e-2, (POINTS, 2)), np.zeros((POINTS, 2))
    frames = [y]
    for k in range(1, STEPS + 1):
        q = 1 / (1 + ((y[:, None] - y) ** 2).sum(-1))
        np.fill_diagonal(q, 0)
        force = ((4 if k < 70 else 1) * p - q / q.sum()) * q
        pace = (0.5 if k < 70 else 0.8) * pace - POINTS * (force.sum(1)[:, None] * y - force @ y)
        y = y + pace
        if k % EVERY == 0:
            frames.append(y)
    return np.array(frames) / np.abs(y).max()


@lru_cache(maxsize=len(SPACES))
def points(space: str):
    """Return points in many dimensions, their groups, and the names of these."""
    rng = np.random.default_rng(3)
    thirds = np.arange(POINTS) // (POINTS // 3)
    if space == "one tight, one wide":
        group = thirds > 0
        x = rng.normal(size=(POINTS, 10)) * np.where(group, 10, 1)[:, None]
        x[:, 0] += 60 * group
        return x, group * 1, ("width 1", "width 10")
    if space == "two near, one far":
        x = rng.normal(size=(POINTS, 10))
        x[:, 0] += np.array([0, 10, 100])[thirds]
        return x, thirds, ("at 0", "at 10", "at 100")
    if space == "pure noise":
        return rng.normal(size=(POINTS, 10)), np.zeros(POINTS, int), ("noise",)
    table = load_breast_cancer()
    some = rng.permutation(len(table.data))[:POINTS]
    x = (table.data - table.data.mean(0)) / table.data.std(0)
    return x[some], 1 - table.target[some], ("benign", "malignant")


def _flat(x):
    """Return the two directions of most spread, as wide as the widest is."""
    u, s, _ = np.linalg.svd(x - x.mean(0), full_matrices=False)
    flat = u[:, :2] * s[:2]
    # The sign of a direction is the processor's; ours: the longest arm points up.
    flat *= np.sign(flat[np.abs(flat).argmax(0), [0, 1]])
    return flat / np.abs(flat).max()


@explorer(
    title="A map, while it is drawn",
    space=Choice(list(SPACES), label="Points"),
    perplexity=Slider(2, 30, 15, label="Perplexity"),
    step=Slider(0, STEPS, STEPS, EVERY, label="Step", play_s=6),
    seed=Button("Begin elsewhere"),
)
def tsne(*, space, perplexity, step, seed):
    """See t-SNE even out widths and distances, and find groups in noise."""
    x, group, names = points(space)
    true, shown = _flat(x), drawn(space, perplexity, seed)[step // EVERY]
    limits = {"xlim": (-1.1, 1.1), "ylim": (-1.1, 1.1), "dots": names}
    return Picture(
        Lines(
            [0.0],
            {name: tuple(true[group == k].T) for k, name in enumerate(names)},
            "As they lie: two principal components",
            xlabel="first (scaled)",
            ylabel="second (same scale)",
            **limits,
        ),
        Lines(
            [0.0],
            {name: tuple(shown[group == k].T) for k, name in enumerate(names)},
            "As t-SNE draws them",
            xlabel="(no unit)",
            ylabel="(no unit)",
            **limits,
        ),
        caption=f"{POINTS} points in {x.shape[1]} dimensions; perplexity {perplexity}, "
        f"step {step} of {STEPS}, beginning {seed}",
        alt=f"Left, {', '.join(names)} as they lie along two principal components; right, the "
        f"same points as t-SNE draws them at perplexity {perplexity}.",
    )
