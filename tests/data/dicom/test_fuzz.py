"""Damaged files: a clear error or an image, never anything else, and never for long."""

import time
from pathlib import Path

import numpy as np
import pydicom
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medkit.data import dicom
from medkit.data.dicom import ecg
from medkit.data.dicom.units import moment
from medkit.image import Volume

SEEDS = [
    "CT_small.dcm", "MR_small_implicit.dcm", "MR_small_bigendian.dcm", "MR_small_RLE.dcm",
    "MR_small_jpeg_ls_lossless.dcm", "MR_small_jp2klossless.dcm", "SC_rgb_jpeg_dcmtk.dcm",
    "SC_rgb_rle_16bit_2frame.dcm", "SC_rgb_small_odd_jpeg.dcm", "JPGExtended.dcm",
    "liver_1frame.dcm", "rtdose.dcm", "image_dfl.dcm", "SC_ybr_full_422_uncompressed.dcm",
    "nested_priv_SQ.dcm", "rtstruct.dcm", "no_meta_group_length.dcm",
]  # fmt: skip

#: Header fields whose damage reaches furthest: sizes, bits, frames, geometry, syntax.
FIELDS = [0x00280010, 0x00280011, 0x00280008, 0x00280100, 0x00280101, 0x00280103, 0x00280002,
          0x00200032, 0x00200037, 0x00280030, 0x00281053, 0x00020010]  # fmt: skip


