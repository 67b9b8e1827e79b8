"""PET tells the truth: counts are conserved, corrections restore, noise falls with counts."""

from dataclasses import replace

import numpy as np
import pytest

from medkit.anatomy import Patient, lesions, phantoms, thorax
from medkit.constants import attenuation_per_mm
from medkit.image import Volume
from medkit.physics import pet
from medkit.physics.linear import reconstruction
from medkit.physics.linear.projection import ParallelBeam
from medkit.physics.pet import with_ct as petct
from medkit.physics.pet.recovery import NEMA_DIAMETERS_MM, recovered
from medkit.physics.pet.scanner import EmissionBeam, PETProtocol

QUIET = PETProtocol(scan_time_s=np.inf, n_views=96)
NOISY = replace(QUIET, scan_time_s=120.0)
AT = (np.arange(64) - 31.5) * 4.0
RADIUS = np.hypot(AT, AT[:, None])
WATER = float(attenuation_per_mm("water", 511.0))


def cylinder(radius_mm=100.0):
    return Patient(np.uint8(radius_mm > RADIUS)[None], ("air", "water"), (4.0, 4.0, 4.0))


def test_a_uniform_body_has_suv_1():
    image = pet.scan(cylinder(), QUIET, n_iterations=6)
    assert (image.unit, image.modality) == ("SUV", "PT")
    # 1 %: the edge of whole pixels; the middle and the outer part alike.
    assert image.pixels[0][RADIUS < 80].mean() == pytest.approx(1, abs=0.01)
    assert image.pixels[0][RADIUS < 25].mean() == pytest.approx(1, abs=0.015)


def test_attenuation_correction_restores_a_uniform_cylinder():
    """Without it, the middle shows e^{−μ·2r} of the truth at most; with it, all."""
    data = pet.acquire(cylinder(), QUIET)
    with_it = pet.reconstruct(data, QUIET, n_iterations=6) / QUIET.suv_bq_ml
    without = pet.reconstruct(data.without("attenuation"), QUIET, n_iterations=6)
    without = without / QUIET.suv_bq_ml
    rings = [np.floor_divide(RADIUS, 16) == k for k in range(5)]
    assert np.ptp([with_it[ring].mean() for ring in rings]) < 0.02
    profile = [without[ring].mean() for ring in rings]
    assert np.all(np.diff(profile) > 0)  # dark in the middle, bright skin
    assert profile[0] < 0.35


def test_attenuation_is_that_of_the_chord():
    data = pet.acquire(cylinder(), QUIET)
    through = -np.log(data.attenuation[0, 31:33].mean())
    assert through == pytest.approx(WATER * 200, rel=0.02)


def test_em_conserves_counts():
    """Σ Ax = Σ y after every iteration, whatever the noise, when nothing else is counted."""
    pure = replace(NOISY, scatter_fraction=0.0, window_ns=0.0)
    data = pet.acquire(cylinder(), pure, rng=1)
    beam = ParallelBeam((64, 64), pure.angles_deg, 64, spacing_mm=4.0)
    model = EmissionBeam(beam, pure.gain * data.attenuation)
    # A line that misses the image cannot be explained: the body fills the rest.
    totals = []
    reconstruction.mlem(
        data.prompts,
        model,
        n_iterations=8,
        callback=lambda _, x: totals.append(model.forward(x).sum(dtype=float)),
    )
    np.testing.assert_allclose(totals, data.prompts.sum(dtype=float), rtol=1e-4)


def test_em_makes_the_data_more_likely_each_time():
    data = pet.acquire(cylinder(), NOISY, rng=2)
    beam = ParallelBeam((64, 64), NOISY.angles_deg, 64, spacing_mm=4.0)
    model = EmissionBeam(beam, NOISY.gain * data.attenuation)
    likelihood = []

    def note(_, x):
        mean = model.forward(x).astype(float) + data.background
        likelihood.append((data.prompts * np.log(mean) - mean).sum())

    reconstruction.mlem(
        data.prompts, model, n_iterations=10, background=data.background, callback=note
    )
    assert np.all(np.diff(likelihood) > 0)


