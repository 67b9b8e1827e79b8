"""Sites to look at: the whole course, and a small one of two notebooks that may be changed.

What stands in place of live widgets has its own tests (``frozen``); here a stand-in for it
keeps the builds to seconds.
"""

import shutil
import sys
from html.parser import HTMLParser
from types import SimpleNamespace

import nbformat
import pytest

import medkit.site
from medkit import kit


class Page(HTMLParser):
    """What a test asks of a page: its tags, its anchors, and its words outside code."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.words, self._code = [], set(), [], 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append((tag, attrs))
        self.ids.add(attrs.get("id"))
        self._code += tag in ("pre", "code", "script")

    def handle_endtag(self, tag):
        self._code -= tag in ("pre", "code", "script")

    def handle_data(self, data):
        if not self._code:
            self.words.append(data)

    def all(self, *names):
        return [attrs for tag, attrs in self.tags if tag in names]


class Frozen(SimpleNamespace):
    """A stand-in: notes what it was asked for, and gives what a test tells it to."""

    def __init__(self):
        super().__init__(asked=[], fragments={}, problem=None)

    def outputs(self, book, name, folder):
        self.asked.append(name)
        if self.problem:
            raise self.problem
        if self.fragments:
            (folder / "frozen" / name).mkdir(parents=True)
            (folder / "frozen" / name / "frames.js").write_text("// frames")
        return self.fragments

    def assets(self, folder):
        (folder / "frozen").mkdir(exist_ok=True)
        for name in ("frozen.css", "frozen.js"):
            (folder / "frozen" / name).write_text("")


def stand_in(patch):
    """Replace ``medkit.site.frozen``, for this process."""
    frozen = Frozen()
    patch.setitem(sys.modules, "medkit.site.frozen", frozen)
    patch.setattr(medkit.site, "frozen", frozen, raising=False)
    return frozen


@pytest.fixture(scope="session")
def course(tmp_path_factory):
    """The whole site: its folder, and its pages by file name."""
    folder = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        stand_in(patch)
        medkit.site.build(folder, processes=0, say=lambda line: None)
    pages = {path.name: Page(path.read_text("utf-8")) for path in sorted(folder.glob("*.html"))}
    return SimpleNamespace(folder=folder, pages=pages)


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A kit of two notebooks, an own folder for its site, and the stand-in."""
    home = tmp_path / "kit"
    (home / "notebooks").mkdir(parents=True)
    (home / "datasets").mkdir()
    shutil.copy(kit.root() / "datasets" / "glossary.csv", home / "datasets")
    shutil.copy(kit.root() / "notebooks" / "00_start_here.ipynb", home / "notebooks")
    cells = [nbformat.v4.new_markdown_cell("# 11 · CT\n\nA **view** is $\\int \\mu\\,ds$.", id="a")]
    book = nbformat.v4.new_notebook(cells=cells)
    nbformat.write(book, home / "notebooks" / "11_ct.ipynb")
    monkeypatch.setenv("MEDKIT_HOME", str(home))
    frozen = stand_in(monkeypatch)

    def build(*only):
        return medkit.site.build(tmp_path / "site", only, processes=0, say=lambda line: None)

    return SimpleNamespace(
        home=home,
        folder=tmp_path / "site",
        frozen=frozen,
        build=build,
        page=lambda name="11_ct": Page((tmp_path / "site" / f"{name}.html").read_text("utf-8")),
        change=lambda **more: _change(home / "notebooks" / "11_ct.ipynb", **more),
    )


def _change(path, *, text="", outputs=()):
    book = nbformat.read(path, 4)
    if text:
        book.cells[0].source += text
    if outputs:
        cell = nbformat.v4.new_code_cell("1 + 1", id="run")
        cell.outputs = [nbformat.v4.new_output(kind, **more) for kind, more in outputs]
        book.cells = [*book.cells[:1], cell]
    nbformat.write(book, path)
