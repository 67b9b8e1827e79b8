"""A phase adds up to a weight; Zernike makes it visible."""

import numpy as np
import pytest

from medkit.physics import optics
from medkit.physics.optics import quantitative_phase as qp
from medkit.physics.optics.abcd import border
from medkit.physics.optics.holography import HologramProtocol
from medkit.physics.optics.unwrapping import unwrap

SHAPE, PIXEL_UM = (160, 160), 0.15


def ball(radius_um=6.0):
    """Return the phase of a ball with the index of a cell: 2π · 0.035 · h/λ of red light."""
    at = (np.arange(160) - 79.5) * PIXEL_UM
    thickness = 2 * np.sqrt(np.maximum(radius_um**2 - at[:, None] ** 2 - at**2, 0))
    return 2 * np.pi * 0.035 * thickness / 0.633


def test_the_whole_way_from_cell_to_mass():
    """The mass is the phase summed up over the cell, so the sum must come back."""
    phase = ball()
    protocol = HologramProtocol(photons=2000, pixel_um=PIXEL_UM)
    hologram = optics.acquire(np.exp(1j * phase), protocol, rng=0)
    found = qp.flatten(unwrap(np.angle(optics.reconstruct(hologram, protocol))))
    assert found[phase > 0].sum() == pytest.approx(phase.sum(), rel=0.02)


def test_flatten_removes_a_tilt_and_keeps_the_cell():
    phase = ball()
    tilt = 0.03 * np.arange(160) - 0.02 * np.arange(160)[:, None] + 5
    assert np.abs(qp.flatten(phase + tilt) - phase).max() < 1e-5


@pytest.mark.parametrize("frequency", [3, 8, 20])
def test_zernike_sees_a_weak_phase_linearly(frequency):
    """I = t² + 2tφ to first order: a modulation of 2tε for a phase of amplitude ε."""
    grating = 0.02 * np.cos(2 * np.pi * frequency * np.arange(160) / 160) * np.ones((160, 1))
    for t in (1.0, 0.5):
        seen = qp.phase_contrast(np.exp(1j * grating), transmission=t)
        amplitude = 2 * np.abs(np.fft.fft(seen[0])[frequency]) / 160
        assert amplitude == pytest.approx(2 * t * 0.02, rel=0.01)
    assert np.ptp(qp.bright_field(np.exp(1j * grating))) < 1e-5


def test_the_plate_hides_slow_changes_and_turns_contrast_round():
    def seen(frequency, shift):
        grating = 0.02 * np.cos(2 * np.pi * frequency * np.arange(160) / 160) * np.ones((160, 1))
        field = np.exp(1j * grating)
        return qp.phase_contrast(field, plate_radius=5, transmission=1, shift_rad=shift)[0]

    assert np.ptp(seen(3, np.pi / 2)) < 0.01 * np.ptp(seen(8, np.pi / 2))
    assert seen(8, np.pi / 2)[0] > 1.03  # most phase is brightest …
    assert seen(8, -np.pi / 2)[0] < 0.97  # … or darkest


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