def test_osem_is_mlem_at_as_many_updates():
    data = pet.acquire(thorax(20.0, shape=(96, 96)), QUIET)
    slow = pet.reconstruct(data, QUIET, n_subsets=1, n_iterations=24)
    fast = pet.reconstruct(data, QUIET, n_subsets=8, n_iterations=3)
    few = pet.reconstruct(data, QUIET, n_subsets=1, n_iterations=3)
    gap = np.linalg.norm(fast - slow) / np.linalg.norm(slow)
    assert gap < 0.03
    assert gap < 0.2 * np.linalg.norm(few - slow) / np.linalg.norm(slow)


def test_noise_falls_as_one_over_the_root_of_the_counts():
    times, spread = np.array([30.0, 120.0, 480.0]), []
    for seconds in times:
        protocol = replace(NOISY, scan_time_s=seconds)
        one, two = (pet.scan(cylinder(), protocol, rng=seed).pixels[0] for seed in (1, 2))
        spread.append((one - two)[RADIUS < 80].std())
    slope = np.polyfit(np.log(times), np.log(spread), 1)[0]
    # OSEM is not linear: positivity and early stopping make it a little gentler.
    assert slope == pytest.approx(-0.5, abs=0.08)


def hot_rods(size, field_mm=320.0):
    """Draw rods of NEMA's diameters, four times as active as the cylinder of water they are in."""
    picture = {"shape": (size, size), "field_mm": field_mm, "oversample": 8}
    water = phantoms.ellipses([phantoms.Ellipse(1.0, (125.0, 125.0))], **picture)
    turns = np.arange(len(NEMA_DIAMETERS_MM)) * 2 * np.pi / len(NEMA_DIAMETERS_MM)
    covers = [
        phantoms.ellipses(
            [phantoms.Ellipse(1.0, (d / 2, d / 2), (57.2 * np.cos(t), 57.2 * np.sin(t)))], **picture
        )
        for d, t in zip(NEMA_DIAMETERS_MM, turns, strict=True)
    ]
    return water + 3 * sum(covers), water, [cover > 0.5 for cover in covers]


def test_more_iterations_are_sharper_and_noisier():
    uptake, water, rods = hot_rods(80)
    protocol = replace(NOISY, weight_kg=75.0)
    activity = uptake * np.float32(protocol.suv_bq_ml)
    mu, spacing = water * WATER, 320 / 80
    background = (water > 0.99) & ~np.any(rods, axis=0)
    contrast, noise = [], []
    for n in (1, 3, 8):
        options = {"n_iterations": n, "filter_mm": 0.0}
        quiet = pet.acquire(activity, QUIET, mu=mu, spacing_mm=spacing)
        noisy = pet.acquire(activity, protocol, mu=mu, spacing_mm=spacing, rng=3)
        sharp = pet.reconstruct(quiet, QUIET, **options)
        grainy = pet.reconstruct(noisy, protocol, **options)
        contrast.append(recovered(sharp, rods[1], 4.0, sharp[background].mean()))
        noise.append((grainy - sharp)[background].std())
    assert np.all(np.diff(contrast) > 0)
    assert np.all(np.diff(noise) > 0)


def test_recovery_falls_with_size():
    uptake, water, rods = hot_rods(160)
    activity = uptake * np.float32(QUIET.suv_bq_ml)
    fine = replace(QUIET, detector_spacing_mm=2.0)
    data = pet.acquire(activity, fine, mu=water * WATER)
    away = (water > 0.99) & ~np.any(rods, axis=0)
    image = pet.reconstruct(data, fine, filter_mm=0.0, n_iterations=12)
    found = [recovered(image, rod, 4.0, image[away].mean()) for rod in rods]
    assert np.all(np.diff(found) > 0)  # rods are sorted from small to large
    assert found[0] < 0.75
    assert found[-1] > 0.88  # the mean over a rod includes its soft edge


@pytest.mark.parametrize("name", ["randoms", "scatter"])
def test_leaving_out_the_background_adds_false_activity(name):
    data = pet.acquire(cylinder(), QUIET)
    outside = RADIUS > 112
    cleaned = pet.reconstruct(data, QUIET) / QUIET.suv_bq_ml
    fogged = pet.reconstruct(data.without(name), QUIET) / QUIET.suv_bq_ml
    assert fogged[outside].mean() > 3 * cleaned[outside].mean()
    assert fogged[RADIUS < 40].mean() > 1.1 * cleaned[RADIUS < 40].mean()


