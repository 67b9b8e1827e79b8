"""MedMNIST: 18 public sets of small medical images, one file of arrays each.

Source: Yang et al. (2023), doi:10.1038/s41597-022-01721-8.
"""

from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from medkit.data.card import Card
from medkit.data.dataset import PARTS, Dataset

#: What the files call our parts.
_PREFIX = dict(zip(PARTS, ("train", "val", "test"), strict=True))


def read(path: Path, card: Card, *, n: int | None = None, rng=0, notes=None) -> Dataset:
    """Read one MedMNIST file; its official parts are kept.

    MedMNIST publishes no patient identifiers: every image counts as a patient of its own,
    so that leakage between images of one person cannot be checked.

    Parameters
    ----------
    path : Path
        An ``.npz`` file.
    card : Card
        What should be in it.
    n : int, optional
        At most so many images, drawn from each part in proportion: large sets may not fit
        into memory as float32.
    rng : None, int or numpy.random.Generator
        Draws them.
    notes : mapping, optional
        More to say about where the file comes from.

    Returns
    -------
    Dataset
        Images (n, rows, columns, channels) or (n, planes, rows, columns, 1). Of two
        classes the finding is 1, also where the official file has it the other way round.

    Raises
    ------
    ValueError
        If the file is damaged, or holds something else.
    """
    rng = np.random.default_rng(rng)
    arrays = _arrays(path)
    total = sum(len(arrays[f"{prefix}_images"]) for prefix in _PREFIX.values())
    images, labels, part, patients = [], [], [], []
    for name, prefix in _PREFIX.items():
        pictures, marks = arrays[f"{prefix}_images"], arrays[f"{prefix}_labels"]
        _examine(path, card, pictures, marks)
        keep = np.arange(len(pictures))
        if n is not None and n < total:
            keep = np.sort(rng.permutation(keep)[: max(1, round(n * len(keep) / total))])
        images.append(_grey_to_unit(pictures[keep], card))
        labels.append(marks[keep])
        part += [name] * len(keep)
        patients += [f"{card.name}-{name}-{i:06d}" for i in keep]
    labels = np.concatenate(labels).astype(np.int64)
    return Dataset(
        name=card.name,
        images=np.concatenate(images),
        labels=_finding_is_1(labels, card),
        classes=card.classes if card.finding == 1 else card.classes[::-1],
        part=np.array(part),
        patients=np.array(patients),
        modality=card.modality,
        notes=_notes(card, arrays) | dict(notes or {}),
    )


def _arrays(path):
    wanted = [f"{prefix}_{what}" for prefix in _PREFIX.values() for what in ("images", "labels")]
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            lacking = [key for key in wanted if key not in file.files]
            if lacking:
                raise ValueError(f"{path} is no MedMNIST file: it lacks {', '.join(lacking)}")
            return {key: file[key] for key in wanted}
    except (BadZipFile, EOFError, AttributeError, OSError) as problem:
        raise ValueError(f"{path} is damaged and cannot be read: {problem}") from problem


def _examine(path, card, images, labels):
    """Raise unless these arrays are what the card says."""
    sides = images.shape[1:4] if card.volumes else images.shape[1:3]
    rest = images.shape[1 + len(sides) :]
    right = (
        images.dtype == np.uint8
        and len(sides) == 2 + card.volumes
        and len(set(sides)) == 1
        and rest == ((3,) if card.channels == 3 else ())
        and labels.shape[:1] == images.shape[:1]
        and labels.shape[1:] in ((1,), (len(card.classes),))
        and labels.dtype.kind in "ui"
        and (not labels.size or 0 <= labels.min() <= labels.max() < len(card.classes))
    )
    if not right:
        raise ValueError(
            f"{path} is not {card.title}: it holds images {images.shape} {images.dtype} and "
            f"labels {labels.shape} {labels.dtype}"
        )


def _grey_to_unit(images, card):
    scaled = np.multiply(images, np.float32(1 / 255), dtype=np.float32)
    return scaled if card.channels == 3 else scaled[..., None]


def _finding_is_1(labels, card):
    if labels.shape[1] > 1:
        return labels
    labels = labels[:, 0]
    return labels if card.finding == 1 else 1 - labels


def _notes(card, arrays):
    counts = {name: len(arrays[f"{prefix}_images"]) for name, prefix in _PREFIX.items()}
    notes = {
        "source": card.citation,
        "licence": card.licence,
        "patients": "not published: each image counts as a patient of its own, so leakage "
        "between images of one person cannot be checked",
        "not for": card.not_for,
    }
    if card.finding == 0:
        notes["labels"] = f"turned round so that 1 is the finding: {card.classes[0]}"
    if counts != dict(card.splits):
        notes["parts"] = f"{counts}, officially {dict(card.splits)}"
    return notes
