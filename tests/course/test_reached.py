"""Answers that must reach a number on what nobody has seen."""

from dataclasses import replace

import numpy as np
import pytest

from medkit.course.answers import Slip
from medkit.course.functions import Case, Later, Reaches, Trained

X = np.arange(8.0)[:, None]
Y = np.array([0, 0, 1, 0, 1, 0, 1, 1])


def learn(x, y, new):
    """Score new samples by their only feature."""
    return new[:, 0]


def constant(x, y, new):
    return np.zeros(len(new))


TRAINED = Trained(
    learn,
    patients=lambda: (X, Y, X, Y),
    goal=0.8,
    slips=(Slip("upside down", lambda x, y, new: -new[:, 0], 0.25),),
    right="Well ranked.",
    why={"upside down": "The ill come last."},
)


def grade(answer, function):
    return answer.judge(answer.observe(function))


def test_a_model_beyond_the_goal_is_right_whatever_it_does():
    verdict = grade(TRAINED, lambda x, y, new: np.exp(new[:, 0]))
    assert verdict.score == 1
    assert "AUC 0.812 on 8 patients" in verdict.message
    assert grade(replace(TRAINED, goal=0.85), lambda x, y, new: np.exp(new[:, 0])).score < 1


def test_a_model_below_the_goal_hears_its_own_area_or_its_slip():
    assert "AUC of 0.500; 0.8 is asked" in grade(TRAINED, constant).message
    slip = grade(TRAINED, lambda x, y, new: -new[:, 0])
    assert (slip.score, "The ill come last." in slip.message) == (0.25, True)


def test_a_model_cannot_spoil_the_patients_of_the_next_call():
    def spoiling(x, y, new):
        x[:], y[:], new[:] = 0, 0, 0
        return new[:, 0]

    grade(TRAINED, spoiling)
    assert X.sum() == 28
    assert Y.sum() == 4


@pytest.mark.parametrize(
    "scores",
    [lambda n: np.full(n, np.nan), lambda n: np.zeros((n, 2)), lambda n: "malignant"],
)
def test_what_are_no_scores_is_told_so(scores):
    verdict = grade(TRAINED, lambda x, y, new: scores(len(new)))
    assert verdict.score == 0


REACHES = Reaches(
    lambda n: n % 2,
    cases=tuple(Case((k,), f"the number {k}") for k in range(10)),
    truth=tuple(k % 2 for k in range(10)),
    measure=lambda truth, found: float(np.mean(np.array(found) == truth)),
    goal=0.9,
    slips=(Slip("all", lambda n: 1, 0.1),),
    right="Odd ones found.",
    why={"all": "Not all are odd."},
)


def test_reaching_the_goal_is_enough():
    assert grade(REACHES, lambda n: 0 if n == 3 else n % 2).score == 1
    assert "reaches 0.90" in grade(REACHES, lambda n: 0 if n == 3 else n % 2).message


def test_below_the_goal_the_score_rises_with_what_is_reached():
    some = grade(REACHES, lambda n: n % 2 if n < 6 else 0)
    fewer = grade(REACHES, lambda n: n % 2 if n < 2 else 0)
    assert 0.8 > some.score > fewer.score > 0
    assert "the goal is 0.90" in some.message


def test_a_slip_is_named_before_the_goal():
    verdict = grade(REACHES, lambda n: 1)
    assert verdict.score == 0.1
    assert verdict.message.startswith("Not all are odd. Yours reaches 0.50")


def test_one_infinite_value_is_told_so():
    assert "finite" in grade(REACHES, lambda n: np.inf).message


def test_what_comes_later_is_made_once_and_not_before():
    made = []
    cases = Later(lambda: made.append(0) or iter([3, 1, 2]))
    assert made == []
    assert (len(cases), cases[-1], list(cases)) == (3, 2, [3, 1, 2])
    assert made == [0]
