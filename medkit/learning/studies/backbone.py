"""A network that has looked through every scanner of the kit, to start from where labels are few.

One residual network of 79,000 weights learned ten questions from the archives of all eight
simulated tasks, 64 × 64 pixels: of seven, whether the patient is ill; of breast masses, what any
report says of them: is it large, taller than wide, lobed? It was **never told which masses are
malignant**. That question is left for those who start from it. An archive has reports by the
thousand and biopsies by the dozen.

Measured on 400 other masses: large 0.98, taller than wide 0.79, lobed 0.70 (AUC of its own
questions). As scores of malignancy, with no biopsy at all, "taller than wide" has 0.83 and "lobed"
0.81; a straight line on the 64 features has 0.78 after 20 biopsies, 0.82 after 60 and 0.85 after
240 (``datasets/cnn_study.csv``). 280 CPU seconds to make; the weights are stored as float16.
"""

from pathlib import Path

import numpy as np
from skimage import measure

from medkit.data import tasks
from medkit.data.sets import kept, shipped

#: Patients of an archive, of the breast's, and the seed of the first; nobody else uses these.
PATIENTS, BREASTS, SEED = 600, 1200, 31_000
#: What a mass is called: area in pixels, height over width, area over that of its convex hull,
#: each with the median of 400 masks.
WORDS = {"large": 213.0, "taller than wide": 0.857, "lobed": 0.935}
#: The questions, in the order of the logits.
QUESTIONS = (*(name for name in tasks.TASKS if name != "us_breast"), *WORDS)


def described(masks) -> np.ndarray:
    """Return what a report says of each mass, shape (n, 3) of 0 and 1, in the order of `WORDS`."""
    found = [measure.regionprops(mask.astype(int))[0] for mask in masks]
    boxes = [one.bbox for one in found]
    shape = [
        (one.area, (b[2] - b[0]) / (b[3] - b[1]), one.solidity)
        for one, b in zip(found, boxes, strict=True)
    ]
    above = np.array(shape) >= list(WORDS.values())
    return np.column_stack([above[:, 0], above[:, 1], ~above[:, 2]]).astype(np.float32)


def archive(name: str, n: int, rng) -> tuple[np.ndarray, np.ndarray]:
    """Return pictures (n, 64, 64, 1) of a task and answers (n, 10): 0, 1, or −1 if not asked."""
    data = tasks.simulate(name, n, rng=rng)
    answers = np.full((n, len(QUESTIONS)), -1, np.float32)
    if name == "us_breast":
        answers[:, -len(WORDS) :] = described(data.masks)
    else:
        answers[:, QUESTIONS.index(name)] = data.labels
    return data.images.mean(-1, keepdims=True), answers


def network():
    """Return the network, untrained: a `keras.Model` for 64 × 64 × 1 pixels with ten logits."""
    from medkit.learning.networks.cnn import ResidualCNN

    return ResidualCNN(16).build((64, 64, 1), len(QUESTIONS))


def load():
    """Return the trained `keras.Model`: 64 × 64 × 1 pixels from 0 to 1 → a logit a question.

    The layer before the last, ``model.layers[-2]``, has 64 features.
    """
    model = network()
    model.set_weights(kept.load("cnn_backbone"))
    return model


def asked_only(truth, logits):
    """Return the cross-entropy of the questions that were asked of each picture."""
    from medkit.learning.backend import keras

    ops = keras.ops
    asked = ops.cast(truth >= 0, logits.dtype)
    each = ops.softplus(logits) - truth * logits
    return ops.sum(asked * each, axis=-1) / ops.sum(asked, axis=-1)


def make(folder) -> Path:
    """Simulate an archive of every task, learn from all, store the weights; return the file."""
    from medkit.learning.backend import seeded
    from medkit.learning.networks.augment import Augmented
    from medkit.learning.networks.cnn import USUAL
    from medkit.learning.networks.training import Schedule, train

    sizes = {name: BREASTS if name == "us_breast" else PATIENTS for name in tasks.TASKS}
    parts = [archive(name, n, SEED + k) for k, (name, n) in enumerate(sizes.items())]
    batches = Augmented(*map(np.concatenate, zip(*parts, strict=True)), USUAL, seed=SEED)
    schedule = Schedule(epochs=18, learning_rate=4e-3, weight_decay=1e-2, warmup_epochs=1)
    with seeded(31):
        model = network()
        train(model, batches, None, schedule=schedule, loss=asked_only)
    weights = {f"w{k}": w.astype(np.float16) for k, w in enumerate(model.get_weights())}
    return shipped.save(folder, "cnn_backbone", **weights)
