"""What a stored number means: padding, tables, real-world values, films, SPECT, lossy codecs."""

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate

from medkit.data import dicom
from medkit.data.sets import catalogue
from medkit.image import Volume, grey
from medkit.views.viewer import VolumeViewer
from medkit.views.viewer.still import paint


def item(**values):
    out = Dataset()
    for keyword, value in values.items():
        setattr(out, keyword, value)
    return out


def picture(folder, stored, modality="CT", **changes):
    """Write one file with these stored values (16 bits) and header entries; None removes one."""
    stored = np.atleast_2d(stored)
    unit = "HU" if modality == "CT" else "1"
    volume = Volume(np.zeros((1, *stored.shape), np.int16), (5, 0.5, 0.7), unit, modality)
    (path,) = dicom.write(volume, folder)
    ds = pydicom.dcmread(path)
    ds.PixelRepresentation = int(stored.dtype.kind == "i")
    ds.PixelData = stored.tobytes()
    for keyword, value in changes.items():
        if value is None:
            del ds[keyword]
        else:
            setattr(ds, keyword, value)
    ds.save_as(path)
    return path


def signed(*numbers):
    return np.array(numbers, np.int16)


def unsigned(*numbers):
    return np.array(numbers, np.uint16)


def measured(code, **values):
    units = item(CodeValue=code, CodingSchemeDesignator="UCUM", CodeMeaning="x")
    return item(
        MeasurementUnitsCodeSequence=[units],
        LUTLabel="x",
        RealWorldValueFirstValueMapped=0,
        RealWorldValueLastValueMapped=65535,
        **values,
    )


def linear(code, slope, intercept=0.0):
    return measured(code, RealWorldValueSlope=slope, RealWorldValueIntercept=intercept)


def parametric_map(path, values, **header):
    """Write a picture of floating-point values, 32 or 64 bits each."""
    ds = pydicom.dcmread(picture(path, unsigned(*range(len(values))), "MR", **header))
    kind = "Float" if values.dtype.itemsize == 4 else "DoubleFloat"
    ds.BitsAllocated = 8 * values.dtype.itemsize
    del ds.PixelData, ds.BitsStored, ds.HighBit, ds.PixelRepresentation
    setattr(ds, f"{kind}PixelData", values.tobytes())
    ds.save_as(path / "map.dcm")
    return path / "map.dcm"


def table(first, data, kind="HU"):
    data = np.asarray(data, np.uint16)
    out = item(LUTDescriptor=[len(data), first, 16], LUTData=data.tobytes(), ModalityLUTType=kind)
    out["LUTData"].VR = "OW"
    return out


@pytest.mark.parametrize("kind", ["HU", "OD"])
def test_a_modality_table_is_applied(tmp_path, kind):
    tables = [table(1, [10, 40, 90], kind)]
    path = picture(
        tmp_path / "a",
        unsigned(0, 1, 2, 9),
        RescaleSlope=None,
        RescaleIntercept=None,
        RescaleType=None,
        ModalityLUTSequence=tables,
    )
    found = dicom.read(path)
    # Values below and above the table get its first and last entry (PS3.3, C.11.1.1.1).
    np.testing.assert_array_equal(found.pixels[0, 0], [10, 10, 40, 90])
    assert found.unit == ("HU" if kind == "HU" else "1")
    np.testing.assert_array_equal(
        found.pixels[0],
        pydicom.pixels.apply_modality_lut(pydicom.dcmread(path).pixel_array, pydicom.dcmread(path)),
    )


