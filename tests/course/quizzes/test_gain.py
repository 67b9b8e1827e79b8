"""Five questions before a notebook and five after it: what is asked, noted, graded and shown."""

import json

import pytest

from medkit.course import logbook, posttest, pretest, progress
from medkit.course.chapters import chapters, find
from medkit.course.grading import answers_around
from medkit.course.grading.gradebook import Grade, write
from medkit.course.quizzes import gain

STEM = "11_ct"


def truth(moment):
    asked = gain.questions(find(STEM).questions, moment)
    return ["abc"[[o.right for o in question.options].index(True)] for question in asked]


def wrong(moment, count):
    """Return the right answers with so many of them replaced by wrong ones."""
    return "".join(
        "abc"["abc".index(letter) - 1] if k < count else letter
        for k, letter in enumerate(truth(moment))
    )


@pytest.fixture(autouse=True)
def _fresh(monkeypatch, tmp_path):
    monkeypatch.setenv("MEDKIT_PROGRESS", str(tmp_path / "progress.json"))


@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.stem)
def test_five_are_asked_before_and_five_others_after(chapter):
    asked = [{q.text for q in gain.questions(chapter.questions, m)} for m in gain.MOMENTS]
    assert [len(texts) for texts in asked] == [5, 5]
    assert not asked[0] & asked[1]
    for moment in gain.MOMENTS:
        right = [
            [o.right for o in q.options].index(True)
            for q in gain.questions(chapter.questions, moment)
        ]
        most = max(right.count(place) for place in right)
        assert most <= 3, f"one letter is right {most} times of five: {right}"


def test_the_gain_is_the_part_of_what_was_to_be_learned():
    assert gain.normalised_gain(0.2, 0.6) == pytest.approx(0.5)
    assert gain.normalised_gain(0.6, 0.2) == pytest.approx(-1)
    assert gain.normalised_gain(0, 1) == 1
    assert gain.normalised_gain(1, 1) is None


def test_before_says_nothing_of_what_is_right():
    shown = [repr(pretest(STEM, answers)) for answers in (wrong("before", 5), wrong("before", 0))]
    assert shown[0] == shown[1]
    assert "Noted" in shown[0]


def test_answers_are_counted_and_the_first_complete_ones_stay():
    pretest(STEM, "a - ? - -")
    assert "tests" in logbook.read()
    assert STEM not in logbook.read()["tests"]
    pretest(STEM, wrong("before", 4))
    pretest(STEM, wrong("before", 0))
    assert "1 → 3 of 5, gain 50 %" in repr(posttest(STEM, wrong("after", 2)))
    assert "1 → 3 of 5, gain 50 %" in repr(posttest(STEM, wrong("after", 0)))
    assert "1 → 3 of 5, gain 50 %" in repr(progress())
    assert "1 → 3 of 5, gain 50 %" in progress()._repr_html_()


def test_not_known_is_an_answer_and_open_is_none():
    assert gain.right(find(STEM).questions, "before", "?????") == 0
    assert gain.right(find(STEM).questions, "before", "????-") is None
    assert "2 still to answer" in repr(pretest(STEM, "a, -, b, ?, -"))


@pytest.mark.parametrize("answers", ["", "abcab a", "a b c d", "1 2 3 4 5", None, "a\nb"])
def test_other_answers_are_refused(answers):
    with pytest.raises(ValueError, match="expected 5 answers"):
        pretest(STEM, answers)


def test_a_file_of_before_there_were_tests_is_read(tmp_path):
    old = {"version": 1, "exercises": {}, "quizzes": {STEM: {"1": True}}}
    logbook.path().write_text(json.dumps(old))
    pretest(STEM, wrong("before", 0))
    assert logbook.read()["quizzes"] == {STEM: {"1": True}}
    assert logbook.read()["tests"] == {STEM: {"before": wrong("before", 0)}}


def test_a_grader_judges_the_letters_and_no_forged_ones(monkeypatch, tmp_path):
    file = tmp_path / "answers"
    monkeypatch.setenv("MEDKIT_HAND_IN", str(file))
    pretest(STEM, wrong("before", 3))
    posttest(STEM, wrong("after", 1))
    posttest(STEM, wrong("after", 0))
    assert answers_around(file, find(STEM)) == [2, 4]
    assert answers_around(file, find("12_mri")) == [None, None]
    forged = [{"id": f"{STEM}.before", "letters": value} for value in (5, ["a"] * 5, "aaaaaaaa")]
    file.write_text("\n".join(map(json.dumps, forged)))
    assert answers_around(file, find(STEM)) == [None, None]


def test_the_table_of_grades_has_them(tmp_path):
    rows = [
        Grade("ann", "a", STEM, "ok", before=2, after=4),
        Grade("bob", "b", STEM, "ok", before=5, after=5),
        Grade("cem", "c", STEM, "ok", before=0),
    ]
    write(tmp_path / "t.csv", [], rows)
    lines = (tmp_path / "t.csv").read_text(encoding="utf-8-sig").splitlines()
    header, *rows = (line.split(",") for line in lines)
    columns = [header.index(name) for name in ("before", "after", "gain")]
    assert [[row[k] for k in columns] for row in rows] == [
        ["2", "4", "0.667"],
        ["5", "5", ""],
        ["0", "", ""],
    ]
