"""Quizzes: their content, what shows without a kernel, and what progress they note."""

import pytest

from medkit.course import logbook, quiz
from medkit.course.chapters import chapters

STEMS = [chapter.stem for chapter in chapters()]


@pytest.mark.parametrize("stem", STEMS)
def test_content(stem):
    chapter = next(c for c in chapters() if c.stem == stem)
    assert 10 <= len(chapter.questions) <= 14
    for question in chapter.questions:
        assert len(question.options) >= 3
        assert all(option.text and option.why for option in question.options)
        assert len({option.text for option in question.options}) == len(question.options)
    longest = [max(q.options, key=lambda o: len(o.text)).right for q in chapter.questions]
    assert sum(longest) <= len(longest) / 2, "the right option gives itself away by its length"
    places = {[o.right for o in q.options].index(True) for q in chapter.questions}
    assert len(places) > 1, "the right option is always at the same place"


@pytest.mark.parametrize("stem", STEMS)
def test_static_form_shows_questions_and_no_answers(stem):
    one, two = (quiz(stem)._repr_mimebundle_()[0] for _ in range(2))
    assert "application/vnd.jupyter.widget-view+json" in one
    chapter = next(c for c in chapters() if c.stem == stem)
    for mime in ("text/plain", "text/html"):
        assert one[mime] == two[mime], "not stable"
        for question in chapter.questions:
            assert not any(option.why in one[mime] for option in question.options)
    assert chapter.questions[0].text in one["text/plain"]


def test_answers_are_noted():
    widget = quiz("11_ct")
    right = [o.right for o in widget.content[0].options].index(True)
    widget.chosen = {"1": right, "2": 2}
    assert logbook.read()["quizzes"]["11_ct"] == {"1": True, "2": False}


@pytest.mark.parametrize("chosen", [{"99": 0}, {"x": 1}, {"1": 77}, {"1": "0"}, {"1": None}])
def test_nonsense_from_the_browser_is_ignored(chosen):
    quiz("11_ct").chosen = chosen
    assert not logbook.read()["quizzes"].get("11_ct")


@pytest.mark.parametrize("stem", ["99_none", "12_ct", "ct", ""])
def test_unknown_stem(stem):
    with pytest.raises(KeyError, match="11_ct"):
        quiz(stem)
