"""Every notebook in the real JupyterLab: run its widgets, move everything that can be moved.

For each explorer of each notebook, every control must change the picture, and sliders
must do so within a twentieth of a second in the median (on a calm machine: see the
fixture ``patience``). Only the cells that a widget needs are run: that all of them run is
what nbval tests. Screenshots are kept.
"""

import ast
import json
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parent.parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

#: Those of the first part of the course: from the start to the scanners.
SCANNERS = [path for path in NOTEBOOKS if path.stem < "2"]

#: Median key press to changed pixels that still feels immediate, ms.
IMMEDIATE_MS = 50
#: Key presses a slider is measured by.
PRESSES = 5
#: Controls that are no sliders; a chosen radio button cannot be chosen again.
OTHERS = (
    "input[type=checkbox], input[type=radio]:not(:checked), select, "
    ".mk-control button:not(.mk-play)"
)
#: The tools of a brush change how it paints, not the picture.
TOOL = "e => e.closest('.mk-control').innerText.includes('✎')"
#: Place, ends and step of a slider.
RANGE = "e => [e.value, e.min, e.max, e.step || 1].map(Number)"


def cells_with(cells, word):
    """Return the places of the code cells whose stored output has a widget of this kind."""
    return [
        k
        for k, cell in enumerate(cells)
        for output in cell.get("outputs", ())
        if word in "".join(output.get("data", {}).get("text/plain", ""))
    ]


def names(source):
    """Return the names that a cell binds, and those that it reads."""
    binds, reads = set(), set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            (reads if isinstance(node.ctx, ast.Load) else binds).add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            binds |= {(name.asname or name.name).split(".")[0] for name in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            binds.add(node.name)
    return binds, reads


def needed(cells, wanted):
    """Return the cells to run for these: from the last upwards, whoever binds what is read."""
    chosen, missing = [], set()
    for k in range(len(cells) - 1, -1, -1):
        if cells[k]["cell_type"] != "code":
            continue
        binds, reads = names("".join(cells[k]["source"]))
        if k in wanted or binds & missing:
            chosen.append(k)
            missing = (missing - binds) | reads
    return chosen[::-1]


def test_needed_cells_are_those_that_a_cell_reads_from():
    sources = ["import numpy as np", "a = np.ones(3)", "b = 2", "a = a + b", "a = 1", "c = a", "c"]
    cells = [{"cell_type": "code", "source": source} for source in sources]
    assert needed(cells, [6]) == [4, 5, 6]
    assert needed(cells, [3]) == [0, 1, 2, 3]


def move(page, control):
    """Move one control that is no slider, by what a keyboard does."""
    if control.evaluate("e => e.tagName") == "SELECT":
        control.select_option(index=control.evaluate("e => (e.selectedIndex + 1) % e.length"))
        return
    control.focus()
    page.keyboard.press("Space")


def slide(explorer, slider, latencies):
    """Press arrow keys on a slider, away from its nearer end; return the median time in ms."""
    value, low, high, step = slider.evaluate(RANGE)
    room = round(max(value - low, high - value) / step)
    assert room > 0, f"the slider stands at {value} of {low} to {high}: no room to move"
    key = "ArrowRight" if value - low < high - value else "ArrowLeft"
    slider.focus()
    return np.median(latencies(explorer, [key] * min(PRESSES, room)))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_control_of_every_explorer(lab, path, patience, latencies, change, screenshot):
    cells, medians = json.loads(path.read_text(encoding="utf-8"))["cells"], {}
    explorers, viewers = cells_with(cells, "<Explorer"), cells_with(cells, "VolumeViewer")
    with lab.open(path.name) as notebook:
        for cell in needed(cells, explorers + viewers):
            assert notebook.run(cell), f"cell {cell} of {path.name} fails"
        for number, cell in enumerate(explorers):
            explorer = notebook.output(cell).locator(".mk-explorer")
            canvas = explorer.locator("canvas").first
            canvas.wait_for()
            screenshot(f"{path.stem}_{number}", explorer)
            sliders = explorer.locator("input[type=range]").all()
            sliders = [slider for slider in sliders if not slider.evaluate(TOOL)]
            for slider in sliders:
                label = slider.evaluate("e => e.labels[0].innerText")
                medians[f"{number} {label}"] = slide(explorer, slider, latencies)
            if sliders:
                # "Show the lesion" shows nothing where a slider has come to a healthy case.
                with change(canvas):
                    explorer.get_by_role("button", name="Reset", exact=True).click()
            for play in explorer.locator(".mk-play").all():
                with change(canvas):
                    play.press("Space")
                play.press("Space")
                # At the first moment of a play other controls may have nothing to change yet.
                explorer.get_by_role("button", name="Reset", exact=True).click()
            for brush in explorer.get_by_role("application").all():
                with change(canvas):
                    brush.press("Space")  # paints where the brush is
            for control in explorer.locator(OTHERS).all():
                if not control.evaluate(TOOL):
                    with change(canvas):
                        move(lab.page, control)
        for number, cell in enumerate(viewers):
            notebook.output(cell).locator(".mv-plane canvas").first.wait_for()
            screenshot(f"{path.stem}_viewer_{number}", notebook.output(cell))
    print(f"\n{path.stem}: " + ", ".join(f"{k} {v:.0f} ms" for k, v in medians.items()))
    assert all(ms <= IMMEDIATE_MS * patience for ms in medians.values()), medians


@pytest.mark.parametrize("path", SCANNERS, ids=lambda path: path.stem)
def test_axe_finds_no_serious_fault(lab, path):
    """Judge all that a learner sees of our making: prose, pictures, widgets and verdicts."""
    with lab.open(path.name) as notebook:
        notebook.run_all()
        assert notebook.axe() == []


def test_axe_would_find_one(lab):
    html = "<input type=text><p style='color: #ccc'>faint</p>"
    with lab.write([f"from IPython.display import HTML\nHTML({html!r})"]) as notebook:
        notebook.run_all()
        notebook.shows(0, "faint")
        faults = notebook.axe()
    assert [fault.partition(":")[0] for fault in faults] == ["color-contrast", "label"]
