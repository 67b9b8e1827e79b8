"""The explorers of ``12_mri`` show true numbers."""

import re

import numpy as np
import pytest

from medkit.chapters.mri import explorers as seeing
from medkit.chapters.mri import kspace as waves
from medkit.chapters.mri import speed
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
        caption = seeing.echo.picture(time_ms=80, spread_hz=spread_hz).caption
        assert f"add up to {np.exp(-1):.2f}" in caption
    caption = seeing.echo.picture(time_ms=80, spread_hz=12.0, refocus=False).caption
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
    weighted = seeing.diffusion.picture(b_s_mm2=1000).panels
    image, adc = weighted[0].pixels, weighted[1].pixels
    assert mean(image, "infarct", ill=True) > 1.7 * mean(image, "grey_matter", ill=True)
    truth = 1e3 * mr_tissue("infarct").diffusion_mm2_s
    assert mean(adc, "infarct", ill=True) == pytest.approx(truth, rel=0.03)


def test_noise_follows_the_law_and_air_is_rayleigh():
    one = seeing.snr.picture(slice_mm=0.5).caption
    sixteen = seeing.snr.picture(slice_mm=0.5, averages=16).caption
    ratio = [number(c, r"matter (\d+)") for c in (one, sixteen)]
    assert ratio[1] / ratio[0] == pytest.approx(4, rel=0.15)
    # 1,820 pixels: the mean is known to 0.015 σ.
    assert number(one, r"air is ([\d.]+)") == pytest.approx(np.sqrt(np.pi / 2), abs=0.04)


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
    assert np.argwhere(waves.erased_at_start("one point")).tolist() == [[zero, zero]]
    assert np.unravel_index(np.abs(data).argmax(), data.shape) == (zero, zero)
    middle = waves.erased_at_start("the middle")[1:, 1:]  # without the lines of no mirror image
    np.testing.assert_array_equal(middle, middle[::-1, ::-1])


def test_every_second_line_makes_two_heads():
    image = waves.erase.picture(start="every second line").panels[1].pixels
    np.testing.assert_allclose(image, np.roll(image, waves.SIZE // 2, axis=0), atol=1e-5)


def test_the_real_abdomen_keeps_its_greys():
    image = np.abs(kspace.to_image(waves.measured("real abdomen")))
    assert image.max() == pytest.approx(1123 / 600, rel=0.25)


def test_symmetry_is_better_than_zeros():
    shown = [waves.encode.picture(lines=kind).panels[1].pixels for kind in waves.LINES]
    errors = [np.sqrt(np.mean((image - shown[0]) ** 2)) for image in shown[1:]]
    assert errors[1] < 0.6 * errors[0]


@pytest.mark.parametrize("fault", waves.FAULTS)
def test_faults_vanish_with_their_severity_and_grow_with_it(fault):
    images = [waves.faulty(fault, severity)[0] for severity in (0.0, 0.5, 1.0)]
    errors = [np.sqrt(np.mean((image - images[0]) ** 2)) for image in images[1:]]
    assert 0.005 < errors[0] < errors[1]
    if fault != "field distortion":  # that one has a slice of its own
        np.testing.assert_allclose(images[0], waves.clean(), atol=0.02)


def test_fat_moves_left_and_water_stays():
    scalp = waves.plane_of_head().where("adipose")[0].reshape(128, 3, 128, 3).mean(axis=(1, 3))
    moved = waves.faulty("fat shift", 0.5)[0] - waves.faulty("fat shift", 0.0)[0]
    assert "6.0 pixels, at 72 Hz" in waves.faulty("fat shift", 0.5)[1]
    places = np.roll(scalp, -6, axis=1)[(scalp == 0)]
    assert np.corrcoef(places, moved[scalp == 0])[0, 1] > 0.9


def test_coils_undo_the_folding_while_they_can():
    error = {m: [speed.error(speed.accelerated(m, r)) for r in (2, 6)] for m in speed.METHODS}
    for method in ("SENSE", "GRAPPA"):
        assert error[method][0] < 0.1 * error["zeros"][0]
    # Too few coils for six places: wavelets give way more gently than equations.
    assert error["compressed sensing"][1] < 0.5 * error["SENSE"][1]


def test_all_lines_leave_only_noise():
    for method in speed.METHODS:
        assert speed.error(speed.accelerated(method, 1)) < 0.03


def test_more_coils_and_less_haste_lower_the_g_factor():
    def mean_g(**knobs):
        return number(speed.g_factor.picture(**knobs).caption, r"g is ([\d.]+)")

    assert 1 <= mean_g(factor=2) < mean_g(factor=3) < mean_g(factor=4)
    assert mean_g(n_coils=16, factor=3) < mean_g(n_coils=4, factor=3)


def test_coils_are_where_they_are_said_to_be():
    sides = {"back left": (1, 1), "back right": (1, 0), "front right": (0, 0), "front left": (0, 1)}
    for words, place in speed.PLACES.items():
        shown = speed.g_factor.picture(coil=place).panels[0].pixels
        at = np.unravel_index(shown.argmax(), shown.shape)
        assert tuple(int(i > speed.SIZE / 2) for i in at) == sides[words]


def test_spokes_are_sharper_than_as_many_lines():
    few = speed.spokes.picture(n_spokes=30).panels
    steps = [np.abs(np.diff(p.pixels, axis=0)).max() for p in few[1:]]
    assert steps[0] > 1.5 * steps[1]
    many = speed.spokes.picture(n_spokes=180).panels[1].pixels
    assert speed.error(many) < 0.2
