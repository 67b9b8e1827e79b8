"""Every notebook in the real JupyterLab: run it, move everything that can be moved.

For each explorer of each notebook, every control must change the picture, and sliders
must do so within a tenth of a second in the median (on a calm machine: see the
fixture ``patience``). Screenshots are kept.
"""

import json
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parent.parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

#: Median key press to changed pixels that still feels immediate, ms.
IMMEDIATE_MS = 100
#: Controls that are no sliders; a chosen radio button cannot be chosen again.
OTHERS = "input[type=checkbox], input[type=radio]:not(:checked), select, .mk-control button"
#: The tools of a brush change how it paints, not the picture.
TOOL = "e => e.closest('.mk-control').innerText.includes('✎')"


def cells_with(path, word):
    """Return the places of the code cells whose stored output has a widget of this kind."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [
        k
        for k, cell in enumerate(cells)
        for output in cell.get("outputs", ())
        if word in "".join(output.get("data", {}).get("text/plain", ""))
    ]


def move(page, control):
    """Move one control that is no slider, by what a keyboard does."""
    if control.evaluate("e => e.tagName") == "SELECT":
        control.select_option(index=control.evaluate("e => (e.selectedIndex + 1) % e.length"))
        return
    control.focus()
    page.keyboard.press("Space")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_control_of_every_explorer(
    lab, path, patience, latencies, pixels, wait_for_change, screenshot
):
    medians = {}
    with lab.open(path.name) as notebook:
        notebook.run_all()
        for number, cell in enumerate(cells_with(path, "<Explorer")):
            explorer = notebook.output(cell).locator(".mk-explorer")
            canvas = explorer.locator("canvas").first
            canvas.wait_for()
            screenshot(f"{path.stem}_{number}", explorer)
            for slider in explorer.locator("input[type=range]").all():
                if slider.evaluate(TOOL):
                    continue
                slider.focus()
                # Away from the nearer end, so that each key press moves it.
                up = slider.evaluate("e => e.value - e.min < e.max - e.value")
                # At the end of a short slider a press changes nothing.
                room = slider.evaluate(
                    "e => Math.max(e.value - e.min, e.max - e.value) / (Number(e.step) || 1)"
                )
                keys = ["ArrowRight" if up else "ArrowLeft"] * min(7, round(room))
                label = slider.evaluate("e => e.labels[0].innerText")
                medians[f"{number} {label}"] = np.median(latencies(explorer, keys))
            for brush in explorer.get_by_role("application").all():
                before = pixels(canvas)
                brush.press("Space")  # paints where the brush is
                wait_for_change(canvas, before)
            for control in explorer.locator(OTHERS).all():
                if control.evaluate(TOOL):
                    continue
                before = pixels(canvas)
                move(lab.page, control)
                wait_for_change(canvas, before)
            screenshot(f"{path.stem}_{number}_moved", explorer)
        for number, cell in enumerate(cells_with(path, "VolumeViewer")):
            screenshot(f"{path.stem}_viewer_{number}", notebook.output(cell))
    print(f"\n{path.stem}: " + ", ".join(f"{k} {v:.0f} ms" for k, v in medians.items()))
    assert all(ms <= IMMEDIATE_MS * patience for ms in medians.values()), medians
