"""The attributes of a DICOM header that decide its image, and how their bytes are read."""

import math
import struct
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pydicom
from pydicom.datadict import dictionary_VM, dictionary_VR, tag_for_keyword

from medkit.data.dicom.source import File

#: Kinds of values.
TEXT, TEXTS, NUMBER, NUMBERS, SHORT, FLOAT, DOUBLE, DOUBLES = range(8)

#: Transfer syntaxes that change values: JPEG of 8 and 12 bits, JPEG-LS near-lossless, JPEG 2000.
LOSSY = {f"1.2.840.10008.1.2.4.{number}" for number in (50, 51, 81, 91)}

_NAMES = """
    ImageType SOPClassUID SOPInstanceUID StudyDate SeriesDate AcquisitionDate SeriesTime
    AcquisitionTime Modality Manufacturer StudyDescription SeriesDescription
    ManufacturerModelName PatientID PatientSex ComplexImageComponent PatientAge PatientWeight
    AnatomicalOrientationType BodyPartExamined SliceThickness KVP RepetitionTime EchoTime
    InversionTime EchoNumbers MagneticFieldStrength SpacingBetweenSlices ProtocolName
    TriggerTime FrameTime GantryDetectorTilt XRayTubeCurrent Exposure ImagerPixelSpacing
    ConvolutionKernel FlipAngle NominalScannedPixelSpacing PatientPosition DiffusionBValue
    DiffusionGradientOrientation StudyInstanceUID SeriesInstanceUID SeriesNumber
    AcquisitionNumber InstanceNumber PatientOrientation ImagePositionPatient
    ImageOrientationPatient FrameOfReferenceUID TemporalPositionIdentifier SamplesPerPixel
    PhotometricInterpretation PlanarConfiguration NumberOfFrames Rows Columns PixelSpacing
    PixelAspectRatio CorrectedImage BitsAllocated BitsStored HighBit PixelRepresentation
    PixelPaddingValue PixelPaddingRangeLimit FloatPixelPaddingValue DoubleFloatPixelPaddingValue
    FloatPixelPaddingRangeLimit DoubleFloatPixelPaddingRangeLimit BurnedInAnnotation
    WindowCenter WindowWidth RescaleIntercept RescaleSlope RescaleType VOILUTFunction
    LossyImageCompression Units SUVType DecayCorrection FrameReferenceTime SegmentationType
    MaximumFractionalValue ImagePlanePixelSpacing DoseUnits GridFrameOffsetVector
    DoseGridScaling
"""
#: Of these the standard allows several, and the first number, or the text as a whole, counts.
_SINGLE = {"ConvolutionKernel", "EchoNumbers"}


def _kind(keyword: str) -> int:
    """Return the kind of an attribute's values, by the standard's table of them."""
    tag = tag_for_keyword(keyword)
    vr, one = dictionary_VR(tag), dictionary_VM(tag) == "1" or keyword in _SINGLE
    if vr in ("DS", "IS"):
        return NUMBER if one else NUMBERS
    if vr == "FD":
        return DOUBLE if one else DOUBLES
    return {"FL": FLOAT, "US": SHORT, "US or SS": SHORT}.get(vr, TEXT if one else TEXTS)


#: Every attribute that decides the image or describes it: tag → keyword and kind.
FACTS = {tag_for_keyword(name): (name, _kind(name)) for name in _NAMES.split()}


@dataclass(slots=True)
class ImageFile:
    """A DICOM file: its facts by keyword, and where its pixels are.

    Attributes
    ----------
    pixel_offset : int or None
        Where uncompressed little-endian pixels begin; None if pydicom must decode them.
    dataset : pydicom.Dataset
        The header, for what lies in nested data sets.
    """

    file: File
    facts: dict
    syntax: str
    dataset: pydicom.Dataset
    pixel_offset: int | None = None
    pixel_length: int = 0
    notes: list[str] = field(default_factory=list)


@lru_cache(maxsize=4096)
def _convert(kind: int, raw: bytes, little: bool = True):
    """Turn the bytes of a value into what its kind says; None if empty."""
    if kind == SHORT:
        return struct.unpack_from("<H" if little else ">H", raw)[0] if raw else None
    if kind in (FLOAT, DOUBLE, DOUBLES):
        order = "<" if little else ">"
        numbers = tuple(np.frombuffer(raw, order + ("f4" if kind == FLOAT else "f8")).tolist())
        return (numbers if kind == DOUBLES else numbers[0]) if numbers else None
    text = raw.decode("ascii").strip(" \0")
    if not text:
        return None
    if kind == TEXT:
        return text
    parts = tuple(part.strip(" \0") for part in text.split("\\"))
    if kind == TEXTS:
        return parts
    numbers = tuple(float(part) for part in (parts if kind == NUMBERS else parts[:1]))
    # float() takes "inf", "nan" and "1_000", which the standard does not.
    if "_" in text or not all(map(math.isfinite, numbers)):
        raise ValueError(text)
    return numbers if kind == NUMBERS else numbers[0]


def keep(image: ImageFile, keyword: str, kind: int, raw: bytes, little: bool = True) -> None:
    """Convert a value and keep it; note it where it cannot be converted."""
    try:
        value = _convert(kind, raw, little)
    except (ValueError, struct.error):
        shown = raw[:40].decode("ascii", "replace")
        image.notes.append(f"{image.file.name}: {keyword} is unreadable ({shown!r}) and not used.")
        return
    if value is not None:
        image.facts[keyword] = value


def keep_text(image: ImageFile, keyword: str, kind: int, value) -> None:
    """Keep what pydicom has decoded, for instance from a Japanese character set."""
    several = isinstance(value, (list, tuple, pydicom.multival.MultiValue))
    parts = tuple(str(part).strip(" \0") for part in (value if several else [value]))
    if any(parts) and kind in (TEXT, TEXTS):
        image.facts[keyword] = "\\".join(parts) if kind == TEXT else parts


def bits_stored(facts: dict) -> int:
    """Bits of a stored value: BitsStored, or all that are allocated where it cannot be true."""
    allocated = facts["BitsAllocated"]
    bits = facts.get("BitsStored", allocated)
    return bits if 0 < bits <= allocated else allocated


def black_plus_white(facts: dict) -> int:
    """Lowest plus highest stored value: this − stored swaps black and white."""
    return -1 if facts.get("PixelRepresentation") == 1 else (1 << bits_stored(facts)) - 1


def padding_of(facts: dict) -> tuple[float, float] | None:
    """Return the lowest and the highest stored value that is no part of the image, if any.

    References
    ----------
    DICOM PS3.3, C.7.5.1.1.2.
    """
    for kind in ("Float", "DoubleFloat"):  # of pixels that are no whole numbers
        if (value := facts.get(f"{kind}PixelPaddingValue")) is not None:
            ends = (value, facts.get(f"{kind}PixelPaddingRangeLimit", value))
            return min(ends), max(ends)
    value = facts.get("PixelPaddingValue")
    if value is None or facts.get("Modality") == "SEG":  # there it is the empty segment, 0
        return None
    ends = (value, facts.get("PixelPaddingRangeLimit", value))
    if facts.get("PixelRepresentation") == 1:
        ends = tuple(end - 2**16 if end >= 2**15 else end for end in ends)
    return min(ends), max(ends)


def is_padding_blurred(image: ImageFile) -> bool:
    """Whether compression has changed the value of padding, and no range for it is given."""
    facts = image.facts
    said = facts.get("LossyImageCompression")
    lossy = said == "01" or (image.syntax in LOSSY and said != "00")
    return lossy and padding_of(facts) is not None and "PixelPaddingRangeLimit" not in facts
