"""Explorers of the ten pairs: build one, what made-up samples teach, what order tells."""

from functools import lru_cache
from itertools import combinations

import numpy as np
from sklearn.svm import SVC

from medkit.data.tasks import films
from medkit.learning.evaluation import auc
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


def _rings(n, rng):
    """Draw two classes of points on rings of radius 1 and 1.8: both look the same turned."""
    labels = np.arange(n) % 2
    angle, radius = rng.uniform(0, 2 * np.pi, n), 1 + 0.8 * labels + 0.28 * rng.normal(size=n)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1), labels


def _made_up(points, labels, times, source, rng):
    """Make more samples: from a bell fitted to each class, or by turning real ones."""
    new, theirs = [], []
    for label in (0, 1):
        real = points[labels == label]
        n = times * len(real)
        if source == "turned":
            angle, real = rng.uniform(0, 2 * np.pi, n), np.repeat(real, times, axis=0)
            cos, sin = np.cos(angle), np.sin(angle)
            new.append(
                np.stack(
                    [real[:, 0] * cos - real[:, 1] * sin, real[:, 0] * sin + real[:, 1] * cos], 1
                )
            )
        else:
            spread = np.cov(real.T) + 1e-3 * np.eye(2)
            new.append(rng.multivariate_normal(real.mean(0), spread, n))
        theirs.append(np.full(n, label))
    return np.concatenate(new), np.concatenate(theirs)


@lru_cache(maxsize=1)
def _exam():
    return _rings(600, np.random.default_rng(99))


@explorer(
    title="What made-up samples can teach",
    real=Slider(8, 80, 16, 2, label="Real samples"),
    times=Slider(0, 9, 4, label="Made-up samples for each real one"),
    source=Choice(
        {
            "a generator that learned from the real ones": "bell",
            "the real ones, turned (what you know of the world)": "turned",
        },
        label="Made up by",
    ),
    draw=Slider(0, 9, 0, label="Another draw"),
)
def made_up(*, real, times, source, draw):
    """Add samples that nobody measured: knowledge helps, imitation does not."""
    points, labels = _rings(real, np.random.default_rng(draw))
    new, theirs = _made_up(points, labels, times, source, np.random.default_rng(draw + 100))
    exam, truth = _exam()
    scores, areas = [], []
    side = np.linspace(-2.8, 2.8, 40)
    grid = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    for x, y in ((points, labels), (np.r_[points, new], np.r_[labels, theirs])):
        machine = SVC(C=3.0, gamma=1.0, random_state=0).fit(x, y)
        both = machine.decision_function(np.r_[exam, grid])
        areas.append(auc(truth, both[: len(exam)]))
        scores.append(np.clip(both[len(exam) :].reshape(40, 40), -1.5, 1.5))
    frame = {
        "limits": (-1.5, 1.5),
        "colormap": "difference",
        "extent": (-2.8, 2.8, -2.8, 2.8),
        "xlabel": "feature 1",
        "ylabel": "feature 2",
        "unit": "1",
    }
    dots = {f"class {k}": tuple(points[labels == k].T) for k in (0, 1)}
    ghosts = {f"made up, {k}": tuple(new[theirs == k].T) for k in (0, 1) if times}
    return Picture(
        Image(
            scores[1], f"With made-up ones: AUC {areas[1].value:.2f}", points=dots | ghosts, **frame
        ),
        Image(scores[0], f"Real only: AUC {areas[0].value:.2f}", points=dots, **frame),
        caption=f"{real} real and {len(new)} made-up samples: AUC on 600 new cases "
        f"{areas[0].value:.3f} without, {areas[1].value:.3f} with them",
        alt="Two maps of a decision over two features, with the training points: left learned "
        "from real and made-up points, right from real points only.",
    )


@lru_cache(maxsize=40)
def _loop(case):
    """Return one loop of the heart, 24 frames of 48 pixels, and who leads."""
    loops, labels = films.heart_loops(1, frames=24, size=48, rng=case)
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
    said = f"{first} wall leads" if order else "shuffled frames cannot tell"
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
        caption=f"patient {case}, frame {frame}: {said}",
        alt="Left one frame of a heart in short axis, a bright ring around a dark cavity; right "
        "the brightness along its middle row over time, where both walls move in and out.",
    )
