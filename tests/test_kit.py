"""Where notebooks are found, and that a learner's changes survive."""

import json
import os
import sys
import tomllib
import types
from pathlib import Path

import pytest

from medkit import kit


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    folder = tmp_path / "kit"
    (folder / "notebooks").mkdir(parents=True)
    (folder / "notebooks" / "00_start_here.ipynb").write_text("one")
    (folder / "notebooks" / "11_ct.ipynb").write_text("one")
    (folder / "notebooks" / "scratch.ipynb").write_text("no number, not part of the course")
    monkeypatch.setenv("MEDKIT_HOME", str(folder))
    return folder / "notebooks"


def test_environment_variable_wins(shipped):
    assert kit.root() == shipped.parent
    assert [path.name for path in kit.notebooks()] == ["00_start_here.ipynb", "11_ct.ipynb"]
    assert not kit.is_checkout()


def test_a_clone_is_found_without_it(monkeypatch):
    monkeypatch.delenv("MEDKIT_HOME", raising=False)
    assert (kit.root() / "notebooks").is_dir()


def test_a_missing_kit_says_where_it_looked(monkeypatch, tmp_path):
    monkeypatch.setattr(kit, "_PACKAGE", tmp_path / "medkit")
    monkeypatch.setenv("MEDKIT_HOME", str(tmp_path / "nowhere"))
    with pytest.raises(FileNotFoundError, match=r"nowhere.*set MEDKIT_HOME"):
        kit.root()


def test_first_copy_brings_all_and_second_nothing(shipped, tmp_path):
    mine = tmp_path / "mine"
    assert len(kit.copy_notebooks(mine)) == 2
    assert kit.copy_notebooks(mine) == []
    assert (mine / "11_ct.ipynb").read_text() == "one"


def test_untouched_notebooks_are_updated(shipped, tmp_path):
    mine = tmp_path / "mine"
    kit.copy_notebooks(mine)
    (shipped / "11_ct.ipynb").write_text("two")
    assert kit.copy_notebooks(mine) == ["11_ct.ipynb: brought up to date"]
    assert (mine / "11_ct.ipynb").read_text() == "two"


def test_changed_notebooks_are_never_overwritten(shipped, tmp_path):
    mine = tmp_path / "mine"
    kit.copy_notebooks(mine)
    (mine / "11_ct.ipynb").write_text("my answers")
    assert kit.copy_notebooks(mine) == []  # nothing newer to offer
    (shipped / "11_ct.ipynb").write_text("two")
    assert len(kit.copy_notebooks(mine)) == 1
    assert kit.copy_notebooks(mine) == []
    assert (mine / "11_ct.ipynb").read_text() == "my answers"
    beside = [path.read_text() for path in mine.glob("11_ct (medkit *.ipynb")]
    assert beside == ["two"]


def test_a_file_that_was_there_before_is_kept(shipped, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "11_ct.ipynb").write_text("mine before the kit came")
    kit.copy_notebooks(mine)
    assert (mine / "11_ct.ipynb").read_text() == "mine before the kit came"


def test_a_deleted_notebook_comes_back(shipped, tmp_path):
    mine = tmp_path / "mine"
    kit.copy_notebooks(mine)
    (mine / "11_ct.ipynb").unlink()
    assert kit.copy_notebooks(mine) == ["11_ct.ipynb: copied"]


def test_a_changed_side_copy_is_kept_too(shipped, tmp_path):
    mine = tmp_path / "mine"
    kit.copy_notebooks(mine)
    (mine / "11_ct.ipynb").write_text("my answers")
    (shipped / "11_ct.ipynb").write_text("two")
    kit.copy_notebooks(mine)
    (beside,) = mine.glob("11_ct (medkit *.ipynb")
    beside.write_text("my second answers")
    (shipped / "11_ct.ipynb").write_text("three")
    kit.copy_notebooks(mine)
    found = sorted(path.read_text() for path in mine.glob("11_ct*.ipynb"))
    assert found == ["my answers", "my second answers", "three"]


@pytest.mark.parametrize("damage", ["{bad", "[1]", ""])
def test_a_damaged_record_loses_nothing(shipped, tmp_path, damage):
    mine = tmp_path / "mine"
    kit.copy_notebooks(mine)
    (mine / "11_ct.ipynb").write_text("my answers")
    (mine / ".medkit.json").write_text(damage)
    kit.copy_notebooks(mine)
    assert (mine / "11_ct.ipynb").read_text() == "my answers"


def cells(*sources, outputs=()):
    code = [{"cell_type": "code", "source": [s], "outputs": list(outputs)} for s in sources]
    return json.dumps({"cells": code})


def test_a_notebook_that_was_only_run_is_brought_up_to_date(shipped, tmp_path):
    mine = tmp_path / "mine"
    (shipped / "11_ct.ipynb").write_text(cells("1 + 1"))
    kit.copy_notebooks(mine)
    # What running and saving does: outputs, and an empty cell at the end.
    (mine / "11_ct.ipynb").write_text(cells("1 + 1", "", outputs=[{"text": "2"}]))
    assert kit.copy_notebooks(mine) == []
    (shipped / "11_ct.ipynb").write_text(cells("2 + 2"))
    assert kit.copy_notebooks(mine) == ["11_ct.ipynb: brought up to date"]
    (mine / "11_ct.ipynb").write_text(cells("2 + 2", "# my note"))
    (shipped / "11_ct.ipynb").write_text(cells("3 + 3"))
    assert "you changed yours" in kit.copy_notebooks(mine)[0]
    assert (mine / "11_ct.ipynb").read_text() == cells("2 + 2", "# my note")


