"""Which pictures of a series make one volume: passes, segments, echoes, frame types."""

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from medkit.data import dicom
from medkit.image import Volume


def item(**values):
    out = Dataset()
    for keyword, value in values.items():
        setattr(out, keyword, value)
    return out


def slices(folder, positions, modality="CT", thickness=5.0, **each):
    """Write one file a position; plane k holds the value k, and the k-th of each list in `each`."""
    unit = "HU" if modality == "CT" else "1"
    for k, position in enumerate(positions):
        volume = Volume(
            np.full((1, 4, 6), k, np.int16), (thickness, 0.5, 0.7), unit, modality, (0, 0, position)
        )
        (path,) = dicom.write(volume, folder / f"{k:03d}")
        ds = pydicom.dcmread(path)
        ds.SeriesInstanceUID, ds.InstanceNumber = "1.2.3", k + 1
        for keyword, values in each.items():
            setattr(ds, keyword, values[k])
        ds.save_as(path)
    return folder


def values(volume):
    return volume.pixels[:, 0, 0].tolist()


def heights(volume):
    return [float((volume.affine @ (k, 0, 0, 1))[2]) for k in range(len(volume.pixels))]


PASSES = [0, 5, 10, 15, 20]


def test_two_passes_are_said(tmp_path):
    found = dicom.read(
        slices(tmp_path, PASSES + [p + 2.5 for p in PASSES], AcquisitionNumber=[1] * 5 + [2] * 5)
    )
    assert len(found.pixels) == 10
    assert any("of 2 acquisitions" in note for note in found.notes)


def test_interleaved_slices_of_one_volume_stay_together(tmp_path):
    # Odd slices first, then even ones, as MR is acquired; they do not overlap.
    folder = slices(
        tmp_path, [0, 6, 12, 18, 3, 9, 15, 21], "MR", 3.0, AcquisitionNumber=[1] * 4 + [2] * 4
    )
    assert values(dicom.read(folder)) == [0, 4, 1, 5, 2, 6, 3, 7]


def test_a_slice_number_is_no_pass(tmp_path):
    # Sequential CT: each slice has its own acquisition; the third was taken twice.
    found = dicom.read(slices(tmp_path, [0, 5, 10, 10, 15], AcquisitionNumber=[1, 2, 3, 4, 5]))
    assert values(found) == [0, 1, 2, 4]
    assert any("doubled" in note for note in found.notes)


def multiframe(path, frames, **top):
    """Write an enhanced file; each frame is (z, stored value, its functional groups)."""
    volume = Volume(np.zeros((1, 4, 6), np.int16), (4, 0.5, 0.7), "1", "MR")
    (source,) = dicom.write(volume, path.parent / "single")
    ds = pydicom.dcmread(source)
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"):
        delattr(ds, keyword)
    ds.NumberOfFrames = len(frames)
    ds.SharedFunctionalGroupsSequence = [
        item(
            PixelMeasuresSequence=[item(PixelSpacing=[0.5, 0.7], SliceThickness=4)],
            PlaneOrientationSequence=[item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])],
        )
    ]
    ds.PerFrameFunctionalGroupsSequence = [
        item(PlanePositionSequence=[item(ImagePositionPatient=[0, 0, z])], **groups)
        for z, _, groups in frames
    ]
    ds.PixelData = np.array([value for _, value, _ in frames], np.int16).repeat(24).tobytes()
    for keyword, value in top.items():
        setattr(ds, keyword, value)
    ds.save_as(path)
    return path


def test_magnitude_and_phase_are_two_volumes_in_any_order(tmp_path):
    frames = [
        (
            3 * k,
            100 * number + k,
            {"MRImageFrameTypeSequence": [item(FrameType=["ORIGINAL", "PRIMARY", kind, "NONE"])]},
        )
        for number, kind in enumerate("MP")
        for k in range(5)
    ]
    for seed in range(4):
        order = np.random.default_rng(seed).permutation(10)
        (tmp_path / str(seed)).mkdir()
        path = multiframe(tmp_path / str(seed) / "e.dcm", [frames[k] for k in order])
        kinds = {}
        for volume in (0, 1):
            found = dicom.read(path, volume=volume)
            kinds[volume] = values(found)
        assert sorted(kinds.values()) == [[0, 1, 2, 3, 4], [100, 101, 102, 103, 104]]


