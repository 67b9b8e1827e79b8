import numpy as np
import pytest

from medkit.anatomy.fields import smooth_field
from medkit.anatomy.regions.breast import LESIONS, breast
from medkit.anatomy.regions.heart import VIEWS, beat, contraction, heart


def test_smooth_field_is_as_smooth_as_asked():
    field = smooth_field((300, 300), (4, 12), 0)
    assert field.std() == pytest.approx(1, abs=0.15)
    # Noise blurred by σ has the correlation exp(−d²/4σ²).
    down = np.corrcoef(field[:-8].ravel(), field[8:].ravel())[0, 1]
    along = np.corrcoef(field[:, :-8].ravel(), field[:, 8:].ravel())[0, 1]
    assert down == pytest.approx(np.exp(-64 / (4 * 16)), abs=0.1)
    assert along == pytest.approx(np.exp(-64 / (4 * 144)), abs=0.1)


@pytest.mark.parametrize("lesion", LESIONS)
def test_a_lesion_is_as_large_as_asked_and_its_truth_is_known(lesion):
    patient = breast(lesion, size_mm=9.0, rng=4)
    mask = patient.lesions[lesion][0]
    width = np.ptp(np.flatnonzero(mask.any(axis=0))) * patient.spacing_mm[2]
    assert width == pytest.approx(9, rel=0.5)
    names = np.array(patient.tissues)[patient.labels[0][mask]]
    expected = {"water"} if lesion == "cyst" else {lesion, "calcification"}
    assert set(names) <= expected


def test_a_cancer_is_rougher_than_a_fibroadenoma():
    def roundness(lesion, seed):
        mask = breast(lesion, rng=seed, spacing_mm=0.2).lesions[lesion][0].astype(int)
        edge = np.abs(np.diff(mask, axis=0)).sum() + np.abs(np.diff(mask, axis=1)).sum()
        return 4 * np.pi * mask.sum() / edge**2

    benign, malignant = (
        np.mean([roundness(lesion, s) for s in range(8)]) for lesion in ("cyst", "carcinoma")
    )
    assert malignant < 0.9 * benign


def test_layers_lie_in_their_order():
    patient = breast(rng=1)
    labels = np.array(patient.tissues)[patient.labels[0]]
    first = [np.flatnonzero((labels == t).any(axis=1))[0] for t in ("water", "skin", "adipose")]
    assert first == sorted(first)
    assert (labels[-120:-70] == "muscle").mean() > 0.3


def test_the_same_number_is_the_same_woman():
    assert np.array_equal(breast("cyst", rng=5).labels, breast("cyst", rng=5).labels)
    assert not np.array_equal(breast("cyst", rng=5).labels, breast("cyst", rng=6).labels)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("ejection", [0.3, 0.6])
def test_the_heart_ejects_what_it_is_told(view, ejection):
    full, empty = (
        heart(view, p, ejection=ejection).lesions["left_ventricle"].sum() for p in (0, 0.36)
    )
    assert 1 - (empty / full) ** 1.5 == pytest.approx(ejection, abs=0.06)


def test_the_muscle_keeps_its_area():
    # Two rings of points around the cavity enclose the same area at all times.
    c = VIEWS["short"]
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)

    def area(radius, phase):
        x, z = beat(c.x_mm + radius * np.cos(angle), c.z_mm + radius * np.sin(angle), phase)
        return 0.5 * abs(np.sum(x * np.roll(z, -1) - z * np.roll(x, -1)))

    for phase in (0.1, 0.36):
        ring = area(34, phase) - area(24.001, phase)
        assert ring == pytest.approx(area(34, 0) - area(24.001, 0), rel=1e-3)


def test_a_beat_is_a_cycle():
    assert contraction(0) == pytest.approx(0, abs=1e-6)
    assert contraction(0.36) == pytest.approx(1)
    assert contraction(0.999) < 1e-6
    x, z = beat([10.0, 30.0], [70.0, 90.0], 1.0)
    np.testing.assert_allclose([x, z], [[10, 30], [70, 90]], atol=1e-3)


def test_what_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="lesion"):
        breast("lipoma")
    with pytest.raises(ValueError, match="view"):
        heart("long")
    with pytest.raises(ValueError, match="ejection"):
        heart(ejection=60)
