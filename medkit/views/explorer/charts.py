"""Panels of a picture that are not images: curves, bars, tables, words."""

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False)
class Lines:
    """Curves and dots over a common pair of axes.

    Parameters
    ----------
    x : ndarray, shape (n,)
    y : mapping of str to ndarray (n,), or to a tuple (x, y) of its own
        The series, by the label shown in the legend. NaN leaves a gap.
    title : str
    xaxis, yaxis : tuple (label, low, high), or (label, low, high, "log")
        What an axis shows, with its unit, and its ends, so that it stays still while a slider
        moves: ``("energy (keV)", 0, 145)``. Where the ends follow the data, `xlabel` or `ylabel`
        is enough.
    xlabel, ylabel, xlim, ylim, xlog, ylog : str, tuple of float, bool
        The same one by one, as in matplotlib.
    dots, dashed : sequence of str
        Labels of the series drawn as dots, or with a dashed line.
    bands : mapping of str to tuple (low, high), or (x, low, high)
        Shaded ranges, such as confidence intervals; a label shared with a series
        shares its colour.
    marks : mapping of str to float
        Vertical dashed lines at these x, with a name.
    spans : mapping of str to tuple (x0, x1)
        Vertical shaded stripes, with a name.
    """

    x: np.ndarray
    y: Mapping[str, np.ndarray | tuple]
    title: str = ""
    _: KW_ONLY
    xaxis: tuple = ()
    yaxis: tuple = ()
    xlabel: str = ""
    ylabel: str = ""
    xlim: tuple[float, float] | None = None
    ylim: tuple[float, float] | None = None
    xlog: bool = False
    ylog: bool = False
    dots: Sequence[str] = ()
    dashed: Sequence[str] = ()
    bands: Mapping[str, tuple] = field(default_factory=dict)
    marks: Mapping[str, float] = field(default_factory=dict)
    spans: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def __post_init__(self):
        set_ = object.__setattr__
        take_axes(self)
        lines = {}
        for label, y in self.y.items():
            lines[label] = pair(label, y if isinstance(y, tuple) else (self.x, y))
        set_(self, "y", lines)
        bands = {}
        for label, band in self.bands.items():
            x, low, high = band if len(band) == 3 else (self.x, *band)
            bands[label] = (*pair(label, (x, low)), pair(label, (x, high))[1])
        set_(self, "bands", bands)
        tops = [y for _, y in lines.values()] + [v for b in bands.values() for v in b[1:]]
        xs = [x for x, _ in lines.values()] + [np.atleast_1d(v) for v in self.marks.values()]
        set_(self, "xlim", _axis_limits("xlim", self.xlim, xs, self.xlog, 0.0))
        set_(self, "ylim", _axis_limits("ylim", self.ylim, tops, self.ylog, 0.05))

    def wire(self) -> dict:
        """Return what the browser needs: settings, and curves as raw float64."""
        settings = ("title", "xlabel", "ylabel", "xlim", "ylim", "xlog", "ylog")
        out = {"kind": "lines"} | {name: getattr(self, name) for name in settings}
        out["series"] = [
            series(k, *xy) | {"dots": k in self.dots, "dashed": k in self.dashed}
            for k, xy in self.y.items()
        ]
        out["bands"] = [
            series(k, x, low) | {"high": as_bytes(high)} for k, (x, low, high) in self.bands.items()
        ]
        out["marks"] = [{"label": k, "x": float(v)} for k, v in self.marks.items()]
        out["spans"] = [{"label": k, "x": [float(v) for v in s]} for k, s in self.spans.items()]
        return out


