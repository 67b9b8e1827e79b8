"""No patient in two parts, whatever the labels are like; and what a data set refuses."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medkit.data.dataset import PARTS, Dataset, split

SHARES = [(0.6, 0.15, 0.25), (0.7, 0.1, 0.2), (0.5, 0.0, 0.5), (1.0, 0.0, 0.0), (0.2, 0.3, 0.5)]


@st.composite
def owned(draw, least=0):
    """Patients with some images each, and a label for each image."""
    n = draw(st.integers(least, 120))
    patients = draw(st.lists(st.integers(0, 25), min_size=n, max_size=n))
    labels = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
    return np.array(patients, int), np.array(labels, int)


@given(owned(), st.sampled_from(SHARES), st.integers(0, 99))
def test_no_patient_is_in_two_parts(case, shares, seed):
    patients, labels = case
    part = split(patients, labels, shares=shares, rng=seed)
    assert len(part) == len(patients)
    assert set(part) <= set(PARTS)
    for patient in set(patients):
        assert len(set(part[patients == patient])) == 1


@given(owned(1), st.sampled_from(SHARES), st.integers(0, 99))
def test_each_class_is_dealt_within_one_patient(case, shares, seed):
    patients, labels = case
    part = split(patients, labels, shares=shares, rng=seed)
    names = np.unique(patients)
    worst = np.array([labels[patients == name].max() for name in names])
    whose = np.array([part[patients == name][0] for name in names])
    for label in set(worst):
        for name, share in zip(PARTS, shares, strict=True):
            got = (whose[worst == label] == name).sum()
            assert abs(got - share * (worst == label).sum()) < 1
    for name, share in zip(PARTS, shares, strict=True):
        # Over all classes too: what one class's rounding takes, the next gives back.
        assert abs((whose == name).sum() - share * len(names)) <= 1.5


@given(owned(1), st.integers(0, 99), st.randoms(use_true_random=False))
def test_the_split_hangs_on_the_seed_and_not_on_order_or_type(case, seed, random):
    patients, labels = case
    part = split(patients, labels, rng=seed)
    np.testing.assert_array_equal(part, split(patients, labels, rng=seed))
    np.testing.assert_array_equal(part, split(patients.astype(str), labels, rng=seed))
    np.testing.assert_array_equal(part, split(patients.tolist(), labels.astype(float), rng=seed))
    np.testing.assert_array_equal(part, split(patients.astype(object), labels, rng=seed))
    order = np.array(random.sample(range(len(patients)), len(patients)))
    np.testing.assert_array_equal(part[order], split(patients[order], labels[order], rng=seed))


def test_another_seed_is_another_split():
    patients = np.arange(100)
    labels = patients % 2
    assert (split(patients, labels, rng=0) != split(patients, labels, rng=1)).any()


def test_small_classes_do_not_all_lose_the_same_part():
    part = split(np.arange(12), np.arange(12) % 2, rng=0)
    assert [int((part == name).sum()) for name in PARTS] == [7, 2, 3]


def test_a_generator_goes_on_from_where_it_is():
    rng = np.random.default_rng(0)
    labels = np.zeros(50, int)
    first, second = (split(np.arange(50), labels, rng=rng) for _ in range(2))
    assert (first != second).any()


@pytest.mark.parametrize(
    ("arguments", "options", "says"),
    [
        (([1, 2], [0]), {}, "must be equal"),
        (([[1], [2]], [[0], [1]]), {}, r"\(n,\)"),
        (([1, 2], [0, 1]), {"shares": (0.5, 0.5)}, "three numbers"),
        (([1, 2], [0, 1]), {"shares": (0.5, 0.6, 0.1)}, "add up to 1"),
        (([1, 2], [0, 1]), {"shares": (1.5, -0.5, 0.0)}, "three numbers"),
    ],
)
def test_what_cannot_be_split_is_one_clear_error(arguments, options, says):
    with pytest.raises(ValueError, match=says):
        split(*arguments, **options)


@pytest.fixture
def some():
    return Dataset(
        name="some",
        images=np.arange(6, dtype=np.float32).reshape(6, 1, 1, 1),
        labels=np.array([0, 1, 1, 0, 1, 0]),
        classes=("well", "ill"),
        part=np.array(["train"] * 3 + ["validation"] + ["test"] * 2),
        patients=np.array(list("aabcdd")),
        modality="US",
        texts=np.array(list("uvwxyz"), object),
        table={"age": np.arange(6)},
        masks=np.zeros((6, 1, 1), bool),
    )


def test_choosing_images_takes_everything_along(some):
    test = some.only("test")
    assert test.images.ravel().tolist() == [4, 5]
    assert test.reports == ("y", "z")
    assert test.table["age"].tolist() == [4, 5]
    assert test.masks.shape == (2, 1, 1)
    assert some[::2].patients.tolist() == ["a", "b", "d"]
    assert some[some.labels == 1].images.ravel().tolist() == [1, 2, 4]
    x, y = some.xy("train")
    assert x.ravel().tolist() == [0, 1, 2]
    assert y.tolist() == [0, 1, 1]
    with pytest.raises(TypeError, match=r"\[3:4\]"):
        some[3]
    with pytest.raises(ValueError, match="train, validation, test"):
        some.only("val")


def test_texts_are_samples_where_there_are_no_images(some):
    texts = replace(some, images=None, masks=None)
    assert len(texts) == 6
    x, y = texts.xy("train")
    assert x.tolist() == ["u", "v", "w"]
    assert y.tolist() == [0, 1, 1]
    assert texts[texts.age > 3].reports == ("y", "z")
    with pytest.raises(ValueError, match="6 texts, but 5 in labels"):
        replace(texts, labels=np.zeros(5, int))


def test_a_column_is_an_attribute_and_a_missing_one_is_said(some):
    assert some.age is some.table["age"]
    assert not hasattr(some, "height")
    with pytest.raises(AttributeError, match="no 'height'; the columns of this one: age"):
        _ = some.height


def test_reports_are_written_once_when_asked_for_and_of_those_asked_for(some):
    written = []
    lazy = replace(some, texts=None, report=lambda row: written.append(row["age"]) or str(row))
    assert lazy[1:3].reports == ("{'age': np.int64(1)}", "{'age': np.int64(2)}")
    assert written == [1, 2]
    assert lazy.reports is lazy.reports
    assert len(written) == 2 + 6
    assert replace(some, texts=None).reports == ()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"part": np.array(["train", "test"] * 3)}, "patient 'a' is in two parts"),
        ({"part": np.array(["train"] * 5 + ["exam"])}, "exam"),
        ({"labels": np.zeros(5, int)}, "5 in labels"),
        ({"labels": np.array([0, 1, 2, 0, 0, 0])}, "do not fit 2 classes"),
        ({"labels": np.array([0, 1, -1, 0, 0, 0])}, "do not fit 2 classes"),
        ({"labels": np.zeros(6)}, "whole numbers"),
        ({"labels": np.zeros((6, 3), int)}, "do not fit 2 classes"),
        ({"texts": np.array(["a"], object)}, "1 in texts"),
        ({"images": None, "texts": None}, "neither images nor texts"),
        ({"table": {"age": np.arange(3)}}, r"3 in table\['age'\]"),
        ({"masks": np.zeros((2, 1, 1), bool)}, "2 in masks"),
        ({"images": np.zeros((6, 2))}, "expected"),
    ],
    ids=str,
)
def test_what_does_not_fit_together_is_one_clear_error(some, changes, says):
    with pytest.raises(ValueError, match=says):
        replace(some, **changes)
