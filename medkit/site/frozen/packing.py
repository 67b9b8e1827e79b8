"""Pictures packed for a page: each buffer once, as differences, deflated.

A file is a script that calls ``medkitFrozen(key, base64)``, since a page from a disk may load
scripts and nothing else. Its bytes are a head, deflated JSON, and blobs after it: a large buffer
each, or many small ones together. A buffer is written as byte planes; of images, where that is
shorter, as differences to the same buffer of the first picture, to the pixel before, the row
before, or both.

What an image shows travels in 256 shades of its limits, as the canvas draws it (`shades`): in
16 bits the noise alone would take twice the room, and no screen shows it.
"""

import base64
import hashlib
import json
import math
import zlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from medkit.views.explorer.pixels import pack

#: Buffers above this many bytes have a blob of their own, which a page inflates when it needs it.
LARGE = 4096
#: Code of "no value" in 16 bits, as in `medkit.views.explorer.pixels.encode`.
MISSING = 65535


def shades(panel: dict) -> dict:
    """Return a panel of the wire, an image of 16 bits in the shades that are seen of it.

    A code is one of the 256 shades between the limits, or of as many more below and above as
    the values need, in steps of 16: each pixel has the same colour as before, and its value is
    right to half a shade, or outside the limits to eight.
    """
    if panel["kind"] != "image" or panel["bits"] != 16:
        return panel
    codes = np.frombuffer(panel["pixels"], np.uint16)
    low, high = panel["limits"]
    # As in picture.js, in the same order: else a pixel here and there would differ.
    values = panel["offset"] + panel["step"] * codes.astype(float) - low
    level = np.floor(values * (256 / (high - low)) + 0.004)
    valid = codes != MISSING if panel["missing"] else np.ones(codes.shape, bool)
    if not valid.any():
        return panel
    # Far outside the limits all is dark or bright: what no code is left for is cut off there.
    level = np.clip(level, -32000, 33000)
    # There the noise cannot be seen: steps of 16 shades will do for the pointer.
    level = np.where((level < 0) | (level > 255), np.floor(level / 16) * 16 + 8, level)
    least = int(level[valid].min())
    small = not panel["missing"] and level.max() - least < 256
    coded = np.where(valid, level - least, MISSING).astype(np.uint8 if small else np.uint16)
    step = (high - low) / 256
    changes = {"offset": low + (least + 0.5) * step, "step": step, "bits": 8 * coded.itemsize}
    return panel | changes | {"pixels": memoryview(coded).cast("B")}


def planes(data: bytes, width: int) -> np.ndarray:
    """Return the first bytes of all items, then the second, and so on."""
    return np.frombuffer(data, np.uint8).reshape(-1, width).T


