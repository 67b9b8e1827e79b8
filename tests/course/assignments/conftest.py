"""A short notebook made of the exercises of 00, and what two learners hand in."""

import nbformat
import pytest

from medkit import kit
from medkit.course import assignments

STEM = "00_start_here"
NAMES = ("volume_size", "grey_value", "region_mean")


@pytest.fixture
def notebook(tmp_path):
    """Three of its exercises, the last one a function: as in the kit's notebook."""
    book = nbformat.read(kit.root() / "notebooks" / f"{STEM}.ipynb", as_version=4)
    book.cells = [book.cells[0]] + [
        cell
        for cell in book.cells
        if cell.cell_type == "code" and any(f"{name}_task" in cell.source for name in NAMES)
    ]
    path = tmp_path / "own" / f"{STEM}.ipynb"
    path.parent.mkdir()
    nbformat.write(book, path)
    return path


@pytest.fixture
def learners():
    """One who has all right; one who has a slip worth half, a wrong answer and no function."""
    right = {
        "answer = None  # your answer, in MB": "answer = 104.8576",
        "answer = None  # your answer, between 0 and 255": "answer = 159.375",
        "return None  # your code": "return pixels[mask].mean()",
    }
    poor = {
        "answer = None  # your answer, in MB": "answer = 838.861",  # megabits: 50 %
        "answer = None  # your answer, between 0 and 255": "answer = 'grey'",
    }
    return {"ann": right, "bob": poor}


def answered(path, given):
    """Return a learners' version with answers written into it, as text of a notebook."""
    book = nbformat.read(path, as_version=4)
    for cell in book.cells:
        for before, after in given.items():
            cell.source = cell.source.replace(before, after)
    return nbformat.writes(book)


@pytest.fixture(name="answered")
def _answered():
    return answered


@pytest.fixture
def export(notebook, tmp_path):
    return lambda kind, **more: assignments.export(notebook, tmp_path / kind, kind, **more)