def test_a_newer_version_beside_ones_own_is_itself_brought_up_to_date(shipped, tmp_path):
    mine = tmp_path / "mine"
    kit.copy_notebooks(mine)
    (mine / "11_ct.ipynb").write_text("my answers")
    for version in ("two", "three", "four"):
        (shipped / "11_ct.ipynb").write_text(version)
        kit.copy_notebooks(mine)
    assert sorted(p.read_text() for p in mine.glob("11_ct*.ipynb")) == ["four", "my answers"]


def test_pictures_come_along_if_a_notebook_shows_them(shipped, tmp_path):
    mine = tmp_path / "mine"
    (shipped / "images").mkdir()
    for name in ("ct.png", "logo.png"):
        (shipped / "images" / name).write_bytes(b"\x89PNG one")
    (shipped / "11_ct.ipynb").write_text(cells("![a head](images/ct.png)"))
    kit.copy_notebooks(mine)
    assert [path.name for path in (mine / "images").iterdir()] == ["ct.png"]
    (shipped / "images" / "ct.png").write_bytes(b"\x89PNG two")
    assert kit.copy_notebooks(mine) == ["images/ct.png: brought up to date"]
    (mine / "images" / "ct.png").write_bytes(b"my drawing")
    (shipped / "images" / "ct.png").write_bytes(b"\x89PNG three")
    kit.copy_notebooks(mine)
    assert (mine / "images" / "ct.png").read_bytes() == b"my drawing"
    assert len(list((mine / "images").iterdir())) == 2


def test_a_torn_copy_leaves_what_was_there(shipped, tmp_path, monkeypatch):
    mine = tmp_path / "mine"
    kit.copy_notebooks(mine)
    (shipped / "11_ct.ipynb").write_text("two")

    def full(self, content):
        self.touch()
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(OSError, match=r"No space left.*--folder"):
            kit.copy_notebooks(mine)
    assert (mine / "11_ct.ipynb").read_text() == "one"
    assert sorted(os.listdir(mine)) == [".medkit.json", "00_start_here.ipynb", "11_ct.ipynb"]
    assert kit.copy_notebooks(mine) == ["11_ct.ipynb: brought up to date"]


def test_a_copy_that_was_stopped_half_way_goes_on_later(shipped, tmp_path, monkeypatch):
    mine, write = tmp_path / "mine", kit.write_whole

    def stop(path, content):
        if path.name == "11_ct.ipynb":
            raise KeyboardInterrupt
        write(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(kit, "write_whole", stop)
        with pytest.raises(KeyboardInterrupt):
            kit.copy_notebooks(mine)
    for name in ("00_start_here.ipynb", "11_ct.ipynb"):
        (shipped / name).write_text("two")
    # Nobody wrote in the first: it is no learner's work.
    assert kit.copy_notebooks(mine) == [
        "00_start_here.ipynb: brought up to date",
        "11_ct.ipynb: copied",
    ]


def test_what_stands_in_the_way_of_a_copy_is_named(shipped, tmp_path):
    (tmp_path / "mine" / "11_ct.ipynb").mkdir(parents=True)
    with pytest.raises(OSError, match=r"directory.*11_ct\.ipynb.*--folder"):
        kit.copy_notebooks(tmp_path / "mine")


def test_every_link_between_notebooks_leads_to_a_copy(tmp_path):
    import re

    mine = tmp_path / "mine"
    kit.copy_notebooks(mine)
    for path in kit.notebooks():
        book = json.loads(path.read_text(encoding="utf-8"))
        text = "".join("".join(c["source"]) for c in book["cells"] if c["cell_type"] == "markdown")
        links = re.findall(r"\]\((?!https?:|#|mailto:|attachment:)([^)#\s]+)", text)
        lost = [link for link in links if not (mine / link).exists()]
        assert lost == [], path.name


def test_colab_is_asked_to_show_widgets_of_others(monkeypatch):
    kit.get_ready()  # elsewhere nothing happens
    asked, output = [], types.ModuleType("google.colab.output")
    output.enable_custom_widget_manager = lambda: asked.append("widgets")
    colab = types.ModuleType("google.colab")
    colab.output = output
    for name, module in (("google.colab", colab), ("google.colab.output", output)):
        monkeypatch.setitem(sys.modules, name, module)
    kit.get_ready()
    assert asked == ["widgets"]


def test_binder_gets_all_but_tensorflow():
    folder = kit.root()
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    lines = (folder / ".binder" / "requirements.txt").read_text("utf-8").splitlines()
    given = [line for line in lines if line[0] not in "#-"]
    left_out = [line for line in project["dependencies"] if line not in given]
    assert [line.partition(">")[0] for line in left_out] == ["keras", "tensorflow"]
    assert len(given) + 2 == len(project["dependencies"])
    assert os.access(folder / ".binder" / "postBuild", os.X_OK)
