"""From stored bits to values: decode and rescale."""

import numpy as np

from medkit.data.dicom.facts import black_plus_white
from medkit.data.dicom.frame import Frame
from medkit.data.dicom.pixels.codecs import decode
from medkit.data.dicom.source import DicomError

#: The pixels of one volume may take this many bytes.
MAX_BYTES = 4 * 2**30

_INT16 = np.iinfo(np.int16)


def is_colour(frame: Frame) -> bool:
    """Whether a picture is shown in colour: three samples, or an index into a palette."""
    palette = frame.facts.get("PhotometricInterpretation") == "PALETTE COLOR"
    return palette or frame.facts.get("SamplesPerPixel") == 3


def load(
    planes: list[Frame | None], *, factor: float = 1.0, invert: bool = False
) -> tuple[np.ndarray, list[tuple[int, str]]]:
    """Read the pixels of a stack.

    value = factor × (slope × stored + intercept), as int16 where every value is a whole
    number that fits (which is exact, and half the memory), else as float32; colour as
    uint8.

    Parameters
    ----------
    planes : list of Frame or None
        In order; planes that are None, or cannot be read, are filled with the lowest
        value of the others.
    factor : float
        From values to the volume's unit.
    invert : bool
        Whether stored values grow towards black.

    Returns
    -------
    pixels : ndarray, shape (plane, row, column) or (plane, row, column, 3)
    bad : list of (int, str)
        Planes that could not be read, and why.
    """
    present = [plane for plane in planes if plane is not None]
    first = present[0]
    colour = is_colour(first)
    shape = first.shape + ((3,) if colour else ())
    size = len(planes) * int(np.prod(shape, dtype=object)) * np.dtype(np.float32).itemsize
    if size > MAX_BYTES:
        raise DicomError(
            f"{first.image.file.name}: a volume of {len(planes)} × {' × '.join(map(str, shape))} "
            f"takes more than {MAX_BYTES >> 30} GiB. Read a part: give a list of fewer files."
        )
    whole = factor == 1 and all(p.slope == 1 and p.intercept == int(p.intercept) for p in present)
    found, bad = {}, []
    for k, frame, stored in _stored(planes):
        if isinstance(stored, DicomError):
            bad.append((k, str(stored)))
        else:
            found[k] = stored if colour else _values(frame, stored, factor, invert, whole)
    if not found:
        return np.zeros((len(planes), *shape), np.int16), bad
    lowest = min(plane.min() for plane in found.values())
    nothing = np.full(shape, lowest)
    return np.stack([found.get(k, nothing) for k in range(len(planes))]), bad


def _stored(planes):
    """Yield (place, frame, stored values or an error), each file's frames together."""
    files: dict[str, dict[int, tuple[int, Frame]]] = {}
    for k, frame in enumerate(planes):
        if frame is not None:
            files.setdefault(frame.image.file.path, {})[frame.index] = k, frame
    for wanted in files.values():
        image = next(iter(wanted.values()))[1].image
        try:
            for index, stored in decode(image, wanted):
                yield *wanted[index], stored
        except DicomError as error:
            yield from ((*place, error) for place in wanted.values())


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
