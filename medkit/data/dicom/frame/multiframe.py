"""Files with many pictures: enhanced multi-frame, dose grids, SPECT, Siemens mosaics."""

import math
import re
import struct

import numpy as np
import pydicom

from medkit.data.dicom.facts import ImageFile
from medkit.data.dicom.frame import (
    Frame,
    copy,
    first_frame,
    orientation,
    plausible_spacing,
    rescale,
    window,
)
from medkit.data.dicom.frame.real_world import mapping
from medkit.data.dicom.parse import quiet


def frames(image: ImageFile) -> list[Frame]:
    """List the pictures of a file, each with its place in the patient.

    Raises
    ------
    DicomError
        If it has none, or its header cannot be true.
    """
    if image.facts.get("Modality") == "NM":
        _place_of_detector(image)
    first, count = first_frame(image)
    if "MOSAIC" in image.facts.get("ImageType", ()) and count == 1:
        first = _mapped(first, image.dataset)
        return _mosaic(first) or [first]
    if count == 1 and "PerFrameFunctionalGroupsSequence" not in image.dataset:
        return [_mapped(first, image.dataset)]
    return _many(first, count)


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
                names = _names(dataset, shared, per_frame[0])
                found = [_functional(first, shared, per_frame[k], k, names) for k in range(count)]
                return [
                    _mapped(_mapped(_mapped(frame, dataset), shared), own)
                    for frame, own in zip(found, per_frame, strict=False)
                ]
    except Exception as error:
        image.notes.append(
            f"{image.file.name}: the places of its frames are unreadable ({type(error).__name__}): "
            "they are taken in stored order."
        )
    first = _mapped(first, dataset)
    found = [copy(first, index=k, order=(*first.order, float(k))) for k in range(count)]
    offsets = image.facts.get("GridFrameOffsetVector")
    if offsets is None and first.position and image.facts.get("Modality") == "NM":
        offsets = _spect_offsets(image, count)
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


def _place_of_detector(image: ImageFile) -> None:
    """Take place and direction from the detector's item, where nuclear medicine has them.

    References
    ----------
    DICOM PS3.3, C.8.4.11.
    """
    try:
        with quiet():
            detector = _item(image.dataset, "DetectorInformationSequence")
            for keyword in ("ImagePositionPatient", "ImageOrientationPatient"):
                if keyword not in image.facts and (value := _numbers(detector, keyword, None)):
                    image.facts[keyword] = value
    except Exception:  # damage in a nested data set can raise anything; then no place is known
        image.notes.append(f"{image.file.name}: the place of its detector is unreadable.")


def _spect_offsets(image: ImageFile, count: int):
    """Return the distance of each reconstructed slice from the first; None for projections.

    The spacing's sign is the direction: positive along the normal, negative against it
    (DICOM PS3.3, C.8.4.15).
    """
    step, kind = image.facts.get("SpacingBetweenSlices"), image.facts.get("ImageType", ())
    if not step or (len(kind) > 2 and not kind[2].startswith("RECON")):
        return None
    try:
        with quiet():
            # Gated and repeated scans say with each frame which slice it shows.
            slices = np.atleast_1d(image.dataset.get("SliceVector") or ()).astype(int).tolist()
    except (TypeError, ValueError):
        slices = []
    slices = slices if len(slices) == count else range(1, count + 1)
    return tuple(step * (k - 1) for k in slices)


def _mapped(frame: Frame, group) -> Frame:
    """Return the frame with the values of a real-world value mapping, if the group has one."""
    try:
        with quiet():
            found = mapping(frame.image, group)
    except Exception:  # damage in a nested data set can raise anything
        found = None
        frame.image.notes.append(f"{frame.image.file.name}: real-world values are unreadable.")
    if found is None:
        return frame
    slope, intercept, unit = found
    meant = frame.window_scale or (frame.slope, frame.intercept)
    return copy(frame, slope=slope, intercept=intercept, unit=unit, window_scale=meant)


def _names(dataset, shared, own) -> tuple[list[str], list[str]]:
    """Return the frame type sequences of a file, and what its dimension indices count."""
    kinds = {*own.dir("FrameType"), *(shared.dir("FrameType") if shared else ())}
    pointers = [i.get("DimensionIndexPointer") for i in dataset.get("DimensionIndexSequence") or ()]
    counted = [p is not None and pydicom.datadict.keyword_for_tag(p) for p in pointers]
    return sorted(kinds), [name or f"dimension {n}" for n, name in enumerate(counted, 1)]


def _plain(value) -> float | str:
    try:
        return float(np.atleast_1d(value)[0])
    except ValueError:
        return str(value)


