"""The patient: painting, planes, lesions, and what it refuses."""

import numpy as np
import pytest
from scipy import ndimage

from medkit.anatomy import Patient, head, thorax


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
    ill = healthy.with_lesion("spot", mask, "iron")
    assert ill.where("iron").sum() == 1
    assert ill.lesions["spot"] is not mask
    assert np.array_equal(ill.lesions["spot"], mask)
    assert not healthy.lesions
    assert not healthy.where("iron").any()
    assert np.array_equal(ill.plane(0).lesions["spot"][0], mask[0])


def test_errors_say_what_to_do():
    with pytest.raises(ValueError, match=r"labels\[None\]"):
        Patient(np.zeros((4, 4), np.uint8), ("air",))
    with pytest.raises(ValueError, match="no such tissue: jelly"):
        Patient(np.zeros((1, 4, 4), np.uint8), ("jelly",))
    with pytest.raises(KeyError, match="lacks water"):
        two_halves().map({"air": 0.0})


MIXED = Patient(
    np.array([[[0, 1, 1]]], np.uint8),
    ("air", "water", "adipose"),
    density=np.array([[[1.0, 1.0, 2.0]]], np.float32),
    mixed=(np.array([[[0, 2, 2]]], np.uint8), np.array([[[0.0, 0.25, 0.5]]], np.float32)),
)


def test_a_voxel_of_two_tissues_is_painted_by_their_shares():
    picture = MIXED.map({"air": 0.0, "water": 4.0, "adipose": 8.0})
    assert picture.ravel().tolist() == [0.0, 5.0, 12.0]
    assert MIXED.plane(0).map({"air": 0.0, "water": 4.0, "adipose": 8.0}).shape == picture.shape


def test_a_lesion_holds_nothing_else():
    ill = MIXED.with_lesion("cyst", np.array([[[False, True, True]]]), "csf")
    values = {"air": 0.0, "water": 4.0, "adipose": 8.0, "csf": 1.0}
    assert ill.map(values).ravel().tolist() == [0.0, 1.0, 1.0]


@pytest.mark.parametrize("body", [head(12.0, shape=(96, 96)), thorax(-70.0, shape=(96, 96))])
def test_the_amounts_of_all_tissues_make_up_each_voxel(body):
    amounts = [body.map({t: float(t == name) for t in body.tissues}) for name in body.tissues]
    assert np.sum(amounts, axis=0) == pytest.approx(body.density, rel=1e-5)
    assert 0 <= body.mixed[1].min() <= body.mixed[1].max() <= 0.5
    assert (body.mixed[1] > 0).mean() > 0.02


@pytest.mark.parametrize(("make", "low", "high"), [(head, -50.0, 81.0), (thorax, -105.0, 80.0)])
def test_uneven_tissue_keeps_the_density_of_the_tables(make, low, high):
    body = make(np.arange(low, high, 5.0), shape=(128, 128))
    there = np.unique(body.labels)
    means = ndimage.mean(body.density, body.labels, there)
    for label, mean in zip(there, means, strict=True):
        if body.tissues[label] != "lung_inspired":  # in which vessels are density, too
            assert mean == pytest.approx(1, abs=0.02), body.tissues[label]