class Packer:
    """Collects pictures and other buffers, and writes them as one script.

    Attributes
    ----------
    rounded : bool
        Whether an image is kept in shades, so that its values are not quite the kernel's.
    """

    def __init__(self):
        self.rounded = False
        self._numbers: dict[bytes, int] = {}
        self._buffers: list[tuple[bytes, int]] = []  # and the bytes of an item of each
        self._blobs: dict[int, tuple[bytes, int, int]] = {}  # of large ones: see `_shortest`
        self._first: list[int] = []

    def picture(self, picture) -> tuple[str, list[int]]:
        """Take a picture; return its text on the wire and the numbers of its buffers."""
        wire = picture.wire()
        panels = wire["panels"]
        wire["panels"] = [shades(panel) for panel in panels]
        changed = zip(panels, wire["panels"], strict=True)
        self.rounded |= any(one is not other for one, other in changed)
        packed, numbers = pack(wire), []
        size = int.from_bytes(packed[:8], "little")
        at = 8 + size + -size % 8
        for buffer, width, row in _buffers(wire):
            model = self._first[len(numbers)] if len(numbers) < len(self._first) else -1
            numbers.append(self.buffer(packed[at : at + buffer.nbytes], width, row, model))
            at += buffer.nbytes + -buffer.nbytes % 8
        self._first = self._first or numbers
        return packed[8 : 8 + size].decode(), numbers

    def buffer(self, data: bytes, width: int, row: tuple = (), model: int = -1) -> int:
        """Take a buffer; return its number.

        Parameters
        ----------
        data : bytes
        width : int
            Bytes an item: 1 or 2 for whole numbers, 8 for doubles.
        row : tuple of int, optional
            Items from a pixel to the next, and from a row to the next.
        model : int, optional
            Number of a buffer that it may be like.
        """
        key = hashlib.sha1(data).digest() + bytes([width])
        if key in self._numbers:
            return self._numbers[key]
        number = self._numbers[key] = len(self._buffers)
        self._buffers.append((data, width))
        if len(data) > LARGE:
            self._blobs[number] = self._shortest(data, width, row, model)
        return number

    def cost(self, number: int) -> int:
        """Return about how many bytes a buffer takes in the file."""
        blob = self._blobs.get(number, self._buffers[number])
        return len(blob[0]) * 4 // 3

    def difference(self, one: int, other: int) -> float:
        """Return how much two buffers differ, from 0 to 1, against how much they vary."""
        (a, width), (b, _) = self._buffers[one], self._buffers[other]
        if len(a) != len(b):
            return 1.0
        kind = "<f8" if width == 8 else f"<u{width}"
        a, b = (np.nan_to_num(np.frombuffer(data, kind).astype(float)) for data in (a, b))
        return min(1.0, float(np.abs(a - b).mean() / (a.std() + b.std() + 1e-12)))

    def _shortest(self, data, width, row, model):
        """Return a buffer deflated, the distances of its differences, and its model or -1."""
        if width > 2:  # differences of floats would not be exact
            return zlib.compress(planes(data, width).tobytes(), 6), [], -1
        items = np.frombuffer(data, f"<u{width}")
        others = [(items, -1)]
        if model >= 0 and len(self._buffers[model][0]) == len(data):
            others.append((items - np.frombuffer(self._buffers[model][0], items.dtype), model))
        choices = []
        for values, base in others:
            for lags in ([], [row[0]], list(row)) if row else ([],):
                steps = values.copy()
                for lag in lags:
                    steps[lag:] -= steps[:-lag].copy()
                choices.append((planes(steps.tobytes(), width), lags, base))
        shown, lags, model = min(choices, key=lambda choice: _entropy(choice[0]))
        return zlib.compress(shown.tobytes(), 6), lags, model

    def write(self, path: Path, head: dict, wanted: Iterable[int]) -> int:
        """Write the script; return its size in bytes.

        Parameters
        ----------
        path : Path
            Its folder and its name are the key by which the page asks for it.
        head : dict
            What the page needs of it besides the buffers, as JSON.
        wanted : iterable of int
            Numbers of the buffers to write.
        """
        wanted = set(wanted)
        wanted |= {self._blobs[n][2] for n in wanted if n in self._blobs} - {-1}
        table, blobs, at = {}, [], 0
        for number in sorted(wanted & set(self._blobs)):
            data, lags, model = self._blobs[number]
            table[number] = [at, len(data), self._buffers[number][1], lags, model]
            blobs.append(data)
            at += len(data)
        small, start = [], 0
        for number in sorted(wanted - set(self._blobs)):
            data, width = self._buffers[number]
            small.append(planes(data, width).tobytes())
            table[number] = [start, len(data), width]
            start += len(data)
        rest = zlib.compress(b"".join(small), 9)
        text = json.dumps(head | {"buffers": table, "small": len(rest)}, separators=(",", ":"))
        packed = zlib.compress(text.encode(), 9)
        whole = b"".join([len(packed).to_bytes(4, "little"), packed, rest, *blobs])
        key = json.dumps(f"{path.parent.name}/{path.stem}")
        script = f'medkitFrozen({key},"{base64.b64encode(whole).decode()}")\n'
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(script, "utf-8")
        return len(script)


def read(path: Path) -> tuple[dict, dict[int, bytes]]:
    """Return what `Packer.write` has written, as the page reads it: the head, and the buffers."""
    whole = base64.b64decode(path.read_text("utf-8").rsplit('"', 2)[1])
    end = 4 + int.from_bytes(whole[:4], "little")
    head = json.loads(zlib.decompress(whole[4:end]))
    small = zlib.decompress(whole[end : end + head["small"]])
    blobs, buffers = whole[end + head["small"] :], {}
    for number, place in sorted((int(k), v) for k, v in head["buffers"].items()):
        if len(place) == 3:
            at, length, width = place
            buffers[number] = _items(small[at : at + length], width)
            continue
        at, size, width, lags, model = place
        items = np.frombuffer(_items(zlib.decompress(blobs[at : at + size]), width), f"<u{width}")
        for lag in lags[::-1]:
            whole = np.resize(items, -(-items.size // lag) * lag).reshape(-1, lag)
            items = np.cumsum(whole, 0, items.dtype).ravel()[: items.size]
        if model >= 0:  # which is part of the first picture, so read before
            items = items + np.frombuffer(buffers[model], items.dtype)
        buffers[number] = items.tobytes()
    return head, buffers


def _items(data, width) -> bytes:
    return np.ascontiguousarray(np.frombuffer(data, np.uint8).reshape(width, -1).T).tobytes()


def _buffers(value, name="", panel=()):
    """Yield the buffers of a wire in its order, with the bytes an item and the steps of a row."""
    if isinstance(value, memoryview):
        bits, shape = (panel.get("bits", 8), panel.get("shape", ())) if panel else (8, ())
        row = (
            (shape[2] if shape[2:] else 1, math.prod(shape[1:]))
            if name == "pixels" and shape
            else ()
        )
        yield value, {"pixels": bits // 8, "colours": 1}.get(name, 8), row
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _buffers(inner, name, value)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _buffers(inner)


def _entropy(data) -> float:
    """Return about how many bits a byte takes: quicker than to deflate it and see."""
    counts = np.bincount(data.ravel(), minlength=256)
    share = counts[counts > 0] / data.size
    return float(-(share * np.log2(share)).sum())
