"""A volume as the browser gets it: a few bytes a voxel, plane by plane, and its colours."""

import numpy as np

from medkit.image import Volume, grey
from medkit.views.explorer.pixels import finite_range

#: Largest volume, in bytes, that a page is asked to hold.
LARGEST = 512 * 2**20
#: Floats above this many bytes travel as 16-bit integers with a slope and an intercept.
LARGEST_FLOAT = 64 * 2**20
#: The 16-bit code of "not a number" where floats travel as integers.
NAN_CODE = -32768
#: Longest side, in voxels, of the coarse copy that is shown until the planes arrive.
PREVIEW = 40

#: Colours of labels 1, 2, 3, …, told apart by colour-blind eyes (doi:10.1038/nmeth.1618).
LABEL_COLOURS = "e69f00 56b4e9 009e73 cc79a7 f0e442 d55e00 0072b2"


def window_index(values, level: float, window: float, curve="LINEAR_EXACT") -> np.ndarray:
    """Map values to 0…255 by a window and one of `medkit.image.CURVES`.

    >>> window_index(np.array([-160.0, 40.0, 240.0]), 40, 400)
    array([  0, 128, 255], dtype=uint8)
    """
    return np.floor(255 * grey(values, level, window, curve) + 0.5).astype(np.uint8)


class Layer:
    """One volume, coded for the browser.

    Parameters
    ----------
    volume : Volume
        What to show. 8- and 16-bit integers and whole numbers that fit 16 bits travel
        unchanged; other numbers as 32-bit floats or, above `LARGEST_FLOAT`, as 16-bit
        integers in 65,535 even steps over their range.
    kind : {"image", "labels"}
        Labels are painted in one colour each, and are not windowed.

    Raises
    ------
    ValueError
        If the volume is empty, or too large for a browser.
    """

    def __init__(self, volume: Volume, kind: str = "image"):
        self.volume, self.kind = volume, kind
        self.pixels = pixels = volume.pixels
        self.slope, self.intercept, self.coded = 1.0, 0.0, False
        if pixels.dtype.kind not in "buif":
            raise TypeError(
                f"pixels are {pixels.dtype}; a viewer needs real numbers: take np.abs(pixels) "
                "or pixels.real first"
            )
        self.low, self.high = finite_range(pixels)
        self.dtype = self._choose_type()
        size = pixels.size * np.dtype(self.dtype).itemsize
        if size > LARGEST:
            raise ValueError(
                f"the volume needs {size / 2**20:.0f} MB in the browser and {LARGEST // 2**20} MB "
                "is the limit; show a part of it, or every other voxel: pixels[::2, ::2, ::2]"
            )

    def _choose_type(self) -> str:
        """Choose the smallest type that keeps what the learner can see and read."""
        pixels, low, high = self.pixels, self.low, self.high
        if self.kind == "labels" or self.volume.is_colour or pixels.dtype.kind == "b":
            return "uint8"
        if pixels.dtype.kind in "ui":
            for name in ("uint8", "int16", "uint16"):
                if np.iinfo(name).min <= low and high <= np.iinfo(name).max:
                    return name
            return "float32"
        # A look at part of a plane tells floats that are no whole numbers, cheaply.
        whole = low >= -32768 and high <= 32767 and _is_whole(pixels[pixels.shape[0] // 2, :16])
        if whole and _is_whole(pixels):
            return "int16"
        if pixels.size * 4 <= LARGEST_FLOAT:
            return "float32"
        self.coded = True
        self.slope = max((high - low) / 65534, np.finfo(np.float32).tiny)
        self.intercept = low + 32767 * self.slope
        return "int16"

    def encode(self, part: np.ndarray) -> bytes:
        """Return pixels in the type that travels, little-endian, C order."""
        if self.coded:
            codes = np.rint((part.astype(np.float64) - self.intercept) / self.slope)
            part = np.where(np.isnan(codes), NAN_CODE, np.clip(codes, -32767, 32767))
        elif self.volume.is_colour and part.dtype != np.uint8:
            # Colour is 8 bits a channel; floats in 0…1 are the other habit of libraries.
            scale = 255 if part.dtype.kind == "f" and self.high <= 1 else 1
            part = np.clip(np.nan_to_num(part) * scale, 0, 255)
        kind = np.dtype(self.dtype).newbyteorder("<")
        return np.ascontiguousarray(part.astype(kind, copy=False)).tobytes()

    def planes(self, indices: list[int]) -> bytes:
        """Return whole planes, one after another."""
        return b"".join(self.encode(self.pixels[k]) for k in indices)

    def preview(self) -> tuple[list[int], bytes]:
        """Return the shape and bytes of a coarse copy."""
        counts = [min(n, PREVIEW) for n in self.volume.shape]
        picks = [
            ((np.arange(m) + 0.5) * n / m).astype(int)
            for m, n in zip(counts, self.volume.shape, strict=True)
        ]
        return counts, self.encode(self.pixels[np.ix_(*picks)])

    def window(self) -> tuple[float, float]:
        """Return the centre and width to show first, also of constant and empty images."""
        if self.kind == "labels" or self.volume.is_colour:
            return 127.5, 255.0
        if self.volume.window is not None:
            centre, width = map(float, self.volume.window)
        elif self.high > self.low:
            # Infinity has no place among percentiles; a part of the pixels is enough for them.
            part = self.pixels[tuple(slice(None, None, max(1, n // 64)) for n in self.pixels.shape)]
            if part.dtype.kind == "f":
                part = np.where(np.isfinite(part), part, np.nan)
            if not np.isfinite(part).any():
                part = np.array([[[self.low, self.high]]])
            centre, width = map(float, self.volume.with_pixels(part).default_window())
        else:
            centre, width = self.low, 0.0
        if not (np.isfinite(centre) and np.isfinite(width)):
            centre, width = (self.low + self.high) / 2, self.high - self.low
        # A sparse image (one bright spot on zero) has equal 1st and 99th percentiles.
        if width <= 1e-6 * max(self.high - self.low, abs(centre)):
            centre, width = (self.low + self.high) / 2, (self.high - self.low) or 1.0
        # Four digits are enough for the eye, and read better in the number fields.
        return float(f"{centre:.4g}"), float(f"{width:.4g}")

    def values(self, part: np.ndarray) -> np.ndarray:
        """Return pixels as shown: colour as 8 bits, all else in their unit."""
        if self.volume.is_colour:
            return np.frombuffer(self.encode(part), np.uint8).reshape(part.shape)
        return part


def _is_whole(pixels: np.ndarray) -> bool:
    """Whether all values are whole numbers of 16 bits (NaN and infinity are none)."""
    # Plane by plane, to stop at the first fraction and to stay in the processor's cache.
    with np.errstate(invalid="ignore"):
        return all((plane.astype(np.int16) == plane).all() for plane in pixels)
