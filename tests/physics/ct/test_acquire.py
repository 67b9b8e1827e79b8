"""CT tells the truth: water is 0, air −1000, noise falls with dose, each flaw leaves its mark."""

from dataclasses import replace

import numpy as np
import pytest

from medkit.anatomy import Patient, head, phantoms, thorax
from medkit.constants import attenuation_per_mm, hounsfield
from medkit.image import Volume
from medkit.physics import ct
from medkit.physics.ct import CTProtocol, Motion, dual_energy
from medkit.physics.linear.projection import ParallelBeam
from medkit.physics.linear.total_variation import total_variation

AT = np.arange(128) - 63.5
RADIUS = np.hypot(AT, AT[:, None])
PIXEL = (1.5, 1.5, 1.5)


def cylinder(tissue="water", radius=48):
    return Patient(np.uint8(radius > RADIUS)[None], ("air", tissue), PIXEL)


def with_rods(tissue, radius=5, base="water"):
    """A cylinder with two rods on the row through its middle, at 30 pixels either side."""
    labels = cylinder().labels.copy()
    for x in (-30, 30):
        labels[0][np.hypot(AT - x, AT[:, None]) < radius] = 2
    return Patient(labels, ("air", base, tissue), PIXEL)


QUIET = CTProtocol(tube_current_mas=np.inf, n_views=360, detector_spacing_mm=1.5)
MONO = replace(QUIET, energy_kev=70.0)
INSIDE, OUTSIDE = RADIUS < 44, (RADIUS > 52) & (RADIUS < 62)


@pytest.mark.parametrize(
    "protocol",
    [MONO, QUIET, replace(QUIET, tube_voltage_kvp=80.0)],
    ids=["70 keV", "120 kV", "80 kV"],
)
def test_water_is_0_and_air_is_minus_1000(protocol):
    image = ct.scan(cylinder(), protocol).pixels[0]
    assert abs(image[INSIDE].mean()) < 2
    assert abs(image[RADIUS < 10].mean()) < 2
    assert abs(image[(RADIUS > 35) & (RADIUS < 44)].mean()) < 2
    assert abs(image[OUTSIDE].mean() + 1000) < 2


def test_where_no_photon_arrives_one_is_read():
    blocked = np.full((64, 64), 5.0)  # e^−300 of the beam
    protocol = CTProtocol(tube_current_mas=10.0, n_views=4, energy_kev=60, electronic_noise=0)
    reading = ct.acquire(blocked, protocol, rng=0).max()
    assert reading == pytest.approx(np.log(protocol.photons_per_bin), rel=1e-5)


def test_the_field_of_view_is_the_disc_that_touches_the_edges():
    inside = ct.field_of_view(8)
    assert inside.sum() == 52  # pixels whose centres lie within 4 of the middle, by hand
    assert inside[0].tolist() == [False, False, True, True, True, True, False, False]
    assert ct.field_of_view(400).mean() == pytest.approx(np.pi / 4, abs=1e-3)


def test_a_disc_projects_to_its_chords():
    """p(s) = 2 μ √(r² − s²)."""
    mu, radius = attenuation_per_mm("water", 70.0), 48 * 1.5
    sinogram = ct.acquire(cylinder(), MONO)
    s = AT * 1.5
    exact = 2 * mu * np.sqrt(np.maximum(radius**2 - s**2, 0))
    inner = np.abs(s) < radius - 6
    # 1.5 % at worst and 0.3 % on average: a disc of whole pixels has a ragged edge.
    assert np.abs(sinogram - exact)[:, inner].max() < 0.015 * exact.max()
    assert np.abs(sinogram - exact)[:, inner].mean() < 0.003 * exact.max()


def test_ellipses_project_to_their_closed_form():
    parts = phantoms.shepp_logan(192.0)
    image = 0.02 * phantoms.ellipses(parts, shape=(128, 128), field_mm=192.0)
    sinogram = ct.acquire(image, replace(MONO, n_views=60))
    exact = 0.02 * phantoms.ellipse_projection(parts, AT * 1.5, np.arange(60) * 3.0)
    # 2 %: bins average over their width, and the skull is only four of them thick.
    assert np.sqrt(np.mean((sinogram - exact) ** 2)) < 0.02 * exact.max()


@pytest.mark.parametrize("tissue", ["muscle", "adipose", "lung"])
def test_tissues_have_their_hounsfield_units(tissue):
    image = ct.scan(cylinder(tissue), MONO).pixels[0]
    assert image[INSIDE].mean() == pytest.approx(float(hounsfield(tissue, 70.0)), abs=2)


def test_hounsfield_units_are_linear_in_mu():
    water = float(attenuation_per_mm("water", 60.0))
    np.testing.assert_allclose(
        ct.to_hounsfield(np.array([0, water, 2 * water]), 60.0), [-1000, 0, 1000], atol=1e-3
    )


