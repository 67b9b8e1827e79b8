"""The PET scanner beside real ones, measured as NEMA NU 2 has it: a point and six spheres."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from medkit.physics import pet
from medkit.physics.linear.fbp import filtered_backprojection
from medkit.physics.linear.projection import ParallelBeam
from medkit.physics.pet.coincidences import SINGLES_PER_DECAY, randoms
from medkit.physics.pet.recovery import NEMA_DIAMETERS_MM, recovered
from medkit.physics.pet.scanner import AXIAL_FIELD_MM, FWHM, PETProtocol

PIXEL_MM = 2.0
QUIET = PETProtocol(scan_time_s=np.inf, detector_spacing_mm=PIXEL_MM)


def width_at_half_height_mm(profile):
    """Return the FWHM of a peak, between the samples where it crosses half its height."""
    half = profile.max() / 2
    first, last = np.flatnonzero(profile > half)[[0, -1]]
    left = (profile[first] - half) / (profile[first] - profile[first - 1])
    right = (profile[last] - half) / (profile[last] - profile[last + 1])
    return PIXEL_MM * (last - first + left + right)


def test_a_point_is_as_wide_as_on_real_scanners():
    """4.1 to 5.0 mm, 1 cm from the middle, filtered back-projected: Discovery MI and IQ."""
    activity = np.zeros((61, 61))
    activity[30, 35] = 1e7
    protocol = replace(QUIET, scatter_fraction=0.0, window_ns=0.0)
    data = pet.acquire(activity, protocol)
    beam = ParallelBeam(activity.shape, protocol.angles_deg, spacing_mm=PIXEL_MM)
    image = filtered_backprojection(data.prompts / protocol.gain, beam)
    assert np.unravel_index(image.argmax(), image.shape) == (30, 35)
    for profile in (image[30], image[:, 35]):
        assert 4.0 < width_at_half_height_mm(profile) < 5.5
    assert protocol.resolution_mm < width_at_half_height_mm(image[30])


def test_hot_spheres_recover_as_on_real_scanners():
    """Between the least and the most of five scanners: the ranges below, in per cent."""
    at = (np.arange(150) - 74.5) * PIXEL_MM
    back, left = at[:, None], at
    body = np.float32(np.hypot(back, left) < 125)
    turns = 2 * np.pi * np.arange(6) / 6
    off = [np.hypot(back - 57.2 * np.sin(t), left - 57.2 * np.cos(t)) for t in turns]
    # The planes above and below blur into the middle one: their weighted mean is scanned.
    heights = np.arange(-15.0, 16)
    weights = norm.pdf(heights, scale=QUIET.resolution_mm / FWHM)
    uptake = np.zeros_like(body)
    for height, weight in zip(heights, weights / weights.sum(), strict=True):
        hot = [np.hypot(r, height) < d / 2 for r, d in zip(off, NEMA_DIAMETERS_MM, strict=True)]
        uptake += np.float32(weight) * np.where(np.any(hot, axis=0), 4, body)
    data = pet.acquire(uptake * QUIET.suv_bq_ml, QUIET)
    image = pet.reconstruct(data, QUIET)
    away = (np.hypot(back, left) < 115) & (np.min(off, axis=0) > 30)
    found = [
        100 * recovered(image, r < d / 2, 4.0, image[away].mean())
        for r, d in zip(off, NEMA_DIAMETERS_MM, strict=True)
    ]
    assert np.all(np.diff(found) > 0)
    # Discovery MI, Vereos, mMR, mCT Flow, Ingenuity (NEMA NU 2, contrast 4 : 1)
    least, most = (17, 42, 58, 63, 65, 68), (62, 64, 73, 88, 87, 91)
    assert np.all(np.array(found) > least)
    assert np.all(np.array(found) < most)


def test_randoms_are_the_pairs_of_photons_that_arrive_less_than_tau_apart():
    protocol = replace(QUIET, window_ns=5.0, slice_thickness_mm=AXIAL_FIELD_MM)
    seconds, singles_per_s = 0.1, 2e6
    arrived = np.sort(np.random.default_rng(0).uniform(0, seconds, int(seconds * singles_per_s)))
    tau = 2.5e-9
    pairs = sum(np.sum(arrived[k:] - arrived[:-k] < tau) for k in (1, 2))
    decays_per_s = np.array([singles_per_s / SINGLES_PER_DECAY])
    expected = randoms(decays_per_s, protocol, (1, 4, 8)).sum()
    assert pairs / seconds == pytest.approx(expected / protocol.seconds, rel=0.12)
    assert tau * singles_per_s**2 == pytest.approx(expected / protocol.seconds, rel=1e-5)
