"""What the kit says about sources that it cannot read, or can read in part only."""

import builtins
import os
import shutil
import struct
import time
import zipfile

import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate

from medkit.data import dicom
from medkit.data.dicom import ecg, structured_report
from medkit.data.dicom import source as dicom_source
from medkit.data.dicom.parse import whole_frames
from medkit.data.sets import catalogue
from medkit.image import Volume

END = b"\xfe\xff\xdd\xe0"


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
    (tmp_path / "ct" / "cellar").mkdir()
    shutil.copy(paths[0], tmp_path / "ct" / "cellar" / "a.dcm")
    closed(monkeypatch, "closed.dcm", "cellar")
    found = dicom.read(tmp_path / "ct")
    np.testing.assert_array_equal(found.pixels, volume.pixels)
    notes = " ".join(found.notes)
    assert "closed.dcm: cannot be opened (Permission denied)" in notes
    assert f"cellar{os.sep}: cannot be opened (Permission denied)" in notes
    report = dicom.deidentify(tmp_path / "ct", tmp_path / "out")
    assert report.files == 3
    assert sum("cannot be opened" in text for text in report.skipped) == 2


@pytest.mark.parametrize(
    "read",
    [
        dicom.read,
        dicom.series,
        dicom.header,
        structured_report.read,
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


def test_a_data_set_names_its_closed_files(tmp_path, monkeypatch):
    for k in range(8):
        folder = tmp_path / "set" / "ab"[k % 2]
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / f"p{k}.npy", np.full((4, 4), k / 8))
    (tmp_path / "set" / "a" / "scan").write_bytes(b"x")
    (tmp_path / "set" / "b" / "cellar").mkdir()
    closed(monkeypatch, "scan", "cellar")
    with pytest.raises(ValueError, match=r"(?s)2 files.*scan: cannot be opened"):
        catalogue.load("folder", folder=tmp_path / "set", size=4)
    data = catalogue.load("folder", folder=tmp_path / "set", size=4, skip_broken=True)
    assert len(data.labels) == 8
    assert len(data.notes["skipped"]) == 2


@pytest.mark.parametrize("path", ["", " ", "\t\n", "a\0b"])
@pytest.mark.parametrize(
    "read",
    [
        dicom.read,
        dicom.series,
        dicom.header,
        structured_report.read,
        ecg.read,
        lambda path: dicom.read([path]),
        lambda path: dicom.deidentify(path, "out"),
        lambda path: dicom.deidentify(dicom.example("ct"), path),
        lambda path: dicom.write(dicom.read(dicom.example("ct")), path),
        lambda path: catalogue.load("folder", folder=path),
        lambda path: catalogue.load("breastmnist", folder=path, accept_licence=True),
    ],
)
def test_an_empty_text_is_no_path(tmp_path, monkeypatch, read, path):
    monkeypatch.chdir(tmp_path)
    shutil.copy(dicom.example("ct"), tmp_path / "a.dcm")
    with pytest.raises(dicom.DicomError, match="which is no path"):
        read(path)
    assert [p.name for p in tmp_path.iterdir()] == ["a.dcm"]


@pytest.mark.parametrize(
    ("name", "frames"),
    [("mr_rle", 1), ("mr_jpeg_ls", 1), ("mr_jpeg2000", 1), ("jpeg", 1), ("ultrasound_cine", 30)],
)
def test_frames_without_their_end_mark_are_read(tmp_path, name, frames):
    whole = dicom.example(name).read_bytes()
    end = whole.rfind(END)
    before = dicom.read(dicom.example(name))
    (tmp_path / "a.dcm").write_bytes(whole[:end])
    after = dicom.read(tmp_path / "a.dcm")
    np.testing.assert_array_equal(after.pixels, before.pixels)
    assert "without the mark that ends its frames, but its frames are whole" in after.notes[-1]
    rows = [row[1:3] for row in dicom.header(dicom.example(name)) if row[1] < "(FFFA"]
    assert [row[1:3] for row in dicom.header(tmp_path / "a.dcm")] == rows
    (tmp_path / "a.dcm").write_bytes(whole[: end - 1])
    if frames == 1:
        with pytest.raises(dicom.DicomError, match="ends within its first frame"):
            dicom.read(tmp_path / "a.dcm")
        return
    after = dicom.read(tmp_path / "a.dcm")
    np.testing.assert_array_equal(after.pixels[:-1], before.pixels[:-1])
    assert after.meta["missing_planes"] == (frames - 1,)
    assert f"{frames - 1} of {frames} are whole" in " ".join(after.notes)


def test_fragments_are_put_together_to_frames():
    frames = [b"\xff\xd8" + bytes([k]) * 10 for k in range(3)]
    value = encapsulate(frames, fragments_per_frame=3)
    assert whole_frames(value)[1] == 3
    items, count = whole_frames(value[:-1])
    assert count == 2
    assert list(pydicom.encaps.generate_fragmented_frames(items + END, number_of_frames=6))
    assert whole_frames(value[:7]) == (b"", 0)
    assert whole_frames(struct.pack("<HHI", 0xFFFE, 0xE000, 0)) == (b"", 0)


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
    with pytest.raises(dicom.DicomError, match=r"a\.dcm: ends within its header"):
        dicom.read(tmp_path / "a.dcm")
    assert "Modality" in dicom.header(tmp_path / "a.dcm")


@pytest.mark.parametrize(
    ("uid", "name"),
    [
        ("1.2.840.10008.1.2.8.1", "Deflated Image Frame Compression"),
        ("1.2.840.10008.1.2.4.110", "JPEG XL Lossless"),
        ("1.2.840.10008.1.2.4.102", "MPEG-4 AVC/H.264"),
        ("1.2.840.10008.1.2.4.999", "an unknown transfer syntax"),
        ("1.3.6.1.4.1.5962.300.1", "an unknown transfer syntax"),
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
    assert uid in text
    assert "Export it uncompressed" in text
    assert dicom.header(tmp_path / "a.dcm")["Rows"] == "100"


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("report", "Comprehensive SR Storage; medkit.data.dicom.structured_report.read reads it"),
        ("ecg", "12-lead ECG Waveform Storage; medkit.data.dicom.ecg.read reads it"),
        ("rt_plan", r"RT Plan Storage; medkit.data.dicom.header\("),
        ("rt_structures", r"RT Structure Set Storage; medkit.data.dicom.header\("),
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


def begin(size):
    return bytes(128) + b"DICM" + bytes(size)


def test_a_bomb_is_refused_from_the_directory_of_the_archive(tmp_path, monkeypatch):
    archive = tmp_path / "bomb.zip"
    with (
        zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out,
        out.open("a.dcm", "w", force_zip64=True) as member,
    ):
        member.write(begin(0))
        for _ in range(6):
            member.write(bytes(2**26))
    monkeypatch.setattr(dicom_source, "_copy", lambda *_: pytest.fail("a byte was unpacked"))
    start = time.process_time()
    with pytest.raises(dicom.DicomError, match=r"bomb\.zip: unpacks to 384 MB, more than 256 MB"):
        dicom.read(archive)
    assert time.process_time() - start < 1


def test_many_small_bombs_are_one(tmp_path, monkeypatch):
    monkeypatch.setattr(dicom_source, "MAX_ZIP_BYTES", 2**22)
    archive = tmp_path / "bomb.zip"
    with zipfile.ZipFile(archive, "w") as out:
        for k in range(5):
            out.writestr(f"{k}.dcm", begin(2**20))
    with pytest.raises(dicom.DicomError, match="unpacks to 5 MB, more than 4 MB"):
        dicom.read(archive)


@pytest.mark.parametrize("said", [100, 2**20])
def test_a_directory_that_lies_is_found_out(tmp_path, said):
    archive = tmp_path / "liar.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("a.dcm", begin(2**18))
    data = bytearray(archive.read_bytes())
    where = data.find(b"PK\x01\x02")
    struct.pack_into("<I", data, where + 24, said)  # the size once unpacked
    archive.write_bytes(data)
    with pytest.raises(dicom.DicomError, match=r"liar\.zip"):
        dicom.read(archive)


def test_an_archive_in_an_archive_is_not_opened(ct, tmp_path):
    _, paths = ct
    with zipfile.ZipFile(tmp_path / "inner.zip", "w") as out:
        out.write(paths[0], "a.dcm")
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as out:
        out.write(paths[1], "b.dcm")
        out.write(tmp_path / "inner.zip", "inner.zip")
    found = dicom.read(tmp_path / "outer.zip")
    assert found.shape == (1, 4, 4)
    assert "inner.zip: is a zip archive inside the archive" in " ".join(found.notes)


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
    assert dicom.series(path)[0].description == text
    assert dicom.read(path).meta["SeriesDescription"] == text
    assert dicom.header(path)["SeriesDescription"] == text