def test_noise_falls_as_one_over_the_root_of_the_dose():
    doses, spread = np.array([50, 200, 800.0]), []
    for mas in doses:
        protocol = replace(QUIET, tube_current_mas=mas, electronic_noise=0.0)
        # The difference of two scans is noise alone, free of the edges' ringing.
        one, two = (ct.scan(cylinder(), protocol, rng=seed).pixels[0] for seed in (1, 2))
        spread.append((one - two)[INSIDE].std() / np.sqrt(2))
    slope = np.polyfit(np.log(doses), np.log(spread), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.03)


def test_a_line_integral_has_the_variance_of_its_counts():
    """var(−ln n) = 1/n̄ (and σ²/n̄² more from the electronics)."""
    protocol = CTProtocol(
        n_views=4000, tube_current_mas=40000, electronic_noise=30, energy_kev=60.0
    )
    sinogram = ct.acquire(np.full((9, 9), 0.2), protocol, rng=3)
    mean = np.exp(-9 * 0.2) * protocol.photons_per_bin
    straight = ct.acquire(np.full((9, 9), 0.2), replace(protocol, angular_range_deg=1e-6), rng=3)
    assert sinogram.shape == straight.shape == (4000, 9)
    # The outermost bins see only part of the object.
    assert straight[:, 1:-1].var(axis=0) == pytest.approx((1 + 30**2 / mean) / mean, rel=0.1)


def test_more_filter_smoothing_is_less_noise():
    protocol = replace(QUIET, tube_current_mas=20)
    sinogram = ct.acquire(cylinder(), protocol, rng=0)
    spread = [
        ct.reconstruct(sinogram, protocol, filter=name)[INSIDE].std()
        for name in ("ramp", "shepp-logan", "cosine", "hamming", "hann")
    ]
    assert spread == sorted(spread, reverse=True)


def test_beam_hardening_cups_and_the_water_correction_straightens():
    def cup(correction):
        image = ct.scan(cylinder(), QUIET, water_correction=correction).pixels[0]
        return image[(RADIUS > 35) & (RADIUS < 44)].mean() - image[RADIUS < 10].mean()

    assert cup(False) > 10
    assert abs(cup(True)) < 1


def test_bone_streaks_in_a_spectrum_and_not_at_one_energy():
    """Between two rods the beam is harder than the correction for water expects: dark."""
    between = (np.abs(AT[:, None]) < 2) & (np.abs(AT) < 15)
    aside = (np.abs(AT[:, None] - 25) < 4) & (np.abs(AT) < 15)

    def darkness(protocol):
        image = ct.scan(with_rods("cortical_bone", radius=7), protocol).pixels[0]
        return image[aside].mean() - image[between].mean()

    assert darkness(QUIET) > 15
    assert abs(darkness(MONO)) < 6


def test_metal_is_worse_than_bone():
    rng_scan = dict(rng=0)
    protocol = replace(QUIET, tube_current_mas=200)
    soft = (RADIUS < 44) & (np.hypot(np.abs(AT) - 30, AT[:, None]) > 12)
    spread = [
        ct.scan(with_rods(tissue), protocol, **rng_scan).pixels[0][soft].std()
        for tissue in ("water", "cortical_bone", "amalgam")
    ]
    assert spread[0] < spread[1] < 0.2 * spread[2]


def flawed(patient, **flaw):
    """Return a slice, in HU, of a scan in which something goes wrong."""
    data = ct.acquire(patient, MONO, rng=1, **flaw)
    return ct.to_hounsfield(ct.reconstruct(data, MONO), MONO.effective_energy_kev)


def test_a_wrong_gain_makes_rings():
    """A flaw of one bin is a circle in the image: the error hardly changes along it."""
    flaw = flawed(cylinder(), gain_error=0.02)
    error = (flaw - ct.scan(cylinder(), MONO).pixels[0])[RADIUS < 40]
    ring = RADIUS[RADIUS < 40].round().astype(int)
    by_ring = np.bincount(ring, error) / np.maximum(np.bincount(ring), 1)
    assert error.std() > 20
    assert by_ring[5:].std() > 0.5 * error.std()


def test_motion_blurs_and_stillness_does_not():
    body, still = with_rods("cortical_bone"), ct.scan(with_rods("cortical_bone"), MONO).pixels[0]
    assert np.array_equal(flawed(body, motion=Motion()), still)
    small, large = (
        np.abs(flawed(body, motion=Motion(shift_mm=(mm, 0))) - still).mean() for mm in (2, 8)
    )
    assert 0 < small < large


