"""Explorers of the ten pairs: build one, and what order tells."""

from functools import lru_cache
from itertools import combinations

import numpy as np

from medkit.data.tasks import cines
from medkit.learning.pairs import study
from medkit.views.explorer import Choice, Image, Lines, Picture, Slider, Table, explorer

NAMES = ("SVM", "CNN", "RNN", "AE", "GAN")
PAIRS = tuple(map("+".join, combinations(NAMES, 2)))


@lru_cache(maxsize=1)
def _gains():
    """Return for each pair its models' means, its better parent, gain, low, high, and leads."""
    rows = study.table()
    found = {}
    for name in PAIRS:
        values = study.values(rows, name)
        found[name] = (
            values.mean(),
            study.better_parent(values),
            *study.gain(values)[:3],
            (values["pair"] - values[study.better_parent(values)]).to_numpy(),
        )
    return found


@explorer(
    title="Build a pair",
    first=Choice(NAMES, label="One parent"),
    second=Choice(NAMES, label="The other", default="RNN"),
    guess=Slider(-0.3, 0.3, 0.0, 0.01, label="Your guess: the pair's gain"),
    reveal=Choice({"hidden": False, "shown": True}, label="The answer"),
)
def build(*, first, second, guess, reveal):
    """Choose two parents, guess what they gain together, then look."""
    name = f"{first}+{second}" if f"{first}+{second}" in PAIRS else f"{second}+{first}"
    if name not in PAIRS:
        chart = Lines([0.0], {"none": [0.0]}, "Choose two parents", xlabel="gain", ylabel="no pair")
        words = f"{first} with itself is no pair"
        return Picture(chart, caption=words, alt=words + ".")
    mean, better, gain, low, high, leads = _gains()[name]
    n = len(leads)
    parents = mean.drop("pair").sort_values()
    marks = [[model, f"{value:.2f}"] for model, value in parents.items()]
    models = Table(
        [*marks, [name, f"{mean['pair']:.2f}" if reveal else "?"]],
        header=["model", "mean over draws"],
        title="Each way to be a parent, and the pair",
        highlight=len(marks),
    )
    lines = {"your guess": ([guess, guess], [0, n + 1]), "nothing": ([0.0, 0.0], [0, n + 1])}
    if reveal:
        lines["each draw"] = (leads, np.arange(1, n + 1))
    hit = "within" if low <= guess <= high else "outside"
    answer = (
        f"gain {gain:+.3f} ({low:+.3f} to {high:+.3f}, n = {n}): your guess {guess:+.2f} lies {hit}"
    )
    return Picture(
        models,
        Lines(
            [0.0],
            lines,
            name,
            xaxis=("gain on the better parent", -0.35, 0.35),
            yaxis=("draw", 0, n + 1),
            dots=("each draw",) if reveal else (),
            dashed=("nothing",),
            spans={"95 %": (low, high)} if reveal else {},
        ),
        columns=1,
        caption=f"{name}, better parent {better}: {answer if reveal else 'what do you expect?'}",
        alt=f"A table of every model of {name}; below, the guess {guess:+.2f} on an axis of gains"
        + (f", {n} draws and their interval {low:+.2f} to {high:+.2f}." if reveal else "."),
    )


@lru_cache(maxsize=40)
def _loop(case):
    """Return one loop of the heart, 24 frames of 48 pixels, and who leads."""
    loops, labels = cines.heart_loops(1, frames=24, size=48, rng=case)
    return loops[0, ..., 0], int(labels[0])


@explorer(
    title="Which wall goes first?",
    case=Slider(0, 19, 3, label="Patient"),
    frame=Slider(0, 23, 6, label="Frame"),
    order=Choice({"as they came": True, "shuffled": False}, label="Frames"),
)
def order(*, case, frame, order):
    """Look at one frame, then at one line through all of them."""
    loop, right_first = _loop(case)
    turn = np.arange(24) if order else np.random.default_rng(case).permutation(24)
    shown = loop[turn]
    line = shown[:, 22:26].mean(1)  # time, column
    first = "the right" if right_first else "the left"
    verdict = f"{first} wall leads" if order else "shuffled frames cannot tell"
    look = {"limits": (0, 1), "xlabel": "column", "colorbar": False}
    return Picture(
        Image(
            shown[frame],
            "One frame",
            ylabel="row",
            extent=(0, 48, 0, 48),
            curves={"line": ([0, 48], [24, 24])},
            **look,
        ),
        Image(
            line,
            "The line through all frames (M-mode)",
            extent=(0, 48, 0, 24),
            ylabel="frame",
            curves={"this frame": ([0, 48], [frame + 0.5, frame + 0.5])},
            **look,
        ),
        caption=f"patient {case}, frame {frame}: {verdict}",
        alt="Left one frame of a heart in short axis, a bright ring around a dark cavity; right "
        "the brightness along its middle row over time, where both walls move in and out.",
    )