def test_twice_the_dose_gives_twice_the_trues_and_four_times_the_randoms():
    one = pet.acquire(cylinder(), replace(QUIET, dose_mbq=200.0))
    two = pet.acquire(cylinder(), replace(QUIET, dose_mbq=400.0))
    assert two.randoms.sum() / one.randoms.sum() == pytest.approx(4, rel=1e-5)
    trues = [(d.prompts - d.background).sum(dtype=float) for d in (one, two)]
    assert trues[1] / trues[0] == pytest.approx(2, rel=1e-4)


def test_a_hot_nodule_stands_out_and_sits_where_it_is():
    patient = thorax(20.0, shape=(128, 128))
    inside = lesions.blob(patient, (20.0, -10.0, -80.0), 9.0) < 1
    patient = patient.with_lesion("nodule", inside, "nodule")
    image = pet.scan(patient, PETProtocol(), uptake={"nodule": 8.0}, rng=5)
    row, column = np.unravel_index(image.pixels[0].argmax(), image.shape[1:])
    left = image.origin_mm[0] + column * image.spacing_mm[2]
    back = image.origin_mm[1] + row * image.spacing_mm[1]
    assert np.hypot(left + 80, back + 10) < 8
    assert 3 < image.pixels.max() < 9


def test_pet_and_ct_of_one_patient_lie_over_each_other():
    patient = thorax([20.0, 24.0, 28.0], shape=(96, 96))
    functional, anatomical = petct.scan(patient, rng=6)
    assert isinstance(functional, Volume)
    assert anatomical.unit == "HU"
    for axis in (0, 1):
        spans = [
            v.origin_mm[axis] + np.array([-0.5, v.shape[2 - axis] - 0.5]) * v.spacing_mm[2 - axis]
            for v in (functional, anatomical)
        ]
        assert spans[0].mean() == pytest.approx(spans[1].mean(), abs=1e-6)
    assert functional.origin_mm[2] == anatomical.origin_mm[2] == 20.0
    # The CT's μ restores what the patient's own does.
    truth = pet.scan(patient, PETProtocol(scan_time_s=np.inf))
    by_ct = petct.scan(patient, PETProtocol(scan_time_s=np.inf), rng=6)[0]
    inside = truth.pixels > 0.2
    assert np.abs(by_ct.pixels[inside] / truth.pixels[inside] - 1).mean() < 0.05


def test_activity_of_planes_spills_along_a_patient_but_not_between_images():
    labels = np.zeros((3, 64, 64), np.uint8)
    labels[1] = RADIUS < 60
    patient = Patient(labels, ("air", "water"), (4.0, 4.0, 4.0))
    assert pet.acquire(patient, QUIET).prompts[0].sum() > 0
    assert pet.acquire(labels.astype(np.float32), QUIET).prompts[0].sum() == 0


def test_inputs_are_kept_and_chance_is_an_argument():
    activity = np.full((32, 32), 4000.0, np.float32)
    before = activity.copy()
    one, two = (pet.acquire(activity, NOISY, rng=7).prompts for _ in range(2))
    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(activity, before)
    stack = pet.acquire(np.stack([activity, 2 * activity]), QUIET)
    assert stack.prompts.shape == (2, 96, 32)
    single = pet.acquire(activity, QUIET)
    np.testing.assert_allclose(stack.prompts[0], single.prompts, rtol=1e-5)


def test_errors_say_what_to_type():
    data = pet.acquire(np.ones((16, 16)), NOISY, rng=0)
    with pytest.raises(ValueError, match="48 views"):
        pet.reconstruct(data, replace(NOISY, n_views=48))
    with pytest.raises(ValueError, match="stack"):
        pet.acquire(np.ones(5))
    with pytest.raises(KeyError, match="it has: air"):
        pet.acquire(phantoms.disc(20.0, shape=(32, 32)), uptake={"liver": 2.0})
