"""An image with its geometry: what every scanner makes and every algorithm reads."""

import base64
import html
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

#: Patient direction letters along +x, +y, +z of the DICOM (LPS) patient frame.
_LETTERS = (("L", "R"), ("P", "A"), ("H", "F"))
_OPPOSITE = str.maketrans("LRPAHF", "RLAPFH")

#: Functions by which a window becomes grey (DICOM PS3.3, C.11.2.1.2.1 and C.11.2.1.3).
CURVES = ("LINEAR", "LINEAR_EXACT", "SIGMOID")

#: Display windows (centre, width) by unit, used when a volume brings none of its own.
DEFAULT_WINDOW = {"HU": (40.0, 400.0), "SUV": (5.0, 10.0)}


def grey(values, centre: float, width: float, curve: str = "LINEAR_EXACT") -> np.ndarray:
    """Return greys from 0 (black) to 1 (white) for a window.

    LINEAR_EXACT is a line from centre − width/2 to centre + width/2. LINEAR, which DICOM
    means if it says nothing, is made for whole numbers, of which `width` are in the window:
    a line from centre − width/2 to centre + width/2 − 1. SIGMOID is
    1 / (1 + exp(−4 (value − centre) / width)).

    Parameters
    ----------
    values : array_like
        In any unit.
    centre, width : float
        In the same unit; width above 0. Below 1, LINEAR is not defined and taken as exact.
    curve : str
        One of `CURVES`.

    References
    ----------
    DICOM PS3.3, C.11.2.1.2.1, C.11.2.1.3.1, C.11.2.1.3.2.

    >>> grey([-160, 39.5, 239], 40, 400, "LINEAR").tolist()
    [0.0, 0.5, 1.0]
    >>> grey([0, 1], 1, 1, "LINEAR").tolist()  # a mask
    [0.0, 1.0]
    """
    values = np.nan_to_num(np.asarray(values, dtype=float))
    if curve == "SIGMOID":
        return 1 / (1 + np.exp(np.clip(-4 * (values - centre) / width, -700, 700)))
    if curve == "LINEAR" and width >= 1:
        centre, width = centre - 0.5, width - 1
    if width == 0:
        return (values > centre).astype(float)
    return np.clip((values - centre) / width + 0.5, 0, 1)


