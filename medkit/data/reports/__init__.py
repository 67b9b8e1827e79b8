"""Radiology reports, written for simulated patients: what is in them is known exactly.

`write` writes one, `corpus` as many as asked for, with what each says of each finding.
Three of the twelve readers occur in the test part only, so that what a model has learned
by heart helps it no further.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from medkit.data.dataset import PARTS, split
from medkit.data.reports.styles import HELD_OUT, KNOWN
from medkit.data.reports.words import STUDIES
from medkit.data.reports.writer import STATEMENTS, compose

__all__ = ["HELD_OUT", "KNOWN", "STATEMENTS", "Reports", "compose", "corpus", "write"]

#: What a reader may get wrong.
ERRORS = ("missed", "false alarm", "contradiction")


@dataclass(frozen=True, eq=False)
class Reports:
    """Texts to learn from, with what is known about each.

    Parameters
    ----------
    name : str
    texts : numpy.ndarray
        object, shape (n,): the reports, each a str.
    labels : numpy.ndarray
        int, shape (n,): an index into `classes`; 1 is the finding.
    classes : tuple of str
    part : numpy.ndarray
        str, shape (n,): "train", "validation" or "test".
    patients : numpy.ndarray
        str, shape (n,): about whom. No patient is in two parts.
    styles : numpy.ndarray
        str, shape (n,): the reader; "" where unknown.
    said : tuple of mapping
        For each report: finding → "present", "absent" or "uncertain"; or empty.
    table : mapping of str to numpy.ndarray
        Columns of length n: age, lesion, error of the reader, …
    notes : mapping

    Raises
    ------
    ValueError
        If lengths disagree, a part is unknown or a patient is in two parts.
    """

    name: str
    texts: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]
    part: np.ndarray
    patients: np.ndarray
    styles: np.ndarray
    said: tuple[Mapping[str, str], ...] = ()
    table: Mapping[str, np.ndarray] = field(default_factory=dict)
    notes: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self):
        columns = {k: getattr(self, k) for k in ("labels", "part", "patients", "styles")}
        columns |= dict(self.table) | ({"said": self.said} if self.said else {})
        for key, column in columns.items():
            if len(column) != len(self.texts):
                raise ValueError(
                    f"{self.name}: {len(self.texts)} texts, but {len(column)} in {key}"
                )
        if not set(self.part) <= set(PARTS):
            raise ValueError(f"{self.name}: parts {sorted(set(self.part))}; there are {PARTS}")
        where = {part: set(self.patients[self.part == part]) for part in PARTS}
        for one, other in (PARTS[:2], PARTS[1:], PARTS[::2]):
            if torn := where[one] & where[other]:
                raise ValueError(
                    f"{self.name}: patient {min(torn)!r} is in {one} and in {other}; "
                    "split by patient"
                )

    def __len__(self):
        return len(self.texts)

    def __getitem__(self, index) -> "Reports":
        """Return some of the reports: by slice, indices or mask."""
        index = np.arange(len(self))[index]
        if index.ndim == 0:
            raise TypeError(f"{self.name}[{index}] is one report; use .texts[{index}]")
        columns = ("texts", "labels", "part", "patients", "styles")
        return replace(
            self,
            **{name: getattr(self, name)[index] for name in columns},
            said=tuple(self.said[i] for i in index) if self.said else (),
            table={key: column[index] for key, column in self.table.items()},
        )

    def only(self, part: str) -> "Reports":
        """Return one part: "train", "validation" or "test"."""
        if part not in PARTS:
            raise ValueError(f"no part {part!r}; there are {', '.join(PARTS)}")
        return self[self.part == part]

    def xy(self, part: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the texts and the labels of one part, ready for ``fit(x, y)``."""
        some = self.only(part)
        return some.texts, some.labels

    @property
    def held_out(self) -> np.ndarray:
        """Whether the reader of each report occurs in no training text; bool, shape (n,)."""
        return np.isin(self.styles, HELD_OUT)


