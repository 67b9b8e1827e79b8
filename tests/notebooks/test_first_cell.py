"""The first code cell: nothing where the kit is, and a way to it where it is not."""

import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))


def first(path):
    cells = nbformat.read(path, as_version=4).cells
    return next(cell for cell in cells if cell.cell_type == "code")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_notebook_begins_alike(path):
    cell = first(path)
    assert cell.source == first(NOTEBOOKS[0]).source
    assert not cell.outputs
    assert cell.metadata == {"jupyter": {"source_hidden": True}}


def test_it_fetches_the_kit_where_it_is_not(monkeypatch):
    done = []

    def magic(*words):
        done.append(words)
        kit = SimpleNamespace(get_ready=lambda: done.append("ready"))
        monkeypatch.setitem(sys.modules, "medkit.kit", kit)

    monkeypatch.setitem(sys.modules, "medkit.kit", None)  # as where there is none
    shell = SimpleNamespace(run_line_magic=magic)
    names = {"get_ipython": lambda: shell, "input": lambda words: "https://example.org/kit.zip"}
    exec(first(NOTEBOOKS[0]).source, names)
    (verb, words), ready = done
    assert verb == "pip"
    assert words.startswith("install -q https://")
    assert ready == "ready"


def test_it_does_nothing_where_the_kit_is():
    exec(first(NOTEBOOKS[0]).source, {})
