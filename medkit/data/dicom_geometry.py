"""From single pictures to stacks: which belong together, in which order, how far apart."""

import math
from dataclasses import dataclass, field

import numpy as np

from medkit.data.dicom_frames import Frame

#: Positions closer than this, in mm, are the same place.
SAME_PLACE_MM = 0.01
#: Steps that differ by no more than this fraction of the spacing are even.
EVEN = 0.02


@dataclass(slots=True)
class Stack:
    """Pictures in order, evenly spaced; None where one is missing.

    Attributes
    ----------
    planes : list of Frame or None
        In the direction of `axes[0]`.
    spacing_mm, origin_mm, axes
        As in `medkit.image.Volume`.
    notes : list of str
        What was assumed, and what is odd.
    """

    planes: list[Frame | None]
    spacing_mm: tuple[float, float, float] = (1.0, 1.0, 1.0)
    origin_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    axes: np.ndarray = field(
        default_factory=lambda: np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    )
    notes: list[str] = field(default_factory=list)

    @property
    def first(self) -> Frame:
        """The first picture that is there."""
        return next(plane for plane in self.planes if plane is not None)


def stacks(frames: list[Frame]) -> list[Stack]:
    """Sort pictures of a series into stacks, the one with the most planes first.

    Pictures share a stack if they share size, pixel spacing and orientation. A place
    that occurs again and again (time points, echoes, segments) gives one stack for each.
    """
    frames, doubled = _without_doubles(frames)
    found = []
    for group in _alike(frames):
        for stack in _split(group):
            stack.notes[:0] = doubled
            _measure(stack)
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
    """Group by size, colour, spacing and orientation, in order of first appearance."""
    groups: list[tuple[tuple, list[Frame]]] = []
    for frame in frames:
        facts = frame.facts
        key = (
            frame.shape,
            facts.get("SamplesPerPixel", 1),
            facts.get("PhotometricInterpretation"),
            frame.position is None,
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
    """Order a group by place; give the k-th picture at each place to the k-th stack."""
    by_time = sorted(group, key=lambda frame: frame.order)
    first = by_time[0]
    if first.position is None or first.orientation is None:
        return [Stack(by_time)]
    normal = _normal(first)
    depth = np.array([frame.position for frame in by_time]) @ normal
    places: list[list[Frame]] = []
    last = -math.inf
    for k in np.argsort(depth, kind="stable"):
        if depth[k] - last > SAME_PLACE_MM:
            places.append([])
            last = depth[k]
        places[-1].append(by_time[k])
    for place in places:
        place.sort(key=lambda frame: frame.order)
    counts = [len(place) for place in places]
    if len(places) > 1 and np.median(counts) == 1 and max(counts) > 1:
        extra = sum(counts) - len(counts)
        note = f"{extra} slice(s) doubled at the same place: the first by instance number is kept."
        return [Stack([place[0] for place in places], notes=[note])]
    found = [Stack([p[k] for p in places if len(p) > k]) for k in range(max(counts))]
    if min(counts) != max(counts):
        found[0].notes.append(
            f"Places occur {min(counts)} to {max(counts)} times: the series is not complete, "
            "and later volumes may mix time points."
        )
    return found


def _normal(frame: Frame) -> np.ndarray:
    return np.cross(frame.orientation[:3], frame.orientation[3:])


def _measure(stack: Stack) -> None:
    """Fill in spacing, origin and axes; put None where slices are missing."""
    first = stack.first
    rows, columns = first.spacing or (1.0, 1.0)
    if first.spacing is None:
        stack.notes.append("No pixel spacing is given: 1 mm is assumed, distances mean nothing.")
    thickness = first.facts.get("SpacingBetweenSlices") or first.thickness or 0.0
    stack.spacing_mm = (abs(thickness) or 1.0, rows, columns)
    if first.orientation is None or first.position is None:
        if len(stack.planes) > 1:
            how = "instance number" if first.image.facts.get("NumberOfFrames", 1) == 1 else "frame"
            stack.notes.append(
                f"No positions are given: planes are in order of {how}, "
                f"{stack.spacing_mm[0]:g} mm apart by assumption."
            )
        if first.orientation is None:
            return
    normal = _normal(first)
    stack.axes = np.array([normal, first.orientation[3:], first.orientation[:3]])
    if first.position is None:
        return
    stack.origin_mm = first.position
    if len(stack.planes) > 1:
        _measure_planes(stack, normal)
    elif not thickness:
        stack.notes.append("One plane without thickness: 1 mm is assumed.")


def _measure_planes(stack: Stack, normal: np.ndarray) -> None:
    where = np.array([plane.position for plane in stack.planes])
    steps = np.diff(where @ normal)
    step = float(np.median(steps))
    counts = np.rint(steps / step).astype(int)
    missing = int(counts.sum()) - len(counts)
    off = np.abs(steps - counts * step).max()
    if off > max(EVEN * step, SAME_PLACE_MM):
        stack.notes.append(
            f"Slices are unevenly spaced, {steps.min():.4g} to {steps.max():.4g} mm: they are "
            f"stacked as if {steps.mean():.4g} mm apart, so positions are off by up to "
            f"{_drift(steps):.3g} mm."
        )
        missing, counts = 0, np.ones_like(counts)
    elif missing > len(stack.planes):
        # More gaps than slices: these are separate slabs rather than a damaged series.
        stack.notes.append(
            f"{missing} slices are missing, more than there are: those that are there are "
            "stacked without the gaps, so positions are wrong."
        )
        missing, counts = 0, np.ones_like(counts)
    elif missing:
        _leave_gaps(stack, counts)
    span, number = where[-1] - where[0], int(counts.sum())
    _lean(stack, span, number, normal)
    _check_straight(stack, where, counts, span / number)


def _lean(stack: Stack, span: np.ndarray, number: int, normal: np.ndarray) -> None:
    """Set plane spacing and axis along the line of the planes: a tilted gantry's is no normal."""
    length = float(np.linalg.norm(span))
    direction = span / length
    tilt = math.degrees(math.acos(min(1.0, float(direction @ normal))))
    stack.spacing_mm = (length / number, *stack.spacing_mm[1:])
    if tilt > 60:
        stack.notes.append(
            f"Slices are shifted sideways by {tilt:.0f}°: taken as a straight stack instead."
        )
        stack.spacing_mm = (float(span @ normal) / number, *stack.spacing_mm[1:])
    elif tilt > 0.01:
        stack.axes[0] = direction
    if 0.3 < tilt <= 60:
        said = stack.first.facts.get("GantryDetectorTilt")
        stack.notes.append(
            f"The planes lean by {tilt:.1f}° (gantry tilt"
            + (f", {said:g}° by the header" if said else "")
            + "): the plane axis is not perpendicular to them."
        )


def _drift(steps: np.ndarray) -> float:
    true = np.concatenate([[0], np.cumsum(steps)])
    return float(np.abs(true - np.linspace(0, true[-1], len(true))).max())


def _leave_gaps(stack: Stack, counts: np.ndarray) -> None:
    planes: list[Frame | None] = [stack.planes[0]]
    for plane, count in zip(stack.planes[1:], counts, strict=True):
        planes += [None] * (int(count) - 1) + [plane]
    stack.planes = planes


def _check_straight(stack: Stack, where: np.ndarray, counts: np.ndarray, step: np.ndarray) -> None:
    """Note slices that lie beside the line of the others."""
    number = np.concatenate([[0], np.cumsum(counts)])[:, None]
    aside = where - where[0] - number * step
    aside -= (aside @ _normal(stack.first))[:, None] * _normal(stack.first)
    furthest = float(np.linalg.norm(aside, axis=1).max())
    if furthest > max(0.1, 0.5 * stack.spacing_mm[1]):
        stack.notes.append(
            f"Slices do not lie on one line (up to {furthest:.3g} mm aside): the volume's "
            "geometry is only approximate."
        )
