"""Every notebook has what a learner expects to find in it, and nothing nbval cannot compare."""

import ast
import re
import sys
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).resolve().parent.parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

#: Headings every notebook has, in this order (the words may be followed by more).
HEADINGS = ("objectives", "limits", "quiz", "recap", "next")

#: MIME type of a live widget.
VIEW = "application/vnd.jupyter.widget-view+json"
#: Tags that exempt a cell from comparison.
EXEMPT = {"nbval-ignore-output", "nbval-skip"}

LONGEST_CELL = 15
LARGEST_BYTES = 3_000_000

pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(path):
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def source(path, kind):
    return "\n".join(cell.source for cell in read(path).cells if cell.cell_type == kind)


def test_name_has_a_number_and_a_topic(path):
    assert re.fullmatch(r"\d\d_[a-z0-9_]+\.ipynb", path.name)


def test_headings_come_in_order(path):
    titles = re.findall(r"^##+ +(.+)$", source(path, "markdown"), re.MULTILINE)
    places = []
    for heading in HEADINGS:
        found = [i for i, title in enumerate(titles) if title.lower().startswith(heading)]
        assert found, f"no heading begins with {heading!r}; there are: {titles}"
        places.append(found[-1])
    assert places == sorted(places), f"headings out of order: {titles}"


def test_it_has_explorers_exercises_a_quiz_and_something_real(path):
    code = source(path, "code")
    outputs = [o for cell in code_cells(path) for o in cell.outputs]
    widgets = [o for o in outputs if VIEW in o.get("data", {})]
    explorers = [o for o in widgets if "<Explorer" in o.data["text/plain"]]
    viewers = [o for o in widgets if "VolumeViewer" in o.data["text/plain"]]
    assert len(explorers) + len(viewers) >= 2
    checked = set(re.findall(r"exercise\(\s*[\"']([^\"']+)", code))
    assert len(checked) >= 3, f"exercises: {checked}"
    assert all(name.startswith(path.stem + ".") for name in checked), checked
    assert f'quiz("{path.stem}")' in code
    assert re.search(r"\breal\b", source(path, "markdown"), re.IGNORECASE)


def test_widgets_show_a_picture_without_a_kernel(path):
    for cell in code_cells(path):
        # What `interact` draws is an output of its own beside the widget.
        kinds = {kind for output in cell.outputs for kind in output.get("data", {})}
        for output in cell.outputs:
            data = output.get("data", {})
            if VIEW in data:
                assert "text/html" in kinds, cell.source
                drawn = data["text/plain"].startswith(("<Explorer", "<LiveTraining", "VolumeV"))
                assert not drawn or "<img alt=" in data["text/html"], cell.source


def test_cells_are_short_and_were_run_in_order(path):
    cells = [cell for cell in code_cells(path) if cell.source.strip()]
    counts = [cell.execution_count for cell in cells]
    assert counts == list(range(1, len(cells) + 1)), "run it again: python -m medkit store"
    long = [cell.source for cell in cells if len(cell.source.splitlines()) > LONGEST_CELL]
    assert not long, f"a learner reads {LONGEST_CELL} lines at most:\n{long[:1]}"


def test_no_stored_traceback_or_warning(path):
    for cell in code_cells(path):
        for output in cell.outputs:
            expected = "raises-exception" in cell.metadata.get("tags", [])
            assert output.output_type != "error" or expected, cell.source
            assert output.get("name") != "stderr", f"{cell.source}\n{output.get('text')}"


def test_comparison_is_silenced_only_with_a_reason(path):
    cells = code_cells(path)
    exempt = [c for c in cells if EXEMPT & set(c.metadata.get("tags", []))]
    assert not re.search(r"NBVAL_(SKIP|IGNORE)", source(path, "code")), "use a tag, with a reason"
    for cell in exempt:
        assert cell.metadata.get("medkit", {}).get("reason"), f"no reason given:\n{cell.source}"
    assert len(exempt) <= len(cells) / 10


def test_it_is_small_and_names_no_machine(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.encode()) < LARGEST_BYTES
    here = (str(FOLDER.parent), sys.prefix)
    for trace in ("/home/", "/root/", "/tmp/", "/Users/", "C:\\\\Users", "site-packages", *here):
        assert trace not in text, f"an output holds a path of one machine: {trace}"
    assert "widgets" not in read(path).metadata


def test_links_to_notebooks_lead_somewhere(path):
    linked = set(re.findall(r"\]\((\d\d_\w+\.ipynb)", path.read_text(encoding="utf-8")))
    missing = {name for name in linked if not (FOLDER / name).is_file()}
    assert not missing, f"{path.name} links to {sorted(missing)}, which is not there"


def test_links_to_a_heading_find_it(path):
    # JupyterLab names a heading by its words, spaces turned into hyphens.
    for name, anchor in re.findall(r"\]\((\d\d_\w+\.ipynb)#([^)]+)\)", source(path, "markdown")):
        titles = re.findall(r"^#+ +(.+)$", source(FOLDER / name, "markdown"), re.MULTILINE)
        assert anchor in {title.replace(" ", "-") for title in titles}, f"{name}#{anchor}"


def test_no_cell_ends_with_a_semicolon(path):
    # nbval shows the value all the same (its issue 194), and then misses it in the stored outputs.
    ends = [c.source.rstrip()[-1:] for c in read(path).cells if c.cell_type == "code"]
    assert ";" not in ends, "assign to _ instead"


def test_an_exercise_is_named_once_and_keeps_its_name(path):
    ids, names, stored = [], [], []
    for cell in code_cells(path):
        tree = ast.parse(cell.source)
        stored += [
            node.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        ]
        stored += [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        ids += re.findall(r"exercise\(\s*[\"']([^\"']+)", cell.source)
        names += re.findall(r"^(\w+) = exercise\(", cell.source, re.MULTILINE)
    assert len(set(ids)) == len(ids) == len(names), "task = exercise(id) once, then task.check(…)"
    again = [name for name in names if stored.count(name) > 1]
    assert not again, f"overwritten later, so that .check no longer works: {again}"
