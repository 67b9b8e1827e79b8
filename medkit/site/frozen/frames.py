"""Which pictures of an explorer a page holds: chosen, drawn, packed.

There are two kinds of places. The *cross*: each control over its values, the others as the
explorer starts. The *grid*: every combination of coarse values of the two controls that matter
most, and of more where there is room. A control that is not in the grid has one coarse value:
the one that it starts at. So the page knows of each combination whether there is a picture:
where all controls but one stand at their start, or all at coarse values.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from medkit.site.frozen.packing import Packer
from medkit.views.explorer.controls import Brush, Button, Choice, Control, Point, Slider, Text
from medkit.views.explorer.drawing import drawn, explain
from medkit.views.explorer.widget import Explorer

#: At most so many pictures an explorer, in a file of at most so many bytes.
FRAMES, BYTES = 500, 400_000
#: So many it may have even of large pictures, if the file stays below a limit; and the fewest.
ENOUGH, MOST_BYTES, LEAST = 24, 2_000_000, 12
#: Places of a point on its panel, where there are other controls; and alone.
PLACES, PLACES_ALONE = 49, 225
#: How often a button can be pressed until it begins again.
PRESSES = 3


@dataclass
class Axis:
    """One control as the page knows it: the values that there are pictures for.

    Parameters
    ----------
    name : str
    control : Control
    values : list
        As `draw` takes them.
    start : int
        Which of them the explorer starts at.
    coarse : list of int
        Which of them are in the grid.
    """

    name: str
    control: Control
    values: list
    start: int
    coarse: list[int]

    @property
    def fixed(self) -> bool:
        """Whether the values cannot be thinned out: those of a choice, or of a plane."""
        return not isinstance(self.control, Slider)

    def wire(self, k: int):
        """Return a value as the browser's control has it."""
        value = self.values[k]
        if isinstance(self.control, Brush):
            return list(_painted(self.control))[k]
        return self.control.words(value) if isinstance(self.control, Choice) else value

    def spec(self) -> dict:
        """Return what the browser needs to build the control, as the widget starts."""
        spec, start = self.control.spec(self.name), self.wire(self.start)
        spec |= {"default": start}
        if isinstance(self.control, Slider):
            return spec | {"values": self.values}
        if isinstance(self.control, Text | Brush):
            options = [self.wire(k) for k in range(len(self.values))]
            return spec | {
                "kind": "choice",
                "options": options,
                "label": f"{spec['label']} (examples)",
            }
        if isinstance(self.control, Point):
            lines = [np.unique([v[k] for v in self.values]).tolist() for k in (0, 1)]
            xlim, ylim = ([line[0], line[-1]] for line in lines)
            steps = [line[1] - line[0] if len(line) > 1 else 1.0 for line in lines]
            place = {"x": start[0], "y": start[1], "xlim": xlim, "ylim": ylim}
            return spec | place | {"steps": steps}
        return spec

    def as_json(self) -> dict:
        """Return what page.js needs to know of the values."""
        values = [self.wire(k) for k in range(len(self.values))]
        presses = isinstance(self.control, Button)
        place = {"start": self.start, "coarse": self.coarse}
        return {"name": self.name, "values": values, "presses": presses} | place


def places(slider: Slider) -> list[float]:
    """Return every value that the thumb of a slider can stand at, as widget.js rounds it."""
    low, high = slider.minimum, slider.maximum
    if slider.log:
        values = [
            float(f"{low * math.exp(k / 200 * math.log(high / low)):.3g}") for k in range(201)
        ]
    else:
        count = math.floor((high - low) / slider.step + 1e-9)
        values = [float(f"{low + k * slider.step:.10g}") for k in range(count + 1)]
    values = [min(max(v, low), high) for v in values]
    return sorted({slider.check(round(v) if slider.whole else v) for v in values})


def thinned(values: list, count: int, keep=()) -> list:
    """Return at most about so many values, evenly spaced, with both ends and those to keep.

    >>> thinned(list(range(101)), 3, keep=[7])
    [0, 7, 50, 100]
    """
    some = np.linspace(0, len(values) - 1, max(2, min(count, len(values)))).round().astype(int)
    return sorted({values[k] for k in some} | set(keep))


def lattice(point: Point, start: tuple, side: int) -> list[tuple[float, float]]:
    """Return places of a point, evenly spaced around its start, of round distances."""
    axes = []
    for at, (low, high) in zip(start, (point.xlim, point.ylim), strict=True):
        step = (high - low) / max(side - 1, 1)
        step = math.ceil(step) if high - low > 20 else float(f"{step:.2g}")
        count = [math.floor(room / step + 1e-9) for room in (at - low, high - at)]
        line = [float(f"{at + k * step:.4g}") for k in range(-count[0], count[1] + 1)]
        line[count[0]] = at
        axes.append(line)
    return [(x, y) for y in axes[1] for x in axes[0]]


