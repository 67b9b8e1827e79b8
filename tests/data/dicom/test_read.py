"""Reading DICOM: real files against their references, made files against what was put in."""

import shutil
import tempfile
import warnings
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medkit.data import dicom
from medkit.image import Volume


@pytest.fixture
def ct(tmp_path):
    """A small CT series on disk, and the volume it was made from."""
    pixels = np.random.default_rng(1).integers(-1024, 3000, (8, 6, 5), np.int16)
    volume = Volume(pixels, (2.5, 0.7, 0.8), "HU", "CT", (-10.0, 20.0, -30.0), window=(40, 400))
    return volume, dicom.write(volume, tmp_path / "ct", series_description="made")


def edit(path, **changes):
    ds = pydicom.dcmread(path)
    for keyword, value in changes.items():
        if value is None:
            delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)
    ds.save_as(path)


def assert_like_nifti(volume, path, time=None):
    """Every voxel has the value that the reference has at the same place in the patient."""
    reference = nibabel.load(path)
    values = np.asarray(reference.dataobj)
    values = values if time is None else values[..., time]
    # NIfTI is RAS where DICOM is LPS; this maps our index to the reference's.
    to_ras = np.diag([-1.0, -1.0, 1.0, 1.0]) @ volume.affine
    mapping = np.linalg.inv(reference.affine) @ to_ras
    whole = np.rint(mapping)
    np.testing.assert_allclose(mapping, whole, atol=1e-4)  # the reference is float32
    index = whole[:3, :3] @ np.indices(volume.shape).reshape(3, -1) + whole[:3, 3:]
    assert values.size == volume.pixels.size
    there = values[tuple(index.astype(int))].reshape(volume.shape)
    np.testing.assert_allclose(volume.pixels, there, rtol=1e-6, atol=1e-6)


@pytest.mark.data
@pytest.mark.parametrize("patient", ["STS_008", "STS_025", "STS_042"])
@pytest.mark.parametrize(("kind", "unit"), [("CT", "HU"), ("PET", "SUV"), ("MR_T1", "1")])
def test_pet_ct_mr_agree_with_nifti(test_data, patient, kind, unit):
    folder = test_data / "petct/ibsi_sts"
    volume = dicom.read(folder / "dicom" / patient / kind / "image")
    assert volume.unit == unit
    assert_like_nifti(volume, folder / "nifti" / patient / f"{kind}_image.nii.gz")


@pytest.mark.data
@pytest.mark.parametrize(
    ("series", "reference", "times"),
    [
        ("dcm_qa_nih/In/20180918GE/mr_0004", "dcm_qa_nih/Ref/DCM2NIIX_regression_test_4.nii", 10),
        ("dcm_qa_enh/In/Siemens/XA10", "dcm_qa_enh/Ref/Siemens_REST1_w_SMS_PF7-8_6.nii", 4),
    ],
)
def test_time_series_and_enhanced_agree_with_nifti(test_data, series, reference, times):
    folder = test_data / "dicom_series"
    for time in (0, times - 1):
        volume = dicom.read(folder / series, volume=time)
        assert_like_nifti(volume, folder / reference, time)
    with pytest.raises(dicom.DicomError, match=f"{times} volume"):
        dicom.read(folder / series, volume=times)


@pytest.mark.data
def test_a_mosaic_is_said_to_be_one(test_data):
    volume = dicom.read(test_data / "dicom_series/dcm_qa_nih/In/20180918Si/mr_0003")
    assert volume.shape == (1, 216, 216)
    assert any("mosaic of many slices" in note for note in volume.notes)


@pytest.mark.data
def test_gantry_tilt_leans_the_plane_axis(test_data):
    volume = dicom.read(test_data / "dicom_series/dcm_qa_ct/In")
    assert volume.shape == (54, 512, 512)
    # The table moves along z while the planes are tilted by the header's 18.5°.
    np.testing.assert_allclose(volume.axes[0], [0, 0, 1], atol=1e-6)
    normal = np.cross(volume.axes[2], volume.axes[1])
    assert np.degrees(np.arccos(normal @ volume.axes[0])) == pytest.approx(18.5, abs=0.01)
    assert volume.spacing_mm[0] == pytest.approx(2.5)
    assert any("gantry tilt" in note for note in volume.notes)


