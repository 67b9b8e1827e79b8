"""Grading: honest, broken and hostile notebooks, each costing only its own row."""

import csv
import importlib.util
import json
import os
import re
import subprocess
import sys
import zipfile

import nbformat
import pytest

from medkit.course import logbook
from medkit.course.chapters import find
from medkit.course.exercises import HAND_IN
from medkit.course.grading import grade, judge_records, solutions_shown
from medkit.course.grading.gradebook import Grade, plain, write
from medkit.course.grading.limits import watch

START = "from medkit.course import exercise"
GOOD = [START, 'exercise("11_ct.noise_dose").check(1328)', 'exercise("11_ct.views").check(804)']
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
        'print("✓ Correct"); exercise("11_ct.artefacts").hint()',
        # Forged records: no score can be handed in, only an observation.
        "import json, os\n"
        "with open(os.environ['MEDKIT_HAND_IN'], 'a') as f:\n"
        "    f.write('garbage\\n[]\\n' + '[' * 100000 + '\\n')\n"
        "    f.write(json.dumps({'id': '11_ct.repair', 'score': 1, 'observation': "
        "{'outputs': 7}}) + '\\n')",
    )
    (folder / "=cmd 11_ct.ipynb").write_text('{"cells": [')
    (folder / "dan_11_ct.ipynb").write_bytes(b"\xff\xfe\x00")
    notebook(
        folder / "eve_11_ct.ipynb",
        *GOOD[:2],
        "import os, shutil; shutil.rmtree(os.getcwd()); os._exit(1)",
        "exit()",
        "import threading, time; threading.Thread(target=lambda: time.sleep(99)).start()",
        "quit()",
        GOOD[2],
    )
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
        assert row.scores["11_ct.repair"] == "missing"
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
        assert scores["11_ct.repair"] in ("missing", 0)

    @pytest.mark.parametrize("learner", ["cmd", "dan"])
    def test_broken_file(self, graded, learner):
        row = graded[0][learner]
        assert (row.status, row.score) == ("broken", 0)
        assert set(row.scores.values()) == {"missing"}
        assert row.comment

    def test_a_cell_that_ends_its_kernel_is_named_and_the_rest_counts(self, graded):
        row = graded[0]["eve"]
        assert (row.status, row.score) == ("ok", 2)
        ended = "3: the kernel died", "4: ended its kernel", "6: ended its kernel"
        assert row.failed_cells == ended

    def test_reaching_into_the_course_is_noted(self, graded):
        assert "reaches into the course's code: cell 8" in graded[0]["bob"].comment
        assert graded[0]["ann"].comment == ""

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
    limits = {"seconds": 4, "cell_seconds": 99}
    [row] = grade(tmp_path / "x_11_ct.ipynb", tmp_path / "g.csv", **limits)
    assert row.status == "timeout"
    assert row.seconds < 60
    assert "4 s" in row.comment


def test_memory_hog_is_stopped(tmp_path):
    notebook(
        tmp_path / "x_11_ct.ipynb",
        *GOOD[:2],
        "x = [b'1' * 10**7 for _ in range(200)]",
        "import time; time.sleep(100)",
    )
    [row] = grade(tmp_path, tmp_path / "g.csv", seconds=90, megabytes=700)
    assert row.status == "memory"
    assert row.score == 1
    assert row.peak_mb > 700


def test_endless_cells_are_interrupted_or_killed_and_the_rest_counts(tmp_path):
    endless = "while True: pass"
    swallows_one = f"try:\n    {endless}\nexcept: pass\n{endless}"
    swallows_all = "import time\nwhile True:\n    try:\n        time.sleep(9)\n    except: pass"
    id = "exercise('11_ct.transmitted').check(3)"
    notebook(
        tmp_path / "x_11_ct.ipynb", START, endless, GOOD[1], swallows_one, swallows_all, GOOD[2], id
    )
    [row] = grade(tmp_path, tmp_path / "g.csv", seconds=300, cell_seconds=6)
    assert row.status == "ok", row
    assert row.failed_cells == (
        "2: did not end within 6 s",
        "4: did not end within 6 s",
        "5: did not end within 6 s and could not be interrupted",
    )
    assert row.scores["11_ct.noise_dose"] == row.scores["11_ct.views"] == 1
    assert row.scores["11_ct.transmitted"] == 0


