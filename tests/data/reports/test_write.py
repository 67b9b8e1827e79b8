"""Reports say what they are said to say, in the words of their reader."""

import hashlib
import re

import numpy as np
import pytest

from medkit.data import reports
from medkit.data.reports.styles import EXAMINERS, HELD_OUT, KNOWN, STYLES
from medkit.data.reports.words import FINDINGS, STUDIES, american
from medkit.data.reports.writer import contradicts

ROW = {
    "patient": "p1",
    "age_years": 71.0,
    "sex": "F",
    "modality": "CT",
    "region": "head",
    "lesion": "bleed",
    "side": "left",
    "location": "thalamus",
    "size_mm": 12.3,
}


def names(finding):
    return [re.sub("^an? ", "", name) for name in FINDINGS[finding]]


@pytest.mark.parametrize("style", [s for s in STYLES if not STYLES[s].typos])
def test_a_lesion_is_named_with_its_place_and_size(style):
    text, said = reports.compose(ROW, style, rng=3)
    seen = text.lower().replace("hem", "haem")
    assert said["bleed"] in ("present", "uncertain")
    assert any(name in seen for name in names("bleed"))
    if said["bleed"] == "present":
        assert "left thalamus" in seen
        assert re.search(r"1\.2( x \d\.\d)? cm" if STYLES[style].centimetres else "12 ", seen)


def test_every_finding_that_is_said_is_in_the_text_once_or_more():
    rng = np.random.default_rng(1)
    for style in ("prose", "terse", "consultant"):
        for lesion in ("", "bleed", "stroke"):
            text, said = reports.compose(ROW | {"lesion": lesion}, style, rng=rng)
            for finding in said:
                assert any(name.lower() in text.lower() for name in names(finding)), (text, said)


@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.parametrize("style", STYLES)
def test_every_reader_writes_every_study(study, style):
    study = STUDIES[study]
    for k, lesion in enumerate(("", *study.lesions)):
        row = {"modality": study.modality, "region": study.region, "lesion": lesion}
        for error in ("", "missed", "false alarm", "contradiction"):
            text, said = reports.compose(row, style, error=error, rng=k)
            assert not re.search(r"[{}|]", text)
            assert set(said.values()) <= {"present", "absent", "uncertain"}


def test_equal_seeds_give_equal_texts_and_others_do_not():
    assert reports.write(ROW, "prose", rng=5) == reports.write(ROW, "prose", rng=5)
    # Composed, not copied: a thousand reports of one patient by one reader hardly repeat.
    texts = {reports.write(ROW, "prose", rng=k) for k in range(300)}
    assert len(texts) > 290


def test_words_are_american_where_the_reader_is():
    assert american("grey oedema, ischaemic naevus") == "gray edema, ischemic nevus"
    for seed in range(20):
        text = reports.write(ROW, "american", rng=seed).lower()
        assert "haem" not in text
        assert "grey" not in text


def test_held_out_readers_are_no_known_ones():
    assert not set(KNOWN) & set(HELD_OUT)
    assert len(KNOWN) >= 8
    patterns = {p for s in KNOWN for p in STYLES[s].absent}
    assert not patterns & {p for s in HELD_OUT for p in STYLES[s].absent}


def test_lengths_are_written_as_one_writes_them():
    for style, size_mm, words in (
        ("prose", 0.27, "0.27 mm"),
        ("terse", 0.27, "0.27 mm"),
        ("plain", 1.4, "1.4 mm"),
        ("american", 31.0, "3.1 cm"),
    ):
        texts = [reports.write(ROW | {"size_mm": size_mm}, style, rng=k) for k in range(9)]
        assert any(words in text for text in texts), words


def test_sizes_of_a_study_are_those_of_its_lesions():
    some = reports.corpus(300, rng=0, studies=["oct_eye"])
    assert np.nanmax(some.table["size_mm"]) < 3
    assert "cm" not in " ".join(some.texts)


def test_an_8_mm_finding_has_an_8_mm_article():
    text = reports.write(ROW | {"size_mm": 80.0}, "american", rng=0)
    assert not re.search(r"\ba 8", text)


def test_what_cannot_be_written_is_refused():
    with pytest.raises(ValueError, match="no reader 'poet'"):
        reports.write(ROW, "poet")
    with pytest.raises(ValueError, match="no finding 'dragon'"):
        reports.write(ROW | {"lesion": "dragon"})
    with pytest.raises(ValueError, match="no study"):
        reports.write(ROW | {"modality": "XX"})


def test_a_row_of_numpy_values_will_do():
    row = ROW | {"size_mm": np.float32("nan"), "side": np.str_(""), "location": np.str_("")}
    assert reports.write(row, rng=1)


def test_held_out_readers_write_for_the_test_only():
    some = reports.corpus(600, rng=0)
    for part in ("train", "validation"):
        assert set(some.only(part).styles) == set(KNOWN)
    test = some.only("test")
    assert set(test.styles[test.held_out]) == set(HELD_OUT)
    assert 0.35 < test.held_out.mean() < 0.65


