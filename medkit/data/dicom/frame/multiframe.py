"""Files with many pictures: enhanced multi-frame, dose grids, Siemens mosaics."""

import math
import re
import struct
from dataclasses import replace
from itertools import chain

import numpy as np

from medkit.data.dicom.facts import ImageFile
from medkit.data.dicom.frame import (
    Frame,
    first_frame,
    orientation,
    plausible_spacing,
    rescale,
    window,
)
from medkit.data.dicom.parse import reading

#: Where a frame says what it is.
_KINDS = (
    ("MRImageFrameTypeSequence", "FrameType"),
    ("MRImageFrameTypeSequence", "ComplexImageComponent"),
    ("CTImageFrameTypeSequence", "FrameType"),
    ("PETFrameTypeSequence", "FrameType"),
)


def frames(image: ImageFile) -> list[Frame]:
    """List the pictures of a file, each with its place in the patient.

    Raises
    ------
    DicomError
        If it has none, or its header cannot be true.
    """
    with reading(image.file.name):
        first, count = first_frame(image)
        if "MOSAIC" in image.facts.get("ImageType", ()) and count == 1:
            return _mosaic(first) or [first]
        if count == 1 and "PerFrameFunctionalGroupsSequence" not in image.dataset:
            return [first]
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
    per_frame = list(dataset.get("PerFrameFunctionalGroupsSequence") or ())
    if len(per_frame) >= count:
        shared = _item(dataset, "SharedFunctionalGroupsSequence")
        return [_functional(first, shared, per_frame[k], k) for k in range(count)]
    found = [replace(first, index=k, order=(*first.order, float(k))) for k in range(count)]
    offsets = image.facts.get("GridFrameOffsetVector")
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
    slope, intercept = rescale(
        first.image,
        _numbers(values, "RescaleSlope", (first.slope,))[0],
        _numbers(values, "RescaleIntercept", (first.intercept,))[0],
    )
    voi, segment = group("FrameVOILUTSequence"), group("SegmentIdentificationSequence")
    content = _item(own, "FrameContentSequence")
    order = (
        *_numbers(content, "TemporalPositionIndex", (first.order[0],)),
        *_numbers(group("MREchoSequence"), "EffectiveEchoTime", (first.order[1],)),
        *_numbers(group("MRDiffusionSequence"), "DiffusionBValue", (first.order[2],)),
        *first.order[3:],
        *_numbers(content, "DimensionIndexValues", ()),
        float(k),
    )
    if position is not None and (len(position) != 3 or max(map(abs, position)) > 1e6):
        position = None
    return replace(
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
        kind=tuple(map(str, chain(*(np.atleast_1d(group(n).get(v) or ()) for n, v in _KINDS)))),
        segment=int(_numbers(segment, "ReferencedSegmentNumber", (0,))[0]),
    )


def _mosaic(first: Frame) -> list[Frame] | None:
    """Cut a Siemens mosaic, which tiles all slices of a volume into one picture."""
    image, dataset = first.image, first.image.dataset
    count = dataset.get((0x0019, 0x100A), 0) and dataset[0x0019, 0x100A].value
    count = struct.unpack("<H", count)[0] if isinstance(count, bytes) else int(count)
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
        replace(
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
        raw = dataset.private_block(0x0029, "SIEMENS CSA HEADER")[0x10].value
    except KeyError:
        return None
    at = raw.find(b"SliceNormalVector\0") if isinstance(raw, bytes) else -1
    numbers = re.findall(rb"-?\d+\.\d+", raw[at : at + 400]) if at >= 0 else []
    return np.array([float(n) for n in numbers[:3]]) if len(numbers) >= 3 else None
