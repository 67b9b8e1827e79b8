"""The maps of the exercise show what was done to the slice, and the real X-rays are real."""

import os
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from medkit.chapters.autoencoder import exercises, maps
from medkit.data.sets import shipped
from medkit.learning.evaluation import auc


def test_each_map_bears_the_mark_of_its_change():
    found = dict(zip(maps.ORDER, maps.riddle(), strict=True))
    columns = found["moved"].shape[1]
    # Moved to the right: too dark on the left rim, too bright on the right one.
    left, right = found["moved"][:, : columns // 2], found["moved"][:, columns // 2 :]
    assert left.min() < -0.3 < 0.3 < right.max()
    assert left[left < -0.3].size > 3 * left[left > 0.3].size
    # The lesion: the brightest patch is where it was put.
    smooth = ndimage.uniform_filter(found["lesion"], 3)
    assert np.hypot(*(np.array(np.unravel_index(smooth.argmax(), smooth.shape)) - (24, 17))) < 2
    # Noise is outside the head as well.
    outside = {name: map_[:3].std() for name, map_ in found.items()}
    assert outside["noisier"] > 0.05 > max(v for k, v in outside.items() if k != "noisier")


def test_the_shipped_xrays_are_those_of_the_published_file():
    parts = shipped.arrays("autoencoder_xrays")
    assert {name: images.shape for name, images in parts.items()} == {
        "healthy": (300, 28, 28),
        "choice": (120, 28, 28),
        "test": (240, 28, 28),
    }
    folder = os.environ.get("MEDKIT_TEST_DATA")
    if not folder:
        pytest.skip("MEDKIT_TEST_DATA names no folder")
    with np.load(Path(folder) / "medmnist/pneumoniamnist_merged.npz") as file:
        for name, part, ill in (
            ("healthy", "train", [0] * 300),
            ("choice", "val", [0] * 60 + [1] * 60),
            ("test", "test", [0] * 120 + [1] * 120),
        ):
            label = dict(
                zip(map(bytes, file[f"{part}_images"]), file[f"{part}_labels"][:, 0], strict=True)
            )
            assert [label[image.tobytes()] for image in parts[name]] == ill


@pytest.mark.thorough
def test_a_detector_that_learns_is_judged_on_others():
    """The reference reaches its goal with room; what the hints warn of does not."""
    task = exercises.TUMOURS
    x, y, new, truth = task.patients()
    assert len(x) == 160
    assert y.sum() == 40
    assert not {a.tobytes() for a in x} & {a.tobytes() for a in new}
    assert auc(truth, task.reference(x, y, new)).value > task.goal + 0.05
    assert max(auc(truth, s.answer(x, y, new)).value for s in task.slips) < task.goal - 0.05