def test_a_patient_who_moved_before_the_scan_is_simply_elsewhere():
    """A shift from the start is an image moved right and up; a turn is a turned image."""
    body = with_rods("cortical_bone")
    body.labels[0, :, :64][body.labels[0, :, :64] == 2] = 1  # one rod only: no symmetry
    still = ct.scan(body, MONO).pixels[0]
    moved = flawed(body, motion=Motion(shift_mm=(6.0, 3.0), start=0))
    turned = flawed(body, motion=Motion(rotation_deg=90, start=0))
    near = RADIUS < 44
    shift = {
        move: np.abs(np.roll(still, move, (0, 1)) - moved)[near].mean()
        for move in [(-2, 4), (2, 4), (-2, -4), (0, 0)]
    }
    # The streaks of the rods' edges do not move with them: not zero, but far the best.
    assert shift.pop((-2, 4)) < 0.25 * min(shift.values())
    assert np.abs(np.rot90(still) - turned)[near].mean() < 2


def error(**changes):
    protocol = replace(MONO, **changes)
    image = ct.scan(with_rods("cortical_bone"), protocol).pixels[0]
    return np.abs(image - ct.scan(with_rods("cortical_bone"), MONO).pixels[0])[INSIDE].mean()


def test_fewer_views_and_a_smaller_angle_are_worse():
    assert error(n_views=120) < error(n_views=40) < error(n_views=15)
    assert error(angular_range_deg=150) < error(angular_range_deg=90)


def test_truncation_shows():
    protocol = replace(MONO, n_detectors=64)
    plain = ct.scan(cylinder(), protocol).pixels[0]
    middle = np.hypot(*np.meshgrid(np.arange(64) - 31.5, np.arange(64) - 31.5)) < 28
    assert plain.shape == (64, 64)
    assert np.abs(plain[middle]).mean() > 100


def test_total_variation_needs_fewer_views_than_fbp():
    few = replace(MONO, n_views=24)
    sinogram, truth = ct.acquire(with_rods("cortical_bone"), few), with_rods("cortical_bone")
    mu = attenuation_per_mm("water", 70.0) * (truth.labels[0] == 1)
    mu = mu + attenuation_per_mm("cortical_bone", 70.0) * (truth.labels[0] == 2)
    fbp = ct.reconstruct(sinogram, few, filter="ramp") - mu
    beam = ParallelBeam((128, 128), few.angles_deg, spacing_mm=1.5, rays_per_bin=2)
    tv = total_variation(sinogram, beam, weight=0.1, n_iterations=60) - mu
    assert np.linalg.norm(tv[INSIDE]) < 0.5 * np.linalg.norm(fbp[INSIDE])


def test_stacks_give_what_single_slices_give():
    rods = with_rods("muscle")
    two = replace(rods, labels=np.concatenate([cylinder().labels, rods.labels]))
    volume = ct.scan(two, QUIET)
    assert isinstance(volume, Volume)
    assert (volume.shape, volume.unit, volume.modality) == ((2, 128, 128), "HU", "CT")
    assert volume.spacing_mm == (1.5, 1.5, 1.5)
    single = ct.scan(with_rods("muscle"), QUIET).pixels[0]
    np.testing.assert_allclose(volume.pixels[1], single, atol=0.5)


def test_an_array_is_water_of_that_density():
    mu = attenuation_per_mm("water", QUIET.effective_energy_kev) * (RADIUS < 48)
    from_array, from_patient = ct.acquire(mu, QUIET), ct.acquire(cylinder(), QUIET)
    np.testing.assert_allclose(from_array, from_patient, atol=0.01)
    assert ct.acquire(np.stack([mu, mu]), QUIET).shape == (2, 360, 128)


def test_thinner_tissue_attenuates_less():
    half = replace(cylinder(), density=np.full((1, 128, 128), 0.5, np.float32))
    image = ct.scan(half, MONO).pixels[0]
    assert image[INSIDE].mean() == pytest.approx(-500, abs=2)


def test_a_seed_repeats_a_scan():
    protocol = CTProtocol(n_views=20, detector_spacing_mm=1.5)
    once, again = (ct.acquire(cylinder(), protocol, rng=7) for _ in range(2))
    np.testing.assert_array_equal(once, again)
    assert np.any(ct.acquire(cylinder(), protocol, rng=8) != once)


def test_the_effective_energy_is_within_the_spectrum():
    for kvp in (80, 100, 120, 140):
        energy = CTProtocol(tube_voltage_kvp=kvp).effective_energy_kev
        assert 0.4 * kvp < energy < 0.8 * kvp
    assert MONO.effective_energy_kev == 70


