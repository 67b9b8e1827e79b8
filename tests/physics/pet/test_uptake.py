"""Activity maps: usual values, chosen ones, and how people differ."""

import numpy as np
import pytest

from medkit.anatomy import head, lesions, thorax
from medkit.constants import FDG_SUV, TISSUES
from medkit.physics.pet.uptake import uptake_map, usual_suv


def test_every_uptake_belongs_to_a_tissue():
    assert set(FDG_SUV) <= set(TISSUES)


def test_organs_have_their_uptake():
    patient = thorax(-85.0, shape=(96, 96), plain=True)
    picture = uptake_map(patient)
    for tissue in ("heart", "blood", "muscle"):
        assert picture[patient.where(tissue)].mean() == pytest.approx(FDG_SUV[tissue], rel=1e-5)


def test_grey_matter_outshines_white():
    patient = head(20.0, shape=(96, 96), plain=True)
    picture = uptake_map(patient)
    grey, white = (picture[patient.where(t)].mean() for t in ("grey_matter", "white_matter"))
    assert grey == pytest.approx(3 * white, rel=1e-5)


def test_a_lesion_and_a_tissue_can_be_chosen():
    patient = thorax(20.0, shape=(96, 96), plain=True)
    inside = lesions.blob(patient, (20.0, -10.0, -80.0), 10.0) < 1
    patient = patient.with_lesion("nodule", inside, "nodule")
    picture = uptake_map(patient, uptake={"nodule": 12.0, "muscle": 1.5})
    assert np.all(picture[patient.lesions["nodule"]] == 12.0)
    assert picture[patient.where("muscle")].mean() == pytest.approx(1.5)
    assert picture[patient.where("air")].max() == 0


def test_people_differ_and_hearts_most():
    patient = thorax(-85.0, shape=(64, 64))
    draws = np.array(
        [
            [usual_suv(patient.tissues, seed)[tissue] for tissue in ("heart", "muscle")]
            for seed in range(40)
        ]
    )
    spread = np.log(draws).std(axis=0)
    assert spread[0] == pytest.approx(0.6, abs=0.2)
    assert spread[1] == pytest.approx(0.15, abs=0.06)
    assert usual_suv(patient.tissues, 3) == usual_suv(patient.tissues, 3)


def test_a_lesion_of_usual_tissue_can_be_hot():
    """A metastasis may look like the muscle it grows in, except to PET."""
    patient = thorax(20.0, shape=(64, 64))
    muscle = patient.where("muscle")
    mask = muscle & (np.cumsum(muscle).reshape(muscle.shape) <= 20)
    picture = uptake_map(
        patient.with_lesion("metastasis", mask, "muscle"), uptake={"metastasis": 7}
    )
    assert np.all(picture[mask] == 7.0)
    assert picture[muscle & ~mask].max() < 1
