"""The explorers of ``23_language`` show true numbers."""

import numpy as np
import pytest

from medkit.chapters.language import explorers
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
