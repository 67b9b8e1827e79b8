"""Building: again only what changed, whole or not at all, and never into another's folder."""

import pytest

import medkit.site
from medkit import cli, kit
from medkit.site import needs

#: Three pixels wide, two high.
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAYAAACddGYaAAAAC0lEQVR4nGNgwAEAABoAAeKRWYwAAAAASUVORK5CYII="
VIEW = "application/vnd.jupyter.widget-view+json"


def times(folder):
    return {path: path.stat().st_mtime_ns for path in folder.glob("[0-9]*.html")}


def test_what_did_not_change_is_not_made_again(small):
    assert small.build() == ["00_start_here", "11_ct"]
    before = times(small.folder)
    assert small.build() == []
    assert times(small.folder) == before
    small.change(text="\n\n## Dose\n")
    assert small.build() == ["11_ct"]
    assert "Dose" in small.page().ids
    assert small.frozen.asked == ["00_start_here", "11_ct", "11_ct"]


def test_a_page_that_was_lost_is_made_again(small):
    small.build()
    (small.folder / "11_ct.html").unlink()
    assert small.build() == ["11_ct"]


def test_a_new_template_leaves_the_widgets_as_they_are(small, monkeypatch):
    small.build()
    monkeypatch.setattr(medkit.site, "__version__", "next")
    assert small.build() == ["00_start_here", "11_ct"]
    assert small.frozen.asked == ["00_start_here", "11_ct"]


def test_only_one_page(small):
    assert small.build("11_ct") == ["11_ct"]
    assert not (small.folder / "00_start_here.html").exists()
    links = {link["href"] for link in small.page("index").all("a")}
    assert "11_ct.html" in links
    with pytest.raises(KeyError, match=r"no notebook '12_mri'; there are: 00_start_here, 11_ct"):
        small.build("12_mri")


def test_a_page_whose_notebook_is_gone_goes(small):
    small.build()
    (small.home / "notebooks" / "11_ct.ipynb").unlink()
    small.build()
    assert not (small.folder / "11_ct.html").exists()
    assert not (small.folder / ".medkit" / "11_ct.json").exists()


def test_where_something_fails_the_old_page_stays_whole(small):
    small.frozen.fragments = {"run": "<p>old</p>"}
    small.build()
    before = (small.folder / "11_ct.html").read_bytes()
    small.change(text="\n\nMore.")
    small.frozen.problem = RuntimeError("no frames")
    with pytest.raises(RuntimeError, match="no frames"):
        small.build()
    assert (small.folder / "11_ct.html").read_bytes() == before
    assert (small.folder / "frozen" / "11_ct" / "frames.js").is_file()
    small.frozen.problem = None
    assert small.build() == ["11_ct"]
    left = {path.name for path in (small.folder / ".medkit").iterdir()}
    assert left == {"00_start_here.json", "11_ct.json"}


def test_a_formula_that_cannot_be_drawn_is_named(small):
    small.change(text=" And $\\nonsense x$.")
    with pytest.raises(ValueError, match=r"11_ct.ipynb: formula .*nonsense"):
        small.build()


def test_a_fragment_replaces_the_whole_output(small):
    said = ("stream", {"name": "stdout", "text": "stored\n"})
    small.change(outputs=[said])
    small.build()
    assert "stored" in (small.folder / "11_ct.html").read_text("utf-8")
    assert "frozen/frozen.js" not in (small.folder / "11_ct.html").read_text("utf-8")
    small.frozen.fragments = {"run": "<p>moves</p>"}
    small.change(outputs=[said, said])
    small.build()
    text = (small.folder / "11_ct.html").read_text("utf-8")
    assert "<p>moves</p>" in text
    assert "stored" not in text
    assert '<script src="frozen/frozen.js" defer>' in text
    assert '<details class="code">' in text  # folded: it only calls the widget
    assert (small.folder / "frozen" / "11_ct" / "frames.js").is_file()


def test_outputs_become_html(small):
    figure = f'<figure><img alt="a &quot;b&quot;" src="data:image/png;base64,{PNG}"></figure>'
    small.change(
        outputs=[
            ("stream", {"name": "stdout", "text": "\x1b[1m1 < 2\x1b[0m\n"}),
            ("execute_result", {"data": {"text/html": figure}, "execution_count": 1}),
            ("display_data", {"data": {"text/html": "<style>x</style><table><tr></table>"}}),
            ("display_data", {"data": {"image/png": PNG, "text/plain": "a plot"}}),
            ("display_data", {"data": {"text/markdown": "**so** $x$"}}),
            ("display_data", {"data": {VIEW: {}, "text/html": "p<br>Run this cell to move it."}}),
            ("error", {"ename": "E", "evalue": "v", "traceback": ["\x1b[31mE\x1b[0m: v"]}),
        ]
    )
    small.build()
    text = (small.folder / "11_ct.html").read_text("utf-8")
    assert '<pre class="said">1 &lt; 2\n</pre>' in text
    images = small.page().all("img")
    assert [image["alt"] for image in images] == ['a "b"', "a plot"]
    assert all((image["width"], image["height"]) == ("3", "2") for image in images)
    assert images[0]["src"] == images[1]["src"]
    assert '<div class="wide"><table>' in text
    assert "<style>" not in text
    assert "<strong>so</strong> <math" in text
    assert 'p<p class="still">Run this notebook to move it.</p>' in text
    assert '<pre class="said error">E: v</pre>' in text


def test_a_file_is_no_folder(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine")
    assert cli.run(["site", str(tmp_path / "mine.txt")]) == 1
    said = capsys.readouterr().err
    assert "is a file. Name a new or an empty folder: medkit site FOLDER" in said


def test_a_folder_with_other_files_stays_as_it_is(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine")
    assert cli.run(["site", str(tmp_path)]) == 1
    assert "holds files that are none of the site's" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch, capsys):
    def refuse(**more):
        raise PermissionError(13, "Permission denied", str(tmp_path))

    monkeypatch.setattr(medkit.site.tempfile, "TemporaryFile", refuse)
    assert cli.run(["site", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "cannot be written (Permission denied). Name a new or an empty folder" in said
    assert len(said.splitlines()) == 1


def test_a_site_is_served(small, monkeypatch):
    called = []
    monkeypatch.setattr(cli.subprocess, "call", lambda command: called.append(command) or 0)
    assert cli.run(["site", str(small.folder), "--only", "11_ct", "--serve", "--port", "0"]) == 0
    assert called[0][1:5] == ["-m", "http.server", "--bind", "127.0.0.1"]
    assert called[0][-2:] == [str(small.folder), "0"]


def test_the_command_builds_and_says_where(small, capsys):
    assert cli.run(["site", str(small.folder), "--only", "11_ct"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("11_ct: ")
    assert said[-1].startswith("medkit: made 1 pages anew; open ")


def test_a_page_needs_what_its_explorers_reach():
    root = needs.PACKAGE
    names = {
        path.relative_to(root).as_posix()
        for path in needs.files(kit.root() / "notebooks" / "11_ct.ipynb")
        if path.is_relative_to(root)
    }
    assert {"chapters/ct/artefacts.py", "chapters/ct/quiz.md", "constants/tissues.toml"} <= names
    assert "physics/linear/projection.py" in names
    assert "views/explorer/widget.py" in names
    assert not any(name.startswith(("chapters/mri/", "physics/mri/")) for name in names)
