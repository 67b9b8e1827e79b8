"""Every exercise of the course, through its own check; and how checks behave."""

import ast
import json
import math
import signal
import xml.etree.ElementTree as ET
from functools import cache

import numpy as np
import pytest

from medkit.course import exercise, logbook, markup
from medkit.course.answers import Array, Number, Slip
from medkit.course.chapters import chapters
from medkit.course.exercises import HAND_IN, Exercise
from medkit.course.functions import Case, Function, Reaches, Trained

EXERCISES = {e.id: e for chapter in chapters() for e in chapter.exercises}
#: Exercises whose solutions train for more than five seconds.
LONG = {
    "01_concepts.bright",
    "24_data_mining.repair",
    "31_cnn.mend",
    "33_autoencoder.mend",
    "33_autoencoder.tumours",
    "35_photons_to_diagnosis.find",
    "43_bone.crack",
}
EVERY = [pytest.param(id, marks=pytest.mark.thorough) if id in LONG else id for id in EXERCISES]
SLIPS = [
    pytest.param(id, n, marks=pytest.mark.thorough if id in LONG else ())
    for id, e in EXERCISES.items()
    for n in range(len(e.answer.slips))
]


@pytest.fixture(scope="module", autouse=True)
def references_run_once():
    """What an exercise compares with, its reference and its slips, is made once an exercise.

    A check makes it anew for every answer: seconds each where it learns or simulates. Twenty-odd
    answers here go through one check.
    """
    course = {id(e.answer) for e in EXERCISES.values()}
    with pytest.MonkeyPatch.context() as patch:
        for kind in (Function, Trained, Reaches):

            def truths(self, function=None, make=kind._truths, made={}):  # noqa: B006
                if id(self) not in course:
                    return make(self, function)
                key = id(self), function
                if key not in made:
                    made[key] = make(self, function)
                return made[key]

            patch.setattr(kind, "_truths", truths)
        yield


@cache
def observed(id):
    """What the check sees of the stored solution, which is run here."""
    return EXERCISES[id].answer.observe(EXERCISES[id].run_solution())


def renders(text):
    page = markup.paragraphs(text)
    ET.fromstring(f"<div>{page}</div>")
    return "$" not in page


@pytest.mark.parametrize("id", EVERY)
class TestEveryExercise:
    def test_stored_solution_is_right(self, id):
        verdict = EXERCISES[id].answer.judge(observed(id))
        assert verdict.score == 1, verdict
        assert verdict.message
        assert renders(verdict.message)

    def test_starter_is_not_attempted(self, id):
        # The notebook's untouched cell: the value that the starter's last line makes.
        starter = EXERCISES[id].starter
        namespace = {"np": np}
        exec(starter, namespace)
        last = ast.parse(starter).body[-1]
        name = last.name if isinstance(last, ast.FunctionDef) else last.targets[0].id
        for answer in (namespace[name], None, ...):
            verdict = EXERCISES[id].grade(answer)
            # A cell to be repaired is an answer, a wrong one, and is told so.
            untouched = "still the cell as it stands" in verdict.message
            assert verdict.mark == "not attempted" or untouched, (answer, verdict)

    def test_strange_answers_get_a_verdict(self, id):
        strange = [
            "word",
            "",
            object(),
            [],
            {},
            set(),
            [[1], [1, 2]],
            1j,
            float("nan"),
            -1e300,
            10**400,
            True,
            np.zeros((2, 3)),
            np.array(["a"]),
            b"x",
            lambda *a: None,
            lambda *a: 1 / 0,
            lambda: 0,
            print,
            {"a": [1]},
            np.float32(3),
            "<b>`$x",
        ]
        for answer in strange:
            verdict = EXERCISES[id].grade(answer)
            assert verdict.score < 1
            assert verdict.message
            verdict._repr_html_()

    def test_content_is_complete(self, id):
        item = EXERCISES[id]
        assert 2 <= len(item.hints) <= 3
        assert all((item.title, item.question, item.explanation, item.starter))
        assert item.id.partition(".")[0] in {c.stem for c in chapters()}
        assert len(item.answer.slips) >= 2

    def test_observation_survives_json(self, id):
        item = EXERCISES[id]
        seen = json.loads(json.dumps(observed(id)))
        assert item.answer.judge(seen).score == 1


