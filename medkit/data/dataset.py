"""A data set: images or texts with their labels, patients and parts, from wherever they come.

Simulated tasks, public sets and a learner's own folder all become a `Dataset`, which is
why any modality can feed any algorithm.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

#: The parts of a data set, in the order in which they are used.
PARTS = ("train", "validation", "test")


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images or texts to learn from, with what is known about each.

    Parameters
    ----------
    name : str
        The name of its card, for example ``"breastmnist"`` or ``"ct_bleed"``.
    images : numpy.ndarray or None
        float32 from 0 (black) to 1 (white), shape (n, rows, columns, channels), or
        (n, planes, rows, columns, channels) for volumes. None: `texts` are the samples.
    labels : numpy.ndarray
        int, shape (n,): an index into `classes`; or (n, classes) of 0 and 1 where an
        image may show several findings.
    classes : tuple of str
        What the labels mean. Where there are two, 1 is the finding.
    part : numpy.ndarray
        str, shape (n,): "train", "validation" or "test".
    patients : numpy.ndarray
        str, shape (n,): whose image it is. No patient is in two parts.
    modality : str
        DICOM's code: CT, MR, US, OPT (OCT), XC (photographs), PT, DX, … or "".
    texts : numpy.ndarray, optional
        object, shape (n,): the reports, each a str.
    report : callable, optional
        Writes the report of a row of the table, where there are no texts: see `reports`.
    table : mapping of str to numpy.ndarray
        Columns of length n: age, size of the lesion, … or empty. ``data.age`` is short for
        ``data.table["age"]``.
    masks : numpy.ndarray, optional
        bool, the shape of `images` without channels: where the lesion truly is.
    notes : mapping
        How it was made: protocol, seed, source, licence.

    Raises
    ------
    ValueError
        If lengths disagree, a label or a part is unknown or a patient is in two parts.
    """

    name: str
    images: np.ndarray | None
    labels: np.ndarray
    classes: tuple[str, ...]
    part: np.ndarray
    patients: np.ndarray
    modality: str = ""
    texts: np.ndarray | None = None
    report: Callable[[Mapping], str] | None = None
    table: Mapping[str, np.ndarray] = field(default_factory=dict)
    masks: np.ndarray | None = None
    notes: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self):
        if self.images is None and self.texts is None:
            raise ValueError(f"{self.name}: neither images nor texts, so nothing to learn from")
        if self.images is not None and self.images.ndim not in (4, 5):
            raise ValueError(
                f"{self.name}: images have shape {self.images.shape}; expected (n, rows, columns, "
                "channels) or (n, planes, rows, columns, channels)"
            )
        _index_classes(self.name, self.labels, self.classes)
        columns = {"labels": self.labels, "part": self.part, "patients": self.patients}
        columns |= {f"table[{key!r}]": column for key, column in self.table.items()}
        columns |= {"texts": self.texts, "masks": self.masks}
        kind = "texts" if self.images is None else "images"
        for key, column in columns.items():
            if column is not None and len(column) != len(self):
                raise ValueError(f"{self.name}: {len(self)} {kind}, but {len(column)} in {key}")
        unknown = set(np.unique(self.part)) - set(PARTS)
        if unknown:
            raise ValueError(f"{self.name}: parts {sorted(unknown)}; there are {PARTS}")
        _one_part_each(self.name, self.patients, self.part)

    def __len__(self):
        return len(self.samples)

    def __getattr__(self, name):
        columns = self.__dict__.get("table", {})
        if name in columns:
            return columns[name]
        raise AttributeError(
            f"a data set has no {name!r}; the columns of this one: {', '.join(columns) or 'none'}"
        )

    @property
    def samples(self) -> np.ndarray:
        """What a model learns from: the images or, where there are none, the texts."""
        return self.texts if self.images is None else self.images

    @cached_property
    def reports(self) -> tuple[str, ...]:
        """One text each; those of simulated patients are written when first asked for."""
        if self.report is None:
            return () if self.texts is None else tuple(self.texts)
        rows = ({k: column[i] for k, column in self.table.items()} for i in range(len(self)))
        return tuple(self.report(row) for row in rows)

    def __getitem__(self, index) -> "Dataset":
        """Return some of the samples as a data set: by slice, indices or mask."""
        index = np.arange(len(self))[index]
        if index.ndim == 0:
            raise TypeError(f"{self.name}[{index}] is one sample; write [{index}:{index + 1}]")
        return replace(
            self,
            images=None if self.images is None else self.images[index],
            labels=self.labels[index],
            part=self.part[index],
            patients=self.patients[index],
            texts=None if self.texts is None else self.texts[index],
            table={key: column[index] for key, column in self.table.items()},
            masks=None if self.masks is None else self.masks[index],
        )

    def only(self, part: str) -> "Dataset":
        """Return one part of it: "train", "validation" or "test"."""
        if part not in PARTS:
            raise ValueError(f"no part {part!r}; there are {', '.join(PARTS)}")
        return self[self.part == part]

    def xy(self, part: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the samples and the labels of one part, ready for ``fit(x, y)``."""
        some = self.only(part)
        return some.samples, some.labels


def _index_classes(name, labels, classes):
    """Raise unless each label is the number of a class, or a row of 0 and 1 for each class."""
    count = len(classes)
    good = labels.dtype.kind in "iub" and labels.ndim in (1, 2)
    if good and labels.ndim == 2:
        good, count = labels.shape[1] == count, 2
    if not good or (labels.size and not 0 <= labels.min() <= labels.max() < count):
        raise ValueError(
            f"{name}: labels {labels.shape} of {labels.dtype} do not fit {len(classes)} classes; "
            "expected whole numbers from 0, (n,), or 0 and 1, (n, classes)"
        )


def _one_part_each(name, patients, part):
    """Raise if a patient is in two parts: what a model has seen, it must not be tested on."""
    order = np.argsort(patients, kind="stable")
    same = patients[order][1:] == patients[order][:-1]
    torn = same & (part[order][1:] != part[order][:-1])
    if torn.any():
        patient = str(patients[order][1:][torn][0])
        raise ValueError(f"{name}: patient {patient!r} is in two parts; split by patient")


def split(patients, labels, *, shares=(0.6, 0.15, 0.25), rng=None) -> np.ndarray:
    """Deal patients into parts: all images of a patient together, classes in proportion.

    Parameters
    ----------
    patients : array_like
        Shape (n,): whose image it is.
    labels : array_like of int
        Shape (n,): the class of each image. A patient counts as their highest label.
    shares : tuple of float
        The shares of train, validation and test; they add up to 1.
    rng : None, int or numpy.random.Generator

    Returns
    -------
    numpy.ndarray
        str, shape (n,): "train", "validation" or "test".

    Raises
    ------
    ValueError
        If lengths disagree or the shares are not three that add up to 1.

    Examples
    --------
    >>> part = split(list("aabbccdd"), [0, 0, 0, 0, 1, 1, 1, 1], shares=(0.5, 0, 0.5), rng=0)
    >>> sorted(part.tolist()), part[0] == part[1]
    (['test', 'test', 'test', 'test', 'train', 'train', 'train', 'train'], True)
    """
    # As text, so that patient 10 is the same one whether written as a number or a word.
    patients, labels = np.asarray(patients).astype(str), np.asarray(labels)
    if patients.shape != labels.shape or patients.ndim != 1:
        raise ValueError(f"patients {patients.shape} and labels {labels.shape} must be equal, (n,)")
    if len(shares) != 3 or min(shares) < 0 or not np.isclose(sum(shares), 1):
        raise ValueError(f"shares {shares} must be three numbers that add up to 1")
    rng = np.random.default_rng(rng)
    names, whose = np.unique(patients, return_inverse=True)
    last = np.cumsum(np.bincount(whose)) - 1
    worst = labels[np.lexsort((labels, whose))][last]
    part = np.empty(len(names), dtype="<U10")
    owed = np.zeros(3)
    for label in np.unique(worst):
        group = rng.permutation(np.flatnonzero(worst == label))
        counts = _whole(np.array(shares) * len(group), owed)
        for name, members in zip(PARTS, np.split(group, np.cumsum(counts)[:2]), strict=True):
            part[members] = name
    return part[whose]


def _whole(wanted, owed):
    """Round three numbers so that their sum stays; what a part is still owed is kept for later.

    Each class is rounded by less than one patient, and so that small classes do not all
    lose the same part.
    """
    counts = np.floor(wanted + 1e-9)
    owed += wanted - counts
    left = round(wanted.sum() - counts.sum())
    open_to_more = wanted - counts > 1e-9
    for k in sorted(np.flatnonzero(open_to_more), key=lambda k: -owed[k])[:left]:
        counts[k] += 1
        owed[k] -= 1
    return counts.astype(int)