@pytest.mark.parametrize(
    ("said", "centre", "width", "greys"),
    [
        (None, 1, 1, [0, 255, 255, 255]),  # a mask of 0 and 1: the standard's LINEAR
        ("LINEAR", 1, 2, [0, 255, 255, 255]),
        ("LINEAR", 2, 3, [0, 64, 191, 255]),
        ("LINEAR_EXACT", 1, 1, [0, 128, 255, 255]),
        ("LINEAR_EXACT", 1.5, 3, [0, 85, 170, 255]),
        ("SIGMOID", 1, 2, [30, 128, 225, 250]),
        (None, 0.5, 0.5, [0, 255, 255, 255]),  # below 1, LINEAR is not defined
    ],
)
def test_a_window_is_shown_by_its_function(tmp_path, said, centre, width, greys):
    path = picture(
        tmp_path / "in", unsigned(0, 1, 2, 3), "MR", WindowCenter=centre, WindowWidth=width
    )
    if said:
        ds = pydicom.dcmread(path)
        ds.VOILUTFunction = said
        ds.save_as(path)
    for source in (path, dicom.write(dicom.read(path), tmp_path / "out")):
        found = dicom.read(source)
        assert found.window == (centre, width)
        viewer = VolumeViewer(found)
        np.testing.assert_array_equal(paint(viewer, viewer.views[0])[0, :, 0], greys)


def test_a_turned_window_shows_the_same_greys(tmp_path):
    stored = np.arange(12, dtype=np.uint16)
    window = {"WindowCenter": 5, "WindowWidth": 4, "BitsStored": 12, "HighBit": 11}
    plain = dicom.read(picture(tmp_path / "a", stored, "DX", **window))
    turned = dicom.read(
        picture(tmp_path / "b", stored, "DX", PhotometricInterpretation="MONOCHROME1", **window)
    )
    black, white = (
        grey(found.pixels[0, 0], *found.window, found.curve) for found in (plain, turned)
    )
    np.testing.assert_allclose(black, 1 - white)


def test_a_data_set_of_dicom_files_is_shown_by_their_function(tmp_path):
    mask = np.kron([[0, 1], [1, 0]], np.ones((8, 8))).astype(np.uint16)
    for name in "ab":
        for patient in range(5):
            picture(
                tmp_path / name / str(patient),
                mask,
                "OT",
                WindowCenter=1,
                WindowWidth=1,
                PatientID=f"{name}{patient}",
            )
    data = catalogue.load("folder", folder=tmp_path, size=16)
    assert np.unique(data.images).tolist() == [0, 1]


def test_an_unknown_function_is_said(tmp_path):
    path = picture(
        tmp_path / "a", unsigned(0, 1), "MR", WindowCenter=1, WindowWidth=1, VOILUTFunction="CUBIC"
    )
    found = dicom.read(path)
    assert found.curve == "LINEAR_EXACT"
    assert any("CUBIC" in note for note in found.notes)


def test_a_screen_save_in_a_ct_series_has_no_unit(tmp_path):
    path = picture(tmp_path / "a", unsigned(1, 2, 3, 4))
    ds = pydicom.dcmread(path)
    ds.SamplesPerPixel, ds.PlanarConfiguration, ds.PhotometricInterpretation = 3, 0, "RGB"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
    ds.PixelData = bytes(range(12))
    ds.save_as(path)
    found = dicom.read(path)
    assert (found.unit, found.is_colour) == ("1", True)
    grey = picture(
        tmp_path / "b",
        unsigned(1, 2),
        SOPClassUID="1.2.840.10008.5.1.4.1.1.7",
        RescaleSlope=None,
        RescaleIntercept=None,
        RescaleType=None,
    )
    assert dicom.read(grey).unit == "1"


@pytest.mark.parametrize(
    ("modality", "given", "left_right_top_bottom"),
    [
        ("CR", ["L", "F"], ["R", "L", "H", "F"]),
        ("DX", ["P", "F"], ["A", "P", "H", "F"]),
        ("MG", ["A", "FR"], ["P", "A", "HL", "FR"]),
        ("XA", None, [""] * 4),
        ("CR", ["L"], [""] * 4),
        ("CR", ["LE", "D"], [""] * 4),  # a dog
    ],
)
def test_letters_of_a_film_are_those_of_its_header(
    tmp_path, modality, given, left_right_top_bottom
):
    path = picture(
        tmp_path / "in",
        unsigned(1, 2),
        modality,
        ImageOrientationPatient=None,
        ImagePositionPatient=None,
    )
    ds = pydicom.dcmread(path)
    if given:
        ds.PatientOrientation = given
        ds.save_as(path)
    for source in (path, dicom.write(dicom.read(path), tmp_path / "out")):
        found = dicom.read(source)
        viewer = VolumeViewer(found)
        assert viewer.views[0]["sides"] == left_right_top_bottom
        assert viewer.view == "first"
        assert not {view["name"] for view in viewer.views} & {"Axial", "Coronal", "Sagittal"}
        assert [*found.letters(2), *found.letters(1)] == left_right_top_bottom
        assert found.letters(0) == ("", "")


