"""The chapters of the course: a notebook's exercises and quiz, found by its stem."""

import importlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from medkit.course import quizzes
from medkit.course.exercises import Exercise


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


def _folder():
    # By name, not by import: the engine knows none of what it runs.
    return Path(importlib.import_module("medkit.chapters").__file__).parent


def _name(stem):
    return re.sub(r"^\d+_", "", str(stem))


def _module(name):
    return importlib.import_module(f"medkit.chapters.{name}.exercises")


def chapters() -> tuple[Chapter, ...]:
    """Return all chapters, in the order of their notebooks."""
    names = [file.parent.name for file in _folder().glob("*/exercises.py")]
    return tuple(sorted((_module(name).CHAPTER for name in names), key=lambda c: c.stem))


def find(stem: str) -> Chapter:
    """Return the chapter of a notebook.

    Parameters
    ----------
    stem : str
        ``"11_ct"``; its exercises lie in ``medkit/chapters/ct/exercises.py``.

    Raises
    ------
    KeyError
        If there is none; the message lists those there are.
    """
    name = _name(stem)
    # Import one module only: a notebook should not wait for the others' content.
    if name.isidentifier():
        try:
            chapter = _module(name).CHAPTER
        except ModuleNotFoundError as error:
            if error.name not in {f"medkit.chapters.{name}", f"medkit.chapters.{name}.exercises"}:
                raise
        else:
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
