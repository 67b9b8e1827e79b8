"""The explorers and the bench of ``90_workbench``, and what its exercises ask of real files."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file

from medkit.chapters.workbench import bench, exercises, explorers
from medkit.learning.studies import workbench
from medkit.learning.studies.workbench import ALGORITHMS, Cell


class TestCells:
    def test_the_table_says_what_is_shipped(self):
        table, bars = explorers.cells.picture(task="oct_fluid").panels
        rows = workbench.stored().query("task == 'oct_fluid' and not shuffled")
        row = next(row for row in table.rows if row[0] == "OPT")
        for name, word in zip(ALGORITHMS, row[1:], strict=True):
            assert float(word) == pytest.approx(rows[rows.algorithm == name].auc.mean(), abs=0.006)
        assert list(bars.values) == ["draw 0", "draw 1", "draw 2"]

    def test_shuffled_labels_have_one_draw_about_one_half(self):
        bars = explorers.cells.picture(show="AUC, labels shuffled").panels[1]
        assert list(bars.values) == ["draw 0"]
        assert np.mean(bars.values["draw 0"]) == pytest.approx(0.5, abs=0.1)


class TestPlan:
    def test_workers_share_and_deaths_cost(self):
        assert explorers.hours(1000, 3.6, 1) == pytest.approx(1.0)
        assert explorers.hours(1000, 3.6, 10) == pytest.approx(0.1)
        assert explorers.hours(1000, 3.6, 10, lost=0.5) == pytest.approx(0.15)
        assert explorers.hours(25, 3600, 64) == 1  # more workers than cells: one cell is one cell

    def test_only_patients_make_it_surer(self):
        few, many = (explorers.plan.picture(held_out=n).caption for n in (160, 640))
        assert float(few.rpartition("± ")[2]) == pytest.approx(0.07, abs=0.01)
        assert float(many.rpartition("± ")[2]) == pytest.approx(0.035, abs=0.006)
        wide = explorers.plan.picture(workers=256).caption
        assert wide.rpartition("±")[2] == few.rpartition("±")[2]


class TestBench:
    def test_it_trains_what_it_shows(self):
        made = bench.Workbench("oct_fluid", "SVM", n=40)
        assert made.row is None
        made.button.click()
        assert made.row["auc"] == workbench.run(Cell("oct_fluid", "SVM", n=40))["auc"]
        assert f"{made.row['auc']:.2f}" in made.words.value
        assert "<img alt=" in made.picture.value
        assert not made.button.disabled
        counts = [int(t.get_text()) for t in made.figure.axes[2].texts]
        truth, scores = (np.array(made.row[key]) for key in ("truth", "scores"))
        assert counts[3] == ((truth == 1) & (scores > 0)).sum()
        assert sum(counts) == workbench.HELD_OUT

    def test_the_settings_are_those_of_the_task(self):
        made = bench.Workbench("ct_bleed", "SVM")
        made.value.value = 0.1
        assert made.cell() == Cell("ct_bleed", "SVM", 0.1)
        made.task.value = "oct_fluid"
        assert made.cell() == Cell("oct_fluid", "SVM")
        assert "Bandwidth" in made.value.options[1][0]

    def test_the_worst_are_the_ill_with_low_and_the_healthy_with_high_scores(self):
        assert bench.worst([0, 1, 0, 1, 1, 0], [9, 1, 2, 0, 8, 3]) == [3, 1, 0, 5]


@pytest.mark.filterwarnings("ignore::UserWarning")  # some of the files are odd on purpose
def test_the_real_files_are_of_as_many_people_as_the_exercise_says():
    people, folder = set(), Path(get_testdata_file("CT_small.dcm", download=False)).parent
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "MR_truncated.dcm":
            try:
                header = pydicom.dcmread(path, stop_before_pixels=True)
            except pydicom.errors.InvalidDicomError:
                continue
            if header.get("Modality") in ("CT", "MR") and header.get("Rows"):
                people.add(header.PatientID)
    assert len(people) == exercises.PATIENTS.truth


def test_holm_is_between_each_by_itself_and_bonferroni():
    p = np.random.default_rng(1).uniform(size=200) ** 6
    kept = exercises.holm(p, 0.05).sum()
    assert (p < 0.05 / 200).sum() <= kept < (p < 0.05).sum()
