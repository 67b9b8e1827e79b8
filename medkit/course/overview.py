"""How far a learner has come: a table by notebook, and what to do next."""

from dataclasses import dataclass
from html import escape

from medkit.course import logbook
from medkit.course.chapters import Chapter, chapters
from medkit.course.quizzes import gain


@dataclass(frozen=True)
class Line:
    """One notebook: points and questions reached, of how many; right answers before and after."""

    chapter: Chapter
    points: float
    right: int
    learned: str

    @property
    def share(self) -> float:
        """Part of the notebook's exercises and quiz that is done, from 0 to 1."""
        total = len(self.chapter.exercises) + len(self.chapter.questions)
        return (self.points + self.right) / total if total else 1.0


@dataclass(frozen=True)
class Overview:
    """Progress through the course; shows itself as a table.

    Parameters
    ----------
    lines : tuple of Line
        One a notebook, in order.
    next_step : str
        A suggestion.
    """

    lines: tuple[Line, ...]
    next_step: str

    @classmethod
    def of_learner(cls) -> "Overview":
        """Read the learner's progress file (`medkit.course.logbook`)."""
        book = logbook.read()
        best = {id: entry["best"] for id, entry in book["exercises"].items()}
        lines = []
        for chapter in chapters():
            points = sum(best.get(exercise.id, 0.0) for exercise in chapter.exercises)
            answers = book["quizzes"].get(chapter.stem, {})
            numbers = [str(n) for n in range(1, len(chapter.questions) + 1)]
            right = sum(answers.get(n, False) for n in numbers)
            given = book["tests"].get(chapter.stem, {})
            lines.append(
                Line(chapter, points, right, gain.describe(*gain.both(chapter.questions, given)))
            )
        return cls(tuple(lines), _suggest(lines, best))

    def __repr__(self) -> str:
        lines = [f"{'notebook':<25}{'done':<16}{'exercises':<12}{'quiz':<10}before → after"]
        for line in self.lines:
            full = int(10 * line.share)
            bar = "█" * full + "░" * (10 - full) + f" {line.share:.0%}"
            points = f"{line.points:.3g} of {len(line.chapter.exercises)}"
            quiz = f"{line.right} of {len(line.chapter.questions)}"
            lines.append(
                f"{line.chapter.stem:<25}{bar:<16}{points:<12}{quiz:<10}{line.learned}".rstrip()
            )
        return "\n".join([*lines, "", self.next_step])

    def _repr_html_(self) -> str:
        style = "text-align:left;padding:.25em 1em .25em 0"
        head = "".join(
            f'<th scope="col" style="{style}">{name}</th>'
            for name in ("Notebook", "Done", "Exercises", "Quiz", "Before → after")
        )
        rows = "".join(
            f'<tr><th scope="row" style="{style};font-weight:normal">'
            f"{escape(line.chapter.stem)} · {escape(line.chapter.title)}</th>"
            f'<td style="{style}">{_bar(line.share)}</td>'
            f'<td style="{style}">{line.points:.3g} of {len(line.chapter.exercises)}</td>'
            f'<td style="{style}">{line.right} of {len(line.chapter.questions)}</td>'
            f'<td style="{style}">{line.learned}</td></tr>'
            for line in self.lines
        )
        return (
            f"<table><caption style='text-align:left'><strong>Your progress</strong></caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
            f"<p>{escape(self.next_step)}</p>"
        )


def _bar(share):
    """Draw a bar for the eye; the percentage beside it is for everyone."""
    return (
        '<span aria-hidden="true" style="display:inline-block;width:8em;height:.7em;'
        "vertical-align:baseline;border-radius:.35em;overflow:hidden;"
        'background:var(--jp-border-color2, rgba(128,128,128,.35))">'
        f'<span style="display:block;height:100%;width:{share:.0%};'
        f'background:var(--jp-brand-color1, #1976d2)"></span></span> {share:.0%}'
    )


def _suggest(lines, best):
    """Name the first thing that is not finished, in the order of the course."""
    for line in lines:
        for exercise in line.chapter.exercises:
            if best.get(exercise.id, 0.0) < 1:
                again = "finish" if exercise.id in best else "try"
                return f"Next: {again} {exercise.id} ({exercise.title}) in {line.chapter.stem}."
        if line.right < len(line.chapter.questions):
            return f"Next: the quiz of {line.chapter.stem}."
    return "Everything is done. Well done!"
