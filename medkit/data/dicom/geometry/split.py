"""Which pictures of a series belong to one volume, and in which order."""

from dataclasses import replace

import numpy as np

from medkit.data.dicom.frame import Frame
from medkit.data.dicom.geometry import Stack, measure
from medkit.data.dicom.geometry.places import (
    about_slabs,
    places_of,
    slabs_of,
)


def stacks(frames: list[Frame]) -> list[Stack]:
    """Sort pictures of a series into stacks, the one with the most planes first.

    Pictures share a stack if they share size, pixel spacing, orientation and frame type.
    A place that occurs again and again (time points, echoes) gives one stack for each,
    in the order of time, echo, b-value, acquisition and instance number; so
    do slabs with a gap between them, and the segments of a segmentation.
    """
    frames, doubled = _without_doubles(frames)
    found = []
    for group in _alike(frames):
        segments = group[0].facts.get("Modality") == "SEG"
        for stack in _segments(group) if segments else _split(group):
            stack.notes[:0] = doubled
            found.append(stack)
    # Stable: of equal length, the one acquired first stays first.
    return sorted(found, key=lambda stack: -len(stack.planes))


def _without_doubles(frames: list[Frame]) -> tuple[list[Frame], list[str]]:
    seen, kept, names = set(), [], []
    for frame in frames:
        uid = frame.facts.get("SOPInstanceUID")
        key = (uid, frame.index, frame.tile)
        if uid and key in seen:
            names.append(frame.image.file.name)
            continue
        seen.add(key)
        kept.append(frame)
    names = list(dict.fromkeys(names))
    if not names:
        return kept, []
    shown = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
    return kept, [f"{len(names)} doubled file(s) left out: {shown}."]


def _alike(frames: list[Frame]) -> list[list[Frame]]:
    """Group by size, colour, kind, spacing and orientation, in order of first appearance."""
    groups: list[tuple[tuple, list[Frame]]] = []
    for frame in frames:
        facts = frame.facts
        key = (
            frame.shape,
            facts.get("SamplesPerPixel", 1),
            facts.get("PhotometricInterpretation"),
            frame.position is None,
            facts.get("PatientID"),
            # What the values count.
            *(facts.get(name) for name in ("Units", "SUVType", "DoseUnits")),
            facts.get("RescaleType", "HU"),
            frame.kind,
            # Magnitude or phase, axial or localizer, … (PS3.3, C.7.6.1.1.2)
            facts.get("ImageType", ())[2:3],
            facts.get("PatientOrientation") if frame.orientation is None else None,
            # Numbers of segments hold within their file only.
            frame.image.file.path if facts.get("Modality") == "SEG" else None,
            frame.segment if frame.position is None else None,
        )
        numbers = (*(frame.spacing or ()), *(frame.orientation or ()))
        for (other, others), members in groups:
            if (
                key == other
                and len(numbers) == len(others)
                # A thousandth: scanners round directions to 6 digits, an angle of 0.06° at most.
                and all(abs(a - b) <= 1e-3 for a, b in zip(numbers, others, strict=True))
            ):
                members.append(frame)
                break
        else:
            groups.append(((key, numbers), [frame]))
    return [members for _, members in groups]


def _split(group: list[Frame]) -> list[Stack]:
    """Order a group by place and take apart what does not belong to one volume."""
    by_time = sorted(group, key=lambda frame: frame.order)
    placed = by_time[0].position is not None and by_time[0].orientation is not None
    found = _pile(by_time) if placed else [Stack(by_time)]
    for stack in found:
        measure(stack)
        stack.told |= {"FrameType": by_time[0].kind} if by_time[0].kind else {}
    return found


def _segments(group: list[Frame]) -> list[Stack]:
    """Return one stack a segment, all on the places of the whole file; None where it is empty.

    Files leave out frames in which a segment has no pixel (DICOM PS3.3, C.8.20.3).
    """
    by_time = sorted(group, key=lambda frame: frame.order)
    first = by_time[0]
    if first.position is None or first.orientation is None:
        stack = Stack(by_time, told=_segment(first, first.segment))
        measure(stack)
        return [stack]
    places = {id(place[0]): place for place in places_of(by_time)}
    slabs = slabs_of([place[0] for place in places.values()])
    found = []
    for k, slab in enumerate(slabs, 1):
        whole = Stack(slab)
        measure(whole)
        full = [plane and places[id(plane)] for plane in whole.planes]
        for number in sorted({frame.segment for frame in by_time}):
            planes = [next((f for f in place or () if f.segment == number), None) for place in full]
            told = _segment(first, number) | ({"slab": k} if len(slabs) > 1 else {})
            if any(planes):
                found.append(replace(whole, planes=planes, told=told, notes=whole.notes.copy()))
    return found


def _segment(frame: Frame, number: int) -> dict:
    """Return number and name of a segment; of a map of labels, in which no frame has one, all."""
    items = frame.image.dataset.get("SegmentSequence") or ()
    labels = {int(item.SegmentNumber): str(item.get("SegmentLabel") or "") for item in items}
    if not number:
        return {"SegmentLabels": labels}
    return {"SegmentNumber": number, "SegmentLabel": labels.get(number, "")}


def _pile(frames: list[Frame]) -> list[Stack]:
    """Give the k-th picture at each place to the k-th stack; cut stacks at wide gaps."""
    places = places_of(frames)
    counts = [len(place) for place in places]
    notes = []
    if len(places) > 1 and np.median(counts) == 1 and max(counts) > 1:
        extra = sum(counts) - len(counts)
        notes = [
            f"{extra} slice(s) doubled at the same place: the first by instance number is kept."
        ]
        places, counts = [place[:1] for place in places], [1] * len(places)
    elif min(counts) != max(counts):
        notes = [
            f"Places occur {min(counts)} to {max(counts)} times: the series is not complete, "
            "and later volumes may mix time points."
        ]
    runs = {frame.facts.get("AcquisitionNumber") for place in places for frame in place}
    if 1 < len(runs) <= len(places) / 3:
        notes.append(f"The planes are of {len(runs)} acquisitions, taken as one volume.")
    repeats = [[p[k] for p in places if len(p) > k] for k in range(max(counts))]
    found = []
    for slabs in map(slabs_of, repeats):
        said = [about_slabs(slabs)] if len(slabs) > 1 else []
        for number, slab in enumerate(slabs, 1):
            told = {"slab": number} if said else {}
            found.append(Stack(slab, told=told, notes=said.copy()))
    found[0].notes += notes
    return found
