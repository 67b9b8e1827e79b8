"""Breathing: the mean over a breath keeps what there is, and smears it along the patient."""

import numpy as np
import pytest

from medkit.anatomy import lesions, phantoms, thorax
from medkit.physics.pet import with_ct as petct
from medkit.physics.pet.breathing import breathing_mean, displacement
from medkit.physics.pet.scanner import PETProtocol
from medkit.physics.pet.uptake import uptake_map

HEIGHTS = np.arange(-120.0, 60.0, 4.0)


@pytest.fixture(scope="module")
def patient():
    return lesions.nodule(
        thorax(HEIGHTS, shape=(64, 64)), radius_mm=10.0, centre_mm=(-60.0, 20.0, -85.0), rng=0
    )


def test_a_breath_goes_from_nothing_to_the_amplitude_and_rests_there():
    way = displacement(10.0)
    assert way.min() < 0.5
    assert way.max() == pytest.approx(10, abs=0.1)
    assert np.mean(way > 5) > 0.6  # the mean of 1 − cos⁴ is 5/8
    assert way.mean() == pytest.approx(6.25)


def test_a_moving_lesion_is_longer_and_paler(patient):
    only = {name: 0.0 for name in patient.tissues} | {"nodule": 1.0}
    still = uptake_map(patient, uptake=only)
    moving = breathing_mean(patient, still, 16.0)
    mask = patient.lesions["nodule"]
    axis = tuple(np.argwhere(mask).mean(0).round().astype(int)[1:])
    assert moving[mask].mean() < 0.9 * still[mask].mean()
    along_still, along_moving = still[:, *axis], moving[:, *axis]
    assert (along_moving > 0.05).sum() > (along_still > 0.05).sum()
    # It moves towards the head, and its activity is kept.
    assert np.average(HEIGHTS, weights=along_moving) > np.average(HEIGHTS, weights=along_still)
    assert moving.sum() == pytest.approx(still.sum(), rel=0.2)


def test_the_top_of_the_chest_and_its_bones_stay(patient):
    picture = uptake_map(patient)
    moving = breathing_mean(patient, picture, 12.0)
    np.testing.assert_array_equal(
        moving[patient.where("cortical_bone")], picture[patient.where("cortical_bone")]
    )
    assert np.abs(moving - picture)[-1].max() < 0.05 * np.abs(moving - picture).max()


def test_the_liver_s_dome_is_under_corrected_by_a_ct_breathed_in(patient):
    """The CT shows lung where the liver was for most of the PET: too little correction."""
    quiet = PETProtocol(scan_time_s=np.inf, n_views=72)
    image, _ = petct.scan(patient, quiet, breathing_mm=20.0, rng=0)
    still, _ = petct.scan(patient, quiet, rng=0)
    dome = still.pixels - image.pixels
    assert np.abs(dome).max() > 0.3


def test_bodies_without_lungs_hold_still():
    disc = phantoms.disc(20.0, shape=(32, 32))
    picture = np.ones(disc.shape, np.float32)
    assert breathing_mean(disc, picture, 10.0) is picture
