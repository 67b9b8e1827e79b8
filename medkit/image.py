"""An image with its geometry: what every scanner makes and every algorithm reads."""

import base64
import html
import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

#: Patient direction letters along +x, +y, +z of the DICOM (LPS) patient frame.
_LETTERS = (("L", "R"), ("P", "A"), ("H", "F"))

#: Display windows (centre, width) by unit, used when a volume brings none of its own.
DEFAULT_WINDOW = {"HU": (40.0, 400.0), "SUV": (5.0, 10.0)}


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

    def __post_init__(self):
        pixels = np.asarray(self.pixels)
        if pixels.ndim == 2:
            pixels = pixels[None]
        if pixels.ndim not in (3, 4) or (pixels.ndim == 4 and pixels.shape[3] != 3):
            raise ValueError(
                f"pixels have shape {pixels.shape}; a volume needs (plane, row, column), "
                "or (plane, row, column, 3) for colour"
            )
        if 0 in pixels.shape:
            raise ValueError(
                f"pixels have shape {pixels.shape}, so the volume is empty; it needs "
                "at least one plane, one row and one column"
            )
        spacing = tuple(float(s) for s in self.spacing_mm)
        if len(spacing) != 3 or not all(np.isfinite(s) and s > 0 for s in spacing):
            raise ValueError(
                f"spacing_mm is {self.spacing_mm}; give three positive distances in mm: "
                "(plane, row, column)"
            )
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
        """Patient sides at the low and the high end of an axis.

        >>> Volume(np.zeros((1, 2, 2))).letters(2)
        ('R', 'L')
        """
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

    @property
    def alt(self) -> str:
        """Say in words what `png` shows, for those who do not see it."""
        size = " × ".join(map(str, self.shape))
        unit = "" if self.unit == "1" else f" {self.unit}"
        text = f"{self.modality or 'Image'} volume of {size} voxels, its middle plane"
        if self.is_colour:
            return text + " in colour"
        centre, width = self.default_window()
        return text + f" in a window {width:.4g}{unit} wide about {centre:.4g}{unit}"

    def _repr_html_(self) -> str:
        return picture_html(self.png(), self.alt)

    def png(self) -> bytes:
        """Return the middle plane, at its default window and true proportions, as a PNG file."""
        from PIL import Image

        plane = self.pixels[self.shape[0] // 2]
        if not self.is_colour:
            centre, width = self.default_window()
            plane = np.clip((plane.astype(np.float32) - centre) / width + 0.5, 0, 1) * 255
        picture = Image.fromarray(np.nan_to_num(plane).astype(np.uint8))
        tall = picture.height * self.spacing_mm[1] / self.spacing_mm[2]
        scale = 320 / max(tall, picture.width)
        picture = picture.resize(
            (max(1, round(picture.width * scale)), max(1, round(tall * scale)))
        )
        buffer = io.BytesIO()
        picture.save(buffer, "PNG")
        return buffer.getvalue()


def picture_html(data: bytes, alt: str, *lines: str) -> str:
    """Return a PNG file as HTML with its description, the one form in which Jupyter keeps both.

    Parameters
    ----------
    data : bytes
        The PNG file.
    alt : str
        What is to be seen.
    *lines : str
        Shown below the picture, one line each; empty ones are left out.
    """
    below = "<br>".join(html.escape(line) for line in lines if line)
    return (
        f'<figure style="margin:0"><img alt="{html.escape(alt)}" style="max-width:100%" '
        f'src="data:image/png;base64,{base64.b64encode(data).decode()}">'
        + (f"<figcaption>{below}</figcaption>" if below else "")
        + "</figure>"
    )
