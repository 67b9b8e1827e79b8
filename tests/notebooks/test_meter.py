"""The box is compared with what was measured."""

import importlib.util
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location("meter", Path(__file__).with_name("meter.py"))
meter = importlib.util.module_from_spec(spec)
spec.loader.exec_module(meter)

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize(
    ("stated", "seconds", "megabytes", "says"),
    [
        ((12, 340), 12, 340, ""),
        ((12, 340), 20, 400, ""),
        ((12, 340), 60, 340, "12 s"),
        ((40, 340), 3, 340, "40 s"),
        ((12, 340), 12, 900, "340 MB"),
        ((12, 900), 12, 300, "900 MB"),
        ((70, 340), 70, 340, "exceeds"),
        (None, 1, 1, "no box"),
    ],
)
def test_a_box_must_be_true(stated, seconds, megabytes, says):
    problem = meter.judge(stated, seconds, megabytes)
    assert bool(problem) == bool(says)
    assert says in problem


@pytest.mark.parametrize("book", NOTEBOOKS, ids=lambda book: book.stem)
def test_every_notebook_has_a_box_within_the_limits(book):
    stated = meter.box(book)
    assert stated, "write 'Measured: 12 s of CPU time, 340 MB'"
    assert meter.judge(stated, *stated) == ""


def test_a_wrong_box_fails_the_run(tmp_path):
    """One complaint, and the next notebook still runs in a kernel of its own."""
    import os
    import subprocess
    import sys

    import nbformat

    book = nbformat.v4.new_notebook()
    book.cells = [
        nbformat.v4.new_markdown_cell("Measured: 1 s of CPU time, 1900 MB"),
        nbformat.v4.new_code_cell("1 + 1", execution_count=1),
    ]
    book.cells[1].outputs = [
        nbformat.v4.new_output("execute_result", {"text/plain": "2"}, execution_count=1)
    ]
    nbformat.write(book, tmp_path / "x.ipynb")
    book.cells[0].source = "Measured: 1 s of CPU time, 80 MB"
    nbformat.write(book, tmp_path / "y.ipynb")
    conftest = Path(__file__).parent.parent / "conftest.py"
    (tmp_path / "conftest.py").write_text(
        conftest.read_text().replace("Path(__file__).parent", f"Path({str(conftest.parent)!r})")
    )
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", str(tmp_path)]
    environment = {k: v for k, v in os.environ.items() if k != "PYTEST_ADDOPTS"}
    run = subprocess.run(
        [*command, "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
        check=False,
    )
    assert "its box states 1900 MB" in run.stdout, run.stdout
    assert "2 passed, 1 error" in run.stdout, run.stdout
    assert run.returncode == 1