@pytest.mark.data
def test_sagittal_series_runs_to_the_right(test_data):
    volume = dicom.read(test_data / "dicom_series/dcm_qa_decubitus/In")
    assert [volume.letters(k) for k in range(3)] == [("L", "R"), ("H", "F"), ("A", "P")]
    assert volume.spacing_mm == pytest.approx((4.8, 1.015625, 1.015625))


@pytest.mark.data
@pytest.mark.parametrize("codec", ["J2KR", "JLSL", "JLSN", "JPLL", "RLE", "J2KI", "JPLY"])
def test_codecs_agree_with_uncompressed_references(test_data, tmp_path, codec):
    imagecodecs = pytest.importorskip("imagecodecs")
    # Lossless is exact; near-lossless keeps its promise of 2 stored values (4 with these
    # files' slope of about 2 at most); lossy on average within a few percent of the range.
    folder = test_data / "dicom_files/WG04"
    files = sorted((folder / codec).iterdir())
    assert len(files) >= 4
    for path in files:
        reference = tmp_path / "reference.dcm"
        stored = folder / "REF" / (path.name.split("_")[0] + "_UNC.zst")
        reference.write_bytes(imagecodecs.zstd_decode(stored.read_bytes()))
        wanted, found = dicom.read(reference), dicom.read(path)
        error = np.abs(found.pixels.astype(float) - wanted.pixels)
        if codec in ("JLSN", "J2KI", "JPLY"):  # they blur padding, which then stays
            ds = pydicom.dcmread(reference)
            error[0, ds.pixel_array == ds.get("PixelPaddingValue")] = 0
        if codec in ("J2KI", "JPLY"):
            assert error.mean() < 0.03 * np.ptp(wanted.pixels), path.name
        elif codec == "JLSN":
            slope = float(pydicom.dcmread(path).get("RescaleSlope", 1))
            assert error.max() <= 4 * slope + 1e-3, path.name
        else:
            assert error.max() == 0, path.name
        assert found.spacing_mm == wanted.spacing_mm


def real_files():
    folder = Path(pydicom.data.get_testdata_file("CT_small.dcm")).parent
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_all_files_of_pydicom_agree_with_pydicom_and_fail_only_clearly():
    agreed, unclear = 0, []
    for path in real_files():
        try:
            volume = dicom.read(path)
        except dicom.DicomError as error:
            unclear += [path] if path.name not in str(error) else []
            continue
        with warnings.catch_warnings(action="ignore"):
            ds = pydicom.dcmread(path, force=True)
            if path.name == "badVR.dcm" or "TransferSyntaxUID" not in ds.file_meta:
                continue
            array = ds.pixel_array
        colour = ds.PhotometricInterpretation not in ("MONOCHROME1", "MONOCHROME2")
        if ds.PhotometricInterpretation == "MONOCHROME1" or "DoseGridScaling" in ds:
            continue
        if colour and (array.dtype != np.uint8 or ds.SamplesPerPixel == 1):
            continue
        if not colour:
            array = array * float(ds.get("RescaleSlope", 1)) + float(ds.get("RescaleIntercept", 0))
        np.testing.assert_allclose(
            volume.pixels, array.reshape(volume.pixels.shape), err_msg=path.name
        )
        agreed += 1
    assert not unclear
    assert agreed > 60


@pytest.mark.parametrize("name", sorted(dicom.EXAMPLES))
def test_examples_are_there_and_read_or_say_why_not(name):
    path = dicom.example(name)
    assert path.is_file()
    if name in ("rt_plan", "rt_structures", "ecg", "report"):
        with pytest.raises(dicom.DicomError, match="no pixels"):
            dicom.read(path)
    elif name == "mr_truncated":
        with pytest.raises(dicom.DicomError, match=r"8192 .* only 8130"):
            dicom.read(path)
    else:
        assert np.ptp(dicom.read(path).pixels) > 0


