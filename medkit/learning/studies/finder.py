"""The small networks of ``35_photons_to_diagnosis``: one a task, for every setting of its knob.

    patients, scanned with all settings of the knob ─▶ `UNet` ─▶ its most suspicious pixel

Each is stored as ``datasets/finder_<task>.npz``, in half precision; `medkit.authoring.datasets`
makes them anew. `sweep.stored` holds their AUC on 400 patients.

That of the bleed was trained on one GPU (Keras on JAX), in 137 s beside two others. On 3,000
patients for validation (seeds [35001, k]) it had 0.758, 0.907 and 0.967 at 0.1, 1 and 100 mAs and
was chosen for the greatest sum; without `Finder.surest` 0.759, 0.906 and 0.957; with it and 16
filters 0.753, 0.906 and 0.965. Then, on 6,000 others (125 each of the seeds 991001 to 991048), it
had 0.736 (0.724–0.749), 0.909 (0.900–0.916) and 0.970 (0.965–0.974). Those without `surest` gain
0.00 (−0.01 to 0.00, p = 0.40), 0.00 (p = 0.10) and 0.01 (0.00–0.01, p < 0.001) by it. Of 2,400
patients and eight filters came 0.713, 0.895 and 0.943, on 4,000 (seeds 990100 and 990200).
"""

from dataclasses import KW_ONLY, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed

from medkit.data import tasks
from medkit.data.sets import shipped
from medkit.learning.backend import keras
from medkit.learning.networks.cnn import as_images
from medkit.learning.networks.unet import QUICK, UNet, overlap_loss

ops = keras.ops

#: The seed of the patients to learn from, which no notebook uses for anybody it judges.
SEED = 35_000


@dataclass(frozen=True)
class Lesson:
    """What the network of a task learned from, and how.

    Parameters
    ----------
    patients : int
    every : int
        Every how manyth is scanned with each setting.
    epochs, batch_size : int
    width : int
        Of the U-Net.
    surest : float
        Weight of the most suspicious pixel in the loss; see `Finder`.
    blocks : int
        In how many parts the patients are drawn, each with a seed of its own, on all cores.
    """

    patients: int = 1200
    every: int = 3
    epochs: int = 4
    batch_size: int = 32
    width: int = 8
    surest: float = 0.0
    blocks: int = 1


#: Task → its lesson.
LESSONS = {
    "ct_bleed": Lesson(30_000, 1, 5, 128, 12, 1.0, 240),
    "mri_stroke": Lesson(),
    "mri_tumour": Lesson(),
    "us_breast": Lesson(),
    "oct_fluid": Lesson(),
    "pet_hotspot": Lesson(),
}
#: Twenty pictures that a person reads as well (`medkit.chapters.photons_to_diagnosis.reading`).
READING = {"task": "ct_bleed", "setting": 1.0, "n": 20, "rng": 3535}


@dataclass(eq=False, repr=False)
class Finder(UNet):
    """A U-Net that says how suspicious an image is: the logit of its most suspicious pixel.

    Parameters
    ----------
    surest : float
        How much the cross-entropy of that logit, against whether there is a lesion at all, counts
        in the loss beside that of all pixels. Who is judged by one pixel may learn by it, too.
    """

    _: KW_ONLY
    surest: float = 0.0

    def make(self, x, y):
        """Return the network for these images, and its loss."""
        network, marked = super().make(x, y)
        return network, partial(finding_loss, surest=self.surest) if self.surest else marked

    def decision_function(self, x) -> np.ndarray:
        """Return the greatest logit of each image, shape (n,): the mean of it and its mirror."""
        x = as_images(x)
        logits, mirrored = (
            self.model_.predict(view, batch_size=64, verbose=0) for view in (x, x[:, :, ::-1])
        )
        return ((logits + mirrored[:, :, ::-1]) / 2).max((1, 2, 3))


def finding_loss(truth, logits, surest: float):
    """Return `overlap_loss`, plus `surest` times the cross-entropy of the greatest logit."""
    greatest, ill = (ops.max(x, (1, 2, 3))[:, None] for x in (logits, truth))
    one = keras.losses.binary_crossentropy(ill, greatest, from_logits=True)
    return overlap_loss(truth, logits) + surest * one


def lessons(task: str, n: int, every: int = 1, rng: int = SEED):
    """Return images, shape (n × settings / every, rows, columns, 1), and masks of the lesions.

    Neighbouring patients are scanned with different settings, if not everybody is with all.
    Where everybody has a lesion (`us_breast`), the mask marks the malignant ones alone. Every
    other picture is mirrored, so that a lesion has no preferred side.
    """
    cases, images, masks = tasks.patients(task, n, rng=rng), [], []
    for k, value in enumerate(tasks.TASKS[task].knob.values):
        seen = tasks.scan(task, cases[k % every :: every], tasks.with_knob(task, value))
        images.append(seen.images)
        masks.append(seen.masks & (seen.labels == 1)[:, None, None])
    images, masks = np.concatenate(images), np.concatenate(masks)
    images[::2], masks[::2] = images[::2, :, ::-1].copy(), masks[::2, :, ::-1].copy()
    return images, masks


def reading():
    """Return the pictures of the reader study as a `Dataset`: half have a bleed, in any order."""
    task, n, rng = (READING[key] for key in ("task", "n", "rng"))
    ill = np.random.default_rng(rng).permutation(n) < n // 2
    protocol = tasks.with_knob(task, READING["setting"])
    return tasks.scan(task, tasks.patients(task, n, rng=rng, ill=ill), protocol)


def blocks(task: str, n: int, every: int, count: int, jobs: int = -1):
    """Return `lessons` of n patients, drawn and scanned in parts on all cores.

    One part has the seed `SEED`; of several each has its own, so that a part can be made alone.
    """
    if count == 1:
        return lessons(task, n, every)
    parts = Parallel(jobs)(
        delayed(lessons)(task, n // count, every, np.random.default_rng([SEED, k]))
        for k in range(count)
    )
    return tuple(np.concatenate(part) for part in zip(*parts, strict=True))


def untaught(lesson: Lesson) -> Finder:
    """Return the network of a lesson, not trained."""
    schedule = replace(QUICK, epochs=lesson.epochs, batch_size=lesson.batch_size)
    return Finder(lesson.width, surest=lesson.surest, schedule=schedule)


def make(task: str, folder) -> Path:
    """Train the network of a task and store it; return the file."""
    lesson = LESSONS[task]
    images, masks = blocks(task, lesson.patients, lesson.every, lesson.blocks)
    return save(untaught(lesson).fit(images, masks), task, folder)


def save(model: Finder, task: str, folder) -> Path:
    """Store a network, and what it says of the reader study's pictures; return the file."""
    held = {f"w{k:02d}": w.astype(np.float16) for k, w in enumerate(model.model_.get_weights())}
    if task == READING["task"]:
        held["reading"] = model.decision_function(reading().images).astype(np.float32)
    return shipped.save(folder, f"finder_{task}", **held)


def load(task: str, size: int = 64) -> Finder:
    """Return the stored network of a task, for square images of `size` pixels."""
    held = shipped.arrays(f"finder_{task}")
    finder = Finder(held["w00"].shape[-1])
    finder.model_ = finder.build((size, size, 1))
    weights = [held[key].astype(np.float32) for key in sorted(held) if key.startswith("w")]
    finder.model_.set_weights(weights)
    return finder
