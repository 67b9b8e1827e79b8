"""A scan in two steps: what gets through a patient, and how many photons are counted."""

from dataclasses import replace

import numpy as np
import pytest

from medkit.anatomy import phantoms, thorax
from medkit.constants import attenuation_per_mm
from medkit.physics import ct
from medkit.physics.ct import CTProtocol, Motion
from medkit.physics.ct.low_dose import noise_alone

LOW_DOSE = CTProtocol(tube_current_mas=2.0, n_views=60, detector_spacing_mm=2.0)
IMAGE = np.full((24, 24), 0.02, np.float32)


@pytest.mark.parametrize(
    "subject",
    [
        IMAGE,
        np.stack([IMAGE, 2 * IMAGE]),
        thorax(20.0, shape=(64, 64)),
        thorax([20.0, 24.0], shape=(64, 64)),
    ],
    ids=["image", "stack", "patient", "patient of two planes"],
)
@pytest.mark.parametrize("mas", [2.0, np.inf])
def test_a_scan_is_a_projection_that_is_counted(subject, mas):
    protocol, motion = replace(LOW_DOSE, tube_current_mas=mas), Motion((3.0, 0.0), 2.0)
    whole = ct.acquire(subject, protocol, rng=3, motion=motion, gain_error=0.05)
    through = ct.project(subject, protocol, motion=motion)
    np.testing.assert_array_equal(
        whole, ct.count(through, protocol, rng=np.random.default_rng(3), gain_error=0.05)
    )


def test_what_gets_through_is_lambert_and_beers_law():
    mono, radius = CTProtocol(n_views=3, energy_kev=70.0, detector_spacing_mm=1.0), 40.0
    disc = phantoms.disc(radius, shape=(400, 400), field_mm=100.0)
    across = np.arange(100) - 49.5
    chord = 2 * np.sqrt(np.maximum(radius**2 - across**2, 0))
    expected = np.exp(-float(attenuation_per_mm("water", 70.0)) * chord)
    inner = np.abs(across) < radius - 3
    np.testing.assert_allclose((ct.project(disc, mono) / expected)[:, inner], 1, rtol=0.02)
    np.testing.assert_array_equal(
        ct.project(disc, mono), ct.project(disc, replace(mono, tube_current_mas=0.1))
    )


def test_counts_have_the_mean_and_the_variance_of_photons_and_read_out():
    protocol = CTProtocol(n_views=4000, tube_current_mas=3.0, electronic_noise=30)
    n0 = protocol.photons_per_bin
    counts = n0 * np.exp(-ct.count(np.full((4000, 10), 0.2), protocol, rng=0).astype(float))
    assert counts.mean() == pytest.approx(0.2 * n0, rel=2e-3)
    assert counts.var() == pytest.approx(0.2 * n0 + 30**2, rel=0.03)


def test_where_no_photon_arrives_one_is_read():
    protocol = replace(LOW_DOSE, electronic_noise=0.0)
    data = ct.count(np.zeros((60, 4)), protocol, rng=0)
    np.testing.assert_allclose(data, np.log(protocol.photons_per_bin), rtol=1e-5)


def test_a_projection_of_another_protocol_is_refused():
    with pytest.raises(ValueError, match=r"transmission has shape \(30, 8\).*60 views"):
        ct.count(np.ones((30, 8)), LOW_DOSE)


def test_protocols_of_one_beam_share_its_spectrum():
    """What the spectrum does not depend on does not compute it again."""
    one, other = LOW_DOSE, replace(LOW_DOSE, tube_current_mas=77.0, n_views=12)
    assert one.signal_spectrum[1] is other.signal_spectrum[1]
    assert one.effective_energy_kev == other.effective_energy_kev
    for change in (
        {"tube_voltage_kvp": 80.0},
        {"filtration_mm_al": 30.0},
    ):
        assert replace(one, **change).effective_energy_kev != one.effective_energy_kev


def test_noise_alone_is_as_large_as_that_of_a_scan_and_doubles_at_a_quarter_of_the_dose():
    protocol = CTProtocol(
        tube_current_mas=5.0,
        n_views=120,
        detector_spacing_mm=2.0,
        electronic_noise=0.0,
        energy_kev=70.0,
    )
    across = np.arange(96) - 47.5
    inside = np.hypot(across, across[:, None]) < 30
    image = np.where(np.hypot(across, across[:, None]) < 40, 0.0, -1000.0)
    mu = float(attenuation_per_mm("water", 70.0)) * (1 + image / 1000)
    noisy, clean = (
        ct.to_hounsfield(ct.reconstruct(ct.acquire(mu, p, rng=1), p), 70.0)
        for p in (protocol, replace(protocol, tube_current_mas=np.inf))
    )
    alone = noise_alone(image, protocol, rng=2)
    assert alone[inside].std() == pytest.approx((noisy - clean)[inside].std(), rel=0.05)
    quarter = noise_alone(image, replace(protocol, tube_current_mas=1.25), rng=2)
    np.testing.assert_allclose(quarter, 2 * alone, rtol=1e-3, atol=1e-3)
