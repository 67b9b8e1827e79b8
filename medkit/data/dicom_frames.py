"""The single pictures inside DICOM files, each with its place in the patient."""

import math
import struct
from dataclasses import dataclass

import numpy as np

from medkit.data.dicom_header import ImageFile, quiet
from medkit.data.dicom_source import DicomError

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
    tile : tuple of int or None
        First row and column where the picture is a part of a larger mosaic.
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
    tile: tuple[int, int] | None = None

    @property
    def facts(self) -> dict:
        """Facts of the file that the frame is in."""
        return self.image.facts


def frames(image: ImageFile) -> list[Frame]:
    """List the pictures of a file.

    Raises
    ------
    DicomError
        If it has none, or its header cannot be true.
    """
    count = _checked_count(image)
    facts = image.facts
    first = Frame(
        image,
        0,
        (facts["Rows"], facts["Columns"]),
        _vector(image, "ImagePositionPatient", 3),
        _orientation(image, facts.get("ImageOrientationPatient")),
        _pixel_spacing(image),
        facts.get("RescaleSlope", facts.get("DoseGridScaling", 1.0)),
        facts.get("RescaleIntercept", 0.0),
        tuple(facts.get(name, 0.0) for name in REPEATS),
        _window(facts.get("WindowCenter"), facts.get("WindowWidth")),
        facts.get("SliceThickness"),
    )
    if first.slope == 0:
        image.notes.append(f"{image.file.name}: RescaleSlope is 0, which would erase the image; 1.")
        first.slope = 1.0
    if "MOSAIC" in facts.get("ImageType", ()) and count == 1 and image.dataset is not None:
        return _mosaic(first) or [first]
    if count == 1 and (
        image.dataset is None or "PerFrameFunctionalGroupsSequence" not in image.dataset
    ):
        return [first]
    return _many(first, count)


def _checked_count(image: ImageFile) -> int:
    """Return the number of frames, after asking whether header and pixels can go together."""
    facts, name = image.facts, image.file.name
    if not image.pixel_length:
        what = facts.get("Modality", "no modality given")
        raise DicomError(
            f"{name}: has no pixels ({what}), so it is no image. "
            "Use dicom.header(file) to see what it holds."
        )
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
    # Compressed pixels are small; 64 MiB are harmless even where they turn out not to be true.
    possible = max(2**26, 20_000 * image.pixel_length)
    if image.pixel_length > 0 and image.syntax.startswith("1.2.840.10008.1.2.4"):
        too_much = needed > possible
    elif image.syntax == "1.2.840.10008.1.2.5":  # run lengths: at best 128 bytes from 2
        too_much = needed > 64 * image.pixel_length
    elif image.pixel_length > 0:
        full = (
            needed if facts.get("PhotometricInterpretation") != "YBR_FULL_422" else needed * 2 // 3
        )
        too_much = full > image.pixel_length
    else:
        too_much = needed > possible
    if too_much:
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


def _orientation(image: ImageFile, value):
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
    if spacing is None and image.dataset is not None:
        spacing = _ultrasound_spacing(image.dataset)
    if spacing is None and len(facts.get("PixelAspectRatio", ())) == 2:
        tall, wide = facts["PixelAspectRatio"]
        if tall > 0 and wide > 0 and 0.01 < tall / wide < 100:
            note("Only the shape of a pixel is known, not its size: its width is taken as 1 mm.")
            return (tall / wide, 1.0)
    if spacing is not None and len(spacing) == 1:
        spacing = spacing * 2
    if spacing is not None and len(spacing) == 2 and all(1e-6 < s < 1e4 for s in spacing):
        return spacing
    if spacing is not None:
        note(f"{image.file.name}: PixelSpacing is impossible and not used.")
    return None


def _ultrasound_spacing(dataset):
    """Pixel size of the first ultrasound region that is measured in centimetres."""
    try:
        for region in dataset.get("SequenceOfUltrasoundRegions") or ():
            if region.PhysicalUnitsXDirection == 3 and region.PhysicalUnitsYDirection == 3:
                deltas = (region.PhysicalDeltaY, region.PhysicalDeltaX)
                return tuple(abs(float(delta)) * 10 for delta in deltas)
    except Exception:  # a damaged region says nothing
        return None
    return None


def _window(centre, width):
    if centre and width and width[0] > 0:
        return (centre[0], width[0])
    return None


def _item(dataset, *path):
    """Follow sequences to the first item of each; an empty data set where there is none."""
    for keyword in path:
        items = dataset.get(keyword) if dataset is not None else None
        dataset = items[0] if items else None
    return dataset if dataset is not None else {}


def _numbers(group, keyword, fallback):
    value = group.get(keyword)
    if value is None or value == "":
        return fallback
    values = tuple(float(v) for v in np.atleast_1d(value))
    if not all(map(math.isfinite, values)):
        raise ValueError(f"{keyword} is not finite")
    return values


