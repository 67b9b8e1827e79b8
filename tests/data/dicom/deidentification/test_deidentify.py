"""De-identification: no value survives, a series stays a series, the report is true."""

import struct

import numpy as np
import pydicom
import pytest

from medkit.data import dicom
from medkit.data.sets import catalogue
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
    bad = pydicom.data.get_testdata_file("badVR.dcm", download=False)  # NumberOfFrames is "1A"
    assert dicom.deidentify(bad, tmp_path / "bad").files == 1
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


def save(path, **values):
    """Write a small picture with these values in its header."""
    ds = pydicom.Dataset()
    ds.file_meta = pydicom.dataset.FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.1", pydicom.uid.generate_uid()
    ds.SeriesInstanceUID = ds.StudyInstanceUID = pydicom.uid.generate_uid()
    ds.Modality, ds.PhotometricInterpretation, ds.SamplesPerPixel = "CR", "MONOCHROME2", 1
    ds.Rows = ds.Columns = 4
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
    ds.PixelData = np.arange(16, dtype="<u2").tobytes()
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    path.parent.mkdir(parents=True, exist_ok=True)
    ds.save_as(path, enforce_file_format=True)
    return ds


def clean(source, folder, **options):
    report = dicom.deidentify(source, folder, **options)
    return report, [pydicom.dcmread(path) for path in sorted(folder.rglob("*.dcm"))]


def test_each_patient_has_a_pseudonym_that_only_the_key_gives(tmp_path):
    for k, (number, name) in enumerate(
        [("P1", "A^B"), ("P1 ", "A^Bee"), ("P2", "A^B"), ("", "Noname^Nora"), ("", "Noname^Nina")]
    ):
        save(tmp_path / "in" / f"{k}.dcm", PatientID=number, PatientName=name)
    _, files = clean(tmp_path / "in", tmp_path / "out", key="k")
    codes = [str(ds.PatientName) for ds in files]
    assert codes[0] == codes[1]  # of one patient, whose name is written in two ways
    assert len(set(codes)) == 4
    assert [ds.PatientID for ds in files] == codes
    # Another run with the key, of one file only, gives the same; without the key, another.
    for key, same in (("k", True), ("other", False), (None, False)):
        _, (again,) = clean(tmp_path / "in" / "2.dcm", tmp_path / str(key), key=key)
        assert (again.PatientID == codes[2]) is same


