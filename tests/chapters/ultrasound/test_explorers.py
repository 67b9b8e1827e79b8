import numpy as np
import pydicom
import pytest

from medkit.chapters import explorers
from medkit.chapters.ultrasound import artefacts as ultrasound_artefacts
from medkit.chapters.ultrasound import beamforming as ultrasound_beamforming
from medkit.chapters.ultrasound import breast as ultrasound_breast
from medkit.chapters.ultrasound import doppler as ultrasound_doppler
from medkit.chapters.ultrasound import explorers as ultrasound
from medkit.chapters.ultrasound import heart as ultrasound_heart
from medkit.chapters.ultrasound import wave as ultrasound_wave
from medkit.chapters.ultrasound.exercises import HINGE
from medkit.data import dicom
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
    def contrast_db(waves):
        picture = ultrasound_beamforming.beamform.picture(waves=waves).panels[0]
        rows, columns = picture.pixels.shape
        z = (np.arange(rows) + 0.5)[:, None] * 25 / rows
        x = (np.arange(columns) + 0.5) * 19.2 / columns - 9.6
        away, power = np.hypot(x - 4.5, z - 15), 10 ** (picture.pixels / 10)
        around = (away > 3.6) & (away < 5) & (x > 2) & (np.abs(z - 15) < 3)
        return 10 * np.log10(power[around].mean() / power[away < 2.4].mean())

    one, three, seven = (contrast_db(n) for n in (1, 3, 7))
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


def test_a_baseline_shift_puts_an_aliased_speed_where_it_belongs():
    # 30 cm/s along the beam; the scale of 3 kHz ends at 23.1 cm/s.
    def seen(baseline):
        picture = ultrasound_doppler.flow.picture(prf_khz=3.0, baseline=baseline)
        scale = picture.panels[1]
        velocity = scale.points["measured"][1]
        return np.nanmedian(velocity[16:22]), scale.extent[2:]

    folded, ends = seen(0.0)
    assert ends == pytest.approx((23.1, -23.1))
    assert folded < -10
    right, ends = seen(0.6)
    assert ends == pytest.approx((36.96, -9.24))
    assert right == pytest.approx(28, abs=4)
    assert "not aliased" in caption(ultrasound_doppler.flow, prf_khz=3.0, baseline=0.6)
    assert "not" not in caption(ultrasound_doppler.flow, prf_khz=3.0)


def test_red_comes_nearer_and_bright_is_fast():
    slow, fast, away = ultrasound_doppler.colours(np.array([2.0, 20.0, -20.0]), 23.0)
    assert slow[0] > slow[2]
    assert fast.sum() > slow.sum()
    assert away[2] > away[0]
    # With the baseline at the lower end all of the scale is red, and 20 is only half of it.
    shifted = ultrasound_doppler.colours(np.array([20.0]), 23.0, 20.0)[0]
    assert slow[0] < shifted[0] < fast[0]


def test_the_spectrum_peaks_at_the_fastest_blood():
    gate = ultrasound_doppler.gate_echoes(Vessel(angle_deg=30, peak_m_s=0.8), 8000.0)
    protocol = ultrasound_doppler.replace(ultrasound_doppler.VESSEL, prf_hz=8000.0)
    picture, velocity, _ = doppler.spectrogram(gate, protocol, window=128, step=32)
    loud = velocity[(picture > -15).any(axis=1)]
    assert loud.max() == pytest.approx(0.4, abs=0.05)
    assert loud.min() > -0.05


def chamber_mm(ejection, phase):
    """Width of the dark band in the middle of the line over a beat, rows of half a millimetre."""
    line = ultrasound_heart.line_over_beat(4, ejection, "papillary muscles")
    column = line[:, round(phase * ultrasound_heart.PHASES)]
    wall = np.flatnonzero(column > -27)
    depth = ultrasound_heart._LINE.axes[0][wall]
    return depth[depth > 78].min() - depth[depth < 78].max()


def test_the_m_mode_shows_the_chamber_shrink():
    assert chamber_mm(0.6, 0) == pytest.approx(48, abs=4)
    assert chamber_mm(0.6, 0.36) == pytest.approx(48 * 0.4 ** (1 / 3), abs=4)
    assert chamber_mm(0.2, 0.36) > chamber_mm(0.6, 0.36) + 5


def test_the_mitral_valve_opens_twice_in_a_beat_and_never_while_the_ventricle_contracts():
    phases = np.linspace(0, 1, 101)
    middle = [np.ptp(ultrasound_heart.leaflets("short", p).z_mm) for p in phases]
    peaks = [k for k in range(1, 100) if middle[k - 1] < middle[k] >= middle[k + 1]]
    early, late = (p for p in peaks if middle[p] > 8)
    assert 0.5 < phases[early] < 0.56  # E wave, then the atrium's
    assert 0.85 < phases[late] < 0.92
    assert middle[early] > middle[late] > 2 * max(middle[5:44])


def test_the_leaflets_of_the_apical_view_swing_into_the_ventricle():
    base = ultrasound_heart._base_mm()
    shut, opened = (ultrasound_heart.leaflets("apical", p).z_mm for p in (0.3, 0.53))
    mitral, tricuspid = slice(None, 240), slice(240, None)
    assert np.abs(shut[mitral] - base).max() < 4
    assert opened[mitral].min() < base - 14
    assert shut[mitral].mean() - shut[tricuspid].mean() == pytest.approx(6, abs=0.2)


