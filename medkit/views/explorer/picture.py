"""A picture, described: panels of images, curves, bars, tables and texts, with words for all.

A `Picture` says *what* to show. The browser paints it (`medkit.views.explorer`),
matplotlib prints it (`medkit.views.figures`), a test compares its `fingerprint`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field

import numpy as np

from medkit.views.explorer.charts import Bars, Lines, Table, Words, pair, series
from medkit.views.explorer.pixels import colour_table, encode, finite_range, pack


@dataclass(frozen=True, eq=False)
class Image:
    """An array shown as brightness or colour.

    Parameters
    ----------
    pixels : ndarray, shape (row, column), or (row, column, 3) of uint8 for colour
        NaN is left transparent.
    title : str
    values : tuple (unit, low, high), or (unit, low, high, colormap), optional
        What the pixels show, and which values are darkest and brightest, so that brightness
        means the same while a slider moves: ``("HU", -160, 240)``; the unit is "1" for numbers
        without one. Last, a key of `medkit.views.explorer.pixels.COLORMAPS`.
    unit, limits, colormap : str, tuple of float, str
        The same one by one. Without limits: the smallest and the largest finite value.
    spacing_mm : float or tuple of float, optional
        Distance of neighbouring pixel centres (row, column): true proportions, scale bar.
    xaxis, yaxis : tuple (label, first, last), optional
        What the axes show, with their units, and their values at the (left, right) and the
        (top, bottom) edges, for pictures whose axes are not places (a sinogram, k-space). The
        image then fills its panel unless `spacing_mm` is given too.
    extent, xlabel, ylabel : tuple of float, str
        The same apart: the four edges in this order, and the labels.
    masks : mapping of str to ndarray of bool, shape (row, column)
        Regions to outline, by name; `mask_opacity` also fills them.
    curves, points : mapping of str to tuple (x, y)
        Lines and dots on the image, in `extent` units or else in (column, row) pixels.
        NaN leaves a gap in a line.
    colorbar : bool
        Whether to draw the scale of values beside the image.
    smooth : bool, optional
        Interpolate between pixels; by default only where a pixel is small on screen.
    """

    pixels: np.ndarray
    title: str = ""
    _: KW_ONLY
    values: tuple = ()
    unit: str = ""
    limits: tuple[float, float] | None = None
    colormap: str = "gray"
    spacing_mm: float | tuple[float, float] | None = None
    xaxis: tuple = ()
    yaxis: tuple = ()
    extent: tuple[float, float, float, float] | None = None
    xlabel: str = ""
    ylabel: str = ""
    masks: Mapping[str, np.ndarray] = field(default_factory=dict)
    mask_opacity: float = 0.0
    curves: Mapping[str, tuple] = field(default_factory=dict)
    points: Mapping[str, tuple] = field(default_factory=dict)
    colorbar: bool = True
    smooth: bool | None = None

    def __post_init__(self):
        pixels = np.asarray(self.pixels)
        colour = pixels.ndim == 3 and pixels.shape[2] == 3 and pixels.dtype == np.uint8
        if not (colour or pixels.ndim == 2) or pixels.size == 0 or np.iscomplexobj(pixels):
            raise ValueError(
                f"image {self.title!r} has shape {pixels.shape} and type {pixels.dtype}; give "
                "real (row, column) values, or (row, column, 3) uint8 for colour"
            )
        set_ = object.__setattr__  # the dataclass is frozen; these only normalise what was given
        if self.values:
            unit, low, high, *colormap = self.values
            set_(self, "unit", unit)
            set_(self, "limits", (low, high))
            set_(self, "colormap", *colormap or ["gray"])
        colour_table(self.colormap)
        set_(self, "pixels", pixels)
        set_(self, "limits", (0.0, 255.0) if colour else self._limits(pixels))
        if self.xaxis:
            (xlabel, *across), (ylabel, *down) = self.xaxis, self.yaxis
            set_(self, "xlabel", xlabel)
            set_(self, "ylabel", ylabel)
            set_(self, "extent", across + down)
        spacing = self.spacing_mm
        if spacing is not None:
            set_(self, "spacing_mm", tuple(float(s) for s in np.broadcast_to(spacing, 2)))
        if self.extent is not None:
            set_(self, "extent", tuple(float(v) for v in self.extent))
        for name, mask in self.masks.items():
            if np.shape(mask) != pixels.shape[:2]:
                raise ValueError(
                    f"mask {name!r} has shape {np.shape(mask)}, its image {pixels.shape[:2]}"
                )
        set_(self, "masks", {k: np.asarray(v, dtype=bool) for k, v in self.masks.items()})
        for group in ("curves", "points"):
            pairs = {k: pair(k, v) for k, v in getattr(self, group).items()}
            set_(self, group, pairs)

    def _limits(self, pixels):
        if self.limits is not None:
            low, high = (float(v) for v in self.limits)
            if not (np.isfinite([low, high]).all() and low < high):
                raise ValueError(f"limits are {self.limits}; give two finite numbers, low < high")
            return low, high
        low, high = finite_range(pixels)
        return (low, high) if low < high else (low, low + 1.0)

    @property
    def is_colour(self) -> bool:
        """Whether the pixels are red, green and blue."""
        return self.pixels.ndim == 3

    def wire(self) -> dict:
        """Return what the browser needs: settings, and pixels as raw bytes."""
        codes, offset, step, missing = encode(self.pixels)
        out = {name: getattr(self, name) for name in _IMAGE_SETTINGS}
        out |= {"kind": "image", "shape": list(self.pixels.shape), "bits": codes.itemsize * 8}
        out |= {"offset": offset, "step": step, "missing": missing}
        out["pixels"] = memoryview(codes).cast("B")
        if self.colormap != "gray":
            out["colours"] = memoryview(colour_table(self.colormap)).cast("B")
        out["masks"] = [
            {"label": k, "pixels": memoryview(np.ascontiguousarray(v).view(np.uint8)).cast("B")}
            for k, v in self.masks.items()
        ]
        for group in ("curves", "points"):
            out[group] = [series(k, *xy) for k, xy in getattr(self, group).items()]
        return out


_PLACES = ("spacing_mm", "extent", "xlabel", "ylabel")
_IMAGE_SETTINGS = ("title", "unit", "limits", *_PLACES, "mask_opacity", "colorbar", "smooth")


_PANELS = (Image, Lines, Bars, Table, Words)


class Picture:
    """Panels in reading order, a caption with the numbers that matter, and words for the blind.

    Parameters
    ----------
    *panels : Image, Lines, Bars, Table or Words
    caption : str
        One line: ``"noise 12.3 HU, dose 4.1 mGy"``.
    alt : str
        What is to be seen, for those who do not see it; it may change with the parameters.
    columns : int, optional
        Panels side by side; by default up to three, and four as two by two.
    """

    def __init__(self, *panels, caption: str, alt: str, columns: int | None = None):
        if not panels or not all(isinstance(p, _PANELS) for p in panels):
            kinds = [type(p).__name__ for p in panels]
            known = ", ".join(kind.__name__ for kind in _PANELS)
            raise TypeError(f"a picture is made of panels ({known}), not {kinds}")
        if not (caption.strip() and alt.strip()):
            raise ValueError("give the picture a caption and an alt text; neither may be empty")
        self.panels = panels
        self.caption = caption
        self.alt = alt
        self.columns = columns or {1: 1, 2: 2, 4: 2}.get(len(panels), 3)

    def wire(self) -> dict:
        """Return the picture for the browser: plain settings with raw buffers inside."""
        return {
            "panels": [panel.wire() for panel in self.panels],
            "caption": self.caption,
            "alt": self.alt,
            "columns": self.columns,
        }

    def fingerprint(self) -> str:
        """Return a hash of everything shown: equal pictures have equal fingerprints."""
        return hashlib.sha256(pack(self.wire())).hexdigest()[:16]

    def __repr__(self) -> str:
        return f"<Picture: {self.alt} {self.caption}>"

    def _repr_mimebundle_(self, include=None, exclude=None):
        from medkit.views import figures

        return figures.bundle(self)