def wheel(folder):
    """The smallest package that pip installs."""
    facts = {
        "METADATA": "Metadata-Version: 2.1\nName: medkit_odd\nVersion: 1\n",
        "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    file = folder / "medkit_odd-1-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("medkit_odd.py", "")
        for name, text in facts.items():
            archive.writestr(f"medkit_odd-1.dist-info/{name}", text)
    return file


def test_what_a_notebook_installs_is_gone_with_it_and_a_shown_solution_is_noted(tmp_path):
    install = f"install --quiet --no-index {wheel(tmp_path)}"
    # The grader's own pip, by its path, is the nastiest of the ways; it must be told, too.
    own = f"import subprocess\nsubprocess.run([{sys.executable!r}, *'-m pip {install}'.split()])"
    (tmp_path / "in").mkdir()
    notebook(
        tmp_path / "in" / "x_11_ct.ipynb",
        START,
        f"%pip {install}",
        "import medkit_odd",
        "%conda install x",
        own,
        'exercise("11_ct.views").solution()',
        *GOOD[1:],
    )
    [row] = grade(tmp_path / "in", tmp_path / "g.csv", seconds=120)
    assert row.failed_cells == ("4: ValueError",)
    assert importlib.util.find_spec("medkit_odd") is None
    assert row.score == 2
    assert row.solution_shown == ("11_ct.views",)
    with (tmp_path / "g.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.DictReader(file))["solution_shown"] == "11_ct.views"


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
    def test_a_program_that_kills_its_group_does_not_reach_the_grader(self, tmp_path):
        code = (
            "import sys; from pathlib import Path\n"
            "from medkit.course.grading.limits import watch\n"
            "kill = 'import os; os.killpg(os.getpgid(0), 9)'\n"
            "one = watch([sys.executable, '-c', kill], Path(), env={}, seconds=30, megabytes=500)\n"
            "assert one.status == 'ended'"
        )
        # In a session of its own: what is killed must not be these tests.
        grader = [sys.executable, "-c", code]
        assert subprocess.run(grader, cwd=tmp_path, start_new_session=True).returncode == 0


class TestRecords:
    chapter = find("11_ct")

    def judged(self, tmp_path, *records):
        file = tmp_path / "answers"
        file.write_text("".join(json.dumps(record) + "\n" for record in records))
        return judge_records(file, self.chapter)

    def test_best_attempt_counts_here_and_in_the_learners_progress(self, tmp_path):
        one = next(e for e in self.chapter.exercises if e.id == "11_ct.views")
        for answers in ((2, 804, None), (804, 2), (804, None, 2)):
            records = [{"id": one.id, "observation": one.answer.observe(a)} for a in answers]
            assert self.judged(tmp_path, *records)[one.id] == 1
            for answer in answers:
                one.check(answer)
        assert logbook.read()["exercises"][one.id]["best"] == 1

    def test_a_shown_solution_is_no_attempt(self, tmp_path):
        one, two = self.chapter.exercises[:2]
        records = [{"id": one.id, "solution": True}, {"id": [two.id], "solution": True}]
        assert self.judged(tmp_path, *records)[one.id] == "missing"
        assert solutions_shown(tmp_path / "answers", self.chapter) == (one.id,)

    @pytest.mark.parametrize(
        "seen",
        [
            None,
            1,
            "x",
            [],
            {},
            {"array": {"a": 1}},
            {"array": "4"},
            {"outputs": [[]]},
            {"outputs": {"a": 1}},
            {"map": [1]},
            {"set": [[1]]},
            {"text": {"a": 1}},
            {"array": [[1], [2, 3]]},
            {"score": 1},
            {"array": [None]},
        ],
    )
    def test_forged_records_earn_nothing_and_stop_nothing(self, tmp_path, seen):
        records = [{"id": e.id, "observation": seen} for e in self.chapter.exercises]
        scores = self.judged(tmp_path, *records, {"id": "no.such"}, {})
        assert sum(v for v in scores.values() if not isinstance(v, str)) == 0

    @pytest.mark.skipif(os.name != "posix", reason="Windows has no such files")
    def test_a_pipe_in_place_of_the_records_does_not_hang_the_grader(self, tmp_path):
        os.mkfifo(tmp_path / "answers")
        code = (
            "import sys; from pathlib import Path\n"
            "from medkit.course.chapters import find\n"
            "from medkit.course.grading import judge_records\n"
            "assert set(judge_records(Path('answers'), find('11_ct')).values()) == {'missing'}"
        )
        subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, timeout=60)

    def test_no_file(self, tmp_path):
        assert set(judge_records(tmp_path / "none", self.chapter).values()) == {"missing"}


class TestTable:
    @pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", " =1", "\r=1", "|x", "＝1"])
    def test_formulas_become_text(self, text):
        assert plain(text).startswith("'")

    @pytest.mark.parametrize("text", ["a;=1", "a; =1", "a\t=1", "3: x; ＠b", "a,+1"])
    def test_nor_behind_what_another_country_takes_for_the_end_of_a_cell(self, text):
        first, second = re.split(r"[;,\t]", plain(text))
        assert first == re.split(r"[;,\t]", text)[0]
        assert second.startswith("'")

    def test_no_text_is_longer_than_a_cell_of_a_spreadsheet(self):
        assert len(plain("x" * 10**6)) <= 32_767

    def test_failed_write_keeps_the_old_table(self, tmp_path, monkeypatch):
        file = tmp_path / "g.csv"
        write(file, [], [Grade("a", "a", "", "ok")])
        before = file.read_bytes()
        monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("open")))
        with pytest.raises(OSError, match="open"):
            write(file, [], [])
        assert file.read_bytes() == before
        assert [p.name for p in tmp_path.iterdir()] == ["g.csv"]


def test_nothing_to_grade(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file or folder"):
        grade(tmp_path / "none", tmp_path / "g.csv")
    with pytest.raises(FileNotFoundError, match="there is nothing in"):
        grade(tmp_path, tmp_path / "g.csv")


def test_hand_in_variable_is_the_one_the_learner_module_reads():
    assert HAND_IN == "MEDKIT_HAND_IN"
