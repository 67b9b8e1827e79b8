"""What moves in a notebook, on a page without a kernel.

`outputs` draws at build time what a kernel would have answered, and returns the HTML of each
cell; `assets` writes the script and the style that all pages share. The front ends are those of
JupyterLab, the very same source: `page.js` gives each a model that answers from files.

An explorer shows a picture only with the values that it was drawn for: its controls go to the
values that there are (`frames`). What a brush would paint or a learner would type cannot be
foreseen: examples stand in its place.
"""

import contextlib
import io
import logging
import os
from pathlib import Path

import nbformat

from medkit.course.chapters import find_exercise
from medkit.course.handout import Handout
from medkit.course.quizzes.gain import ShortTest
from medkit.course.quizzes.widget import Quiz
from medkit.site.frozen import cells, fragments, frames, viewers
from medkit.views.explorer.widget import Explorer
from medkit.views.viewer import VolumeViewer

_HERE = Path(__file__).parent
_VIEWS = _HERE.parents[1] / "views"
#: The front ends and the files each is made of, as their widgets join them.
_FRONTS = {
    "explorerFront": [_VIEWS / "explorer/picture.js", _VIEWS / "explorer/widget.js"],
    "viewerFront": [_VIEWS / f"viewer/{name}.js" for name in ("voxels", "plane", "page", "widget")],
    "quizFront": [_HERE.parents[1] / "course/quizzes/quiz.js"],
}
_STYLES = (
    _VIEWS / "explorer/style.css",
    _VIEWS / "viewer/style.css",
    _HERE.parents[1] / "course/quizzes/quiz.css",
    _HERE / "page.css",
)
log = logging.getLogger(__name__)


def outputs(notebook: nbformat.NotebookNode, name: str, folder: Path) -> dict[str, str]:
    """Write what the explorers and viewers of a notebook need, and return their HTML.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        With its outputs, whose stills stand there until something moves.
    name : str
        Such as ``"11_ct"``; files go to ``folder/frozen/<name>``.
    folder : Path
        Where the page will lie.

    Returns
    -------
    dict of str to str
        By the id of a cell, what replaces its whole output. A cell that is not there keeps its
        output: it needs what only a run of the notebook has; the log says what.
    """
    os.environ.setdefault("MPLBACKEND", "agg")
    made: dict[str, str] = {}
    found = cells.shown(notebook)
    while True:
        with contextlib.redirect_stdout(io.StringIO()):  # what cells print is stored already
            cell, thing = next(found, (None, None))
        if cell is None:
            return made
        if isinstance(thing, Exception):
            log.warning("%s, cell %s stays a picture: %s", name, cell.id, thing)
        elif fragment := _fragment(cell, thing, name, folder):
            made[cell.id] = fragment


def _fragment(cell, thing, name, folder) -> str:
    if isinstance(thing, Handout):
        return fragments.exercise(find_exercise(thing.id))
    if isinstance(thing, ShortTest):
        return fragments.short_test(thing)
    if isinstance(thing, Quiz):
        return fragments.quiz(thing)
    if not isinstance(thing, Explorer | VolumeViewer):
        return ""
    files, link = folder / "frozen" / name, f"frozen/{name}/{cell.id}"
    still = fragments.still(cell, files / cell.id, link)
    if isinstance(thing, VolumeViewer):
        less = viewers.freeze(thing, cell.id, files)
        note = f"Kept: {less}." if less else ""
        return fragments.live("viewer", link, still, note)
    freezer = frames.Freezer(thing, getattr(thing._draw, "together", ()))
    note = frames.note(freezer.freeze(cell.id, files), name, freezer.packer.rounded)
    return fragments.live("explorer", link, still, note)


def assets(folder: Path) -> None:
    """Write ``frozen/frozen.js`` and ``frozen/frozen.css``, which every page loads."""
    parts = []
    for front, files in _FRONTS.items():
        source = "\n".join(file.read_text("utf-8") for file in files)
        # The one line that makes a module of it: a page from a disk may not load modules.
        body, export, rest = source.partition("export default ")
        if not export or "export " in rest:
            raise ValueError(f"{front}: expected one `export default`")
        parts.append(f"const {front} = (() => {{\n{body}return {rest}\n}})();")
    parts.append((_HERE / "page.js").read_text("utf-8"))
    target = folder / "frozen"
    target.mkdir(parents=True, exist_ok=True)
    script = "(() => {\n" + "\n".join(parts) + "})();\n"
    (target / "frozen.js").write_text(script, "utf-8")
    styles = "\n".join(file.read_text("utf-8") for file in _STYLES)
    (target / "frozen.css").write_text(styles, "utf-8")
