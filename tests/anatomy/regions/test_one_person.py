"""What makes heads and chests one person's: folds, vessels, bronchi, arms, and variety."""

import numpy as np
import pytest

from medkit.anatomy import head, thorax
from medkit.anatomy.fields import bent, grain
from medkit.constants import TISSUES
from medkit.data.tasks import patients
from medkit.physics import mri

PLANE = {"planes_mm": 12.0, "shape": (192, 192)}


def test_grain_is_the_same_at_a_point_however_it_is_reached():
    x = np.linspace(-50, 50, 40)
    volume = grain(np.random.default_rng(3), 4.0, x[:, None, None], x[:, None], x)
    line = grain(np.random.default_rng(3), 4.0, x[7], x[11], x)
    assert volume[7, 11] == pytest.approx(line, abs=1e-5)


def test_grain_is_as_smooth_as_it_says():
    # Noise blurred by a bell of deviation w is alike over a distance d by exp(−d²/4w²).
    x = np.arange(0.0, 400.0)
    field = grain(np.random.default_rng(0), 10.0, x[:, None, None], x[:20, None], x)
    for distance in (10, 20):
        alike = np.corrcoef(field[:-distance].ravel(), field[distance:].ravel())[0, 1]
        assert alike == pytest.approx(np.exp(-(distance**2) / 400), abs=0.06)


def test_bent_points_stay_near():
    points = [np.arange(30.0), np.zeros(30), np.zeros(30)]
    moved = np.array(bent(np.random.default_rng(1), 20.0, 2.0, *points)) - points
    assert 0.3 < np.abs(moved).max() < 10
    assert np.abs(np.diff(moved)).max() < 0.6  # neighbours go together


def test_two_persons_differ_more_than_two_templates():
    def alike(plain):
        a, b = (head(rng=seed, plain=plain, **PLANE).where("grey_matter") for seed in (1, 2))
        return (a & b).sum() / (a | b).sum()

    assert alike(False) < alike(True)


def test_cortex_is_partly_white_matter_and_the_middle_of_white_matter_is_not():
    person = head(**PLANE)
    share = person.map({t: float(t == "white_matter") for t in person.tissues})
    mixed = (share > 0.1) & (share < 0.9)
    assert mixed[person.where("grey_matter")].mean() > 0.2
    _, back, left = person.grid_mm()
    deep = np.hypot(back + 5, np.abs(left) - 32) < 3  # centrum semiovale, at its lower end
    assert share[deep & person.where("white_matter")].mean() > 0.75


def test_the_sinus_between_the_halves_is_full_of_flowing_blood():
    person = head(45.0, shape=(256, 256))
    blood = person.where("blood_flowing")
    _, back, left = (np.broadcast_to(g, person.shape) for g in person.grid_mm())
    behind = blood & (np.abs(left) < 8) & (back > 50)
    assert 10 < behind.sum() * np.prod(person.spacing_mm[1:]) < 150  # mm²


def test_the_skull_is_as_dense_as_the_cranium_of_the_tables():
    person = head([30.0, 50.0], shape=(400, 400))
    density = person.map({name: TISSUES[name].density_g_cm3 for name in person.tissues})
    skull = density[person.where("cortical_bone", "spongy_bone")].mean()
    assert skull == pytest.approx(TISSUES["cranium"].density_g_cm3, rel=0.05)


def test_flowing_blood_is_a_void_in_a_spin_echo():
    assert mri.tissue_signal("blood_flowing", mri.preset("T2w")) == 0
    assert mri.tissue_signal("blood", mri.preset("T2w")) > 0.3


def test_bronchi_hold_air_inside_the_lung():
    chest = thorax(-15.0, shape=(420, 420))  # 1 mm
    lung = chest.where("lung_inspired")
    assert (chest.density[lung] < 0.35).sum() > 20
    plain = thorax(-15.0, shape=(420, 420), plain=True)
    assert not (plain.density[plain.where("lung_inspired")] < 0.35).any()


@pytest.mark.parametrize("task", ["ct_bleed", "ct_nodule", "mri_stroke", "pet_hotspot"])
def test_tasks_keep_the_plain_patients_that_networks_were_trained_with(task):
    assert patients(task, 1, rng=0)[0].body.mixed is None
