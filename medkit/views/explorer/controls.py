"""What a learner can move: each control has a default, checks a value, and describes itself.

A control knows nothing of widgets; the browser builds it from `spec`, and tests
try it at its `examples`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field

import numpy as np


class Control:
    """One named input of an explorer; the subclasses say which kind."""

    label: str | None

    def spec(self, name: str) -> dict:
        """Return what the browser needs to build the control called `name`."""
        settings = {k: v for k, v in vars(self).items() if not k.startswith("_")}
        label = self.label or name.replace("_", " ").capitalize()
        return settings | {"kind": type(self).__name__.lower(), "name": name, "label": label}

    def check(self, value):
        """Return the value as `draw` gets it, or raise ValueError."""
        raise NotImplementedError

    def examples(self) -> list:
        """Return the values that tests try: the least, the default, the most."""
        raise NotImplementedError


@dataclass(frozen=True)
class Slider(Control):
    """A number within bounds; an int where bounds, default and step are ints.

    With ``play_s=6`` a button beside the slider lets it move by itself, from the least to the
    greatest value in 6 seconds and over again; a slow picture makes the steps larger, not later.

    >>> Slider(10, 400, 100, unit="mAs").check(250)
    250
    """

    minimum: float
    maximum: float
    default: float | None = None
    step: float | None = None
    _: KW_ONLY
    unit: str = ""
    label: str | None = None
    log: bool = False
    play_s: float = 0.0

    def __post_init__(self):
        set_ = object.__setattr__  # the dataclass is frozen; these only fill what was left open
        span = self.maximum - self.minimum
        if self.default is None:
            set_(self, "default", self.minimum)
        if self.step is None:
            whole = all(isinstance(v, int) for v in (self.minimum, self.maximum, self.default))
            # Otherwise about a hundred steps, of a round size.
            set_(self, "step", 1 if whole or span <= 0 else _round_down(span / 100))
        if not 0 < self.step <= span or (self.log and self.minimum <= 0):
            raise ValueError(
                f"a slider from {self.minimum} to {self.maximum} in steps of {self.step}: the "
                "minimum must lie below the maximum, and above zero where log=True; and there must "
                "be room for one step, above zero"
            )
        self.check(self.default)

    @classmethod
    def of(
        cls, protocol, setting: str, minimum=None, maximum=None, default=None, step=None, play_s=0.0
    ) -> "Slider":
        """Return a slider for a protocol's field that says its label, unit and range itself.

        The field is one of `medkit.physics.knob`; numbers that are given replace its own.
        """
        field = protocol.__dataclass_fields__[setting]
        usual = (*field.metadata["range"], field.default)
        numbers = zip((minimum, maximum, default), usual, strict=True)
        words = {key: field.metadata[key] for key in ("unit", "label", "log")} | {"play_s": play_s}
        return cls(*(own if given is None else given for given, own in numbers), step, **words)

    @property
    def whole(self) -> bool:
        """Whether the values are ints."""
        numbers = (self.minimum, self.maximum, self.default, self.step)
        return all(isinstance(v, (int, np.integer)) for v in numbers)

    def spec(self, name):
        """Return what the browser needs to build the slider."""
        return super().spec(name) | {"whole": self.whole}

    def check(self, value):
        """Return the number, or raise ValueError if it lies outside the bounds."""
        number = float(value)
        slack = 1e-9 * (self.maximum - self.minimum)  # the browser counts steps in binary
        if not self.minimum - slack <= number <= self.maximum + slack:
            bounds = f"{self.minimum} to {self.maximum} {self.unit}".rstrip()
            raise ValueError(f"{value} is outside {bounds}")
        number = min(max(number, self.minimum), self.maximum)
        return round(number) if self.whole else float(number)

    def examples(self):
        """Return the least, the default and the greatest value."""
        return [self.check(v) for v in (self.minimum, self.default, self.maximum)]


@dataclass(frozen=True)
class Choice(Control):
    """One of a few named options; the first unless `default` is given.

    ``options`` is a sequence of strings, or a mapping from the words shown to any values.
    """

    options: Sequence[str] | Mapping[str, object]
    default: object = None
    _: KW_ONLY
    label: str | None = None

    def __post_init__(self):
        options = self.options
        if not isinstance(options, Mapping):
            options = {str(option): option for option in options}
        if not options:
            raise ValueError("a choice needs at least one option")
        object.__setattr__(self, "options", dict(options))
        if self.default is None:
            object.__setattr__(self, "default", next(iter(options.values())))
        self.check(self.default)

    def spec(self, name):
        """Return the options by their words only: the values stay with the kernel."""
        words = {"options": list(self.options), "default": self.words(self.default)}
        return super().spec(name) | words

    def words(self, value) -> str:
        """Return what is shown for a value."""
        return next(words for words, option in self.options.items() if option == value)

    def check(self, value):
        """Return the chosen value, given it or its words."""
        if value in self.options.values():
            return value
        if isinstance(value, str) and value in self.options:
            return self.options[value]
        raise ValueError(f"{value!r} is not among {', '.join(map(repr, self.options.values()))}")

    def examples(self):
        """Return every option."""
        return list(self.options.values())


@dataclass(frozen=True)
class Text(Control):
    """A line that the learner types; `suggestions` are offered to begin with.

    >>> Text("no bleed", suggestions=["a large bleed"]).check(" a  bleed ")
    'a bleed'
    """

    default: str = ""
    _: KW_ONLY
    suggestions: Sequence[str] = ()
    longest: int = 300
    label: str | None = None

    def __post_init__(self):
        object.__setattr__(self, "suggestions", tuple(self.suggestions))
        for line in (self.default, *self.suggestions):
            self.check(line)

    def check(self, value):
        """Return the line with single spaces, or raise ValueError if it is too long."""
        if not isinstance(value, str):
            raise ValueError(f"{value!r} is no text; type some words")
        if len(value) > self.longest:
            raise ValueError(f"{len(value)} characters; there is room for {self.longest}")
        return " ".join(value.split())

    def examples(self):
        """Return nothing, the default, what is suggested, and something odd."""
        return ["", self.check(self.default), *map(self.check, self.suggestions), "?! ½ <b>汉"]


@dataclass(frozen=True)
class Toggle(Control):
    """On or off."""

    default: bool = False
    _: KW_ONLY
    label: str | None = None

    def check(self, value):
        """Return True or False."""
        return bool(value)

    def examples(self):
        """Return both."""
        return [False, True]


@dataclass(frozen=True)
class Button(Control):
    """How often it was pressed: 0, 1, 2, …; use the number as the seed of `new noise`."""

    label: str
    default: int = 0

    def check(self, value):
        """Return the count."""
        if int(value) < 0:
            raise ValueError(f"a button cannot have been pressed {value} times")
        return int(value)

    def examples(self):
        """Return a fresh button, and one that was pressed."""
        return [0, 1]


@dataclass(frozen=True)
class Point(Control):
    """A place on an image panel that the learner drags: `draw` gets (x, y).

    In the panel's `extent` units, or else its (column, row) pixels; `xlim` and `ylim`
    bound it. Two number fields do the same from the keyboard.
    """

    x: float
    y: float
    _: KW_ONLY
    xlim: tuple[float, float]
    ylim: tuple[float, float]
    label: str | None = None
    unit: str = "px"
    panel: int = 0

    def __post_init__(self):
        self.check(self.default)

    @property
    def default(self) -> tuple[float, float]:
        """Where the point starts."""
        return float(self.x), float(self.y)

    def check(self, value):
        """Return (x, y) as floats, or raise ValueError if it is out of bounds."""
        x, y = (float(v) for v in value)
        if not (self.xlim[0] <= x <= self.xlim[1] and self.ylim[0] <= y <= self.ylim[1]):
            raise ValueError(f"({x:g}, {y:g}) is outside x {self.xlim}, y {self.ylim}")
        return x, y

    def examples(self):
        """Return the start and two opposite corners."""
        corners = zip(self.xlim, self.ylim, strict=True)
        return [self.default, *((float(x), float(y)) for x, y in corners)]


@dataclass(frozen=True)
class Brush(Control):
    """A region that the learner paints on an image panel: `draw` gets a bool (row, column).

    `strokes` are examples for a page on which nobody can paint: lines of (x, y), by name.
    """

    shape: tuple[int, int]
    _: KW_ONLY
    label: str | None = None
    radius: float = 8.0
    panel: int = 0
    strokes: Mapping[str, Sequence[tuple[float, float]]] = field(default_factory=dict)

    @property
    def default(self) -> np.ndarray:
        """Nothing painted yet."""
        return np.zeros(self.shape, dtype=bool)

    def check(self, value):
        """Return a copy of the mask, or raise ValueError if its shape is another."""
        if isinstance(value, memoryview):  # the browser's bytes
            value = np.frombuffer(value, np.uint8).reshape(self.shape)
        mask = np.array(value, dtype=bool)
        if mask.shape != tuple(self.shape):
            raise ValueError(f"the mask has shape {mask.shape}, expected {tuple(self.shape)}")
        return mask

    def stroke(self, line: Sequence[tuple[float, float]]) -> np.ndarray:
        """Return what the brush paints along a line of places, shape (row, column)."""
        rows, columns = np.indices(self.shape)
        mask = self.default
        for (x, y), (to_x, to_y) in zip(line, [*line[1:], line[-1]], strict=True):
            for part in np.linspace(0, 1, 1 + math.ceil(math.hypot(to_x - x, to_y - y))):
                at = x + part * (to_x - x), y + part * (to_y - y)
                mask |= (columns - at[0]) ** 2 + (rows - at[1]) ** 2 <= self.radius**2
        return mask

    def examples(self):
        """Return nothing, a disc in the middle, and everything painted."""
        rows, columns = np.ogrid[: self.shape[0], : self.shape[1]]
        middle = (rows - self.shape[0] / 2) ** 2 + (columns - self.shape[1] / 2) ** 2
        return [self.default, middle <= self.radius**2, np.ones(self.shape, dtype=bool)]


def _round_down(value: float) -> float:
    """Return the largest of …, 0.1, 0.2, 0.5, 1, 2, 5, … that is not above the value."""
    power = 10.0 ** math.floor(math.log10(value))
    digit = max(d for d in (1, 2, 5) if d * power <= value * (1 + 1e-12))
    return float(f"{digit * power:.6g}")
