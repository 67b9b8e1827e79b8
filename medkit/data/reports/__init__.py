"""Radiology reports, written for simulated patients: what is in them is known exactly.

`write` writes one, `corpus` as many as asked for, with what each says of each finding.
Three of its twelve readers occur in the test part only, so that what a model has learned
by heart helps it no further. Two more, `EXAMINERS`, write only what exercises are checked with.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from medkit.data.dataset import Dataset, split
from medkit.data.reports.styles import EXAMINERS, HELD_OUT, KNOWN
from medkit.data.reports.words import STUDIES
from medkit.data.reports.writer import compose

__all__ = ["EXAMINERS", "HELD_OUT", "KNOWN", "compose", "corpus", "write"]

#: What a reader may get wrong.
ERRORS = ("missed", "false alarm", "contradiction")


def write(row: Mapping, style: str | None = None, rng=None, *, consistent: bool = False) -> str:
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
    consistent : bool
        Leave out each sentence that calls the very place of a finding normal. Without it, one
        report of ten does so.

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
    >>> row = {"modality": "CT", "region": "head", "lesion": "bleed", "side": "left"}
    >>> row |= {"location": "thalamus", "size_mm": 12.0, "age_years": 71, "sex": "F"}
    >>> "left thalamus" in write(row, "prose", rng=0)
    True
    """
    return compose(row, style, consistent=consistent, rng=rng)[0]


def corpus(
    n: int,
    *,
    rng=None,
    styles: Sequence[str] | None = None,
    errors: float = 0.03,
    studies: Sequence[str] = tuple(STUDIES),
    consistent: bool = False,
) -> Dataset:
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
    consistent : bool
        As of `write`.

    Returns
    -------
    Dataset
        Of `texts`. Its table is what they were written from, and with each its reader
        (``styles``), whether no training text is by that reader (``held_out``), and what
        it says (``stated``): a mapping of finding to "present", "absent" or "uncertain".

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
    chosen, texts, stated = [], np.empty(n, object), []
    for k, row in enumerate(rows):
        readers = styles or (HELD_OUT if part[k] == "test" and rng.random() < 0.5 else KNOWN)
        chosen.append(readers[rng.integers(len(readers))])
        possible = ("missed", "contradiction") if row["lesion"] else ("false alarm",)
        wrong = rng.random() < errors
        row["error"] = possible[rng.integers(len(possible))] if wrong else ""
        texts[k], says = compose(row, chosen[k], error=row["error"], consistent=consistent, rng=rng)
        stated.append(says)
    table = {key: np.array([row[key] for row in rows]) for key in rows[0] if key != "patient"}
    table |= {"styles": np.array(chosen), "held_out": np.isin(chosen, HELD_OUT)}
    table["stated"] = np.array(stated, object)
    return Dataset(
        "simulated reports",
        None,
        labels,
        ("no lesion", "lesion"),
        part,
        patients,
        texts=texts,
        table=table,
        notes={"errors": errors},
    )


def _rows(studies, rng, n):
    """Yield rows of a table like that of a task: patients with one or two examinations."""
    for k in range(n):
        study = STUDIES[studies[rng.integers(len(studies))]]
        lesion = study.lesions[rng.integers(len(study.lesions))] if rng.random() < 0.5 else ""
        row = {
            "patient": f"patient {k}",
            "age_years": float(np.round(rng.uniform(20, 90))),
            "sex": "FM"[rng.integers(2)],
            "modality": study.modality,
            "region": study.region,
            "study": next(name for name, s in STUDIES.items() if s is study),
            "lesion": lesion,
            "side": ("left", "right")[rng.integers(2)] if lesion else "",
            "location": study.locations[rng.integers(len(study.locations))] if lesion else "",
            "size_mm": study.size_mm * float(rng.lognormal(0, 0.5)) if lesion else float("nan"),
        }
        for _ in range(rng.integers(1, 3)):
            yield dict(row)
            row["size_mm"] *= rng.uniform(0.9, 1.6)
