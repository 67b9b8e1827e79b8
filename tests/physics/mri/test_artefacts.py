"""Artefacts: each does what its physics says, and no more."""

import numpy as np
import pytest

from medkit.anatomy import Patient
from medkit.physics.mri import artefacts
from medkit.physics.mri.kspace import to_image, to_kspace


def blob(n=64):
    grid = np.arange(n) - n / 2
    return np.exp(-(grid[:, None] ** 2 + grid**2) / 80)


def test_a_spike_draws_stripes_of_one_frequency():
    stripes = to_image(artefacts.spike(to_kspace(blob()), 32 + 5, 32, 0.5)) - blob()
    np.testing.assert_allclose(np.abs(stripes), np.abs(stripes).mean(), rtol=1e-3)
    assert np.argmax(np.abs(to_kspace(stripes)).sum(1)) == 37


def test_distortion_keeps_the_signal_and_moves_it():
    rng = np.random.default_rng(0)
    signal = rng.random((3, 8, 32)) + 1j * rng.random((3, 8, 32))
    signal[..., :8] = signal[..., -8:] = 0
    field = rng.uniform(-4, 4, (8, 32))
    moved = artefacts.distort(signal, field)
    np.testing.assert_allclose(moved.sum(-1), signal.sum(-1))
    where = np.arange(32)
    np.testing.assert_allclose((moved * where).sum(-1), (signal * (where + field)).sum(-1))


def test_no_shift_changes_nothing():
    np.testing.assert_allclose(artefacts.distort(blob(), 0.0), blob())


def test_a_sphere_of_air_makes_a_dipole_field():
    n, radius, chi = 64, 8.0, 9.4
    grid = np.arange(n) - n // 2
    z, y, x = np.ix_(grid, grid, grid)
    sphere = np.where(x**2 + y**2 + z**2 < radius**2, chi, 0.0)
    field = artefacts.field_of_susceptibility(sphere, (1.0, 1.0, 1.0))
    # Outside: ΔB/B₀ = (χ/3)(a/r)³ (3cos²θ − 1); inside, with the Lorentz term, nothing.
    middle = n // 2
    scale = chi / 3 * (sphere > 0).sum() / (4 / 3 * np.pi)
    for r in (14, 18, 22):
        assert field[middle + r, middle, middle] == pytest.approx(2 * scale / r**3, rel=0.1)
        assert field[middle, middle, middle + r] == pytest.approx(-scale / r**3, rel=0.1)
    assert abs(field[middle, middle, middle]) < 0.02 * chi


def test_the_field_map_of_a_patient_is_shimmed_and_grows_with_the_field():
    labels = np.ones((24, 24, 24), np.uint8)
    labels[8:14, 8:14, 8:14] = 0
    patient = Patient(labels, ("air", "brain"), (2.0, 2.0, 2.0))
    hz = artefacts.field_map_hz(patient, 1.5)
    assert hz[labels == 0].max() == 0
    assert abs(hz[labels == 1].mean()) < 1
    assert np.abs(hz).max() > 20
    np.testing.assert_allclose(artefacts.field_map_hz(patient, 3.0), 2 * hz, rtol=1e-3, atol=0.01)
