from dataclasses import replace

import numpy as np
import pytest

from medkit.physics.ultrasound import HEART, UltrasoundProtocol, display
from medkit.physics.ultrasound.bmode import log_compress, scan_convert, time_gain
from medkit.physics.ultrasound.transducer import LINEAR


def test_decibels():
    picture = log_compress(np.array([10.0, 1.0, 0.1, 1e-9]), 40.0, reference=10.0)
    np.testing.assert_allclose(picture, [0, -20, -40, -40], atol=1e-5)
    with pytest.raises(ValueError, match="positive"):
        log_compress(np.ones(3), -60)


def test_time_gain_undoes_the_loss_of_a_narrow_band():
    narrow = replace(LINEAR, bandwidth=0.05, cycles=1)
    protocol = UltrasoundProtocol(transducer=narrow, depth_mm=40.0)
    gain_db = 20 * np.log10(time_gain(protocol))
    depth_cm = protocol.axes[0] / 10
    np.testing.assert_allclose(gain_db, 2 * 0.5 * depth_cm * 7.6, rtol=0.03, atol=0.05)


def test_a_wide_band_needs_less_gain_because_high_frequencies_go_first():
    wide, narrow = (
        time_gain(UltrasoundProtocol(transducer=replace(LINEAR, bandwidth=b)))[-1]
        for b in (0.8, 0.1)
    )
    assert wide < 0.7 * narrow


def test_scan_conversion_puts_each_ray_at_its_angle():
    depth, angle = HEART.axes
    picture = np.broadcast_to(np.rad2deg(angle), HEART.shape)
    sector = scan_convert(picture, HEART)
    step = depth[1] - depth[0]
    middle = sector.shape[1] // 2
    row = 200
    for column in (middle - 80, middle, middle + 60):
        expected = np.rad2deg(np.arctan2((column - middle) * step, depth[row]))
        assert sector[row, column] == pytest.approx(expected, abs=0.05)
    assert sector[20, 0] == picture.min()
    deep = scan_convert(np.broadcast_to(depth[:, None], HEART.shape), HEART)
    assert deep[row, middle + 60] == pytest.approx(np.hypot(depth[row], 60 * step), abs=0.02)


def test_smoothing_removes_speckle_not_level():
    rng = np.random.default_rng(0)
    speckle = rng.standard_normal((256, 192)) + 1j * rng.standard_normal((256, 192))
    protocol = UltrasoundProtocol(attenuation_db_cm_mhz=0)
    raw, smooth = (display(speckle, protocol, reference=5.0, smooth_mm=s) for s in (0.0, 0.3))
    assert smooth.std() < 0.5 * raw.std()
    assert 10 ** (smooth / 20).mean() == pytest.approx(10 ** (raw / 20).mean(), rel=0.3)