def test_example_that_is_not_there_lists_those_that_are():
    with pytest.raises(KeyError, match="ultrasound_cine"):
        dicom.example("cat")


def test_one_image_in_many_encodings_is_one_image():
    names = ("mr", "mr_rle", "mr_jpeg_ls", "mr_jpeg2000", "mr_big_endian")
    first, *others = [dicom.read(dicom.example(name)) for name in names]
    for other in others:
        np.testing.assert_array_equal(other.pixels, first.pixels)


def test_planes_are_sorted_by_place_not_by_name(ct, tmp_path):
    volume, paths = ct
    for path, name in zip(paths, np.random.default_rng(2).permutation(8), strict=True):
        path.rename(path.with_name(f"x{name}.dcm"))
    found = dicom.read(tmp_path / "ct")
    np.testing.assert_array_equal(found.pixels, volume.pixels)
    np.testing.assert_allclose(found.affine, volume.affine)
    assert found.notes == ()


def test_list_file_and_folder_are_the_same(ct, tmp_path):
    volume, paths = ct
    (tmp_path / "ct" / "readme.txt").write_text("hello")
    for source in (paths[::-1], map(str, paths), tmp_path / "ct"):
        found = dicom.read(source)
        np.testing.assert_array_equal(found.pixels, volume.pixels)
    assert "readme.txt" in found.notes[-1]
    assert dicom.read(paths[3]).shape == (1, 6, 5)


@pytest.mark.parametrize("source", [None, 5, b"abc", [None], [5]])
def test_what_is_no_path_is_refused(source):
    with pytest.raises((TypeError, dicom.DicomError)):
        dicom.read(source)


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no such device here")
def test_a_device_is_refused_as_one():
    with pytest.raises(dicom.DicomError, match="is no file"):
        dicom.read("/dev/null")


@pytest.mark.parametrize("number", [-1, 1])
def test_series_are_counted_from_nought(number):
    with pytest.raises(dicom.DicomError, match=f"no series {number}"):
        dicom.read(dicom.example("ct"), series=number)


def test_several_series_must_be_chosen_from(ct, tmp_path):
    volume, _ = ct
    dicom.write(volume.with_pixels(volume.pixels[:3], modality="MR", unit="1"), tmp_path / "mr")
    with pytest.raises(dicom.DicomError, match=r"(?s)choose one of 2.*series=1: MR") as caught:
        dicom.read(tmp_path)
    assert "series=0: CT 'made', 8 planes of 6 × 5" in str(caught.value)
    assert dicom.read(tmp_path, series=1).modality == "MR"
    with pytest.raises(dicom.DicomError, match="no series 7"):
        dicom.read(tmp_path, series=7)


def test_one_bad_file_does_not_lose_the_series(ct, tmp_path):
    volume, paths = ct
    paths[2].write_bytes(paths[2].read_bytes()[:200])
    paths[5].write_bytes(paths[5].read_bytes()[:-20])
    (tmp_path / "ct" / "notes.txt").write_text("no image")
    shutil.copy(dicom.example("rt_plan"), tmp_path / "ct" / "plan.dcm")
    found = dicom.read(tmp_path / "ct")
    good = [0, 1, 3, 4, 6, 7]
    np.testing.assert_array_equal(found.pixels[good], volume.pixels[good])
    assert found.meta["missing_planes"] == (2, 5)
    assert (found.pixels[[2, 5]] == volume.pixels[good].min()).all()
    text = " ".join(found.notes)
    for name in (paths[2].name, paths[5].name, "notes.txt", "plan.dcm"):
        assert name in text


def test_nothing_to_read_says_so(tmp_path):
    (tmp_path / "a.txt").write_text("hello")
    for source, words in (
        (tmp_path, "a.txt: is not a DICOM file"),
        (tmp_path / "gone", "no such file"),
        ([], "empty"),
    ):
        with pytest.raises(dicom.DicomError, match=words):
            dicom.read(source)


