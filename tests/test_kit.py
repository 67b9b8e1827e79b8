"""Where notebooks are found, and that a learner's changes survive."""

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