def damage(data: bytes, kind: str, rng: np.random.Generator) -> bytes:
    """Harm a file as a bad disk, a cut transfer or a careless program would."""
    data = bytearray(data)
    where = int(rng.integers(rng.choice([min(2000, len(data)), len(data)])))
    length = int(rng.integers(1, 64))
    if kind == "bytes":
        for _ in range(int(rng.choice([1, 2, 8, 64]))):
            data[int(rng.integers(where, len(data)))] = int(rng.integers(256))
    elif kind == "cut":
        del data[where:]
    elif kind == "lost":
        del data[where : where + length]
    elif kind == "again":
        data[where:where] = data[where : where + length] * 3
    elif kind == "length":
        data[where : where + 4] = rng.choice(
            [b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"]
        )
    else:
        field = int(rng.choice(FIELDS))
        at = data.find((field >> 16).to_bytes(2, "little") + (field & 0xFFFF).to_bytes(2, "little"))
        if at >= 0:
            for k in range(8, 8 + int(rng.choice([2, 4, 8]))):
                data[min(at + k, len(data) - 1)] = int(rng.choice([0, 255, 127, 128, 57, 45, 92]))
    return bytes(data)


KINDS = ("bytes", "cut", "lost", "again", "length", "field")


@settings(
    max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(st.sampled_from(SEEDS), st.sampled_from(KINDS), st.integers(0, 10**6))
def test_damaged_real_files(tmp_path_factory, name, kind, seed):
    source = Path(pydicom.data.get_testdata_file(name, download=False))
    folder = tmp_path_factory.getbasetemp()
    path = folder / "damaged.dcm"
    path.write_bytes(damage(source.read_bytes(), kind, np.random.default_rng(seed)))
    start = time.process_time()
    try:
        volume = dicom.read(path)
        repr(volume)
    except dicom.DicomError as error:
        # pytest.raises cannot say "either or".
        assert "damaged.dcm" in str(error)  # noqa: PT017
    assert time.process_time() - start < 10  # a hang, not a speed


@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(
    st.sampled_from([*SEEDS, "test-SR.dcm", "reportsi.dcm", "waveform_ecg.dcm"]),
    st.sampled_from(KINDS),
    st.integers(0, 10**6),
)
def test_damaged_real_files_lose_their_patient_or_are_refused(tmp_path_factory, name, kind, seed):
    source = Path(pydicom.data.get_testdata_file(name, download=False))
    folder = tmp_path_factory.mktemp("fuzz")
    path = folder / "damaged.dcm"
    path.write_bytes(damage(source.read_bytes(), kind, np.random.default_rng(seed)))
    for call in (ecg.read, lambda path: dicom.deidentify(path, folder / "out", key="k")):
        try:
            repr(call(path))
        except dicom.DicomError as error:
            text = str(error)
            assert "damaged.dcm" in text
            assert len(text.splitlines()[-1]) < 250
    before = pydicom.dcmread(source, force=True)
    for keyword in ("PatientName", "PatientID", "StudyInstanceUID", "SOPInstanceUID"):
        value = str(before.get(keyword, ""))
        for new in folder.rglob("out/*/*"):
            assert len(value) < 8 or value.encode() not in new.read_bytes()


def test_damaged_slices_do_not_break_a_series(tmp_path):
    rng = np.random.default_rng(7)
    volume = Volume(rng.integers(0, 99, (12, 6, 5), np.int16), (2, 1, 1), "HU", "CT")
    paths = dicom.write(volume, tmp_path / "series")
    whole = [path.read_bytes() for path in paths]
    for _ in range(60):
        for k in rng.choice(12, 3, replace=False):
            paths[k].write_bytes(damage(whole[k], str(rng.choice(KINDS)), rng))
        try:
            found = dicom.read(tmp_path / "series")
        except dicom.DicomError as error:
            # A changed series UID makes it two series, which is for the user to choose from.
            assert "choose one of" in str(error)  # noqa: PT017
            found = dicom.read(tmp_path / "series", series=0)
        # Nine slices are whole: what comes out holds at least most of them, unchanged.
        original = {plane.tobytes() for plane in volume.pixels}
        same = [plane.astype(np.int16).tobytes() in original for plane in found.pixels]
        assert sum(same) >= 7
        for path, data in zip(paths, whole, strict=True):
            path.write_bytes(data)


@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(st.data())
def test_any_header_values_give_an_image_or_a_clear_error(tmp_path_factory, data):
    number = st.one_of(
        st.floats(allow_nan=True, allow_infinity=True).map(lambda x: f"{x:.6g}"),
        st.sampled_from(["", "x", "1e400", "-0", "1_0", "0x1", "９", "1,5", "\\", "nan"]),
    )
    values = {
        "ImagePositionPatient": st.lists(number, min_size=0, max_size=4).map("\\".join),
        "ImageOrientationPatient": st.lists(number, min_size=0, max_size=7).map("\\".join),
        "PixelSpacing": st.lists(number, min_size=0, max_size=3).map("\\".join),
        "RescaleSlope": number,
        "RescaleIntercept": number,
        "SliceThickness": number,
        "WindowCenter": number,
        "WindowWidth": number,
        "NumberOfFrames": number,
        "PatientWeight": number,
        "BitsStored": st.integers(0, 65535).map(str),
        "HighBit": st.integers(0, 65535).map(str),
    }
    dark = data.draw(st.booleans())
    chosen = data.draw(st.lists(st.sampled_from(sorted(values)), max_size=5, unique=True))
    ds = pydicom.dcmread(pydicom.data.get_testdata_file("CT_small.dcm", download=False))
    if dark:  # the other way round, and without a unit that forbids it
        ds.PhotometricInterpretation, ds.Modality = "MONOCHROME1", "DX"
    for keyword in chosen:
        text = data.draw(values[keyword])
        tag = pydicom.datadict.tag_for_keyword(keyword)
        vr = pydicom.datadict.dictionary_VR(tag)
        raw = text.encode() + b" " * (len(text.encode()) % 2)
        if vr == "US":
            raw = int(text).to_bytes(2, "little")
        # Raw bytes go into the file as they are; pydicom would refuse to write such values.
        ds[tag] = pydicom.dataelem.RawDataElement(
            pydicom.tag.Tag(tag), vr, len(raw), raw, 0, False, True
        )
    path = tmp_path_factory.getbasetemp() / "header.dcm"
    ds.save_as(path)
    try:
        volume = dicom.read(path)
    except dicom.DicomError as error:
        assert "header.dcm" in str(error)  # noqa: PT017
        return
    assert volume.shape == (1, 128, 128)
    assert np.isfinite(volume.affine).all()
    assert all(0 < mm < 1e5 for mm in volume.spacing_mm)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.text(max_size=30))
def test_any_text_is_a_moment_or_none(text):
    moment(text)