def _painted(brush: Brush) -> dict[str, np.ndarray]:
    """Return what stands in the place of what a learner would paint: nothing, and examples."""
    rows, columns = brush.shape
    across = ((columns / 4, rows / 2), (3 * columns / 4, rows / 2))
    strokes = brush.strokes or {"a dot in the middle": [(columns / 2, rows / 2)], "a line": across}
    return {"nothing": brush.default} | {name: brush.stroke(line) for name, line in strokes.items()}


def axes(widget: Explorer, count: int) -> list[Axis]:
    """Return the controls of a widget, each with at most about so many values."""
    found = []
    for name, control in widget._controls.items():
        start = widget.params[name]
        if isinstance(control, Slider):
            kept = [start, *(state[name] for state in widget._poster if name in state)]
            values = thinned(places(control), count, map(control.check, kept))
        elif isinstance(control, Point):
            most = PLACES_ALONE if len(widget._controls) == 1 else PLACES
            values = lattice(control, start, max(4, math.isqrt(min(count, most))))
        elif isinstance(control, Button):
            values = [start + k for k in range(PRESSES)]
        elif isinstance(control, Brush):
            values, start = list(_painted(control).values()), None
        elif isinstance(control, Text):
            values = list(dict.fromkeys([start, *map(control.check, control.suggestions)]))
        else:
            values = control.examples()
        at = 0 if start is None else values.index(start)
        found.append(Axis(name, control, values, at, [at]))
    return found


def spread(found: list[Axis], matter: list[str], room: int) -> None:
    """Choose the coarse values: of the two that matter most, then of others, within the room."""
    order = sorted(found, key=lambda axis: matter.index(axis.name))
    order[:2] = sorted(order[:2], key=lambda axis: not axis.fixed)  # a slider takes what is left
    size = 1
    for rank, axis in enumerate(order):  # five values of a slider come before other controls
        most = len(axis.values) if axis.fixed else min(len(axis.values), 5 if rank < 2 else 3)
        while not axis.fixed and most > 2 and size * most > room:
            most -= 1
        if size * most <= room and most > 1:
            size *= _set_coarse(axis, most)
    growing = [axis for axis in order if not axis.fixed and len(axis.coarse) > 1]
    while growing:  # then the sliders get what is left
        axis = min(growing, key=lambda axis: len(axis.coarse))
        more = size // len(axis.coarse) * (len(axis.coarse) + 1)
        if more > room or len(axis.coarse) >= len(axis.values):
            growing.remove(axis)
        else:
            size = size // len(axis.coarse) * _set_coarse(axis, len(axis.coarse) + 1)


def _set_coarse(axis, count) -> int:
    last = len(axis.values) - 1
    some = {round(k * last / (count - 1)) for k in range(count)} if count > 1 else set()
    # The start takes the place of its neighbour: the grid must hold the picture of the start.
    if axis.start not in some:
        inner = some - {0, last} or some
        some = some - {min(inner, key=lambda k: abs(k - axis.start))} | {axis.start}
    axis.coarse = sorted(some)
    return len(axis.coarse)


def _cross(found: list[Axis]) -> Iterator[tuple[int, ...]]:
    """Yield the places where at most one control is away from its start, the start first."""
    start = tuple(axis.start for axis in found)
    yield start
    for at, axis in enumerate(found):
        for k in range(len(axis.values)):
            yield (*start[:at], k, *start[at + 1 :])


