"""From stored bits to values: read, unpack, rescale."""

from collections.abc import Iterator

import numpy as np

from medkit.data.dicom.facts import (
    ImageFile,
    bits_stored,
    black_plus_white,
    is_padding_blurred,
    padding_of,
)
from medkit.data.dicom.frame import Frame
from medkit.data.dicom.pixels.codecs import decode
from medkit.data.dicom.source import DicomError

#: The pixels of one volume may take this many bytes.
MAX_BYTES = 4 * 2**30

_INT16 = np.iinfo(np.int16)


def is_colour(frame: Frame) -> bool:
    """Whether a picture is shown in colour: three samples, or an index into a palette."""
    facts = frame.facts
    palette = facts.get("PhotometricInterpretation") == "PALETTE COLOR"
    palette = palette and facts.get("Modality") != "SEG"  # its indices are the labels
    return palette or facts.get("SamplesPerPixel") == 3


def load(
    planes: list[Frame | None], *, factor: float = 1.0, invert: bool = False
) -> tuple[np.ndarray, list[tuple[int, str]], list[str]]:
    """Read the pixels of a stack.

    value = factor × (slope × stored + intercept), as int16 where every value is a whole
    number that fits (which is exact, and half the memory), else as float32; colour as
    uint8. Padding, which is no part of the image, gets the lowest value of the rest.

    Parameters
    ----------
    planes : list of Frame or None
        In order; planes that are None, or cannot be read, are filled with the lowest
        value of the others (of a segmentation: with 0).
    factor : float
        From values to the volume's unit.
    invert : bool
        Whether stored values grow towards black.

    Returns
    -------
    pixels : ndarray, shape (plane, row, column) or (plane, row, column, 3)
    bad : list of (int, str)
        Planes that could not be read, and why.
    notes : list of str
        What the reader should know about the values.
    """
    first = next(plane for plane in planes if plane is not None)
    whole = factor == 1 and all(
        p.slope == 1 and p.intercept == int(p.intercept) for p in planes if p is not None
    )
    dtype = np.uint8 if is_colour(first) else np.int16 if whole else np.float32
    shape = (len(planes), *first.shape) + ((3,) if is_colour(first) else ())
    if int(np.prod(shape, dtype=object)) * np.dtype(np.float32).itemsize > MAX_BYTES:
        raise DicomError(
            f"{first.image.file.name}: a volume of {' × '.join(map(str, shape))} takes more than "
            f"{MAX_BYTES >> 30} GiB. Read a part: give a list of fewer files."
        )
    out, bad, padded = np.empty(shape, dtype), [], {}
    for image, wanted in _by_file(planes):
        places = {frame.index: [] for _, frame in wanted}
        for k, frame in wanted:
            places[frame.index].append((k, frame))
        done = set()
        try:
            for index, stored in _stored(image, out, places):
                for k, frame in places[index]:
                    if isinstance(stored, DicomError):
                        bad.append((k, str(stored)))
                    else:
                        out = _put(out, k, frame, stored, factor, invert, padded)
                    done.add(k)
        except (DicomError, OSError) as error:
            bad += [(k, str(error)) for k, _ in wanted if k not in done]
    empty = [k for k, p in enumerate(planes) if p is None] + [k for k, _ in bad]
    notes = _clear(out, padded, empty, invert) if padded else []
    if first.facts.get("Modality") == "SEG":
        out[empty] = 0
    else:
        _fill(out, empty)
    return out, bad, notes


def _by_file(planes) -> Iterator[tuple[ImageFile, list[tuple[int, Frame]]]]:
    files: dict[str, list] = {}
    for k, frame in enumerate(planes):
        if frame is not None:
            files.setdefault(frame.image.file.path, []).append((k, frame))
    for wanted in files.values():
        yield wanted[0][1].image, wanted


def _fill(out: np.ndarray, empty: list[int]) -> None:
    """Give planes that are not there the lowest value of those that are."""
    if empty and len(empty) < len(out):
        there = np.setdiff1d(np.arange(len(out)), empty)
        out[empty] = min(out[k].min() for k in there)


def _padding(frame: Frame, stored: np.ndarray) -> np.ndarray | None:
    """Return where a picture is padding; None if nowhere."""
    ends = padding_of(frame.facts)
    table = "ModalityLUTSequence" in frame.image.dataset
    real = stored.dtype.kind == "f"
    if table or (ends is None and not real) or is_padding_blurred(frame.image):
        return None
    low, high = ends or (np.nan, np.nan)
    mask = stored == low if low == high else (stored >= low) & (stored <= high)
    if real:  # what is no number is no part of the image either
        mask |= ~np.isfinite(stored)
    return mask if mask.any() else None


def _clear(out: np.ndarray, padded: dict, empty: list[int], invert: bool) -> list[str]:
    """Give padding the lowest value of the rest, and say so.

    Where padding is stored as the value 0 and nothing lies below, it stays 0, which there
    means "nothing".
    """
    # Until here padding has a value that another pixel of its plane has: it decides nothing.
    whole = [k for k, (_, _, number) in padded.items() if number == out[k].size]
    rest = [out[k].min() for k in range(len(out)) if k not in empty and k not in whole]
    fill = min(rest, default=out.dtype.type(0))
    frames = [frame for frame, _, _ in padded.values()]
    low, high = padding_of(frames[0].facts) or (np.nan, np.nan)
    zero = low == high and all(low * frame.slope + frame.intercept == 0 for frame in frames)
    zero = zero and fill >= 0 and not invert
    for k, (_, bits, _) in padded.items():
        mask = np.unpackbits(bits, count=out[k].size).view(bool).reshape(out[k].shape)
        np.copyto(out[k], 0 if zero else fill, where=mask)
    number = sum(number for _, _, number in padded.values())
    shown = f"{low:g} to {high:g}" if low < high else "no number" if low != low else f"{low:g}"
    return [
        f"{number} pixels are padding (stored value {shown}) and no part of the image: they have "
        + ("the value 0." if zero else f"the lowest value of the rest, {fill:g}.")
    ]


