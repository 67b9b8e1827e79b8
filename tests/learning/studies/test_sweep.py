"""The sweep: intervals that pool rightly, an observer that learns, a stored table that agrees."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from medkit.data import tasks
from medkit.learning.classical.observer import Observer, channels
from medkit.learning.evaluation import auc
from medkit.learning.evaluation.intervals import Interval
from medkit.learning.studies import sweep


def spots(n, height, rng):
    """Return noise pictures, every second one with a faint spot at a random place."""
    rng = np.random.default_rng(rng)
    labels = np.arange(n) % 2
    images = rng.normal(0.5, 0.05, (n, 32, 32, 1)).astype(np.float32)
    at = np.arange(32)
    for image, label, (r, c) in zip(images, labels, rng.integers(6, 26, (n, 2)), strict=True):
        spot = np.exp(-((at[:, None] - r) ** 2 + (at - c) ** 2) / 8)
        image[..., 0] += label * height * spot
    return images, labels


def test_the_observer_finds_what_is_there_and_nothing_else():
    areas = []
    for height in (0.0, 0.08, 0.3):
        x, y = spots(200, height, 0)
        unseen, truth = spots(200, height, 1)
        areas.append(auc(truth, Observer().fit(x, y).decision_function(unseen)).value)
    assert areas[0] == pytest.approx(0.5, abs=0.1)
    assert areas[0] < areas[1] < areas[2]
    assert areas[2] > 0.95


def test_the_observer_is_a_classifier():
    from sklearn.model_selection import cross_val_predict

    x, y = spots(60, 0.3, 2)
    odds = cross_val_predict(Observer(), x, y, cv=3, method="decision_function")
    assert auc(y, odds).value > 0.8
    with pytest.raises(ValueError, match="two classes"):
        Observer().fit(x, np.zeros(60))


def test_channels_see_no_flat_light():
    assert np.abs(channels(np.full((1, 16, 16, 1), 0.7))).max() < 1e-6


def test_pooling_two_equal_sets_narrows_the_interval_by_the_root_of_two():
    one = Interval(0.8, 0.7, 0.873)
    both = sweep.pool([one, one])
    assert both.value == pytest.approx(0.8, abs=1e-6)

    def width(interval):
        return np.diff(np.log([v / (1 - v) for v in (interval.low, interval.high)]))[0]

    assert width(both) == pytest.approx(width(one) / np.sqrt(2), rel=0.01)


def test_a_sweep_judges_everybody_once_and_ranks_the_doses():
    rows = sweep.sweep("ct_bleed", [0.01, 100.0], n=240, seeds=(0,), size=32)
    bad, good = (SimpleNamespace(**row) for row in rows)
    assert (bad.test, bad.seeds, good.value) == (240, 1, 100.0)
    assert good.low < good.auc < good.high
    assert good.auc == good.shifted
    assert bad.auc < good.auc


def test_the_stored_table_is_written_and_read_alike(tmp_path, monkeypatch):
    points = sweep.stored()
    rows = {task: [vars(point) for point in sweep.stored(task)] for task in sweep.SHIPPED}
    monkeypatch.setattr(sweep, "sweep", rows.get)
    monkeypatch.setattr(sweep, "complete", list)
    shipped = sweep.kit.root() / "datasets" / "photons_to_diagnosis.csv"
    assert sweep.make(tmp_path).read_text() == shipped.read_text()
    assert {point.task for point in points} == set(sweep.SHIPPED)
    for point in points:
        assert 0.4 < point.low < point.auc < point.high <= 1
        assert point.setting == tasks.TASKS[point.task].knob.setting


@pytest.mark.parametrize("name", sweep.SHIPPED)
def test_better_acquisitions_are_worth_something(name):
    points = sweep.stored(name)
    best = max(points, key=lambda point: point.auc)
    # Large faint tumours survive in the few middle lines of k-space: there the gain is small.
    assert best.auc - points[0].auc > (0.04 if name == "mri_tumour" else 0.08)


def test_ultrasound_has_a_best_frequency():
    points = sorted(sweep.stored("us_breast"), key=lambda point: point.value)
    best = max(points, key=lambda point: point.auc)
    assert points[0].value < best.value < points[-1].value


def test_what_a_move_to_a_smaller_magnet_costs_is_noise_and_not_contrast():
    gap = max(sweep.stored("mri_stroke"), key=lambda point: point.auc - point.shifted)
    assert gap.auc - gap.shifted > 0.1
    usual = tasks.TASKS["mri_stroke"].protocol
    changes = {"usual": {}, "contrast": {"field_t": 0.1, "noise": 1 / 30}, "noise": {"noise": 30}}
    heads = tasks.patients("mri_stroke", 160, rng=0)
    seen = {k: tasks.scan("mri_stroke", heads, replace(usual, **c)) for k, c in changes.items()}
    learn, truth = slice(0, 80), seen["usual"].labels[80:]
    eye = Observer().fit(seen["usual"].images[learn], seen["usual"].labels[learn])
    area = {k: auc(truth, eye.decision_function(d.images[80:])).value for k, d in seen.items()}
    assert area["contrast"] == pytest.approx(area["usual"], abs=0.04)
    assert area["noise"] < area["usual"] - 0.1
