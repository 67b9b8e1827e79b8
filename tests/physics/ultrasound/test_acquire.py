from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import hilbert

from medkit.physics import ultrasound
from medkit.physics.ultrasound import UltrasoundProtocol, acquire, beamforming, echoes, reconstruct
from medkit.physics.ultrasound.scatterers import Scatterers, path_loss, scatter
from medkit.physics.ultrasound.transducer import LINEAR, PHASED, pulse


def point(x, z, loss=0.0):
    return Scatterers([x], [z], [1.0], [loss])


def width_mm(profile, step):
    """Full width at half maximum, by linear interpolation of the flanks."""
    peak = int(np.argmax(profile))
    half = profile[peak] / 2
    right = peak + int(np.argmax(profile[peak:] < half))
    left = peak - int(np.argmax(profile[peak::-1] < half))
    a = right - (half - profile[right]) / (profile[right - 1] - profile[right])
    b = left + (half - profile[left]) / (profile[left + 1] - profile[left])
    return (a - b) * step


def test_echo_arrives_after_the_way_there_and_back():
    protocol = UltrasoundProtocol(transmit_elements=2)
    rf = acquire(point(0.15, 20.0), protocol)[0]
    time = np.abs(hilbert(rf, axis=1)).argmax(axis=1) / protocol.sampling_mhz
    x = protocol.transducer.positions_mm
    expected = (20.0 + np.hypot(x - 0.15, 20.0)) / 1.54
    middle = np.abs(x) < 8  # far aside the element hears little
    np.testing.assert_allclose(time[middle], expected[middle], atol=1 / protocol.sampling_mhz)


def test_echo_is_the_pulse_of_the_transducer_at_sub_sample_delay():
    # Half a pitch aside both middle elements are equally far, so their waves add in step.
    protocol = UltrasoundProtocol(transmit_elements=2)
    for z in (20.0, 20.003, 20.007):
        rf = acquire(point(0.0, z), protocol)[0, 64]
        path = 2 * np.hypot(0.15, z)
        time = np.arange(rf.size) / protocol.sampling_mhz - path / 1.54
        expected = pulse(LINEAR, time)
        scale = rf @ expected / (expected @ expected)
        # Two delays, each kept to 1/16 of a sample: at most 1/16 · 2π/4 of the slope is wrong.
        assert np.abs(rf - scale * expected).max() < 0.11 * scale


def test_amplitude_falls_with_attenuation_at_every_frequency():
    protocol = UltrasoundProtocol()
    clear, lossy = (acquire(point(0.0, 20.0, loss), protocol)[0, 64] for loss in (0.0, 1.0))
    f = np.fft.rfftfreq(clear.size, 1 / protocol.sampling_mhz)
    band = (f > 5) & (f < 10)
    ratio = np.abs(np.fft.rfft(lossy))[band] / np.abs(np.fft.rfft(clear))[band]
    slope = np.polyfit(f[band], 20 * np.log10(ratio), 1)[0]
    assert slope == pytest.approx(-2.0, abs=0.1)  # 1 dB/MHz there, 1 dB/MHz back


def test_slanting_paths_lose_as_much_more_as_they_are_longer():
    # One element sends, so each other one hears over one path there and one back.
    sender, depth, loss = 20, 15.0, 0.8
    protocol = UltrasoundProtocol(depth_mm=40.0)
    clear, lossy = (
        echoes.record(
            [[0.0, depth, 1.0, db]],
            LINEAR,
            np.zeros(128),
            np.arange(128) == sender,
            sampling_mhz=protocol.sampling_mhz,
            samples=protocol.samples,
            speed_m_s=1540.0,
        )
        for db in (0.0, loss)
    )
    x = LINEAR.positions_mm
    heard = np.abs(lossy).max(axis=1) > 0  # those that hear too little are left out
    time = np.arange(protocol.samples) / protocol.sampling_mhz
    wave = np.exp(-2j * np.pi * LINEAR.frequency_mhz * time)
    fallen = 20 * np.log10(np.abs(clear[heard] @ wave) / np.abs(lossy[heard] @ wave))
    longer = (np.hypot(x[sender], depth) + np.hypot(x[heard], depth)) / depth
    assert heard.sum() > 90
    np.testing.assert_allclose(fallen, loss * LINEAR.frequency_mhz * longer, atol=0.15)


