"""Explorers of ``34_gan``: the game on a plane, and its best judge."""

from functools import lru_cache

import numpy as np

from medkit.data.sets import shipped
from medkit.learning.by_hand import toy_gan
from medkit.views.explorer import Bars, Choice, Image, Lines, Picture, Slider, Toggle, explorer

_X = np.linspace(-6, 6, 601)
_AXES = {"extent": (-3, 3, 3, -3), "xlabel": "x (1)", "ylabel": "y (1)"}


def _normal(mean, spread):
    return np.exp(-0.5 * ((_X - mean) / spread) ** 2) / (spread * np.sqrt(2 * np.pi))


@explorer(
    title="The best detective there can be",
    mean=Slider(-4.0, 4.0, 2.0, 0.1, label="Where the forger draws", play_s=6),
    spread=Slider(0.4, 2.0, 0.8, 0.1, label="How widely"),
)
def best_judge(*, mean, spread):
    """Move the forger's density onto the real one, and watch the best judge give up."""
    p, q, step = _normal(0, 1), _normal(mean, spread), _X[1] - _X[0]
    best = toy_gan.optimal_discriminator(p, q)
    divergence = toy_gan.jensen_shannon(p, q, step)
    value = toy_gan.game_value(best, p, q, step)
    return Picture(
        Lines(
            _X,
            {"real, p": p, "forged, q": q},
            "Who draws where",
            xaxis=("x (1)", -6, 6),
            yaxis=("density (1)", 0, 1.05),
        ),
        Lines(
            _X,
            {"D* = p / (p + q)": best},
            "The best discriminator",
            xaxis=("x (1)", -6, 6),
            yaxis=("probability of real (1)", 0, 1),
        ),
        caption=f"value of the game {value:.3f} = −log 4 + 2 · {divergence:.3f} "
        f"(Jensen–Shannon divergence; {100 * divergence / np.log(2):.0f} % of its greatest value)",
        alt=f"Densities of real and forged samples, the forger's at {mean:.1f} with spread "
        f"{spread:.1f}, and the best discriminator; the divergence is {divergence:.3f}.",
    )


@lru_cache
def _games():
    stored = shipped.arrays("gan_ring")
    return {key: array.astype(float) for key, array in stored.items()}


@lru_cache
def _real():
    return tuple(toy_gan.ring(160, rng=5).T)


def arrows(points, judged, step=0.45) -> tuple[np.ndarray, np.ndarray]:
    """Return strokes from points in the direction in which D's verdict rises, with gaps.

    Parameters
    ----------
    points : numpy.ndarray
        Shape (n, 2).
    judged : numpy.ndarray
        D on the map of `toy_gan.plane`, shape (41, 41).
    step : float
        The longest stroke.
    """
    logit = np.log(np.clip(judged, 1 / 512, 511 / 512) / np.clip(1 - judged, 1 / 512, 511 / 512))
    cell = 2 * toy_gan.EDGE / (toy_gan.GRID - 1)
    down, right = np.gradient(logit, cell)
    at = np.clip(np.round((points + toy_gan.EDGE) / cell).astype(int), 0, toy_gan.GRID - 1)
    rows, columns = toy_gan.GRID - 1 - at[:, 1], at[:, 0]
    slope = np.stack([right[rows, columns], -down[rows, columns]], 1)
    length = np.linalg.norm(slope, axis=1, keepdims=True)
    ends = points + slope / (1 + length) * step
    gap = np.full(len(points), np.nan)
    return tuple(np.stack([points[:, k], ends[:, k], gap], 1).ravel() for k in (0, 1))


@explorer(
    title="The game, move by move",
    moment=Slider(0, len(toy_gan.MOMENTS) - 1, 6, 1, label="Time", play_s=8),
    pack=Choice({"one by one": 1, "in pairs": 2}, label="D judges points"),
    pull=Toggle(True, label="Show where D's verdict rises"),
)
def landscape(*, moment, pack, pull):
    """Follow forgeries and the judge's map through a game on a ring of eight blobs."""
    points, judged = _games()[f"points_{pack}"][moment], _games()[f"map_{pack}"][moment] / 255
    modes, share = toy_gan.modes_covered(points)
    x, y = points.T
    steps = toy_gan.MOMENTS[moment]
    return Picture(
        Image(
            judged,
            f"D after {steps} steps: probability of real",
            values=("1", 0, 1, "viridis"),
            points={"real": _real(), "forged": (x, y)},
            curves={"uphill": arrows(points[:60], judged)} if pull else {},
            **_AXES,
        ),
        caption=f"after {steps} steps {modes} of 8 blobs are covered; {100 * share:.0f} % of the "
        "forgeries lie in a blob",
        alt=f"A plane with eight blobs of real points and the forgeries after {steps} steps, over "
        f"the discriminator's verdict; {modes} blobs are covered.",
    )


@explorer(
    title="The collapse dial",
    pace=Choice(
        {f"{pace:g} ×": k for k, pace in enumerate(toy_gan.PACES)},
        default=2,
        label="D learns, against G",
    ),
    pack=Choice({"one by one": 0, "in pairs": 1}, label="D judges points"),
    loss=Choice({name: k for k, name in enumerate(toy_gan.GAMES)}, label="G's loss"),
)
def collapse(*, pace, pack, loss):
    """Choose how the game is played, and count the blobs that are left out."""
    place = (loss, pack, pace)
    points, covered = _games()["dial"][place], _games()["covered"][place]
    words = ", ".join(f"{modes:.0f}" for modes in covered[:, 0])
    every = _games()["covered"][loss, pack, :, :, 0]
    return Picture(
        Lines(
            points[:, 0],
            {"real": _real(), "forged": points[:, 1]},
            f"Forgeries after {toy_gan.STEPS} steps",
            dots=("real", "forged"),
            xaxis=("x (1)", -3, 3),
            yaxis=("y (1)", -3, 3),
        ),
        Bars(
            [f"{value:g}×" for value in toy_gan.PACES],
            {f"seed {seed}": every[:, seed] for seed in toy_gan.SEEDS},
            "Blobs covered, three games each",
            xlabel="pace of the discriminator",
            yaxis=("blobs covered (of 8)", 0, 8.5),
        ),
        caption=f"blobs covered in three games: {words}; on average "
        f"{100 * covered[:, 1].mean():.0f} % of the forgeries lie in a blob",
        alt=f"Forged points against the ring of eight blobs, and how many blobs three games "
        f"covered at each pace; here {words}.",
    )
