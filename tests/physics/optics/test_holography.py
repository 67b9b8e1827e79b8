"""Holograms give back the wave: steps exactly, fringes up to what the filter cuts off."""

import numpy as np
import pytest

from medkit.physics import optics
from medkit.physics.optics.holography import (
    HologramProtocol,
    demodulate,
    field_from_steps,
    interfere,
    record,
    tilted_wave,
)

ROW, COLUMN = np.mgrid[:256, :256] - 128.0
#: A cell that absorbs a little: smooth, so that its band fits the filter.
BUMP = np.exp(-(ROW**2 + COLUMN**2) / (2 * 30**2))
WAVE = (1 - 0.2 * BUMP) * np.exp(2.5j * BUMP)


def rms(difference):
    return np.sqrt(np.mean(np.abs(difference) ** 2))


def test_two_waves_in_phase_give_four_times_the_light():
    assert interfere(1, 1) == pytest.approx(4)
    assert interfere(1, -1) == pytest.approx(0)


@pytest.mark.parametrize("n_steps", [3, 4, 5, 8])
def test_phase_shifting_is_exact(n_steps):
    protocol = HologramProtocol(method="phase-shifting", n_steps=n_steps, reference=1.7)
    found = optics.reconstruct(optics.acquire(WAVE, protocol), protocol)
    assert np.abs(found - WAVE).max() < 2e-6  # float32


def test_four_steps_are_the_textbook_formula():
    pictures = record(WAVE, HologramProtocol(method="phase-shifting"))
    phase = np.arctan2(pictures[1] - pictures[3], pictures[0] - pictures[2])
    np.testing.assert_allclose(np.angle(field_from_steps(pictures)), phase, atol=1e-6)


@pytest.mark.parametrize("carrier", [(0.1875, 0.1875), (-0.1875, 0.1875), (0.1891, 0.1846)])
def test_an_off_axis_hologram_gives_the_wave_back(carrier):
    protocol = HologramProtocol(carrier=carrier)
    found = optics.reconstruct(optics.acquire(WAVE, protocol), protocol)
    inner = np.s_[16:-16, 16:-16]
    # Fringes that do not fit the picture a whole number of times leak from its rim.
    whole = all((256 * f).is_integer() for f in carrier)
    assert rms((found - WAVE)[inner]) < (0.005 if whole else 0.03)


def test_the_carrier_is_found():
    hologram = record(WAVE, HologramProtocol(carrier=(-0.125, 0.25)))
    np.testing.assert_allclose(
        demodulate(hologram), demodulate(hologram, (-0.125, 0.25)), atol=1e-6
    )


def test_more_photons_make_a_better_phase():
    errors = [
        rms(optics.reconstruct(record(WAVE, p, rng=0), p) - WAVE)
        for p in (HologramProtocol(photons=n) for n in (20, 200, 2000))
    ]
    assert errors[0] > 2 * errors[1] > 4 * errors[2]


def test_a_tilted_wave_tilts():
    wave = tilted_wave((4, 8), (0.25, 0.125))
    assert np.angle(wave[1, 0]) == pytest.approx(-np.pi / 2, abs=1e-6)
    assert np.angle(wave[0, 1]) == pytest.approx(-np.pi / 4, abs=1e-6)


@pytest.mark.parametrize("wrong", [{"method": "on-axis"}, {"n_steps": 2}, {"carrier": (0.1, 0.6)}])
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        HologramProtocol(**wrong)


def test_a_stack_is_no_hologram():
    with pytest.raises(ValueError, match="one picture"):
        demodulate(np.zeros((2, 8, 8)))