def test_a_record_is_cut_out_of_a_longer_one():
    points = [[-7.0, 6.0, 1.0, 0.1], [3.0, 12.0, -1.0, 0.2], [15.0, 30.0, 2.0, 0.4]]
    given = {"sampling_mhz": 30.0, "speed_m_s": 1540.0}
    whole = echoes.record(points, LINEAR, np.zeros(128), np.ones(128), samples=1800, **given)
    early = np.full(128, -250 / 30.0)  # so early that the first echoes miss the record
    part = echoes.record(points, LINEAR, early, np.ones(128), samples=930, **given)
    assert np.abs(whole[:, 240:250]).max() > 0.1 * np.abs(whole).max()
    assert np.abs(whole[:, 1180:1190]).max() > 0.1 * np.abs(whole).max()
    np.testing.assert_allclose(part, whole[:, 250:1180], atol=1e-4 * np.abs(whole).max(), rtol=0)


def test_losses_between_the_steps_of_the_table():
    protocol = UltrasoundProtocol()
    alone = acquire(point(0.0, 20.0, 0.56), protocol)  # the largest loss is exactly in the table
    far = Scatterers([0.0], [500.0], [1.0], [2.0])  # not heard, but it stretches the table
    both = acquire(point(0.0, 20.0, 0.56) + far, protocol)
    assert np.abs(both).max() == pytest.approx(np.abs(alone).max(), rel=0.02)


@pytest.mark.parametrize("focus", [np.inf, 25.0, -10.0])
def test_a_wave_along_the_axis_is_as_far_as_it_is_deep(focus):
    protocol = UltrasoundProtocol(focus_mm=focus)
    z = np.array([5.0, 20.0, 30.0])
    path = beamforming.transmit_path_mm(protocol, 0.0, 0 * z, z)
    np.testing.assert_allclose(path, z, rtol=1e-6)


@pytest.mark.parametrize("angle", [0.0, 10.0])
def test_plane_wave_fires_along_its_front(angle):
    protocol = UltrasoundProtocol(steer_deg=(angle,))
    delays = ultrasound.transmit_delays_us(protocol, angle)
    path = beamforming.transmit_path_mm(protocol, angle, np.array([5.0]), np.array([20.0]))
    sine, cosine = np.sin(np.deg2rad(angle)), np.cos(np.deg2rad(angle))
    assert path[0] == pytest.approx(5 * sine + 20 * cosine, rel=1e-6)
    # The element from which the front reaches the point fires x sin θ / c after the middle.
    x = 5 - 20 * np.tan(np.deg2rad(angle))
    fired = np.interp(x, protocol.transducer.positions_mm, delays) * 1.54
    assert fired + np.hypot(5 - x, 20) == pytest.approx(path[0], rel=1e-6)


@pytest.mark.parametrize("focus", [25.0, -10.0])
def test_all_waves_meet_the_front_of_a_focus_or_a_source(focus):
    protocol = UltrasoundProtocol(focus_mm=focus)
    delays = ultrasound.transmit_delays_us(protocol, 5.0)
    x = protocol.transducer.positions_mm
    source = focus * np.sin(np.deg2rad(5.0)), focus * np.cos(np.deg2rad(5.0))
    arrival = delays * 1.54 + np.sign(focus) * np.hypot(x - source[0], source[1])
    np.testing.assert_allclose(arrival, focus, rtol=1e-6)


def test_a_point_is_seen_where_it_is():
    protocol = UltrasoundProtocol(shape=(400, 256), steer_deg=(-6.0, 0.0, 6.0))
    image = np.abs(beamforming.beamform(acquire(point(4.0, 22.0), protocol), protocol))
    row, column = np.unravel_index(image.argmax(), image.shape)
    depth, x = protocol.axes
    assert depth[row] == pytest.approx(22.0, abs=0.1)
    assert x[column] == pytest.approx(4.0, abs=0.15)


def test_a_point_is_seen_where_it_is_in_a_sector():
    protocol = replace(ultrasound.HEART, shape=(560, 200))
    image = np.abs(beamforming.beamform(acquire(point(30.0, 70.0), protocol), protocol))
    row, column = np.unravel_index(image.argmax(), image.shape)
    x, z = protocol.grid_mm
    assert z[row, column] == pytest.approx(70.0, abs=0.7)
    assert x[row, column] == pytest.approx(30.0, abs=1.0)


