"""What the kit says about sources that it cannot read, or can read in part only."""

import builtins
import os
import shutil
import struct

import numpy as np
import pydicom
import pytest

from medkit.data import dicom
from medkit.data.dicom import ecg
from medkit.data.sets import catalogue
from medkit.image import Volume


def closed(monkeypatch, *names):
    """Let files and folders of these names be closed to us, as to anybody who is not root."""
    opened, scanned = builtins.open, os.scandir

    def refuse(path, call, *args, **options):
        if not isinstance(path, int) and os.path.basename(os.fspath(path)) in names:
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return call(path, *args, **options)

    monkeypatch.setattr("builtins.open", lambda path, *a, **k: refuse(path, opened, *a, **k))
    monkeypatch.setattr("io.open", lambda path, *a, **k: refuse(path, opened, *a, **k))
    monkeypatch.setattr("os.scandir", lambda path=".": refuse(path, scanned))


@pytest.fixture
def ct(tmp_path):
    volume = Volume(np.arange(48, dtype=np.int16).reshape(3, 4, 4), (2, 1, 1), "HU", "CT")
    return volume, dicom.write(volume, tmp_path / "ct")


def test_what_may_not_be_opened_is_left_out_with_a_note(ct, tmp_path, monkeypatch):
    volume, paths = ct
    shutil.copy(paths[0], tmp_path / "ct" / "closed.dcm")
    closed(monkeypatch, "closed.dcm")
    found = dicom.read(tmp_path / "ct")
    np.testing.assert_array_equal(found.pixels, volume.pixels)
    notes = " ".join(found.notes)
    assert "closed.dcm: cannot be opened (Permission denied)" in notes
    report = dicom.deidentify(tmp_path / "ct", tmp_path / "out")
    assert report.files == 3
    assert sum("cannot be opened" in text for text in report.skipped) == 1


@pytest.mark.parametrize(
    "read",
    [
        dicom.read,
        ecg.read,
        lambda path: dicom.deidentify(path, path.parent / "out"),
    ],
)
def test_what_is_closed_altogether_is_said_to_be(ct, tmp_path, monkeypatch, read):
    closed(monkeypatch, "IM0001.dcm")
    with pytest.raises(dicom.DicomError, match=r"IM0001\.dcm: cannot be opened \(Permission"):
        read(tmp_path / "ct" / "IM0001.dcm")


def test_a_closed_folder_is_not_called_empty(ct, tmp_path, monkeypatch):
    closed(monkeypatch, "ct")
    for read in (dicom.read, lambda path: dicom.deidentify(path, tmp_path / "out")):
        with pytest.raises(dicom.DicomError, match=r"ct: cannot be opened \(Permission denied\)"):
            read(tmp_path / "ct")


def test_a_data_set_names_what_is_closed(tmp_path, monkeypatch):
    for k in range(8):
        folder = tmp_path / "set" / "ab"[k % 2]
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / f"p{k}.npy", np.full((4, 4), k / 8))
    (tmp_path / "set" / "a" / "scan").write_bytes(b"x")
    closed(monkeypatch, "scan")
    with pytest.raises(PermissionError, match="scan"):
        catalogue.load("folder", folder=tmp_path / "set", size=4)


@pytest.mark.parametrize("path", ["", " ", "\t\n", "a\0b"])
@pytest.mark.parametrize(
    "read",
    [
        dicom.read,
        ecg.read,
        lambda path: dicom.read([path]),
        lambda path: dicom.deidentify(path, "out"),
        lambda path: dicom.deidentify(dicom.example("ct"), path),
        lambda path: dicom.write(dicom.read(dicom.example("ct")), path),
        lambda path: catalogue.load("folder", folder=path),
        lambda path: catalogue.load("breastmnist", folder=path),
    ],
)
def test_an_empty_text_is_no_path(tmp_path, monkeypatch, read, path):
    monkeypatch.chdir(tmp_path)
    shutil.copy(dicom.example("ct"), tmp_path / "a.dcm")
    with pytest.raises(dicom.DicomError, match="which is no path"):
        read(path)
    assert [p.name for p in tmp_path.iterdir()] == ["a.dcm"]


def test_a_file_cut_in_its_header_says_so(tmp_path):
    ds = pydicom.dcmread(dicom.example("ct"))
    item = pydicom.Dataset()
    item.CodeValue = "1"
    ds.ProcedureCodeSequence = [item]
    ds["ProcedureCodeSequence"].is_undefined_length = True
    ds.save_as(tmp_path / "a.dcm")
    data = (tmp_path / "a.dcm").read_bytes()
    where = data.find(struct.pack("<HH", 0x0008, 0x1032))
    (tmp_path / "a.dcm").write_bytes(data[: where + 24])
    with pytest.raises(dicom.DicomError, match=r"a\.dcm: is damaged"):
        dicom.read(tmp_path / "a.dcm")


