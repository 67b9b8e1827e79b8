"""What the exercises of PET-CT take for true is true of the real files behind them."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from medkit.chapters.pet_ct import exercises, reading
from medkit.data import dicom
from medkit.physics.linear.projection import ParallelBeam
from medkit.physics.linear.reconstruction import osem
from medkit.physics.pet.attenuation import attenuation_511
from medkit.physics.pet.recovery import sphere_recovery


def test_from_ear_to_ear_in_the_real_skull_base():
    head = dicom.read(dicom.example("head_ct"))
    hu = np.maximum(head.pixels[0], -1000.0).reshape(128, 4, 128, 4).mean(axis=(1, 3))
    mm = 4 * head.spacing_mm[1]
    assert mm == pytest.approx(1.724, abs=0.001)
    percent = 100 * np.exp(-attenuation_511(hu)[82].sum() * mm)
    assert percent == pytest.approx(exercises._EARS, abs=0.05)


def test_the_header_is_the_real_one(test_data):
    dicom_file = pytest.importorskip("pydicom").dcmread
    folder = test_data / "petct" / "ibsi_sts" / "dicom" / "STS_008" / "PET" / "image"
    real = dicom_file(next(folder.glob("*.dcm")), stop_before_pixels=True)
    ours = exercises._header("GML", "ADMIN")
    for name in ("Units", "DecayCorrection", "PatientWeight", "SeriesTime"):
        assert getattr(real, name) == getattr(ours, name)
    theirs = real.RadiopharmaceuticalInformationSequence[0]
    for name, value in vars(ours.RadiopharmaceuticalInformationSequence[0]).items():
        assert theirs[name].value == value
    assert exercises.suv_factor(real) == 1.0


def test_the_factor_is_what_the_reader_of_the_kit_uses():
    """387 MBq in 55 kg, 3937 s later, with the half-life of the header."""
    left = 386818624 * 2 ** (-3937 / 6588)
    assert exercises.suv_factor(exercises._header("BQML", "START")) == pytest.approx(55000 / left)
    assert exercises.suv_factor(exercises._header("BQML", "ADMIN")) == pytest.approx(
        55000 / 386818624
    )


def test_a_pass_of_osem_is_the_kits_with_the_same_order_of_views():
    """Two subsets of a small parallel beam: the kit takes views 0, 2, … and then 1, 3, …"""
    beam = ParallelBeam((6, 6), np.arange(8) * 22.5, 6, spacing_mm=1.0)
    eye = np.eye(36, dtype=np.float32).reshape(36, 6, 6)
    matrix = np.stack([beam.forward(one).ravel() for one in eye], axis=1)  # (48 lines, 36)
    counts = np.random.default_rng(0).poisson(20 + 0 * matrix[:, 0]).astype(np.float32)
    views = np.arange(48).reshape(8, 6)
    # Lines are sorted so that every second *line* is a line of every second *view*.
    order = np.stack([views[0::2].ravel(), views[1::2].ravel()], axis=1).ravel()
    ours = exercises.osem_pass(np.ones(36), matrix[order], counts[order], np.zeros(48), 2)
    kits = osem(counts.reshape(8, 6), beam, n_subsets=2, n_iterations=1)
    np.testing.assert_allclose(ours, kits.ravel(), rtol=2e-3)


def test_a_pass_takes_sparse_tables_as_the_notebook_has_them():
    inputs = exercises.OSEM_PASS.cases[3].inputs
    dense = exercises.osem_pass(*inputs)
    sparse = exercises.osem_pass(inputs[0], csr_array(inputs[1]), *inputs[2:])
    np.testing.assert_allclose(sparse, dense)


def test_the_small_nodule_is_as_active_as_before_or_more():
    part = float(sphere_recovery(8.0, 7.0))
    assert (4 - 0.5) / part + 0.5 == pytest.approx(9.5, abs=0.2)
    assert float(sphere_recovery(20.0, 7.0)) > 0.98


def test_the_pale_cortex_is_left_and_parietal():
    even = np.ones((117, 117))
    pale = reading.to_read(even)
    row, column = np.unravel_index(pale.argmin(), pale.shape)
    assert row > 0.6 * 117, "behind the middle: the forehead is at the top"
    assert column > 0.6 * 117, "on the right of the picture: the patient's left"
    assert pale[:, :58].min() > 0.99
    assert pale[:40].min() > 0.97
    assert pale.min() == pytest.approx(0.55, abs=0.01)
