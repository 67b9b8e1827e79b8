"""The table of grades: one row a notebook, one column an exercise, safe to open."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from medkit import kit
from medkit.course.grading.handed_in import writable
from medkit.course.quizzes.gain import QUESTIONS, normalised_gain

_FIRST = ("learner", "file", "notebook", "status", "score", "max", "before", "after", "gain")
_COLUMNS = (*_FIRST, "failed_cells", "solution_shown", "seconds", "peak_mb", "comment")

#: What begins a formula, in a cell or behind what some countries take for the end of one.
_FORMULA = re.compile(r"(^|[;,\t])(?=\s*[=+\-@|%＝＋－＠])")
#: A cell of a spreadsheet holds no more.
_LONGEST = 32_767


@dataclass(frozen=True)
class Grade:
    """The row of one handed-in notebook.

    Parameters
    ----------
    learner, file, notebook : str
        Who, which file (relative to the folder), and the stem it belongs to.
    status : str
        ``ok`` (run to its end, failing cells or not), ``timeout``, ``memory``,
        ``processes`` (too many), ``broken`` (cannot be read), ``crashed`` (its kernel died
        again and again), ``unknown`` (not of this course) or ``no notebook``.
    scores : dict
        Exercise id → score from 0 to 1, ``"not attempted"`` or ``"missing"``.
    failed_cells : tuple of str
        ``"3: NameError"``: the third code cell.
    solution_shown : tuple of str
        Exercises whose solution the notebook showed.
    seconds, peak_mb : float
        Wall time and most resident memory.
    comment : str
        What went wrong, in words.
    before, after : int or None
        Right answers of the five questions before the notebook, and of those after it.
    """

    learner: str
    file: str
    notebook: str
    status: str
    scores: dict[str, float | str] = field(default_factory=dict)
    failed_cells: tuple[str, ...] = ()
    solution_shown: tuple[str, ...] = ()
    seconds: float = 0.0
    peak_mb: float = 0.0
    comment: str = ""
    before: int | None = None
    after: int | None = None

    @property
    def gain(self) -> float | None:
        """Normalised gain, where both were answered and not all was known before."""
        if self.before is None or self.after is None:
            return None
        gained = normalised_gain(self.before / QUESTIONS, self.after / QUESTIONS)
        return None if gained is None else round(gained, 3)

    @property
    def score(self) -> float:
        """Sum over the exercises."""
        return sum(value for value in self.scores.values() if not isinstance(value, str))

    @property
    def max(self) -> int:
        """Number of the notebook's exercises: one point each."""
        return len(self.scores)


def write(output: Path, ids: Sequence[str], rows: Iterable[Grade]) -> None:
    """Replace the CSV by one with all rows so far.

    Parameters
    ----------
    output : Path
        The table.
    ids : sequence of str
        Exercises, a column each.
    rows : iterable of Grade
        A row each.

    Raises
    ------
    OSError
        If it cannot be written, as where a spreadsheet has it open and locks it.
    """
    values = [[plain(value) for value in _values(row, ids)] for row in rows]
    table = pd.DataFrame(values, columns=[*_COLUMNS, *ids], dtype=object)
    output.resolve().parent.mkdir(parents=True, exist_ok=True)
    # With a byte-order mark spreadsheets read names in any script.
    kit.write_whole(output, table.to_csv(index=False).encode("utf-8-sig"))


def _values(row, ids):
    values = {
        **{name: getattr(row, name) for name in _COLUMNS},
        "score": round(row.score, 3),
        "failed_cells": "; ".join(row.failed_cells),
        "solution_shown": "; ".join(row.solution_shown),
        "seconds": round(row.seconds, 1),
        "peak_mb": round(row.peak_mb),
        **row.scores,
    }
    return ["" if values.get(name) is None else values[name] for name in (*_COLUMNS, *ids)]


def plain(value: object) -> object:
    """Keep a spreadsheet from taking a text for a formula.

    >>> plain("=1+1"), plain(0.5)
    ("'=1+1", 0.5)
    """
    if isinstance(value, str):
        value = writable(value[:_LONGEST]).replace("\r", " ").replace("\n", " ")
        return _FORMULA.sub(r"\1'", value)[:_LONGEST]
    return value
