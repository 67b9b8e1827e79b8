"""The table of grades: one row a notebook, one column an exercise, safe to open."""

import csv
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from medkit.course.grading.handed_in import writable
from medkit.course.quizzes.gain import QUESTIONS, normalised_gain

_COLUMNS = (
    "learner",
    "file",
    "notebook",
    "status",
    "score",
    "max",
    "before",
    "after",
    "gain",
    "failed_cells",
    "solution_shown",
    "seconds",
    "peak_mb",
    "comment",
)

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


def write(output: Path, ids: Sequence[str], rows: Iterable[Grade]) -> Path:
    """Replace the CSV by one with all rows so far; return where it went.

    A spreadsheet that has the table open may keep it locked: then it goes beside it.

    Parameters
    ----------
    output : Path
        The table.
    ids : sequence of str
        Exercises, a column each.
    rows : iterable of Grade
        A row each.
    """
    # Beside the table, so that replacing it is one step; a plain file keeps usual permissions.
    output.resolve().parent.mkdir(parents=True, exist_ok=True)
    part = output.with_name(output.name + ".part")
    try:
        # With a byte-order mark spreadsheets read names in any script.
        with part.open("w", encoding="utf-8-sig", newline="") as stream:
            table = csv.writer(stream)
            table.writerow([*_COLUMNS, *ids])
            for row in rows:
                table.writerow([plain(value) for value in _values(row, ids)])
        for place in _places(output):
            try:
                os.replace(part, place)
                return place
            except PermissionError:
                continue
        raise PermissionError(f"{output} cannot be replaced: close the program that has it open")
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _places(output):
    """Yield the table's own name, then names beside it that are free."""
    yield output
    beside = (output.with_name(f"{output.stem} {n}{output.suffix}") for n in range(2, 10))
    yield from (place for place in beside if not place.exists())


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
