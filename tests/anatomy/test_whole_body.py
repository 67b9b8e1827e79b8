"""The whole body for PET is one that everybody recognises."""

import numpy as np
import pytest

from medkit.anatomy.whole_body import ORGANS, SHAPE, SITES, VOXEL_MM, somebody, whole_body


@pytest.fixture(scope="module")
def body():
    return whole_body()


def place(body, up, back, left):
    """Return the mean SUV of 3 × 3 × 3 voxels about a place in mm."""
    middle = (SHAPE[1] - 1) / 2, (SHAPE[2] - 1) / 2
    at = up / VOXEL_MM - 0.5, back / VOXEL_MM + middle[0], left / VOXEL_MM + middle[1]
    around = tuple(slice(round(i) - 1, round(i) + 2) for i in at)
    return float(body.suv[around].mean())


def test_organs_are_as_hot_as_in_health(body):
    brain, bladder = place(body, 965, -8, 57), place(body, 222, -20, 0)
    liver, muscle = place(body, 540, -14, -66), place(body, 60, 0, 88)
    lung, kidney = place(body, 690, 4, 76), place(body, 452, 42, 51)
    assert bladder > brain > kidney * 0.8 > liver > 2 * muscle > lung
    assert liver == pytest.approx(2.4, rel=0.15)
    # The liver is on the right, the heart and the spleen on the left.
    assert liver > 3 * place(body, 540, -14, 150)
    assert place(body, 520, 48, 108) > 2 * place(body, 300, 100, 108)


def test_tracer_spread_over_the_body_is_a_plausible_part_of_the_dose(body):
    """SUV 1 everywhere is all of the dose; head to thighs hold most of it, the urine some."""
    mass_kg = (body.suv > 0).sum() * VOXEL_MM**3 / 1e6
    assert 45 < mass_kg < 75
    share = body.suv.sum(dtype=float) * VOXEL_MM**3 / 1e6 / 75
    assert 0.6 < share < 1.0


def test_attenuation_is_that_of_water_lung_bone_and_air(body):
    values = np.unique(body.mu.round(5))
    np.testing.assert_allclose(values, [0, 0.0025, 0.0096, 0.012], atol=1e-5)
    assert not body.mu[body.suv == 0].any()
    # Through the chest a pair loses less than through the belly.
    up = (650, 450)
    chest, belly = (body.mu[round(h / VOXEL_MM)].sum(axis=0).max() * VOXEL_MM for h in up)
    assert 1.2 < chest < belly + 0.8 < 3.5


def test_a_lesion_is_where_and_as_hot_as_said(body):
    ill = whole_body([("node", (430, 12, 20), 13.0, 9.0)])
    mask = ill.lesions["node"]
    assert np.all(ill.suv[mask] == 9.0)
    np.testing.assert_array_equal(ill.suv[~mask], body.suv[~mask])
    volume = mask.sum() * VOXEL_MM**3
    assert volume == pytest.approx(4 / 3 * np.pi * 13.0**3, rel=0.1)
    centre = np.argwhere(mask).mean(axis=0)
    assert (centre[0] + 0.5) * VOXEL_MM == pytest.approx(430, abs=2)
    assert (centre[2] - (SHAPE[2] - 1) / 2) * VOXEL_MM == pytest.approx(20, abs=2)


def test_the_spine_is_a_column_of_marrow_and_the_arms_hang_beside_the_trunk(body):
    spine = [place(body, up, back, 0) for up, back in ((790, 32), (690, 56), (560, 50), (440, 34))]
    assert all(1.3 < value < 1.9 for value in spine)
    assert 0.4 < place(body, 470, 24, 222) < 0.7
    assert place(body, 470, 24, 176) == pytest.approx(0, abs=0.2)


def test_people_differ_and_their_trunk_does_not(body):
    one, two = (whole_body(unlike=1.0, rng=k) for k in (1, 2))
    assert ((one.suv > 0) != (body.suv > 0)).mean() < 2e-3  # but for a hair of bowel or skin
    hearts = [b.suv[b.organs == ORGANS.index("heart muscle")].mean() for b in (one, two)]
    assert abs(np.log(hearts[0] / hearts[1])) > 0.2
    liver = ORGANS.index("liver")
    both = [np.argwhere(b.organs == liver).mean(axis=0) for b in (one, two)]
    assert 1 < VOXEL_MM * np.linalg.norm(both[0] - both[1]) < 25


def test_a_coarser_body_holds_as_much_tracer(body):
    coarse = whole_body(voxel_mm=7.0)
    tracer = [b.suv.sum(dtype=float) * mm**3 for b, mm in ((body, VOXEL_MM), (coarse, 7.0))]
    assert tracer[0] == pytest.approx(tracer[1], rel=0.03)


def test_somebodys_lesions_hold_their_tracer_and_lie_in_their_organ():
    ill, lesions = somebody(4, voxel_mm=5.0, rng=3)
    assert len(lesions) == 4
    for lesion in lesions:
        assert lesion.organ in SITES
        assert ill.organs[tuple(lesion.voxel)] == ORGANS.index(lesion.organ)
        if lesion.diameter_mm > 12:
            assert ill.suv[tuple(lesion.voxel)] == pytest.approx(lesion.suv, rel=1e-4)
    well, none = somebody(0, voxel_mm=5.0, rng=3)
    assert not none
    assert well.suv.max() < 80
