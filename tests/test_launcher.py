"""The launcher, without installing anything: `.ci/run` does that for real."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from medkit import launcher


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A clone that asks for one package this environment has and one it lacks."""
    (tmp_path / "pyproject.toml").write_text(
        "[project]\nname = 'x'\ndependencies = ['numpy>=1.0', 'no-such-package>=1']\n"
        "[project.optional-dependencies]\ntest = ['pytest>=1']\n"
    )
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("numpy==2\n")
    monkeypatch.setattr(launcher, "ROOT", tmp_path)
    monkeypatch.setattr(launcher, "CONSTRAINTS", constraints)
    return tmp_path


@pytest.fixture
def steps(clone, monkeypatch):
    """What the launcher would have done, in order; its environment is a file."""
    done = []
    _, python = launcher.environment()

    def make(folder):
        done.append(("make",))
        python.parent.mkdir(parents=True, exist_ok=True)
        python.write_text("")

    monkeypatch.setattr(launcher, "_make", make)
    monkeypatch.setattr(launcher, "_pip", lambda python, extra: done.append(("pip", extra)))
    monkeypatch.setattr(launcher, "_reenter", lambda argv: done.append(("run", *argv)) or 0)
    return done


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_supported_pythons_pass(version):
    launcher.check_python(version)


@pytest.mark.parametrize("version", [(3, 6), (3, 10), (3, 14)])
def test_other_pythons_are_refused_with_advice(version, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(launcher.SetupError, match=r"needs Python 3\.11 to 3\.13.*Install Python"):
        launcher.check_python(version)


@pytest.mark.skipif(os.name != "posix", reason="the shims are shell scripts")
def test_an_installed_newer_python_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(launcher.SetupError, match=r"Install Python 3\.13"):
        launcher.check_python((3, 9))
    (tmp_path / "python3.12").touch(0o755)
    with pytest.raises(launcher.SetupError, match=r"type python3\.12 -m medkit instead"):
        launcher.check_python((3, 9))


def test_missing_lists_absent_and_too_old_packages(clone):
    assert launcher.missing() == ["no-such-package>=1"]
    project = clone / "pyproject.toml"
    project.write_text(project.read_text().replace("numpy>=1.0", "numpy>=99.0"))
    assert launcher.missing() == ["numpy>=99.0", "no-such-package>=1"]


def test_a_complete_environment_is_used_as_it_is(clone, steps):
    project = clone / "pyproject.toml"
    project.write_text(project.read_text().replace(", 'no-such-package>=1'", ""))
    assert launcher.prepare(["test"]) is None
    assert steps == []


def test_first_start_installs_and_second_does_nothing(steps):
    assert launcher.prepare(["lab", "--no-browser"]) == 0
    assert steps == [("make",), ("pip", ""), ("run", "lab", "--no-browser")]
    steps.clear()
    assert launcher.prepare(["lab"]) == 0
    assert steps == [("run", "lab")]


def test_tests_need_more_than_the_lab(steps):
    launcher.prepare(["lab"])
    launcher.prepare(["test"])
    launcher.prepare(["lab"])
    assert [step for step in steps if step[0] == "pip"] == [("pip", ""), ("pip", "test")]


def test_new_pins_are_installed_again(clone, steps):
    launcher.prepare(["lab"])
    launcher.CONSTRAINTS.write_text("numpy==3\n")
    launcher.prepare(["lab"])
    assert [step for step in steps if step[0] == "pip"] == [("pip", ""), ("pip", "")]


def test_a_failed_installation_is_not_taken_for_a_finished_one(clone, steps, monkeypatch, capsys):
    def fail(python, extra):
        raise launcher.SetupError("no luck")

    monkeypatch.setattr(launcher, "_pip", fail)
    assert launcher.prepare(["lab"]) == 1
    assert capsys.readouterr().err == "medkit: no luck\n"
    assert not list((clone / ".venv").glob("*.medkit"))


def test_a_python_without_venv_says_what_to_install(monkeypatch, tmp_path):
    find_spec = launcher.importlib.util.find_spec
    monkeypatch.setattr(
        launcher.importlib.util,
        "find_spec",
        lambda name: None if name == "ensurepip" else find_spec(name),
    )
    with pytest.raises(launcher.SetupError, match=r"sudo apt install python3\.\d+-venv"):
        launcher._make(tmp_path / ".venv")


def test_pip_failure_is_reported(clone, monkeypatch):
    monkeypatch.setattr(subprocess, "call", lambda command: 1)
    with pytest.raises(launcher.SetupError, match=r"could not install.*HTTPS_PROXY.*PIP_CERT"):
        launcher._pip(Path(sys.executable), "")


def test_help_needs_no_environment(clone, steps):
    assert launcher.prepare(["lab", "--help"]) is None
    assert launcher.prepare([]) is None
    assert steps == []


def test_a_real_environment_is_made_where_none_was(clone):
    """Makes a true environment (a second or two), only without the installation."""
    launcher._make(clone / ".venv")
    _, python = launcher.environment()
    code = "import sys; print(sys.prefix)"
    said = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True)
    assert Path(said.stdout.strip()).resolve() == (clone / ".venv").resolve()


def test_this_clone_pins_every_requirement():
    root = Path(launcher.__file__).parent.parent
    if not (root / "pyproject.toml").is_file():
        pytest.skip("not a clone")
    lines = launcher.CONSTRAINTS.read_text().splitlines()
    pinned = {line.split("==")[0] for line in lines if "==" in line}
    wanted = {
        line.split(">=")[0].split("[")[0].lower().replace("_", "-")
        for line in launcher.requirements("test")
    }
    assert wanted - pinned == set()
    assert not [line for line in lines if "://" in line or "@" in line]


def test_a_damaged_stamp_means_installing_again(steps, clone):
    launcher.prepare(["lab"])
    (clone / ".venv" / "with_.medkit").write_text("bad")
    assert launcher.prepare(["lab"]) == 0
    assert [step for step in steps if step[0] == "pip"] == [("pip", ""), ("pip", "")]


def test_interrupting_is_one_sentence(steps, monkeypatch, capsys):
    def interrupt(python, extra):
        raise KeyboardInterrupt

    monkeypatch.setattr(launcher, "_pip", interrupt)
    assert launcher.prepare(["lab"]) == 130
    assert capsys.readouterr().err == (
        "\nmedkit: stopped. The same command goes on where it stopped.\n"
    )


def test_every_pin_allows_the_oldest_python():
    from importlib.metadata import PackageNotFoundError, metadata

    from packaging.specifiers import SpecifierSet

    oldest = ".".join(map(str, launcher.OLDEST)) + ".0"
    wrong = []
    for line in launcher.CONSTRAINTS.read_text().splitlines():
        name, _, pin = line.partition("==")
        try:
            facts = metadata(name) if pin else {}
        except PackageNotFoundError:
            continue
        # Another version may be installed in an environment of one's own: says nothing then.
        rule = facts.get("Requires-Python") if facts.get("Version") == pin else None
        if rule and not SpecifierSet(rule).contains(oldest):
            wrong.append(line)
    assert wrong == []
