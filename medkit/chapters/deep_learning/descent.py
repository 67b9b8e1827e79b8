"""More explorers of ``22_deep_learning``: three balls on one loss, and their learning curves."""

from functools import lru_cache

import numpy as np

from medkit.views.explorer import Button, Choice, Image, Lines, Picture, Point, Slider, explorer

#: Steps of a descent; the plane of the two weights reaches from −REACH to REACH.
STEPS, REACH, SIDE = 100, 3.0, 96
BALLS = ("SGD", "momentum", "Adam")


def valley(u, v, narrow):
    """Return loss and slopes of a bowl, `narrow` times as steep across as along."""
    return 0.05 * (u**2 + narrow * v**2), 0.1 * u, 0.1 * narrow * v


def saddle(u, v, narrow):
    """Return loss and slopes of a ridge along u, with lowest points at v = ±2."""
    loss = 0.05 * narrow * u**2 + 0.02 * (v**2 - 4) ** 2
    return loss, 0.1 * narrow * u, 0.08 * v * (v**2 - 4)


def two_valleys(u, v, narrow):
    """Return loss and slopes of a shallow valley near u = −1.5 and a deeper one near 1.8."""
    loss = 0.06 * (u**2 - 2.7) ** 2 - 0.12 * u + 0.22 + 0.05 * narrow * v**2
    return loss, 0.24 * u * (u**2 - 2.7) - 0.12, 0.1 * narrow * v


SURFACES = {"valley": valley, "saddle": saddle, "two valleys": two_valleys}


@lru_cache(maxsize=128)
def rolled(surface, narrow, rate, keep, noise, start, seed):
    """Return where each ball is after each step, (3, STEPS + 1, 2): all feel the same noise."""
    slope, ways = SURFACES[surface], np.empty((3, STEPS + 1, 2))
    shaken = noise * np.random.default_rng(seed).normal(size=(STEPS, 2))
    at, ways[:, 0] = np.repeat([start], 3, axis=0).astype(float), start
    speed, mean, square = np.zeros(2), np.zeros(2), np.zeros(2)
    for t in range(1, STEPS + 1):
        with np.errstate(all="ignore"):  # a ball that has flown away
            down = np.stack(slope(*at.T, narrow)[1:], 1) + shaken[t - 1]
        speed = keep * speed + down[1]
        mean, square = 0.9 * mean + 0.1 * down[2], 0.99 * square + 0.01 * down[2] ** 2
        step = mean / (1 - 0.9**t) / (np.sqrt(square / (1 - 0.99**t)) + 1e-8)
        at = np.clip(at - rate * np.stack([down[0], speed, step]), -1e3, 1e3)
        ways[:, t] = at
    return ways


@explorer(
    title="Three balls on one loss",
    surface=Choice(list(SURFACES), label="Loss"),
    narrow=Slider(1.0, 40.0, 20.0, 1.0, unit="times", label="Steeper across"),
    rate=Slider(0.01, 3.0, 0.2, label="Learning rate", log=True),
    keep=Slider(0.0, 0.98, 0.9, 0.02, label="Momentum keeps"),
    noise=Slider(0.0, 0.5, 0.02, 0.02, label="Noise of the gradient"),
    step=Slider(0, STEPS, STEPS, label="Step", play_s=5),
    start=Point(-2.6, 1.6, xlim=(-REACH, REACH), ylim=(-REACH, REACH), label="Start", unit=""),
    seed=Button("Other noise"),
)
def balls(*, surface, narrow, rate, keep, noise, step, start, seed):
    """Let go of three balls at one place: see which gets down, at which learning rate."""
    ways = rolled(surface, narrow, rate, keep, noise, start, seed)[:, : step + 1]
    side = (np.arange(SIDE) + 0.5) / SIDE * 2 * REACH - REACH
    ground = SURFACES[surface](side[None], -side[:, None], narrow)[0]
    height = SURFACES[surface](*np.moveaxis(ways, 2, 0), narrow)[0]  # (3, steps)
    seen = np.where(np.abs(ways) <= REACH, ways, np.nan)
    ends = ", ".join(f"{name} {h[-1]:.2g}" for name, h in zip(BALLS, height, strict=True))
    return Picture(
        Image(
            np.log10(ground + 1e-3),
            "Loss from above",
            values=("log₁₀ loss", -3, 1),
            spacing_mm=1.0,
            xaxis=("weight 1 (1)", -REACH, REACH),
            yaxis=("weight 2 (1)", REACH, -REACH),
            curves={name: tuple(way.T) for name, way in zip(BALLS, seen, strict=True)},
            points={"now": tuple(seen[:, -1].T)},
        ),
        Lines(
            np.arange(step + 1),
            dict(zip(BALLS, np.clip(height, 1e-4, 1e3), strict=True)),
            "How deep each one is",
            xaxis=("step", 0, STEPS),
            yaxis=("loss (1)", 1e-4, 1e1, "log"),
        ),
        caption=f"after {step} steps the loss is: {ends}",
        alt=f"A loss of two weights seen from above, {surface}, with the ways of three balls, and "
        f"their losses step by step; after {step} steps: {ends}.",
    )
