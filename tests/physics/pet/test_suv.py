"""SUV: decay, lean mass, and agreement with what the DICOM reader makes of a header."""

import numpy as np
import pydicom
import pytest

from medkit.data import dicom
from medkit.image import Volume
from medkit.physics.pet import suv
from medkit.physics.pet.scanner import PETProtocol


def test_uptake_and_activity_are_inverse():
    protocol = PETProtocol(dose_mbq=250, weight_kg=60, uptake_min=55)
    activity = np.array([1.0, 2.5]) * protocol.suv_bq_ml
    back = suv.suv(activity, 250e6, 60, elapsed_s=55 * 60)
    np.testing.assert_allclose(back, [1.0, 2.5], rtol=1e-6)


def test_decay_halves_and_multiplies():
    assert suv.decay(2 * 109.77 * 60) == pytest.approx(0.25)
    assert suv.decay(1000) * suv.decay(2000) == pytest.approx(float(suv.decay(3000)))


@pytest.mark.parametrize("correction", ["START", "ADMIN"])
def test_the_same_header_gives_the_same_suv(tmp_path, correction):
    """The scanner's way (here) and the reader's way (medkit.data) are one formula."""
    (path,) = dicom.write(
        Volume(np.full((1, 4, 4), 10, np.int16), (3, 2, 2), "SUV", "PT"), tmp_path / "pet"
    )
    ds, tracer = pydicom.dcmread(path), pydicom.Dataset()
    tracer.RadionuclideTotalDose, tracer.RadionuclideHalfLife = "370000000", "6586.2"
    tracer.RadiopharmaceuticalStartTime = "090000"
    ds.RadiopharmaceuticalInformationSequence = [tracer]
    ds.Units, ds.DecayCorrection, ds.PatientWeight, ds.RescaleSlope = (
        "BQML",
        correction,
        "75",
        "100",
    )
    ds.SeriesDate = ds.AcquisitionDate = "20200101"
    ds.SeriesTime = ds.AcquisitionTime = "095730"
    ds.save_as(path)
    elapsed = 57.5 * 60 if correction == "START" else 0.0
    ours = suv.suv(1000.0, 370e6, 75.0, elapsed_s=elapsed)
    assert dicom.read(path).pixels[0, 0, 0] == pytest.approx(float(ours), rel=1e-6)


def test_lean_mass_agrees_with_published_examples():
    # A man of 100 kg and 1.80 m, by hand.
    assert suv.lean_body_mass(100, 1.8, "M") == pytest.approx(9270 * 100 / (6680 + 216 * 30.8642))


def test_lean_mass_is_less_than_weight_and_grows_with_it():
    weights = np.arange(50, 200, 10)
    for sex in "MF":
        lean = np.array([suv.lean_body_mass(w, 1.7, sex) for w in weights])
        assert np.all(lean < weights)
        assert np.all(np.diff(lean) > 0)


def test_a_lesion_is_measured():
    values, mask = np.zeros((9, 15, 15), np.float32), np.zeros((9, 15, 15), bool)
    mask[2:7, 4:11, 4:11] = True
    values[mask] = 3.0
    values[4, 7, 7] = 9.0  # one noisy voxel
    found = suv.measure(values, mask, (3.0, 2.0, 2.0))
    assert found.maximum == 9.0
    assert 3.0 < found.peak < 3.3
    assert found.volume_ml == pytest.approx(245 * 12 / 1000)
    assert found.mean == pytest.approx((244 * 3 + 9) / 245)
    assert found.total_glycolysis == pytest.approx(found.mean * found.volume_ml)


def test_the_peak_is_the_mean_over_one_millilitre():
    values = np.full((21, 21, 21), 3.0, np.float32)
    values[10, 10, 10] = 903.0  # one hot voxel of 1 mm³ raises the mean over 1000 by 0.9
    found = suv.measure(values, values > 0, (1.0, 1.0, 1.0))
    assert found.peak == pytest.approx(3.9, abs=0.05)


def test_real_lesions_have_believable_uptake(test_data):
    """Three sarcomas; their contours hold the hot spots."""
    nibabel = pytest.importorskip("nibabel")
    folder = test_data / "petct" / "ibsi_sts" / "nifti"
    for patient in ("STS_008", "STS_025", "STS_042"):
        picture, mask = (
            nibabel.load(folder / patient / f"PET_{kind}.nii.gz") for kind in ("image", "mask")
        )
        values, inside = (np.asarray(v.dataobj).T for v in (picture, mask))
        found = suv.measure(values, inside > 0, picture.header.get_zooms()[::-1])
        assert 5 < found.maximum < 8
        assert found.maximum >= found.peak >= found.mean > 1.5


def test_errors_say_what_to_type():
    with pytest.raises(ValueError, match="metres"):
        suv.lean_body_mass(75, 175, "M")
    with pytest.raises(ValueError, match="'F' or 'M'"):
        suv.lean_body_mass(75, 1.75, "X")
    with pytest.raises(ValueError, match="dose in"):
        suv.suv(1.0, 0.0, 75)
    with pytest.raises(ValueError, match="mark the lesion"):
        suv.measure(np.ones((2, 2, 2)), np.zeros((2, 2, 2)), (1, 1, 1))
