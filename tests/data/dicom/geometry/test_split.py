"""Which pictures of a series make one volume: passes, slabs, segments, echoes, frame types."""

import warnings

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


@pytest.mark.parametrize("gap", [23.7, 200.0])
def test_slabs_keep_their_places(tmp_path, gap):
    places = [0, 3, 6, 9, 9 + gap, 12 + gap, 15 + gap]
    folder = slices(tmp_path / "in", places, thickness=3.0)
    for number, part in ((0, places[:4]), (1, places[4:])):
        found = dicom.read(folder, volume=number)
        np.testing.assert_allclose(heights(found), part)
        assert any(f"{gap:g} mm" in note for note in found.notes)
        dicom.write(found, tmp_path / f"out{number}")
        again = dicom.read(tmp_path / f"out{number}")
        np.testing.assert_allclose(again.affine, found.affine)


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
            kinds["PRIMARY\\M" in found.notes[0]] = values(found)
        assert kinds == {True: [0, 1, 2, 3, 4], False: [100, 101, 102, 103, 104]}


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


@pytest.mark.parametrize("palette", [False, True])
def test_a_map_of_labels_holds_the_labels(tmp_path, palette):
    frames = [(4 * k, k, {}) for k in range(3)]
    segments = [
        item(SegmentNumber=1, SegmentLabel="liver"),
        item(SegmentNumber=2, SegmentLabel="kidney"),
    ]
    path = multiframe(
        tmp_path / "s.dcm",
        frames,
        Modality="SEG",
        SegmentationType="LABELMAP",
        SegmentSequence=segments,
    )
    if palette:
        ds = pydicom.dcmread(path)
        ds.PhotometricInterpretation, ds.PixelRepresentation = "PALETTE COLOR", 0
        for name in ("Red", "Green", "Blue"):
            ds.add_new(f"{name}PaletteColorLookupTableDescriptor", "US", [4, 0, 16])
            table = np.array([0, 60000, 30000, 1], "<u2").tobytes()
            setattr(ds, f"{name}PaletteColorLookupTableData", table)
        ds.save_as(path)
    found = dicom.read(path)
    assert values(found) == [0, 1, 2]
    assert found.meta["SegmentLabels"] == {1: "liver", 2: "kidney"}


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


def test_segments_are_masks_of_their_own_on_one_grid(tmp_path):
    frames = [(1, 4 * k, 1) for k in (0, 1, 4, 5)] + [(2, 4 * k, 1) for k in (4, 5, 6, 7)]
    path = segmentation(tmp_path / "s.dcm", frames)
    liver, kidney = (dicom.read(path, volume=k) for k in (0, 1))
    assert values(liver) == [1, 1, 0, 0, 1, 1, 0, 0]
    assert values(kidney) == [0, 0, 0, 0, 1, 1, 1, 1]
    np.testing.assert_allclose(liver.affine, kidney.affine)
    assert (liver.meta["SegmentLabel"], kidney.meta["SegmentLabel"]) == ("liver", "kidney")
    assert "missing_planes" not in liver.meta
    assert any("leaves out empty frames: planes 2, 3, 6, 7" in note for note in liver.notes)
    with pytest.raises(dicom.DicomError, match="2 volume"):
        dicom.read(path, volume=2)


def test_segments_that_never_meet_are_not_one_mask(tmp_path):
    path = segmentation(tmp_path / "s.dcm", [(1, 0, 1), (1, 4, 1), (2, 8, 1), (2, 12, 1)])
    assert values(dicom.read(path)) == [1, 1, 0, 0]
    assert values(dicom.read(path, volume=1)) == [0, 0, 1, 1]


def test_fractions_of_a_segment_are_fractions(tmp_path):
    path = segmentation(tmp_path / "s.dcm", [(1, 0, 200), (1, 4, 50)])
    ds = pydicom.dcmread(path)
    ds.SegmentationType, ds.MaximumFractionalValue = "FRACTIONAL", 200
    ds.save_as(path)
    np.testing.assert_allclose(values(dicom.read(path)), [1, 0.25])


