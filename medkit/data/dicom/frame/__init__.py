"""The single pictures inside DICOM files, each with its place in the patient."""

import math
from dataclasses import dataclass

from medkit.data.dicom.facts import ImageFile
from medkit.data.dicom.source import DicomError

#: Numbers that tell apart pictures taken at the same place, in this order.
REPEATS = (
    "TemporalPositionIdentifier",
    "EchoNumbers",
    "DiffusionBValue",
    "AcquisitionNumber",
    "InstanceNumber",
)
#: No file honestly holds more frames than this.
MAX_FRAMES = 100_000
#: A slope or intercept this large is damage, not a unit.
MAX_RESCALE = 1e15


@dataclass(slots=True)
class Frame:
    """One picture: where its pixels are, and where they lie in the patient.

    Attributes
    ----------
    image : ImageFile
        The file it is in.
    index : int
        Its number in that file, from 0.
    shape : tuple of int
        Rows and columns.
    position, orientation : tuple of float or None
        Centre of the first pixel in mm; directions along a row and down a column.
    spacing : tuple of float or None
        Distance of rows and of columns in mm.
    slope, intercept : float
        value = slope × stored + intercept.
    curve : str
        The function for which `window` is meant: LINEAR, LINEAR_EXACT or SIGMOID.
    kind : tuple
        What the picture is, where the frame says it: frame type, magnitude or phase.
    segment : int
        Number of the segment that it shows, or 0.
    """

    image: ImageFile
    index: int
    shape: tuple[int, int]
    position: tuple[float, ...] | None
    orientation: tuple[float, ...] | None
    spacing: tuple[float, float] | None
    slope: float
    intercept: float
    order: tuple[float, ...]
    window: tuple[float, float] | None = None
    thickness: float | None = None
    curve: str = "LINEAR"
    kind: tuple = ()
    segment: int = 0

    @property
    def facts(self) -> dict:
        """Facts of the file that the frame is in."""
        return self.image.facts


def first_frame(image: ImageFile) -> tuple[Frame, int]:
    """Return the first picture of a file as its own header describes it, and their number.

    Raises
    ------
    DicomError
        If it has none, or its header cannot be true.
    """
    count = _checked_count(image)
    facts = image.facts
    slope = facts.get("RescaleSlope", facts.get("DoseGridScaling", 1.0))
    first = Frame(
        image,
        0,
        (facts["Rows"], facts["Columns"]),
        _vector(image, "ImagePositionPatient", 3),
        orientation(image, facts.get("ImageOrientationPatient")),
        _pixel_spacing(image),
        *rescale(image, slope, facts.get("RescaleIntercept", 0.0)),
        tuple(facts.get(name, 0.0) for name in REPEATS),
        window(facts.get("WindowCenter"), facts.get("WindowWidth")),
        facts.get("SliceThickness"),
        curve=facts.get("VOILUTFunction", "LINEAR"),
    )
    return first, count


def _checked_count(image: ImageFile) -> int:
    """Return the number of frames, after asking whether header and pixels can go together."""
    facts, name = image.facts, image.file.name
    rows, columns = facts.get("Rows", 0), facts.get("Columns", 0)
    count = facts.get("NumberOfFrames", 1)
    bits, samples = facts.get("BitsAllocated", 0), facts.get("SamplesPerPixel", 1)
    good = rows > 0 and columns > 0 and bits in (1, 8, 16, 32, 64) and samples in (1, 3)
    if not good or count != int(count) or not 1 <= count <= MAX_FRAMES:
        raise DicomError(
            f"{name}: the header describes no possible image ({rows} rows, {columns} columns, "
            f"{count:g} frames, {samples} samples of {bits} bits). Export the file again."
        )
    needed = rows * columns * int(count) * samples * bits // 8
    if facts.get("PhotometricInterpretation") == "YBR_FULL_422":
        needed = needed * 2 // 3
    # Compressed pixels are smaller; what their stream promises is seen when it is decoded.
    if needed > image.pixel_length and not image.syntax.is_compressed:
        raise DicomError(
            f"{name}: the header promises {needed} bytes of pixels but only {image.pixel_length} "
            "are there. The file is cut short or its header is wrong; copy it again."
        )
    return int(count)


def _vector(image: ImageFile, keyword: str, length: int):
    value = image.facts.get(keyword)
    if value is not None and (len(value) != length or max(map(abs, value)) > 1e6):
        image.notes.append(f"{image.file.name}: {keyword} is impossible and not used.")
        return None
    return value


def orientation(image: ImageFile, value):
    """Return six direction cosines of unit length, or None with a note."""
    if value is None:
        return None
    if len(value) == 6:
        row, column = value[:3], value[3:]
        long, deep = math.hypot(*row), math.hypot(*column)
        if 0.9 < long < 1.1 and 0.9 < deep < 1.1:
            lean = sum(a * b for a, b in zip(row, column, strict=True)) / (long * deep)
            if abs(lean) < 0.01:
                return tuple(a / long for a in row) + tuple(a / deep for a in column)
    image.notes.append(
        f"{image.file.name}: ImageOrientationPatient is no pair of perpendicular directions "
        "and not used."
    )
    return None


def _pixel_spacing(image: ImageFile):
    """Find the distance of pixels in mm, and say where it came from if not from PixelSpacing."""
    facts, note = image.facts, image.notes.append
    spacing = facts.get("PixelSpacing")
    if spacing is None and "ImagerPixelSpacing" in facts:
        spacing = facts["ImagerPixelSpacing"]
        note("Pixel spacing is that at the detector: the body, nearer to the source, is smaller.")
    if spacing is None:
        spacing = _ultrasound_spacing(image)
    if plausible_spacing(spacing):
        return spacing
    if spacing is not None:
        note(f"{image.file.name}: PixelSpacing is impossible and not used.")
    return None


def plausible_spacing(spacing) -> bool:
    """Whether these are two distances that an image can have, from 1 nm to 10 m."""
    return spacing is not None and len(spacing) == 2 and all(1e-6 < s < 1e4 for s in spacing)


def _ultrasound_spacing(image: ImageFile):
    """Pixel size of the first ultrasound region that is measured in centimetres."""
    rows, columns = image.facts["Rows"], image.facts["Columns"]
    for region in image.dataset.get("SequenceOfUltrasoundRegions") or ():
        if region.PhysicalUnitsXDirection == 3 and region.PhysicalUnitsYDirection == 3:
            right, low = (region.get(f"RegionLocationMax{c}1") or 0 for c in "XY")
            if right >= columns or low >= rows:
                image.notes.append(
                    "The ultrasound region of the header reaches beyond the picture, which "
                    "must have been resized or cut: distances may be wrong."
                )
            return abs(float(region.PhysicalDeltaY)) * 10, abs(float(region.PhysicalDeltaX)) * 10
    return None


def rescale(image: ImageFile, slope: float, intercept: float) -> tuple[float, float]:
    """Return slope and intercept, or 1 and 0 with a note where they cannot be meant."""
    if slope != 0 and abs(slope) < MAX_RESCALE and abs(intercept) < MAX_RESCALE:
        return slope, intercept
    image.notes.append(
        f"{image.file.name}: a rescale by {slope:g} and {intercept:g} is impossible and not used."
    )
    return 1.0, 0.0


def window(centre, width):
    """Return the first of a header's windows, or None."""
    if centre and width and width[0] > 0:
        return (centre[0], width[0])
    return None
