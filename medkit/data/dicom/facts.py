"""The attributes of a DICOM header that decide its image, and how their bytes are read."""

import math
import struct
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pydicom

from medkit.data.dicom.source import File

#: Kinds of values.
TEXT, TEXTS, NUMBER, NUMBERS, SHORT, FLOAT, DOUBLE, DOUBLES = range(8)

#: Transfer syntaxes that change values: JPEG of 8 and 12 bits, JPEG-LS near-lossless, JPEG 2000.
LOSSY = {f"1.2.840.10008.1.2.4.{number}" for number in (50, 51, 81, 91)}

#: Every attribute that decides the image or describes it: tag → keyword and kind.
FACTS = {
    0x00080008: ("ImageType", TEXTS),
    0x00080016: ("SOPClassUID", TEXT),
    0x00080018: ("SOPInstanceUID", TEXT),
    0x00080020: ("StudyDate", TEXT),
    0x00080021: ("SeriesDate", TEXT),
    0x00080022: ("AcquisitionDate", TEXT),
    0x00080031: ("SeriesTime", TEXT),
    0x00080032: ("AcquisitionTime", TEXT),
    0x00080060: ("Modality", TEXT),
    0x00080070: ("Manufacturer", TEXT),
    0x00081030: ("StudyDescription", TEXT),
    0x0008103E: ("SeriesDescription", TEXT),
    0x00081090: ("ManufacturerModelName", TEXT),
    0x00100020: ("PatientID", TEXT),
    0x00100040: ("PatientSex", TEXT),
    0x00089208: ("ComplexImageComponent", TEXT),
    0x00101010: ("PatientAge", TEXT),
    0x00101030: ("PatientWeight", NUMBER),
    0x00102210: ("AnatomicalOrientationType", TEXT),
    0x00180015: ("BodyPartExamined", TEXT),
    0x00180050: ("SliceThickness", NUMBER),
    0x00180060: ("KVP", NUMBER),
    0x00180080: ("RepetitionTime", NUMBER),
    0x00180081: ("EchoTime", NUMBER),
    0x00180082: ("InversionTime", NUMBER),
    0x00180086: ("EchoNumbers", NUMBER),
    0x00180087: ("MagneticFieldStrength", NUMBER),
    0x00180088: ("SpacingBetweenSlices", NUMBER),
    0x00181030: ("ProtocolName", TEXT),
    0x00181060: ("TriggerTime", NUMBER),
    0x00181063: ("FrameTime", NUMBER),
    0x00181120: ("GantryDetectorTilt", NUMBER),
    0x00181151: ("XRayTubeCurrent", NUMBER),
    0x00181152: ("Exposure", NUMBER),
    0x00181164: ("ImagerPixelSpacing", NUMBERS),
    0x00181210: ("ConvolutionKernel", TEXT),
    0x00181314: ("FlipAngle", NUMBER),
    0x00182010: ("NominalScannedPixelSpacing", NUMBERS),
    0x00185100: ("PatientPosition", TEXT),
    0x00189087: ("DiffusionBValue", DOUBLE),
    0x00189089: ("DiffusionGradientOrientation", DOUBLES),
    0x0020000D: ("StudyInstanceUID", TEXT),
    0x0020000E: ("SeriesInstanceUID", TEXT),
    0x00200011: ("SeriesNumber", NUMBER),
    0x00200012: ("AcquisitionNumber", NUMBER),
    0x00200013: ("InstanceNumber", NUMBER),
    0x00200020: ("PatientOrientation", TEXTS),
    0x00200032: ("ImagePositionPatient", NUMBERS),
    0x00200037: ("ImageOrientationPatient", NUMBERS),
    0x00200052: ("FrameOfReferenceUID", TEXT),
    0x00200100: ("TemporalPositionIdentifier", NUMBER),
    0x00280002: ("SamplesPerPixel", SHORT),
    0x00280004: ("PhotometricInterpretation", TEXT),
    0x00280006: ("PlanarConfiguration", SHORT),
    0x00280008: ("NumberOfFrames", NUMBER),
    0x00280010: ("Rows", SHORT),
    0x00280011: ("Columns", SHORT),
    0x00280030: ("PixelSpacing", NUMBERS),
    0x00280034: ("PixelAspectRatio", NUMBERS),
    0x00280051: ("CorrectedImage", TEXTS),
    0x00280100: ("BitsAllocated", SHORT),
    0x00280101: ("BitsStored", SHORT),
    0x00280102: ("HighBit", SHORT),
    0x00280103: ("PixelRepresentation", SHORT),
    0x00280120: ("PixelPaddingValue", SHORT),
    0x00280121: ("PixelPaddingRangeLimit", SHORT),
    0x00280122: ("FloatPixelPaddingValue", FLOAT),
    0x00280123: ("DoubleFloatPixelPaddingValue", DOUBLE),
    0x00280124: ("FloatPixelPaddingRangeLimit", FLOAT),
    0x00280125: ("DoubleFloatPixelPaddingRangeLimit", DOUBLE),
    0x00280301: ("BurnedInAnnotation", TEXT),
    0x00281050: ("WindowCenter", NUMBERS),
    0x00281051: ("WindowWidth", NUMBERS),
    0x00281052: ("RescaleIntercept", NUMBER),
    0x00281053: ("RescaleSlope", NUMBER),
    0x00281054: ("RescaleType", TEXT),
    0x00281056: ("VOILUTFunction", TEXT),
    0x00282110: ("LossyImageCompression", TEXT),
    0x00541001: ("Units", TEXT),
    0x00541006: ("SUVType", TEXT),
    0x00541102: ("DecayCorrection", TEXT),
    0x00541300: ("FrameReferenceTime", NUMBER),
    0x00620001: ("SegmentationType", TEXT),
    0x0062000E: ("MaximumFractionalValue", SHORT),
    0x30020011: ("ImagePlanePixelSpacing", NUMBERS),
    0x30040002: ("DoseUnits", TEXT),
    0x3004000C: ("GridFrameOffsetVector", NUMBERS),
    0x3004000E: ("DoseGridScaling", NUMBER),
}


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