@pytest.mark.data
def test_overlapping_segments_of_a_real_file_have_their_frames(test_data):
    path = test_data / "dicom_files/highdicom/seg_image_ct_binary_overlap.dcm"
    ds = pydicom.dcmread(path)
    wanted = {
        (
            group.SegmentIdentificationSequence[0].ReferencedSegmentNumber,
            float(group.PlanePositionSequence[0].ImagePositionPatient[2]),
        ): frame
        for group, frame in zip(ds.PerFrameFunctionalGroupsSequence, ds.pixel_array, strict=True)
    }
    # One of four planes lies 20 cm from the others: a slab of its own, for both segments.
    for number in range(4):
        found = dicom.read(path, volume=number)
        for z, plane in zip(heights(found), found.pixels, strict=True):
            (key,) = [
                k for k in wanted if k[0] == found.meta["SegmentNumber"] and abs(k[1] - z) < 1e-4
            ]
            np.testing.assert_array_equal(plane, wanted.pop(key))
    assert not wanted


@pytest.mark.data
def test_partly_overlapping_segments_of_a_real_file(test_data, tmp_path):
    imagecodecs = pytest.importorskip("imagecodecs")
    packed = test_data / "dicom_files/dcmqi/segmentations/partial_overlaps.dcm.zst"
    path = tmp_path / "s.dcm"
    path.write_bytes(imagecodecs.zstd_decode(packed.read_bytes()))
    ds = pydicom.dcmread(path)
    voxels = {}
    for group, frame in zip(ds.PerFrameFunctionalGroupsSequence, ds.pixel_array, strict=True):
        number = group.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        voxels[number] = voxels.get(number, 0) + int(frame.sum())
    assert len(voxels) > 1
    for number in range(len(voxels)):
        found = dicom.read(path, volume=number)
        assert found.pixels.sum() == voxels[found.meta["SegmentNumber"]]


def csa(vector):
    """Return the part of a Siemens header that names the slices' direction."""

    def item(text):
        data = text.encode() + b"\0" if text else b""
        head = np.array([len(data), len(data), 77, len(data)], "<i4").tobytes()
        return head + data + bytes(-len(data) % 4)

    texts = [f"{v:.8f}" for v in vector] + [""] * 3
    tag = b"SliceNormalVector".ljust(64, b"\0") + np.array([3], "<i4").tobytes() + b"FD\0\0"
    tag += np.array([4, 6, 77], "<i4").tobytes() + b"".join(map(item, texts))
    return b"SV10\4\3\2\1" + np.array([1, 77], "<u4").tobytes() + tag


@pytest.mark.parametrize("sign", [1, -1])
def test_a_mosaic_follows_its_own_slice_direction(tmp_path, sign):
    turn = np.radians(20)
    row = np.array([np.cos(turn), np.sin(turn), 0])
    column = np.array([0, 0, -1.0])
    vector = sign * np.cross(row, column)
    tiles = np.arange(4, dtype=np.int16).reshape(2, 2).repeat(3, 0).repeat(5, 1)
    axes = np.array([np.cross(row, column), column, row])
    corner = np.array([-50.0, -60, 70])
    volume = Volume(tiles[None], (4, 2, 1.5), "1", "MR", tuple(corner), axes)
    (path,) = dicom.write(volume, tmp_path / "m")
    ds = pydicom.dcmread(path)
    ds.ImageType = ["ORIGINAL", "PRIMARY", "M", "MOSAIC"]
    ds.private_block(0x0019, "SIEMENS MR HEADER", create=True).add_new(0x0A, "US", 4)
    block = ds.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
    block.add_new(0x10, "OB", csa(vector))
    ds.save_as(path)
    # The independent reader takes the same vector from the same bytes.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it calls itself experimental
        from nibabel.nicom import csareader
    header = csareader.read(csa(vector))
    np.testing.assert_allclose(header["tags"]["SliceNormalVector"]["items"], vector, atol=1e-7)
    found = dicom.read(path)
    # Slice 0 is centred in the mosaic; slice k lies k × 4 mm along the vector.
    first = corner + row * 1.5 * 5 / 2 + column * 2 * 3 / 2
    for plane in range(4):
        k = found.pixels[plane, 0, 0]
        np.testing.assert_allclose(
            (found.affine @ (plane, 0, 0, 1))[:3], first + 4 * k * vector, atol=1e-6
        )
    assert not any("taken to go along" in note for note in found.notes)
