"""Stacks: order, gaps, doubles, tilt, several volumes; files with many frames."""

import numpy as np
import pydicom
import pytest

from medkit.data import dicom
from medkit.image import Volume


def make(folder, positions, normal=(0, 0, 1), names=None):
    """Write one CT file a position along the normal; plane k holds the value k everywhere."""
    normal = np.asarray(normal, float)
    for k, position in enumerate(positions):
        volume = Volume(
            np.full((1, 4, 6), k, np.int16), (3, 0.5, 0.7), "HU", "CT", tuple(normal * position)
        )
        (path,) = dicom.write(volume, folder / f"{k:03d}")
        ds = pydicom.dcmread(path)
        ds.SeriesInstanceUID, ds.InstanceNumber = "1.2.3", k + 1
        ds.save_as(path)
    return folder


def values(volume):
    return volume.pixels[:, 0, 0].tolist()


def test_order_follows_place(tmp_path):
    volume = dicom.read(make(tmp_path, [6, 0, 9, 3]))
    assert values(volume) == [1, 3, 0, 2]
    assert volume.spacing_mm == pytest.approx((3, 0.5, 0.7))
    assert volume.origin_mm == (0, 0, 0)
    assert volume.notes == ()


def test_missing_slices_leave_a_gap_where_they_were(tmp_path):
    volume = dicom.read(make(tmp_path, [0, 3, 12, 15, 18]))
    assert volume.shape[0] == 7
    assert volume.meta["missing_planes"] == (2, 3)
    assert volume.pixels[[0, 1, 4, 5, 6], 0, 0].tolist() == [0, 1, 2, 3, 4]
    assert (volume.affine @ (4, 0, 0, 1))[2] == pytest.approx(12)
    assert any("planes 2, 3" in note for note in volume.notes)


def test_doubled_slices_are_left_out(tmp_path):
    folder = make(tmp_path, [0, 3, 3, 6, 9, 12])
    volume = dicom.read(folder)
    assert values(volume) == [0, 1, 3, 4, 5]
    assert any("doubled" in note for note in volume.notes)
    copy = folder / "again.dcm"
    copy.write_bytes(next((folder / "000").iterdir()).read_bytes())
    notes = " ".join(dicom.read(folder).notes)
    assert "again.dcm" in notes or "IM0001.dcm" in notes


def test_uneven_spacing_is_said_with_its_size(tmp_path):
    volume = dicom.read(make(tmp_path, [0, 3, 6, 10.2, 13.2]))
    assert volume.shape[0] == 5
    assert volume.spacing_mm[0] == pytest.approx(13.2 / 4)
    note = next(note for note in volume.notes if "unevenly" in note)
    assert "3 to 4.2 mm" in note


def test_shifted_slice_is_said(tmp_path):
    folder = make(tmp_path, [0, 3, 6, 9, 12])
    path = next((folder / "002").iterdir())
    ds = pydicom.dcmread(path)
    ds.ImagePositionPatient = [5, 0, 6]
    ds.save_as(path)
    assert any("one line" in note for note in dicom.read(folder).notes)


def test_a_place_that_repeats_gives_volumes(tmp_path):
    folder = make(tmp_path, [0, 3, 6, 0, 3, 6, 0, 3, 6])
    assert [values(dicom.read(folder, volume=k)) for k in range(3)] == [
        [0, 1, 2],
        [3, 4, 5],
        [6, 7, 8],
    ]
    assert any("3 volumes (3 of 3 planes)" in note for note in dicom.read(folder).notes)


def test_mixed_orientation_and_size_are_taken_apart(tmp_path):
    folder = make(tmp_path, [0, 3, 6])
    path = next((folder / "001").iterdir())
    ds = pydicom.dcmread(path)
    ds.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
    ds.save_as(path)
    volume = dicom.read(folder)
    # The turned picture leaves a gap, which is filled, and is a volume of its own.
    assert volume.shape[0] == 2
    other = dicom.read(folder, volume=1)
    assert values(other) == [1]
    np.testing.assert_allclose(other.axes, [[-1, 0, 0], [0, 0, -1], [0, 1, 0]])


def test_tilt_goes_through_writing_and_reading(tmp_path):
    angle = np.radians(15)
    axes = np.array([[0, 0, 1], [0, np.cos(angle), -np.sin(angle)], [1, 0, 0]])
    volume = Volume(np.zeros((5, 4, 4), np.int16), (2, 1, 1), "HU", "CT", (1.0, 2.0, 3.0), axes)
    dicom.write(volume, tmp_path / "out")
    found = dicom.read(tmp_path / "out")
    np.testing.assert_allclose(found.affine, volume.affine, atol=1e-12)
    assert any("15.0°" in note for note in found.notes)


