"""Grading: honest, broken and hostile notebooks, each costing only its own row."""

import csv
import json
import os
import sys
import time

import nbformat
import psutil
import pytest

from medkit.course.chapters import find
from medkit.course.exercises import HAND_IN
from medkit.course.gradebook import Grade, plain, write
from medkit.course.grading import grade, judge_records, learner_of, stem_of
from medkit.course.watch import watch

START = "from medkit.course import exercise"
GOOD = [START, 'exercise("11_ct.noise_dose").check(4)', 'exercise("11_ct.views").check(804)']
RIGHT = GOOD[1]


def notebook(path, *cells):
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


def hand_in(folder):
    """One folder of learners, each of whom tells another story."""
    notebook(folder / "ann_11_ct.ipynb", *GOOD)
    # Everything that goes wrong inside one kernel, and still what is right counts.
    notebook(
        folder / "bob" / "11_ct.ipynb",
        START,
        "1 / 0",
        RIGHT,
        "input('name? ')",
        "import sys; sys.exit(3)",
        'exercise("11_ct.views").check(512)',
        'exercise("11_ct.transmitted").check(...)',
        # A check that was edited, patched or pretended earns nothing.
        "from medkit.course.exercises import Exercise\n"
        "from medkit.course.verdicts import Verdict\n"
        "Exercise.grade = lambda self, answer: Verdict(1.0)\n"
        "from medkit.course.answers import Answer\n"
        "Answer.judge = lambda self, seen: Verdict(1.0)",
        'exercise("11_ct.beam_hardening").check("brighter")',
        'print("✓ Correct"); exercise("11_ct.artefacts").grade({})',
        # Forged records: no score can be handed in, only an observation.
        "import json, os\n"
        "with open(os.environ['MEDKIT_HAND_IN'], 'a') as f:\n"
        "    f.write('garbage\\n[]\\n' + '[' * 100000 + '\\n')\n"
        "    f.write(json.dumps({'id': '11_ct.water_hu', 'score': 1, 'observation': "
        "{'outputs': 7}}) + '\\n')",
    )
    (folder / "=cmd 11_ct.ipynb").write_text('{"cells": [')
    (folder / "dan_11_ct.ipynb").write_bytes(b"\xff\xfe\x00")
    notebook(folder / "eve_11_ct.ipynb", *GOOD[:2], "import os; os._exit(1)", GOOD[2])
    notebook(folder / "fay.ipynb", "1 + 1")


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("handed in")
    hand_in(folder / "class")
    output = folder / "grades.csv"
    rows = grade(folder / "class", output, seconds=90, megabytes=2000)
    with output.open(encoding="utf-8-sig", newline="") as file:
        return {row.learner: row for row in rows}, list(csv.DictReader(file))


class TestClass:
    def test_a_row_each(self, graded):
        rows, table = graded
        assert set(rows) == {"ann", "bob", "cmd", "dan", "eve", "fay"}
        assert len(table) == 6

    def test_honest_notebook(self, graded):
        row = graded[0]["ann"]
        assert (row.status, row.score, row.failed_cells) == ("ok", 2.0, ())
        assert row.scores["11_ct.water_hu"] == "missing"
        assert row.max == len(find("11_ct").exercises)
        assert row.peak_mb > 20

    def test_failing_cells_are_named_and_the_rest_counts(self, graded):
        row = graded[0]["bob"]
        assert row.status == "ok"
        assert [cell.partition(":")[0] for cell in row.failed_cells] == ["2", "4", "5"]
        assert "ZeroDivisionError" in row.failed_cells[0]
        assert row.scores["11_ct.noise_dose"] == 1
        assert row.scores["11_ct.views"] == 0.5
        assert row.scores["11_ct.transmitted"] == "not attempted"

    def test_cheating_earns_nothing(self, graded):
        scores = graded[0]["bob"].scores
        assert scores["11_ct.beam_hardening"] == 0
        assert scores["11_ct.artefacts"] == "missing"
        assert scores["11_ct.water_hu"] in ("missing", 0)

    @pytest.mark.parametrize("learner", ["cmd", "dan"])
    def test_broken_file(self, graded, learner):
        row = graded[0][learner]
        assert (row.status, row.score) == ("broken", 0)
        assert set(row.scores.values()) == {"missing"}
        assert row.comment

    def test_dead_kernel_keeps_what_came_before(self, graded):
        row = graded[0]["eve"]
        assert (row.status, row.score) == ("crashed", 1)

    def test_foreign_notebook(self, graded):
        row = graded[0]["fay"]
        assert (row.status, row.max) == ("unknown", 0)

    def test_table(self, graded):
        table = {row["learner"]: row for row in graded[1]}
        assert table["ann"]["11_ct.noise_dose"] == "1.0"
        assert table["ann"]["score"] == "2.0"
        assert "2: ZeroDivisionError" in table["bob"]["failed_cells"]
        assert table["cmd"]["file"] == "'=cmd 11_ct.ipynb"


