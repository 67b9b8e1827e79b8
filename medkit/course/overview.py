"""How far a learner has come: a table by notebook, and what to do next."""

from dataclasses import dataclass
from html import escape

import pandas as pd

from medkit.course import logbook
from medkit.course.chapters import chapters
from medkit.course.quizzes import gain


@dataclass(frozen=True)
class Overview:
    """Progress through the course; shows itself as a table.

    Parameters
    ----------
    table : DataFrame
        One row a notebook, in order: the part of it that is done, from 0 to 1, points and
        questions reached, of how many, and right answers before and after.
    next_step : str
        A suggestion.
    """

    table: pd.DataFrame
    next_step: str

    @classmethod
    def of_learner(cls) -> "Overview":
        """Read the learner's progress file (`medkit.course.logbook`)."""
        book, rows = logbook.read(), []
        best = {id: entry["best"] for id, entry in book["exercises"].items()}
        for chapter in chapters():
            points = sum(best.get(exercise.id, 0.0) for exercise in chapter.exercises)
            right = len(_right(book, chapter))
            exercises, questions = len(chapter.exercises), len(chapter.questions)
            given = book["tests"].get(chapter.stem, {})
            rows.append(
                {
                    "Notebook": f"{chapter.stem} · {chapter.title}",
                    "Done": (points + right) / (exercises + questions),
                    "Exercises": f"{points:.3g} of {exercises}",
                    "Quiz": f"{right} of {questions}",
                    "Before → after": gain.describe(*gain.both(chapter.questions, given)),
                }
            )
        return cls(pd.DataFrame(rows), _suggest(book, best))

    def __repr__(self) -> str:
        table = self.table.to_string(index=False, formatters={"Done": "{:.0%}".format})
        return f"{table}\n\n{self.next_step}"

    def _repr_html_(self) -> str:
        shown = self.table.style.hide(axis="index").format({"Done": "{:.0%}"}, escape="html")
        shown = shown.bar(["Done"], vmin=0, vmax=1, color="rgba(25, 118, 210, 0.35)")
        shown = shown.set_properties(**{"text-align": "left"}).set_caption("Your progress")
        return f"{shown.set_uuid('progress').to_html()}<p>{escape(self.next_step)}</p>"


def _right(book, chapter):
    """Return the numbers of the quiz's questions that were answered rightly."""
    answers = book["quizzes"].get(chapter.stem, {})
    numbers = range(1, len(chapter.questions) + 1)
    return [number for number in numbers if answers.get(str(number))]


def _suggest(book, best):
    """Name the first thing that is not finished, in the order of the course."""
    for chapter in chapters():
        for exercise in chapter.exercises:
            if best.get(exercise.id, 0.0) < 1:
                again = "finish" if exercise.id in best else "try"
                return f"Next: {again} {exercise.id} ({exercise.title}) in {chapter.stem}."
        if len(_right(book, chapter)) < len(chapter.questions):
            return f"Next: the quiz of {chapter.stem}."
    return "Everything is done. Well done!"
