"""The comparisons of notebook 31 with five seeds: too long for a lesson, short enough to repeat.

Everybody learns from the notebook's training patients and is asked about 400 others. The file
``datasets/cnn_study.csv`` has one row for each network: how it learned, from how many labels, with
which seed, at which frequency of the probe it is asked, and its AUC.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from medkit import kit
from medkit.data import tasks
from medkit.learning.classical import svm
from medkit.learning.evaluation import auc

#: Seed of the 400 patients who are asked, and the seeds of networks and draws.
ASKED, SEEDS = 31_500, range(5)
#: Labels to learn from → epochs, so that each network makes some 150 steps.
EPOCHS = {20: 60, 60: 40, 240: 24}
#: Other probes, MHz; the task's usual one has 7.6.
PROBES = (5.0, 15.0)
#: Rows that are left where somebody set the depth to 13 mm; the rest stays black.
SHALLOW_ROWS = 22
COLUMNS = ("way", "labels", "probe_mhz", "seed", "auc")


def draw(labels, n: int, seed: int) -> np.ndarray:
    """Return the places of n samples, half of them ill, drawn with a seed; or of all."""
    if n == len(labels):
        return np.arange(n)
    rng = np.random.default_rng(seed)
    each = [rng.permutation(np.flatnonzero(labels == k))[: n // 2] for k in (0, 1)]
    return np.sort(np.concatenate(each))


def ask(model, data) -> float:
    """Return the AUC of a fitted model on a data set."""
    return auc(data.labels, model.decision_function(data.images)).value


def shallow(images) -> np.ndarray:
    """Return images in which only the first 13 mm are seen."""
    seen = np.zeros_like(images)
    seen[:, :SHALLOW_ROWS] = images[:, :SHALLOW_ROWS]
    return seen


def cnn(epochs: int, seed: int, augmented: bool = True):
    """Return the notebook's network, not fitted."""
    from medkit.learning.networks.augment import Augmentation
    from medkit.learning.networks.cnn import SmallCNN
    from medkit.learning.networks.training import Schedule

    schedule = Schedule(epochs, 32 if epochs < 40 else 16, 5e-3, 1e-3)
    change = Augmentation() if augmented else None
    return SmallCNN(augmentation=change, schedule=schedule, seed=seed)


def from_scratch(x, y, asked, moved):
    """Yield the rows of networks that start from nothing, and of those that do without."""
    flat = make_pipeline(StandardScaler(), LogisticRegression(C=1e-3, max_iter=500))
    flat.fit(x.reshape(len(x), -1), y)
    line = flat.decision_function(asked.images.reshape(len(asked), -1))
    yield "line", 240, 7.6, 0, auc(asked.labels, line).value
    for n in EPOCHS:
        for seed in SEEDS if n < 240 else SEEDS[:1]:
            some = draw(y, n, seed)
            hog = svm.classifier("hog", C=0.03, gamma=0.3 / 1764).fit(x[some], y[some])
            yield "HOG + SVM", n, 7.6, seed, ask(hog, asked)
    for seed in SEEDS:
        yield "plain", 240, 7.6, seed, ask(cnn(24, seed, augmented=False).fit(x, y), asked)
        for n, epochs in EPOCHS.items():
            some = draw(y, n, seed)
            model = cnn(epochs, seed).fit(x[some], y[some])
            yield "augmented", n, 7.6, seed, ask(model, asked)
        for probe, data in moved.items():
            yield "moved", 240, probe, seed, ask(model, data)
        seen = auc(asked.labels, model.decision_function(shallow(asked.images))).value
        yield "shallow, moved", 240, 7.6, seed, seen


def retrained(train, x, y, asked, moved):
    """Yield the rows of networks that learn from the same patients, scanned otherwise."""
    for probe, data in moved.items():
        again = tasks.scan("us_breast", train, tasks.with_knob("us_breast", probe))
        for seed in SEEDS[:3]:
            model = cnn(24, seed).fit(again.images, again.labels)
            yield "retrained", 240, probe, seed, ask(model, data)
    for seed in SEEDS[:3]:
        model = cnn(24, seed).fit(shallow(x), y)
        seen = auc(asked.labels, model.decision_function(shallow(asked.images))).value
        yield "shallow, retrained", 240, 7.6, seed, seen


def frozen(x, y, asked):
    """Yield the rows of a straight line on the features of the shipped backbone, and of none."""
    from medkit.learning.backend import keras, seeded
    from medkit.learning.studies import backbone

    for name in ("backbone", "untrained"):
        with seeded(31):
            model = backbone.load() if name == "backbone" else backbone.network()
        body = keras.Model(model.input, model.layers[-2].output)
        known, new = (body.predict(z, batch_size=100, verbose=0) for z in (x, asked.images))
        for n in EPOCHS:
            for seed in SEEDS:
                some = draw(y, n, seed)
                line = make_pipeline(StandardScaler(), LogisticRegression(C=0.03))
                scores = line.fit(known[some], y[some]).decision_function(new)
                yield name, n, 7.6, seed, auc(asked.labels, scores).value


def material(probes=PROBES):
    """Return the notebook's training patients, their images, and those who are asked."""
    known = tasks.patients("us_breast", 400, rng=0)
    part = tasks.scan("us_breast", known, rng=0)
    train = [case for case, name in zip(known, part.part, strict=True) if name == "train"]
    unseen = tasks.patients("us_breast", 400, rng=ASKED)
    moved = {
        probe: tasks.scan("us_breast", unseen, tasks.with_knob("us_breast", probe))
        for probe in probes
    }
    return train, *part.xy("train"), tasks.scan("us_breast", unseen), moved


def make(folder) -> Path:
    """Measure everything anew and write the table; return the file."""
    train, x, y, asked, moved = material()
    rows = list(from_scratch(x, y, asked, moved))
    rows += [*retrained(train, x, y, asked, moved), *frozen(x, y, asked)]
    table = pd.DataFrame([(*row[:4], f"{row[4]:.4f}") for row in rows], columns=COLUMNS)
    path = Path(folder) / "cnn_study.csv"
    table.to_csv(path, index=False, lineterminator="\n")
    return path


def load() -> dict[tuple[str, int, float], np.ndarray]:
    """Return the AUCs of all seeds by (way, labels, probe in MHz)."""
    table = pd.read_csv(kit.root() / "datasets" / "cnn_study.csv")
    groups = table.groupby(["way", "labels", "probe_mhz"], sort=False)["auc"]
    return {key: values.to_numpy() for key, values in groups}
