"""Take the patient out of DICOM files, and say what was changed.

What becomes of each element is in ``rules``; every new file is then searched for
what it must not hold any more, by ``check``. ``file`` takes one file
through both; this module takes many, and reports.
"""

import html
import secrets
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from medkit.data.dicom.deidentification.file import Work
from medkit.data.dicom.source import DicomError, files, new_folder


@dataclass(frozen=True)
class Report:
    """What de-identification did. It holds no value of the patient's.

    Parameters
    ----------
    folder : Path
        Where the new files are.
    files : int
        How many were written.
    changes : mapping
        (tag, keyword, action) → number of elements; actions are "removed", "emptied",
        "replaced", "new UID" and "added".
    warnings : tuple of str
        What a person must still look at.
    skipped : tuple of str
        Files that were not written, and why.
    """

    folder: Path
    files: int
    changes: dict[tuple[str, str, str], int]
    warnings: tuple[str, ...]
    skipped: tuple[str, ...]

    def __repr__(self) -> str:
        total: Counter = Counter()
        for (_, _, action), number in self.changes.items():
            total[action] += number
        done = ", ".join(f"{number} {action}" for action, number in total.items())
        lines = [f"{self.files} file(s) de-identified: {done or 'nothing to change'}."]
        lines += [f"Warning: {text}" for text in self.warnings]
        lines += [f"Skipped: {text}" for text in self.skipped]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Return the report as a table, all text escaped."""
        rows = [(*what, number) for what, number in sorted(self.changes.items())]
        table = pd.DataFrame(rows, columns=["Tag", "Keyword", "Action", "Elements"])
        lines = "".join(f"<p>{html.escape(line)}</p>" for line in repr(self).splitlines())
        return (
            f"{lines}<div tabindex='0' role='region' aria-label='What was changed' "
            f"style='max-height:24em;overflow:auto'>{table.to_html(index=False, border=0)}</div>"
        )


def deidentify(source, folder, *, key: str | None = None) -> Report:
    """Copy DICOM files without what identifies the patient.

    Every UID is replaced by one derived from it and a secret, the same in every file,
    so series, studies and references hold together; each patient gets a pseudonym, made
    of the PatientID in the same way, so that a split by patient still works. Private
    elements go, and so does the content of structured reports.
    File names are new, as old ones may tell a name. Each new file is searched for the old
    names, numbers, dates and UIDs: an element that still holds one is removed. The pixels
    are not touched: a name burned into the picture stays, and the report warns where that
    is likely.

    Parameters
    ----------
    source : path or iterable of paths
        A file, a folder or several of them.
    folder : path
        A new or empty folder. It appears complete or, on any failure, not at all.
    key : str, optional
        A secret. The same key gives the same new UIDs and pseudonyms, so that files that
        come later still fit; by default a new one is drawn and forgotten.

    Returns
    -------
    Report

    Raises
    ------
    FileExistsError
        If the folder holds something already.
    DicomError
        If there is no DICOM file in the source.
    ValueError
        If the key is empty.

    References
    ----------
    DICOM PS3.15, annex E, Attribute Confidentiality Profiles.
    """
    if key is not None and not str(key).strip():
        raise ValueError("key is empty: give a secret text, or leave it out to have one drawn")
    work = Work(key or secrets.token_hex(16))
    skipped, places = [], Counter()
    with new_folder(folder) as out:
        for file in files(source):
            try:
                uid, data = work.clean(file)
            except DicomError as error:
                skipped.append(str(error))
                continue
            _save(uid, data, out, places)
        if not places:
            why = "\n".join(skipped[:5]) or "The folder is empty."
            raise DicomError(f"There is no DICOM file to de-identify.\n{why}")
    warnings = [f"{text} ({number} file(s))" for text, number in work.warnings.items()]
    return Report(Path(folder), places.total(), dict(work.changes), tuple(warnings), tuple(skipped))


def _save(uid: str, data: bytes, out: Path, places: Counter) -> None:
    known = list(places)
    place = known.index(uid) + 1 if uid in places else len(known) + 1
    folder = out / f"series{place:02d}"
    folder.mkdir(exist_ok=True)
    places[uid] += 1
    (folder / f"{places[uid]:04d}.dcm").write_bytes(data)
