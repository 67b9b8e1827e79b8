"""A learner's own images: one sub-folder a class, split by patient.

    my_images/
        benign/       p01_left.png  p01_right.png  p02.png
        malignant/    p03.png  p04/a.dcm  p04/b.dcm

PNG, JPEG, TIFF and whatever else Pillow reads, ``.npy`` arrays, and DICOM files of one
picture each.
"""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from medkit.data import dicom
from medkit.data.dataset import Dataset, split
from medkit.data.dicom.parse import dataset as header
from medkit.data.dicom.source import File, checked_path
from medkit.image import DEFAULT_WINDOW, grey


def read(
    folder,
    *,
    size: int = 64,
    classes=None,
    patient: Callable[[Path], str] | str | None = None,
    skip_broken: bool = False,
    rng=0,
) -> Dataset:
    """Read a folder of images as a data set.

    Whose image it is decides the split, so make sure that it is right: ``notes["patients"]``
    says which rule was used. A DICOM file's PatientID counts; else the sub-folder inside
    the class (``malignant/p04/a.png`` is of p04); else the file's name up to the first
    ``_`` (``p01_left.png`` is of p01).

    Grey values become 0 to 1: HU and SUV by one window for all; other DICOM files by their
    own; 8- and 16-bit images by their full range.

    Parameters
    ----------
    folder : path
        Holds one sub-folder a class. Hidden files are ignored.
    size : int
        Rows and columns. Images keep their proportions and are padded with black.
    classes : sequence of str, optional
        Which sub-folders, in the order of their labels: of two, the second is the finding.
        All, by name, by default.
    patient : callable or "file", optional
        Given the path of a file inside `folder`, returns whose it is; "file" makes each
        file a patient of its own. The rule above by default.
    skip_broken : bool
        Leave out what cannot be read and list it in ``notes["skipped"]``, instead of raising.
    rng : None, int or numpy.random.Generator
        Splits the patients.

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    ValueError
        If it has fewer than two classes, a file cannot be read, or there are too few
        patients to split.
    """
    if folder is None:
        raise ValueError('which folder? Write catalogue.load("folder", folder="my_images")')
    folder = checked_path(folder, "folder").expanduser()
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder.resolve()}")
    listed, ignored = _listing(folder)
    classes = _classes(folder, listed, classes)
    entries, pictures, whose, broken = [], [], [], []
    for path, name in listed:
        if name not in classes:
            continue
        try:
            picture, facts = _picture(path)
        except Exception as problem:  # whatever a parser raises, it is listed with its file
            broken.append(f"{path.relative_to(folder)}: {problem}")
            continue
        entries.append((path, name))
        pictures.append(_square(picture, size))
        whose.append((*_whose(path, folder / name, facts, patient), facts.get("Modality", "OT")))
    if broken and not skip_broken:
        raise ValueError(
            f"{len(broken)} files in {folder} cannot be read:\n  "
            + "\n  ".join(broken[:5])
            + "\nMend or remove them, or pass skip_broken=True to leave them out"
        )
    notes = {"ignored": tuple(ignored), "skipped": tuple(broken)}
    return _dataset(folder, classes, entries, pictures, whose, rng, notes)


def _listing(folder):
    """Return (path, class) of each file that may be an image; and the rest."""

    def closed(error):
        raise error

    found, ignored = [], []
    for where, names, files in os.walk(folder, onerror=closed):
        names[:] = sorted(name for name in names if not name.startswith("."))
        inside = Path(where).relative_to(folder).parts
        for name in sorted(files):
            path = Path(where) / name
            if name.startswith(".") or not path.is_file():
                continue
            if inside and _kind(path):
                found.append((path, inside[0]))
            else:
                ignored.append(str(path.relative_to(folder)))
    return found, ignored


def _kind(path):
    """Return "picture", "array" or "dicom", or nothing for what is no image."""
    ending = path.suffix.lower()
    if ending in Image.registered_extensions():
        return "picture"
    if ending == ".npy":
        return "array"
    if ending in (".dcm", ".dicom", ".ima"):
        return "dicom"
    with path.open("rb") as file:
        return "dicom" if file.read(132)[128:] == b"DICM" else ""


def _classes(folder, listed, wanted):
    there = sorted({name for _, name in listed})
    if wanted is not None:
        lacking = [name for name in wanted if name not in there]
        if lacking:
            raise ValueError(f"{folder} has no images of {lacking}; it has {there}")
        there = list(wanted)
    if len(there) < 2:
        raise ValueError(
            f"{folder} has {f'one class, {there[0]!r}' if there else 'no images in sub-folders'}. "
            "Put the images of each class into a sub-folder of its own, at least two: "
            f"{folder.name}/benign/a.png, {folder.name}/malignant/b.png"
        )
    return tuple(there)


def _picture(path):
    """Read one file: float32 from 0 to 1, (row, column) or (row, column, 3); and its facts."""
    kind = _kind(path)
    if kind == "dicom":
        return _from_dicom(path)
    if kind == "array":
        return _scaled(np.load(path, allow_pickle=False)), {}
    with Image.open(path) as image:
        if getattr(image, "n_frames", 1) > 1:
            raise ValueError(f"holds {image.n_frames} pictures; save the one you mean as a file")
        image = ImageOps.exif_transpose(image)
        if image.mode not in ("1", "L", "I", "F", "RGB") and not image.mode.startswith("I;16"):
            image = image.convert("L" if image.mode == "LA" else "RGB")
        pixels = np.asarray(image)
        # Pillow has 16-bit pictures as 32-bit numbers in some formats.
        if image.mode == "I" and pixels.min() >= 0 and pixels.max() < 2**16:
            pixels = pixels.astype(np.uint16)
        return _scaled(pixels), {}


