"""How people learn: exercises, quizzes, progress and grading.

>>> from medkit.course import exercise
>>> [name for name in dir(exercise("11_ct.noise_dose")) if name[0] != "_"]
['check', 'hint', 'id', 'solution']
"""

__all__ = ["exercise", "posttest", "pretest", "progress", "quiz"]


def exercise(id):
    """Return an exercise by its id, such as ``"11_ct.ramp_filter"``.

    Show it as the last line of a cell to read the question; then call its
    ``check(answer)``, ``hint()`` and ``solution()``. With a name, ``task = exercise("…")``, one
    object does all of this, and its id is typed once.

    Raises
    ------
    KeyError
        If there is no such exercise; the message lists those there are.
    """
    from medkit.course.handout import Handout

    return Handout(id)


def quiz(stem):
    """Return the quiz of a notebook, such as ``"11_ct"``, as a widget.

    Raises
    ------
    KeyError
        If there is no such notebook in the course.
    """
    from medkit.course.chapters import find
    from medkit.course.quizzes.widget import Quiz

    chapter = find(stem)
    return Quiz(chapter.stem, chapter.title, chapter.questions)


def pretest(stem, answers="-----"):
    """Return five questions to answer before a notebook, such as ``"11_ct"``.

    Parameters
    ----------
    stem : str
        The notebook's.
    answers : str
        A letter for each question, ``?`` for not known, ``-`` for not answered yet. The first
        complete answer counts.

    Raises
    ------
    KeyError
        If there is no such notebook in the course.
    ValueError
        If there are not five answers.
    """
    return _short_test(stem, "before", answers)


def posttest(stem, answers="-----"):
    """Return five other questions about the same ideas, and what was gained since `pretest`."""
    return _short_test(stem, "after", answers)


def _short_test(stem, moment, answers):
    from medkit.course.chapters import find
    from medkit.course.quizzes.gain import ShortTest, letters

    return ShortTest(stem, moment, letters(answers), find(stem).questions)


def progress():
    """Return the learner's progress: a table by notebook, and what to do next.

    Of several attempts at an exercise the best counts, as when notebooks are graded.
    """
    from medkit.course.overview import Overview

    return Overview.of_learner()
