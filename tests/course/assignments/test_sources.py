"""What is written for nbgrader and Otter, looked at without either."""

import ast
import re

import nbformat
import pytest

from medkit import cli, kit
from medkit.course import assignments
from medkit.course.chapters import chapters, find_exercise

EXERCISES = [exercise for chapter in chapters() for exercise in chapter.exercises]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_a_solution_stays_what_it_is(exercise):
    cell = assignments.solved(exercise, "theirs = None\ntask.check(theirs)", 2, "theirs")
    *_, check = ast.parse(cell).body
    inside = [ast.dump(node) for node in ast.walk(ast.parse(cell))]
    for node in ast.parse(exercise.shown_solution()).body:
        assert ast.dump(node) in inside
    assert ast.unparse(check) == "task.check(theirs)"
    assert re.search(r"^(theirs = |def theirs\()", cell.split(assignments.BEGIN)[1], re.MULTILINE)


@pytest.mark.parametrize("path", kit.notebooks(), ids=lambda path: path.stem)
def test_every_exercise_of_every_notebook_is_graded(path, tmp_path):
    source, *_ = assignments.export(path, tmp_path, "nbgrader")
    book = nbformat.read(source, as_version=4)
    nbformat.validate(book)
    marked = [cell for cell in book.cells if "nbgrader" in cell.metadata]
    tests = [cell for cell in marked if cell.metadata.nbgrader.grade]
    ids = [re.search(r'graded\("([^"]+)"', cell.source)[1] for cell in tests]
    asked = re.findall(r'= exercise\("([^"]+)"', "\n".join(cell.source for cell in book.cells))
    assert sorted(ids) == sorted(asked)
    names = [cell.metadata.nbgrader.grade_id for cell in marked]
    assert len(set(names)) == len(names) == 2 * len(asked)


@pytest.mark.parametrize("kind", ["nbgrader", "otter"])
def test_a_source_that_is_run_solves_itself(kind, export):
    """Each solution right behind its starter; the tests' answers are bound by then."""
    path, *_ = export(kind)
    cells = nbformat.read(path, as_version=4).cells
    answers = [cell.source for cell in cells if assignments.BEGIN in cell.source]
    assert len(answers) == 3
    for source, name in zip(answers, ("volume_size", "grey_value", "region_mean"), strict=True):
        space = {f"{name}_task": type("Task", (), {"check": lambda self, answer: None})()}
        exec(source, space)
        answer = space.get("region_mean", space.get("answer"))
        assert find_exercise(f"00_start_here.{name}").grade(answer).score == 1


def test_an_exam_has_no_visible_checks(export):
    path, _ = export("nbgrader", exam=True)
    text = path.read_text(encoding="utf-8")
    assert "_task.check(" not in text
    assert "BEGIN HIDDEN TESTS" in text


def test_a_courses_own_settings_stay(export, tmp_path):
    config = tmp_path / "nbgrader" / "nbgrader_config.py"
    config.parent.mkdir()
    config.write_text("# mine\n")
    assert len(export("nbgrader")) == 1
    assert config.read_text() == "# mine\n"


def test_the_command_says_what_to_type_next(notebook, tmp_path, capsys):
    assert cli.run(["assignment", str(notebook), str(tmp_path / "c"), "--nbgrader"]) == 0
    assert "nbgrader generate_assignment 00_start_here" in capsys.readouterr().out
    assert cli.run(["assignment", "00_start_here", str(tmp_path / "o"), "--otter"]) == 0
    assert "otter assign" in capsys.readouterr().out


def test_a_notebook_without_exercises_is_refused(tmp_path, capsys):
    path = tmp_path / "none.ipynb"
    nbformat.write(nbformat.v4.new_notebook(), path)
    assert cli.run(["assignment", str(path), str(tmp_path / "c"), "--nbgrader"]) == 1
    assert "none.ipynb has no exercise" in capsys.readouterr().err
