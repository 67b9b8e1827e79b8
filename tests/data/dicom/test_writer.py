"""Written series: valid, complete or absent, and read back as what was written."""

import numpy as np
import pydicom
import pytest

from medkit.data import dicom
from medkit.image import Volume

SPACING = (2.0, 0.7, 0.8)
RNG = np.random.default_rng(0)
VOLUMES = {
    "CT": Volume(RNG.integers(-1024, 3000, (3, 6, 5), np.int16), SPACING, "HU", "CT"),
    "MR": Volume(RNG.random((3, 6, 5), np.float32) * 900, SPACING, "1", "MR"),
    "OT": Volume(RNG.random((3, 6, 5)), SPACING),
    "US": Volume(RNG.integers(0, 256, (3, 6, 5, 3), np.uint8), SPACING, "1", "US"),
}
#: Type 1 attributes of each kind's modules (PS3.3): there, with a value.
COMMON = [
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "Modality",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PixelData",
]
PLANE = ["FrameOfReferenceUID", "PixelSpacing", "ImageOrientationPatient", "ImagePositionPatient"]
TYPE_1 = {
    "CT": [*PLANE, "ImageType", "RescaleIntercept", "RescaleSlope", "RescaleType"],
    "MR": ["ConversionType"],
    "OT": ["ConversionType"],
    "US": ["ConversionType", "PlanarConfiguration"],
}
#: Type 2: there, with a value or empty.
COMMON_2 = [
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "ReferringPhysicianName",
    "StudyID",
    "SeriesNumber",
    "Manufacturer",
    "InstanceNumber",
]
TYPE_2 = {
    "CT": ["KVP", "AcquisitionNumber", "SliceThickness", "PositionReferenceIndicator"],
    "MR": [],
    "OT": [],
    "US": [],
}


@pytest.mark.parametrize("kind", VOLUMES)
def test_every_mandatory_attribute_is_there(kind, tmp_path):
    paths = dicom.write(VOLUMES[kind], tmp_path / "out")
    uids = set()
    for path in paths:
        ds = pydicom.dcmread(path)
        assert not [k for k in COMMON + TYPE_1[kind] if ds.get(k) in (None, "")]
        assert not [k for k in COMMON_2 + TYPE_2[kind] if k not in ds]
        assert ds.file_meta.MediaStorageSOPInstanceUID == ds.SOPInstanceUID
        for uid in (ds.SOPInstanceUID, ds.SeriesInstanceUID, ds.StudyInstanceUID):
            assert pydicom.uid.UID(uid).is_valid
        uids.add(ds.SOPInstanceUID)
    assert len(uids) == len(paths)


@pytest.mark.parametrize("kind", VOLUMES)
def test_round_trip(kind, tmp_path):
    volume = VOLUMES[kind]
    dicom.write(volume, tmp_path / "out")
    found = dicom.read(tmp_path / "out")
    # Floats are rounded to 1/65,534 of their range.
    step = {"CT": 0, "US": 0}.get(kind, np.ptp(volume.pixels) / 65534)
    np.testing.assert_allclose(found.pixels, volume.pixels, rtol=0, atol=0.51 * step + 1e-7)
    np.testing.assert_allclose(found.affine, volume.affine)
    assert found.unit == volume.unit
    assert found.is_colour == volume.is_colour


def test_float_volume_of_whole_numbers_is_exact(tmp_path):
    pixels = np.array([[[-1024.0, 0, 3071]]], np.float32)
    dicom.write(Volume(pixels, SPACING, "HU", "CT"), tmp_path / "out")
    np.testing.assert_array_equal(dicom.read(tmp_path / "out").pixels, pixels)


def test_inputs_and_description_are_carried(tmp_path):
    volume = Volume(
        np.zeros((1, 2, 2), np.int16),
        SPACING,
        "HU",
        "CT",
        window=(40, 400),
        meta={"KVP": 120.0, "Exposure": 300.0, "BodyPartExamined": "HEAD"},
    )
    dicom.write(volume, tmp_path / "out", patient_name="Müller^Äö", series_description="Probe")
    ds = pydicom.dcmread(tmp_path / "out" / "IM0001.dcm")
    assert str(ds.PatientName) == "Müller^Äö"
    found = dicom.read(tmp_path / "out")
    assert found.window == (40, 400)
    assert found.meta["KVP"] == 120
    assert found.meta["Exposure"] == 300
    assert found.meta["BodyPartExamined"] == "HEAD"
    assert found.meta["SeriesDescription"] == "Probe"


def test_nothing_is_overwritten_and_nothing_half_written(tmp_path, monkeypatch):
    dicom.write(VOLUMES["CT"], tmp_path / "out")
    with pytest.raises(FileExistsError, match="new folder"):
        dicom.write(VOLUMES["CT"], tmp_path / "out")
    real, calls = pydicom.Dataset.save_as, []

    def fails_at_second(self, *args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            raise OSError("disk full")
        return real(self, *args, **kwargs)

    monkeypatch.setattr(pydicom.Dataset, "save_as", fails_at_second)
    with pytest.raises(OSError, match="disk full"):
        dicom.write(VOLUMES["CT"], tmp_path / "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_what_dicom_cannot_hold_is_refused(tmp_path):
    bad = VOLUMES["OT"].with_pixels(np.full((1, 2, 2), np.nan))
    with pytest.raises(ValueError, match="NaN"):
        dicom.write(bad, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_writing_leaves_the_volume_as_it_was(tmp_path):
    pixels = VOLUMES["MR"].pixels.copy()
    dicom.write(VOLUMES["MR"], tmp_path / "out")
    np.testing.assert_array_equal(VOLUMES["MR"].pixels, pixels)


@pytest.mark.parametrize("modality", ["CT", "PT", ""])
@pytest.mark.parametrize("largest", [1e20, 1e30, 1e300])
def test_values_too_large_for_a_slope_are_refused(modality, largest, tmp_path):
    pixels = np.linspace(0, largest, 16).reshape(1, 4, 4)
    with pytest.raises(ValueError, match="another unit"):
        dicom.write(Volume(pixels, modality=modality), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_small_range_about_a_large_number_is_refused(tmp_path):
    """An intercept has 16 characters: about 10¹⁴ they leave no room for tenths."""
    pixels = 1e14 + np.linspace(0.3, 1.1, 16).reshape(1, 4, 4)
    with pytest.raises(ValueError, match="another unit"):
        dicom.write(Volume(pixels, modality="CT"), tmp_path / "out")
