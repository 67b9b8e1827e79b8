from dataclasses import replace

import numpy as np
import pytest
from scipy.io import loadmat

from medkit.physics.ultrasound import UltrasoundProtocol, acquire, beamforming, doppler, scanlines
from medkit.physics.ultrasound.flow import Vessel, blood, pulse_wave
from medkit.physics.ultrasound.scatterers import scatter
from medkit.physics.ultrasound.transducer import LINEAR, Transducer

# Doppler assumes f₀. A short pulse has its mean frequency a little below, and a wide aperture
# looks at the motion from aside: both read too slow by some per cent. Hence a long pulse here.
PROTOCOL = UltrasoundProtocol(
    transducer=replace(LINEAR, frequency_mhz=5.0, elements=64, bandwidth=0.5, cycles=4),
    f_number=3.0,
    transmit_elements=20,
    focus_mm=15.0,
    depth_mm=25.0,
    shape=(128, 64),
    prf_hz=4000.0,
    attenuation_db_cm_mhz=0.0,
)


@pytest.fixture(scope="module")
def tissue():
    even = np.ones((250, 192), np.float32)
    return scatter(even, 0 * even, (0.1, 0.1), per_mm2=12, rng=0)


def frames(tissue, speed_m_s, count=8, protocol=PROTOCOL, expand=0.0):
    response = scanlines.beam(protocol)
    step = 1e3 * speed_m_s / protocol.prf_hz  # mm towards the transducer between two pulses
    return np.array(
        [
            scanlines.scan(tissue.moved(dz_mm=-step * n), protocol, response=response)
            for n in range(count)
        ]
    )


@pytest.mark.parametrize("part", [-0.8, -0.2, 0.5])
def test_velocity_of_known_motion(tissue, part):
    speed = part * doppler.nyquist_m_s(PROTOCOL)
    velocity = doppler.colour(frames(tissue, speed), PROTOCOL).velocity_m_s[20:-20, 8:-8]
    assert np.median(velocity) == pytest.approx(speed, rel=0.05)


def test_velocity_of_known_motion_with_the_full_model():
    tissue = scatter(np.ones((40, 64)), np.zeros((40, 64)), (0.3, 0.3), per_mm2=6, rng=0)
    protocol = replace(PROTOCOL, focus_mm=np.inf, depth_mm=12.0, shape=(48, 32))
    step = 0.02  # mm
    pair = [
        beamforming.beamform(acquire(tissue.moved(dz_mm=-step * n), protocol), protocol)
        for n in range(3)
    ]
    velocity = doppler.colour(np.array(pair), protocol).velocity_m_s[12:-8, 8:-8]
    assert np.median(velocity) == pytest.approx(1e-3 * step * protocol.prf_hz, rel=0.05)


def test_aliasing_folds_at_the_nyquist_velocity(tissue):
    limit = doppler.nyquist_m_s(PROTOCOL)
    assert limit == pytest.approx(1540 * 4000 / (4 * 5e6))
    velocity = doppler.colour(frames(tissue, 1.3 * limit), PROTOCOL).velocity_m_s[20:-20, 8:-8]
    assert np.median(velocity) == pytest.approx(1.3 * limit - 2 * limit, rel=0.05)
    fast = replace(PROTOCOL, prf_hz=8000.0)  # a higher PRF cures it
    velocity = doppler.colour(frames(tissue, 1.3 * limit, protocol=fast), fast).velocity_m_s
    assert np.median(velocity[20:-20, 8:-8]) == pytest.approx(1.3 * limit, rel=0.05)


def test_spectrogram_finds_a_speed():
    limit = doppler.nyquist_m_s(PROTOCOL)
    gate = np.exp(1j * np.pi * 0.4 * np.arange(256))
    picture, velocity, time = doppler.spectrogram(gate, PROTOCOL)
    assert velocity[picture[:, 3].argmax()] == pytest.approx(0.4 * limit, abs=0.02 * limit)
    assert time[0] == pytest.approx(32 / 4000)
    assert picture.max() == 0
    assert picture.min() >= -40


def test_flow_of_poiseuille_has_half_its_peak_as_mean():
    vessel = Vessel(peak_m_s=0.6, radius_mm=3.0)
    r = np.linspace(0, 3, 2001)
    mean = np.trapezoid(vessel.speed_m_s(r) * 2 * np.pi * r, r) / (np.pi * 9)
    assert mean == pytest.approx(0.3, rel=1e-3)
    wave = pulse_wave(np.linspace(0, 3, 999))
    assert 0 < wave.min() < wave.max() <= 1


def test_blood_moves_along_the_vessel():
    vessel = Vessel(angle_deg=20.0, depth_mm=14.0, peak_m_s=0.5)
    first, second = blood(vessel, [0.0, 1e-3], rng=0)
    moved = np.abs(second.x_mm - first.x_mm) < 5  # those that did not re-enter
    dx, dz = (second.x_mm - first.x_mm)[moved], (second.z_mm - first.z_mm)[moved]
    assert np.hypot(dx, dz).max() == pytest.approx(0.5, rel=0.02)  # 0.5 m/s for 1 ms
    np.testing.assert_allclose(-dz / dx, np.tan(np.deg2rad(20)), atol=2e-2)


def test_colour_doppler_of_a_tilted_vessel():
    protocol = replace(PROTOCOL, shape=(160, 64))
    vessel = Vessel(angle_deg=30.0, depth_mm=13.0, radius_mm=3.0, peak_m_s=0.2, length_mm=40)
    response = scanlines.beam(protocol)
    times = np.arange(12) / protocol.prf_hz
    stack = np.array(
        [
            scanlines.scan(b, protocol, response=response)
            for b in blood(vessel, times, rng=0, per_mm2=30)
        ]
    )
    velocity = doppler.colour(stack, protocol).velocity_m_s
    row = round(13.0 / 25 * 160)
    middle = np.median(velocity[row - 3 : row + 4, 26:38])
    # The beam sees v · sin 30°; the laminar profile averages a little below its peak.
    assert middle == pytest.approx(0.2 * 0.5 * 0.93, rel=0.12)


@pytest.mark.data
def test_rotating_disc(test_data):
    file = test_data / "ultrasound" / "pymust" / "PWI_disk.mat"
    data = loadmat(file, squeeze_me=True, struct_as_record=False)
    rf, param = data["RF"].astype(np.float32), data["param"]
    probe = Transducer(
        elements=128,
        pitch_mm=param.pitch * 1e3,
        width_mm=param.width * 1e3,
        frequency_mhz=param.fc * 1e-6,
        bandwidth=param.bandwidth / 100 * 2,
    )
    protocol = UltrasoundProtocol(
        transducer=probe,
        depth_mm=35.0,
        shape=(175, 96),
        prf_hz=param.PRF,
        sampling_mhz=param.fs * 1e-6,
        speed_m_s=param.c,
    )
    start = param.t0 * 1e6
    stack = np.array(
        [
            beamforming.beamform(rf[:, :, n].T[None], protocol, start_us=start)
            for n in range(0, rf.shape[2])
        ]
    )
    found = doppler.colour(stack, protocol, smooth_px=2)
    x, z = protocol.grid_mm
    disc = np.hypot(x, z - 22.5) < 7
    # A turning disc has v_z = ω x: the velocity along the beam grows evenly from side to side.
    fit = np.polyfit(x[disc], found.velocity_m_s[disc], 1)
    correlation = np.corrcoef(x[disc], found.velocity_m_s[disc])[0, 1]
    assert correlation < -0.99
    assert fit[0] * 1e3 == pytest.approx(-61, abs=3)  # rad/s