def test_dual_energy_finds_water_and_bone():
    body = with_rods("cortical_bone", radius=7)
    protocols = [replace(QUIET, tube_voltage_kvp=kvp) for kvp in (80.0, 140.0)]
    lengths = dual_energy.decompose([ct.acquire(body, p) for p in protocols], protocols)
    water, bone = (ct.reconstruct(m, MONO, water_correction=False) for m in lengths)
    rods = np.hypot(np.abs(AT) - 30, AT[:, None]) < 4
    plain = (RADIUS < 44) & (np.hypot(np.abs(AT) - 30, AT[:, None]) > 10)
    assert bone[rods].mean() == pytest.approx(1, abs=0.03)
    assert abs(water[rods].mean()) < 0.06
    assert water[plain].mean() == pytest.approx(1, abs=0.01)
    assert abs(bone[plain].mean()) < 0.01


def test_virtual_single_energy_images_have_no_beam_hardening():
    body = with_rods("cortical_bone", radius=7)
    protocols = [replace(QUIET, tube_voltage_kvp=kvp) for kvp in (80.0, 140.0)]
    lengths = dual_energy.decompose([ct.acquire(body, p) for p in protocols], protocols)
    virtual = dual_energy.monoenergetic(lengths, 70.0)
    np.testing.assert_allclose(virtual, ct.acquire(body, MONO), atol=0.01)


def test_one_voltage_twice_cannot_tell_materials():
    sinogram = ct.acquire(cylinder(), QUIET)
    with pytest.raises(ValueError, match="farther apart"):
        dual_energy.decompose([sinogram, sinogram], [QUIET, QUIET])


@pytest.mark.parametrize("name", ["n_views", "tube_current_mas", "detector_spacing_mm"])
def test_impossible_settings_are_refused(name):
    with pytest.raises(ValueError, match=f"{name} is 0; give a number above 0"):
        CTProtocol(**{name: 0})


def test_wrong_data_says_what_is_wrong():
    with pytest.raises(ValueError, match="360 views"):
        ct.reconstruct(np.zeros((10, 20)), QUIET)
    with pytest.raises(ValueError, match="choose one of ramp"):
        ct.reconstruct(np.zeros((360, 20)), QUIET, filter="magic")
    with pytest.raises(ValueError, match="stack"):
        ct.acquire(np.zeros(5), QUIET)
    with pytest.raises(ValueError, match="square"):
        ct.acquire(replace(cylinder(), spacing_mm=(1, 1, 2)), QUIET)


def test_inputs_are_not_modified():
    body, data = cylinder(), np.ones((360, 32), np.float32)
    before = body.labels.copy()
    ct.acquire(body, QUIET, rng=0, gain_error=0.1)
    ct.reconstruct(data, QUIET)
    np.testing.assert_array_equal(body.labels, before)
    assert np.all(data == 1)


@pytest.mark.parametrize(("bins", "pixel"), [(None, None), (90, None), (None, 2.0)])
def test_a_scan_lies_where_the_patient_lies(bins, pixel):
    """A rod off the middle is found at the rod's own place, whatever the detector's grid."""
    labels = np.zeros((2, 60, 64), np.uint8)
    labels[:, 20:24, 40:44] = 1
    patient = Patient(labels, ("air", "water"), (4.0, 1.5, 1.5), origin_mm=(30.0, -70.0, 12.0))
    protocol = replace(MONO, n_views=90, detector_spacing_mm=1.2, n_detectors=bins)
    volume = ct.scan(patient, protocol, **({"spacing_mm": pixel} if pixel else {}))
    mass = np.maximum(volume.pixels + 1000, 0) * (volume.pixels > -500)
    where = np.array([(mass * grid).sum() / mass.sum() for grid in np.indices(volume.shape)])
    left, back, up = (volume.affine @ (*where, 1))[:3]
    assert abs(left - (12 + 41.5 * 1.5)) < 0.3
    assert abs(back - (-70 + 21.5 * 1.5)) < 0.3
    assert abs(up - 32) < 1e-3
    middle = volume.affine @ (0, *((n - 1) / 2 for n in volume.shape[1:]), 1)
    assert middle[:3] == pytest.approx((12 + 31.5 * 1.5, -70 + 29.5 * 1.5, 30), abs=1e-6)


@pytest.mark.parametrize("body", [head, thorax])
def test_a_plane_of_a_body_has_its_height_and_its_middle(body):
    patient = body(shape=(64, 64))
    plane = patient.plane(0)
    volume = ct.scan(plane, replace(QUIET, n_views=30, detector_spacing_mm=5.0))
    centre = volume.affine @ (0, *((n - 1) / 2 for n in volume.shape[1:]), 1)
    assert centre[:3] == pytest.approx((0, 0, plane.origin_mm[0]), abs=3)


def test_an_array_has_no_place():
    assert ct.scan(np.full((8, 8), 0.02), QUIET).origin_mm == (0, 0, 0)
