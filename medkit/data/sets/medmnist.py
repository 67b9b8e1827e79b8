"""MedMNIST: 18 public sets of small medical images, one file of arrays each.

Source: Yang et al. (2023), doi:10.1038/s41597-022-01721-8.
"""

from pathlib import Path

import numpy as np
import psutil

from medkit.data.dataset import PARTS, Dataset
from medkit.data.sets.card import Card

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
    arrays = _arrays(path, card)
    counts = {part: len(images) for part, (images, _) in arrays.items()}
    keep = _chosen(counts, n, np.random.default_rng(rng))
    _fits(card, arrays["train"][0], sum(map(len, keep.values())))
    labels = np.concatenate([arrays[part][1][index] for part, index in keep.items()])
    part = np.repeat(list(keep), [len(index) for index in keep.values()])
    number = np.concatenate(list(keep.values()))
    return Dataset(
        name=card.name,
        images=_to_unit([arrays[part][0][index] for part, index in keep.items()]),
        labels=_finding_is_1(labels.astype(np.int64), card),
        classes=card.classes if card.finding == 1 else card.classes[::-1],
        part=part,
        patients=np.array([f"{card.name}-{p}-{i:06d}" for p, i in zip(part, number, strict=True)]),
        modality=card.modality,
        notes=_notes(card, counts) | dict(notes or {}),
    )


def _arrays(path, card):
    """Read images and labels of each part, and see that they are what the card says."""
    wanted = [f"{prefix}_{what}" for prefix in _PREFIX.values() for what in ("images", "labels")]
    try:
        # np.load would leave a file that is no zip open.
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            read = {key: file[key] for key in wanted if key in file.files}
    except Exception as problem:  # zlib.error, TokenError, …: wrong bytes surprise many parsers
        raise ValueError(f"{path} is damaged and cannot be read: {problem}") from problem
    lacking = [key for key in wanted if key not in read]
    if lacking:
        raise ValueError(f"{path} is no MedMNIST file: it lacks {', '.join(lacking)}")
    arrays = {p: (read[f"{key}_images"], read[f"{key}_labels"]) for p, key in _PREFIX.items()}
    for images, labels in arrays.values():
        _examine(path, card, images, labels)
    return arrays


def _chosen(counts, n, rng):
    """Choose the images to keep of each part: all, or `n` in proportion."""
    total = sum(counts.values())
    if n is None or n >= total:
        return {part: np.arange(count) for part, count in counts.items()}
    return {
        part: np.sort(rng.permutation(count)[: max(1, round(n * count / total))])
        for part, count in counts.items()
    }


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


def _fits(card, images, count):
    """Raise if so many such images do not fit into what memory is free."""
    one = 4 * int(np.prod(images.shape[1:]))
    free = psutil.virtual_memory().available
    if count * one > 0.8 * free:
        raise ValueError(
            f"{count} images of {card.title} take {count * one / 1e9:.1f} GB of memory, and "
            f"{free / 1e9:.1f} GB are free: pass n={max(1, int(0.4 * free / one))} or fewer"
        )


def _to_unit(parts):
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


def _notes(card, counts):
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
