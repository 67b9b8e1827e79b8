"""The command line, as a person types it."""

import os
import re
import subprocess
import sys
from types import SimpleNamespace

import psutil
import pytest

from medkit import cli, diagnosis, kit
from medkit.authoring import benchmark
from medkit.data.sets import catalogue, fetch


def test_help_lists_every_command(capsys):
    assert cli.run([]) == 0
    said = capsys.readouterr().out
    verbs = "lab demo test doctor data bench grade assignment site store"
    for verb in verbs.split():
        assert re.search(rf"^    {verb}\b", said, re.MULTILINE)


def test_module_and_function_are_the_same_door():
    command = [sys.executable, "-m", "medkit", "--version"]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    assert said.stdout.startswith("medkit ")


def test_unknown_arguments_are_refused_where_nothing_takes_them(capsys):
    with pytest.raises(SystemExit):
        cli.run(["doctor", "--frobnicate"])
    assert "--frobnicate" in capsys.readouterr().err


@pytest.fixture
def called(monkeypatch):
    commands = []
    monkeypatch.setattr(cli.subprocess, "call", lambda c, **k: commands.append((c, k)) or 0)
    return commands


@pytest.fixture
def home(monkeypatch, tmp_path):
    monkeypatch.setattr(kit.Path, "home", lambda: tmp_path)
    return tmp_path


def test_lab_opens_the_learners_copies_and_passes_arguments_on(called, home, capsys):
    before = [(path, path.stat().st_mtime_ns) for path in kit.notebooks()]
    assert cli.run(["lab", "--no-browser", "--port=9999"]) == 0
    (command, options) = called[0]
    assert command[1:3] == ["-m", "jupyterlab"]
    assert f"--ServerApp.root_dir={home / 'medkit'}" in command
    assert command[-2:] == ["--no-browser", "--port=9999"]
    assert options["env"]["KERAS_BACKEND"]
    for source in kit.notebooks():
        assert (home / "medkit" / source.name).read_bytes() == source.read_bytes()
    said = capsys.readouterr().out
    assert f"are in {home / 'medkit'}" in said
    assert len(said.splitlines()) == 2
    assert [(path, path.stat().st_mtime_ns) for path in kit.notebooks()] == before


def test_lab_opens_the_originals_for_authors(called, home):
    assert cli.run(["lab", "--originals"]) == 0
    assert f"--ServerApp.root_dir={(kit.root() / 'notebooks').resolve()}" in called[0][0]
    assert list(home.iterdir()) == []


def test_under_a_hub_the_lab_is_the_hubs_own_process(called, home, monkeypatch):
    became = []
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "secret")
    monkeypatch.setattr(cli.os, "execve", lambda program, command, env: became.append(command))
    cli.run(["lab", "--ServerApp.shutdown_no_activity_timeout=3600"])
    assert became[0][1:3] == ["-m", "jupyterhub.singleuser"]
    assert "--ServerApp.default_url=/lab/tree/00_start_here.ipynb" in became[0]
    assert became[0][-1] == "--ServerApp.shutdown_no_activity_timeout=3600"


def test_lab_writes_into_no_clone(called, home, capsys):
    (home / "medkit" / "medkit").mkdir(parents=True)
    (home / "medkit" / "medkit" / "kit.py").write_text("")
    assert cli.run(["lab"]) == 0
    assert f"--ServerApp.root_dir={home / 'medkit-notebooks'}" in called[0][0]
    assert [path.name for path in (home / "medkit").iterdir()] == ["medkit"]
    for own in (kit.root(), kit.root() / "notebooks"):
        assert cli.run(["lab", "--folder", str(own)]) == 1
        assert "medkit lab --originals" in capsys.readouterr().err


def test_lab_says_what_to_type_where_nothing_can_be_written(called, home, capsys):
    (home / "file").write_text("")
    assert cli.run(["lab", "--folder", str(home / "file" / "mine")]) == 1
    assert "medkit lab --folder FOLDER" in capsys.readouterr().err
    assert called == []


