from dataclasses import replace

import numpy as np
import pytest

from medkit.physics import ultrasound
from medkit.physics.ultrasound import UltrasoundProtocol, beamforming, scanlines
from medkit.physics.ultrasound.scatterers import Scatterers, scatter
from medkit.physics.ultrasound.transducer import LINEAR

FOCUSED = UltrasoundProtocol(
    transducer=replace(LINEAR, bandwidth=0.5, width_mm=0.2),
    focus_mm=20.0,
    transmit_elements=48,
    depth_mm=30.0,
    shape=(600, 192),
    attenuation_db_cm_mhz=0.3,
)


@pytest.mark.parametrize("depth", [12.0, 20.0, 27.0])
def test_a_beam_has_the_shape_of_the_full_model(depth):
    # The full model has no moving aperture: the point moves instead, the line stays at x = 0.
    single = replace(FOCUSED, shape=(600, 1))
    aside = np.arange(0, 7) * 0.2
    full = [
        beamforming.beamform(ultrasound.acquire(Scatterers([x], [depth], [1]), single), single)
        for x in aside
    ]
    full = np.abs(np.array(full))[:, :, 0].T
    x = FOCUSED.axes[1]
    lines = [
        np.abs(scanlines.scan(Scatterers([x[96] + a], [depth], [1]), FOCUSED))[:, 96] for a in aside
    ]
    lines = np.array(lines).T
    assert abs(int(full[:, 0].argmax()) - int(lines[:, 0].argmax())) <= 1
    row = int(full[:, 0].argmax())
    near = slice(row - 20, row + 21)
    assert np.corrcoef(full[near].ravel(), lines[near].ravel())[0, 1] > 0.97


def test_a_plane_wave_is_a_wave_focused_far_away():
    plane, far = (
        scanlines.beam(replace(FOCUSED, shape=(200, 48), focus_mm=focus)) for focus in (np.inf, 1e5)
    )
    np.testing.assert_array_equal(plane.reach, far.reach)
    assert np.abs(plane.table - far.table).max() < 0.01 * np.abs(far.table).max()


def test_speckle_has_the_statistics_of_the_full_model():
    even = np.ones((300, 384), np.float32)
    image = np.abs(
        scanlines.scan(
            scatter(even, 0 * even, (0.1, 0.1), per_mm2=250, rng=0),
            replace(FOCUSED, shape=(300, 192), attenuation_db_cm_mhz=0),
        )
    )
    inner = image[180:220, 20:-20]
    inner = inner / inner.mean(axis=1, keepdims=True)  # the focus is louder
    assert 1 / inner.std() == pytest.approx(1.91, abs=0.1)


def test_the_beam_is_narrowest_at_the_focus():
    fine = replace(FOCUSED, shape=(300, 768), f_number=1.0)
    widths = []
    for focus in (10.0, 20.0, 28.0):
        response = scanlines.beam(replace(fine, focus_mm=focus))
        zone = int(20.0 / response.zone_mm)
        profile = np.abs(response.table[zone]).max(axis=(1, 2))
        widths.append(int((profile > 0.5 * profile[0]).sum()))
    assert widths[1] < widths[0]
    assert widths[1] < widths[2]


def test_phase_turns_by_two_wavelengths_of_path():
    # A point that moves λ/8 away turns the phase by −90°, the sign Doppler relies on.
    wavelength = FOCUSED.wavelength_mm
    first, second = (
        scanlines.scan(Scatterers([0.1], [20.0 + d], [1]), FOCUSED)[400, 96]
        for d in (0.0, wavelength / 8)
    )
    assert np.angle(second / first) == pytest.approx(-np.pi / 2, abs=0.15)


def test_a_point_in_a_sector_is_where_it_is():
    protocol = replace(ultrasound.HEART, focus_mm=80.0)
    image = np.abs(scanlines.scan(Scatterers([30.0], [70.0], [1.0]), protocol))
    row, column = np.unravel_index(image.argmax(), image.shape)
    x, z = protocol.grid_mm
    assert (x[row, column], z[row, column]) == (
        pytest.approx(30, abs=1),
        pytest.approx(70, abs=0.7),
    )
