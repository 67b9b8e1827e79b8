"""The real reports: what is loaded, and that no text is trained on and tested on."""

import csv

import numpy as np
import pytest

from medkit.data.sets import indiana
from medkit.learning.evaluation import auc
from medkit.learning.text import language

COLUMNS = ["uid", "MeSH", "Problems", "image", "indication", "comparison", "findings", "impression"]


@pytest.fixture
def table(tmp_path):
    rows = [
        [1, "normal", "", "", "cough", "", "The lungs are clear.", "Normal chest."],
        [2, "Nodule/lung", "", "", "", "", "There is a nodule.", ""],
        [3, "No Indexing", "", "", "", "", "Not coded.", ""],
        [4, "Opacity", "", "", "", "", "", ""],
        [5, "normal", "", "", "pain", "", "The lungs are clear. XXXX.", "Normal chest."],
    ]
    with (tmp_path / "indiana_reports.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    return tmp_path


def test_only_coded_reports_with_words_are_read(table):
    some = indiana.load(table)
    assert some.table["uid"].tolist() == [1, 2, 5]
    assert some.labels.tolist() == [0, 1, 0]
    assert some.texts[0] == "Findings: The lungs are clear.\nImpression: Normal chest."
    assert some.table["family"][0] == some.table["family"][2]
    assert some.part[0] == some.part[2]
    assert len(indiana.load(table, twins="once")) == 2
    assert (
        indiana.load(table, use=("impression",)).texts.tolist() == ["Impression: Normal chest."] * 2
    )


def test_what_is_not_there_is_named(table, tmp_path):
    with pytest.raises(FileNotFoundError, match="Open-i"):
        indiana.load(tmp_path / "nothing")
    with pytest.raises(ValueError, match="needs the columns"):
        indiana.load(table, use=("summary",))
    with pytest.raises(ValueError, match="twins"):
        indiana.load(table, twins="maybe")


def test_families_are_texts_alike():
    texts = ["No nodule is seen here today", "No nodule is seen here", "A nodule is seen here"]
    assert len(set(indiana.families(texts, 1.0))) == 3
    assert indiana.families(texts, 0.6).tolist() == [0, 0, 1]


@pytest.fixture(scope="module")
def real(test_data):
    return {
        twins: indiana.load(test_data / "reports", twins=twins)
        for twins in ("together", "apart", "once")
    }


@pytest.mark.data
def test_no_family_is_in_two_parts(real):
    some = real["together"]
    parts = {f: set(some.part[some.table["family"] == f]) for f in set(some.table["family"])}
    assert all(len(p) == 1 for p in parts.values())
    # Dealt at random, many are: a quarter of the texts has a twin.
    apart = real["apart"]
    train = set(apart.only("train").table["family"])
    seen = np.isin(apart.only("test").table["family"], list(train))
    assert 0.15 < seen.mean() < 0.4


@pytest.mark.data
def test_every_choice_of_sections_has_the_same_split(real, test_data):
    some = indiana.load(test_data / "reports", use=("impression",))
    parts = dict(zip(real["together"].patients, real["together"].part, strict=True))
    assert all(parts[p] == part for p, part in zip(some.patients, some.part, strict=True))


@pytest.mark.data
def test_counts_of_the_real_table(real):
    assert [len(real[k]) for k in ("together", "apart", "once")] == [1850, 1850, 1421]
    assert real["together"].labels.mean() == pytest.approx(0.62, abs=0.01)


@pytest.mark.data
def test_the_baseline_on_real_reports_is_far_from_chance_and_from_perfect(real):
    some = real["together"]
    model = language.text_classifier().fit(*some.xy("train"))
    x, y = some.xy("test")
    assert 0.88 < auc(y, model.decision_function(x)).value < 0.99


@pytest.mark.data
@pytest.mark.parametrize(
    ("use", "kind", "expected"),
    [
        (("findings", "impression"), "logistic", 0.98),
        (("findings", "impression"), "svm", 0.98),
        (("findings",), "logistic", 0.96),
        (("impression",), "logistic", 0.80),
        (("indication",), "logistic", 0.61),
    ],
)
def test_the_table_of_the_notebook(test_data, use, kind, expected):
    some = indiana.load(test_data / "reports", use=use)
    x, y = some.xy("test")
    model = language.text_classifier(kind).fit(*some.xy("train"))
    assert auc(y, model.decision_function(x)).value == pytest.approx(expected, abs=0.007)


@pytest.mark.data
def test_numbers_the_notebook_quotes(real):
    some = real["together"]
    _, copies = np.unique(some.table["family"], return_counts=True)
    assert copies[copies > 1].sum() == 535
    x, y = some.xy("test")
    assert len(y) == 432
    assert auc(y, [len(text) for text in x]).value == pytest.approx(0.79, abs=0.007)
