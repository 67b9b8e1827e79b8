"""What a notebook taught: five questions before it, five others after it, and the gain.

The questions of a quiz come in pairs about one idea. The first of each of five pairs is asked
before (`pretest`), without saying what is right; the second after (`posttest`). Answers are
letters in the notebook, so that a notebook that is handed in has them; the first complete answer
counts.

Limits
------
No class has answered these questions yet, so nobody knows whether both of a pair are equally
hard. Compare classes, or versions of a notebook, rather than notebooks with each other. Who looks
into the quiz first measures nothing.

References
----------
Hake 1998, doi:10.1119/1.18809: the normalised gain.
"""

import re
from dataclasses import dataclass

from medkit.course import exercises, logbook
from medkit.course.quizzes import Question

#: Questions of one short test: the quiz has at least twice as many.
QUESTIONS = 5
MOMENTS = ("before", "after")
#: Not answered yet; not known.
OPEN, UNKNOWN = "-", "?"


def normalised_gain(before: float, after: float) -> float | None:
    """Return which part of what was still to be learned has been learned.

    .. math:: g = (after - before) / (1 - before)

    Parameters
    ----------
    before, after : float
        Shares of right answers, from 0 to 1.

    Returns
    -------
    float or None
        1 at most, negative for who knew more before; None where all was known before.

    References
    ----------
    Hake 1998, doi:10.1119/1.18809

    Examples
    --------
    >>> normalised_gain(0.2, 0.6)
    0.5
    >>> normalised_gain(1, 1)
    """
    return None if before >= 1 else (after - before) / (1 - before)


def letters(answers: str) -> str:
    """Return answers as one character a question: a letter, ``?`` or ``-``.

    Parameters
    ----------
    answers : str
        ``"a c ? b -"``, with or without spaces and commas.

    Raises
    ------
    ValueError
        If it is anything else; the message says what was expected.
    """
    found = re.sub(r"[\s,;]", "", str(answers)).lower()
    if len(found) != QUESTIONS or not re.fullmatch(r"[a-z?-]*", found):
        raise ValueError(
            f"expected {QUESTIONS} answers, each a letter or {UNKNOWN}, such as 'a c ? b a'; "
            f"got {answers!r}"
        )
    return found


def right(quiz: tuple[Question, ...], moment: str, given: str) -> int | None:
    """Return how many answers are right; None if one is still open."""
    if OPEN in given:
        return None
    truths = (
        "abcdefgh"[[option.right for option in question.options].index(True)]
        for question in questions(quiz, moment)
    )
    return sum(one == truth for one, truth in zip(given, truths, strict=True))


def both(quiz: tuple[Question, ...], given: dict[str, str]) -> list[int | None]:
    """Return how many answers were right before and after; None where they are not there."""
    return [
        right(quiz, moment, given[moment]) if len(given.get(moment, "")) == QUESTIONS else None
        for moment in MOMENTS
    ]


def questions(quiz: tuple[Question, ...], moment: str) -> tuple[Question, ...]:
    """Return the questions of a short test: the first of each pair, or the second."""
    return quiz[MOMENTS.index(moment) : 2 * QUESTIONS : 2]


def describe(before: int | None, after: int | None) -> str:
    """Say in a few words how many were right.

    >>> describe(1, 3), describe(2, None), describe(None, None)
    ('1 → 3 of 5, gain 50 %', '2 → ? of 5', '')
    """
    if before is None and after is None:
        return ""
    shown = " → ".join(UNKNOWN if n is None else str(n) for n in (before, after))
    gain = None
    if before is not None and after is not None:
        gain = normalised_gain(before / QUESTIONS, after / QUESTIONS)
    return f"{shown} of {QUESTIONS}" + ("" if gain is None else f", gain {100 * gain:.0f} %")


@dataclass(frozen=True)
class ShortTest:
    """Five questions before or after a notebook; shows itself, and what came of the answers.

    Parameters
    ----------
    stem : str
        The notebook's.
    moment : str
        ``"before"`` or ``"after"``.
    given : str
        The answers, as `letters` returns them.
    quiz : tuple of Question
        All questions of the notebook.
    """

    stem: str
    moment: str
    given: str
    quiz: tuple[Question, ...]

    def __post_init__(self):
        if right(self.quiz, self.moment, self.given) is not None:
            exercises.hand_in(f"{self.stem}.{self.moment}", letters=self.given)
            logbook.note_test(self.stem, self.moment, self.given)

    def __repr__(self) -> str:
        lines = []
        for number, question in enumerate(questions(self.quiz, self.moment), 1):
            options = zip("abcdefgh", question.options, strict=False)
            lines.append(f"{number}. {question.text}")
            lines += [f"   - **{letter}** {option.text}" for letter, option in options]
        return "\n".join([*lines, "", self._verdict()])

    _repr_markdown_ = __repr__

    def _verdict(self):
        missing = self.given.count(OPEN)
        if missing:
            return (
                f"*{missing} still to answer: write a letter for each question, or {UNKNOWN} "
                "where you do not know, and run the cell again.*"
            )
        if self.moment == "before":
            return "*Noted. Nobody marks this; the quiz at the end says what is right.*"
        noted = logbook.read()["tests"].get(self.stem, {})
        learned = describe(*both(self.quiz, noted))
        return f"*Before → after: {learned}. The quiz below says what is right, and why.*"
