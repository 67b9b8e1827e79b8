"""The chest: volumes, symmetry of what is symmetric, nodules inside the lung, variety."""

import numpy as np
import pytest

from medkit.anatomy import Build, thorax
from medkit.constants import TISSUES, attenuation_per_mm

MU = {name: float(attenuation_per_mm(name, 70)) for name in TISSUES}
SMALL = {"shape": (96, 96)}


@pytest.fixture(scope="module")
def whole():
    return thorax(np.arange(-105.0, 80.0, 5.0), **SMALL)


def litres(patient, *tissues):
    return patient.where(*tissues).sum() * np.prod(patient.spacing_mm) / 1e6


def test_organs_have_human_volumes(whole):
    # Total lung capacity 6 l in men, 4.2 l in women; the planes stop short of apex and base.
    assert 2.5 < litres(whole, "lung_inspired") < 6.0
    assert 0.4 < litres(whole, "heart", "blood") < 1.3
    assert 0.1 < litres(whole, "cortical_bone", "spongy_bone") < 1.6


def test_lung_is_dark_and_darker_in_front(whole):
    hu = 1000 * (whole.map(MU) / MU["water"] - 1)
    lung = whole.where("lung_inspired")
    assert -880 < np.median(hu[lung]) < -760
    back = np.broadcast_to(whole.grid_mm()[1], whole.shape)
    assert np.median(hu[lung & (back > 40)]) > np.median(hu[lung & (back < -40)]) + 10


def test_canal_of_the_spine_holds_fluid_in_every_plane(whole):
    assert whole.where("csf").any(axis=(1, 2)).all()


def test_heart_points_to_the_left():
    patient = thorax(-75.0)
    left = np.broadcast_to(patient.grid_mm()[2], patient.shape)
    assert left[patient.where("heart", "blood")].mean() > 10


def test_aorta_runs_left_of_the_spine():
    patient = thorax(-75.0, build=Build(contrast=True))
    _, back, left = (np.broadcast_to(g, patient.shape) for g in patient.grid_mm())
    behind = patient.where("blood_iodine") & (back > 25)
    assert 15 < left[behind].mean() < 35


def test_body_fits_the_field_of_view():
    for seed in range(40):
        labels = thorax(-60.0, rng=seed, shape=(64, 64)).labels[0]
        assert not labels[[0, -1]].any(), seed
        assert not labels[:, [0, -1]].any(), seed


def test_same_seed_same_chest_other_seed_other_chest():
    a, b, c = (thorax(0.0, rng=seed, **SMALL) for seed in (1, 1, 2))
    assert np.array_equal(a.labels, b.labels)
    assert np.array_equal(a.density, b.density)
    assert not np.array_equal(a.labels, c.labels)


def test_single_plane_is_the_plane_of_the_stack(whole):
    plane = thorax(-75.0, **SMALL)
    k = int(np.argmin(np.abs(whole.grid_mm()[0].ravel() + 75)))
    assert np.array_equal(whole.plane(k).labels, plane.labels)
    assert whole.plane(k).density == pytest.approx(plane.density)


def test_neighbouring_planes_are_alike(whole):
    changed = (whole.labels[1:] != whole.labels[:-1]).mean(axis=(1, 2))
    assert changed.max() < 0.2


def test_contrast_makes_blood_bright():
    plain, bright = (thorax(20.0, build=Build(contrast=c)).map(MU).sum() for c in (False, True))
    assert bright > plain


def test_fat_patient_is_wider():
    thin, fat = (thorax(-60.0, build=Build(fat_mm=f)).labels.astype(bool).sum() for f in (5, 25))
    assert fat > 1.15 * thin


def test_no_bone_sticks_out_of_a_thin_patient():
    # Pixels of 1.6 mm: the skin, 2 mm, is never lost between two of them.
    patient = thorax([-105.0, -60.0, 0.0, 60.0], build=Build(fat_mm=4.0, muscle_mm=8.0, width=0.9))
    bare = patient.where("air") & (np.abs(patient.grid_mm()[1]) > 90)  # outside, not the airways
    bone = patient.where("cortical_bone", "spongy_bone")
    assert not (bare[:, 1:] & bone[:, :-1]).any()
    assert not (bare[:, :-1] & bone[:, 1:]).any()
