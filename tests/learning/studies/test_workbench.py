"""The workbench: cells run once, algorithms that learn, a cluster that may lose a worker."""

import json
import os
import signal
import threading
import time
from dataclasses import replace

import joblib
import numpy as np
import pytest

from medkit.data import tasks
from medkit.learning.evaluation import auc
from medkit.learning.studies import workbench
from medkit.learning.studies.workbench import ALGORITHMS, Cell

pytestmark = pytest.mark.thorough


def spots(n, height, rng):
    """Return noise pictures, every second one with a spot at a random place."""
    rng = np.random.default_rng(rng)
    labels, at = np.arange(n) % 2, np.arange(32)
    images = rng.normal(0.5, 0.05, (n, 32, 32, 1)).astype(np.float32)
    for image, label, (r, c) in zip(images, labels, rng.integers(6, 26, (n, 2)), strict=True):
        image[..., 0] += label * height * np.exp(-((at[:, None] - r) ** 2 + (at - c) ** 2) / 12)
    return images, labels


@pytest.mark.parametrize("name", ALGORITHMS)
def test_each_algorithm_learns_and_keeps_its_own_network(name):
    x, y = spots(160, 0.35, 0)
    unseen, truth = spots(120, 0.35, 1)
    told = []
    model = ALGORITHMS[name]().fit(x, y, progress=lambda *a: told.append(a))
    scores = model.decision_function(unseen)
    assert auc(truth, scores).low > 0.55
    assert model.n_weights_ > 0
    assert [t[0] for t in told] == ([] if name == "SVM" else list(range(1, 9)))
    ALGORITHMS[name](epochs=1, seed=1).fit(x[:80], 1 - y[:80])  # shares the network that is trained
    np.testing.assert_allclose(model.decision_function(unseen), scores, rtol=1e-4, atol=1e-4)
    with pytest.raises(ValueError, match="two classes"):
        model.fit(x, 0 * y)


def test_labels_that_were_dealt_anew_teach_nothing_on_average():
    # One shuffle may by luck point the right way, or the wrong way: the mean of many cannot.
    cell = Cell("oct_fluid", "SVM")
    (x, _, _), (held_out, truth, _) = workbench.parts(cell)
    dealt = [np.random.default_rng(seed).permutation(np.arange(160) % 2) for seed in range(14)]
    models = [ALGORITHMS["SVM"]().fit(x, wrong) for wrong in dealt]
    areas = [auc(truth, model.decision_function(held_out)).value for model in models]
    assert np.mean(areas) == pytest.approx(0.5, abs=0.12)
    assert workbench.run(cell)["auc"] > max(areas)
    again = workbench.run(replace(cell, shuffled=True))
    assert again["auc"] == pytest.approx(areas[0], abs=1e-3)
    assert again["truth"] == truth.tolist()


def test_a_file_is_named_by_all_that_matters(monkeypatch):
    cell = Cell("ct_bleed", "SVM")
    others = [
        replace(cell, **change)
        for change in (
            {"task": "us_breast"},
            {"algorithm": "CNN"},
            {"value": 1.0},
            {"n": 80},
            {"seed": 1},
            {"epochs": 3},
            {"shuffled": True},
        )
    ]
    names = {one.file for one in (cell, *others)}
    assert len(names) == 8
    assert Cell("ct_bleed", "SVM").file in names
    monkeypatch.setattr(workbench, "code_version", lambda: "another simulator")
    assert cell.file not in names
    with pytest.raises(ValueError, match="no 'forest'; there are: SVM"):
        Cell("ct_bleed", "forest")


def test_the_held_out_patients_are_others_and_always_the_same():
    few, many = Cell("oct_fluid", "SVM", n=20), Cell("oct_fluid", "GAN", n=30, epochs=3)
    (x, _, _), (held, truth, masks) = workbench.parts(few)
    more, (again, _, _) = workbench.parts(many)
    np.testing.assert_array_equal(held, again)
    np.testing.assert_array_equal(x, more[0][:20])
    assert not (x[:, None] == held[:20]).all((2, 3, 4)).any()
    assert (masks.any((1, 2)) == truth).mean() > 0.95


