"""The PET scanner's numbers: adjoint, blur, sensitivity, decay, attenuation from CT."""

import numpy as np
import pytest

from medkit.constants import ELECTRON_REST_KEV, ISOTOPES, attenuation_per_mm, hounsfield
from medkit.physics import pet
from medkit.physics.linear import dot_test
from medkit.physics.linear.projection import ParallelBeam
from medkit.physics.pet.attenuation import BILINEAR, attenuation_511
from medkit.physics.pet.coincidences import scatter
from medkit.physics.pet.scanner import SENSITIVITY, EmissionBeam, PETProtocol, blur


@pytest.mark.parametrize("shape", [(32, 32), (2, 24, 32)])
def test_the_system_and_its_adjoint_are_a_pair(shape):
    beam = ParallelBeam(shape, np.arange(20) * 9.0, 32, spacing_mm=4.0)
    factors = np.random.default_rng(0).uniform(0.1, 1, beam.output_shape)
    support = np.hypot(*np.mgrid[-1 : 1 : 1j * shape[-2], -1 : 1 : 1j * shape[-1]]) < 1
    model = EmissionBeam(beam, factors, support=support)
    assert dot_test(model, 1) < 1e-6
    assert dot_test(model.subset(slice(1, None, 4)), 2) < 1e-6


def test_a_subset_sees_the_same_as_the_whole():
    beam = ParallelBeam((32, 32), np.arange(20) * 9.0, 32)
    model = EmissionBeam(beam, np.linspace(0.1, 1, 640).reshape(20, 32))
    x = np.random.default_rng(0).uniform(size=(32, 32))
    np.testing.assert_allclose(
        model.forward(x)[2::5], model.subset(slice(2, None, 5)).forward(x), rtol=1e-5
    )


def test_resolution_is_what_a_point_source_shows():
    point = np.zeros((129, 129), np.float32)
    point[64, 64] = 1.0
    profile = blur(point, PETProtocol().resolution_mm, 0.5)[64]
    above = np.flatnonzero(profile >= profile.max() / 2)
    assert (above[-1] - above[0]) * 0.5 == pytest.approx(PETProtocol().resolution_mm, abs=0.75)


def test_detected_counts_are_sensitivity_times_positrons():
    """Σ counts = decays × positrons a decay × sensitivity, for a source in air."""
    protocol = PETProtocol(scan_time_s=np.inf, scatter_fraction=0.0, window_ns=0.0, n_views=60)
    activity = np.zeros((48, 48))
    activity[20:28, 20:28] = 5000.0
    counts = pet.acquire(activity, protocol).prompts.sum(dtype=float)
    decays = activity.sum() * 4.0**3 / 1000 * protocol.seconds
    assert counts == pytest.approx(decays * 0.969 * SENSITIVITY, rel=2e-3)


def test_fluorine_is_half_gone_after_110_minutes():
    assert ISOTOPES["F-18"].half_life_min == 109.77
    now, later = PETProtocol(uptake_min=0.0), PETProtocol(uptake_min=109.77)
    assert later.suv_bq_ml == pytest.approx(now.suv_bq_ml / 2)
    # Counting for one half-life: half of what is there decays, 1/ln 2 − … = 0.7213 of the time.
    long = PETProtocol(scan_time_s=109.77 * 60)
    assert long.seconds == pytest.approx(0.5 / np.log(2) * 109.77 * 60)


def test_scatter_is_smooth_and_as_much_as_the_fraction_says():
    trues = np.zeros((2, 4, 101), np.float32)
    trues[..., 50] = 100.0
    scattered = scatter(trues, PETProtocol(scatter_fraction=0.35))
    share = scattered.sum() / (scattered.sum() + trues.sum())
    assert share == pytest.approx(0.35, rel=1e-5)
    assert np.all(np.diff(scattered[0, 0, :51]) > 0)  # one broad hill
    assert scattered.max() < 0.02 * trues.max()


@pytest.mark.parametrize("kvp", BILINEAR)
def test_both_lines_meet_at_the_break(kvp):
    corner = BILINEAR[kvp][2]
    below, above = attenuation_511([corner - 0.01, corner + 0.01], kvp)
    assert below == pytest.approx(above, rel=1e-3)


@pytest.mark.parametrize(
    ("tissue", "tolerance"),
    [("water", 0.01), ("muscle", 0.02), ("adipose", 0.03), ("lung", 0.02), ("blood", 0.02),
     ("spongy_bone", 0.04), ("cortical_bone", 0.06)],
)  # fmt: skip
def test_two_lines_give_the_attenuation_of_tissues(tissue, tolerance):
    """Against NIST's tables: what a 120 kV scanner shows of a tissue leads to its μ at 511 keV."""
    truth = attenuation_per_mm(tissue, ELECTRON_REST_KEV)
    assert attenuation_511(hounsfield(tissue, 70.0)) == pytest.approx(truth, rel=tolerance)


def test_iodine_is_taken_for_bone():
    """The known flaw: contrast medium is over-corrected."""
    truth = attenuation_per_mm("blood_iodine", ELECTRON_REST_KEV)
    assert attenuation_511(hounsfield("blood_iodine", 70.0)) > 1.1 * truth


def test_settings_are_checked():
    with pytest.raises(ValueError, match="scan_time_s is 0"):
        PETProtocol(scan_time_s=0)
    with pytest.raises(ValueError, match="scatter_fraction"):
        PETProtocol(scatter_fraction=1.0)
