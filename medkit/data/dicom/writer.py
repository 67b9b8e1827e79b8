"""Write a volume as a DICOM series that other programs accept."""

import datetime
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
from pydicom.valuerep import format_number_as_ds

from medkit.data.dicom.frame import MAX_RESCALE
from medkit.data.dicom.source import derived_uid, new_folder
from medkit.image import Volume

_CLASSES = {
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "MR": "1.2.840.10008.5.1.4.1.1.4",
    "PT": "1.2.840.10008.5.1.4.1.1.128",
}
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
#: What of a volume's `meta` is written again, where its module has a place for it.
_CARRIED = {
    "": ("Manufacturer", "ManufacturerModelName", "StudyDescription", "BodyPartExamined",
         "ProtocolName", "PatientSex", "PatientAge", "PatientWeight"),
    "CT": ("KVP", "XRayTubeCurrent", "Exposure", "ConvolutionKernel", "GantryDetectorTilt"),
    "MR": ("RepetitionTime", "EchoTime", "InversionTime", "FlipAngle", "MagneticFieldStrength"),
}  # fmt: skip


def write(
    volume: Volume,
    folder,
    *,
    patient_name: str = "Phantom^Digital",
    patient_id: str = "medkit",
    series_description: str = "",
    study_uid: str | None = None,
    series_number: int = 1,
) -> list[Path]:
    """Write a volume as a DICOM series, one file a plane.

    CT, MR and PT (with unit ``"SUV"``) become images of their own kind with all
    mandatory attributes; everything else, and colour, becomes secondary captures.
    Whole numbers are stored as they are; other values as 16 bits and a slope, so they
    are rounded to 1/65,534 of their range (PET: to 1/32,767 of the largest).

    Parameters
    ----------
    volume : Volume
        What to write.
    folder : path
        A new or empty folder. It appears complete or, on any failure, not at all.
    patient_name, patient_id, series_description : str
        For the header; a volume itself names no patient.
    study_uid : str, optional
        To put several series, such as PET and CT, into one study. Their frame of
        reference is then the same too.
    series_number : int
        Number of the series in its study.

    Returns
    -------
    list of Path
        The files, in plane order.

    Raises
    ------
    FileExistsError
        If the folder holds something already.
    ValueError
        If pixels are not finite or too large to be stored, or there are more than 65,535
        rows or columns.
    """
    stored, slope, intercept = _stored(volume)
    base = _series(volume, study_uid, series_number)
    base.PatientName, base.PatientID = patient_name, patient_id
    base.SeriesDescription = series_description
    _pixel_module(base, volume, stored)
    if not volume.is_colour:
        _rescale(base, volume, slope, intercept)
    if volume.window is not None:
        base.WindowCenter, base.WindowWidth = map(_ds, volume.window)
        if volume.curve != "LINEAR":
            base.VOILUTFunction = volume.curve
    width = max(4, len(str(len(stored))))
    names = [f"IM{k + 1:0{width}d}.dcm" for k in range(len(stored))]
    with new_folder(folder) as partial:
        for k, name in enumerate(names):
            _plane(base, volume, k)
            base.PixelData = stored[k].tobytes()
            base.save_as(partial / name, enforce_file_format=True)
    return [Path(folder) / name for name in names]


def _rescale(ds: pydicom.Dataset, volume: Volume, slope: float, intercept: float) -> None:
    """Write a rescale: CT and PET demand it, elsewhere it stands only where it does something."""
    if ds.SOPClassUID in (_CLASSES["CT"], _CLASSES["PT"]) or (slope, intercept) != (1, 0):
        ds.RescaleSlope, ds.RescaleIntercept = _ds(slope), _ds(intercept)
        if ds.SOPClassUID != _CLASSES["PT"]:
            ds.RescaleType = "HU" if volume.unit == "HU" else "US"


def _ds(number: float) -> str:
    """Return a decimal string, which has 16 characters at most."""
    return format_number_as_ds(float(number))