def _from_dicom(path):
    volume = dicom.read(path)
    if volume.pixels.shape[0] != 1:
        raise ValueError(f"holds {volume.pixels.shape[0]} planes; one a file is expected")
    pixels = volume.pixels[0]
    if pixels.ndim == 2:
        window = DEFAULT_WINDOW.get(volume.unit) or volume.default_window()
        curve = volume.curve if window == volume.window else "LINEAR_EXACT"
        pixels = grey(pixels, *window, curve).astype(np.float32)
    whose = header(File(str(path), path.name), defer=True).get("PatientID", "")
    facts = {"Modality": volume.modality or "OT", "PatientID": str(whose or "").strip()}
    return _scaled(pixels), facts


def _scaled(pixels):
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] != 3) or not pixels.size:
        raise ValueError(f"has shape {pixels.shape}; expected (rows, columns) or 3 colours as well")
    if pixels.dtype.kind not in "buif":
        raise ValueError(f"holds {pixels.dtype}, not numbers")
    if pixels.dtype.kind == "f" and not np.isfinite(pixels).all():
        raise ValueError("holds values that are no numbers (NaN or infinite)")
    if pixels.dtype in (np.uint8, np.uint16):
        return pixels.astype(np.float32) / np.iinfo(pixels.dtype).max
    if not 0 <= pixels.min() <= pixels.max() <= 1:
        raise ValueError(
            f"holds values from {pixels.min()} to {pixels.max()}; bring them to 0 to 1 before"
        )
    return pixels.astype(np.float32)


def _square(picture, size):
    """Resize with anti-aliasing, keep the proportions, pad with black: (size, size, 1 or 3)."""
    picture = np.atleast_3d(picture)
    if picture.shape[2] == 3 and np.ptp(picture, axis=2).max() == 0:
        picture = picture[..., :1]  # grey, stored as colour
    rows, columns = picture.shape[:2]
    scale = size / max(rows, columns)
    shape = max(1, round(columns * scale)), max(1, round(rows * scale))
    square = np.zeros((size, size, picture.shape[2]), np.float32)
    top, left = (size - shape[1]) // 2, (size - shape[0]) // 2
    for k in range(picture.shape[2]):
        # Pillow widens its filter by the factor of the shrinking: nothing is aliased.
        small = Image.fromarray(np.ascontiguousarray(picture[..., k])).resize(
            shape, Image.Resampling.BILINEAR
        )
        square[top : top + shape[1], left : left + shape[0], k] = small
    return np.clip(square, 0, 1)


def _whose(path, folder, facts, rule):
    """Return the patient of a file in the folder of its class, and the rule that said so."""
    if callable(rule):
        return str(rule(path.relative_to(folder.parent))), "your rule"
    if rule == "file":
        return str(path.relative_to(folder.parent)), "one a file"
    if rule is not None:
        raise ValueError(f'patient is {rule!r}: give a function of the path, or "file"')
    if facts.get("PatientID"):
        return facts["PatientID"], "DICOM PatientID"
    below = path.relative_to(folder).parts
    if len(below) > 1:
        return below[0], "sub-folder"
    return path.stem.partition("_")[0], "file name up to the first _"


def _dataset(folder, classes, entries, pictures, whose, rng, notes):
    labels = np.array([classes.index(name) for _, name in entries], dtype=np.int64)
    lacking = [name for k, name in enumerate(classes) if not (labels == k).any()]
    if lacking:
        raise ValueError(
            f"{folder}: no readable image of {lacking}. " + "; ".join(notes["skipped"])
        )
    patients = np.array([patient for patient, _, _ in whose])
    part = split(patients, labels, rng=rng)
    _can_be_split(folder, classes, patients, labels, part)
    channels = max(picture.shape[2] for picture in pictures)
    rules = Counter(rule for _, rule, _ in whose)
    notes["patients"] = f"{len(set(patients))}: " + ", ".join(
        f"{rule} ({count} images)" for rule, count in rules.items()
    )
    notes["source"], notes["parts"] = str(folder), "split by patient"
    return Dataset(
        name=folder.resolve().name,
        images=np.stack([np.repeat(p, channels // p.shape[2], axis=2) for p in pictures]),
        labels=labels,
        classes=classes,
        part=part,
        patients=patients,
        modality=Counter(modality for _, _, modality in whose).most_common(1)[0][0],
        table={"file": np.array([str(path.relative_to(folder)) for path, _ in entries])},
        notes={key: value for key, value in notes.items() if value},
    )


def _can_be_split(folder, classes, patients, labels, part):
    hint = (
        'If each file is of another patient, pass patient="file"; or give a function of the '
        "path that says whose it is"
    )
    for name in ("train", "test"):
        lacking = [c for k, c in enumerate(classes) if not (labels[part == name] == k).any()]
        if lacking:
            raise ValueError(
                f"{folder}: no patient of {lacking} would be in the {name} part: "
                f"{len(labels)} images are of {len(set(patients))} patients, as far as their names "
                f"tell. {hint}; or add patients"
            )