@dataclass(frozen=True, eq=False)
class Volume:
    """Pixels in physical units and where they lie in the patient.

    Parameters
    ----------
    pixels : ndarray, shape (plane, row, column) or (plane, row, column, 3)
        Values in `unit`; the second form is colour, 8 bits a channel.
    spacing_mm : tuple of float
        Distance of neighbouring voxel centres along plane, row and column, in mm.
    unit : str
        Physical unit of the pixels: ``"HU"``, ``"SUV"``, ``"1"`` (none), …
    modality : str
        DICOM modality code: ``"CT"``, ``"MR"``, ``"US"``, ``"PT"``, ``"OP"``, …
    origin_mm : tuple of float
        Centre of voxel (0, 0, 0) in the patient frame, in mm (x to the left,
        y to the back, z to the head: "LPS").
    axes : ndarray, shape (3, 3)
        Rows are the unit vectors, in the patient frame, along which the plane,
        row and column index grow. They are not orthogonal for a tilted gantry.
    window : tuple of float, optional
        Centre and width, in `unit`, with which the image is first shown.
    notes : tuple of str
        What a reader had to assume or found odd, one sentence each.
    meta : mapping
        Further facts by DICOM keyword.
    curve : str
        One of `CURVES`: the function for which `window` is meant, see `grey`.
    sides : tuple of str, optional
        Where the directions in the patient are not known, as on a film: the sides to which
        the column and the row index grow, ``("L", "F")``, or ``("", "")`` if not even these.
    """

    pixels: np.ndarray
    spacing_mm: tuple[float, float, float] = (1.0, 1.0, 1.0)
    unit: str = "1"
    modality: str = ""
    origin_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    axes: np.ndarray = field(
        default_factory=lambda: np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    )
    window: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()
    meta: Mapping[str, object] = field(default_factory=dict)
    curve: str = "LINEAR_EXACT"
    sides: tuple[str, str] | None = None

    def __post_init__(self):
        pixels = np.asarray(self.pixels)
        if pixels.ndim == 2:
            pixels = pixels[None]
        grey_or_colour = pixels.ndim == 3 or pixels.shape[3:] == (3,)
        if not grey_or_colour or pixels.size == 0:
            raise ValueError(
                f"pixels have shape {pixels.shape}; a volume needs (plane, row, column), or "
                "(plane, row, column, 3) for colour, and none of them may be empty"
            )
        spacing = tuple(float(s) for s in self.spacing_mm)
        if len(spacing) != 3 or not all(np.isfinite(s) and s > 0 for s in spacing):
            raise ValueError(
                f"spacing_mm is {self.spacing_mm}; give three positive distances in mm: "
                "(plane, row, column)"
            )
        if self.curve not in CURVES:
            raise ValueError(f"curve is {self.curve!r}; give one of {', '.join(CURVES)}")
        axes = np.asarray(self.axes, dtype=float)
        if axes.shape != (3, 3):
            raise ValueError(f"axes have shape {axes.shape}; give three unit vectors, (3, 3)")
        set_ = object.__setattr__  # the dataclass is frozen; these only normalise what was given
        set_(self, "pixels", pixels)
        set_(self, "spacing_mm", spacing)
        set_(self, "axes", axes)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of planes, rows and columns."""
        return self.pixels.shape[:3]

    @property
    def is_colour(self) -> bool:
        """Whether each pixel is red, green and blue instead of one value."""
        return self.pixels.ndim == 4

    @cached_property
    def affine(self) -> np.ndarray:
        """Homogeneous matrix (4, 4) from (plane, row, column, 1) to patient mm."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.axes.T * np.array(self.spacing_mm)
        matrix[:3, 3] = self.origin_mm
        return matrix

    def letters(self, axis: int) -> tuple[str, str]:
        """Patient sides at the low and the high end of an axis; empty where not known.

        >>> Volume(np.zeros((1, 2, 2))).letters(2)
        ('R', 'L')
        """
        if self.sides is not None:
            high = ("", *self.sides[::-1])[axis]
            return high.translate(_OPPOSITE), high
        direction = self.axes[axis]
        main = int(np.argmax(np.abs(direction)))
        high, low = _LETTERS[main] if direction[main] > 0 else _LETTERS[main][::-1]
        return low, high

    def default_window(self) -> tuple[float, float]:
        """Centre and width to show first: its own, its unit's, or 1st to 99th percentile."""
        if self.window is not None:
            return self.window
        if self.unit in DEFAULT_WINDOW:
            return DEFAULT_WINDOW[self.unit]
        step = tuple(slice(None, None, max(1, n // 64)) for n in self.shape)
        low, high = np.nanpercentile(self.pixels[step].astype(np.float32), [1, 99])
        return float(low + high) / 2, float(max(high - low, np.finfo(np.float32).tiny))

    def with_pixels(self, pixels: np.ndarray, **changes) -> "Volume":
        """Return the same geometry around other pixels."""
        return replace(self, pixels=pixels, **changes)

    def __repr__(self) -> str:
        planes, rows, columns = self.shape
        mm = " × ".join(f"{s:.4g}" for s in self.spacing_mm)
        return (
            f"<Volume {self.modality or 'image'} {planes} × {rows} × {columns}, "
            f"{mm} mm, in {self.unit}, {self.pixels.dtype}>"
        )


def picture_html(data: bytes, alt: str, *lines: str, kind: str = "png") -> str:
    """Return an image file as HTML with its description, the one form in which Jupyter keeps both.

    Parameters
    ----------
    data : bytes
        The file.
    alt : str
        What is to be seen.
    *lines : str
        Shown below the picture, one line each; empty ones are left out.
    kind : str
        Of image: png, jpeg, webp, svg+xml.
    """
    below = "<br>".join(html.escape(line) for line in lines if line)
    return (
        f'<figure style="margin:0"><img alt="{html.escape(alt)}" style="max-width:100%" '
        f'src="data:image/{kind};base64,{base64.b64encode(data).decode()}">'
        + (f"<figcaption>{below}</figcaption>" if below else "")
        + "</figure>"
    )