def _told(own, group, names) -> dict:
    """Return what a frame's functional groups say that may tell it from others at its place."""
    found = {}
    for sequence, keyword, name in (
        ("SegmentIdentificationSequence", "ReferencedSegmentNumber", "SegmentNumber"),
        ("FrameContentSequence", "TemporalPositionIndex", "TemporalPositionIndex"),
        ("MREchoSequence", "EffectiveEchoTime", "EffectiveEchoTime"),
        ("MRDiffusionSequence", "DiffusionBValue", "DiffusionBValue"),
        ("MRDiffusionSequence", "DiffusionGradientOrientation", "DiffusionGradientOrientation"),
        ("MRImageFrameTypeSequence", "ComplexImageComponent", "ComplexImageComponent"),
        ("MRModifierSequence", "InversionTimes", "InversionTime"),
        ("MRTimingAndRelatedParametersSequence", "FlipAngle", "FlipAngle"),
        ("MRTimingAndRelatedParametersSequence", "RepetitionTime", "RepetitionTime"),
        ("CardiacSynchronizationSequence", "NominalCardiacTriggerDelayTime", "TriggerTime"),
        ("CTReconstructionSequence", "ConvolutionKernel", "ConvolutionKernel"),
        ("FrameContentSequence", "StackID", "StackID"),
        ("FrameContentSequence", "FrameAcquisitionNumber", "AcquisitionNumber"),
    ):
        item = group(sequence)
        if keyword == "DiffusionGradientOrientation":
            item = _item(item, "DiffusionGradientDirectionSequence")
        value = item.get(keyword)
        if value not in (None, ""):
            several = not isinstance(value, str) and len(np.atleast_1d(value)) > 1
            found[name] = _plain(value) if not several else tuple(map(_plain, value))
    kinds, dimensions = names
    for name in kinds:
        if kind := group(name).get("FrameType"):
            found["FrameType"] = tuple(np.atleast_1d(kind).tolist())
    # Whatever else tells frames apart has an index of its own.
    indices = _numbers(_item(own, "FrameContentSequence"), "DimensionIndexValues", ())
    for number, index in enumerate(indices):
        known = number < len(dimensions)
        found.setdefault(dimensions[number] if known else f"dimension {number + 1}", index)
    return found


def _functional(first: Frame, shared, own, k: int, names) -> Frame:
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
    slope, intercept = rescale(
        first.image,
        _numbers(values, "RescaleSlope", (first.slope,))[0],
        _numbers(values, "RescaleIntercept", (first.intercept,))[0],
    )
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
    return copy(
        first,
        index=k,
        position=position,
        orientation=orientation(first.image, direction) if direction else None,
        spacing=spacing if plausible_spacing(spacing) else None,
        slope=slope,
        intercept=intercept,
        order=order,
        window=window(_numbers(voi, "WindowCenter", None), _numbers(voi, "WindowWidth", None))
        or first.window,
        curve=str(voi.get("VOILUTFunction") or first.curve),
        thickness=_numbers(measures, "SliceThickness", (first.thickness,))[0],
        tells=first.tells | _told(own, group, names),
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
    if (
        not grid
        or any(n % grid for n in first.shape)
        or None in (first.position, first.orientation, first.spacing)
    ):
        image.notes.append(f"{image.file.name}: is a mosaic that cannot be cut, shown as it is.")
        return None
    rows, columns = first.shape[0] // grid, first.shape[1] // grid
    along, down = np.array(first.orientation[:3]), np.array(first.orientation[3:])
    # The header places the whole mosaic's corner; the slices are centred where it is centred.
    corner = np.array(first.position)
    corner = corner + along * first.spacing[1] * (first.shape[1] - columns) / 2
    corner = corner + down * first.spacing[0] * (first.shape[0] - rows) / 2
    step = image.facts.get("SpacingBetweenSlices") or first.thickness or 1.0
    normal = np.cross(along, down)
    vector = _slice_normal(dataset)
    if vector is not None and abs(abs(vector @ normal) - 1) < 1e-3:
        normal = vector
        image.notes.append("A mosaic was cut into its slices.")
    else:
        image.notes.append(
            "A mosaic was cut into its slices, which are taken to go along the normal."
        )
    return [
        copy(
            first,
            shape=(rows, columns),
            position=tuple((corner + normal * step * k).tolist()),
            order=(*first.order, float(k)),
            tile=(k // grid * rows, k % grid * columns),
        )
        for k in range(count)
    ]


def _slice_normal(dataset) -> np.ndarray | None:
    """Return the direction in which a mosaic's slices follow each other, from Siemens' header.

    It may be the opposite of row × column. Numbers stand as text behind the name.
    """
    try:
        with quiet():
            raw = dataset.private_block(0x0029, "SIEMENS CSA HEADER")[0x10].value
    except Exception:  # none there, or damage, which can raise anything
        return None
    at = raw.find(b"SliceNormalVector\0") if isinstance(raw, bytes) else -1
    numbers = re.findall(rb"-?\d+\.\d+", raw[at : at + 400]) if at >= 0 else []
    return np.array([float(n) for n in numbers[:3]]) if len(numbers) >= 3 else None
