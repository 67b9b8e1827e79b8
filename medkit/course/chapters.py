"""The chapters of the course: a notebook's exercises and quiz, found by its stem."""

import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from medkit.course import quizzes
from medkit.course.answers import Answer
from medkit.course.exercises import Exercise
from medkit.course.texts import read

#: What an exercise takes from its words as it stands.
_SAID = ("id", "title", "question", "hints", "explanation", "solution_code", "starter")


@dataclass(frozen=True)
class Chapter:
    """What belongs to one notebook.

    Parameters
    ----------
    stem : str
        File name of the notebook without ``.ipynb``: ``"11_ct"``.
    title : str
        As the notebook's heading.
    exercises : tuple of Exercise
        In the notebook's order.
    """

    stem: str
    title: str
    exercises: tuple[Exercise, ...]

    @cached_property
    def questions(self) -> tuple[quizzes.Question, ...]:
        """The quiz."""
        path = _folder() / _name(self.stem) / "quiz.md"
        return quizzes.read(path, heading=f"# {self.stem}: {self.title}")


def assemble(path: Path, answers: Mapping[str, Answer]) -> Chapter:
    """Bring the words of a chapter's exercises together with their checks.

    Parameters
    ----------
    path : Path
        ``exercises.md``.
    answers : mapping
        The checks by the exercises' names: that of ``11_ct.views`` is ``"views"``.

    Raises
    ------
    ValueError
        If the text cannot be read, or does not fit the checks; the message names the line.
    """
    stem, title, texts = read(path)
    exercises = []
    for words in texts:
        name = words.id.partition(".")[2]
        if name not in answers:
            raise ValueError(f"{words.place}: {words.id} has no check {name.upper()}")
        try:
            answer = answers[name].with_feedback(words.right, words.why, words.given)
        except ValueError as error:
            raise ValueError(f"{words.place}: {words.id}: {error}") from None
        if bool(words.solution_code) == bool(answer.solution()):
            what = "code, which its check has already" if words.solution_code else "no code"
            raise ValueError(f"{words.place}: the solution of {words.id} has {what}")
        parts = {name: getattr(words, name) for name in _SAID}
        exercises.append(Exercise(answer=answer, **parts))
    if strange := sorted(set(answers) - {words.id.partition(".")[2] for words in texts}):
        raise ValueError(f"{path}:1: no exercise {stem}.{strange[0]} for {strange[0].upper()}")
    return Chapter(stem, title, tuple(exercises))


def _folder():
    # By name, not by import: the engine knows none of what it runs.
    return Path(importlib.import_module("medkit.chapters").__file__).parent


def _name(stem):
    return re.sub(r"^\d+_", "", str(stem))


@cache
def _chapter(name):
    module = importlib.import_module(f"medkit.chapters.{name}.exercises")
    answers = {n.lower(): a for n, a in vars(module).items() if isinstance(a, Answer)}
    return assemble(_folder() / name / "exercises.md", answers)


def chapters() -> tuple[Chapter, ...]:
    """Return all chapters, in the order of their notebooks."""
    names = [file.parent.name for file in _folder().glob("*/exercises.md")]
    return tuple(sorted(map(_chapter, names), key=lambda c: c.stem))


def find(stem: str) -> Chapter:
    """Return the chapter of a notebook.

    Parameters
    ----------
    stem : str
        ``"11_ct"``; its exercises lie in ``medkit/chapters/ct/``.

    Raises
    ------
    KeyError
        If there is none; the message lists those there are.
    """
    name = _name(stem)
    # One chapter only: a notebook should not wait for the others' content.
    if name.isidentifier() and (_folder() / name / "exercises.md").exists():
        chapter = _chapter(name)
        if chapter.stem == stem:
            return chapter
    raise KeyError(f"no chapter {stem!r}; there are: {', '.join(c.stem for c in chapters())}")


def find_exercise(id: str) -> Exercise:
    """Return an exercise by its id; the same object each time, so hints go on.

    Raises
    ------
    KeyError
        If there is none; the message lists those of the notebook.
    """
    chapter = find(str(id).partition(".")[0])
    for exercise in chapter.exercises:
        if exercise.id == id:
            return exercise
    names = ", ".join(exercise.id for exercise in chapter.exercises)
    raise KeyError(f"no exercise {id!r}; there are: {names}")