def test_a_tilde_that_the_shell_left_is_the_home(called, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert cli.run(["lab", "--folder=~/läb ü"]) == 0
    assert f"--ServerApp.root_dir={tmp_path / 'läb ü'}" in called[0][0]
    assert not (tmp_path / "~").exists()


def test_an_account_without_a_home_is_told_so(called, monkeypatch, capsys):
    def nowhere():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(kit.Path, "home", nowhere)
    assert cli.run(["lab"]) == 1
    assert "home directory" in capsys.readouterr().err
    assert called == []


def test_lab_outside_a_clone_works_on_copies(called, monkeypatch, tmp_path, capsys):
    (tmp_path / "kit" / "notebooks").mkdir(parents=True)
    (tmp_path / "kit" / "notebooks" / "00_start_here.ipynb").write_text("{}")
    monkeypatch.setenv("MEDKIT_HOME", str(tmp_path / "kit"))
    assert cli.run(["lab", "--folder", str(tmp_path / "mine")]) == 0
    assert (tmp_path / "mine" / "00_start_here.ipynb").is_file()
    assert f"--ServerApp.root_dir={tmp_path / 'mine'}" in called[0][0]


def test_test_runs_pytest_with_its_arguments_in_the_clone(called, monkeypatch):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    assert cli.run(["test", "-k", "anatomy", "tests"]) == 0
    command, options = called[0]
    assert command[1:] == ["-m", "pytest", "-k", "anatomy", "tests"]
    assert options["cwd"] == kit.root()


@pytest.mark.parametrize(
    ("cores", "gigabytes", "options"),
    [
        (2, 16, ["-n", "2", "--dist", "loadfile"]),
        (1, 16, []),
        (8, 6, []),
        (8, 24, ["-n", "4"]),
    ],
)
def test_all_tests_run_in_as_many_processes_as_fit(called, monkeypatch, cores, gigabytes, options):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=gigabytes * 1e9))
    cli.run(["test"])
    assert called[0][0][3 : 3 + len(options)] == options
    assert ("-n" in called[0][0]) == bool(options)
    assert ("OMP_NUM_THREADS" in called[0][1]["env"]) == bool(options)


