"""Simulated tasks: who is drawn, what leaks, and whether worse scans hide more."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from medkit.data import tasks
from medkit.data.tasks.case import largest_diameter_mm, shrink

NAMES = sorted(tasks.TASKS)
#: Tasks in which some patients are healthy: with and without disease, it is the same patient.
HEALTHY = [name for name in NAMES if name not in ("us_breast", "skin_lesion")]


@pytest.mark.parametrize("name", NAMES)
def test_every_task_makes_a_data_set(name):
    task, data = tasks.TASKS[name], tasks.simulate(name, 12, rng=1, size=32)
    assert data.images.shape[:3] == (12, 32, 32)
    assert data.images.dtype == np.float32
    assert data.images.min() >= 0
    assert data.images.max() <= 1
    assert data.images.std() > 0.05
    assert data.modality == task.modality
    assert data.classes == task.classes
    assert {
        "patient",
        "age_years",
        "sex",
        "modality",
        "region",
        "lesion",
        "side",
        "location",
        "size_mm",
    } <= set(data.table)
    assert len(data.reports) == 12
    assert all(len(text) > 20 for text in data.reports)
    has_lesion = np.array([mask.any() for mask in data.masks])
    if name in HEALTHY:
        assert np.array_equal(has_lesion, data.labels == 1)
        assert np.array_equal(data.table["lesion"] != "", data.labels == 1)
        assert np.array_equal(data.table["size_mm"] > 0, data.labels == 1)
    else:
        assert has_lesion.all()


@pytest.mark.parametrize("name", NAMES)
def test_a_patient_depends_on_seed_and_number_alone(name):
    few, many = (tasks.simulate(name, n, rng=3, size=16) for n in (3, 5))
    assert np.array_equal(few.images, many.images[:3])
    assert list(few.table["age_years"]) == list(many.table["age_years"][:3])
    other = tasks.simulate(name, 3, rng=4, size=16)
    assert not np.array_equal(few.images, other.images)


@pytest.mark.parametrize("name", NAMES)
def test_the_knob_turns_the_picture_and_not_the_patient(name):
    knob = tasks.TASKS[name].knob
    cases = tasks.patients(name, 4, rng=0, size=32)
    bad, good = (
        tasks.scan(name, cases, tasks.with_knob(name, v)) for v in (knob.values[0], knob.values[-1])
    )
    assert not np.array_equal(bad.images, good.images)
    assert np.array_equal(bad.labels, good.labels)
    assert np.array_equal(bad.part, good.part)
    assert np.array_equal(bad.masks, good.masks)
    assert bad.reports == good.reports


def test_a_lesion_that_no_report_names_can_be_scanned():
    cases = tasks.patients("ct_nodule", 3, rng=0, size=16, prevalence=1)
    cases = [replace(case, facts=case.facts | {"lesion": "stone"}) for case in cases]
    data = tasks.scan("ct_nodule", cases)
    assert set(data.table["lesion"]) == {"stone"}
    with pytest.raises(ValueError, match="no finding 'stone'"):
        _ = data.reports


def test_a_report_does_not_depend_on_who_else_was_scanned():
    data = pickle.loads(pickle.dumps(tasks.simulate("ct_bleed", 4, rng=0, size=16)))
    assert data[2:].reports == data.reports[2:]
    assert data.reports == tasks.simulate("ct_bleed", 5, rng=0, size=16).reports[:4]


def quiet(name):
    """Return a task's usual protocol without noise."""
    setting = {
        "ct": ("tube_current_mas", np.inf),
        "mri": ("noise", 0),
        "oct": ("sensitivity_db", np.inf),
        "pet": ("scan_time_s", np.inf),
    }
    key, value = setting[name.split("_")[0]]
    return replace(tasks.TASKS[name].protocol, **{key: value})


@pytest.mark.parametrize("name", HEALTHY)
def test_with_and_without_disease_it_is_the_same_patient(name):
    """What is not lesion must not tell: else a model learns the maker, not the disease."""
    ill, well = (tasks.patients(name, 6, rng=7, size=32, ill=flag) for flag in (True, False))
    for one, other in zip(ill, well, strict=True):
        sick = one.extra.get("sick", one.body)
        assert one.label == 1
        assert other.label == 0
        assert one.noise == other.noise
        differ = sick.labels != other.body.labels
        if name == "oct_fluid":  # fluid swells the retina about it, but only about it
            columns = np.flatnonzero(differ[0].any(0))
            assert np.array_equal(one.body.labels[0, -1], other.body.labels[0, -1])
            reach = np.flatnonzero(sick.lesions["fluid"][0].any(0))
            assert columns.min() >= reach.min() - 32
            assert columns.max() <= reach.max() + 32
            continue
        lesion = sick.lesions["hot spot" if name == "pet_hotspot" else name.split("_")[1]]
        assert differ.any()
        assert not (differ & ~lesion).any()
        for key in ("age_years", "sex"):
            assert one.facts[key] == other.facts[key]
        if one.body.density is not None:
            outside = ~lesion
            assert np.array_equal(one.body.density[outside], other.body.density[outside])


