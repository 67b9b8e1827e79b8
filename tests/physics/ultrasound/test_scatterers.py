from types import SimpleNamespace

import numpy as np
import pytest

from medkit.physics.ultrasound import UltrasoundProtocol, scanlines
from medkit.physics.ultrasound.acoustics import properties
from medkit.physics.ultrasound.scatterers import (
    Scatterers,
    interfaces,
    path_loss,
    random_scatterers,
    reverberation,
    scatter,
    texture,
)

PROTOCOL = UltrasoundProtocol(
    focus_mm=15.0, transmit_elements=48, depth_mm=30.0, shape=(300, 96), attenuation_db_cm_mhz=0
)


def test_impedances_say_what_a_boundary_sends_back():
    def reflected(first, second):
        z1, z2 = properties(first).impedance_mrayl, properties(second).impedance_mrayl
        return ((z2 - z1) / (z2 + z1)) ** 2

    assert reflected("muscle", "cortical_bone") == pytest.approx(0.38, abs=0.01)
    assert reflected("muscle", "adipose") == pytest.approx(0.005, abs=0.001)
    assert reflected("skin", "air") > 0.999  # why gel is needed


def test_unknown_tissues():
    assert properties("spongy_bone") is properties("soft_tissue")
    with pytest.raises(KeyError, match="no tissue"):
        properties("cheese")


def test_density_and_strength_of_scatterers():
    amplitude = np.ones((100, 200))
    amplitude[:, 100:] = 3
    amplitude[50:] = 0
    points = scatter(amplitude, 0 * amplitude, (0.1, 0.2), per_mm2=50, rng=0)
    assert len(points) == pytest.approx(50 * 5 * 40, rel=0.03)
    assert points.z_mm.max() <= 5
    left = points.x_mm < 0
    assert points.amplitude[left].std() == pytest.approx(1, rel=0.05)
    assert points.amplitude[~left].std() == pytest.approx(3, rel=0.05)


def test_scatterers_are_refused_when_they_do_not_match():
    with pytest.raises(ValueError, match="one value"):
        Scatterers([0, 1], [1], [1, 1])
    with pytest.raises(ValueError, match="both or none"):
        Scatterers([0], [1], [1]) + Scatterers([0], [1], [1], [0.5])


def test_loss_along_a_ray_of_a_sector():
    even = np.full((200, 300), 0.5)
    loss = path_loss(even, (0.5, 0.5), sector=True)
    z, x = (np.arange(200) + 0.5) * 0.5, (np.arange(300) + 0.5 - 150) * 0.5
    expected = 0.05 * np.hypot(x, z[:, None])
    deep = np.broadcast_to(z[:, None] > 15, loss.shape)
    np.testing.assert_allclose(loss[deep], expected[deep], atol=0.06)


def test_a_mirror_is_bright_only_face_on():
    def brightness(slope):
        z, x = np.mgrid[:300, :384] * 0.1
        impedance = np.where(z > 15 + slope * (x - 19.2), 1.7, 1.6)
        mirror = interfaces(impedance, np.zeros(z.shape), (0.1, 0.1))
        return np.abs(scanlines.scan(mirror, PROTOCOL))[:, 40:56].max(axis=0).mean()

    flat, tilted, steep = brightness(0.0), brightness(0.4), brightness(1.2)
    assert flat > 3 * max(tilted, steep)


def test_mirror_amplitude_grows_with_the_jump_and_keeps_its_sign():
    z = np.repeat([1.0, 3.0, 1.0], 10)[:, None]
    mirror = interfaces(z, np.zeros(z.shape), (1.0, 0.1))
    np.testing.assert_allclose(mirror.z_mm, [10.0, 20.0], atol=0.01)
    np.testing.assert_allclose(mirror.amplitude, [0.5 * 2.5, -0.5 * 2.5])


def test_ghosts_lie_at_multiples_of_the_gap():
    one = Scatterers([1.0], [4.0], [2.0])
    ghosts = reverberation(one, gap_mm=3.0, times=3, echo=0.5)
    np.testing.assert_allclose(ghosts.z_mm, [7, 10, 13])
    np.testing.assert_allclose(ghosts.amplitude, [1, 0.5, 0.25])


def test_a_cyst_is_dark_and_bright_behind():
    labels = np.zeros((300, 384), np.uint8)
    z, x = np.mgrid[:300, :384] * 0.1
    labels[np.hypot(x - 19.2, z - 12) < 4] = 1
    patient = SimpleNamespace(
        labels=labels[None], tissues=("liver", "water"), spacing_mm=(1, 0.1, 0.1)
    )
    points = random_scatterers(patient, rng=0, per_mm2=30)
    protocol = UltrasoundProtocol(
        focus_mm=15.0, transmit_elements=32, depth_mm=30.0, shape=(300, 96)
    )
    power = np.abs(scanlines.scan(points, protocol)) ** 2
    middle, side = slice(43, 53), slice(5, 25)
    inside = power[100:140, middle].mean() / power[100:140, side].mean()
    behind = power[180:230, middle].mean() / power[180:230, side].mean()
    assert 10 * np.log10(inside) < -20
    assert 10 * np.log10(behind) == pytest.approx(2 * 0.5 * 0.8 * 7.3, abs=2)


def test_texture_is_longer_along_than_across():
    field = texture((400, 400), (0.1, 0.1), sway_mm=0.0, rng=0)
    across = np.corrcoef(field[:-8].ravel(), field[8:].ravel())[0, 1]
    along = np.corrcoef(field[:, :-8].ravel(), field[:, 8:].ravel())[0, 1]
    assert along > 0.8
    assert across < 0.2
