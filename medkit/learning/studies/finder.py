"""The small networks of ``35_photons_to_diagnosis``: one a task, for every setting of its knob.

    patients, scanned with all settings of the knob ─▶ `UNet` ─▶ its most suspicious pixel

Each is stored as ``datasets/finder_<task>.npz``, in half precision; `medkit.authoring.datasets`
makes them anew. `sweep.stored` holds their AUC on 400 patients. On 4,000 others (seeds 990100 and
990200, half each) that of the bleed has 0.713 (0.697–0.729), 0.895 (0.884–0.905) and 0.943
(0.934–0.950) at 0.1, 1 and 100 mAs; the halves lie 0.041, 0.011 and 0.017 apart. To blur the
logits, or to take the mean of the 25 greatest, changes these by −0.001 to 0.006: it gains at
0.1 mAs and gains nothing at 100.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from medkit.data import tasks
from medkit.data.sets import shipped
from medkit.learning.networks.cnn import as_images
from medkit.learning.networks.unet import QUICK, UNet

#: The seed of the patients to learn from, which no notebook uses for anybody it judges.
SEED = 35_000
#: Task → patients to learn from, every how manyth is scanned with each setting, and epochs.
LESSONS = {
    "ct_bleed": (2400, 1, 8),
    "mri_stroke": (1200, 3, 4),
    "mri_tumour": (1200, 3, 4),
    "us_breast": (1200, 3, 4),
    "oct_fluid": (1200, 3, 4),
    "pet_hotspot": (1200, 3, 4),
}
#: Twenty pictures that a person reads as well (`medkit.chapters.photons_to_diagnosis.reading`).
READING = {"task": "ct_bleed", "setting": 1.0, "n": 20, "rng": 3535}


class Finder(UNet):
    """A U-Net that says how suspicious an image is: the logit of its most suspicious pixel."""

    def decision_function(self, x) -> np.ndarray:
        """Return the greatest logit of each image, shape (n,): the mean of it and its mirror."""
        x = as_images(x)
        logits, mirrored = (
            self.model_.predict(view, batch_size=64, verbose=0) for view in (x, x[:, :, ::-1])
        )
        return ((logits + mirrored[:, :, ::-1]) / 2).max((1, 2, 3))


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


def make(task: str, folder) -> Path:
    """Train the network of a task and store it; return the file."""
    n, every, epochs = LESSONS[task]
    model = Finder(schedule=replace(QUICK, epochs=epochs, batch_size=32))
    model.fit(*lessons(task, n, every))
    return save(model, task, folder)


def save(model: Finder, task: str, folder) -> Path:
    """Store a network, and what it says of the reader study's pictures; return the file."""
    held = {f"w{k:02d}": w.astype(np.float16) for k, w in enumerate(model.model_.get_weights())}
    if task == READING["task"]:
        held["reading"] = model.decision_function(reading().images).astype(np.float32)
    return shipped.save(folder, f"finder_{task}", **held)


def load(task: str, size: int = 64) -> Finder:
    """Return the stored network of a task, for square images of `size` pixels."""
    held = shipped.arrays(f"finder_{task}")
    finder = Finder()
    finder.model_ = finder.build((size, size, 1))
    weights = [held[key].astype(np.float32) for key in sorted(held) if key.startswith("w")]
    finder.model_.set_weights(weights)
    return finder
