"""De-identification: no value survives, a series stays a series, the report is true."""

import numpy as np
import pydicom
import pytest

from medkit.data import dicom
from medkit.image import Volume

SECRETS = {
    "PatientName": "Geheim^Petra",
    "PatientID": "ID-7733991",
    "PatientBirthDate": "19610203",
    "PatientAddress": "Hohlweg 77",
    "ReferringPhysicianName": "Doktor^Eisenbart",
    "InstitutionName": "Spital Hinterwald",
    "StationName": "SCANNER-77",
    "AccessionNumber": "ACC-991177",
    "StudyDescription": "Verdacht bei Frau Geheim",
    "DeviceSerialNumber": "SN-556677",
    "StudyDate": "20190817",
    "StudyTime": "112233",
    "LastMenstrualDate": "20190731",
}


@pytest.fixture
def series(tmp_path):
    """Three slices full of secrets, also in sequences, private elements and the file's head."""
    volume = Volume(np.arange(48, dtype=np.int16).reshape(3, 4, 4), (2, 1, 1), "HU", "CT")
    paths = dicom.write(volume, tmp_path / "petra geheim")
    for path in paths:
        ds = pydicom.dcmread(path)
        for keyword, value in SECRETS.items():
            setattr(ds, keyword, value)
        inner = pydicom.Dataset()
        inner.PatientName, inner.StudyDescription = "Innen^Petra", "Innen drin"
        inner.ReferencedSOPInstanceUID = pydicom.dcmread(paths[0]).SOPInstanceUID
        ds.DerivationCodeSequence = [inner]
        ds.private_block(0x0099, "GEHEIM PRIVAT", create=True).add_new(1, "LO", "Privat^Petra")
        ds.file_meta.SourceApplicationEntityTitle = "GEHEIM_AE"
        ds.preamble = b"Petra" + bytes(123)
        ds.save_as(path)
    return tmp_path / "petra geheim", volume


def test_no_secret_survives_anywhere(series, tmp_path):
    folder, _ = series
    before = [pydicom.dcmread(path) for path in folder.iterdir()]
    dicom.deidentify(folder, tmp_path / "clean")
    secrets = [*SECRETS.values(), "Innen", "Privat", "PRIVAT", "GEHEIM", "Petra", "Geheim"]
    for ds in before:
        secrets += [ds.SOPInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID]
    files = list((tmp_path / "clean").rglob("*.dcm"))
    assert len(files) == 3
    for path in files:
        content = path.read_bytes()
        assert not [secret for secret in secrets if secret.encode() in content]
        assert "geheim" not in str(path.relative_to(tmp_path)).lower()


def test_the_series_stays_a_series_with_its_pixels(series, tmp_path):
    folder, volume = series
    dicom.deidentify(folder, tmp_path / "clean")
    found = dicom.read(tmp_path / "clean")
    np.testing.assert_array_equal(found.pixels, volume.pixels)
    np.testing.assert_allclose(found.affine, volume.affine)
    after = [pydicom.dcmread(path) for path in sorted((tmp_path / "clean").rglob("*.dcm"))]
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"):
        assert len({getattr(ds, keyword) for ds in after}) == 1
    assert len({ds.SOPInstanceUID for ds in after}) == 3
    # The reference inside a sequence still points at the first slice.
    targets = {ds.DerivationCodeSequence[0].ReferencedSOPInstanceUID for ds in after}
    assert targets == {next(ds.SOPInstanceUID for ds in after if ds.InstanceNumber == 1)}
    for ds in after:
        assert ds.file_meta.MediaStorageSOPInstanceUID == ds.SOPInstanceUID
        assert ds.PatientIdentityRemoved == "YES"
        assert ds.DeidentificationMethodCodeSequence[0].CodeValue == "113100"


def test_same_key_same_uids_other_key_others(series, tmp_path):
    folder, _ = series
    uids = []
    for name, key in (("a", "k1"), ("b", "k1"), ("c", "k2"), ("d", None), ("e", None)):
        dicom.deidentify(folder, tmp_path / name, key=key)
        uids.append(pydicom.dcmread(next((tmp_path / name).rglob("*.dcm"))).SeriesInstanceUID)
    assert uids[0] == uids[1]
    assert len(set(uids)) == 4
    assert all(pydicom.uid.UID(uid).is_valid for uid in uids)


def test_report_says_what_was_changed_and_no_value(series, tmp_path):
    report = dicom.deidentify(series[0], tmp_path / "clean")
    assert report.files == 3
    changes = {keyword: (action, n) for (_, keyword, action), n in report.changes.items()}
    assert changes["PatientAddress"] == ("removed", 3)
    assert changes["LastMenstrualDate"] == ("removed", 3)
    assert changes["SOPInstanceUID"] == ("new UID", 3)
    assert changes["PatientIdentityRemoved"] == ("added", 3)
    assert changes["PatientName"][0] in ("replaced", "emptied")
    assert sum(report.counts.values()) == sum(report.changes.values())
    for text in (repr(report), report._repr_html_()):
        assert not [secret for secret in SECRETS.values() if secret in text]
    assert "3 file(s)" in repr(report)


@pytest.mark.parametrize("name", ["colour", "ultrasound_cine", "palette", "jpeg"])
def test_burned_in_text_is_warned_of(name, tmp_path):
    report = dicom.deidentify(dicom.example(name), tmp_path / "clean")
    assert any("burned into the picture" in warning for warning in report.warnings)


def test_burned_in_said_by_the_header_is_believed(series, tmp_path):
    folder, _ = series
    assert dicom.deidentify(folder, tmp_path / "a").warnings == ()
    for path in folder.iterdir():
        ds = pydicom.dcmread(path)
        ds.BurnedInAnnotation, ds.BodyPartExamined = "YES", "HEAD"
        ds.save_as(path)
    text = " ".join(dicom.deidentify(folder, tmp_path / "b").warnings)
    assert "BurnedInAnnotation is YES" in text
    assert "a face can be rebuilt" in text


def test_compressed_and_odd_files_go_through(tmp_path):
    for name in ("jpeg2000", "mr_rle", "rt_structures", "report", "ecg", "mr_big_endian"):
        report = dicom.deidentify(dicom.example(name), tmp_path / name)
        assert report.files == 1
        (path,) = (tmp_path / name).rglob("*.dcm")
        # Some of these begin without the DICM mark; what is written has it.
        before, after = pydicom.dcmread(dicom.example(name), force=True), pydicom.dcmread(path)
        assert after.get("PixelData") == before.get("PixelData")
        assert str(after.get("PatientName", "")) != str(before.get("PatientName", "")) or not str(
            before.get("PatientName", "")
        )


def test_bad_files_are_skipped_and_named(series, tmp_path):
    folder, _ = series
    (folder / "notes.txt").write_text("Petra was here")
    report = dicom.deidentify(folder, tmp_path / "clean")
    assert report.files == 3
    assert "notes.txt" in report.skipped[0]
    with pytest.raises(dicom.DicomError, match="no DICOM file"):
        dicom.deidentify(folder / "notes.txt", tmp_path / "none")
    assert not (tmp_path / "none").exists()
    with pytest.raises(FileExistsError):
        dicom.deidentify(folder, tmp_path / "clean")
