"""Explorers of ``10_dicom``: what is lost, and what stays, when a file is passed on."""

import io
import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from scipy import ndimage

from medkit.chapters.dicom.explorers import head_hu
from medkit.data import dicom
from medkit.views.explorer import (
    Choice,
    Image,
    Lines,
    Picture,
    Point,
    Slider,
    Table,
    Toggle,
    explorer,
)

#: The part of the real slice that is compressed, and its faint lesion (row, column, radius).
_PART, LESION, CONTRAST_HU = np.s_[250:506, 128:384], (110, 75, 6.5), 12


@lru_cache
def _distance():
    """Return how far each pixel is from the middle of the lesion, in pixels."""
    return np.hypot(np.arange(256)[:, None] - LESION[0], np.arange(256) - LESION[1])


@lru_cache
def original_hu() -> np.ndarray:
    """Return a part of the real slice with a disc of 12 HU put into the cerebellum."""
    disc = np.clip(LESION[2] - _distance(), 0, 1)
    return np.rint(head_hu()[_PART] + CONTRAST_HU * disc).astype(np.int16)


def jpeg2000(hu, ratio) -> tuple[int, np.ndarray]:
    """Compress CT numbers to about this ratio; return the bytes and what comes back."""
    buffer = io.BytesIO()
    Pillow.fromarray((hu + 2048).astype(np.uint16)).save(
        buffer,
        "JPEG2000",
        quality_mode="rates",
        quality_layers=[ratio],
        irreversible=True,
        no_jp2=True,
    )
    size = buffer.tell()
    return size, np.asarray(Pillow.open(buffer)).astype(np.int32) - 2048


def jpeg(hu, quality) -> tuple[int, np.ndarray]:
    """Compress a brain window of 8 bits by JPEG; return the bytes and what comes back in HU."""
    buffer = io.BytesIO()
    Pillow.fromarray(np.rint(2.55 * np.clip(hu + 10.0, 0, 100)).astype(np.uint8)).save(
        buffer, "JPEG", quality=quality, optimize=True
    )
    size = buffer.tell()
    return size, np.asarray(Pillow.open(buffer)) / 2.55 - 10


CODECS = ("JPEG 2000 of all values", "JPEG of the brain window")


@lru_cache
def packed(codec, setting):
    """Return the ratio reached, the rms error inside the brain in HU, and the picture."""
    hu = original_hu()
    size, back = (jpeg2000 if codec == CODECS[0] else jpeg)(hu, setting)
    brain = (hu > 0) & (hu < 80)
    error = float(np.sqrt(np.mean((back - hu)[brain] ** 2.0)))
    return 2 * hu.size / size, error, back.astype(np.float32)


@lru_cache
def ladder(codec):
    """Return what a codec gives at many settings, from good to small."""
    settings = np.geomspace(5.7, 80, 16) if codec == CODECS[0] else range(95, 3, -1)
    return [packed(codec, setting) for setting in settings]


def lesion_contrast_hu(hu) -> float:
    """Return how much denser the disc is than its surroundings, in HU, less what was there."""
    beyond = _distance() - LESION[2]
    change = hu - head_hu()[_PART] + 0.0  # so that the brain below the disc does not count
    return float(change[beyond < -1].mean() - change[(beyond > 3) & (beyond < 8)].mean())


@explorer(
    title="How small may a CT be?",
    codec=Choice(CODECS, label="Packed as"),
    ratio=Slider(6, 80, 6, 2, label="Compression, 1 :", unit="", play_s=8),
    mark=Toggle(False, label="Show where the lesion is"),
)
def compression(*, codec, ratio, mark):
    """Pack a real slice tighter and tighter, until a faint lesion is gone."""
    if codec == CODECS[0]:
        reached, error, back = packed(codec, ratio)
    else:  # JPEG knows qualities, not ratios
        reached, error, back = min(ladder(codec), key=lambda rung: abs(np.log(rung[0] / ratio)))
    circle = _distance() < LESION[2] + 3
    contrast, before = lesion_contrast_hu(back), lesion_contrast_hu(original_hu())
    settings = {"unit": "HU", "spacing_mm": 0.431}
    return Picture(
        Image(
            back,
            "What comes back",
            limits=(-10, 90),
            masks={"lesion": circle} if mark else {},
            **settings,
        ),
        Image(
            back - original_hu(),
            "What was lost",
            limits=(-30, 30),
            colormap="difference",
            **settings,
        ),
        Lines(
            [],
            {c: ([r[0] for r in ladder(c)], [r[1] for r in ladder(c)]) for c in CODECS},
            "Error inside the brain",
            xaxis=("compression, 1 : …", 5, 100, "log"),
            yaxis=("rms error (HU)", 0, 15),
            marks={"here": reached},
        ),
        caption=f"1 : {reached:.0f}, {2 * 65536 / reached / 1000:.0f} kB of 131; error in the "
        f"brain {error:.1f} HU; lesion {contrast:.0f} HU, before {before:.0f}",
        alt=f"A real CT packed 1 : {reached:.0f} as {codec}, what was lost, and the error "
        f"against the compression; {error:.1f} HU inside the brain.",
    )


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
        head = dicom.header(dicom.example("ultrasound_cine"))
        corners = (int(head[f"RegionLocation{c}"]) for c in ("MinX0", "MaxX1", "MinY0", "MaxY1"))
        x0, x1, y0, y1 = corners
        return ~((columns >= x0) & (columns <= x1) & (rows >= y0) & (rows <= y1))
    return ~moving()


@lru_cache
def _headers():
    """Return the film's header before and after de-identification."""
    file = dicom.example("ultrasound_cine")
    with tempfile.TemporaryDirectory() as folder:
        dicom.deidentify(file, Path(folder) / "new", key="explorer")
        after = dicom.header(next(Path(folder, "new").rglob("*.dcm")))
    return dicom.header(file), after


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
    private = sum(row[2].startswith("Private") or "[" in row[2] for row in facts)
    rows = [(k, facts[k][:24] or "(empty)") for k in _SHOWN]
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