def test_on_another_backend_outputs_are_not_compared(called, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    cli.run(["test"])
    assert called[0][0][-1] == "--nbval-lax"


def test_doctor_finds_this_environment_well(capsys, monkeypatch):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    assert cli.run(["doctor"]) == 0
    assert "All is well" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("trial", "says"),
    [
        pytest.param(
            "import os, signal; os.kill(os.getpid(), signal.SIGILL)",
            "processor with AVX",
            marks=pytest.mark.skipif(os.name != "posix", reason="a signal of POSIX"),
        ),
        ("raise ImportError('DLL load failed')", "DLL load failed"),
    ],
)
def test_doctor_finds_a_backend_that_dies_on_import(capsys, monkeypatch, trial, says):
    monkeypatch.setattr(diagnosis, "TRIAL", trial)
    assert cli.run(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "which cannot be imported" in said
    assert says in said
    assert "All is well" not in said


def test_doctor_names_what_is_missing_and_what_to_type(capsys, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "teapot")
    monkeypatch.setattr(diagnosis, "WIDGETS", (("widgets", "no-such-extension"),))
    assert cli.run(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "set KERAS_BACKEND to one of: tensorflow, jax, torch" in said
    assert "2 things to mend" in said


def test_grading_what_is_not_there_is_one_clear_error(capsys, tmp_path):
    assert cli.run(["grade", str(tmp_path / "nothing")]) == 1
    assert "nothing" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_console_that_lacks_a_letter_stops_nothing(tmp_path, encoding):
    folder = tmp_path / "class"
    for name in ("Dvořák", "李明", "Ann"):
        (folder / name).mkdir(parents=True)
        (folder / name / "answers.txt").write_text("4 mm")
    command = [sys.executable, "-m", "medkit", "grade", str(folder)]
    command += ["--output", str(tmp_path / "g.csv")]
    env = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run(command, env=env, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert b"Dvo??k: no notebook" in done.stdout.replace(b"\xe1", b"?")
    rows = (tmp_path / "g.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [row.partition(",")[0] for row in rows[1:]] == ["Ann", "Dvořák", "李明"]


def test_grading_says_what_it_does_not_prevent(capsys):
    with pytest.raises(SystemExit):
        cli.run(["grade", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert "NOT prevented" in said
    assert "best counts" in said


def test_limits_must_be_positive(capsys):
    with pytest.raises(SystemExit):
        cli.run(["grade", ".", "--seconds", "-3"])
    assert "-3 is not above 0" in capsys.readouterr().err


def test_doctor_gives_one_advice_for_missing_packages(capsys, monkeypatch):
    monkeypatch.setattr(diagnosis.launcher, "missing", lambda extra="": ["numpy>=9", "scipy>=9"])
    assert cli.run(["doctor"]) == 1
    said = capsys.readouterr().out
    assert said.count("→") == 1
    assert "→ python3 -m medkit lab" in said
    assert "1 thing to mend" in said


@pytest.fixture
def registry(monkeypatch):
    monkeypatch.setattr(benchmark, "REGISTRY", {})
    monkeypatch.setattr(benchmark, "load", lambda folder: None)

    def spin(n):
        return lambda: sum(range(n))

    @benchmark.benchmark("x.sum")
    def slow_peer():
        return benchmark.Comparison(spin(20_000), spin(400_000), "a slow peer", 0.1, 0.2, rounds=3)

    @benchmark.benchmark("x.alone")
    def alone():
        return benchmark.Comparison(spin(100), None, "nobody", rounds=2)

    @benchmark.benchmark("y.measured")
    def measured():
        return benchmark.Row("y.measured", 0.01, 0.05, 5.0, None, None, "a browser")


def test_bench_prints_one_table(registry, capsys):
    assert cli.run(["bench"]) == 0
    _, alone, both, measured = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in (alone, both, measured)] == [
        "x.alone",
        "x.sum",
        "y.measured",
    ]
    # 20 times the work takes clearly longer, whatever the machine does meanwhile.
    assert float(both.partition("×")[0].split()[-1]) > 5
    assert "×" not in alone
    assert "5.0×" in measured


def test_bench_runs_only_what_is_named(registry, capsys):
    assert cli.run(["bench", "y"]) == 0
    assert "x.sum" not in capsys.readouterr().out


def test_bench_names_the_choices_for_an_unknown_name(registry, capsys):
    assert cli.run(["bench", "z"]) == 1
    assert "x.alone, x.sum, y.measured" in capsys.readouterr().err


@pytest.fixture
def data_folder(monkeypatch, tmp_path):
    """An empty data folder."""
    monkeypatch.setenv("MEDKIT_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def fetched(monkeypatch):
    """No network: whatever is asked for is written as it is said to be."""
    asked = []

    def arrive(address, download, folder):
        asked.append(address)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / download.file).write_bytes(b"it")
        return ""

    monkeypatch.setattr(fetch, "_try_mirror", arrive)
    return asked


def test_data_lists_every_card_with_its_licence(data_folder, capsys):
    assert cli.run(["data"]) == 0
    said = capsys.readouterr().out
    for card in catalogue.cards():
        assert f"  {card.name} " in said
    (line,) = [line for line in said.splitlines() if line.startswith("  dermamnist ")]
    assert line.split() == ["dermamnist", "XC", "10,015", "CC", "BY-NC", "4.0", "not", "here"]
    assert str(data_folder) in said
    assert max(map(len, said.splitlines()[:-3])) < 80


def test_data_shows_what_a_set_is_not_for(data_folder, capsys):
    assert cli.run(["data", "show", "dermamnist"]) == 0
    said = capsys.readouterr().out
    assert "NOT FOR COMMERCIAL USE" in said
    assert "not for   comparing models" in said
    assert "dermamnist_64.npz: absent" in said
    cli.run(["data", "show", "breastmnist"])
    assert "normal or benign, malignant" in capsys.readouterr().out  # as load() has it


def test_data_proposes_what_was_meant(data_folder, capsys):
    assert cli.run(["data", "show", "BreastMNST"]) == 1
    assert "Did you mean breastmnist" in capsys.readouterr().err


def test_data_fetches_and_says_where(data_folder, fetched, capsys):
    assert cli.run(["data", "fetch", "breastmnist", "--size", "64"]) == 0
    assert str(data_folder / "breastmnist_64.npz") in capsys.readouterr().out
    assert "breastmnist_64.npz" in fetched[0]
    assert cli.run(["data", "list"]) == 0
    assert "here 64" in capsys.readouterr().out
    assert cli.run(["data", "fetch", "breastmnist", "--size", "32"]) == 1
    assert "comes at 28 or 64 pixels" in capsys.readouterr().err


def test_data_shows_a_licence_against_commercial_use(data_folder, fetched, capsys):
    assert cli.run(["data", "fetch", "dermamnist", "--size", "64"]) == 0
    assert "CC BY-NC 4.0, NOT FOR COMMERCIAL USE" in capsys.readouterr().out


def test_doctor_says_where_data_sets_lie_and_which_are_there(
    data_folder, fetched, capsys, monkeypatch
):
    monkeypatch.setattr(diagnosis, "TRIAL", "pass")
    cli.run(["data", "fetch", "breastmnist"])
    cli.run(["doctor"])
    count = sum(card.kind == "fetched" for card in catalogue.cards())
    assert f"1 of {count} in {data_folder}: breastmnist" in capsys.readouterr().out