@pytest.mark.parametrize(
    ("uid", "name"),
    [
        ("1.2.840.10008.1.2.8.1", "1.2.840.10008.1.2.8.1"),
        ("1.2.840.10008.1.2.4.102", "MPEG-4 AVC/H.264"),
        ("1.3.6.1.4.1.5962.300.1", "1.3.6.1.4.1.5962.300.1"),
    ],
)
def test_a_packing_that_cannot_be_unpacked_is_named(tmp_path, uid, name):
    ds = pydicom.dcmread(dicom.example("jpeg"))
    old = ds.file_meta.TransferSyntaxUID
    padded = (uid + "\0" * (len(uid) % 2)).encode()
    data = dicom.example("jpeg").read_bytes()
    head = b"\x02\x00\x10\x00UI"
    was = (old + "\0" * (len(old) % 2)).encode()
    size = struct.unpack_from("<I", data, 140)[0] + len(padded) - len(was)
    data = data[:140] + struct.pack("<I", size) + data[144:]
    data = data.replace(
        head + struct.pack("<H", len(was)) + was, head + struct.pack("<H", len(padded)) + padded
    )
    (tmp_path / "a.dcm").write_bytes(data)
    with pytest.raises(dicom.DicomError) as caught:
        dicom.read(tmp_path / "a.dcm")
    text = str(caught.value)
    assert f"a.dcm: its pixels are packed as {name}" in text
    assert "Export it uncompressed" in text


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("report", r"Comprehensive SR Storage; pydicom.dcmread\("),
        ("ecg", r"12-lead ECG Waveform Storage; pydicom.dcmread\("),
        ("rt_plan", r"RT Plan Storage; pydicom.dcmread\("),
        ("rt_structures", r"RT Structure Set Storage; pydicom.dcmread\("),
    ],
)
def test_an_object_without_pixels_says_what_it_is(tmp_path, name, what):
    with pytest.raises(dicom.DicomError, match=f"so it holds no picture. It is {what}"):
        dicom.read(dicom.example(name))
    ds = pydicom.dcmread(dicom.example(name), force=True)
    ds.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
    ds.save_as(tmp_path / "deflated.dcm", implicit_vr=False, enforce_file_format=True)
    with pytest.raises(dicom.DicomError, match=f"so it holds no picture. It is {what}"):
        dicom.read(tmp_path / "deflated.dcm")


def test_no_message_passes_on_what_a_library_said(tmp_path):
    data = bytearray(dicom.example("mr_jpeg2000").read_bytes())
    where = data.rfind(b"\xff\x52")  # the coding style of the stream
    data[where + 4 : where + 12] = b"\xff" * 8
    (tmp_path / "a.dcm").write_bytes(data)
    with pytest.raises(dicom.DicomError) as caught:
        dicom.read(tmp_path / "a.dcm")
    text = str(caught.value)
    assert "a.dcm: its pixels (JPEG 2000 Image Compression (Lossless Only)) cannot be" in text
    assert not [word for word in ("Error", "Traceback", "plugin", "pydicom") if word in text]


# -- zip archives ----------------------------------------------------------------------


# -- texts ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("charset", "codec", "text"),
    [
        ("\\ISO 2022 IR 87", "iso2022_jp", "頭部単純"),
        ("ISO 2022 IR 13\\ISO 2022 IR 87", "iso2022_jp", "胸部 CT"),
        ("\\ISO 2022 IR 159", "iso2022_jp_2", "丂丄"),
        ("ISO_IR 192", "utf-8", "頭部"),
        ("ISO_IR 100", "latin-1", "Schädel"),
        ("ISO_IR 144", "iso8859_5", "Голова"),
        ("GB18030", "gb18030", "头部"),
        ("\\ISO 2022 IR 149", None, "머리"),
    ],
)
def test_texts_in_all_character_sets_are_as_pydicom_reads_them(tmp_path, charset, codec, text):
    volume = Volume(np.zeros((1, 4, 4), np.int16), (1, 1, 1), "HU", "CT")
    raw = text.encode(codec) if codec else b"\x1b$)C" + text.encode("euc_kr")
    raw += b" " * (len(raw) % 2)
    (path,) = dicom.write(volume, tmp_path / "a", series_description="S" * len(raw))
    ds = pydicom.dcmread(path)
    ds.SpecificCharacterSet = charset.split("\\")
    ds.save_as(path)
    path.write_bytes(path.read_bytes().replace(b"S" * len(raw), raw))
    ds = pydicom.dcmread(path)
    assert ds.SeriesDescription == text
    assert dicom.read(path).meta["SeriesDescription"] == text


def test_an_unreadable_attribute_is_not_used_and_said(ct):
    volume, (path, *_) = ct
    ds = pydicom.dcmread(path)
    ds.PatientWeight = "70.25"
    ds.save_as(path)
    data = path.read_bytes()
    assert data.count(b"70.25") == 1
    path.write_bytes(data.replace(b"70.25", b"heavy"))
    found = dicom.read(path)
    np.testing.assert_array_equal(found.pixels[0], volume.pixels[0])
    assert f"{path.name}: PatientWeight is unreadable and not used." in found.notes
