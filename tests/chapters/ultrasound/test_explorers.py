import numpy as np
import pytest

from medkit.chapters import explorers
from medkit.chapters.ultrasound import beamforming as ultrasound_beamforming
from medkit.chapters.ultrasound import breast as ultrasound_breast
from medkit.chapters.ultrasound import doppler as ultrasound_doppler
from medkit.chapters.ultrasound import explorers as ultrasound
from medkit.physics.ultrasound import doppler
from medkit.physics.ultrasound.flow import Vessel


def caption(factory, **params):
    return factory.picture(**params).caption


def test_a_high_frequency_parts_wires_and_does_not_reach():
    def dip(frequency_mhz):
        envelope = ultrasound.echo.picture(frequency_mhz=frequency_mhz, gap_mm=0.15)
        y = envelope.panels[0].y["envelope"][1]
        return y[y.size // 2] / y.max()

    assert dip(12.0) < 0.7 < 0.9 < dip(4.0)
    assert "lost in the noise" in caption(ultrasound.echo, frequency_mhz=12.0, depth_mm=110)
    assert "lost" not in caption(ultrasound.echo, frequency_mhz=4.0, depth_mm=110)


def test_the_loss_of_an_echo_is_that_of_its_way():
    # A pulse loses its high tones first, so a little less than at the centre frequency.
    picture = ultrasound.echo.picture(frequency_mhz=5.0)
    depth, level = picture.panels[1].y["echo of a wire"]
    expected = -2 * 0.5 * 5.0 * depth[20] / 10
    assert expected < level[20] < 0.9 * expected


@pytest.mark.parametrize("f_number", [2.0, 3.0, 4.0])
def test_the_beam_at_the_focus_is_lambda_times_f_number(f_number):
    protocol = ultrasound.probe_protocol(6.0, f_number, 25.0)
    depth, width = ultrasound.beam_width_mm(protocol)
    here = np.interp(25.0, depth, width)
    assert here == pytest.approx(1.25 * protocol.wavelength_mm * f_number, rel=0.1)
    assert width[np.abs(depth - 12).argmin()] > here  # it is a waist


def test_speckle_is_rayleigh_when_there_are_enough_scatterers():
    few, many = (
        np.mean([1 / ultrasound.speckle_envelope(n, 1, seed).std() for seed in range(4)])
        for n in (0.5, 40.0)
    )
    assert many == pytest.approx(1.91, abs=0.08)
    assert few < 1
    looks = np.mean([1 / ultrasound.speckle_envelope(40.0, 4, seed).std() for seed in range(4)])
    assert looks == pytest.approx(2 * 1.91, rel=0.06)


def test_echoes_agree_on_a_wire_and_cancel_beside_it():
    def agreement(pixel):
        return float(caption(ultrasound_beamforming.beamform, pixel=pixel).split()[3])

    for wire in ultrasound_beamforming.WIRES:
        assert agreement(wire) > 80
    assert agreement((4.5, 15.0)) < 30  # the cyst


def test_the_curve_lies_on_the_recorded_echo():
    time, heard = ultrasound_beamforming._read_along(ultrasound_beamforming.WIRES[1])
    iq = np.abs(ultrasound_beamforming.channels())
    later = time + 1.0  # µs: beside the echo
    k = (later * ultrasound_beamforming._ARRAY.sampling_mhz).astype(int)
    assert np.abs(heard).mean() > 3 * iq[np.arange(64), k].mean()


def test_compounding_darkens_the_cyst():
    one, three, seven = (ultrasound_beamforming.cyst_contrast_db(n) for n in (1, 3, 7))
    assert one + 2 < three < seven


def test_fluid_enhances_and_cancer_shadows():
    change = {
        lesion: [ultrasound_breast.behind_db(lesion, seed) for seed in range(3)]
        for lesion in ("cyst", "fibroadenoma", "carcinoma")
    }
    assert min(change["cyst"]) > max(change["fibroadenoma"])
    assert max(change["carcinoma"]) < -10


def test_the_gain_brings_up_the_depth():
    def deep(gain):
        return ultrasound_breast.breast.picture(gain=gain).panels[0].pixels[180:].mean()

    assert deep(0.0) < deep(0.6) < deep(1.2)


def test_colour_shows_the_flow_along_the_beam_and_folds_it():
    seen = ultrasound_doppler.colour_flow(60, 0.6, 6000.0).velocity_m_s
    centre = seen[76:84, 28:36]
    assert np.median(centre) == pytest.approx(0.3, rel=0.12)
    away = ultrasound_doppler.colour_flow(120, 0.6, 6000.0).velocity_m_s[76:84, 28:36]
    assert np.median(away) == pytest.approx(-0.3, rel=0.12)
    folded = ultrasound_doppler.colour_flow(60, 0.6, 3000.0).velocity_m_s[76:84, 28:36]
    assert np.median(folded) < -0.1
    assert "not aliased" in caption(ultrasound_doppler.flow, prf_khz=6.0)
    assert "not" not in caption(ultrasound_doppler.flow, prf_khz=2.0)


def test_red_comes_nearer():
    velocity = np.array([[0.2, -0.2, 0.0]])
    rgb = ultrasound_doppler.paint(
        0 * velocity - 25, velocity, 0.3, np.array([[True, True, False]])
    )
    assert rgb[0, 0, 0] > rgb[0, 0, 2]
    assert rgb[0, 1, 2] > rgb[0, 1, 0]
    assert rgb[0, 2].tolist() == [127, 127, 127]


def test_the_spectrum_peaks_at_the_fastest_blood():
    gate = ultrasound_doppler.gate_echoes(Vessel(angle_deg=30, peak_m_s=0.8), 8000.0)
    protocol = ultrasound_doppler.replace(ultrasound_doppler.VESSEL, prf_hz=8000.0)
    picture, velocity, _ = doppler.spectrogram(gate, protocol, window=128, step=32)
    loud = velocity[(picture > -15).any(axis=1)]
    assert loud.max() == pytest.approx(0.4, abs=0.05)
    assert loud.min() > -0.05


def test_the_m_mode_shows_the_chamber_shrink():
    depth = ultrasound_doppler.HEART.axes[0]

    def dark_mm(ejection, phase):
        line = ultrasound_doppler.line_over_beat(4, ejection)
        column = line[(depth > 50) & (depth < 108), round(phase * ultrasound_doppler.PHASES)]
        return (column < -50).sum() * 0.5

    assert dark_mm(0.6, 0) == pytest.approx(48, abs=3)
    assert dark_mm(0.6, 0.36) == pytest.approx(48 * 0.4 ** (1 / 3), abs=3)
    assert dark_mm(0.2, 0.36) > dark_mm(0.6, 0.36) + 5


def test_all_explorers_are_found():
    names = {name for name, _ in explorers.all() if name.startswith("ultrasound")}
    assert {n.split(".")[1] for n in names} == {
        "echo",
        "probe",
        "speckle",
        "beamform",
        "breast",
        "flow",
        "mmode",
    }