@pytest.mark.parametrize("f_number", [1.5, 2.5, 4.0])
def test_lateral_resolution_is_wavelength_times_f_number(f_number):
    # One plane wave: the receiving aperture alone focuses. A uniform aperture has the
    # profile sinc(x/λF#), half as high 0.603 λF# from its middle: FWHM = 1.21 λF#.
    protocol = UltrasoundProtocol(
        transducer=replace(LINEAR, bandwidth=0.3, width_mm=0.1),
        f_number=f_number,
        apodisation="boxcar",
        shape=(20, 1920),
        depth_mm=30.0,
    )
    depth = protocol.axes[0][16]
    image = np.abs(beamforming.beamform(acquire(point(0.0, depth), protocol), protocol))
    expected = 1.21 * protocol.wavelength_mm * f_number
    assert width_mm(image[16], 38.4 / 1920) == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize("bandwidth", [0.3, 0.5, 0.77])
def test_axial_resolution_is_half_the_pulse(bandwidth):
    protocol = UltrasoundProtocol(
        transducer=replace(LINEAR, bandwidth=bandwidth), shape=(4000, 1), f_number=8.0
    )
    image = np.abs(beamforming.beamform(acquire(point(0.15, 25.0), protocol), protocol))[:, 0]
    time = np.linspace(-3, 3, 6001)
    length_us = width_mm(np.abs(hilbert(pulse(protocol.transducer, time))), time[1] - time[0])
    axial = width_mm(image, protocol.depth_mm / 4000)
    assert axial == pytest.approx(1.54 * length_us / 2, rel=0.08)


def test_speckle_is_fully_developed():
    # Envelope of many echoes at random: Rayleigh, mean/deviation = sqrt(π/(4 − π)) = 1.91.
    transducer = replace(LINEAR, frequency_mhz=4.0, elements=64)
    protocol = UltrasoundProtocol(
        transducer=transducer, depth_mm=24.0, shape=(120, 96), attenuation_db_cm_mhz=0, f_number=2.5
    )
    even = np.ones((240, 192), np.float32)
    ratio = []
    for per_mm2 in (1, 60):
        tissue = scatter(even, 0 * even, (0.1, 0.1), per_mm2=per_mm2, rng=3)
        image = np.abs(beamforming.beamform(acquire(tissue, protocol), protocol))
        inner = image[60:110, 15:-15]
        ratio.append(inner.mean() / inner.std())
    assert ratio[1] == pytest.approx(1.91, abs=0.12)
    assert ratio[0] < 1.5  # too few echoes in a resolution cell


def test_compounding_adds_more_transmissions_and_lowers_clutter():
    z, x = (np.mgrid[:300, :384] + 0.5) * 0.1
    hole = np.hypot(x - 19.2, z - 18) < 4
    tissue = scatter(np.where(hole, 0, 1.0), 0 * z, (0.1, 0.1), per_mm2=8, rng=0)
    contrast = []
    for angles in ((0.0,), (-8.0, -4.0, 0.0, 4.0, 8.0)):
        protocol = UltrasoundProtocol(
            depth_mm=30.0, shape=(150, 128), steer_deg=angles, attenuation_db_cm_mhz=0
        )
        power = np.abs(beamforming.beamform(acquire(tissue, protocol), protocol)) ** 2
        px, pz = protocol.grid_mm
        inside = power[np.hypot(px, pz - 18) < 3].mean()
        around = power[(np.hypot(px, pz - 18) > 5) & (np.hypot(px, pz - 18) < 8)].mean()
        contrast.append(10 * np.log10(inside / around))
    assert contrast[1] < contrast[0] - 3


def test_shadow_and_enhancement():
    z, x = (np.mgrid[:300, :384] + 0.5) * 0.1
    loss = np.full(z.shape, 0.5)
    loss[np.hypot(x - 12, z - 10) < 3] = 3.0
    loss[np.hypot(x - 26, z - 10) < 3] = 0.0
    tissue = scatter(np.ones(z.shape), path_loss(loss, (0.1, 0.1)), (0.1, 0.1), rng=0, per_mm2=8)
    protocol = UltrasoundProtocol(depth_mm=30.0, shape=(150, 128), f_number=3.0)
    power = np.abs(beamforming.beamform(acquire(tissue, protocol), protocol)) ** 2
    columns = protocol.axes[1] + 19.2
    normal, shadow, bright = (
        10 * np.log10(power[70:120, np.abs(columns - c) < 1.5].mean()) for c in (19.2, 12.0, 26.0)
    )
    # 6 mm of path twice at about 7 MHz: 2.5 dB/cm/MHz more, and 0.5 less.
    assert shadow < normal - 12
    assert bright - normal == pytest.approx(4.2, abs=1.5)