@pytest.mark.parametrize("name", ["ct_bleed", "ct_nodule", "mri_tumour", "mri_stroke"])
def test_the_lesion_changes_the_picture_where_it_is(name):
    """The pictures of both differ near the lesion, and hardly elsewhere."""
    ill, well = (tasks.patients(name, 6, rng=2, size=64, ill=flag) for flag in (True, False))
    protocol, task = quiet(name), tasks.TASKS[name]
    for one, other in zip(ill, well, strict=True):
        difference = np.abs(task.look(one, protocol, 64) - task.look(other, protocol, 64))
        rows, columns = np.nonzero(one.mask)
        at = np.hypot(*(np.arange(64)[:, None, None] - rows, np.arange(64)[:, None] - columns))
        near = at.min(-1) < 6
        assert near.flat[difference.argmax()]
        assert difference[~near].mean() < 0.1 * difference[near].mean()


def test_a_breast_differs_only_in_and_below_its_mass():
    ill, well = (tasks.patients("us_breast", 4, rng=5, size=32, ill=f) for f in (True, False))
    for one, other in zip(ill, well, strict=True):
        differ = one.body.labels != other.body.labels
        masses = one.body.lesions["rim"] | other.body.lesions["rim"]
        assert differ.any()
        assert not (differ & ~masses).any()


def test_what_lies_beside_a_mole_does_not_tell():
    cases = tasks.patients("skin_lesion", 80, rng=0, size=16)
    labels = np.array([case.label for case in cases])
    skin = np.array([np.median(case.body.melanin[:3]) for case in cases])
    hairs = np.array([case.body.hair.mean() for case in cases])
    for column in (skin, hairs):
        gap = column[labels == 1].mean() - column[labels == 0].mean()
        error = column.std() * np.sqrt(1 / labels.sum() + 1 / (1 - labels).sum())
        assert abs(gap) < 3 * error


def test_the_frame_of_the_picture_does_not_tell():
    """The border of the picture holds no lesion: its brightness must not know the label."""
    from scipy.stats import mannwhitneyu

    for name in ("ct_bleed", "mri_stroke", "pet_hotspot"):
        data = tasks.simulate(name, 60, rng=6, size=16)
        frame = data.images[:, :2].mean((1, 2, 3))
        ill = data.labels == 1
        assert mannwhitneyu(frame[ill], frame[~ill]).pvalue > 0.001, name


def detectability(name, value, n=8):
    """Return how far the lesion stands out of the noise, d', by a matched filter."""
    ill, well = (tasks.patients(name, n, rng=9, size=32, ill=flag) for flag in (True, False))
    task, protocol = tasks.TASKS[name], tasks.with_knob(name, value)
    signal = noise = 0.0
    for one, other in zip(ill, well, strict=True):
        again = replace(other, noise=other.noise + 1)
        a, b, c = (task.look(case, protocol, 32) for case in (one, other, again))
        signal += (a - b)[one.mask].mean()
        noise += ((b - c)[one.mask] ** 2).mean() / 2
    return signal / n / np.sqrt(noise / n)


@pytest.mark.parametrize("name", ["ct_bleed", "ct_nodule", "mri_stroke", "pet_hotspot"])
def test_a_worse_acquisition_hides_the_lesion(name):
    values = tasks.TASKS[name].knob.values
    bad, middle, good = (detectability(name, v) for v in (values[0], values[2], values[-1]))
    assert bad < middle < good


def test_lesions_can_be_made_larger_and_clearer():
    small, large = (
        tasks.simulate("ct_bleed", 10, rng=0, prevalence=1, radius_mm=r, size=32)
        for r in ((4, 5), (20, 21))
    )
    assert large.labels.all()
    assert np.median(large.table["size_mm"]) > 3 * np.median(small.table["size_mm"])


def test_prevalence_is_kept():
    labels = [
        case.label for case in tasks.patients("oct_fluid", 300, rng=0, size=8, prevalence=0.2)
    ]
    assert 0.12 < np.mean(labels) < 0.28


def test_mistakes_are_explained():
    with pytest.raises(ValueError, match="no task 'ct_blead'; there are: ct_bleed"):
        tasks.simulate("ct_blead", 2)
    with pytest.raises(ValueError, match="ct_bleed has no contrast; its lesions have: radius_mm"):
        tasks.patients("ct_bleed", 2, contrast=(1, 2))


def test_truth_is_measured():
    square = np.zeros((8, 8), bool)
    square[2:6, 2:4] = True
    assert largest_diameter_mm(square, (2.0, 2.0)) == pytest.approx(8.3, abs=0.2)
    assert shrink(square, 4).sum() == 2
    speck = np.zeros((8, 8), bool)
    speck[3, 3] = True
    assert shrink(speck, 4).sum() == 1
