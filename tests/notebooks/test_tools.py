"""The learner's tools stand in the cells: matplotlib, ipywidgets, and no language of ours."""

import base64
import io
import re
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
ROOMS = sorted((ROOT / "medkit/chapters").glob("*/room.svg"))

SCANNERS = [path for path in NOTEBOOKS if path.stem[:2] in ("11", "12", "13", "14", "15")]

#: Width of a stored picture, in pixels, at least.
NARROWEST = 720
VIEW = "application/vnd.jupyter.widget-view+json"
DATA = re.compile(r'src="data:image/(?:png|jpeg|webp);base64,([^"]+)"')

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path):
    book = nbformat.read(path, as_version=4)
    return [cell for cell in book.cells if cell.cell_type == "code"]


@each
def test_cells_plot_with_matplotlib_and_show_no_source(path):
    source = "\n".join(cell.source for cell in code_cells(path))
    for ours in (r"\bPicture\(", r"\binspect\.getsource\b", r"# fmt: skip"):
        assert not re.search(ours, source), f"a cell holds {ours}"
    assert re.search(r"^import matplotlib", source, re.MULTILINE)
    assert re.search(r"^from ipywidgets import .*\binteract\b", source, re.MULTILINE)
    assert re.search(r"^@?interact\(", source, re.MULTILINE)


@each
def test_every_stored_picture_is_wide_and_stored_once(path):
    for cell in code_cells(path):
        for data in (output.get("data", {}) for output in cell.outputs):
            drawn = VIEW in data or data.get("text/html", "").startswith("<figure")
            if not drawn or data["text/plain"].startswith("<Volume"):  # a thumbnail in a repr
                continue
            assert "image/png" not in data, f"stored twice:\n{cell.source}"
            for code in DATA.findall(data.get("text/html", "")):
                width, _ = Image.open(io.BytesIO(base64.b64decode(code))).size
                assert width >= NARROWEST, f"{width} pixels wide:\n{cell.source}"


@pytest.mark.parametrize("path", SCANNERS, ids=lambda path: path.stem)
def test_a_scanner_shows_what_is_in_the_room(path):
    assert any(re.search(r"^room\(", cell.source, re.MULTILINE) for cell in code_cells(path))


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: path.parent.name)
def test_a_room_is_described_and_of_the_usual_width(path):
    """Where its words stand, a browser tells: tests/browser/test_rooms.py."""
    root = ElementTree.parse(path).getroot()
    name = "{http://www.w3.org/2000/svg}"
    title, desc = list(root)[:2]
    assert (title.tag, desc.tag) == (f"{name}title", f"{name}desc")
    assert len(title.text.strip()) > 20
    assert len(desc.text.strip()) > 200
    assert root.get("width") == "760"
    assert root.get("viewBox") == f"0 0 760 {root.get('height')}"
    assert not root.findall(f".//{name}image"), "only lines and words, which are ours"
    grounds = [e for e in root.iter(f"{name}rect") if e.get("width") in ("760", "100%")]
    assert grounds, "without a white ground it cannot be read in a dark theme"
    assert grounds[0].get("fill") in ("white", "#fff", "#ffffff")
