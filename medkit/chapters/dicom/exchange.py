"""Explorer of ``10_dicom``: what stays when a file is passed on."""

import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy import ndimage

from medkit.data import dicom
from medkit.data.dicom.parse import dataset
from medkit.data.dicom.source import one_file
from medkit.views.explorer import Choice, Image, Picture, Point, Table, Toggle, explorer


@lru_cache
def cine() -> np.ndarray:
    """Return the real heart film that pydicom carries, uint8, (30, 240, 320, 3)."""
    return dicom.read(dicom.example("ultrasound_cine")).pixels


#: Where the patient's name stands in the film: rows and columns.
NAME = np.s_[2:12, 10:30]
_SHOWN = ("PatientName", "PatientID", "StudyDate", "StudyTime", "StudyInstanceUID")
METHODS = ("my rectangle", "outside the header's region", "whatever never moves")


@lru_cache
def moving() -> np.ndarray:
    """Return where the film moves, as one region without holes: bool (240, 320)."""
    change = cine().astype(np.float32).max(axis=3).std(axis=0)
    spots = ndimage.binary_opening(ndimage.gaussian_filter(change, 2) > 1.2, iterations=2)
    labels, count = ndimage.label(ndimage.binary_closing(spots, iterations=8))
    largest = 1 + int(np.argmax(ndimage.sum_labels(spots, labels, np.arange(1, count + 1))))
    return ndimage.binary_fill_holes(ndimage.binary_dilation(labels == largest, iterations=4))


@lru_cache
def writing() -> np.ndarray:
    """Return the bright pixels that never change, outside the heart: bool (240, 320)."""
    return (cine().max(axis=3).min(axis=0) > 40) & ~moving()


def covered(method, corner=(0, 0), opposite=(0, 0)) -> np.ndarray:
    """Return the pixels that a method blackens, bool (240, 320)."""
    rows, columns = np.ogrid[:240, :320]
    if method == METHODS[0]:
        (x0, x1), (y0, y1) = (sorted(pair) for pair in zip(corner, opposite, strict=True))
        return (columns >= x0) & (columns <= x1) & (rows >= y0) & (rows <= y1)
    if method == METHODS[1]:
        (region, *_) = _headers()[0].SequenceOfUltrasoundRegions
        corners = (region[f"RegionLocation{c}"] for c in ("MinX0", "MaxX1", "MinY0", "MaxY1"))
        x0, x1, y0, y1 = (corner.value for corner in corners)
        return ~((columns >= x0) & (columns <= x1) & (rows >= y0) & (rows <= y1))
    return ~moving()


@lru_cache
def _headers():
    """Return the film's header before and after de-identification."""
    file = dicom.example("ultrasound_cine")
    with tempfile.TemporaryDirectory() as folder:
        dicom.deidentify(file, Path(folder) / "new", key="explorer")
        after = dataset(one_file(next(Path(folder, "new").rglob("*.dcm"))))
    return dataset(one_file(file)), after


@explorer(
    title="Clean the header, then look at the picture",
    cleaned=Toggle(False, label="De-identify the header"),
    method=Choice(METHODS, label="Blacken"),
    corner=Point(296, 218, xlim=(0, 319), ylim=(0, 239), label="Corner"),
    opposite=Point(314, 236, xlim=(0, 319), ylim=(0, 239), label="Opposite corner"),
)
def burned_in(*, cleaned, method, corner, opposite):
    """Take the patient out of a real ultrasound film, header and pixels."""
    mask, frame = covered(method, corner, opposite), cine()[0].copy()
    frame[mask] = 0
    name = bool(mask[NAME].mean() > 0.99)
    left, heart = (100 * np.mean(~mask[part]) for part in (writing(), moving()))
    facts = _headers()[int(cleaned)]
    private = sum(element.tag.is_private for element in facts.iterall())
    rows = [(k, str(facts.get(k, ""))[:24] or "(empty)") for k in _SHOWN]
    rows += [("private elements", str(private)), ("name in the picture", "no" if name else "yes")]
    return Picture(
        Image(
            np.minimum(frame.astype(np.uint16) * 2, 255).astype(np.uint8),
            "First frame of 30, twice as bright",
            colorbar=False,
        ),
        Table(rows, header=("what", "value"), title="Who is it?"),
        caption=f"name in the picture {'covered' if name else 'readable'}; "
        f"{left:.0f} % of the writing and {heart:.0f} % of the moving heart remain",
        alt="A frame of a real heart ultrasound with parts blackened, and facts of its header; "
        f"the name in the picture is {'covered' if name else 'readable'}.",
    )
