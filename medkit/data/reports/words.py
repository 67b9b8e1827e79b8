"""What radiology reports talk about: findings with their synonyms, and the studies.

The words stand in ``words.toml`` beside this file: each finding has several names, because
readers do. British spelling is the base; `american` turns it.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True)
class Study:
    """One kind of examination.

    Parameters
    ----------
    name, technique : str
        What it is called, and how it is done, with ``[this|that]`` to choose from.
    modality, region : str
        As in the table of a task.
    organ : str
        Where a lesion is if the table does not say: ``"in the brain"``.
    lesions, others : sequence of str
        Findings that the study looks for, and those that are there by the way.
    locations : sequence of str
        Places to choose from when a case is made up.
    normal, reasons : sequence of str
        Sentences about what is as it should be; why the patient came.
    size_mm : float
        A usual size of its lesions.
    """

    name: str
    technique: str
    modality: str
    region: str
    organ: str
    lesions: Sequence[str]
    others: Sequence[str]
    locations: Sequence[str]
    normal: Sequence[str]
    reasons: Sequence[str]
    size_mm: float


_WORDS = tomllib.loads(resources.files(__package__).joinpath("words.toml").read_text("utf-8"))

#: Finding → its names.
FINDINGS: dict[str, tuple[str, ...]] = {k: tuple(names) for k, names in _WORDS["findings"].items()}

#: What a reader in a hurry writes.
ABBREVIATIONS: dict[str, str] = _WORDS["abbreviations"]

#: Finding → subjects of a normal sentence that it makes untrue, wherever it is.
UNTRUE: dict[str, tuple[str, ...]] = {k: tuple(v) for k, v in _WORDS["untrue"].items()}

STUDIES: dict[str, Study] = {name: Study(**fields) for name, fields in _WORDS["studies"].items()}

#: Words of a table's region → those of the studies.
_REGIONS = {"brain": "head", "chest": "thorax", "lung": "thorax", "retina": "eye", "macula": "eye"}


def american(text: str) -> str:
    """Return British spelling turned American.

    >>> american("Haemorrhage in a tumour of 2 centimetres")
    'Hemorrhage in a tumor of 2 centimeters'
    """
    for british, other in _WORDS["american"].items():
        text = re.sub(british, other, text)
    return text


def study_of(modality: str, region: str, lesion: str = "") -> Study:
    """Return the study that a row of a task's table belongs to.

    Raises
    ------
    ValueError
        If no study of this modality looks for the lesion.
    """
    region = str(region).lower()
    region = next((known for word, known in _REGIONS.items() if word in region), region)
    fits = [s for s in STUDIES.values() if s.modality == modality]
    fits = [s for s in fits if not lesion or lesion in (*s.lesions, *s.others)]
    if not fits:
        raise ValueError(
            f"no study for modality {modality!r} with lesion {lesion!r}; modalities are "
            f"{sorted({s.modality for s in STUDIES.values()})}, lesions {', '.join(FINDINGS)}"
        )
    return next((s for s in fits if s.region in region), fits[0])