def test_any_dimension_of_the_file_tells_frames_apart(tmp_path):
    # Flip angles have no place in the reader; their index in the file is enough.
    frames = [
        (
            3 * k,
            10 * angle + k,
            {"FrameContentSequence": [item(DimensionIndexValues=[k + 1, angle])]},
        )
        for angle in (1, 2, 3)
        for k in range(4)
    ]
    order = np.random.default_rng(5).permutation(12)
    path = multiframe(tmp_path / "e.dcm", [frames[k] for k in order])
    for volume in range(3):
        found = dicom.read(path, volume=volume)
        assert values(found) == [10 * (volume + 1) + k for k in range(4)]


def test_classic_files_are_told_apart_by_gradient(tmp_path):
    order = np.random.default_rng(2).permutation(8)
    folder = slices(
        tmp_path,
        [3 * (k % 4) for k in order],
        "MR",
        3.0,
        DiffusionGradientOrientation=[[1.0, 0, 0] if k < 4 else [0, 1.0, 0] for k in order],
    )
    first = [int(order[k]) for k in values(dicom.read(folder))]
    assert sorted(first) == [4, 5, 6, 7]  # 0\1\0 before 1\0\0


def test_patients_under_one_uid_are_not_one_volume(tmp_path):
    folder = slices(tmp_path, [0, 5, 10, 15, 20, 25], PatientID=["A1"] * 3 + ["B2"] * 3)
    for number, expected in enumerate(([0, 1, 2], [3, 4, 5])):
        found = dicom.read(folder, volume=number)
        assert values(found) == expected
        assert "PatientID" not in found.meta


@pytest.mark.parametrize(
    ("modality", "header"),
    [
        ("CT", {"RescaleType": ["HU"] * 3 + ["US"] * 3}),
        ("PT", {"Units": ["BQML"] * 3 + ["CNTS"] * 3}),
        ("PT", {"Units": ["GML"] * 6, "SUVType": ["BW"] * 3 + ["LBM"] * 3}),
    ],
)
def test_values_of_two_units_are_two_volumes(tmp_path, modality, header):
    folder = slices(tmp_path, [0, 5, 10, 15, 20, 25], modality, **header)
    found = [dicom.read(folder, volume=number) for number in (0, 1)]
    assert [values(volume) for volume in found] == [[0, 1, 2], [3, 4, 5]]
    assert found[0].unit != found[1].unit


def segmentation(path, frames, **top):
    listed = [
        (z, value, {"SegmentIdentificationSequence": [item(ReferencedSegmentNumber=number)]})
        for number, z, value in frames
    ]
    segments = [
        item(SegmentNumber=1, SegmentLabel="liver"),
        item(SegmentNumber=2, SegmentLabel="kidney"),
    ]
    return multiframe(
        path, listed, Modality="SEG", SegmentSequence=segments, SegmentationType="BINARY", **top
    )


def test_segments_are_volumes_of_their_own_in_their_places(tmp_path):
    frames = [(1, 4 * k, 1) for k in (0, 1, 4, 5)] + [(2, 4 * k, 1) for k in (4, 5, 6, 7)]
    path = segmentation(tmp_path / "s.dcm", frames)
    liver, kidney = (dicom.read(path, volume=k) for k in (0, 1))
    assert [values(liver), values(kidney)] == [[1] * 6, [1] * 4]
    assert liver.meta["missing_planes"] == (2, 3)
    assert [heights(liver)[k] for k in (0, -1)] == [0, 20]
    assert [heights(kidney)[k] for k in (0, -1)] == [16, 28]
    with pytest.raises(dicom.DicomError, match="2 volume"):
        dicom.read(path, volume=2)


def test_segments_that_never_meet_are_not_one_mask(tmp_path):
    path = segmentation(tmp_path / "s.dcm", [(1, 0, 1), (1, 4, 1), (2, 8, 1), (2, 12, 1)])
    first, second = (dicom.read(path, volume=k) for k in (0, 1))
    assert [heights(first), heights(second)] == [[0, 4], [8, 12]]
