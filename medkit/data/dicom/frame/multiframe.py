"""Files with many pictures: enhanced multi-frame, dose grids."""

import math
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
    first, count = first_frame(image)
    if "MOSAIC" in image.facts.get("ImageType", ()):
        image.notes.append(f"{image.file.name}: is a mosaic of many slices, shown as one picture.")
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
