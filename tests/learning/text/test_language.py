"""Reading reports: known sentences, known truth, and the library's own numbers."""

import numpy as np
import pytest
from sklearn.base import clone

from medkit.data import reports
from medkit.data.reports.words import FINDINGS
from medkit.learning.evaluation import auc
from medkit.learning.text import language


@pytest.fixture(scope="module")
def corpus():
    return reports.corpus(1500, rng=0)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("There is a haematoma.", {"bleed": "present"}),
        ("No haematoma.", {"bleed": "absent"}),
        (
            "No evidence of acute infarct, mass or haemorrhage.",
            {"stroke": "absent", "tumour": "absent", "bleed": "absent"},
        ),
        ("No change in the known nodule.", {"nodule": "present"}),
        ("Not only a fracture, but also a haematoma.", {"fracture": "present", "bleed": "present"}),
        ("No bleeding disorder. A large infarct.", {"stroke": "present"}),
        ("No haematoma but a large infarct.", {"bleed": "absent", "stroke": "present"}),
        ("A haematoma cannot be excluded.", {"bleed": "uncertain"}),
        ("A haematoma has been excluded.", {"bleed": "absent"}),
        ("The absence of a nodule cannot be confirmed.", {"nodule": "uncertain"}),
        ("There is no doubt about a nodule.", {"nodule": "present"}),
        ("Nodule: no", {"nodule": "absent"}),
        ("A nodule in the left lobe", {"nodule": "present"}),
        ("A nodule is noted.", {"nodule": "present"}),
        ("?nodule", {"nodule": "uncertain"}),
        (
            "Neither effusion nor pneumothorax is seen.",
            {"effusion": "absent", "pneumothorax": "absent"},
        ),
        ("No effusion. Possible effusion later on.", {"effusion": "uncertain"}),
        ("An irregular spiculated mass.", {"malignant": "present"}),
        ("The lungs are clear.", {}),
        ("", {}),
    ],
)
def test_sentences_with_traps(sentence, expected):
    assert language.labels(sentence) == expected


@pytest.mark.parametrize(
    ("sentence", "truth"),
    [
        ("I can find nothing to suggest a nodule.", "absent"),  # no such trigger
        ("Nodule = nil", "absent"),
        ("It is not true that there is no nodule.", "present"),  # a real double negation
        ("No pain and a nodule without symptoms.", "present"),
    ],
)
def test_what_the_rules_get_wrong(sentence, truth):
    # The limits that the notebook states: whoever repairs one, updates it.
    assert language.labels(sentence)["nodule"] != truth


def test_the_indication_is_no_finding():
    text = "Indication: query stroke, family history of tumour.\nFindings: No infarct."
    assert language.labels(text) == {"stroke": "absent"}
    assert language.labels(text.replace("Findings: ", "")) == {"stroke": "absent"}


def test_sections_of_every_reader_with_common_headings():
    row = {"modality": "CT", "region": "head", "lesion": "bleed", "age_years": 60.0, "sex": "F"}
    for style in ("prose", "list", "american", "hurried", "consultant", "telegram"):
        parts = language.sections(reports.write(row, style, rng=0))
        assert list(parts) == ["indication", "technique", "comparison", "findings", "impression"]
        assert "60-year-old" in parts["indication"].lower()
        assert "ct of the head" in parts["technique"].lower()
    assert list(language.sections(reports.write(row, "dictated", rng=0))) == ["findings"]


def test_tokens_mean_the_same_in_every_unit_and_spelling():
    assert language.tokens("A tumour of 12 mm") == language.tokens("a TUMOR of 1.2cm")
    assert language.tokens("12 x 8 mm in 2 slices") == ["<size>", "in", "<number>", "slices"]
    assert language.tokens("") == []


def test_every_name_of_every_finding_is_known():
    for finding, names in FINDINGS.items():
        for name in names:
            assert language.labels(f"There is {name}.") == {finding: "present"}, name


def test_labels_of_known_readers_are_nearly_right_and_of_others_are_not(corpus):
    found = [language.labels(text) for text in corpus.texts]
    rates = {}
    for name, some in (("known", ~corpus.held_out), ("held out", corpus.held_out)):
        right = [
            found[k].get(finding) == statement
            for k in np.flatnonzero(some)
            for finding, statement in corpus.stated[k].items()
            if finding in FINDINGS and statement != "not mentioned"
        ]
        rates[name] = 1 - np.mean(right)
    assert rates["known"] < 0.03
    assert rates["held out"] > 5 * rates["known"]


def test_the_baseline_knows_its_readers_better_than_others(corpus):
    model = language.text_classifier().fit(*corpus.xy("train"))
    test = corpus.only("test")
    scores = model.decision_function(test.texts)
    known, other = (auc(test.labels[m], scores[m]).value for m in (~test.held_out, test.held_out))
    assert known > 0.92
    assert other < known - 0.05


def test_shuffled_labels_teach_nothing(corpus):
    x, y = corpus.xy("train")
    shuffled = np.random.default_rng(0).permutation(y)
    test = corpus.only("test")
    scores = language.text_classifier().fit(x, shuffled).decision_function(test.texts)
    assert abs(auc(test.labels, scores).value - 0.5) < 0.12


def test_contributions_add_up_to_the_score(corpus):
    model = clone(language.text_classifier()).fit(*corpus.xy("train"))
    text = corpus.only("test").texts[0]
    total = sum(language.contributions(model, text).values()) + model[-1].intercept_[0]
    assert total == pytest.approx(model.decision_function([text])[0])


def test_mentions_point_at_their_words():
    text = language.plain("No change in the known nodule, but no effusion.")
    nodule, effusion = language.mentions(text, language.TERMS)
    assert text[nodule.start : nodule.end] == "nodule"
    assert nodule.trigger is None
    assert text[slice(*effusion.trigger)] == "no"