def test_a_split_by_patient_works_after_it(tmp_path):
    for k in range(12):
        for view in range(2):
            name = ("benign", "malignant")[k // 6]
            save(tmp_path / "in" / name / f"{k}_{view}.dcm", PatientID=f"P{k:02d}")
    for name in ("benign", "malignant"):
        dicom.deidentify(tmp_path / "in" / name, tmp_path / "out" / name, key="k")
    data = catalogue.load("folder", folder=tmp_path / "out", size=4)
    assert len(set(data.patients)) == 12
    assert all(len(set(data.part[data.patients == one])) == 1 for one in data.patients)


@pytest.mark.parametrize("vr", ["CS", "LO", "UT", "DS", "UI", "OB", "UN", "US"])
@pytest.mark.parametrize("first", [0x00080016, 0x00080018, 0x0008103E])
def test_what_a_wrong_length_swallowed_does_not_survive(tmp_path, vr, first):
    """An element reaches over those behind it, up to the first of its siblings from Rows on."""
    secrets = {
        "StudyInstanceUID": "1.3.12.2.1107.5.1.4.99999.30000024",
        "PatientID": "ID-77339",
        "PatientName": "Geheim^Petra",
        "StudyID": "Geheimsache",
    }
    save(tmp_path / "a.dcm", SeriesDescription="x", **secrets)
    data = (tmp_path / "a.dcm").read_bytes()
    start = data.find(struct.pack("<HH", first >> 16, first & 0xFFFF), 200)
    end = data.find(struct.pack("<HH", 0x0028, 0x0002), start)
    # A tag that the profile leaves alone, so that only the search can find what is in it.
    body = data[start:end] + b" " * ((end - start) % 2)
    tag = {"UI": 0x0008001A, "OB": 0x00282000, "US": 0x00281101, "DS": 0x00180050}
    tag = tag.get(vr, 0x00180015)
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr.encode()
    long = vr in ("UT", "OB", "UN")
    head += struct.pack("<HI", 0, len(body)) if long else struct.pack("<H", len(body))
    (tmp_path / "a.dcm").write_bytes(data[:start] + head + body + data[end:])
    try:
        report, (ds,) = clean(tmp_path / "a.dcm", tmp_path / "out")
    except dicom.DicomError as error:  # refused is right too
        assert "a.dcm" in str(error)  # noqa: PT017
        return
    content = next((tmp_path / "out").rglob("*.dcm")).read_bytes()
    assert not [text for text in secrets.values() if text.encode() in content]
    assert b"Geheim" not in content
    assert ds.PixelData == np.arange(16, dtype="<u2").tobytes()
    assert report.files == 1


def test_a_transfer_syntax_that_swallowed_the_file_is_refused(tmp_path):
    save(tmp_path / "a.dcm", PatientName="Geheim^Petra")
    data = bytearray((tmp_path / "a.dcm").read_bytes())
    where = data.find(b"\x02\x00\x10\x00UI")
    struct.pack_into("<H", data, where + 6, len(data) - where - 8)
    struct.pack_into("<I", data, 140, len(data) - 144)  # and all of it is said to be file meta
    (tmp_path / "a.dcm").write_bytes(data)
    with pytest.raises(dicom.DicomError, match=r"a\.dcm: holds no element|a\.dcm: is damaged"):
        dicom.deidentify(tmp_path / "a.dcm", tmp_path / "out")


def test_a_name_in_a_text_that_stays_is_taken_out(tmp_path):
    device = pydicom.Dataset()
    device.CodeValue, device.CodingSchemeDesignator = "1", "99X"
    device.CodeMeaning = "seen by Geheim, number id-77339"
    save(
        tmp_path / "a.dcm",
        PatientID="ID-77339",
        PatientName="Geheim^Petra",
        SoftwareVersions="geheim 1.2",
        Manufacturer="Head Ltd",
        BodyPartExamined="HEAD",
        InstitutionName="Head",
        DeviceSerialNumber="1234",
        RepetitionTime="1234",
        ProcedureCodeSequence=[device],
        AnatomicRegionSequence=[device],
    )
    with open(tmp_path / "a.dcm", "ab") as file:
        file.write(struct.pack("<HH2sHI", 0xFFFC, 0xFFFC, b"OB", 0, 12) + b"Petra Geheim")
    report, (ds,) = clean(tmp_path / "a.dcm", tmp_path / "out")
    content = next((tmp_path / "out").rglob("*.dcm")).read_bytes().lower()
    assert not [text for text in (b"geheim", b"petra", b"id-77339") if text in content]
    assert ("SoftwareVersions" in ds, ds.Manufacturer) == (False, "Head Ltd")
    assert (ds.BodyPartExamined, ds.RepetitionTime) == ("HEAD", 1234)
    assert any("SoftwareVersions held an identifier" in text for text in report.warnings)


def test_a_name_in_a_compressed_stream_is_refused(tmp_path):
    source = pydicom.dcmread(dicom.example("jpeg"))
    source.PatientName = "Geheimrat^Petra"
    (frame,) = pydicom.encaps.generate_frames(source.PixelData, number_of_frames=1)
    comment = b"\xff\xfe" + struct.pack(">H", 17) + b"Geheimrat^Petra"
    source.PixelData = pydicom.encaps.encapsulate([frame[:2] + comment + frame[2:]])
    source.save_as(tmp_path / "a.dcm")
    with pytest.raises(dicom.DicomError, match=r"a\.dcm: is damaged, so it is not sure"):
        dicom.deidentify(tmp_path / "a.dcm", tmp_path / "out")


def test_cut_files_are_cleaned_fully_or_refused_in_one_sentence(tmp_path):
    whole = dicom.example("mr_rle").read_bytes()
    end = whole.rfind(b"\xfe\xff\xdd\xe0")
    rng = np.random.default_rng(3)
    for cut in rng.integers(200, end, 30):
        (tmp_path / "a.dcm").write_bytes(whole[:cut])
        try:  # between two elements nothing in the file says that there were more
            _, (ds,) = clean(tmp_path / "a.dcm", tmp_path / f"out{cut}")
            assert "PixelData" not in ds
        except dicom.DicomError as error:
            line = str(error).splitlines()[-1]
            assert line.startswith("a.dcm: ")
            assert len(line) < 200


NAMED = {  # character set, name, and how a text that stays writes it
    "empty components": ("ISO_IR 100", "Lee^Ann^^^", "Lee Ann"),
    "given name first": ("ISO_IR 100", "Lee^Ann", "Ann Lee"),
    "with a comma": ("ISO_IR 100", "Lee^Ann", "Lee, Ann"),
    "umlaut in capitals": ("ISO_IR 100", "Müller^Jörg", "MÜLLER"),
    "umlaut in UTF-8": ("ISO_IR 192", "Müller^Jörg", "MÜLLER JÖRG"),
    "Chinese": ("ISO_IR 192", "Wang^XiaoDong=王^小东", "患者王小东的"),
    "Chinese, GB 18030": ("GB18030", "Wang^XiaoDong=王^小东", "患者王小东的"),
    "Japanese, with escapes": (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎", "患者山田太郎"),
    "Korean, with escapes": (["", "ISO 2022 IR 149"], "Hong^Gildong=洪^吉洞=홍^길동", "홍길동"),
    "date of birth, ISO": ("ISO_IR 100", "Meier^Anna", "1961-05-23"),
    "date of birth, German": ("ISO_IR 100", "Meier^Anna", "23.05.1961"),
    "date of birth, American": ("ISO_IR 100", "Meier^Anna", "05/23/1961"),
    "number without zeros": ("ISO_IR 100", "Meier^Anna", "123456"),
}


@pytest.mark.parametrize("case", NAMED)
def test_a_name_or_date_is_found_however_a_text_writes_it(case, tmp_path):
    charset, name, text = NAMED[case]
    save(
        tmp_path / "a.dcm",
        SpecificCharacterSet=charset,
        PatientName=name,
        PatientID="000123456",
        PatientBirthDate="19610523",
        SoftwareVersions=f"4.1 {text} b",
    )
    assert text in str(pydicom.dcmread(tmp_path / "a.dcm").SoftwareVersions)
    report, (ds,) = clean(tmp_path / "a.dcm", tmp_path / "out")
    assert text not in str(ds.get("SoftwareVersions"))
    assert any("SoftwareVersions held an identifier" in said for said in report.warnings)


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ({"AcquisitionDateTime": "20240102103000.00"}, "2024-01-02"),
        ({"PatientAddress": "Hauptstr. 12, 10115 Musterstadt"}, "Hauptstr. 12"),
    ],
)
def test_a_part_of_what_identifies_is_found(header, text, tmp_path):
    save(tmp_path / "a.dcm", SoftwareVersions=f"4.1 {text} b", **header)
    _, (ds,) = clean(tmp_path / "a.dcm", tmp_path / "out")
    assert "SoftwareVersions" not in ds


def test_addresses_of_servers_go(tmp_path):
    save(tmp_path / "a.dcm", RetrieveURL="https://pacs.hospital.example/1", PatientAge="093Y")
    _, (ds,) = clean(tmp_path / "a.dcm", tmp_path / "out")
    assert "RetrieveURL" not in ds
    assert not ds.get("PatientAge")


def test_an_empty_key_is_refused(tmp_path):
    save(tmp_path / "a.dcm")
    with pytest.raises(ValueError, match="key is empty"):
        dicom.deidentify(tmp_path / "a.dcm", tmp_path / "no", key=" ")


def test_a_text_without_the_name_stays(tmp_path):
    save(
        tmp_path / "a.dcm",
        PatientName="Li^Xu",
        PatientBirthDate="19610523",
        PatientID="0007",
        SoftwareVersions="Xu filter, Li lens, 7, 1961",
    )
    _, (ds,) = clean(tmp_path / "a.dcm", tmp_path / "out")
    assert ds.SoftwareVersions == "Xu filter, Li lens, 7, 1961"
