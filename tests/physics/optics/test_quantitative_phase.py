"""A phase adds up to a weight."""

import numpy as np
import pytest

from medkit.physics import noise
from medkit.physics.optics import quantitative_phase as qp
from medkit.physics.optics.abcd import border
from medkit.physics.optics.holography import demodulate, tilted_wave
from medkit.physics.optics.unwrapping import unwrap_least_squares

SHAPE, PIXEL_UM = (160, 160), 0.15


def ball(radius_um=6.0):
    """Return the phase of a ball with the index of a cell: 2π · 0.035 · h/λ of red light."""
    at = (np.arange(160) - 79.5) * PIXEL_UM
    thickness = 2 * np.sqrt(np.maximum(radius_um**2 - at[:, None] ** 2 - at**2, 0))
    return 2 * np.pi * 0.035 * thickness / 0.633


def test_the_whole_way_from_cell_to_mass():
    """The mass is the phase summed up over the cell, so the sum must come back."""
    phase, carrier = ball(), (0.1875, 0.1875)
    light = np.abs(np.exp(1j * phase) + tilted_wave(phase.shape, carrier)) ** 2
    hologram = noise.poisson(np.float32(2000 * light), 0) / 2000
    found = qp.flatten(unwrap_least_squares(np.angle(demodulate(hologram, carrier))))
    assert found[phase > 0].sum() == pytest.approx(phase.sum(), rel=0.02)


def test_flatten_removes_a_tilt_and_keeps_the_cell():
    phase = ball()
    tilt = 0.03 * np.arange(160) - 0.02 * np.arange(160)[:, None] + 5
    assert np.abs(qp.flatten(phase + tilt) - phase).max() < 1e-5


def test_the_real_cell():
    phase = qp.cell()
    cell = qp.find_cell(phase)
    assert phase.shape == (660, 550)
    diameter = 2 * np.sqrt(cell.sum() / np.pi) * qp.CELL_PIXEL_UM
    assert 12 < diameter < 14
    assert abs(np.median(phase[~cell])) < 0.1
    assert border(cell) < 1.02  # round, without a bite


def test_no_cell_no_mask():
    assert not qp.find_cell(np.zeros((20, 20))).any()
