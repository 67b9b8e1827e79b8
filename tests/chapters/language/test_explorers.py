"""The explorers of ``23_language`` show true numbers."""

import numpy as np
import pytest

from medkit.chapters.language import explorers
from medkit.data import reports
from medkit.learning.text import language


def marks(picture):
    panel = picture.panels[0]
    return dict(zip(panel.words, zip(panel.kinds, panel.notes, strict=True), strict=True))


def test_words_carry_what_is_said_of_them():
    seen = marks(explorers.negation.picture(sentence="No haematoma but a large infarct."))
    assert seen["no"] == ("trigger", "└──")
    assert seen["hematoma"] == ("absent", "──┘ absent")
    assert seen["infarct"] == ("present", "present")
    assert seen["large"] == ("", "")


def test_a_bracket_spans_from_the_trigger_to_the_finding():
    picture = explorers.negation.picture(sentence="No sign of a small infarct but a nodule.")
    words, notes = picture.panels[0].words, picture.panels[0].notes
    inside = [w for w, note in zip(words, notes, strict=True) if "─" in note]
    assert inside == ["no", "sign", "of", "a", "small", "infarct"]
    picture = explorers.negation.picture(sentence="A nodule is not seen.")
    assert picture.panels[0].notes == ("", "└── absent", "───", "───", "──┘", "")


@pytest.mark.parametrize(
    ("sentence", "naive", "nearest", "rules"),
    [
        ("No haematoma.", "present", "absent", "absent"),
        ("No change in the known haematoma.", "present", "absent", "present"),
        ("A haematoma cannot be excluded.", "present", "present", "uncertain"),
    ],
)
def test_three_methods_differ_where_the_notebook_says(sentence, naive, nearest, rules):
    for method, status in zip(explorers.METHODS, (naive, nearest, rules), strict=True):
        assert explorers.statuses(sentence, method)[0].status == status


def test_nothing_typed_is_a_picture_too():
    assert "no finding" in explorers.negation.picture(sentence="").caption


def test_the_same_answer_as_the_library_s_pipeline():
    """The explorer counts words once for all; the pipeline counts them anew."""
    first = reports.corpus(900, rng=100, styles=("prose",), errors=0, consistent=True)
    test = explorers._bank()[-1]
    model = language.text_classifier("svm").fit(first.texts[:90], first.labels[:90])
    scores = model.decision_function(test.texts)
    expected = explorers.auc(test.labels[test.held_out], scores[test.held_out]).value
    assert explorers.transfer(90, 1)["readers held out"].value == pytest.approx(expected, abs=0.01)


def test_more_reports_help_and_others_are_harder_to_read():
    few, many = explorers.transfer(45, 9), explorers.transfer(900, 9)
    for who in few:
        assert many[who].value > few[who].value + 0.1
    own, other = many.values()
    assert own.low > other.high


def test_wrong_labels_look_worse_than_they_are():
    picture = explorers.wrong_labels.picture(missed=0.3, invented=0.1)
    clean, true, apparent, formula = picture.panels[0].values["AUC"]
    assert clean > 0.98
    assert true > 0.95
    assert apparent < true - 0.1
    assert apparent == pytest.approx(formula, abs=0.06)
    perfect = explorers.wrong_labels.picture(missed=0.0, invented=0.0).panels[0].values["AUC"]
    np.testing.assert_allclose(perfect, perfect[0])


def test_pairs_mark_neighbours_only():
    words = ["in", "the", "left,", "the", "lobe"]
    marked = explorers._pushes(words, {"in the": 1.0, "lobe": -1.0})
    assert marked == ["towards a lesion"] * 2 + ["", "", "away from it"]


def test_bars_of_a_report_are_the_model_s_own():
    picture = explorers.weights.picture()
    bars = picture.panels[1].values["adds to the score"]
    text, probability = explorers._report("checklist", True, 0)
    parts = language.contributions(explorers._model(), text)
    np.testing.assert_allclose(bars, list(parts.values())[:6])
    score = sum(parts.values()) + explorers._model()[-1].intercept_[0]
    assert probability == pytest.approx(1 / (1 + np.exp(-score)))