@dataclass(frozen=True, eq=False)
class Bars:
    """Groups of upright bars.

    Parameters
    ----------
    names : sequence of str, length n
        Below each group.
    values : mapping of str to array (n,)
        One bar a group for each label.
    title : str
    yaxis : tuple (label, low, high)
        What the upright axis shows, with its unit, and its ends; or `ylabel` alone.
    errors : mapping of str to array (n,)
        Half-lengths of error bars, by the labels of `values`.
    """

    names: Sequence[str]
    values: Mapping[str, np.ndarray]
    title: str = ""
    _: KW_ONLY
    yaxis: tuple = ()
    ylabel: str = ""
    xlabel: str = ""
    ylim: tuple[float, float] | None = None
    errors: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self):
        set_ = object.__setattr__
        take_axes(self)
        places = np.arange(len(self.names))
        for group in ("values", "errors"):
            pairs = {k: pair(k, (places, v))[1] for k, v in getattr(self, group).items()}
            set_(self, group, pairs)
        tops = [v + self.errors.get(k, 0) for k, v in self.values.items()] + [np.zeros(1)]
        set_(self, "ylim", _axis_limits("ylim", self.ylim, tops, False, 0.08))

    def wire(self) -> dict:
        """Return what the browser needs."""
        settings = ("title", "xlabel", "ylabel", "ylim")
        out = {"kind": "bars"} | {name: getattr(self, name) for name in settings}
        out["names"] = [str(name) for name in self.names]
        places = np.arange(len(self.names))
        out["series"] = [
            series(k, places, v)
            | ({"errors": as_bytes(self.errors[k])} if k in self.errors else {})
            for k, v in self.values.items()
        ]
        return out


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of words and numbers; ``header`` may be empty, ``highlight`` is a row number."""

    rows: Sequence[Sequence[str]]
    _: KW_ONLY
    header: Sequence[str] = ()
    title: str = ""
    highlight: int | None = None

    def __post_init__(self):
        header, *rows = [[str(cell) for cell in row] for row in (self.header, *self.rows)]
        if len({len(row) for row in (header or rows[0], *rows)}) > 1:
            raise ValueError(f"table {self.title!r}: all rows and the header need equal lengths")
        object.__setattr__(self, "rows", rows)
        object.__setattr__(self, "header", header)

    def wire(self) -> dict:
        """Return what the browser needs."""
        settings = ("title", "header", "rows", "highlight")
        return {"kind": "table"} | {name: getattr(self, name) for name in settings}


@dataclass(frozen=True, eq=False)
class Words:
    """A running text, word by word, with some words marked in colour.

    Parameters
    ----------
    words : sequence of str, length n
    kinds : sequence of str, length n
        What each word is marked as, one of `legend`; "" for a plain word.
    legend : sequence of str
        The kinds there may be, so that colours stay while the text changes.
    notes : sequence of str, length n, optional
        What stands in small print below a word: colour alone tells not everybody.
    title : str
    """

    words: Sequence[str]
    kinds: Sequence[str]
    _: KW_ONLY
    legend: Sequence[str]
    notes: Sequence[str] = ()
    title: str = ""

    def __post_init__(self):
        set_ = object.__setattr__
        set_(self, "notes", tuple(self.notes) or ("",) * len(self.words))
        if not len(self.words) == len(self.kinds) == len(self.notes):
            raise ValueError(f"text {self.title!r}: each word needs a kind, and a note or none")

    def wire(self) -> dict:
        """Return what the browser needs."""
        out = {"kind": "words", "title": self.title, "legend": list(self.legend)}
        kinds = [self.legend.index(k) if k else -1 for k in self.kinds]
        return out | {"words": list(self.words), "kinds": kinds, "notes": list(self.notes)}


def pair(label, xy) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y as float arrays of one length, or raise ValueError with the label."""
    x, y = (np.atleast_1d(np.asarray(v, dtype=float)) for v in xy)
    if x.ndim != 1 or x.shape != y.shape:
        raise ValueError(f"{label!r}: x has shape {x.shape}, y {y.shape}; both need (n,)")
    return x, y


def take_axes(panel) -> None:
    """Set label, limits and scale of a panel from its axes, where they are given as one."""
    for way in "xy":
        if axis := getattr(panel, f"{way}axis", ()):
            label, low, high, *log = axis
            object.__setattr__(panel, f"{way}label", label)
            object.__setattr__(panel, f"{way}lim", (low, high))
            if log:
                object.__setattr__(panel, f"{way}log", log == ["log"])
        if not getattr(panel, f"{way}label") and (way == "y" or hasattr(panel, "xlog")):
            raise ValueError(f"{panel.title!r} needs words and unit of its {way} axis")


def _axis_limits(name, limits, values, log, margin) -> tuple[float, float]:
    """Return checked axis limits, or the range of the data with a margin."""
    if limits is None:
        values = np.concatenate([np.ravel(v) for v in values]) if values else np.zeros(1)
        values = values[np.isfinite(values) & ((values > 0) | (not log))]
        low, high = (values.min(), values.max()) if values.size else (1.0, 1.0)
        if log:
            limits = (low, high) if low < high else (low / 2, high * 2)
        else:
            room = margin * (high - low) or (0 if low < high else 0.5)
            # Data that only just stay above zero keep zero as their floor.
            limits = (low - room if low < 0 or low > room else min(low, 0.0), high + room)
    low, high = (float(v) for v in limits)
    if not np.isfinite([low, high]).all() or low == high or (log and min(low, high) <= 0):
        wanted = "two different finite numbers, above zero on a logarithmic axis"
        raise ValueError(f"{name} is {limits}; give {wanted}")
    return low, high


def as_bytes(values) -> memoryview:
    """Return numbers as the raw float64 that the browser reads."""
    return memoryview(np.ascontiguousarray(values, dtype=np.float64)).cast("B")


def series(label, x, y) -> dict:
    """Return a labelled curve for the browser."""
    return {"label": label, "x": as_bytes(x), "y": as_bytes(y)}
