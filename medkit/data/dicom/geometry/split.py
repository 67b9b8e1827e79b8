"""Which pictures of a series belong to one volume, and in which order."""

import math

import numpy as np

from medkit.data.dicom.frame import Frame
from medkit.data.dicom.geometry import SAME_PLACE_MM, Stack, measure, normal_of


def stacks(frames: list[Frame]) -> list[Stack]:
    """Sort pictures of a series into stacks, the one with the most planes first.

    Pictures share a stack if they share size, pixel spacing, orientation and frame type.
    A place that occurs again and again (time points, echoes) gives one stack for each,
    in the order of time, echo, b-value, acquisition and instance number; so
    does each segment of a segmentation.
    """
    frames, doubled = _without_doubles(frames)
    found = []
    for group in _alike(frames):
        for stack in _pile(group):
            measure(stack)
            stack.notes[:0] = doubled
            found.append(stack)
    # Stable: of equal length, the one acquired first stays first.
    return sorted(found, key=lambda stack: -len(stack.planes))


def _without_doubles(frames: list[Frame]) -> tuple[list[Frame], list[str]]:
    seen, kept, names = set(), [], []
    for frame in frames:
        uid = frame.facts.get("SOPInstanceUID")
        key = (uid, frame.index)
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
            frame.segment,
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


def _pile(frames: list[Frame]) -> list[Stack]:
    """Give the k-th picture at each place to the k-th stack."""
    by_time = sorted(frames, key=lambda frame: frame.order)
    if by_time[0].position is None or by_time[0].orientation is None:
        return [Stack(by_time)]
    places = _places(by_time)
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
    found = [Stack(repeat) for repeat in repeats]
    found[0].notes += notes
    return found


def _places(by_time: list[Frame]) -> list[list[Frame]]:
    """Group by place, in the direction of the normal; at one place the earliest comes first."""
    depth = np.array([frame.position for frame in by_time]) @ normal_of(by_time[0])
    places: list[list[Frame]] = []
    last = -math.inf
    for k in np.argsort(depth, kind="stable"):
        if depth[k] - last > SAME_PLACE_MM:
            places.append([])
            last = depth[k]
        places[-1].append(by_time[k])
    for place in places:
        place.sort(key=lambda frame: frame.order)
    return places
