"""The explorers of ``12_mri`` show true numbers."""

import re

import numpy as np
import pytest

from medkit.chapters.mri import artefacts, diffusion, speed, spins
from medkit.chapters.mri import explorers as seeing
from medkit.chapters.mri import kspace as waves
from medkit.physics import mri
from medkit.physics.mri import contrast, kspace
from medkit.physics.mri.relaxation import mr_tissue
from medkit.physics.mri.scanner import MRProtocol


def number(caption, pattern):
    """Return the number that a caption holds at the group of a pattern."""
    return float(re.search(pattern, caption)[1])


def test_the_sum_of_tissues_is_what_the_scanner_makes():
    # One body coil, and a bandwidth so wide that fat stays where it is.
    protocol = MRProtocol(matrix=(192, 192), n_coils=1, noise=0, bandwidth_hz=1e7)
    scans = [
        mri.acquire(seeing.head().plane(k), protocol)[0] for k in range(len(seeing.head().labels))
    ]
    scanned = np.abs(kspace.to_image(np.mean(scans, axis=0)))
    np.testing.assert_allclose(seeing.image(protocol), scanned, atol=2e-4)


def test_the_echo_is_as_high_as_t2_allows_whatever_the_field():
    for spread_hz in (0.0, 6.0, 12.0):
        caption = spins.echo.picture(time_ms=80, spread_hz=spread_hz).caption
        assert f"add up to {np.exp(-1):.2f}" in caption
    caption = spins.echo.picture(time_ms=80, spread_hz=12.0, refocus=False).caption
    assert number(caption, r"add up to ([\d.]+)") < 0.05


def test_the_largest_signal_is_at_the_ernst_angle():
    for tr_ms in (10.0, 100.0):
        caption = seeing.ernst.picture(tr_ms=tr_ms).caption
        angle = contrast.ernst_angle_deg(mr_tissue("white_matter").t1(3.0), tr_ms)
        assert number(caption, r"white matter at (\d+)") == pytest.approx(float(angle), abs=0.51)


def mean(image, *names, ill=False):
    """Return the mean in the inside of some tissues."""
    share = seeing.head(ill).where(*names).mean(axis=0).reshape(192, 2, 192, 2).mean(axis=(1, 3))
    return image[share == 1].mean()


def test_weightings_order_the_tissues_as_a_radiologist_expects():
    def tissues(**knobs):
        image = seeing.contrasts.picture(**knobs).panels[0].pixels
        return [mean(image, name) for name in ("white_matter", "grey_matter", "csf")]

    white, grey, fluid = tissues(tr_ms=500.0, te_ms=12.0)
    assert white > grey > fluid
    white, grey, fluid = tissues(tr_ms=4500.0, te_ms=100.0)
    assert fluid > grey > white
    white, grey, fluid = tissues(tr_ms=9000.0, te_ms=120.0, ti_ms=2450.0)
    assert grey > white > 5 * fluid


def test_tr_makes_room_for_the_echo():
    assert "TR raised to 3220 ms" in seeing.contrasts.picture(ti_ms=3000.0, te_ms=200.0).caption


def test_the_infarct_lights_up_and_its_diffusion_is_low():
    weighted = diffusion.diffusion.picture(b_s_mm2=1000).panels
    image, adc = weighted[0].pixels, weighted[1].pixels
    assert mean(image, "infarct", ill=True) > 1.7 * mean(image, "grey_matter", ill=True)
    truth = 1e3 * mr_tissue("infarct").diffusion_mm2_s
    assert mean(adc, "infarct", ill=True) == pytest.approx(truth, rel=0.03)


@pytest.mark.parametrize("picture", ["simulated head", "real abdomen"])
@pytest.mark.parametrize("start", waves.STARTS)
def test_what_is_kept_and_what_is_erased_is_everything(picture, start):
    parts = [waves.erase.picture(picture=picture, start=start, keep=k).caption for k in (0, 1)]
    energy = [number(c, r"and ([\d.]+)% of the energy") for c in parts]
    assert sum(energy) == pytest.approx(100, abs=0.11)


def test_painting_erases():
    painted = np.ones((waves.SIZE, waves.SIZE), bool)
    assert waves.erase.picture(painted=painted).panels[1].pixels.max() == 0


