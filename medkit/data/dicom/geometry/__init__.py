"""Where the planes of a stack lie: their spacing, their axes, what is missing between them."""

import math
from dataclasses import dataclass, field

import numpy as np

from medkit.data.dicom.frame import Frame

#: Positions closer than this, in mm, are the same place.
SAME_PLACE_MM = 0.01
#: Steps that differ by no more than this fraction of the spacing are even.
EVEN = 0.02
#: So many planes may be missing for each that is there.
MOST_MISSING = 50


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


def normal_of(frame: Frame) -> np.ndarray:
    """Return the direction of row × column."""
    return np.cross(frame.orientation[:3], frame.orientation[3:])


def measure(stack: Stack) -> None:
    """Fill in spacing, origin and axes; put None where slices are missing."""
    first = stack.first
    rows, columns = first.spacing or (1.0, 1.0)
    if first.spacing is None:
        stack.notes.append("No pixel spacing is given: 1 mm is assumed, distances mean nothing.")
    thickness = first.facts.get("SpacingBetweenSlices") or first.thickness or 0.0
    stack.spacing_mm = (abs(thickness) or 1.0, rows, columns)
    if first.orientation is None or first.position is None:
        if len(stack.planes) > 1:
            how = "instance number" if first.facts.get("NumberOfFrames", 1) == 1 else "frame"
            stack.notes.append(
                f"No positions are given: planes are in order of {how}, "
                f"{stack.spacing_mm[0]:g} mm apart by assumption."
            )
        if first.orientation is None:
            return
    normal = normal_of(first)
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
    counts = slots(steps)
    if counts is None:
        stack.notes.append(
            f"Slices are unevenly spaced, {steps.min():.4g} to {steps.max():.4g} mm: they are "
            f"stacked as if {steps.mean():.4g} mm apart."
        )
        counts = np.ones(len(steps), int)
    elif counts.sum() > len(counts):
        _leave_gaps(stack, counts)
    span, number = where[-1] - where[0], int(counts.sum())
    _lean(stack, span, number, normal)
    aside = np.linalg.norm(np.cross(where - where[0], span / np.linalg.norm(span)), axis=1).max()
    if aside > max(0.1, 0.5 * stack.spacing_mm[1]):
        stack.notes.append(
            f"Slices do not lie on one line (up to {aside:.3g} mm aside): the volume's "
            "geometry is only approximate."
        )


def slots(steps: np.ndarray) -> np.ndarray | None:
    """Return how many even spacings each step spans; None where they are not even.

    >>> slots(np.array([3.0, 3.0, 9.0])).tolist(), slots(np.array([3.0, 3.0, 4.0]))
    ([1, 1, 3], None)
    """
    step = float(np.sort(steps)[(len(steps) - 1) // 2])  # a step that is there, not a mean of two
    counts = np.rint(steps / step).astype(int)
    even = np.abs(steps - counts * step).max() <= max(EVEN * step, SAME_PLACE_MM)
    # A position far from all others is damage: what lies between would fill the memory.
    return counts if even and counts.sum() <= MOST_MISSING * len(counts) else None


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
        stated = stack.first.facts.get("GantryDetectorTilt")
        stack.notes.append(
            f"The planes lean by {tilt:.1f}° (gantry tilt"
            + (f", {stated:g}° by the header" if stated else "")
            + "): the plane axis is not perpendicular to them."
        )


def _leave_gaps(stack: Stack, counts: np.ndarray) -> None:
    planes: list[Frame | None] = [stack.planes[0]]
    for plane, count in zip(stack.planes[1:], counts, strict=True):
        planes += [None] * (int(count) - 1) + [plane]
    stack.planes = planes
