"""An assignment as nbgrader wants it: ``source/NAME/NAME.ipynb`` in the course's folder.

A grade is what the test's cell returns, so half-right answers earn half a point.
"""

from collections.abc import Iterator
from pathlib import Path

import nbformat

#: Written where there is none: no "raise NotImplementedError" below what a learner starts with,
#: time for networks to be trained, and grading leaves the lecturer's own progress alone.
CONFIG = """\
import os
import tempfile

os.environ["MEDKIT_PROGRESS"] = os.path.join(tempfile.mkdtemp(), "progress.json")
c = get_config()
c.CourseDirectory.course_id = "medkit"
c.ClearSolutions.code_stub = {"python": ""}
c.Execute.timeout = 180
"""
TEST = """\
# What counts: this cell is run when your answer is graded.
### BEGIN HIDDEN TESTS
from medkit.course.assignments import graded

graded("{id}", {answer})
### END HIDDEN TESTS"""


def _mark(cell, name, **more):
    usual = {"schema_version": 3, "task": False, "grade_id": name, "cell_type": "code"}
    cell.metadata["nbgrader"] = usual | more


def cells(found) -> Iterator:
    """Yield the notebook's cells, each answer marked and followed by its test."""
    for cell, exercise, answer in found:
        yield cell
        if exercise is None:
            continue
        name = exercise.id.partition(".")[2]
        _mark(cell, name, grade=False, solution=True, locked=False)
        test = nbformat.v4.new_code_cell(TEST.format(id=exercise.id, answer=answer))
        test.id = f"test-{name}".replace("_", "-")[:64]
        _mark(test, f"test_{name}", grade=True, solution=False, locked=True, points=1)
        yield test


def write(book, name: str, folder: Path) -> list[Path]:
    """Write the source and, where there is none, nbgrader's settings; return both."""
    path, config = folder / "source" / name / f"{name}.ipynb", folder / "nbgrader_config.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(book, path)
    if config.exists():
        return [path]
    config.write_text(CONFIG, encoding="utf-8")
    return [path, config]