def test_blood_is_darker_than_muscle_and_not_black():
    picture = ultrasound_heart.picture(0.0, 0.6, "apical")
    step = ultrasound_heart.SECTOR.depth_mm / picture.shape[0]
    middle = picture.shape[1] // 2

    def median(x, z):
        row, column = round(z / step), middle + round(x / step)
        return np.median(picture[row - 6 : row + 7, column - 6 : column + 7])

    blood, septum = median(14, 75), median(-7, 85)
    assert -ultrasound_heart.RANGE_DB + 6 < blood < septum - 20


def test_ghosts_of_the_lung_lie_at_multiples_and_fade():
    scene = ultrasound_artefacts.picture(0.8, True, 0)
    row_mm = ultrasound_artefacts.PROBE.depth_mm / len(scene)
    loud = scene[:, 50:78].mean(axis=1)
    peaks = []
    for k in (1, 2, 3):
        near = slice(round((21 * k - 3) / row_mm), round((21 * k + 3) / row_mm))
        peaks.append(loud[near].max())
        assert (np.argmax(loud[near]) + near.start) * row_mm == pytest.approx(21 * k, abs=0.7)
        assert peaks[-1] > np.median(loud[near]) + 8
    assert peaks[0] > peaks[1] > peaks[2]


def test_only_a_lung_that_slides_changes_its_grain():
    sliding, still = (ultrasound_artefacts.over_time(s, 0) for s in (True, False))
    below, above = slice(100, 150), slice(10, 70)
    assert sliding[below].std(axis=1).mean() > 10 * still[below].std(axis=1).mean()
    assert sliding[above].std(axis=1).mean() < 0.1


def test_ribs_shadow_and_water_reaches_the_bottom():
    dry, wet = (ultrasound_artefacts.picture(0.0, True, n) for n in (0, 3))
    axis = ultrasound_artefacts.PROBE.axes[1]
    behind_rib = np.abs(axis - ultrasound_artefacts.RIBS_MM[0]) < 2
    assert dry[100:, behind_rib].mean() < dry[100:, 50:78].mean() - 7
    streak = np.abs(axis + 4) < 0.6
    assert wet[-40:, streak].mean() > dry[-40:, streak].mean() + 15


@pytest.mark.parametrize("wave", ultrasound_wave.WAVES)
def test_an_echo_returns_after_the_way_there_and_back(wave):
    point = (-4.0, 20.0)
    x = ultrasound_wave._X
    back = np.hypot(x - point[0], point[1])
    there = np.nanmin(ultrasound_wave.firing_us(wave, point) + back / 1.54)
    if wave == "focused":  # all arrive together
        sent = ultrasound_wave.firing_us(wave, point) + back / 1.54
        assert np.ptp(sent) < 1e-9
    heard = ultrasound_wave.recorded(wave, point)
    arrival = np.argmax(heard, axis=0) / ultrasound_wave.RATE - 1 / ultrasound_wave.FREQUENCY
    # Wavelets that come a little later than the first move the middle of the sum by half a period.
    assert arrival - back / 1.54 == pytest.approx(there * np.ones(x.size), abs=0.35)


def test_a_focus_makes_the_echo_louder():
    loud = [ultrasound_wave.recorded(w, (0.0, 20.0)).max() for w in ("focused", "plane")]
    assert loud[0] > 3 * loud[1]


def test_the_wave_front_moves_at_the_speed_of_sound():
    early, late = (ultrasound_wave.pressure("plane", (10.0, 28.0), t) for t in (6.0, 10.0))
    rows = [np.argmax(np.abs(p[:, 75])) * ultrasound_wave.STEP for p in (early, late)]
    assert rows[1] - rows[0] == pytest.approx(4 * 1.54, abs=0.25)


def test_all_explorers_are_found():
    names = {name for name, _ in explorers.all() if name.startswith("ultrasound")}
    assert {n.split(".")[1] for n in names} == {
        "echo",
        "probe",
        "beamform",
        "breast",
        "flow",
        "mmode",
        "apical",
        "lung",
        "film",
    }


def test_the_ruler_of_the_real_heart_denies_its_header():
    """The burned-in ruler has a thick dot every 50 mm; the header claims half as much a pixel."""
    file = pydicom.dcmread(dicom.example("ultrasound_cine"))
    region = file.SequenceOfUltrasoundRegions[0]
    assert region.RegionLocationMaxX1 > file.Columns  # of a picture that was twice as large
    ruler = file.pixel_array[15, 60:175, 298:300, 0].astype(int).min(axis=1)
    thick = np.flatnonzero((ruler[:-1] > 60) & (ruler[1:] > 60)) + 60.5
    assert np.diff(thick) == pytest.approx([49, 49])
    by_ruler, by_header = 50 / 49, 10 * region.PhysicalDeltaY
    assert by_ruler / by_header == pytest.approx(2, rel=0.01)
    assert HINGE.truth == pytest.approx(111 * by_ruler)


def test_five_pictures_show_what_the_answers_say():
    five = ultrasound_artefacts.five_pictures()
    shadow, tail = five["A"], five["E"]
    column = slice(45, 65)
    assert shadow[200:, column].mean() < shadow[200:].mean() - 8
    assert five["D"].dtype == np.uint8
    core = five["D"][80, 32].astype(int)
    assert core[2] > core[0]  # blue, although the blood comes nearer
    beside, behind = tail[:, 120:140], tail[:, 60:75]
    rows = slice(150, 190)
    assert behind[rows].mean() > beside[rows].mean() + 2
