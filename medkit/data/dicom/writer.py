"""Write a volume as a DICOM series that other programs accept."""

import datetime
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid
from pydicom.valuerep import format_number_as_ds

from medkit.data.dicom.frame import MAX_RESCALE
from medkit.data.dicom.source import new_folder
from medkit.image import Volume

_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
#: What of a volume's `meta` is written again.
_CARRIED = ("Manufacturer", "ManufacturerModelName", "StudyDescription", "BodyPartExamined",
            "ProtocolName", "PatientSex", "PatientAge", "PatientWeight")  # fmt: skip
_CARRIED_CT = ("KVP", "XRayTubeCurrent", "Exposure", "ConvolutionKernel", "GantryDetectorTilt")
_WHOLE = {"XRayTubeCurrent", "Exposure"}
#: Elements that a file must have, if only empty.
_EMPTY = (
    "AccessionNumber",
    "ReferringPhysicianName",
    "PatientBirthDate",
    "PatientSex",
    "Laterality",
    "PositionReferenceIndicator",
    "Manufacturer",
)


def write(
    volume: Volume,
    folder,
    *,
    patient_name: str = "Phantom^Digital",
    patient_id: str = "medkit",
    series_description: str = "",
    series_number: int = 1,
) -> list[Path]:
    """Write a volume as a DICOM series, one file a plane.

    CT becomes CT images with all mandatory attributes; everything else becomes secondary
    captures. Whole numbers are stored as they are; other values as 16 bits and a slope, so
    they are rounded to 1/65,534 of their range.

    Parameters
    ----------
    volume : Volume
        What to write.
    folder : path
        A new or empty folder. It appears complete or, on any failure, not at all.
    patient_name, patient_id, series_description : str
        For the header; a volume itself names no patient.
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
    base = _series(volume, series_number)
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
    """Write a rescale: CT demands it, elsewhere it stands only where it does something."""
    if ds.SOPClassUID == CTImageStorage or (slope, intercept) != (1, 0):
        ds.RescaleSlope, ds.RescaleIntercept = _ds(slope), _ds(intercept)
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
    # Computed with the rounded numbers that the file will hold, so that no error adds up.
    slope = float(_ds((high - low) / 65534)) or 1.0
    intercept = float(_ds((high + low) / 2))
    stored = np.rint((pixels.astype(np.float64) - intercept) / slope)
    stored = np.clip(stored, -32768, 32767)
    # A decimal string has 16 characters: too few for a small range about a large number.
    lost = np.abs(stored * slope + intercept - pixels).max() > slope
    if lost or not max(slope, abs(intercept)) < MAX_RESCALE:
        raise ValueError(
            f"values from {low:g} to {high:g} cannot be stored in DICOM: slope and intercept "
            "would lose them. Use another unit, so that the numbers are near 1: "
            "volume.with_pixels(volume.pixels / scale)"
        )
    return stored.astype("<i2"), slope, intercept


def _series(volume: Volume, series_number: int) -> pydicom.Dataset:
    """Patient, study, series, frame of reference and equipment modules."""
    ds = pydicom.Dataset()
    is_ct = volume.modality == "CT" and not volume.is_colour and volume.sides is None
    ds.SOPClassUID = CTImageStorage if is_ct else _SECONDARY_CAPTURE
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.ImageType = ["DERIVED", "SECONDARY"] + (["AXIAL"] if volume.modality == "CT" else [])
    now = datetime.datetime.now()
    for name in ("Study", "Series", "Content"):
        setattr(ds, name + "Date", str(volume.meta.get("StudyDate") or now.strftime("%Y%m%d")))
        setattr(ds, name + "Time", now.strftime("%H%M%S"))
    for keyword in _EMPTY:
        setattr(ds, keyword, "")
    for keyword in _CARRIED + (_CARRIED_CT if volume.modality == "CT" else ()):
        value = volume.meta.get(keyword)
        if isinstance(value, (int, float)):
            setattr(ds, keyword, int(value) if keyword in _WHOLE else _ds(value))
        elif value:
            setattr(ds, keyword, str(value))
    ds.Modality = volume.modality or "OT"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = generate_uid(None), generate_uid(None)
    ds.FrameOfReferenceUID = generate_uid(None)
    ds.StudyID, ds.SeriesNumber, ds.AcquisitionNumber = "1", series_number, 1
    if is_ct:
        ds.PatientPosition = str(volume.meta.get("PatientPosition") or "HFS")
        ds.KVP = ds.get("KVP")
    else:
        ds.ConversionType = "SYN"
        ds.PatientOrientation = list(volume.sides) if volume.sides and any(volume.sides) else ""
    return ds


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
    if volume.sides is None:
        ds.ImageOrientationPatient = [_ds(c) for c in (*volume.axes[2], *volume.axes[1])]


def _plane(ds: pydicom.Dataset, volume: Volume, k: int) -> None:
    """Turn the series' data set into that of plane k."""
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = generate_uid(None)
    ds.InstanceNumber = k + 1
    if volume.sides is None:
        ds.ImagePositionPatient = [_ds(c) for c in (volume.affine @ (k, 0, 0, 1))[:3]]
