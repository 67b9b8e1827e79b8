"""Holograms give back the wave: steps exactly, fringes up to what the filter cuts off."""

import numpy as np
import pytest

from medkit.physics import noise
from medkit.physics.optics.holography import demodulate, field_from_steps, tilted_wave

ROW, COLUMN = np.mgrid[:256, :256] - 128.0
#: A cell that absorbs a little: smooth, so that its band fits the filter.
BUMP = np.exp(-(ROW**2 + COLUMN**2) / (2 * 30**2))
WAVE = (1 - 0.2 * BUMP) * np.exp(2.5j * BUMP)


def rms(difference):
    return np.sqrt(np.mean(np.abs(difference) ** 2))


def steps(n):
    """Return pictures whose reference is late by 2π/n more each time."""
    delays = 2 * np.pi * np.arange(n) / n
    return np.abs(WAVE + np.exp(1j * delays)[:, None, None]) ** 2


def hologram(carrier):
    return np.abs(WAVE + tilted_wave(WAVE.shape, carrier)) ** 2


@pytest.mark.parametrize("n_steps", [3, 4, 5, 8])
def test_phase_shifting_is_exact(n_steps):
    assert np.abs(field_from_steps(steps(n_steps)) - WAVE).max() < 2e-6  # float32


def test_four_steps_are_the_textbook_formula():
    pictures = steps(4)
    phase = np.arctan2(pictures[1] - pictures[3], pictures[0] - pictures[2])
    np.testing.assert_allclose(np.angle(field_from_steps(pictures)), phase, atol=1e-6)


@pytest.mark.parametrize("carrier", [(0.1875, 0.1875), (-0.1875, 0.1875), (0.1891, 0.1846)])
def test_an_off_axis_hologram_gives_the_wave_back(carrier):
    found = demodulate(hologram(carrier), carrier)
    inner = np.s_[16:-16, 16:-16]
    # Fringes that do not fit the picture a whole number of times leak from its rim.
    whole = all((256 * f).is_integer() for f in carrier)
    assert rms((found - WAVE)[inner]) < (0.005 if whole else 0.03)


def test_more_photons_make_a_better_phase():
    carrier, errors = (0.1875, 0.1875), []
    for photons in (20, 200, 2000):
        picture = noise.poisson(np.float32(hologram(carrier) * photons), 0) / photons
        errors.append(rms(demodulate(picture, carrier) - WAVE))
    assert errors[0] > 2 * errors[1] > 4 * errors[2]


def test_a_tilted_wave_tilts():
    wave = tilted_wave((4, 8), (0.25, 0.125))
    assert np.angle(wave[1, 0]) == pytest.approx(-np.pi / 2, abs=1e-6)
    assert np.angle(wave[0, 1]) == pytest.approx(-np.pi / 4, abs=1e-6)


def test_a_stack_is_no_hologram():
    with pytest.raises(ValueError, match="one picture"):
        demodulate(np.zeros((2, 8, 8)), (0.25, 0.25))
