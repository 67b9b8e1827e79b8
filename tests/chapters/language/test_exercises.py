"""Exercises of ``23_language`` that are checked on readers whom nobody has seen."""

import re

import numpy as np
import pytest

from medkit.chapters.language import exercises
from medkit.course.chapters import find_exercise
from medkit.data import reports


def grade(id, answer):
    return find_exercise(f"23_language.{id}").grade(answer)


def test_rules_are_checked_on_sentences_of_which_half_deny():
    truth = np.array(exercises.RULES.truth)
    assert len(truth) == 160
    assert truth.mean() == 0.5
    for sentence, name, _ in exercises._stated():
        assert name in sentence
        assert "\n" not in sentence


def test_rules_of_the_notebook_see_no_denial_of_these_readers():
    verdict = grade("rules", lambda s, n: int(bool(re.search(r"\bno\b", s.split(n)[0]))))
    assert verdict.score == 0.5
    assert "0.50" in verdict.message


def test_rules_that_are_nearly_good_are_told_how_good():
    def late(sentence, name):
        return int(bool(re.search("excluded|nil|negative", sentence)))

    verdict = grade("rules", late)
    assert 0.5 < verdict.score < 0.9
    assert "the goal is 0.90" in verdict.message


def test_rules_that_stop_or_return_texts_are_told_so():
    assert "stopped" in grade("rules", lambda s, n: 1 / 0).message
    assert grade("rules", lambda s, n: "absent").score < 0.1
    assert "finite" in grade("rules", lambda s, n: float("nan")).message


def test_a_length_alone_does_not_pass_as_a_model():
    verdict = grade("train", lambda texts: np.array([len(text) for text in texts], float))
    assert verdict.score < 0.8


def test_hidden_reports_are_in_nobody_s_corpus():
    learned = set(reports.corpus(2000, rng=23, consistent=True).texts)
    for case in exercises.TRAIN.cases:
        assert not learned & set(case.inputs[0])


@pytest.mark.parametrize(
    ("sentence", "name"),
    [("No abnormal distribution of blood or haematoma.", "haematoma")],
)
def test_a_solution_that_cuts_inside_words_is_refused(sentence, name):
    def cut(sentence, name):
        before = sentence.lower().split(name)[0].split("but")[-1]
        return int(bool(re.search(r"\b(no|without)\b", before)))

    assert cut(sentence, name) != exercises.denied(sentence, name)
    assert grade("denied", cut).score < 1
