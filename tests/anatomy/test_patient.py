"""The patient: painting, planes, lesions, and what it refuses."""

import numpy as np
import pytest

from medkit.anatomy import Patient


def two_halves(**changes):
    labels = np.zeros((2, 4, 6), np.uint8)
    labels[..., 3:] = 1
    return Patient(labels, ("air", "water"), (5.0, 2.0, 1.0), **changes)


def test_map_paints_each_tissue():
    picture = two_halves().map({"air": 0.0, "water": 0.02})
    assert picture.dtype == np.float32
    assert np.unique(picture) == pytest.approx([0, 0.02])


def test_density_scales_what_grows_with_the_amount_only():
    density = np.full((2, 4, 6), 0.5, np.float32)
    patient = two_halves(density=density)
    assert patient.map({"air": 0, "water": 2}).max() == 1
    assert patient.map({"air": 0, "water": 2}, by_density=False).max() == 2


def test_blur_keeps_the_amount_and_stays_in_the_plane():
    patient = two_halves()
    patient.labels[1] = 0
    sharp = patient.map({"air": 0, "water": 1})
    soft = patient.map({"air": 0, "water": 1}, blur_mm=1.0)
    assert soft.sum() == pytest.approx(sharp.sum(), rel=1e-5)
    assert 0 < soft[0, 0, 2] < 0.5 < soft[0, 0, 3] < 1
    assert not soft[1].any()


def test_plane_keeps_its_height():
    patient = two_halves()
    assert patient.origin_mm == (-2.5, -3.0, -2.5)
    assert patient.plane(1).origin_mm[0] == 2.5
    assert patient.plane(-1).origin_mm[0] == 2.5
    assert patient.plane(1).shape == (1, 4, 6)
    with pytest.raises(IndexError):
        patient.plane(2)


def test_lesion_is_where_it_is_put_and_the_patient_is_not_changed():
    healthy = two_halves()
    mask = np.zeros(healthy.shape, bool)
    mask[0, 1, 2] = True
    ill = healthy.with_lesion("spot", mask, "iron", size=1)
    assert ill.where("iron").sum() == 1
    assert ill.lesions["spot"] is not mask
    assert np.array_equal(ill.lesions["spot"], mask)
    assert ill.description["size"] == 1
    assert not healthy.lesions
    assert not healthy.where("iron").any()
    assert np.array_equal(ill.plane(0).lesions["spot"][0], mask[0])


def test_errors_say_what_to_do():
    with pytest.raises(ValueError, match=r"labels\[None\]"):
        Patient(np.zeros((4, 4), np.uint8), ("air",))
    with pytest.raises(ValueError, match="no such tissue: jelly"):
        Patient(np.zeros((1, 4, 4), np.uint8), ("jelly",))
    with pytest.raises(ValueError, match="a label is 1, but there are 1 tissues"):
        Patient(np.ones((1, 4, 4), np.uint8), ("air",))
    with pytest.raises(KeyError, match="lacks water"):
        two_halves().map({"air": 0.0})