def test_int16_where_exact_else_float32(ct):
    _, (path, *_) = ct
    stored = dicom.read(path).pixels
    assert stored.dtype == np.int16
    edit(path, RescaleIntercept="0.5")
    halves = dicom.read(path).pixels
    assert halves.dtype == np.float32
    np.testing.assert_array_equal(halves, stored + 0.5)
    edit(path, RescaleSlope="1", RescaleIntercept="-32000")  # does not fit: exact in float32
    np.testing.assert_array_equal(dicom.read(path).pixels, stored - 32000.0)
    edit(path, RescaleIntercept="0", PixelRepresentation=0)
    unsigned = stored.view(np.uint16)
    np.testing.assert_array_equal(dicom.read(path).pixels, unsigned.astype(np.float32))
    edit(path, RescaleIntercept="-32768")
    shifted = dicom.read(path).pixels
    assert shifted.dtype == np.int16
    np.testing.assert_array_equal(shifted, unsigned.astype(int) - 32768)


def test_rescale_of_each_slice_is_its_own(ct, tmp_path):
    volume, paths = ct
    for k, path in enumerate(paths):
        edit(path, RescaleSlope=str(k + 1), RescaleIntercept=str(-k))
    k = np.arange(8)[:, None, None]
    found = dicom.read(tmp_path / "ct").pixels
    np.testing.assert_allclose(found, volume.pixels * (k + 1.0) - k)


def test_unused_bits_are_not_part_of_the_value(ct):
    _, (path, *_) = ct
    values = np.arange(-15, 15, dtype=np.int16).reshape(6, 5)
    # 12 bits stored, sign in bit 11, and an old overlay in bits 12 to 15.
    raw = (values & 0x0FFF).astype(np.uint16) | 0x5000
    common = {"BitsStored": 12, "HighBit": 11, "PixelData": raw.tobytes()}
    edit(path, PixelRepresentation=1, **common)
    np.testing.assert_array_equal(dicom.read(path).pixels[0], values)
    edit(path, PixelRepresentation=0, **common)
    np.testing.assert_array_equal(dicom.read(path).pixels[0], values.astype(int) & 0x0FFF)


def test_monochrome1_is_turned_round_with_its_window(ct):
    _, (path, *_) = ct
    stored = np.arange(30, dtype=np.uint16).reshape(6, 5)
    edit(
        path,
        PhotometricInterpretation="MONOCHROME1",
        Modality="DX",
        BitsStored=12,
        HighBit=11,
        PixelRepresentation=0,
        PixelData=stored.tobytes(),
        WindowCenter="10",
        WindowWidth="7",
    )
    found = dicom.read(path)
    np.testing.assert_array_equal(found.pixels[0], 4095 - stored.astype(int))
    assert found.window == (4085, 7)
    assert any("MONOCHROME1" in note for note in found.notes)
    edit(path, RescaleSlope="2.5", RescaleIntercept="100")
    found = dicom.read(path)
    assert found.window == (2.5 * 4095 + 200 - 10, 7)
    np.testing.assert_allclose(found.pixels[0], 2.5 * (4095 - stored.astype(float)) + 100)


def test_absurd_headers_are_refused_before_memory_is_taken(ct):
    _, (path, *_) = ct
    for changes in (
        {"Rows": 65535, "Columns": 65535},
        {"NumberOfFrames": "99999"},
        {"NumberOfFrames": "999999999"},
        {"NumberOfFrames": "-1"},
        {"Rows": 0},
        {"BitsAllocated": 7},
    ):
        original = path.read_bytes()
        edit(path, **changes)
        with pytest.raises(dicom.DicomError, match=path.name):
            dicom.read(path)
        path.write_bytes(original)


