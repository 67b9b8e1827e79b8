"""Quizzes: the questions of ``quiz.md`` files.

A file begins with the heading of its notebook. A question is a heading of the second level; its
options are the items of a task list, the right one ticked; what an option's choice means is
quoted under it:

    # 11_ct: Computed tomography

    ## Why does filtered back-projection filter?

    - [ ] To remove the noise of the projections.
      > The ramp filter *raises* noise.
    - [x] Because back-projection alone gives a blurred picture.
      > Views crowd together at the low frequencies.

The first ten questions are five pairs, each about one idea: the first of a pair is asked before
the notebook, the second after it (`medkit.course.quizzes.gain`).
"""

import re
from dataclasses import dataclass
from pathlib import Path

#: A line with text: a question, an option, what it means, or more of an option.
_LINE = re.compile(r"(## |- \[[x ]\] |  > |  (?=\S))(.*\S)")


@dataclass(frozen=True)
class Option:
    """One choice of a quiz question, and what it means to pick it."""

    text: str
    why: str
    right: bool = False


@dataclass(frozen=True)
class Question:
    """A quiz question with its options; exactly one of them is right."""

    text: str
    options: tuple[Option, ...]


def read(path: Path, heading: str) -> tuple[Question, ...]:
    """Read the questions of a quiz.

    Parameters
    ----------
    path : Path
        The file, UTF-8.
    heading : str
        What its first line must be.

    Raises
    ------
    ValueError
        If the file is not as above; the message names the line and what was expected.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    if lines[:1] != [heading]:
        raise ValueError(f"{path}:1: expected the heading of the notebook, {heading!r}")
    questions = []
    for number, line in enumerate(lines[1:], 2):
        match = _LINE.fullmatch(line.rstrip())
        mark, text = match.groups() if match else ("", "")
        options = questions[-1][2] if questions else []
        if mark == "## ":
            questions.append((number, text, []))
        elif mark.startswith("- [") and questions:
            options.append((mark == "- [x] ", [text], []))
        elif mark == "  > " and options:
            options[-1][2].append(text)
        elif mark == "  " and options and not options[-1][2]:
            options[-1][1].append(text)
        elif line.strip():
            raise ValueError(
                f"{path}:{number}: expected `## question`, `- [ ] option` (`- [x]` for the right "
                f"one) or, under an option, `  > what it means`; got {line!r}"
            )
    return tuple(_question(path, *question) for question in questions)


def _question(path, number, text, options):
    for _, option, why in options:
        if not why:
            raise ValueError(f"{path}:{number}: expected `  > what it means` under {option[0]!r}")
    if sum(right for right, _, _ in options) != 1:
        raise ValueError(f"{path}:{number}: question {text!r} needs exactly one right option")
    return Question(text, tuple(Option(" ".join(o), " ".join(w), right) for right, o, w in options))