def test_noise_level_and_repeatability():
    protocol = UltrasoundProtocol(depth_mm=10.0)
    quiet = acquire(point(0, 5), protocol)
    noisy = acquire(point(0, 5), protocol, rng=1, noise_db=-40)
    level = np.std(noisy - quiet) / np.abs(quiet).max()
    assert 20 * np.log10(level) == pytest.approx(-40, abs=0.2)
    np.testing.assert_array_equal(noisy, acquire(point(0, 5), protocol, rng=1, noise_db=-40))


def test_a_patient_can_be_scanned():
    from medkit.anatomy.regions.breast import breast

    patient = breast("cyst", rng=2, spacing_mm=0.2)
    protocol = UltrasoundProtocol(depth_mm=38.0, shape=(128, 96))
    rf = acquire(patient, protocol, rng=0)
    assert rf.shape == (1, 128, protocol.samples)
    picture = reconstruct(rf, protocol, dynamic_range_db=50, smooth_mm=0.3)
    z = np.linspace(0, 1, 128, endpoint=False) * 190
    x = np.linspace(0, 1, 96, endpoint=False) * 192
    cyst = patient.lesions["cyst"][0][np.ix_(z.astype(int), x.astype(int))]
    rows = cyst.any(axis=1)
    assert picture[cyst].mean() < picture[rows][~cyst[rows]].mean() - 8
    assert picture.min() >= -50
    assert picture.max() <= 0


def test_warm_up_runs():
    ultrasound.warm_up()


def test_protocols_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="apodisation"):
        UltrasoundProtocol(apodisation="kaiser")
    with pytest.raises(ValueError, match="positive"):
        UltrasoundProtocol(depth_mm=0)
    with pytest.raises(ValueError, match="steer_deg"):
        UltrasoundProtocol(steer_deg=())
    with pytest.raises(ValueError, match="transmissions"):
        reconstruct(np.zeros((2, 128, 100)), UltrasoundProtocol())


def pymust_echoes(transducer, count, rng, depth=(5e-3, 25e-3)):
    pymust = pytest.importorskip("pymust")
    param = pymust.utils.Param()
    param.fc, param.pitch = transducer.frequency_mhz * 1e6, transducer.pitch_mm * 1e-3
    param.width, param.kerf = (
        transducer.width_mm * 1e-3,
        (transducer.pitch_mm - transducer.width_mm) * 1e-3,
    )
    param.Nelements, param.bandwidth = transducer.elements, transducer.bandwidth * 100
    param.radius, param.c, param.fs, param.attenuation = np.inf, 1540, 4 * param.fc, 0.5
    x = rng.uniform(-1, 1, (1, count)) * transducer.aperture_mm * 0.5e-3
    z = rng.uniform(*depth, (1, count))
    strength = rng.standard_normal((1, count))
    rf, _ = pymust.simus(x, z, strength, np.zeros((1, transducer.elements)), param)
    return rf.T, Scatterers(x[0] * 1e3, z[0] * 1e3, strength[0])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("transducer", [replace(LINEAR, elements=64), PHASED])
def test_rf_agrees_with_pymust(transducer):
    rf, tissue = pymust_echoes(transducer, 150, np.random.default_rng(0))
    ours = acquire(tissue, UltrasoundProtocol(transducer=transducer, depth_mm=40.0))[0]
    n = min(ours.shape[1], rf.shape[1])
    ours, rf = ours[:, :n], rf[:, :n]
    assert np.corrcoef(ours.ravel(), rf.ravel())[0, 1] > 0.95
    envelopes = np.abs(hilbert(ours, axis=1)), np.abs(hilbert(rf, axis=1))
    assert np.corrcoef(envelopes[0].ravel(), envelopes[1].ravel())[0, 1] > 0.97