def write(row: Mapping, style: str | None = None, rng=None) -> str:
    """Write the radiology report of one patient.

    Parameters
    ----------
    row : mapping
        A row of a task's table: patient, age_years, sex, modality, region, lesion ("" if
        none), side, location, size_mm. Only the modality is indispensable.
    style : str, optional
        The reader, a key of `medkit.data.reports.styles.STYLES`; otherwise one of the known
        ones is drawn.
    rng : None, int or numpy.random.Generator

    Returns
    -------
    str
        The text, without errors of the reader; see `compose` for what it says.

    Raises
    ------
    ValueError
        If there is no such reader or finding, or no study of this modality.

    Examples
    --------
    >>> row = {"modality": "CT", "region": "head", "lesion": "bleed", "side": "left",
    ...        "location": "thalamus", "size_mm": 12.0, "age_years": 71, "sex": "F"}
    >>> "left thalamus" in write(row, "prose", rng=0)
    True
    """  # fmt: skip
    return compose(row, style, rng=rng)[0]


def corpus(
    n: int, *, rng=None, styles: Sequence[str] | None = None, errors: float = 0.03,
    studies: Sequence[str] = tuple(STUDIES),
) -> Reports:  # fmt: skip
    """Write a corpus of reports of patients who never lived.

    Half of the patients have a lesion, and that is the label, whatever their report says.
    A patient has one or two reports. In training and validation only known readers write;
    in the test, half of the reports are by readers who are held out.

    Parameters
    ----------
    n : int
        How many reports.
    rng : None, int or numpy.random.Generator
    styles : sequence of str, optional
        Let only these readers write, in all parts.
    errors : float
        Share of the reports in which the reader misses the lesion, sees one that is not
        there, or contradicts the findings in the impression. Column ``error`` says which.
    studies : sequence of str
        Keys of `medkit.data.reports.words.STUDIES`.

    Returns
    -------
    Reports
        With `said`, and the table that the reports were written from.

    Examples
    --------
    >>> some = corpus(400, rng=0)
    >>> len(some), bool(some.only("train").held_out.any())
    (400, False)
    """
    rng = np.random.default_rng(rng)
    rows = [row for row in _rows(studies, rng, n)][:n]
    patients = np.array([row["patient"] for row in rows])
    labels = np.array([int(row["lesion"] != "") for row in rows])
    part = split(patients, labels, rng=rng)
    chosen, texts, said = [], np.empty(n, object), []
    for k, row in enumerate(rows):
        readers = styles or (HELD_OUT if part[k] == "test" and rng.random() < 0.5 else KNOWN)
        chosen.append(readers[rng.integers(len(readers))])
        possible = ("missed", "contradiction") if row["lesion"] else ("false alarm",)
        wrong = rng.random() < errors
        row["error"] = possible[rng.integers(len(possible))] if wrong else ""
        texts[k], says = compose(row, chosen[k], error=row["error"], rng=rng)
        said.append(says)
    return Reports(
        "simulated reports", texts, labels, ("no lesion", "lesion"), part, patients,
        np.array(chosen), tuple(said),
        table={key: np.array([row[key] for row in rows]) for key in rows[0] if key != "patient"},
        notes={"errors": errors},
    )  # fmt: skip


def _rows(studies, rng, n):
    """Yield rows of a table like that of a task: patients with one or two examinations."""
    for k in range(n):
        study = STUDIES[studies[rng.integers(len(studies))]]
        lesion = study.lesions[rng.integers(len(study.lesions))] if rng.random() < 0.5 else ""
        row = {
            "patient": f"patient {k}", "age_years": float(np.round(rng.uniform(20, 90))),
            "sex": "FM"[rng.integers(2)], "modality": study.modality, "region": study.region,
            "study": next(name for name, s in STUDIES.items() if s is study), "lesion": lesion,
            "side": ("left", "right")[rng.integers(2)] if lesion else "",
            "location": study.locations[rng.integers(len(study.locations))] if lesion else "",
            "size_mm": study.size_mm * float(rng.lognormal(0, 0.5)) if lesion else float("nan"),
        }  # fmt: skip
        for _ in range(rng.integers(1, 3)):
            yield dict(row)
            row["size_mm"] *= rng.uniform(0.9, 1.6)
