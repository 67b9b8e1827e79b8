"""Numbers to colours: the colour maps of the kit, and pixels packed for the browser."""

import functools
import json

import numpy as np

#: The kit's colour maps by name, in explorers and in the viewer, and matplotlib's name of each:
#: they read correctly with a colour-vision deficiency and in print.
COLORMAPS = {
    "gray": "gray",  # scanners
    "inverse gray": "gray_r",  # PET as it is read: dark where much tracer is
    "viridis": "viridis",
    "cividis": "cividis",
    "magma": "magma",
    "inferno": "inferno",
    "hot": "afmhot",  # PET
    "phase": "twilight",  # cyclic: −π and π look alike
    "difference": "PuOr",  # two-sided: zero is white
}


@functools.cache  # matplotlib takes a millisecond for each
def colour_table(colormap: str) -> np.ndarray:
    """Return the 256 colours of a map as uint8, shape (256, 3), read only.

    >>> colour_table("gray")[128].tolist()
    [128, 128, 128]
    """
    if colormap not in COLORMAPS:
        raise ValueError(f"no colour map {colormap!r}; there are: {', '.join(COLORMAPS)}")
    if colormap == "gray":  # by far the most frequent, and matplotlib is slow to import
        table = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    else:
        import matplotlib

        table = matplotlib.colormaps[COLORMAPS[colormap]](np.arange(256), bytes=True)[:, :3].copy()
    table.flags.writeable = False
    return table


def encode(pixels: np.ndarray) -> tuple[np.ndarray, float, float, bool]:
    """Return codes, offset, step and whether code 65535 means "no value".

    ``offset + step * codes`` are the values: exactly for integers that span fewer than
    65536 steps, else to 1/65534 of their range, far below what a screen shows. Half the
    bytes of float32, and the browser needs but one table look-up a pixel.

    >>> codes, offset, step, missing = encode(np.array([[-1000, 40]]))
    >>> (offset + step * codes).tolist(), missing
    ([[-1000.0, 40.0]], False)
    """
    if pixels.dtype in (np.uint8, np.bool_):
        return np.ascontiguousarray(pixels).view(np.uint8), 0.0, 1.0, False
    low, high = finite_range(pixels)
    if pixels.dtype.kind in "iu" and high - low < 65536:
        kind = np.uint8 if high - low < 256 else np.uint16
        return (pixels.astype(np.int64) - int(low)).astype(kind), low, 1.0, False
    step = (high - low) / 65534 or 1.0
    scaled = (pixels - low) * (1 / step) + 0.5
    finite = bool(np.isfinite(pixels.sum()))  # one cheap pass; NaN and inf both spoil a sum
    if not finite:
        missing = np.isnan(pixels)
        scaled = np.where(missing, 65535, np.clip(scaled, 0, 65534))
    return np.ascontiguousarray(scaled.astype(np.uint16)), low, step, not finite


def finite_range(pixels) -> tuple[float, float]:
    """Return the smallest and the largest finite value."""
    low, high = float(pixels.min()), float(pixels.max())
    if not np.isfinite(low + high):
        finite = pixels[np.isfinite(pixels)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    return low, high


def pack(document: dict) -> bytes:
    """Return a document with raw buffers inside as one message for the browser.

    Eight bytes that hold the length of a JSON text, the text, then the buffers, each at a
    multiple of eight; the text refers to a buffer as ``{"$": [start, length]}``. One
    message is one change of the widget: half a picture is never on the screen.
    """
    buffers, size = [], 0

    def refer(value):
        nonlocal size
        if isinstance(value, np.generic):
            return value.item()
        if not isinstance(value, memoryview):
            raise TypeError(f"{type(value).__name__} cannot be sent to the browser")
        reference = {"$": [size, value.nbytes]}
        for part in (value, bytes(-value.nbytes % 8)):
            buffers.append(part)
            size += len(part)
        return reference

    text = json.dumps(document, default=refer, allow_nan=False, separators=(",", ":")).encode()
    head = len(text).to_bytes(8, "little")
    return b"".join([head, text, bytes(-len(text) % 8), *buffers])


def unpack(message: bytes) -> dict:
    """Return a packed document with its buffers as bytes, as the browser reads it.

    >>> unpack(pack({"n": 1, "mask": memoryview(b"abc")}))
    {'n': 1, 'mask': b'abc'}
    """
    size = int.from_bytes(message[:8], "little")
    start = 8 + size + -size % 8

    def revive(item):
        if "$" not in item:
            return item
        at, length = item["$"]
        return message[start + at : start + at + length]

    return json.loads(message[8 : 8 + size], object_hook=revive)
