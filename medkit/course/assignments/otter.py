"""An assignment as Otter wants it: one notebook for ``otter assign``, with raw cells as marks.

Otter has no half points: only a right answer passes.
"""

from collections.abc import Iterator
from pathlib import Path

import nbformat

CONFIG = """\
# ASSIGNMENT CONFIG
name: {name}
init_cell: true
check_all_cell: false
export_cell: false
environment: null
generate: true
tests:
    ok_format: false"""
QUESTION = "# BEGIN QUESTION\nname: {name}\npoints: 1"
#: With it, Otter tests where the answer stands: many a notebook calls several of them "answer".
SEEN = '''\
""" # BEGIN TEST CONFIG
points: 0
""" # END TEST CONFIG
def test_{name}_is_answered({answer}):
    assert {answer} is not None, "not answered yet"'''
TEST = '''\
""" # BEGIN TEST CONFIG
points: 1
hidden: true
""" # END TEST CONFIG
def test_{name}({answer}):
    from medkit.course.assignments import graded

    assert graded("{id}", {answer}) == 1'''


def cells(found) -> Iterator:
    """Yield the notebook's cells, each answer as a question with its solution and its test."""
    raw, code = nbformat.v4.new_raw_cell, nbformat.v4.new_code_cell
    for cell, exercise, answer in found:
        if exercise is None:
            yield cell
            continue
        name = exercise.id.partition(".")[2]
        yield raw(QUESTION.format(name=name))
        yield raw("# BEGIN SOLUTION")
        yield cell
        yield raw("# END SOLUTION")
        yield raw("# BEGIN TESTS")
        for test in (SEEN, TEST):
            yield code(test.format(name=name, id=exercise.id, answer=answer))
        yield raw("# END TESTS")
        yield raw("# END QUESTION")


def write(book, name: str, folder: Path) -> list[Path]:
    """Write the notebook for ``otter assign`` and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    book.cells.insert(0, nbformat.v4.new_raw_cell(CONFIG.format(name=name)))
    path = folder / f"{name}.ipynb"
    nbformat.write(book, path)
    return [path]
