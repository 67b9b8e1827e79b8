"""MedMNIST: 18 public sets of small medical images, one file of arrays each.

Source: Yang et al. (2023), doi:10.1038/s41597-022-01721-8.
"""

from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import psutil

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
    share = 1 if n is None else min(1, n / total)
    keep = {}
    for name, prefix in _PREFIX.items():
        _examine(path, card, arrays[f"{prefix}_images"], arrays[f"{prefix}_labels"])
        count = len(arrays[f"{prefix}_images"])
        few = max(1, round(share * count))
        keep[name] = np.arange(count) if share == 1 else np.sort(rng.permutation(count)[:few])
    _fits(card, arrays, sum(map(len, keep.values())))
    chosen = [(name, _PREFIX[name], index) for name, index in keep.items()]
    labels = np.concatenate([arrays[f"{prefix}_labels"][index] for _, prefix, index in chosen])
    return Dataset(
        name=card.name,
        images=_grey_to_unit([arrays[f"{prefix}_images"][index] for _, prefix, index in chosen]),
        labels=_finding_is_1(labels.astype(np.int64), card),
        classes=card.classes if card.finding == 1 else card.classes[::-1],
        part=np.concatenate([np.full(len(index), name) for name, _, index in chosen]),
        patients=np.array(
            [f"{card.name}-{name}-{i:06d}" for name, _, index in chosen for i in index]
        ),
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


def _fits(card, arrays, count):
    """Raise if so many images do not fit into what memory is free."""
    one = 4 * arrays["train_images"][0].size
    free = psutil.virtual_memory().available
    if count * one > 0.8 * free:
        raise ValueError(
            f"{count} images of {card.title} take {count * one / 1e9:.1f} GB of memory, and "
            f"{free / 1e9:.1f} GB are free: pass n={max(1, int(0.4 * free / one))} or fewer"
        )


def _grey_to_unit(parts):
    shape = parts[0].shape[1:]
    images = np.empty((sum(map(len, parts)), *shape), np.float32)
    np.concatenate(parts, out=images, casting="safe")
    images *= np.float32(1 / 255)
    return images if shape[-1] == 3 else images[..., None]


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