def _stored(volume: Volume) -> tuple[np.ndarray, float, float]:
    """Return stored pixels, slope and intercept: value = slope × stored + intercept."""
    pixels = volume.pixels
    if max(volume.shape[1:]) > 65535 or 0 in volume.shape:
        raise ValueError(f"DICOM images have 1 to 65,535 rows and columns, not {volume.shape[1:]}")
    if volume.is_colour:
        return np.ascontiguousarray(pixels, np.uint8), 1.0, 0.0
    low, high = float(pixels.min()), float(pixels.max())
    if not np.isfinite([low, high]).all():
        raise ValueError("pixels hold NaN or infinity, which DICOM cannot store; replace them")
    for dtype in (np.int16, np.uint16):
        limits = np.iinfo(dtype)
        if limits.min <= low and high <= limits.max:
            whole = pixels.astype(dtype)
            if pixels.dtype.kind in "iub" or np.array_equal(whole, pixels):
                return np.ascontiguousarray(whole, "<" + np.dtype(dtype).str[1:]), 1.0, 0.0
    if volume.modality == "PT":  # the standard wants intercept 0
        slope, intercept = max(abs(low), abs(high)) / 32767, 0.0
    else:
        slope, intercept = (high - low) / 65534, (high + low) / 2
    # Computed with the rounded numbers that the file will hold, so that no error adds up.
    if not max(slope, abs(intercept)) < MAX_RESCALE:
        raise _too_large(low, high)
    slope, intercept = float(_ds(slope)) or 1.0, float(_ds(intercept))
    stored = np.rint((pixels.astype(np.float64) - intercept) / slope)
    stored = np.clip(stored, -32768, 32767)
    # A decimal string has 16 characters: too few for a small range about a large number.
    if np.abs(stored * slope + intercept - pixels).max() > slope:
        raise _too_large(low, high)
    return stored.astype("<i2"), slope, intercept


def _too_large(low: float, high: float) -> ValueError:
    return ValueError(
        f"values from {low:g} to {high:g} cannot be stored in DICOM: slope and intercept would "
        "lose them. Use another unit, so that the numbers are near 1: "
        "volume.with_pixels(volume.pixels / scale)"
    )


def _series(volume: Volume, study_uid: str | None, series_number: int) -> pydicom.Dataset:
    """Patient, study, series, frame of reference and equipment modules."""
    ds = pydicom.Dataset()
    own_class = not volume.is_colour and volume.sides is None
    own_class = own_class and (volume.modality != "PT" or volume.unit in ("SUV", "SUL"))
    sop_class = _CLASSES.get(volume.modality, _SECONDARY_CAPTURE)
    ds.SOPClassUID = sop_class if own_class else _SECONDARY_CAPTURE
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.ImageType = ["DERIVED", "SECONDARY"] + (["AXIAL"] if volume.modality == "CT" else [])
    if volume.modality == "MR":
        ds.ImageType = ["DERIVED", "SECONDARY", "OTHER"]
    now = datetime.datetime.now()
    for name in ("Study", "Series", "Content"):
        setattr(ds, name + "Date", str(volume.meta.get("StudyDate") or now.strftime("%Y%m%d")))
        setattr(ds, name + "Time", now.strftime("%H%M%S"))
    for keyword in (
        "AccessionNumber",
        "ReferringPhysicianName",
        "PatientBirthDate",
        "PatientSex",
        "Laterality",
        "PositionReferenceIndicator",
        "Manufacturer",
    ):
        setattr(ds, keyword, "")
    for keyword in _CARRIED[""] + _CARRIED.get(volume.modality, ()):
        value = volume.meta.get(keyword)
        if isinstance(value, (int, float)):
            setattr(ds, keyword, int(value) if keyword in _WHOLE else _ds(value))
        elif value:
            setattr(ds, keyword, str(value))
    ds.Modality = volume.modality or "OT"
    ds.StudyInstanceUID = study_uid or generate_uid(None)
    ds.SeriesInstanceUID = generate_uid(None)
    ds.FrameOfReferenceUID = derived_uid(ds.StudyInstanceUID, "frame")
    ds.StudyID, ds.SeriesNumber, ds.AcquisitionNumber = "1", series_number, 1
    _modality_module(ds, volume)
    return ds