def test_what_has_a_file_is_not_run_again(tmp_path, monkeypatch):
    cells = [Cell("oct_fluid", "SVM", n=24, seed=seed) for seed in (0, 1, 0)]
    rows = workbench.sweep(cells, tmp_path, n_jobs=1)
    assert [row["seed"] for row in rows] == [0, 1, 0]
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted({cell.file for cell in cells})
    monkeypatch.setattr(workbench, "fitted", None)
    assert workbench.sweep(cells, tmp_path, n_jobs=1) == rows
    assert rows[0]["auc"] == pytest.approx(auc(rows[0]["truth"], rows[0]["scores"]).value, abs=1e-3)


def test_a_run_that_dies_leaves_no_half_file(tmp_path, monkeypatch):
    def torn(*_):
        raise KeyboardInterrupt

    cell = Cell("oct_fluid", "SVM", n=24)
    monkeypatch.setattr(workbench.os, "replace", torn)
    with pytest.raises(KeyboardInterrupt):
        workbench.run(cell, tmp_path)
    assert not (tmp_path / cell.file).exists()


@pytest.mark.skipif(os.name == "nt", reason="kills a process as only Unix does")
def test_a_cluster_that_loses_a_worker_loses_nothing(tmp_path):
    distributed = pytest.importorskip("distributed")
    cells = [Cell("oct_fluid", "SVM", n=16 + k) for k in range(12)]
    killed = {}

    def assassin(pids):
        while len(list(tmp_path.glob("*.json"))) < 3:
            time.sleep(0.02)
        killed["kept"] = {p.name: p.stat().st_mtime_ns for p in tmp_path.glob("*.json")}
        os.kill(pids[0], signal.SIGKILL)

    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        pids = sorted(client.run(os.getpid).values())
        killer = threading.Thread(target=assassin, args=(pids,))
        killer.start()
        with joblib.parallel_config(backend="dask"):
            rows = workbench.sweep(cells, tmp_path)
        killer.join()
        assert pids[0] not in client.run(os.getpid).values()
    assert [row["n"] for row in rows] == [cell.n for cell in cells]
    files = {p.name: p.stat().st_mtime_ns for p in tmp_path.glob("*.json")}
    assert set(files) == {cell.file for cell in cells}
    assert killed["kept"].items() <= files.items()
    assert 3 <= len(killed["kept"]) < len(cells)
    assert json.loads((tmp_path / cells[0].file).read_text()) == rows[0]


class TestTheStoredTable:
    def test_it_is_of_the_cells_that_it_says(self):
        table = workbench.stored()
        real = table[~table.shuffled]
        assert len(table) == 100
        assert set(zip(real.task, real.algorithm, strict=True)) == {
            (task, name) for task in workbench.LESIONS for name in ALGORITHMS
        }
        assert (real.low < real.auc).all() and (real.auc < real.high).all()  # noqa: PT018
        assert set(real.task) <= set(tasks.TASKS)

    def test_a_row_is_made_again(self):
        row = workbench.stored().iloc[0]
        again = workbench.run(Cell(row.task, row.algorithm, n=int(row.n), seed=int(row.seed)))
        assert again["auc"] == pytest.approx(row.auc, abs=0.02)

    def test_dealt_labels_stay_about_one_half_and_true_ones_are_ahead(self):
        table = workbench.stored()
        of = ["task", "algorithm", "seed"]
        true, dealt = (table[table.shuffled == k].set_index(of).auc for k in (False, True))
        assert dealt.mean() == pytest.approx(0.5, abs=0.12)  # five shuffles, one a task
        assert (true[dealt.index] > dealt).mean() > 0.9
        assert true.groupby("algorithm").mean().min() > 0.65