@pytest.mark.parametrize(("id", "number"), SLIPS)
def test_common_mistake_gets_its_diagnosis(id, number):
    slip = EXERCISES[id].answer.slips[number]
    verdict = EXERCISES[id].grade(slip.answer)
    assert verdict.score < 1
    assert EXERCISES[id].answer.why[slip.key] in verdict.message
    assert verdict.score == pytest.approx(slip.score)
    assert renders(verdict.message)


class TestNumber:
    answer = Number(50.0, unit="mm", slips=(Slip("7", 7.0),), why={"7": "seven"})

    @pytest.mark.parametrize(
        ("value", "score", "part"),
        [
            (50, 1, ""),
            (np.float32(50.2), 1, ""),
            (np.array([50.0]), 1, ""),
            (7, 0, "seven"),
            (-50, 0.5, "sign"),
            (50e3, 0.5, "1 000 times too large"),
            (0.05, 0.5, "1 000 times too small"),
            (50 * 180 / np.pi, 0.5, "radians"),
            (54, 0.5, "Close"),
            (45.5, 0.5, "Close"),
            (55.5, 0, "too large"),
            (44, 0, "too small"),
            (80, 0, "too large"),
            ("50", 0, "number"),
            (float("inf"), 0, "not finite"),
            ([50, 50], 0, "number"),
        ],
    )
    def test_diagnosis(self, value, score, part):
        verdict = self.answer.judge(self.answer.observe(value))
        assert verdict.score == score
        assert part in verdict.message


class TestArray:
    answer = Array(np.array([1.0, 2, 3, 4]))

    def test_partial_credit_names_the_first_wrong_value(self):
        verdict = self.answer.judge(self.answer.observe([1, 2, 9, 4]))
        assert verdict.mark == "partly"
        assert verdict.score == pytest.approx(0.9 * 3 / 4)
        assert "index 2" in verdict.message

    def test_shape(self):
        assert "(3,)" in self.answer.judge(self.answer.observe([1, 2, 3])).message


def _double(x):
    return 2 * x


DOUBLE = Function(
    reference=_double,
    cases=(Case((1.0,), "one"), Case((np.arange(3.0),), "an array"), Case((-2.0,), "a negative")),
    slips=(Slip("unchanged", lambda x: x),),
    seconds=0.3,
    why={"unchanged": "That is what went in."},
)


def judge(function):
    return DOUBLE.judge(json.loads(json.dumps(DOUBLE.observe(function))))


class TestFunction:
    def test_partial_credit_names_the_case(self):
        verdict = judge(lambda x: 2 * abs(x))
        assert verdict.mark == "partly"
        assert verdict.score == pytest.approx(0.9 * 2 / 3)
        assert "2 of 3" in verdict.message
        assert "a negative" in verdict.message

    def test_error_names_the_line_of_the_learner(self):
        def broken(x):
            y = x + 1
            return y.nothing

        verdict = judge(broken)
        line = broken.__code__.co_firstlineno + 2
        assert f"line {line}" in verdict.message
        assert "return y.nothing" in verdict.message
        assert "AttributeError" in verdict.message

    def test_math_meets_an_array(self):
        check = Function(np.arccos, cases=(Case((np.array([0.1, 0.2]),), "two cosines"),))
        message = check.judge(check.observe(math.acos)).message
        assert "TypeError" in message
        assert "is an array" in message

    def test_wrong_number_of_arguments(self):
        assert "TypeError" in judge(lambda x, y: x).message

    def test_endless_loop_is_stopped(self):
        def endless(x):
            while True:
                pass

        assert "did not end" in judge(endless).message

    def test_endless_loop_is_stopped_where_interrupts_are_ignored(self):
        def endless(x):
            while True:
                pass

        handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            assert "did not end" in judge(endless).message
            assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
        finally:
            signal.signal(signal.SIGINT, handler)

    def test_leaving_python_is_caught(self):
        def leave(x):
            raise SystemExit

        assert "SystemExit" in judge(leave).message

    def test_a_called_function_is_not_a_function(self):
        assert "without parentheses" in judge(2.0).message

    def test_input_changed_in_place_spoils_nothing(self):
        def greedy(x):
            x *= 2
            return x

        assert judge(greedy).score == 1
        assert judge(_double).score == 1

    def test_shape_is_diagnosed(self):
        assert "shape" in judge(lambda x: np.atleast_1d(2 * x)).message

    def test_no_memory_address_is_shown(self):
        def broken(x):
            raise ValueError(object())

        assert "0x" not in judge(broken).message


