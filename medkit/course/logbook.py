"""The learner's progress, kept in one small JSON file of their own.

The file is the variable ``MEDKIT_PROGRESS``, or ``progress.json`` in the user's data
folder. Every change reads it anew and replaces it whole. A file that cannot be read is
put aside, never overwritten; where it cannot be written, progress lasts for the session.
"""

import json
import os
import warnings
from contextlib import contextmanager
from pathlib import Path

from medkit import kit

_VERSION = 1
_session: dict[Path, dict] = {}


def path() -> Path:
    """Return where progress is kept."""
    chosen = os.environ.get("MEDKIT_PROGRESS")
    if chosen:
        return Path(chosen).expanduser()
    from platformdirs import user_data_path

    return user_data_path("medkit", appauthor=False) / "progress.json"


def empty() -> dict:
    """Return the progress of one who has not begun."""
    return {"version": _VERSION, "exercises": {}, "quizzes": {}, "tests": {}}


def read() -> dict:
    """Return what is known: ``{"exercises": {id: {…}}, "quizzes": {stem: {…}}, "tests": {…}}``."""
    file = path()
    if file in _session:
        return _session[file]
    try:
        return _read_file(file)
    except OSError:
        return empty()


def note_attempt(id: str, score: float) -> None:
    """Add an attempt at an exercise; the best score is kept."""
    with _changed() as book:
        entry = _entry(book, id)
        entry["attempts"] += 1
        entry["best"] = max(entry["best"], float(score))


def note_hint(id: str, number: int) -> None:
    """Remember how many hints of an exercise were seen."""
    with _changed() as book:
        entry = _entry(book, id)
        entry["hints"] = max(entry["hints"], number)


def note_solution(id: str) -> None:
    """Remember that the solution of an exercise was looked at."""
    with _changed() as book:
        _entry(book, id)["solution"] = True


def note_quiz(stem: str, right: dict[str, bool]) -> None:
    """Remember which questions of a quiz (by number) were answered rightly."""
    with _changed() as book:
        answers = book["quizzes"].setdefault(stem, {})
        for question, was_right in right.items():
            answers[question] = answers.get(question, False) or bool(was_right)


def note_test(stem: str, moment: str, letters: str) -> None:
    """Remember the answers given before or after a notebook; the first ones stay."""
    with _changed() as book:
        book["tests"].setdefault(stem, {}).setdefault(moment, letters)


def _entry(book, id):
    new = {"best": 0.0, "attempts": 0, "hints": 0, "solution": False}
    return book["exercises"].setdefault(id, new)


@contextmanager
def _changed():
    """Give what is known, to be changed, and keep it: in the file, or else for the session."""
    file, book = path(), read()
    yield book
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        kit.write_whole(file, json.dumps(book, indent=1, sort_keys=True).encode())
        _session.pop(file, None)
    except OSError as error:
        if file not in _session:
            warnings.warn(
                f"Your progress cannot be saved in {file} ({error.strerror or error}); it is kept "
                "until this notebook's kernel ends. Set MEDKIT_PROGRESS to a file you can write.",
                RuntimeWarning,
                stacklevel=3,
            )
        _session[file] = book


def _read_file(file):
    if not file.is_file():
        return empty()
    try:
        book = json.loads(file.read_text(encoding="utf-8"))
        book.setdefault("tests", {})  # older files have none
        scores = [entry["best"] for entry in book["exercises"].values()]
        if book["version"] != _VERSION or not all(0 <= score <= 1 for score in scores):
            raise ValueError("not a progress file of this version")
        return book
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        return _put_aside(file, error)


def _put_aside(file, error):
    """Keep an unreadable file under another name and begin a new one."""
    number = 1
    while (backup := file.with_name(f"{file.stem}.broken-{number}{file.suffix}")).exists():
        number += 1
    # Where this fails the error goes on: what cannot be put aside must not be replaced.
    os.replace(file, backup)
    warnings.warn(
        f"The progress file {file} could not be read ({type(error).__name__}: {error}). It is "
        f"kept as {backup.name} beside it, and a new one begins.",
        RuntimeWarning,
        stacklevel=2,
    )
    return empty()