def _many(first: Frame, count: int) -> list[Frame]:
    """Read the functional groups of an enhanced file, or whatever else tells frames apart."""
    image, dataset = first.image, first.image.dataset
    per_frame = []
    # The parser works lazily, so damage in a nested data set shows here, as almost any error.
    try:
        with quiet():
            per_frame = list(dataset.get("PerFrameFunctionalGroupsSequence") or ())
            if len(per_frame) >= count:
                shared = _item(dataset, "SharedFunctionalGroupsSequence")
                return [_functional(first, shared, per_frame[k], k) for k in range(count)]
    except Exception as error:
        image.notes.append(
            f"{image.file.name}: the places of its frames are unreadable ({type(error).__name__}): "
            "they are taken in stored order."
        )
    found = [_copy(first, index=k, order=(*first.order, float(k))) for k in range(count)]
    offsets = image.facts.get("GridFrameOffsetVector")
    step = image.facts.get("SpacingBetweenSlices")
    if offsets is None and first.position and step and image.facts.get("Modality") == "NM":
        offsets = tuple(step * k for k in range(count))
    if offsets and len(offsets) == count and first.position and first.orientation:
        normal = np.cross(first.orientation[:3], first.orientation[3:])
        # Offsets are relative to the first frame, or absolute where the first is not 0.
        for frame, offset in zip(found, offsets, strict=True):
            where = np.add(first.position, normal * (offset - offsets[0]))
            frame.position = tuple(where.tolist())
    elif count > 1:
        for frame in found:
            frame.position = None
    return found


def _copy(frame: Frame, **changes) -> Frame:
    values = {name: getattr(frame, name) for name in Frame.__slots__}
    return Frame(**(values | changes))


def _functional(first: Frame, shared, own, k: int) -> Frame:
    """Return frame k with what its functional groups, or the shared ones, say."""

    def group(name):
        return _item(own, name) or _item(shared, name)

    position = _numbers(group("PlanePositionSequence"), "ImagePositionPatient", first.position)
    direction = _numbers(
        group("PlaneOrientationSequence"), "ImageOrientationPatient", first.orientation
    )
    measures = group("PixelMeasuresSequence")
    spacing = _numbers(measures, "PixelSpacing", first.spacing)
    values = group("PixelValueTransformationSequence")
    voi = group("FrameVOILUTSequence")
    content = _item(own, "FrameContentSequence")
    order = (
        *_numbers(content, "TemporalPositionIndex", (first.order[0],)),
        *_numbers(group("MREchoSequence"), "EffectiveEchoTime", (first.order[1],)),
        *_numbers(group("MRDiffusionSequence"), "DiffusionBValue", (first.order[2],)),
        *_numbers(group("SegmentIdentificationSequence"), "ReferencedSegmentNumber", (0.0,)),
        *first.order[3:],
        float(k),
    )
    if position is not None and (len(position) != 3 or max(map(abs, position)) > 1e6):
        position = None
    good = spacing is not None and len(spacing) == 2 and all(1e-6 < s < 1e4 for s in spacing)
    return _copy(
        first,
        index=k,
        position=position,
        orientation=_orientation(first.image, direction) if direction else None,
        spacing=spacing if good else None,
        slope=_numbers(values, "RescaleSlope", (first.slope,))[0] or 1.0,
        intercept=_numbers(values, "RescaleIntercept", (first.intercept,))[0],
        order=order,
        window=_window(_numbers(voi, "WindowCenter", None), _numbers(voi, "WindowWidth", None))
        or first.window,
        thickness=_numbers(measures, "SliceThickness", (first.thickness,))[0],
    )


def _mosaic(first: Frame) -> list[Frame] | None:
    """Cut a Siemens mosaic, which tiles all slices of a volume into one picture."""
    image, dataset = first.image, first.image.dataset
    try:
        with quiet():
            raw = dataset[0x0019, 0x100A].value
        count = struct.unpack("<H", raw)[0] if isinstance(raw, bytes) else int(raw)
    except (KeyError, ValueError, TypeError, struct.error):
        image.notes.append(f"{image.file.name}: is a mosaic of unknown layout, shown as it is.")
        return None
    grid = math.ceil(math.sqrt(count)) if 0 < count <= 4096 else 0
    if not grid or any(n % grid for n in first.shape) or None in (
        first.position, first.orientation, first.spacing,
    ):  # fmt: skip
        image.notes.append(f"{image.file.name}: is a mosaic that cannot be cut, shown as it is.")
        return None
    rows, columns = first.shape[0] // grid, first.shape[1] // grid
    along, down = np.array(first.orientation[:3]), np.array(first.orientation[3:])
    # The header places the whole mosaic's corner; the slices are centred where it is centred.
    corner = np.array(first.position)
    corner = corner + along * first.spacing[1] * (first.shape[1] - columns) / 2
    corner = corner + down * first.spacing[0] * (first.shape[0] - rows) / 2
    step = image.facts.get("SpacingBetweenSlices") or first.thickness or 1.0
    image.notes.append("A mosaic was cut into its slices, which are taken to go along the normal.")
    return [
        _copy(
            first,
            shape=(rows, columns),
            position=tuple((corner + np.cross(along, down) * step * k).tolist()),
            order=(*first.order, float(k)),
            tile=(k // grid * rows, k % grid * columns),
        )
        for k in range(count)
    ]
