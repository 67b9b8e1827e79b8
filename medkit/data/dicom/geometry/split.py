"""Which pictures of a series belong to one volume, and in which order."""

from collections.abc import Iterator

import numpy as np

from medkit.data.dicom.frame import Frame
from medkit.data.dicom.geometry import Stack, measure
from medkit.data.dicom.geometry.places import (
    about_slabs,
    depths_of,
    in_order,
    is_even,
    places_of,
    slabs_of,
)
from medkit.data.dicom.image_file import quiet

#: Passes are closer together than this part of a slice's thickness.
_OVERLAP = 0.75


def stacks(frames: list[Frame]) -> list[Stack]:
    """Sort pictures of a series into stacks, the one with the most planes first.

    Pictures share a stack if they share size, pixel spacing, orientation and frame type.
    A place that occurs again and again (time points, echoes) gives one stack for each,
    told apart by whatever the headers say differently there, else by instance number; so
    do several evenly spaced passes over the same places, slabs with a gap between them,
    and the segments of a segmentation.
    """
    frames, doubled = _without_doubles(frames)
    found = []
    people = {frame.facts.get("PatientID") for frame in frames}
    if len(people) > 1:
        doubled.append(
            f"{len(people)} patients share this series' UID, which a careless copy or "
            "de-identification does: each is a volume of its own."
        )
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
            frame.unit,
            facts.get("PatientID"),
            # What the values count.
            *(facts.get(name) for name in ("Units", "SUVType", "DoseUnits")),
            facts.get("RescaleType", "HU"),
            frame.tells.get("FrameType"),
            # Magnitude or phase, axial or localizer, … (PS3.3, C.7.6.1.1.2)
            facts.get("ImageType", ())[2:3],
            facts.get("PatientOrientation") if frame.orientation is None else None,
            # Numbers of segments hold within their file only.
            frame.image.file.path if facts.get("Modality") == "SEG" else None,
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
    first = by_time[0]
    told = {name: first.tells[name] for name in ("FrameType",) if name in first.tells}
    if first.position is None or first.orientation is None:
        found = [Stack(by_time, told=told)]
    else:
        found = [stack for part, more in _told_apart(by_time, told) for stack in _pile(part, more)]
    for stack in found:
        measure(stack)
        _say_frames_of_reference(stack)
    return found


def _say_frames_of_reference(stack: Stack) -> None:
    """Note planes whose positions are counted from different points (PS3.3, C.7.4.1)."""
    uids = {p.facts.get("FrameOfReferenceUID") for p in stack.planes if p is not None}
    # Some writers give each file one of its own, which says nothing.
    if 1 < len(uids) <= len(stack.planes) / 2:
        stack.notes.append(
            f"The planes have {len(uids)} frames of reference: the patient may have moved "
            "between them, and where they lie to each other is not sure."
        )


def _segments(group: list[Frame]) -> list[Stack]:
    """Return one stack a segment, all on the places of the whole file; None where it is empty.

    Files leave out frames in which a segment has no pixel (DICOM PS3.3, C.8.20.3).
    """
    by_time = sorted(group, key=lambda frame: frame.order)
    parts: dict[int, list[Frame]] = {}
    for frame in by_time:
        parts.setdefault(int(frame.tells.get("SegmentNumber", 0)), []).append(frame)
    if by_time[0].position is None or by_time[0].orientation is None:
        stacks = [
            Stack(parts[number], told=_segment(by_time[0], number)) for number in sorted(parts)
        ]
        for stack in stacks:
            measure(stack)
        return stacks
    places = {id(place[0]): place for place in places_of(by_time)}
    slabs = slabs_of([place[0] for place in places.values()])
    found = []
    for number in sorted(parts):
        for k, slab in enumerate(slabs, 1):
            told = _segment(by_time[0], number) | ({"slab": k} if len(slabs) > 1 else {})
            stack = Stack(slab, told=told)
            measure(stack)
            full = [plane and places[id(plane)] for plane in stack.planes]
            stack.planes = [place and _of_segment(place, number) for place in full]
            if any(stack.planes):
                found.append(stack)
    return found


def _segment(frame: Frame, number: int) -> dict:
    """Return number and name of a segment; of a map of labels, in which no frame has one, all."""
    found = {"SegmentNumber": number} if number else {"SegmentLabels": {}}
    try:
        with quiet():
            for item in frame.image.dataset.get("SegmentSequence") or ():
                label = str(item.get("SegmentLabel") or "")
                if not number:
                    found["SegmentLabels"][int(item.SegmentNumber)] = label
                elif item.get("SegmentNumber") == number:
                    found["SegmentLabel"] = label
    except Exception:  # damage in a nested data set can raise anything; it has no name then
        return found
    return found