def test_compressed_frame_that_lies_about_its_size_is_refused(tmp_path):
    for name in ("mr_jpeg2000", "mr_jpeg_ls"):
        path = tmp_path / f"{name}.dcm"
        ds = pydicom.dcmread(dicom.example(name))
        data = ds.PixelData
        if name == "mr_jpeg2000":
            where = data.find(b"\xff\x4f\xff\x51") + 8
            ds.PixelData = data[:where] + b"\0\0\xff\xff" * 2 + data[where + 8 :]
        else:
            where = data.find(b"\xff\xf7") + 5
            ds.PixelData = data[:where] + b"\xff\xff" * 2 + data[where + 4 :]
        ds.save_as(path)
        with pytest.raises(dicom.DicomError, match="do not fit the header"):
            dicom.read(path)


def test_deflated_file_reads():
    path = Path(pydicom.data.get_testdata_file("image_dfl.dcm"))
    assert dicom.read(path).shape == (1, 512, 512)


def test_memory_is_bounded(ct, tmp_path, monkeypatch):
    monkeypatch.setattr("medkit.data.dicom.pixels.MAX_BYTES", 900)
    with pytest.raises(dicom.DicomError, match="fewer files"):
        dicom.read(tmp_path / "ct")


def test_file_without_preamble_and_meta_is_read(ct):
    _, (path, *_) = ct
    wanted = dicom.read(path).pixels
    whole = path.read_bytes()
    length = int.from_bytes(whole[140:144], "little")
    for bare in (whole[132:], whole[144 + length :]):  # without the mark; without the meta group
        path.write_bytes(bare)
        np.testing.assert_array_equal(dicom.read(path).pixels, wanted)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    signed=st.booleans(),
    bits=st.integers(9, 16),
    intercept=st.sampled_from(["0", "-1024", "-1024.0", "0.25", "1e3", "-32768"]),
    slope=st.sampled_from(["1", "1.0", "2", "0.001"]),
    implicit=st.booleans(),
    dark=st.booleans(),
    modality=st.sampled_from(["CT", "MR", "DX"]),
    seed=st.integers(0, 99),
)
def test_values_are_the_stored_ones_rescaled(
    signed, bits, intercept, slope, implicit, dark, modality, seed
):
    raw = np.random.default_rng(seed).integers(0, 2**16, (4, 3), np.uint16)
    volume = Volume(np.zeros((1, 4, 3), np.int16), (1, 1, 1), "HU", "CT")
    with tempfile.TemporaryDirectory() as folder:
        (path,) = dicom.write(volume, Path(folder) / "one")
        edit(
            path,
            PixelRepresentation=int(signed),
            BitsStored=bits,
            HighBit=bits - 1,
            RescaleIntercept=intercept,
            RescaleSlope=slope,
            PixelData=raw.tobytes(),
            Modality=modality,
            PhotometricInterpretation="MONOCHROME1" if dark else "MONOCHROME2",
        )
        if implicit:
            ds = pydicom.dcmread(path)
            ds.file_meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian
            ds.save_as(path, implicit_vr=True, little_endian=True)
        read = dicom.read(path).pixels
        stored = pydicom.dcmread(path).pixel_array.astype(float)
    if dark and modality != "CT":
        stored = (-1 if signed else 2**bits - 1) - stored
    expected = float(slope) * stored + float(intercept)
    np.testing.assert_allclose(read[0], expected, rtol=1e-6)


def test_ultrasound_that_was_resized_is_said_to_have_wrong_distances(tmp_path):
    # The film's region ends in column 595 of 320: it was made smaller after the header.
    film = dicom.read(dicom.example("ultrasound_cine"))
    assert sum("distances may be wrong" in note for note in film.notes) == 1
    ds = pydicom.dcmread(dicom.example("ultrasound_cine"))
    region = ds.SequenceOfUltrasoundRegions[0]
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = 319, 239
    ds.save_as(tmp_path / "whole.dcm")
    assert not any("distances" in note for note in dicom.read(tmp_path / "whole.dcm").notes)
    del region.RegionLocationMaxX1
    ds.save_as(tmp_path / "unsaid.dcm")
    assert dicom.read(tmp_path / "unsaid.dcm").spacing_mm == film.spacing_mm