def test_no_patient_and_no_text_is_in_two_parts():
    some = reports.corpus(600, rng=0)
    train, test = some.only("train"), some.only("test")
    assert not set(train.patients) & set(test.patients)
    assert not set(train.texts) & set(test.texts)
    assert len(set(some.texts)) == len(some)


def test_what_is_said_follows_the_patient_and_the_error():
    some = reports.corpus(1500, rng=1, errors=0.2)
    error, lesion = some.table["error"], some.table["lesion"]
    assert (error != "").mean() == pytest.approx(0.2, abs=0.03)
    for k, said in enumerate(some.stated):
        says = [f for f in STUDIES[some.table["study"][k]].lesions if said.get(f) == "present"]
        if error[k] in ("missed", "false alarm"):
            assert bool(says) != bool(lesion[k])
        elif error[k] == "contradiction":
            assert says == [lesion[k]]
        else:  # the reader may hedge, but says nothing that is wrong
            assert says in ([], [lesion[k]])
            assert not lesion[k] or says or said[lesion[k]] == "uncertain"


def test_negations_are_in_reports_of_the_ill_and_the_healthy():
    # Otherwise the word "no" would give the label away.
    some = reports.corpus(800, rng=2)
    denies = np.array(["absent" in said.values() for said in some.stated])
    assert denies[some.labels == 1].mean() > 0.75
    assert denies[some.labels == 0].mean() > 0.9


def test_a_corpus_is_a_data_set_of_texts():
    some = reports.corpus(20, rng=0)
    texts, labels = some.xy("train")
    assert texts.tolist() == some.texts[some.part == "train"].tolist()
    assert labels.tolist() == some.labels[some.part == "train"].tolist()
    few = some[3:6]
    assert few.reports == tuple(some.texts[3:6])
    assert list(few.stated) == list(some.stated[3:6])
    assert few.styles.tolist() == some.styles[3:6].tolist()


def calls_the_thalamus_normal(text):
    return re.search(r"thalamus on the (l\b|left) (is|are) of n(ormal)? density", text.lower())


@pytest.mark.parametrize("style", ["prose", "terse", "plain", "telegram", "checklist"])
def test_a_consistent_report_does_not_call_the_place_of_its_lesion_normal(style):
    texts = [reports.write(ROW, style, rng=k) for k in range(120)]
    assert sum(bool(calls_the_thalamus_normal(text)) for text in texts) > 5
    texts = [reports.write(ROW, style, rng=k, consistent=True) for k in range(120)]
    assert not any(calls_the_thalamus_normal(text) for text in texts)
    # The other side may be called normal still.
    other = sum("thalamus on the right" in text.lower() for text in texts)
    assert other > 5


@pytest.mark.parametrize(
    ("normal", "there", "untrue"),
    [
        ("The left frontal lobe is unremarkable", {"bleed": "in the left frontal lobe"}, True),
        ("The left frontal lobe is unremarkable", {"bleed": "in the right frontal lobe"}, False),
        ("The left frontal lobe is unremarkable", {"bleed": "in the left thalamus"}, False),
        ("The apex is clear", {"nodule": "in the right apex"}, True),
        ("The inner nuclear layer is even", {"fluid": "in the inner nuclear layer"}, True),
        ("The layers are regular", {"fluid": ""}, True),
        ("Lymph nodes measure up to 5 mm, within normal limits", {"node": ""}, True),
        ("The heart is of normal size", {"node": "in the left apex"}, False),
        ("The skin of the left calf is unremarkable", {"naevus": "on the left calf"}, True),
        ("The midline is central", {}, False),
    ],
)
def test_what_contradicts_what(normal, there, untrue):
    assert contradicts(normal, there) == untrue


def test_a_consistent_report_lacks_sentences_and_is_else_the_same():
    cut = 0
    for k in range(100):
        (old, said), (new, says) = (
            reports.compose(ROW, "prose", consistent=c, rng=k) for c in (False, True)
        )
        assert said == says
        pieces = [set(re.split(r"(?<=[.:]) |\n", text)) for text in (old, new)]
        assert pieces[1] <= pieces[0]
        cut += old != new
    assert 5 < cut < 60


def test_texts_that_others_have_stored_stay_as_they_are():
    """Notebook 32 and the tasks' reports are written without `consistent`."""
    for n, seed, start in ((700, 0, "5539f5a8dd22dab4"), (2000, 23, "62b4ef792b127833")):
        texts = "\n".join(reports.corpus(n, rng=seed).texts)
        assert hashlib.sha256(texts.encode()).hexdigest().startswith(start)


def test_examiners_write_only_when_asked():
    some = reports.corpus(600, rng=0)
    assert EXAMINERS
    assert not set(EXAMINERS) & {*KNOWN, *HELD_OUT, *some.styles}
    asked = reports.corpus(20, rng=0, styles=EXAMINERS)
    assert set(asked.styles) == set(EXAMINERS)