def test_films_of_two_directions_are_two_volumes(tmp_path):
    for k, sides in enumerate((["L", "F"], ["P", "F"])):
        picture(
            tmp_path / str(k),
            unsigned(k, 2),
            "CR",
            ImageOrientationPatient=None,
            ImagePositionPatient=None,
            PatientOrientation=sides,
            SeriesInstanceUID="1.2.3",
            InstanceNumber=k + 1,
        )
    assert [dicom.read(tmp_path, volume=k).sides for k in (0, 1)] == [("L", "F"), ("P", "F")]


def spect(path, step, place="detector", kind="RECON TOMO", slices=(1, 2, 3, 4, 5, 6)):
    """Write a reconstructed SPECT whose frame k holds k."""
    picture(path, unsigned(0, 0), "NM", ImagePositionPatient=None, ImageOrientationPatient=None)
    (file,) = path.iterdir()
    ds = pydicom.dcmread(file)
    ds.ImageType = ["ORIGINAL", "PRIMARY", kind, "EMISSION"]
    where = item(ImagePositionPatient=[-100, -90, 500], ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
    if place == "detector":
        ds.DetectorInformationSequence = [where]
    else:
        ds.update(where)
    ds.SpacingBetweenSlices, ds.SliceVector = step, list(slices)
    ds.NumberOfFrames = len(slices)
    ds.PixelData = np.arange(len(slices), dtype=np.uint16).repeat(2).tobytes()
    ds.save_as(file)
    return file


def test_projections_of_a_turning_camera_are_not_piled_up(tmp_path):
    found = dicom.read(spect(tmp_path / "a", 4.4, kind="TOMO"))
    assert any("No positions are given" in note for note in found.notes)


def jpeg(values, level=40):
    imagecodecs = pytest.importorskip("imagecodecs")
    return imagecodecs.jpeg8_encode(values, level=level, bitspersample=12)


def test_frames_of_another_size_are_left_out_and_said(tmp_path):
    imagecodecs = pytest.importorskip("imagecodecs")
    stored = np.arange(64, dtype=np.uint8).reshape(8, 8)
    path = picture(tmp_path / "a", unsigned(*range(8)), "US")
    ds = pydicom.dcmread(path)
    frames = [stored, stored + 1, stored[:4], stored + 3, stored[:, :4]]
    ds.PixelData = encapsulate([imagecodecs.jpegls_encode(frame.copy()) for frame in frames])
    ds["PixelData"].is_undefined_length = True
    ds.file_meta.TransferSyntaxUID = pydicom.uid.JPEGLSLossless
    ds.Rows = ds.Columns = ds.BitsAllocated = ds.BitsStored = 8
    ds.HighBit, ds.NumberOfFrames = 7, 5
    ds.save_as(path)
    found = dicom.read(path)
    for k in (0, 1, 3):
        np.testing.assert_array_equal(found.pixels[k], stored + k)
    assert found.meta["missing_planes"] == (2, 4)
    assert sum("do not fit the header" in note for note in found.notes) == 1


def test_one_reason_is_said_once(tmp_path):
    path = picture(tmp_path / "a", unsigned(*range(8)), "US", NumberOfFrames=6)
    ds = pydicom.dcmread(path)
    ds.PixelData = encapsulate([b"no picture"] * 6)
    ds["PixelData"].is_undefined_length = True
    ds.file_meta.TransferSyntaxUID = pydicom.uid.JPEGLSLossless
    ds.save_as(path)
    with pytest.raises(dicom.DicomError) as error:
        dicom.read(path)
    assert len(str(error.value).splitlines()) == 2
