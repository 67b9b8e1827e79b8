"""The stored networks: small, and still those of today's simulators."""

import numpy as np
import pytest

from medkit import kit
from medkit.data import tasks
from medkit.data.sets import shipped
from medkit.learning.evaluation import auc
from medkit.learning.networks.training import Schedule
from medkit.learning.networks.unet import overlap_loss
from medkit.learning.studies import finder, sweep

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize("task", finder.LESSONS)
def test_it_reads_todays_patients_as_well_as_the_table_says(task):
    network, knob = finder.load(task), tasks.TASKS[task].knob
    cases = tasks.patients(task, 150, rng=sweep.SEEDS[1])
    best = max(sweep.stored(task), key=lambda point: point.network)
    assert best.value in knob.values
    data = tasks.scan(task, cases, tasks.with_knob(task, best.value))
    found = auc(data.labels, network.decision_function(data.images))
    assert found.low < best.network < found.high + 0.02


@pytest.mark.parametrize("task", finder.LESSONS)
def test_the_file_is_small_and_in_half_precision(task):
    assert (kit.root() / "datasets" / f"finder_{task}.npz").stat().st_size < 100_000
    held = shipped.arrays(f"finder_{task}")
    assert {a.dtype for key, a in held.items() if key.startswith("w")} == {np.dtype("float16")}


def test_what_it_says_of_the_readers_pictures_is_stored_with_it():
    data = finder.reading()
    assert (len(data), data.labels.sum()) == (20, 10)
    now = finder.load("ct_bleed").decision_function(data.images)
    held = shipped.arrays("finder_ct_bleed")["reading"]
    assert np.abs(now - held).max() < 0.1 * np.ptp(held)


def test_lessons_mirror_every_other_picture_and_mark_the_malignant_alone():
    images, masks = finder.lessons("us_breast", 4, every=2, rng=0)
    settings = len(tasks.TASKS["us_breast"].knob.values)
    assert len(images) == len(masks) == 2 * settings
    cases = tasks.patients("us_breast", 4, rng=0)[::2]
    first = tasks.scan("us_breast", cases, tasks.with_knob("us_breast", 2.0))
    assert np.array_equal(images[0], first.images[0][:, ::-1])
    assert np.array_equal(images[1], first.images[1])
    marked = masks[:2].any((1, 2))
    assert np.array_equal(marked, first.labels == 1)


@pytest.mark.usefixtures("eagerly")
def test_a_finder_is_fitted_and_scores_as_any_classifier():
    data = tasks.simulate("pet_hotspot", 48, rng=1, size=32)
    once = Schedule(epochs=1, batch_size=16)
    model = finder.Finder(4, schedule=once).fit(data.images, data.masks)
    assert model.decision_function(data.images).shape == (48,)


@pytest.mark.usefixtures("eagerly")
def test_who_pays_for_its_surest_pixel_learns_from_it():
    """Two pictures, nothing and a lesion: the greatest logit alone decides the extra term."""
    truth = np.zeros((2, 4, 4, 1), np.float32)
    truth[1, 1:3, 1:3] = 1
    logits = np.full_like(truth, -3)
    logits[0, 0, 0] = 2.0  # a false alarm
    logits[1, 1, 1] = 1.0
    plain, paying = (
        np.array(loss(truth, logits))
        for loss in (overlap_loss, lambda *both: finder.finding_loss(*both, surest=2.0))
    )
    assert np.allclose(paying - plain, 2 * np.log1p(np.exp([2.0, -1.0])), atol=1e-5)


def test_blocks_are_made_alone_or_together(monkeypatch):
    monkeypatch.setattr(finder, "SEED", 5)
    images, masks = finder.blocks("pet_hotspot", 6, 3, 2, jobs=1)
    alone, _ = finder.lessons("pet_hotspot", 3, 3, np.random.default_rng([5, 1]))
    assert len(images) == len(masks) == 2 * len(alone)
    assert np.array_equal(images[len(alone) :], alone)
    assert not np.array_equal(images[: len(alone)], alone)
