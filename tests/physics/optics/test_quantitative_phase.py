"""A phase is an index and a weight; Zernike makes it visible."""

import numpy as np
import pytest

from medkit.physics import optics
from medkit.physics.optics import quantitative_phase as qp
from medkit.physics.optics.holography import HologramProtocol
from medkit.physics.optics.unwrapping import unwrap

SHAPE, PIXEL, WAVELENGTH = (160, 160), 0.15, 0.633


def ball(radius_um=6.0, index=1.37, wavelength_um=WAVELENGTH):
    """Return how thick a ball is, and its phase φ = 2π (n − n₀) h / λ."""
    thickness = qp.sphere_thickness(SHAPE, radius_um, PIXEL)
    return thickness, 2 * np.pi * (index - qp.SALINE_INDEX) * thickness / wavelength_um


def test_the_index_comes_back():
    thickness, phase = ball(index=1.371)
    found = qp.refractive_index(phase, thickness, WAVELENGTH)
    assert np.allclose(found[thickness > 0], 1.371)
    assert np.isnan(found[0, 0])


def test_a_sphere_weighs_its_volume_times_its_concentration():
    """m = c V with c = Δn/α: 4/3 π r³ Δn / α."""
    _, phase = ball(6.0, 1.37)
    exact = 4 / 3 * np.pi * 6.0**3 * (1.37 - qp.SALINE_INDEX) / 0.18
    assert qp.dry_mass_pg(phase, PIXEL, WAVELENGTH) == pytest.approx(exact, rel=2e-3)
    assert qp.dry_mass_pg(phase, PIXEL, WAVELENGTH, increment_um3_pg=0.19) < exact


def test_the_mass_does_not_depend_on_the_wavelength():
    masses = [qp.dry_mass_pg(ball(wavelength_um=w)[1], PIXEL, w) for w in (0.45, 0.633)]
    assert masses[0] == pytest.approx(masses[1])


def test_the_whole_way_from_cell_to_mass():
    _, phase = ball()
    protocol = HologramProtocol(photons=2000, pixel_um=PIXEL)
    hologram = optics.acquire(np.exp(1j * phase), protocol, rng=0)
    found = qp.flatten(unwrap(np.angle(optics.reconstruct(hologram, protocol))))
    ratio = qp.dry_mass_pg(found, PIXEL, WAVELENGTH, mask=phase > 0) / qp.dry_mass_pg(
        phase, PIXEL, WAVELENGTH
    )
    assert ratio == pytest.approx(1, abs=0.02)


def test_flatten_removes_a_tilt_and_keeps_the_cell():
    _, phase = ball()
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
    assert 100 < qp.dry_mass_pg(phase, qp.CELL_PIXEL_UM, WAVELENGTH, mask=cell) < 500


def test_no_cell_no_mask():
    assert not qp.find_cell(np.zeros((20, 20))).any()
