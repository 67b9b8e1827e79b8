"""``medkit demo``: what is listed, what is opened, what is said when it cannot be."""

import re
import sys

import pytest

from medkit import cli, kit
from medkit.chapters import demos, explorers


@pytest.fixture
def called(monkeypatch):
    """Voilà is there, and only noted: its command, and the notebook it was to show."""
    from nbformat import read

    commands = []

    def call(command, env):
        path = next(word for word in command if word.endswith(".ipynb"))
        template = env["JUPYTER_PATH"].split(":")[0] + "/voila/templates/medkit/index.html.j2"
        with open(template, encoding="utf-8") as file:
            commands.append((command, read(path, 4), file.read()))
        return 0

    monkeypatch.setattr(demos, "find_spec", lambda name: name)
    monkeypatch.setattr(demos.subprocess, "call", call)
    return commands


def test_every_explorer_is_listed_once_with_what_it_is_for(capsys):
    assert cli.run(["demo"]) == 0
    lines = capsys.readouterr().out.splitlines()
    truth = {name: factory.__doc__.splitlines()[0] for name, factory in explorers.all()}
    listed = {line.split()[1]: line.split(maxsplit=2)[2] for line in lines}
    assert listed == truth
    assert len(lines) == len(truth)
    at = {line.split()[1]: line.split()[0] for line in lines}
    assert at["ct.dose"] == "11_ct"
    assert at["language.negation"] == "23_language"
    assert at["evaluation.operating_point"] == "–"  # of several notebooks


def test_one_is_opened_alone_and_arguments_go_to_voila(called):
    assert cli.run(["demo", "ct.dose", "--no-browser", "--port=9999"]) == 0
    (command, notebook, template), code = called[0], "from medkit.chapters import explorers"
    assert command[:3] == [sys.executable, "-m", "voila"]
    assert command[-2:] == ["--no-browser", "--port=9999"]
    assert [cell.source for cell in notebook.cells] == [f"{code}\nexplorers.ct.dose()"]
    assert "max-width: none" in template


def test_an_unknown_name_is_one_line_with_the_nearest(called, capsys):
    assert cli.run(["demo", "ct.dos"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("medkit: no demo 'ct.dos'; near it: ct.dose, ")
    assert len(said.splitlines()) == 1
    assert not called


def test_without_voila_it_says_what_to_type(monkeypatch, capsys):
    monkeypatch.setattr(demos, "find_spec", lambda name: None)
    assert cli.run(["demo", "ct.dose"]) == 1
    said = capsys.readouterr().err
    assert re.fullmatch(r"medkit: a demo needs Voilà\. Type: \S+ -m pip install .+\n", said)


def test_the_workshop_has_ten_demos_with_a_minute_of_words_each(called):
    assert cli.run(["demo", "--workshop"]) == 0
    cells = called[0][1].cells
    names = {demo.name for demo in demos.demos(kit.notebooks())}
    shown = [cell.source for cell in cells[1:] if cell.cell_type == "code"]
    assert len(set(shown)) == 10
    assert {re.fullmatch(r"explorers\.([\w.]+)\(\)", line)[1] for line in shown} <= names
    kinds = [cell.cell_type for cell in cells]
    assert kinds == ["code", *["markdown", "code"] * 10, "markdown"]
    for cell in cells[1:-1:2]:  # one speaks 100 to 150 words a minute
        words = cell.source.rpartition("## ")[2].split()
        assert 100 <= len(words) <= 160, cell.source[:60]


def test_numbers_that_the_workshop_names_are_those_of_its_pictures():
    text = (demos.HERE / "demos.md").read_text(encoding="utf-8")

    def caption(factory, **params):
        return factory.picture(**params).caption

    doses = [caption(explorers.start_here.photons, tube_current_mas=mas) for mas in (2, 20)]
    assert [said.split()[-1] for said in doses] == ["1.9", "6.0"]
    assert "At 2 mAs" in text
    assert "At 20 mAs it is six times the noise" in text
    free = caption(explorers.machine_learning.freedom)
    assert "AUC 1.00 on the 120 tumours it learned" in free
    assert "on 449 it has never seen" in free
    assert "0.50 on 449" in caption(explorers.machine_learning.freedom, coins=True)
    assert "says benign, is malignant" in caption(explorers.cnn.looks_at)
    late, early = (caption(explorers.ultrasound_wave.film, wave=w) for w in ("focused", "plane"))
    times = [float(re.search(r"after ([\d.]+)", said)[1]) for said in (late, early)]
    assert times[0] > times[1]
