"""What a simulated task is made of: a knob, a task, and one patient before any scanner."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from medkit.anatomy.patient import Patient


@dataclass(frozen=True)
class Knob:
    """The setting of a scanner that a learner turns.

    Parameters
    ----------
    setting : str
        Its name in the protocol, for example ``"tube_current_mas"``.
    label, unit : str
        In words, for an axis.
    values : tuple of float
        From the worst to the best acquisition (for ultrasound: from low to high).
    """

    setting: str
    label: str
    unit: str
    values: tuple[float, ...]

    @classmethod
    def of(cls, protocol, setting: str, values: tuple[float, ...]) -> "Knob":
        """Return the knob of a protocol's setting, which says its own label and unit.

        >>> from medkit.physics.ct import CTProtocol
        >>> Knob.of(CTProtocol, "tube_current_mas", (1.0, 100.0)).unit
        'mAs'
        """
        facts = protocol.__dataclass_fields__[setting].metadata
        return cls(setting, facts["label"], facts["unit"], values)


@dataclass(frozen=True, eq=False)
class Case:
    """One patient of a task, not yet scanned.

    Parameters
    ----------
    body : Patient, Eye or Skin
        Who lies in the scanner.
    label : int
        1 if the finding is there.
    facts : mapping
        The row of the table: age_years, sex, lesion, side, location, size_mm.
    mask : ndarray of bool, shape (row, column)
        Where the lesion truly is, at the pixels of the image.
    noise : int
        The seed of this patient's noise: the same in every scan, so that two protocols
        can be compared on the same patients and the same luck.
    extra : mapping
        What a scanner needs besides: uptake, share of diseased tissue, …
    """

    body: object
    label: int
    facts: Mapping[str, object]
    mask: np.ndarray
    noise: int
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """A learning task: patients who are drawn, and the scanner that looks at them.

    Parameters
    ----------
    title : str
        What is to be told apart, in words.
    modality, region : str
        DICOM's code of the modality; the part of the body.
    classes : tuple of str
        Names of the labels 0 and 1.
    protocol : object
        The usual settings; a frozen dataclass of `medkit.physics`.
    knob : Knob
        The setting that a learner turns.
    lesion : mapping of str to tuple of float
        Between which values each property of the lesion is drawn; the names are
        keywords of `medkit.data.tasks.simulate`.
    draw : callable
        ``draw(rng, ill, size, lesion)`` returns a `Case`.
    look : callable
        ``look(case, protocol, size)`` returns an image from 0 to 1, (size, size) or
        (size, size, channel).
    """

    title: str
    modality: str
    region: str
    classes: tuple[str, str]
    protocol: object
    knob: Knob
    lesion: Mapping[str, tuple[float, float]]
    draw: Callable
    look: Callable


def chart(rng, youngest: int, oldest: int) -> dict[str, object]:
    """Draw who a patient is, and leave free what is to be said of a lesion."""
    age, sex = int(rng.integers(youngest, oldest)), str(rng.choice(["F", "M"]))
    unknown = {"lesion": "", "side": "", "location": "", "size_mm": 0.0}
    return {"age_years": age, "sex": sex, **unknown}


def middle(patient: Patient, mask: np.ndarray) -> tuple[float, float]:
    """Return where the middle of a mask lies: back and left in mm."""
    row, column = np.argwhere(mask)[:, 1:].mean(0)
    (_, back, left), (_, down, across) = patient.origin_mm, patient.spacing_mm
    return back + down * row, left + across * column


def between(ranges: Mapping[str, tuple[float, float]], name: str, rng) -> float:
    """Draw one property of a lesion, evenly between its limits."""
    return float(rng.uniform(*ranges[name]))


def place(patient: Patient, where: np.ndarray, rng) -> np.ndarray:
    """Draw one voxel of a mask and return its place: up, back, left in mm."""
    index = np.flatnonzero(where)
    voxel = np.unravel_index(index[rng.integers(len(index))], where.shape)
    axes = zip(patient.origin_mm, patient.spacing_mm, voxel, strict=True)
    return np.array([origin + step * at for origin, step, at in axes])


def shrink(mask: np.ndarray, size: int) -> np.ndarray:
    """Bring a mask to the pixels of the image: true where at least half of a pixel is.

    A lesion smaller than that is true where most of it lies.

    >>> shrink(np.eye(4, dtype=bool), 2)
    array([[ True, False],
           [False,  True]])
    """
    rows, columns = mask.shape
    share = mask.reshape(size, rows // size, size, columns // size).mean((1, 3))
    return (share >= min(0.5, share.max())) & (share > 0)


def largest_diameter_mm(mask: np.ndarray, spacing_mm: tuple[float, float]) -> float:
    """Return the greatest width of a mask over all directions; 0 if it is empty.

    >>> largest_diameter_mm(np.ones((1, 4), bool), (2.0, 2.0))
    8.0
    """
    points = np.argwhere(mask) * np.asarray(spacing_mm)
    if not len(points):
        return 0.0
    angle = np.deg2rad(np.arange(0, 180, 10))
    along = points @ np.stack([np.sin(angle), np.cos(angle)])
    return round(float(np.ptp(along, axis=0).max() + np.mean(spacing_mm)), 1)


def window(image: np.ndarray, low: float, high: float) -> np.ndarray:
    """Map values from `low` to `high` to 0 … 1, and what lies beyond to the ends."""
    return np.clip((np.asarray(image, np.float32) - low) / (high - low), 0, 1)
