"""The learner's progress, kept in one small JSON file of their own.

The file is the variable ``MEDKIT_PROGRESS``, or ``progress.json`` in the user's data
folder. Every change reads it anew and replaces it whole. A file that cannot be read is
put aside, never overwritten; where it cannot be written, progress lasts for the session.
"""

import json
import math
import os
import warnings
from pathlib import Path

_VERSION = 1
_session: dict[Path, dict] = {}
_warned: set[tuple[str, Path]] = set()


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

    def change(book):
        entry = book["exercises"].setdefault(id, _entry())
        entry["attempts"] += 1
        entry["best"] = max(entry["best"], float(score))

    _update(change)


def note_hint(id: str, number: int) -> None:
    """Remember how many hints of an exercise were seen."""

    def change(book):
        entry = book["exercises"].setdefault(id, _entry())
        entry["hints"] = max(entry["hints"], number)

    _update(change)


def note_solution(id: str) -> None:
    """Remember that the solution of an exercise was looked at."""
    _update(lambda book: book["exercises"].setdefault(id, _entry()).update(solution=True))


def note_quiz(stem: str, right: dict[str, bool]) -> None:
    """Remember which questions of a quiz (by number) were answered rightly."""

    def change(book):
        answers = book["quizzes"].setdefault(stem, {})
        for question, was_right in right.items():
            answers[question] = answers.get(question, False) or bool(was_right)

    _update(change)


def note_test(stem: str, moment: str, letters: str) -> None:
    """Remember the answers given before or after a notebook; the first ones stay."""
    _update(lambda book: book["tests"].setdefault(stem, {}).setdefault(moment, letters))


def _entry():
    return {"best": 0.0, "attempts": 0, "hints": 0, "solution": False}


def _update(change):
    file, book = path(), read()
    change(book)
    try:
        _write_file(file, book)
        _session.pop(file, None)
    except OSError as error:
        _session[file] = book
        _warn_once(
            "write",
            file,
            f"Your progress cannot be saved in {file} ({error.strerror or error}); it is kept "
            "until this notebook's kernel ends. Set MEDKIT_PROGRESS to a file you can write.",
        )


def _read_file(file):
    if not file.is_file():
        return empty()
    try:
        return _checked(json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        return _put_aside(file, error)


def _checked(raw):
    """Take over what has the right form; raise where it is not a progress file at all."""
    if raw["version"] != _VERSION:
        raise ValueError(f"version {raw['version']!r}")
    book = empty()
    for id, entry in raw["exercises"].items():
        best = float(entry["best"])
        if not math.isfinite(best):
            raise ValueError(f"score {best} of {id}")
        book["exercises"][str(id)] = {
            "best": min(1.0, max(0.0, best)),
            "attempts": max(0, int(entry["attempts"])),
            "hints": max(0, int(entry["hints"])),
            "solution": bool(entry["solution"]),
        }
    for stem, answers in raw["quizzes"].items():
        book["quizzes"][str(stem)] = {str(q): bool(right) for q, right in answers.items()}
    for stem, moments in raw.get("tests", {}).items():  # older files have none
        book["tests"][str(stem)] = {str(moment): str(given) for moment, given in moments.items()}
    return book


def _put_aside(file, error):
    """Keep an unreadable file under another name and begin a new one."""
    number = 1
    while (backup := file.with_name(f"{file.stem}.broken-{number}{file.suffix}")).exists():
        number += 1
    # Where this fails the error goes on: what cannot be put aside must not be replaced.
    os.replace(file, backup)
    _warn_once(
        f"read{number}",
        file,
        f"The progress file {file} could not be read ({type(error).__name__}: {error}). It is "
        f"kept as {backup.name} beside it, and a new one begins.",
    )
    return empty()


def _write_file(file, book):
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(json.dumps(book, indent=1, sort_keys=True), encoding="utf-8")
        os.replace(temporary, file)
    finally:
        temporary.unlink(missing_ok=True)


def _warn_once(kind, file, message):
    if (kind, file) not in _warned:
        _warned.add((kind, file))
        warnings.warn(message, RuntimeWarning, stacklevel=2)