def test_the_parts_are_centred_on_frequency_zero():
    data, zero = waves.measured(), waves.SIZE // 2
    assert np.argwhere(waves.STARTS["one point"]).tolist() == [[zero, zero]]
    assert np.unravel_index(np.abs(data).argmax(), data.shape) == (zero, zero)
    middle = waves.STARTS["the middle"][1:, 1:]  # without the lines of no mirror image
    np.testing.assert_array_equal(middle, middle[::-1, ::-1])


def test_every_second_line_makes_two_heads():
    image = waves.erase.picture(start="every second line").panels[1].pixels
    np.testing.assert_allclose(image, np.roll(image, waves.SIZE // 2, axis=0), atol=1e-5)


def test_the_real_abdomen_keeps_its_greys():
    image = np.abs(kspace.to_image(waves.measured("real abdomen")))
    assert image.max() == pytest.approx(1123 / 600, rel=0.25)


@pytest.mark.parametrize("fault", artefacts.FAULTS)
def test_faults_vanish_with_their_severity_and_grow_with_it(fault):
    images = [artefacts.faulty(fault, severity)[0] for severity in (0.0, 0.5, 1.0)]
    errors = [np.sqrt(np.mean((image - images[0]) ** 2)) for image in images[1:]]
    assert 0.005 < errors[0] < errors[1]
    objects = {"breathing": "real abdomen", "one jerk": "real abdomen"}
    if fault != "field distortion":  # that one has a slice of its own
        whole = np.abs(kspace.to_image(waves.measured(objects.get(fault, "simulated head"))))
        np.testing.assert_allclose(images[0], whole, atol=0.02)


@pytest.mark.parametrize("fault", artefacts.FAULTS)
def test_the_k_space_shown_is_the_one_that_makes_the_image(fault):
    image, data, _ = artefacts.faulty(fault, 0.6)
    edge = (waves.SIZE - len(data)) // 2
    made = np.pad(np.abs(kspace.to_image(data)), ((edge, edge), (0, 0)))
    np.testing.assert_allclose(image, made, atol=1e-6)


def test_a_spike_is_one_sample():
    wrong = artefacts.faulty("spike", 1.0)[1] - artefacts.faulty("spike", 0.0)[1]
    assert np.argwhere(np.abs(wrong) > 1e-6).tolist() == [list(artefacts.SPIKE)]


def test_breathing_ghosts_go_up_and_down_and_the_table_lies_still():
    image, still = (artefacts.faulty("breathing", s)[0] for s in (1.0, 0.0))
    change = np.abs(image - still)
    air = still < 0.05
    above, beside = change[:30, 30:98][air[:30, 30:98]], change[30:98, :3][air[30:98, :3]]
    assert above.mean() > 3 * beside.mean()
    rows = change.mean(axis=1)
    assert rows[35:60].mean() > 2 * rows[95:105].mean()


def test_fat_moves_left_and_water_stays():
    scalp = waves.plane_of_head().where("adipose")[0].reshape(128, 3, 128, 3).mean(axis=(1, 3))
    image, _, words = artefacts.faulty("fat shift", 0.5)
    moved = image - artefacts.faulty("fat shift", 0.0)[0]
    assert "6.0 pixels, at 72 Hz" in words
    places = np.roll(scalp, -6, axis=1)[(scalp == 0)]
    assert np.corrcoef(places, moved[scalp == 0])[0, 1] > 0.9


def test_the_riddles_are_the_faults_that_the_exercise_says():
    from medkit.course.chapters import find_exercise

    causes = {
        "spike": "spike",
        "breathing": "motion",
        "ringing": "few lines",
        "folding": "small field of view",
        "fat shift": "chemical shift",
    }
    truth = find_exercise("12_mri.artefacts").answer.truth
    assert truth == {k: causes[fault] for k, (fault, _) in artefacts.RIDDLES.items()}


def test_the_film_of_k_space_ends_with_the_whole_image():
    for order in waves.ORDERS:
        assert sorted(waves.ORDERS[order]) == list(range(waves.SIZE))
        assert number(waves.fill.picture(n_lines=128, order=order).caption, r"is (\d+)% off") == 0
    half = [
        number(waves.fill.picture(n_lines=60, order=o).caption, r"(\d+)% off") for o in waves.ORDERS
    ]
    assert half[0] < 0.3 * half[1]  # the middle first


def test_a_pulse_turns_as_bloch_s_equation_says():
    for b1_hz, offset_hz in ((125.0, 0.0), (125.0, 75.0), (250.0, -300.0)):
        times = np.linspace(0, spins.PULSE_MS, 4001)
        path = spins.pulsed(b1_hz, offset_hz, times)
        field = np.array([b1_hz, 0, offset_hz])
        slope = np.gradient(path, times / 1000, axis=1)[:, 1:-1]
        law = 2 * np.pi * np.cross(path.T, field).T[:, 1:-1]
        np.testing.assert_allclose(slope, law, atol=2e-3 * np.linalg.norm(field))
    down = spins.pulsed(125.0, 0.0, np.array([2.0, 4.0]))
    np.testing.assert_allclose(down, [[0, 0], [1, 1], [0, 0]], atol=1e-12)


def test_after_the_pulse_the_spin_turns_clockwise_at_its_offset():
    angle = np.angle(spins.pulsed(125.0, 50.0, np.array([2.0, 7.0])).T @ [1, 1j, 0])
    assert np.mod(angle[0] - angle[1], 2 * np.pi) == pytest.approx(2 * np.pi * 50 * 0.005)


def test_a_row_sings_where_the_helix_fits_it():
    def heard(**knobs):
        return number(spins.helix.picture(**knobs).caption, r"hears ([\d.]+)")

    assert heard(turns=0.0) == 1
    assert [heard(turns=float(k)) for k in (1, 2, 5)] == [0, 0, 0]
    stripes = [heard(turns=float(k), row="stripes, 3 a row") for k in (1, 2, 3, 4)]
    assert stripes == [0, 0, 0.5, 0]
    assert heard(turns=4.0, row="one place") == round(1 / 16, 2)


def test_a_young_stroke_is_seen_on_diffusion_and_not_on_flair():
    def brighter(age_h):
        scans = diffusion.stroke_protocols().values()
        heard = [[diffusion.infarcted("grey_matter", h, p) for h in (0.0, age_h)] for p in scans]
        return [late / fresh for fresh, late in heard]

    early, late = brighter(2.0), brighter(12.0)
    assert early[0] > 1.4
    assert early[1] < 1.06
    assert late[1] > 1.2


def test_t2_after_nine_hours_is_that_of_the_patients():
    # Grey matter: 90 ms + 9 h · 1.5 ms/h (Damion et al. 2019), measured by two echo times.
    echoes = [seeing.MRProtocol(tr_ms=1e6, te_ms=te) for te in (20.0, 120.0)]
    heard = [diffusion.infarcted("grey_matter", 9.0, p) for p in echoes]
    assert 100 / np.log(heard[0] / heard[1]) == pytest.approx(90 + 9 * 1.5, rel=1e-3)


def test_all_methods_cost_the_same_and_the_best_is_the_one_for_the_task():
    error = {}
    for method in speed.METHODS:
        for r in (2, 3, 4, 6):
            lines = speed.measured_lines(method, r)
            if lines is None:
                assert (method, r) == ("GRAPPA", 6)
                continue
            assert lines.sum() == pytest.approx(speed.SIZE // r, abs=1)
            assert lines.sum() <= speed.SIZE // r
            error[method, r] = speed.error(speed.accelerated(method, r))
    for r in (2, 3, 4):
        assert error["SENSE", r] < error["compressed sensing", r] < error["middle lines", r]
        assert error["middle lines", r] < error["zeros", r]
    assert error["GRAPPA", 2] < 0.5 * error["middle lines", 2]
    # Too few coils for six places: wavelets give way more gently than equations.
    assert error["compressed sensing", 6] < 0.2 * error["SENSE", 6]


def test_grappa_cannot_learn_from_next_to_nothing():
    picture = speed.undersampling.picture(method="GRAPPA", factor=6)
    assert "too few" in picture.caption


def test_all_lines_leave_only_noise():
    for method in speed.METHODS:
        assert speed.error(speed.accelerated(method, 1)) < 0.03