_WHOLE = {"XRayTubeCurrent", "Exposure"}


def _modality_module(ds: pydicom.Dataset, volume: Volume) -> None:
    if ds.SOPClassUID == _SECONDARY_CAPTURE:
        ds.ConversionType = "SYN"
        ds.PatientOrientation = list(volume.sides) if volume.sides and any(volume.sides) else ""
        return
    if ds.Modality != "PT":  # which says it with codes, below
        ds.PatientPosition = str(volume.meta.get("PatientPosition") or "HFS")
    if ds.Modality == "CT":
        ds.KVP = ds.get("KVP")
    elif ds.Modality == "MR":
        ds.ScanningSequence, ds.SequenceVariant, ds.ScanOptions = "RM", "NONE", ""
        ds.MRAcquisitionType = "2D"
        for keyword in ("RepetitionTime", "EchoTime", "EchoTrainLength"):
            setattr(ds, keyword, ds.get(keyword))
    else:
        _pet_module(ds, volume)


def _pet_module(ds: pydicom.Dataset, volume: Volume) -> None:
    ds.Units, ds.CountsSource, ds.DecayCorrection = "GML", "EMISSION", "ADMIN"
    ds.ImageType = ["DERIVED", "PRIMARY"]
    ds.SUVType, ds.DecayFactor = "BW" if volume.unit == "SUV" else "LBM", _ds(1)
    ds.SeriesType = ["STATIC", "IMAGE"]
    ds.NumberOfSlices = volume.shape[0]
    ds.CorrectedImage = ["DECY", "ATTN"]
    ds.CollimatorType, ds.FrameReferenceTime = "", _ds(0)
    ds.AcquisitionDate, ds.AcquisitionTime, ds.ActualFrameDuration = (
        ds.SeriesDate,
        ds.SeriesTime,
        None,
    )
    for keyword in (
        "RadiopharmaceuticalInformationSequence",
        "PatientOrientationCodeSequence",
        "PatientGantryRelationshipCodeSequence",
    ):
        setattr(ds, keyword, [])


def _pixel_module(ds: pydicom.Dataset, volume: Volume, stored: np.ndarray) -> None:
    ds.Rows, ds.Columns = volume.shape[1:]
    bits = 8 * stored.dtype.itemsize
    ds.BitsAllocated = ds.BitsStored = bits
    ds.HighBit = bits - 1
    ds.PixelRepresentation = int(stored.dtype.kind == "i")
    ds.SamplesPerPixel = 3 if volume.is_colour else 1
    ds.PhotometricInterpretation = "RGB" if volume.is_colour else "MONOCHROME2"
    if volume.is_colour:
        ds.PlanarConfiguration = 0
    ds.BurnedInAnnotation = "NO"
    ds.PixelSpacing = [_ds(mm) for mm in volume.spacing_mm[1:]]
    # Thickness is measured across the plane, which a tilted gantry's axis is not.
    normal = np.cross(volume.axes[2], volume.axes[1])
    across = abs(float(volume.axes[0] @ normal)) * volume.spacing_mm[0]
    ds.SliceThickness = _ds(across or volume.spacing_mm[0])
    if ds.Modality == "MR":
        ds.SpacingBetweenSlices = ds.SliceThickness
    if volume.sides is None:
        ds.ImageOrientationPatient = [_ds(c) for c in (*volume.axes[2], *volume.axes[1])]


def _plane(ds: pydicom.Dataset, volume: Volume, k: int) -> None:
    """Turn the series' data set into that of plane k."""
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = generate_uid(None)
    ds.InstanceNumber = k + 1
    if volume.sides is None:
        ds.ImagePositionPatient = [_ds(c) for c in (volume.affine @ (k, 0, 0, 1))[:3]]
    if ds.SOPClassUID == _CLASSES["PT"]:
        ds.ImageIndex = k + 1
