"""The attributes of a DICOM header that decide its image, and their values."""

import math
from dataclasses import dataclass, field

import pydicom
from pydicom.datadict import dictionary_VM, dictionary_VR, tag_for_keyword

from medkit.data.dicom.source import File

_NAMES = """
    ImageType SOPClassUID SOPInstanceUID StudyDate SeriesDate AcquisitionDate SeriesTime
    AcquisitionTime Modality Manufacturer StudyDescription SeriesDescription ManufacturerModelName
    PatientID PatientSex ComplexImageComponent PatientAge PatientWeight AnatomicalOrientationType
    BodyPartExamined SliceThickness KVP RepetitionTime EchoTime InversionTime EchoNumbers
    MagneticFieldStrength SpacingBetweenSlices ProtocolName TriggerTime FrameTime
    GantryDetectorTilt XRayTubeCurrent Exposure ImagerPixelSpacing ConvolutionKernel FlipAngle
    PatientPosition DiffusionBValue DiffusionGradientOrientation StudyInstanceUID
    SeriesInstanceUID SeriesNumber AcquisitionNumber InstanceNumber PatientOrientation
    ImagePositionPatient ImageOrientationPatient FrameOfReferenceUID TemporalPositionIdentifier
    SamplesPerPixel PhotometricInterpretation PlanarConfiguration NumberOfFrames Rows Columns
    PixelSpacing CorrectedImage BitsAllocated BitsStored HighBit PixelRepresentation
    BurnedInAnnotation WindowCenter WindowWidth RescaleIntercept RescaleSlope RescaleType
    VOILUTFunction LossyImageCompression Units SUVType DecayCorrection FrameReferenceTime
    DoseUnits GridFrameOffsetVector DoseGridScaling
"""
#: Every attribute that decides the image or describes it.
NAMES = tuple(_NAMES.split())
#: Of these the standard allows several, and the first number, or the text as a whole, counts.
_SINGLE = {"ConvolutionKernel", "EchoNumbers"}


@dataclass(slots=True)
class ImageFile:
    """A DICOM file: its facts by keyword, and how long its pixels are.

    Attributes
    ----------
    pixel_length : int
        Bytes behind the header: as many as the pixels have, or more.
    dataset : pydicom.Dataset
        The header, for what lies in nested data sets.
    """

    file: File
    facts: dict
    syntax: str
    dataset: pydicom.Dataset
    pixel_length: int = 0
    notes: list[str] = field(default_factory=list)


def value_of(ds: pydicom.Dataset, keyword: str):
    """Return an attribute as plain text or number, or a tuple where the standard allows several.

    Raises
    ------
    ValueError
        If it should be a number and is none; whatever else pydicom raises of a damaged one.
    """
    element, tag = ds[keyword], tag_for_keyword(keyword)
    if element.is_empty:
        return None
    several = isinstance(element.value, (list, tuple, pydicom.multival.MultiValue))
    parts = element.value if several else [element.value]
    vr, one = dictionary_VR(tag), dictionary_VM(tag) == "1" or keyword in _SINGLE
    if vr not in ("DS", "IS", "FD", "FL", "US", "US or SS"):
        texts = tuple(str(part).strip(" \0") for part in parts)
        return ("\\".join(texts) if one else texts) if any(texts) else None
    numbers = tuple(int(part) if vr.startswith("US") else float(part) for part in parts)
    # float() takes "inf" and "nan", which the standard does not.
    if not all(map(math.isfinite, numbers)):
        raise ValueError(keyword)
    return numbers[0] if one else numbers


def bits_stored(facts: dict) -> int:
    """Bits of a stored value: BitsStored, or all that are allocated where it cannot be true."""
    allocated = facts["BitsAllocated"]
    bits = facts.get("BitsStored", allocated)
    return bits if 0 < bits <= allocated else allocated


def black_plus_white(facts: dict) -> int:
    """Lowest plus highest stored value: this − stored swaps black and white."""
    return -1 if facts.get("PixelRepresentation") == 1 else (1 << bits_stored(facts)) - 1