def _stored(image: ImageFile, out, places) -> Iterator[tuple[int, np.ndarray | DicomError]]:
    """Yield frame number and stored values, or the error of one frame that cannot be read."""
    facts = image.facts
    bits, gray = facts["BitsAllocated"], facts.get("SamplesPerPixel", 1) == 1
    gray = gray and not any(is_colour(f) for wanted in places.values() for _, f in wanted[:1])
    table = "ModalityLUTSequence" in image.dataset
    if image.pixel_offset is None or not gray or bits not in (8, 16, 32) or table:
        yield from decode(image, places)
        return
    dtype = np.dtype(f"<u{bits // 8}")
    shape = (facts["Rows"], facts["Columns"])
    size = shape[0] * shape[1] * dtype.itemsize
    with open(image.file.path, "rb", buffering=0) as stream:
        for index, frames in places.items():
            k, frame = frames[0]
            # The usual case reads straight into the volume: no copy at all.
            direct = out.dtype == np.int16 and bits == 16 and len(frames) == 1 and not frame.tile
            target = out[k].view(dtype) if direct else np.empty(shape, dtype)
            stream.seek(image.pixel_offset + index * size)
            if stream.readinto(memoryview(target).cast("B")) != size:
                raise DicomError(f"{image.file.name}: ends within its pixels. Copy it again.")
            yield index, _unpack(target, facts)


def _unpack(raw: np.ndarray, facts: dict) -> np.ndarray:
    """Keep the stored bits only, in place, and give them their sign (PS3.5, section 8.1.1).

    Old scanners hid overlays in the unused bits, and a 12-bit negative number need not
    carry its sign to bit 15.
    """
    allocated = facts["BitsAllocated"]
    bits = bits_stored(facts)
    ends = padding_of(facts)
    half = 1 << bits - 1 if facts.get("PixelRepresentation") == 1 else 0
    if ends and not (-half <= ends[0] and ends[1] < (half or 1 << bits)):
        return raw.view(raw.dtype.str.replace("u", "i")) if half else raw  # padding fills all bits
    high = facts.get("HighBit", bits - 1)
    unused = allocated - 1 - high if bits - 1 <= high < allocated else allocated - bits
    signed = raw.view(raw.dtype.str.replace("u", "i"))
    if facts.get("PixelRepresentation") == 1:
        limit = 1 << bits - 1
        if unused + bits < allocated or (
            bits < allocated and (signed.max() >= limit or signed.min() < -limit)
        ):
            np.left_shift(signed, unused, out=signed)
            np.right_shift(signed, allocated - bits, out=signed)
        return signed
    if unused + bits < allocated or (bits < allocated and int(raw.max()) >> bits):
        np.left_shift(raw, unused, out=raw)
        np.right_shift(raw, allocated - bits, out=raw)
    return raw


def _put(
    out: np.ndarray, k: int, frame: Frame, stored, factor: float, invert: bool, padded: dict
) -> np.ndarray:
    """Write one picture's values into plane k; return `out`, or its float32 copy if need be."""
    if frame.tile:
        row, column = frame.tile
        stored = stored[row : row + frame.shape[0], column : column + frame.shape[1]]
    if out.dtype == np.uint8:
        out[k] = stored
        return out
    mask = _padding(frame, stored)
    if mask is not None:
        padded[k] = frame, np.packbits(mask), int(np.count_nonzero(mask))
        # Any value that is there, until the lowest one is known.
        other = 0 if mask.all() else stored.flat[mask.argmin()]
        stored = np.where(mask, stored.dtype.type(other), stored)
    flip = black_plus_white(frame.facts) if invert else None
    if out.dtype == np.int16:
        if stored.dtype.kind in "iu":
            low, high = int(stored.min()), int(stored.max())
            if flip is not None:
                low, high = flip - high, flip - low
            shift = int(frame.intercept)
            if low + shift >= _INT16.min and high + shift <= _INT16.max:
                # Unsigned values above 32767 wrap when seen as int16, and wrap back here.
                near = stored.astype(np.int16, copy=False)
                if flip is not None:
                    np.subtract(np.int16(_wrap(flip + shift)), near, out=out[k])
                elif shift:
                    np.add(near, np.int16(_wrap(shift)), out=out[k])
                elif not np.shares_memory(near, out[k]):
                    out[k] = near
                return out
        # The values must be taken before the array they may lie in is left behind.
        stored = stored.copy()
        out = out.astype(np.float32)
    if flip is not None:
        stored = flip - stored.astype(np.float64)
    out[k] = (np.asarray(stored, np.float64) * frame.slope + frame.intercept) * factor
    return out


def _wrap(value: int) -> int:
    return (value + 2**15) % 2**16 - 2**15
