"""The quiz in a browser: by keyboard alone, with names that a screen reader can say."""

import pytest

from medkit.course import logbook
from medkit.course.quizzes import make


@pytest.fixture
def quiz(bare_page, tmp_path, monkeypatch):
    """The CT quiz on a bare page, and its view."""
    monkeypatch.setenv("MEDKIT_PROGRESS", str(tmp_path / "progress.json"))
    widget = make("11_ct")
    return widget, bare_page.mount(widget)


def right_option(widget, question):
    return [option["right"] for option in widget.questions[question]["options"]].index(True)


def test_arrow_and_enter_check_an_answer(quiz, screenshot):
    widget, view = quiz
    form = view.locator("form").nth(0)
    radios = form.locator("input")
    radios.nth(right_option(widget, 0) - 1).focus()
    view.page.keyboard.press("ArrowDown")
    assert form.locator("[role=status]").inner_text() == "", "an arrow alone must not answer"
    view.page.keyboard.press("Enter")
    assert "Right." in form.locator("[role=status]").inner_text()
    assert "1 of 6 right, 1 answered" in view.locator(".medkit-sum").inner_text()
    screenshot("quiz", view.locator(".medkit-quiz"))
    view.page.wait_for_timeout(50)
    assert widget.chosen == {"1": right_option(widget, 0)}
    assert logbook.read()["quizzes"]["11_ct"] == {"1": True}


def test_wrong_answer_says_why_and_a_new_choice_clears_it(quiz):
    widget, view = quiz
    form = view.locator("form").nth(1)
    wrong = (right_option(widget, 1) + 1) % 3
    form.locator("input").nth(wrong).check()
    form.locator("button").click()
    status = form.locator("[role=status]")
    assert "Not quite." in status.inner_text()
    form.locator("input").nth(right_option(widget, 1)).check()
    assert status.inner_text() == ""


def test_nothing_chosen(quiz):
    _, view = quiz
    view.locator("button").nth(0).click()
    assert "Choose one" in view.locator("form").nth(0).inner_text()


def test_everything_has_a_name(quiz):
    widget, view = quiz
    page = view.page
    for number, question in enumerate(widget.chapter.questions, 1):
        name = f"Check answer to question {number}"
        assert page.get_by_role("button", name=name).count() == 1
        form = view.locator("form").nth(number - 1)
        assert form.get_by_role("group").count() == 1
        assert form.get_by_role("radio").count() == len(question.options)
    plain = widget.chapter.questions[0].options[0].text
    assert page.get_by_role("radio", name=plain).count() == 1


def test_formulas_are_drawn_as_mathml(quiz):
    widget, view = quiz
    form = view.locator("form").nth(0)
    form.locator("input").nth(right_option(widget, 0)).check()
    form.locator("button").click()
    box = form.locator("math").bounding_box()
    assert box["width"] > 20
    assert box["height"] > 5
