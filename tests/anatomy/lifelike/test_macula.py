"""A lifelike eye is the same eye with a texture, and its light fades."""

import numpy as np
import pytest

from medkit.anatomy.lifelike.macula import lifelike
from medkit.anatomy.regions.eye import LABEL, TISSUES, eye
from medkit.physics.optics import oct
from medkit.physics.optics.oct_scanner import OCTProtocol

SHAPE = {"shape": (1, 400, 200), "extent_um": (0.0, 800.0, 4000.0)}


@pytest.fixture(scope="module")
def patient():
    return eye(fluid=2, drusen=2, rng=1, **SHAPE)


@pytest.fixture(scope="module")
def alive(patient):
    return lifelike(patient)


def test_layers_and_lesions_stay_where_they_are(patient, alive):
    rows = patient.shape[1]
    choroid = np.isin(patient.labels, [LABEL["choroid"], LABEL["choroidal vessel"]])
    np.testing.assert_array_equal(alive.labels[:, :rows][~choroid], patient.labels[~choroid])
    for name, mask in patient.lesions.items():
        np.testing.assert_array_equal(alive.lesions[name][:, :rows], mask)
        assert not alive.lesions[name][:, rows:].any()
    assert patient.backscatter is None


def test_each_layer_keeps_its_brightness(alive):
    for name in ("nerve fibres", "inner plexiform", "outer nuclear", "ellipsoid zone"):
        inside = alive.labels == LABEL[name]
        expected = TISSUES[LABEL[name]].backscatter
        assert 10 * np.log10(np.median(alive.backscatter[inside]) / expected) == pytest.approx(
            0, abs=1.0
        )


def test_light_fades_without_a_step(alive):
    """From the pigment epithelium on the mean falls by less than 1 dB from row to row."""
    protocol = OCTProtocol(n_samples=1024, zero_delay_um=-60.0, rolloff_db=0.0)
    looks = [oct.reconstruct(oct.acquire(alive, protocol, rng=k), protocol)[0] for k in range(4)]
    mean = 10 * np.log10((10 ** (np.array(looks) / 10)).mean(axis=(0, 2)))
    at = np.searchsorted(protocol.depths_um, [560, 700, 850, 1000])
    assert np.all(np.diff(mean[at]) < -3)
    # From 700 µm on, where the cake's light used to stop at once, no row is far below the last.
    assert np.diff(mean[at[1] : at[3]]).min() > -2.0


def test_the_texture_is_the_same_whatever_the_disease():
    healthy = lifelike(eye(rng=1, **SHAPE), seed=3)
    again = lifelike(eye(rng=1, **SHAPE), seed=3)
    other = lifelike(eye(rng=1, **SHAPE), seed=4)
    np.testing.assert_array_equal(healthy.backscatter, again.backscatter)
    assert (other.backscatter != healthy.backscatter).mean() > 0.7