def test_endless_notebook_is_stopped(tmp_path):
    notebook(tmp_path / "x_11_ct.ipynb", START, "import time\nwhile True: time.sleep(1)")
    # Whether the kernel is up by then depends on the machine; that it ends does not.
    [row] = grade(tmp_path / "x_11_ct.ipynb", tmp_path / "g.csv", seconds=4)
    assert row.status == "timeout"
    assert row.seconds < 60
    assert "4 s" in row.comment


def test_memory_hog_is_stopped(tmp_path):
    notebook(tmp_path / "x_11_ct.ipynb", *GOOD[:2], "x = [b'1' * 10**7 for _ in range(200)]",
             "import time; time.sleep(100)")  # fmt: skip
    [row] = grade(tmp_path, tmp_path / "g.csv", seconds=90, megabytes=700)
    assert row.status == "memory"
    assert row.score == 1
    assert row.peak_mb > 700


class TestWatch:
    def run(self, code, tmp_path, **limits):
        env = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT") if key in os.environ}
        limits = {"seconds": 30, "megabytes": 500, **limits}
        return watch([sys.executable, "-c", code], tmp_path, env=env, **limits)

    def test_end(self, tmp_path):
        assert self.run("pass", tmp_path).status == "ended"

    def test_too_many_processes(self, tmp_path):
        code = (
            "import subprocess, sys, time\n"
            "for _ in range(6):\n"
            "    subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(99)'])\n"
            "time.sleep(99)"
        )
        assert self.run(code, tmp_path, processes=4).status == "processes"

    @pytest.mark.skipif(os.name != "posix", reason="sessions are a thing of POSIX")
    def test_what_detaches_itself_is_ended_too(self, tmp_path):
        code = (
            "import subprocess, sys\n"
            "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(99)'], "
            "start_new_session=True)\n"
            "open('pid', 'w').write(str(p.pid))"
        )
        assert self.run(code, tmp_path).status == "ended"
        pid = int((tmp_path / "pid").read_text())
        deadline = time.monotonic() + 5
        while psutil.pid_exists(pid) and time.monotonic() < deadline:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                break
            time.sleep(0.05)
        assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


class TestRecords:
    chapter = find("11_ct")

    def judged(self, tmp_path, *records):
        file = tmp_path / "answers"
        file.write_text("".join(json.dumps(record) + "\n" for record in records))
        return judge_records(file, self.chapter)

    def test_last_attempt_counts_and_a_placeholder_after_it_does_not(self, tmp_path):
        see = self.chapter.exercises[3].answer.observe
        id = self.chapter.exercises[3].id
        records = [{"id": id, "observation": see(value)} for value in (2, 4, None)]
        assert self.judged(tmp_path, *records)[id] == 1
        assert self.judged(tmp_path, *records[::-1])[id] == 0

    @pytest.mark.parametrize("seen", [None, 1, "x", [], {}, {"array": {"a": 1}}, {"array": "4"},
                                      {"outputs": [[]]}, {"outputs": {"a": 1}}, {"map": [1]},
                                      {"set": [[1]]}, {"text": {"a": 1}}, {"array": [[1], [2, 3]]},
                                      {"score": 1}, {"array": [None]}])  # fmt: skip
    def test_forged_records_earn_nothing_and_stop_nothing(self, tmp_path, seen):
        records = [{"id": e.id, "observation": seen} for e in self.chapter.exercises]
        scores = self.judged(tmp_path, *records, {"id": "no.such"}, {})
        assert sum(v for v in scores.values() if not isinstance(v, str)) == 0

    def test_no_file(self, tmp_path):
        assert set(judge_records(tmp_path / "none", self.chapter).values()) == {"missing"}


class TestTable:
    @pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", " =1", "\r=1", "|x"])
    def test_formulas_become_text(self, text):
        assert plain(text).startswith("'")

    def test_failed_write_keeps_the_old_table(self, tmp_path, monkeypatch):
        file = tmp_path / "g.csv"
        write(file, [], [Grade("a", "a", "", "ok")])
        before = file.read_bytes()
        monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("open")))
        with pytest.raises(OSError, match="open"):
            write(file, [], [])
        assert file.read_bytes() == before
        assert [p.name for p in tmp_path.iterdir()] == ["g.csv"]


def test_names(tmp_path):
    for name, learner in [
        ("11_ct.ipynb", "folder"), ("11_ct (1).ipynb", "folder"), ("11_ct-copy.ipynb", "copy"),
        ("李明_11_ct.ipynb", "李明"), ("11_ct - Ann O'Neil.ipynb", "Ann O'Neil"),
    ]:  # fmt: skip
        file = tmp_path / "folder" / name
        assert learner_of(file, tmp_path, "11_ct") == learner
    odd = tmp_path / "homework.ipynb"
    notebook(odd, *GOOD)
    assert stem_of(odd, ["00_start_here", "11_ct"]) == "11_ct"


def test_nothing_to_grade(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file or folder"):
        grade(tmp_path / "none", tmp_path / "g.csv")
    with pytest.raises(FileNotFoundError, match=r"no .ipynb"):
        grade(tmp_path, tmp_path / "g.csv")


def test_hand_in_variable_is_the_one_the_learner_module_reads():
    assert HAND_IN == "MEDKIT_HAND_IN"
