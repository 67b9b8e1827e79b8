"""Otter itself: assigned (it runs the solutions through the tests), handed in, graded.

It is no part of the tests' environment; in one of its own:
``pip install otter-grader "setuptools<81"``, then ``python -m pytest tests/course/assignments``.
Its containers, its PDF exports and Gradescope are not tried.
"""

import importlib.util
import json
import subprocess
import sys

import pytest

STEM = "00_start_here"
pytestmark = pytest.mark.skipif(
    not importlib.util.find_spec("otter"), reason="Otter is not installed: pip install otter-grader"
)


def otter(*words):
    """Run one of its commands, as a lecturer does."""
    command = [sys.executable, "-m", "otter", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_from_a_source_to_a_score(export, learners, answered, tmp_path, monkeypatch):
    monkeypatch.setenv("MEDKIT_PROGRESS", str(tmp_path / "progress.json"))
    (source,), dist = export("otter"), tmp_path / "dist"
    otter("assign", source, dist, "--no-pdfs")  # fails where a solution fails its test
    student = (dist / "student" / f"{STEM}.ipynb").read_text(encoding="utf-8")
    assert "SOLUTION" not in student
    assert "graded(" not in student
    assert "104.8576" not in student
    assert "return None  # your code" in student
    assert "volume_size_task.check(answer)" in student

    (grader,) = (dist / "autograder").glob("*.zip")
    scores = {}
    for name, given in learners.items():
        path = tmp_path / name / f"{STEM}.ipynb"  # under another name Otter finds no answers
        path.parent.mkdir()
        path.write_text(answered(dist / "student" / f"{STEM}.ipynb", given), encoding="utf-8")
        otter("run", path, "-a", grader, "-o", path.parent)
        tests = json.loads((tmp_path / name / "results.json").read_text())["tests"]
        scores[name] = {test["name"]: test["score"] for test in tests if test.get("score")}
    assert sum(scores["ann"].values()) == 3
    assert not scores["bob"]  # no half points
