"""MedMNIST files, real and made up, good and bad."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from medkit.data.sets import catalogue, medmnist

PARTS = ("train", "val", "test")


def write(path, *, shape=(28, 28), counts=(8, 2, 4), classes=2, labels=1, **changes):
    """Write a made-up file in MedMNIST's format."""
    rng = np.random.default_rng(0)
    arrays = {}
    for part, n in zip(PARTS, counts, strict=True):
        arrays[f"{part}_images"] = rng.integers(0, 256, (n, *shape), dtype=np.uint8)
        arrays[f"{part}_labels"] = rng.integers(0, classes, (n, labels)).astype(np.uint8)
    arrays |= changes
    np.savez(path, **{key: value for key, value in arrays.items() if value is not None})
    return arrays


def read(path, name, **options):
    return medmnist.read(path, catalogue.card(name), **options)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "file.npz"


def test_grey_colour_and_volumes_have_the_shapes_of_a_dataset(file):
    write(file)
    assert read(file, "pneumoniamnist").images.shape == (14, 28, 28, 1)
    write(file, shape=(64, 64, 3), classes=7)
    assert read(file, "dermamnist").images.shape == (14, 64, 64, 3)
    write(file, shape=(28, 28, 28))
    assert read(file, "nodulemnist3d").images.shape == (14, 28, 28, 28, 1)


def test_values_parts_and_order_are_those_of_the_file(file):
    arrays = write(file)
    dataset = read(file, "pneumoniamnist")
    assert dataset.images.dtype == np.float32
    assert dataset.labels.dtype == np.int64
    for ours, theirs in zip(("train", "validation", "test"), PARTS, strict=True):
        x, y = dataset.xy(ours)
        np.testing.assert_array_equal(np.round(x[..., 0] * 255), arrays[f"{theirs}_images"])
        np.testing.assert_array_equal(y, arrays[f"{theirs}_labels"][:, 0])
    assert len(set(dataset.patients)) == len(dataset)


def test_the_finding_is_1_also_where_the_file_says_0(file):
    arrays = write(file)
    dataset = read(file, "breastmnist")
    assert dataset.classes == ("normal or benign", "malignant")
    np.testing.assert_array_equal(dataset.xy("test")[1], 1 - arrays["test_labels"][:, 0])
    assert "malignant" in dataset.notes["labels"]


def test_several_findings_in_one_image(file):
    write(file, labels=14)
    dataset = read(file, "chestmnist")
    assert dataset.labels.shape == (14, 14)


def test_a_part_of_a_large_set_keeps_the_shares(file):
    write(file, counts=(80, 20, 40))
    few = read(file, "pneumoniamnist", n=35)
    assert [int((few.part == part).sum()) for part in ("train", "validation", "test")] == [
        20,
        5,
        10,
    ]
    np.testing.assert_array_equal(few.images, read(file, "pneumoniamnist", n=35).images)
    everything = read(file, "pneumoniamnist")
    assert set(few.patients) < set(everything.patients)
    assert len(read(file, "pneumoniamnist", n=10_000)) == 140


def test_what_does_not_fit_into_memory_says_how_many_do(file, monkeypatch):
    write(file, counts=(80, 20, 40))
    free = SimpleNamespace(available=100 * 28 * 28 * 4)
    monkeypatch.setattr(medmnist.psutil, "virtual_memory", lambda: free)
    with pytest.raises(ValueError, match="pass n=40 or fewer"):
        read(file, "pneumoniamnist")
    assert len(read(file, "pneumoniamnist", n=40)) == 40


def test_notes_say_what_is_not_known_and_what_differs(file):
    write(file)
    notes = read(file, "pneumoniamnist").notes
    assert "not published" in notes["patients"]
    assert "officially {'train': 4708" in notes["parts"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"shape": (28, 14)},
        {"shape": (28, 28, 3)},
        {"shape": (28, 28, 28)},
        {"classes": 5},
        {"labels": 3},
        {"train_images": np.zeros((8, 28, 28), np.float32)},
        {"train_labels": np.zeros((5, 1), np.uint8)},
        {"val_labels": None},
    ],
    ids=str,
)
def test_what_is_no_such_file_is_one_clear_error(file, wrong):
    write(file, **wrong)
    with pytest.raises(ValueError, match=r"file\.npz"):
        read(file, "pneumoniamnist")


def test_a_pickle_in_a_file_is_not_run(file, tmp_path):
    class Trap:
        def __reduce__(self):
            return (tmp_path / "sprung").mkdir, ()

    write(file, train_labels=np.array([Trap()] * 8, dtype=object)[:, None])
    with pytest.raises(ValueError, match="allow_pickle"):
        read(file, "pneumoniamnist")
    assert not (tmp_path / "sprung").exists()


def test_a_file_cut_short_is_one_clear_error(file):
    write(file)
    file.write_bytes(file.read_bytes()[:-5000])
    with pytest.raises(ValueError, match=r"file\.npz is damaged"):
        read(file, "pneumoniamnist")


def test_damage_anywhere_is_one_clear_error_or_harmless(file):
    arrays = write(file)
    np.savez_compressed(file, **arrays)
    whole = file.read_bytes()
    rng = np.random.default_rng(0)
    said = []
    for _ in range(150):
        broken = bytearray(whole)
        for at in rng.integers(0, len(whole), 3):
            broken[at] ^= 1 << rng.integers(8)
        file.write_bytes(broken)
        try:
            read(file, "pneumoniamnist")
        except ValueError as problem:
            said.append(str(problem))
    assert len(said) > 100
    assert all("file.npz" in text for text in said)


def test_a_hash_that_is_not_the_official_one_is_said(tmp_path):
    file = tmp_path / "breastmnist.npz"
    write(file)
    for folder in (tmp_path, file):
        notes = catalogue.load("breastmnist", folder=folder).notes
        assert "NOT the official" in notes["file"]


def test_what_was_not_fetched_says_what_to_type(tmp_path, monkeypatch):
    monkeypatch.setenv("MEDKIT_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="medkit data fetch octmnist --size 64"):
        catalogue.load("octmnist", size=64)


@pytest.mark.data
@pytest.mark.parametrize("name", ["breastmnist", "adrenalmnist3d"])
def test_official_files(test_data, name):
    card = catalogue.card(name)
    dataset = catalogue.load(name, folder=test_data / "medmnist")
    assert dataset.notes["file"].endswith("official")
    assert "parts" not in dataset.notes
    assert {part: len(dataset.only(part)) for part in card.splits} == dict(card.splits)
    assert dataset.images.min() == 0
    assert dataset.images.max() == 1


@pytest.mark.data
def test_breast_images_are_malignant_as_often_as_published(test_data):
    # 210 of 780 in the source, Al-Dhabyani et al. (2020), doi:10.1016/j.dib.2019.104863.
    dataset = catalogue.load("breastmnist", folder=test_data / "medmnist")
    assert dataset.labels.sum() == 210


@pytest.mark.data
def test_a_rebuilt_file_is_read_and_named_as_such(test_data):
    path = test_data / "medmnist" / "pneumoniamnist_merged.npz"
    dataset = catalogue.load("pneumoniamnist", folder=path)
    assert "NOT the official" in dataset.notes["file"]
    assert len(dataset) == 5856


def test_labels_of_three_classes_are_not_turned_round(file):
    card = catalogue.card("fracturemnist3d")
    arrays = write(file, shape=(28, 28, 28), classes=3)
    dataset = medmnist.read(file, replace(card))
    np.testing.assert_array_equal(dataset.xy("train")[1], arrays["train_labels"][:, 0])
