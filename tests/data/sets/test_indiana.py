"""The real reports: what is loaded, and that no text is trained on and tested on."""

import csv

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

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
    assert some.patients.tolist() == ["uid 1", "uid 2", "uid 5"]
    assert some.labels.tolist() == [0, 1, 0]
    assert some.texts[0] == "Findings: The lungs are clear.\nImpression: Normal chest."
    assert some.table["family"][0] == some.table["family"][2]
    assert some.part[0] == some.part[2]
    short = indiana.load(table, use=("impression",))
    assert short.texts.tolist() == ["Impression: Normal chest."] * 2
    assert short.part.tolist() == some.part[[0, 2]].tolist()


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="Open-i"):
        indiana.load(tmp_path / "nothing")


def test_families_are_texts_alike():
    texts = ["No nodule is seen here today", "No nodule is seen here", "A nodule is seen here"]
    assert len(set(indiana.families(texts, 1.0))) == 3
    assert indiana.families(texts, 0.6).tolist() == [0, 0, 1]


@pytest.fixture(scope="module")
def real(test_data):
    return indiana.load(test_data / "reports")


@pytest.mark.data
def test_no_family_is_in_two_parts(real):
    parts = {f: set(real.part[real.table["family"] == f]) for f in set(real.table["family"])}
    assert all(len(p) == 1 for p in parts.values())


@pytest.mark.data
def test_counts_of_the_real_table(real):
    assert (len(real), len(set(real.table["family"]))) == (1850, 1421)
    assert real.labels.mean() == pytest.approx(0.62, abs=0.01)


@pytest.mark.data
def test_the_baseline_on_real_reports_is_far_from_chance_and_from_perfect(real):
    model = language.text_classifier().fit(*real.xy("train"))
    x, y = real.xy("test")
    assert 0.88 < auc(y, model.decision_function(x)).value < 0.99


@pytest.mark.data
@pytest.mark.parametrize(
    ("use", "machine", "expected"),
    [
        (("findings", "impression"), None, 0.98),
        (("findings", "impression"), LinearSVC(random_state=0), 0.98),
        (("findings",), None, 0.96),
        (("impression",), None, 0.80),
        (("indication",), None, 0.61),
    ],
)
def test_the_table_of_the_notebook(test_data, use, machine, expected):
    some = indiana.load(test_data / "reports", use=use)
    x, y = some.xy("test")
    model = language.text_classifier()
    model = make_pipeline(model[0], machine or model[-1]).fit(*some.xy("train"))
    assert auc(y, model.decision_function(x)).value == pytest.approx(expected, abs=0.007)


@pytest.mark.data
def test_numbers_the_notebook_quotes(real):
    _, copies = np.unique(real.table["family"], return_counts=True)
    assert copies[copies > 1].sum() == 535
    x, y = real.xy("test")
    assert len(y) == 432
    assert auc(y, [len(text) for text in x]).value == pytest.approx(0.79, abs=0.007)
