"""Of which files a notebook's page is made: the kit's code that it reaches, and its data."""

import hashlib
import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from medkit import kit

PACKAGE = Path(__file__).resolve().parents[1]
_IMPORT = re.compile(
    r"^\s*(?:from medkit\.?([\w.]*) import (\([^)]*\)|.+)|import medkit\.([\w.]+))", re.MULTILINE
)


def digest(files: Iterable[Path], more: str = "") -> str:
    """Return one hash of all files and of a word."""
    total = hashlib.sha256(more.encode())
    for path in files:
        total.update(_digest(path, path.stat().st_mtime_ns))
    return total.hexdigest()


@cache
def _digest(path, _changed):
    return hashlib.sha256(path.name.encode() + path.read_bytes()).digest()


def sources(notebook: Path, kind: str) -> list[str]:
    """Return what is written in the cells of a kind, ``"code"`` or ``"markdown"``."""
    return [text for each, text in _cells(notebook, notebook.stat().st_mtime_ns) if each == kind]


@cache
def _cells(notebook, _changed):
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [(cell["cell_type"], "".join(cell["source"])) for cell in cells]


def files(notebook: Path) -> list[Path]:
    """Return the files of the kit that a notebook's cells, explorers and exercises reach.

    Imports are followed by reading, not by running; an explorer is found by its topic, and
    what is no module, such as a quiz or a table, by the folder in which a module lies.
    """
    code = "\n".join(sources(notebook, "code"))
    new = _imported(code) | set((PACKAGE / "site" / "frozen").glob("*.py"))
    topics = {notebook.stem[3:], *re.findall(r"explorers\.(\w+)", code)}
    for chapter in (PACKAGE / "chapters").iterdir():
        if any(topic == chapter.name or topic.startswith(chapter.name + "_") for topic in topics):
            new |= set(chapter.glob("*.py"))
    reached: set[Path] = set()
    while new:
        reached |= new
        new = set().union(*(_imports_of(path, path.stat().st_mtime_ns) for path in new)) - reached
    # Which table or trained network of the kit is read cannot be seen from here.
    data = {path for path in (kit.root() / "datasets").iterdir() if path.is_file()}
    beside = {file for folder in {path.parent for path in reached} for file in _beside(folder)}
    return sorted(reached | beside | data)


def _beside(folder):
    return [path for path in folder.iterdir() if path.suffix not in (".py", "")]


@cache
def _imports_of(path, _changed):
    return _imported(path.read_text(encoding="utf-8"))


def _imported(code):
    """Return the kit's files that a piece of code imports, wherever the import stands."""
    found = set()
    for module, names, alone in _IMPORT.findall(code):
        for name in re.findall(r"\w+", names) or [""]:
            parts = [part for part in f"{module or alone}.{name}".split(".") if part]
            for k in range(len(parts)):
                stem = PACKAGE.joinpath(*parts[: k + 1])
                found |= {p for p in (stem.with_suffix(".py"), stem / "__init__.py") if p.is_file()}
    return found