class Freezer:
    """Draws and packs the pictures of one explorer.

    Parameters
    ----------
    widget : Explorer
        As the notebook starts it.
    together : sequence of str
        The controls that matter most, if the explorer says so.
    """

    def __init__(self, widget: Explorer, together=()):
        self.widget, self.packer = widget, Packer()
        self._drawn: dict[str, dict] = {}
        self.first = self._frame({axis.name: axis.values[axis.start] for axis in axes(widget, 2)})
        self.matter = self._matter(together)

    def _frame(self, params) -> dict:
        """Draw a picture unless it is there; return what the page is told of it."""
        key = repr([v.tobytes() if isinstance(v, np.ndarray) else v for v in params.values()])
        if key not in self._drawn:
            try:
                text, numbers = self.packer.picture(drawn(self.widget._draw, params))
                self._drawn[key] = {"text": text, "buffers": numbers}
            except Exception as error:  # the kernel leaves the picture and says what is wrong
                self._drawn[key] = self.first | {"error": explain(error)}
        return self._drawn[key]

    def _cost(self, frame, seen=()) -> int:
        """Return about how many bytes a picture adds to the file; its text is much like others."""
        new = [number for number in frame["buffers"] if number not in seen]
        return len(frame["text"]) // 8 + sum(map(self.packer.cost, new))

    def _draw(self, found, wanted, room) -> float:
        """Draw what is wanted; return the bytes, by estimate where there is no room for all."""
        seen, size = set(), 0
        for place in wanted:
            params = {a.name: a.values[k] for a, k in zip(found, place, strict=True)}
            frame = wanted[place] = self._frame(params)
            size += self._cost(frame, seen)
            seen.update(frame["buffers"])
            if size > room:
                break
        return size * len(wanted) / sum(frame is not None for frame in wanted.values())

    def _matter(self, together) -> list[str]:
        """Order the controls by how much they change the picture; what was declared comes first."""
        found, changes = axes(self.widget, 3), {}
        start = {axis.name: axis.values[axis.start] for axis in found}
        for axis in found:
            frames = [self._frame(start | {axis.name: value}) for value in axis.values[:6]]
            change = max(map(self._change, frames))
            # Other noise changes every pixel, and says nothing.
            changes[axis.name] = change / 100 if isinstance(axis.control, Button) else change
        others = sorted(changes, key=changes.get, reverse=True)
        return [*together, *(name for name in others if name not in together)]

    def _change(self, frame) -> float:
        """Return how much a picture differs from the first, in no particular unit."""
        if len(frame["buffers"]) != len(self.first["buffers"]):
            return 1.0
        pairs = zip(frame["buffers"], self.first["buffers"], strict=True)
        differences = [self.packer.difference(*pair) for pair in pairs if pair[0] != pair[1]]
        return max(differences, default=0.0) + 0.01 * (frame["text"] != self.first["text"])

    def _plan(self, count: int) -> list[Axis]:
        """Return the controls with their values, for at most about so many pictures."""
        most = [len(axis.values) for axis in axes(self.widget, FRAMES)]
        half = count if len(most) == 1 else 0.5 * count
        each = max(
            k for k in range(2, FRAMES + 1) if k == 2 or sum(min(n, k) for n in most) <= half
        )
        found = axes(self.widget, each)
        spread(found, self.matter, max(1, count - sum(len(axis.values) for axis in found)))
        return found

    def freeze(self, stem: str, folder: Path) -> list[Axis]:
        """Write the scripts ``<stem>.start.js`` and ``<stem>.js``; return the controls in them."""
        each = sum(map(self._cost, self._drawn.values())) / len(self._drawn)
        room = min(MOST_BYTES, max(BYTES, ENOUGH * each))
        count, most = min(FRAMES, max(LEAST, int(1.5 * room / each))), FRAMES
        while True:
            found = self._plan(count)
            wanted = dict.fromkeys([*_cross(found), *product(*(axis.coarse for axis in found))])
            size = self._draw(found, wanted, room)
            if size > room and count > LEAST:
                most = count - 1
            elif size > 0.8 * room or count >= most:
                break
            # What is drawn is kept: another turn costs little.
            count = max(LEAST, min(most, int(0.95 * count * room / size)))
        self._write(folder / f"{stem}.js", found, wanted)
        start = {tuple(axis.start for axis in found): self.first}
        self._write(folder / f"{stem}.start.js", found, start)
        return found

    def _write(self, path, found, frames):
        title = getattr(self.widget._draw, "title", "")
        head = {
            "spec": {"title": title, "controls": [axis.spec() for axis in found]},
            "axes": [axis.as_json() for axis in found],
            "frames": {",".join(map(str, place)): frame for place, frame in frames.items()},
        }
        self.packer.write(path, head, {n for f in frames.values() for n in f["buffers"]})


def note(found: list[Axis], name: str, rounded: bool = False) -> str:
    """Say what there is of an explorer without a kernel, and where there is all of it."""
    few, together = [], []
    for axis in found:
        label = f"“{axis.control.spec(axis.name)['label']}”"
        if isinstance(axis.control, Slider) and len(axis.values) < len(places(axis.control)):
            few.append(f"{len(axis.values)} of {len(places(axis.control))} values of {label}")
        elif isinstance(axis.control, Point | Text | Brush):
            kind = "places" if isinstance(axis.control, Point) else "examples"
            few.append(f"{len(axis.values)} {kind} of {label}")
        if len(axis.coarse) > 1:
            together.append(f"{len(axis.coarse)} of {label}")
    parts = [", ".join(few)] if few else []
    if len(together) > 1:
        parts.append(f"together {' × '.join(together)}")
    if 0 < len(together) < len(found) > 1:
        parts.append("any other control sends the rest back to their start")
    if rounded:
        parts.append("what the pointer reads is rounded to 1/256 of the scale")
    if not parts:
        return ""
    return f"There are {'; '.join(parts)}. The notebook {name} has them all."
