"""Explorer of ``10_dicom``: a real file, element by element and byte by byte."""

import struct
from functools import lru_cache

import numpy as np

from medkit.data import dicom
from medkit.views.explorer import Choice, Image, Picture, Slider, Text, Words, explorer

#: Value representations whose length takes four bytes, after two that are free (PS3.5, 7.1.2).
_LONG = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
#: Value representations that are numbers in binary, and how Python unpacks one.
_BINARY = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "FL": "f", "FD": "d"}
#: Value representations that are neither numbers nor text here: only their size is told.
_OPAQUE = {"OB", "OW", "UN", "SQ"}
PARTS = ("tag", "VR", "length", "value")
FILES = {"a real CT": "ct", "a real MR": "mr"}
_MOST = 40  # bytes of a value that are printed


@lru_cache
def elements(name: str) -> list[tuple[int, int, int, str, str, str]]:
    """Return (start, value's start, end, tag, VR, keyword) of each element of an example.

    The file must be explicit VR, little endian, as `FILES` are; a sequence counts as one.
    """
    raw = dicom.example(name).read_bytes()
    keywords = {tag: keyword for depth, tag, keyword, *_ in dicom.header(dicom.example(name))}
    found, at = [], 132
    while at < len(raw):
        group, number, vr, length = struct.unpack_from("<HH2sH", raw, at)
        value = at + 8
        if vr in _LONG:
            length, value = struct.unpack_from("<I", raw, at + 8)[0], at + 12
        tag = f"({group:04X},{number:04X})"
        keyword = keywords.get(tag, "")
        found.append((at, value, value + length, tag, vr.decode(), keyword))
        at = value + length
    return found


def meaning(raw: bytes, vr: str) -> str:
    """Return a value as a person reads it: numbers, text, or how many bytes there are."""
    if vr in _BINARY and len(raw) <= _MOST:
        kind = "<" + _BINARY[vr]
        return "\\".join(f"{n:g}" for (n,) in struct.iter_unpack(kind, raw))
    if vr in _OPAQUE or vr in _BINARY:
        return f"{len(raw):,} bytes"
    return raw.decode("latin-1").strip(" \0")


@lru_cache
def as_image(name: str) -> np.ndarray:
    """Return all bytes of an example, from left to right and from the top, 256 in a row."""
    raw = np.frombuffer(dicom.example(name).read_bytes(), np.uint8)
    return np.pad(raw, (0, -len(raw) % 256)).reshape(-1, 256)


def _find(listed, word):
    """Return the first element whose keyword or tag contains a word, else the first of all."""
    return next((k for k, e in enumerate(listed) if word.lower() in "".join(e[3:]).lower()), 0)


@explorer(
    title="A file, byte by byte",
    file=Choice(FILES, label="File"),
    word=Text("", suggestions=("Rows", "PatientName", "PixelSpacing", "PixelData"), label="Find"),
    number=Slider(0, 80, 0, label="Elements further on", play_s=40),
)
def opened(*, file, word, number):
    """Step from element to element, and see which bytes say what."""
    raw, listed = dicom.example(file).read_bytes(), elements(file)
    at = (_find(listed, word) + number) % len(listed)  # after the last comes the first again
    start, value, end, tag, vr, keyword = listed[at]
    # Of long values the first bytes; the kind of a byte is the part of the element it stands in.
    shown = raw[start : min(end, value + _MOST)]
    kinds = ["tag"] * 4 + ["VR"] * 2 + ["length"] * (value - start - 6)
    kinds += ["value"] * (len(shown) - len(kinds))
    text = {"VR"} if vr in _OPAQUE or vr in _BINARY else {"VR", "value"}
    marked = zip(shown, kinds, strict=True)
    notes = [chr(b) if kind in text and 32 < b < 127 else "" for b, kind in marked]
    words = [f"{b:02X}" for b in shown] + ["…"] * (value + _MOST < end)
    rest = len(words) - len(kinds)
    said = meaning(raw[value:end], vr)
    after = listed[(at + 1) % len(listed)][-1] or "a private one"
    return Picture(
        Words(
            words,
            [*kinds, *[""] * rest],
            legend=PARTS,
            notes=[*notes, *[""] * rest],
            title=f"{keyword or 'private'}: {said[:24]}",
        ),
        Image(
            as_image(file),
            "All bytes of the file",
            points={"here": ([start % 256], [start // 256])},
            colorbar=False,
        ),
        caption=f"bytes {start:,} to {end - 1:,} of {len(raw):,}; tag {tag}, VR {vr}, "
        f"length {end - value:,}, value {said[:60]}; the next is {after}",
        alt=f"The bytes of the element {keyword or tag} of a real file, coloured by tag, VR, "
        "length and value, and its place in an image of all bytes of the file, in which the "
        f"slice is to be seen; its value is {said[:60]}.",
    )
