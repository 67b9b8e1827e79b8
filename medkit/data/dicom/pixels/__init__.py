"""From stored bits to values: decode, rescale, leave out padding."""

import numpy as np

from medkit.data.dicom.facts import black_plus_white, padding_of
from medkit.data.dicom.frame import Frame
from medkit.data.dicom.pixels.codecs import LOSSY, decode
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
    shape = first.shape + ((3,) if is_colour(first) else ())
    size = len(planes) * int(np.prod(shape, dtype=object)) * np.dtype(np.float32).itemsize
    if size > MAX_BYTES:
        raise DicomError(
            f"{first.image.file.name}: a volume of {len(planes)} × {' × '.join(map(str, shape))} "
            f"takes more than {MAX_BYTES >> 30} GiB. Read a part: give a list of fewer files."
        )
    whole = factor == 1 and all(
        p.slope == 1 and p.intercept == int(p.intercept) for p in planes if p is not None
    )
    found, padded, bad = {}, {}, []
    for k, frame, stored in _stored(planes):
        if isinstance(stored, DicomError):
            bad.append((k, str(stored)))
        elif is_colour(first):
            found[k] = stored
        else:
            mask = _padding(frame, stored)
            if mask.any():
                padded[k] = frame, mask
                # Any value that is there, until the lowest one is known.
                other = 0 if mask.all() else stored.flat[mask.argmin()]
                stored = np.where(mask, stored.dtype.type(other), stored)
            found[k] = _values(frame, stored, factor, invert, whole)
    if not found:
        return np.zeros((len(planes), *shape), np.int16), bad, []
    nothing = np.zeros(shape, np.uint8)
    out = np.stack([found.get(k, nothing) for k in range(len(planes))])
    notes = _clear(out, padded, found, invert) if padded else []
    empty = [k for k in range(len(planes)) if k not in found]
    if first.facts.get("Modality") != "SEG" and empty:
        out[empty] = min(out[k].min() for k in found)
    return out, bad, notes


def _stored(planes):
    """Yield (place, frame, stored values or an error), each file's frames together."""
    files: dict[str, list[tuple[int, Frame]]] = {}
    for k, frame in enumerate(planes):
        if frame is not None:
            files.setdefault(frame.image.file.path, []).append((k, frame))
    for wanted in files.values():
        image = wanted[0][1].image
        indices = dict.fromkeys(frame.index for _, frame in wanted)
        try:
            for index, stored in decode(image, indices):
                for k, frame in wanted:
                    if frame.index == index:
                        yield k, frame, _tile(frame, stored)
        except DicomError as error:
            yield from ((k, frame, error) for k, frame in wanted)


def _tile(frame: Frame, stored):
    """Cut a picture out of its mosaic."""
    if not frame.tile or isinstance(stored, DicomError):
        return stored
    row, column = frame.tile
    return stored[row : row + frame.shape[0], column : column + frame.shape[1]]


def _padding(frame: Frame, stored: np.ndarray) -> np.ndarray:
    """Return where a picture is padding, or no number."""
    mask = ~np.isfinite(stored)
    ends = padding_of(frame.facts)
    lossy = frame.image.syntax in LOSSY  # which blurs padding: it is left in the image
    if ends and not lossy and "ModalityLUTSequence" not in frame.image.dataset:
        mask |= (stored >= ends[0]) & (stored <= ends[1])
    return mask


def _values(frame: Frame, stored: np.ndarray, factor: float, invert: bool, whole: bool):
    """Rescale one picture: to int16 if the numbers are whole and fit, else to float32."""
    if stored.dtype.kind != "f":
        stored = stored.astype(np.int64)
    if invert:
        stored = black_plus_white(frame.facts) - stored
    if whole and stored.dtype.kind != "f":
        values = stored + int(frame.intercept)
        if _INT16.min <= values.min() and values.max() <= _INT16.max:
            return values.astype(np.int16)
    return ((stored * frame.slope + frame.intercept) * factor).astype(np.float32)


def _clear(out: np.ndarray, padded: dict, found: dict, invert: bool) -> list[str]:
    """Give padding the lowest value of the rest, and say so.

    Where padding is stored as the value 0 and nothing lies below, it stays 0, which there
    means "nothing".
    """
    # Until here padding has a value that another pixel of its plane has: it decides nothing.
    fill = min(
        (out[k].min() for k in found if k not in padded or not padded[k][1].all()),
        default=out.dtype.type(0),
    )
    frames = [frame for frame, _ in padded.values()]
    low, high = padding_of(frames[0].facts) or (np.nan, np.nan)
    zero = low == high and all(low * frame.slope + frame.intercept == 0 for frame in frames)
    zero = zero and fill >= 0 and not invert
    for k, (_, mask) in padded.items():
        out[k][mask] = 0 if zero else fill
    number = sum(np.count_nonzero(mask) for _, mask in padded.values())
    shown = f"{low:g} to {high:g}" if low < high else "no number" if low != low else f"{low:g}"
    return [
        f"{number} pixels are padding (stored value {shown}) and no part of the image: they have "
        + ("the value 0." if zero else f"the lowest value of the rest, {fill:g}.")
    ]