def _of_segment(place: list[Frame], number: float) -> Frame | None:
    return next((f for f in place if f.tells.get("SegmentNumber", 0) == number), None)


def _told_apart(frames: list[Frame], told: dict) -> Iterator[tuple[list[Frame], dict]]:
    """Take apart pictures at the same place, and passes, by what their headers say differently."""
    places = places_of(frames)
    most = max(map(len, places))
    for name, parts in _partitions(frames):
        if most > 1:
            # More values than repeats: it numbers slices, or changes for another reason.
            apart = len(parts) <= most and _differs_at_a_place(places, name)
        else:
            apart = _are_passes(frames, name, list(parts.values()))
        if apart:
            for value, part in parts.items():
                yield from _told_apart(part, told | {name: value})
            return
    yield frames, told


def _partitions(frames: list[Frame]) -> Iterator[tuple[str, dict]]:
    """Yield what differs between pictures, with the pictures of each value, in its order."""
    names = list(dict.fromkeys(name for frame in frames for name in frame.tells))
    for name in (*names, "pass"):
        values = _runs(frames) if name == "pass" else [f.tells.get(name) for f in frames]
        if None in values or len(set(values)) == 1:
            continue
        parts: dict = {value: [] for value in sorted(set(values), key=_sortable)}
        for frame, value in zip(frames, values, strict=True):
            parts[value].append(frame)
        yield name, parts


def _sortable(value) -> tuple:
    return (isinstance(value, (str, tuple)), value)


def _runs(frames: list[Frame]) -> list[int]:
    """Return in which sweep through the patient each picture, in order of time, was taken."""
    steps = np.sign(np.diff(depths_of(frames)))
    back = steps == -np.sign(np.median(steps)) if len(steps) else steps
    return [1, *(1 + np.cumsum(back)).astype(int).tolist()]


def _differs_at_a_place(places: list[list[Frame]], name: str) -> bool:
    if name == "pass":
        return False
    return any(len({frame.tells.get(name) for frame in place}) > 1 for place in places)


def _are_passes(frames: list[Frame], name: str, parts: list[list[Frame]]) -> bool:
    """Whether one picture a place is several volumes: each is even, and they interleave.

    Interleaved slices of one volume are evenly spaced together too, and do not overlap.
    Slices of two thicknesses need not interleave.
    """
    if len(frames) > 2 and len(parts) > len(frames) // 3 and name != "SliceThickness":
        return False
    depths = [np.sort(depths_of(part)) for part in parts]
    if min(map(len, depths)) < 3 or not all(map(is_even, depths)):
        return False
    together = np.sort(np.concatenate(depths))
    if name == "SliceThickness":
        return not is_even(together)
    depths.sort(key=lambda depth: depth[0])
    reach = np.maximum.accumulate([depth[-1] for depth in depths])
    if not all(depth[0] < end for depth, end in zip(depths[1:], reach, strict=False)):
        return False
    said = frames[0].facts.get("SpacingBetweenSlices") or frames[0].thickness or 0.0
    return not is_even(together) or np.diff(together).mean() < _OVERLAP * abs(said)


def _pile(frames: list[Frame], told: dict) -> list[Stack]:
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
    mixed = max(counts) > 1 and not in_order(places)
    repeats = [[p[k] for p in places if len(p) > k] for k in range(max(counts))]
    if len(repeats) == 1 and _numbered_twice(repeats[0]):
        notes.append(
            "Instance numbers occur more than once and nothing else tells the slices apart: they "
            "may be several passes, stacked as one."
        )
    found = []
    for slabs in map(slabs_of, repeats):
        said = [about_slabs(slabs)] if len(slabs) > 1 else []
        for number, slab in enumerate(slabs, 1):
            more = {"slab": number} if said else {}
            found.append(Stack(slab, told=told | more, notes=said.copy()))
    found[0].notes += notes
    for stack in found if mixed else ():
        stack.notes.append(
            "Nothing in the headers tells the pictures at one place apart, and their numbers "
            "follow no order: volumes may mix them."
        )
    return found


def _numbered_twice(planes: list[Frame]) -> bool:
    """Whether most files share their number with another one of the stack."""
    numbers = [f.facts["InstanceNumber"] for f in planes if "InstanceNumber" in f.facts]
    files = {frame.image.file.path for frame in planes}
    return len(files) == len(planes) and len(set(numbers)) < 0.75 * len(numbers)