def test_oblique_planes_lie_where_an_independent_reader_says(tmp_path):
    sitk = pytest.importorskip("SimpleITK")
    row, column = np.array([0.866025, 0.5, 0]), np.array([-0.469846, 0.813798, 0.342020])
    axes = np.array([np.cross(row, column), column, row])
    pixels = np.arange(60, dtype=np.int16).reshape(3, 4, 5)
    volume = Volume(pixels, (4, 2, 1), "HU", "CT", (-7.0, 8.0, 9.0), axes)
    paths = dicom.write(volume, tmp_path / "out")
    found, other = dicom.read(paths), sitk.ReadImage([str(path) for path in paths])
    np.testing.assert_array_equal(found.pixels, sitk.GetArrayFromImage(other))
    for index in ((0, 0, 0), (2, 0, 0), (0, 3, 0), (0, 0, 4), (2, 3, 4)):
        np.testing.assert_allclose(
            (found.affine @ (*index, 1))[:3],
            other.TransformIndexToPhysicalPoint(index[::-1]),
            atol=1e-4,
        )


def test_positions_that_are_missing_or_impossible_are_said(tmp_path):
    folder = make(tmp_path, [0, 3, 6])
    for path in folder.rglob("*.dcm"):
        ds = pydicom.dcmread(path)
        del ds.ImagePositionPatient
        ds.ImageOrientationPatient = [1, 0, 0, 1, 0, 0]
        ds.PixelSpacing = [0, 0]
        ds.InstanceNumber = 9 - ds.InstanceNumber
        ds.save_as(path)
    volume = dicom.read(folder)
    text = " ".join(volume.notes)
    assert values(volume) == [2, 1, 0]
    for words in ("No positions", "PixelSpacing is impossible", "perpendicular"):
        assert words in text


def enhanced(path, positions, temporal=None):
    """Write an enhanced multi-frame file whose frame k holds the value k."""
    volume = Volume(np.zeros((1, 4, 6), np.int16), (3, 0.5, 0.7), "1", "MR")
    (source,) = dicom.write(volume, path.parent / "single")
    ds = pydicom.dcmread(source)
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"):
        delattr(ds, keyword)
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.4.1"
    count = len(positions)
    ds.NumberOfFrames = count
    ds.PixelData = np.arange(count, dtype=np.int16).repeat(24).tobytes()

    def item(**values):
        out = pydicom.Dataset()
        for keyword, value in values.items():
            setattr(out, keyword, value)
        return out

    shared = item(
        PixelMeasuresSequence=[item(PixelSpacing=[0.5, 0.7], SliceThickness=3)],
        PlaneOrientationSequence=[item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])],
    )
    ds.SharedFunctionalGroupsSequence = [shared]
    ds.PerFrameFunctionalGroupsSequence = [
        item(
            PlanePositionSequence=[item(ImagePositionPatient=[0, 0, position])],
            PixelValueTransformationSequence=[item(RescaleSlope=2, RescaleIntercept=k)],
            FrameContentSequence=[item(TemporalPositionIndex=(temporal or [1] * count)[k])],
        )
        for k, position in enumerate(positions)
    ]
    ds.save_as(path)
    return path


def test_enhanced_frames_have_their_own_place_and_rescale(tmp_path):
    volume = dicom.read(enhanced(tmp_path / "e.dcm", [6, 0, 3]))
    assert volume.spacing_mm == pytest.approx((3, 0.5, 0.7))
    assert values(volume) == [2 * 1 + 1, 2 * 2 + 2, 0]


def test_enhanced_time_points_are_volumes(tmp_path):
    path = enhanced(tmp_path / "e.dcm", [0, 3, 0, 3], temporal=[2, 2, 1, 1])
    assert values(dicom.read(path)) == [6, 9]  # time 1 comes first, though stored last
    assert values(dicom.read(path, volume=1)) == [0, 3]


def test_dose_grid_has_its_planes_in_place():
    volume = dicom.read(dicom.example("rt_dose"))
    ds = pydicom.dcmread(dicom.example("rt_dose"))
    offsets = np.array(ds.GridFrameOffsetVector)
    assert volume.spacing_mm[0] == pytest.approx(abs(np.diff(offsets)).mean())
    expected = ds.pixel_array * float(ds.DoseGridScaling)
    np.testing.assert_allclose(np.sort(volume.pixels, None), np.sort(expected, None), rtol=1e-6)
