"""The quiz in a browser: by keyboard alone, with names that a screen reader can say."""

import pytest

from medkit import course
from medkit.course import logbook


@pytest.fixture
def quiz(bare_page, tmp_path, monkeypatch):
    """The CT quiz on a bare page, and its view."""
    monkeypatch.setenv("MEDKIT_PROGRESS", str(tmp_path / "progress.json"))
    widget = course.quiz("11_ct")
    return widget, bare_page.mount(widget)


def right_option(widget, question):
    return [option["right"] for option in widget.questions[question]["options"]].index(True)


def test_arrow_and_enter_check_an_answer(quiz, screenshot):
    widget, view = quiz
    form = view.locator("form").nth(0)
    radios = form.locator("input")
    radios.nth(right_option(widget, 0) - 1).focus()
    view.page.keyboard.press("ArrowDown")
    view.eventually(form.locator("input").nth(right_option(widget, 0)).is_checked)
    view.frames()
    assert form.locator("[role=status]").inner_text() == "", "an arrow alone must not answer"
    view.page.keyboard.press("Enter")
    form.locator("[role=status]").get_by_text("Right.").wait_for()
    view.locator(".medkit-sum").get_by_text(
        f"1 of {len(widget.questions)} right, 1 answered"
    ).wait_for()
    screenshot("quiz", view.locator(".medkit-quiz"))
    view.eventually(lambda: widget.chosen, {"1": right_option(widget, 0)})
    view.eventually(lambda: logbook.read()["quizzes"]["11_ct"], {"1": True})


def test_wrong_answer_says_why_and_a_new_choice_clears_it(quiz):
    widget, view = quiz
    form = view.locator("form").nth(1)
    wrong = (right_option(widget, 1) + 1) % 3
    form.locator("input").nth(wrong).check()
    form.locator("button").click()
    status = form.locator("[role=status]")
    status.get_by_text("Not quite.").wait_for()
    form.locator("input").nth(right_option(widget, 1)).check()
    view.eventually(status.inner_text, "")


UNSAVED = "Not saved: the kernel is busy or was restarted"


def answer(form, option):
    form.locator("input").nth(option).check()
    form.locator("button").click()


def test_an_answer_that_the_kernel_notes_is_not_called_unsaved(quiz):
    _, view = quiz
    form, note = view.locator("form").nth(0), view.locator(".medkit-unsaved")
    answer(form, 1)
    view.page.wait_for_function("window.medkitModel.get('noted')['1'] === 1")
    view.page.wait_for_timeout(3200)
    assert note.inner_text() == ""


def test_an_answer_to_a_dead_kernel_is_called_unsaved(quiz):
    widget, view = quiz
    widget.unobserve_all("chosen")
    answer(view.locator("form").nth(0), 1)
    note = view.locator(".medkit-unsaved")
    note.get_by_text(UNSAVED).wait_for()
    # A kernel that was only busy answers after all.
    widget.noted = {"1": 1}
    view.sync()
    note.get_by_text(UNSAVED).wait_for(state="hidden")


def test_a_restart_of_the_real_kernel_is_noticed(lab, tmp_path):
    file = tmp_path / "progress.json"
    source = f"import os\nos.environ['MEDKIT_PROGRESS'] = {str(file)!r}\n"
    with lab.write([source + "from medkit.course import quiz\nquiz('11_ct')"]) as notebook:
        notebook.run(0)
        output = notebook.output(0)
        output.locator("form").nth(0).wait_for()
        answer(output.locator("form").nth(0), 0)
        lab.page.wait_for_timeout(3500)
        assert output.locator(".medkit-unsaved").inner_text() == ""
        before = file.read_text()
        restart = "window.medkitPanel.sessionContext.session.kernel.restart().then(() => null)"
        lab.page.evaluate(restart)
        answer(output.locator("form").nth(1), 0)
        output.locator(".medkit-unsaved").get_by_text(UNSAVED).wait_for()
        assert file.read_text() == before


def test_nothing_chosen(quiz):
    _, view = quiz
    view.locator("button").nth(0).click()
    view.locator("form").nth(0).get_by_text("Choose one").wait_for()


def test_everything_has_a_name(quiz):
    widget, view = quiz
    page = view.page
    for number, question in enumerate(widget.content, 1):
        name = f"Check answer to question {number}"
        view.eventually(page.get_by_role("button", name=name, exact=True).count, 1)
        form = view.locator("form").nth(number - 1)
        view.eventually(form.get_by_role("group").count, 1)
        view.eventually(form.get_by_role("radio").count, len(question.options))
    plain = widget.content[0].options[0].text
    view.eventually(page.get_by_role("radio", name=plain, exact=True).count, 1)


def test_formulas_are_drawn_as_mathml(quiz):
    widget, view = quiz
    form = view.locator("form").nth(0)
    form.locator("input").nth(right_option(widget, 0)).check()
    form.locator("button").click()
    math = form.locator("math")
    view.eventually(math.bounding_box, lambda box: box["width"] > 20 and box["height"] > 5)
