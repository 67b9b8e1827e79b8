"""Storing a notebook: run, measured, written whole or not at all."""

import os

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

from medkit.authoring import notebook


def write(path, *sources):
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])
    book.metadata["widgets"] = {"state": "an editor left this"}
    nbformat.write(book, path)
    return path


def test_outputs_and_use_are_stored(tmp_path):
    path = write(tmp_path / "a.ipynb", "x = bytearray(150_000_000)", "print(6 * 7)", "1 + 1")
    seconds, megabytes = notebook.store(path)
    book = nbformat.read(path, as_version=4)
    assert [cell.execution_count for cell in book.cells] == [1, 2, 3]
    assert book.cells[1].outputs[0].text == "42\n"
    assert set(book.metadata) == {"kernelspec", "language_info"}
    assert 0 < seconds < 60
    assert megabytes > 150


def test_a_widget_is_stored_with_its_picture_and_words(tmp_path):
    source = """\
import numpy as np
from medkit.views.explorer import explore
explore(lambda n: np.full((8, 8), n), n=(0, 9))"""
    path = write(tmp_path / "a.ipynb", source)
    notebook.store(path)
    (output,) = nbformat.read(path, as_version=4).cells[0].outputs
    assert "<img alt=" in output.data["text/html"]
    assert "MEDKIT_STILLS" not in os.environ


def test_a_failing_notebook_is_left_as_it_was(tmp_path):
    path = write(tmp_path / "a.ipynb", "print('before')", "1 / 0")
    before = path.read_bytes()
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        notebook.store(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