class TestSession:
    """What a learner does with one exercise in a notebook."""

    def make(self):
        return Exercise("x.y", "T", "Q?", Number(2.0), ("first", "second"), "Why.", "answer = 2")

    def test_check_shows_and_returns_nothing(self, capsys):
        assert self.make().check(2) is None
        assert "Correct" in capsys.readouterr().out

    def test_hints_come_one_by_one_and_then_stay(self, capsys):
        item = self.make()
        for text in ("first", "second", "second"):
            item.hint()
            assert text in capsys.readouterr().out

    def test_solution_shows_code_and_reason(self, capsys):
        self.make().solution()
        shown = capsys.readouterr().out
        assert "answer = 2" in shown
        assert "Why." in shown

    def test_question_is_the_representation(self):
        assert "Q?" in repr(self.make())
        assert "Q?" in self.make()._repr_markdown_()

    def test_check_hands_in_what_it_saw(self, tmp_path, monkeypatch):
        file = tmp_path / "records"
        monkeypatch.setenv(HAND_IN, str(file))
        self.make().check(2)
        assert json.loads(file.read_text()) == {"id": "x.y", "observation": {"array": 2}}

    def test_one_object_shows_the_question_and_takes_the_answer(
        self, tmp_path, monkeypatch, capsys
    ):
        monkeypatch.setenv(HAND_IN, str(tmp_path / "records"))
        task, other = exercise("11_ct.noise_dose"), exercise("11_ct.views")
        assert "half the noise" in task._repr_markdown_()
        task.check(2)
        task.hint()
        task.check(1328)
        other.check(804)
        shown = capsys.readouterr().out
        marks = [shown.index(part) for part in ("Not yet", "Hint 1 of 2", "Correct")]
        assert marks == sorted(marks)
        records = [json.loads(line) for line in (tmp_path / "records").read_text().splitlines()]
        assert [record["id"][6:] for record in records] == ["noise_dose", "noise_dose", "views"]
        best = {id: entry["best"] for id, entry in logbook.read()["exercises"].items()}
        assert best == {"11_ct.noise_dose": 1.0, "11_ct.views": 1.0}

    def test_hints_go_on_wherever_the_exercise_is_asked_for(self, capsys):
        for _ in range(5):
            exercise("11_ct.noise_dose").hint()
        assert "That was the last hint" in capsys.readouterr().out

    @pytest.mark.parametrize("id", EXERCISES)
    def test_the_truth_is_no_attribute_of_what_a_learner_holds(self, id):
        held = exercise(id)
        assert [name for name in dir(held) if name[0] != "_"] == ["check", "hint", "id", "solution"]
        assert repr(held) == repr(EXERCISES[id])
        # Whatever hangs on it, given to the check, is not the answer.
        for name in dir(held):
            if not name.startswith("__"):
                assert EXERCISES[id].grade(getattr(held, name)).score < 1, name

    @pytest.mark.parametrize(
        "id", ["11_ct.nothing", "99_none.a", "", "11_ct", "ct.water_hu", "12_ct.views"]
    )
    def test_unknown_id_lists_what_there_is(self, id):
        with pytest.raises(KeyError, match=r"11_ct|there are"):
            exercise(id)


def test_learner_text_cannot_become_markup():
    item = EXERCISES["11_ct.beam_hardening"]
    html = item.grade("<img src=x onerror=alert(1)>")._repr_html_()
    assert "<img" not in html
    html = EXERCISES["10_dicom.identifying"].grade({"`<script>`$a$", "x"})._repr_html_()
    assert "<script" not in html
