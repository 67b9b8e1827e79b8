"""Take the patient out of DICOM files, and say what was changed.

The rules and their actions are those of ``dicom-anonymizer`` (Kitware), which follow
the basic application level confidentiality profile of DICOM PS3.15, annex E. Around
them this module applies the rules inside nested sequences too, maps UIDs so that a
series stays a series, and reports.
"""

import html
import secrets
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pydicom
from dicomanonymizer.simpledicomanonymizer import delete, empty, initialize_actions

from medkit.data.dicom_header import dataset, quiet
from medkit.data.dicom_source import DicomError, File, derived_uid, files, new_folder

#: Edition of the standard's table that is applied.
EDITION = "dicomfields_2026c"

#: Kinds of images that often carry a name within the picture itself.
_OFTEN_BURNED_IN = {"US", "SC", "XC", "ES", "GM", "OT", "OP", "XA", "RF", "DOC", "SM", "ECG"}
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


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

    @property
    def counts(self) -> dict[str, int]:
        """Number of changed elements by action."""
        total: Counter = Counter()
        for (_, _, action), number in self.changes.items():
            total[action] += number
        return dict(total)

    def __repr__(self) -> str:
        done = ", ".join(f"{number} {action}" for action, number in self.counts.items())
        lines = [f"{self.files} file(s) de-identified: {done or 'nothing to change'}."]
        lines += [f"Warning: {text}" for text in self.warnings]
        lines += [f"Skipped: {text}" for text in self.skipped]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Return the report as a table, all text escaped."""
        body = "".join(
            f"<tr><td><code>{html.escape(tag)}</code></td><td>{html.escape(keyword)}</td>"
            f"<td>{action}</td><td>{number}</td></tr>"
            for (tag, keyword, action), number in sorted(self.changes.items())
        )
        lines = "".join(f"<p>{html.escape(line)}</p>" for line in repr(self).splitlines())
        heads = "".join(
            f"<th scope='col'>{h}</th>" for h in ("Tag", "Keyword", "Action", "Elements")
        )
        return (
            f"{lines}<div style='max-height:24em;overflow:auto'><table>"
            f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
        )


def deidentify(source, folder, *, key: str | None = None) -> Report:
    """Copy DICOM files without what identifies the patient.

    Every UID is replaced by one derived from it and a secret, the same in every file,
    so series, studies and references hold together. Private elements go. File names
    are new, as old ones may tell a name. The pixels are not touched: a name burned
    into the picture stays, and the report warns where that is likely.

    Parameters
    ----------
    source : path or iterable of paths
        A file, a folder, a zip archive or several of them.
    folder : path
        A new or empty folder. It appears complete or, on any failure, not at all.
    key : str, optional
        A secret. The same key gives the same new UIDs, so that files that come later
        still fit; by default a new one is drawn and forgotten.

    Returns
    -------
    Report

    Raises
    ------
    FileExistsError
        If the folder holds something already.
    DicomError
        If there is no DICOM file in the source.

    References
    ----------
    DICOM PS3.15, annex E, Attribute Confidentiality Profiles.
    """
    secret = key or secrets.token_hex(16)
    rules = _rules(secret)
    changes: Counter = Counter()
    warnings: Counter = Counter()
    skipped, places = [], Counter()
    with files(source) as listed, new_folder(folder) as out:
        for file in listed:
            try:
                ds = _clean(file, rules, changes, warnings)
                _save(ds, out, places)
            except DicomError as error:
                skipped.append(str(error))
        if not places:
            why = "\n".join(skipped[:5]) or "The folder is empty."
            raise DicomError(f"There is no DICOM file to de-identify.\n{why}")
    said = [f"{text} ({number} file(s))" for text, number in warnings.items()]
    return Report(Path(folder), places.total(), dict(changes), tuple(said), tuple(skipped))


def _rules(secret: str) -> list[tuple[tuple[int, ...], object]]:
    """Return the library's table, with removal that removes and UIDs that stay consistent."""

    def new_uid(ds, tag):
        element = ds[tag]
        values = element.value
        if isinstance(values, pydicom.multival.MultiValue):
            element.value = [derived_uid(secret, str(uid).strip()) for uid in values]
        elif values:
            element.value = derived_uid(secret, str(values).strip())

    def remove(ds, tag):
        del ds[tag]

    table = {}
    for tag, action in initialize_actions(EDITION).items():
        name = action.__name__
        # The library's own map lives as long as the program and is shared by all calls;
        # its deletion turns dates into 1 January of the year 1 instead of removing them.
        if name in ("replace_UID", "delete_or_empty_or_replace_UID"):
            action = new_uid
        elif action is delete:
            action = remove
        table[tag] = action
    return table


def _clean(file: File, rules, changes: Counter, warnings: Counter) -> pydicom.Dataset:
    ds = dataset(file)
    if "DirectoryRecordSequence" in ds:
        raise DicomError(
            f"{file.name}: is a directory of the old files (DICOMDIR), of no use with the new ones."
        )
    own: Counter = Counter()
    # Elements convert when touched; a damaged one can raise anything, and then the file is
    # not safe to pass on.
    try:
        with quiet():
            ds.decode()
            for text in _warnings(ds):
                warnings[text] += 1
            _apply(ds, rules, own)
            _mark(ds, own)
    except Exception as error:
        raise DicomError(
            f"{file.name}: cannot be cleaned ({type(error).__name__}: {error}), so it is not "
            "passed on."
        ) from error
    changes.update(own)
    return ds


def _apply(ds: pydicom.Dataset, rules, changes: Counter) -> None:
    """Apply the rules to every element, also inside sequences."""
    for tag in list(ds.keys()):
        key = (f"({tag.group:04X},{tag.element:04X})", pydicom.datadict.keyword_for_tag(tag))
        if tag.is_private:
            del ds[tag]
            changes[key[0], key[1] or "private", "removed"] += 1
            continue
        action = _rule(rules, tag)
        element = ds[tag]
        if element.VR == "SQ":
            _apply_sequence(ds, tag, action, rules, changes, key)
            continue
        if action is None:
            continue
        before = element.value
        try:
            action(ds, tag)
        except NotImplementedError:  # the library has no dummy for this kind of value
            del ds[tag]
        after = ds[tag].value if tag in ds else None
        if tag not in ds:
            changes[*key, "removed"] += 1
        elif after != before:
            changes[*key, _action_name(element.VR, after)] += 1


def _apply_sequence(ds, tag, action, rules, changes: Counter, key) -> None:
    name = getattr(action, "__name__", "")
    if name == "remove":
        del ds[tag]
        changes[*key, "removed"] += 1
    elif action is empty:
        if ds[tag].value:
            ds[tag].value = []
            changes[*key, "emptied"] += 1
    else:
        for item in ds[tag].value:
            _apply(item, rules, changes)
        if action is not None and name != "new_uid":
            action(ds, tag)
            changes[*key, "replaced"] += 1


def _rule(rules, tag):
    action = rules.get((tag.group, tag.element))
    if action is None and (tag.group & 0xFF00) in (0x5000, 0x6000):
        for pattern, found in rules.items():
            if len(pattern) == 4 and (
                tag.group & pattern[2] == pattern[0] & pattern[2]
                and tag.element & pattern[3] == pattern[1] & pattern[3]
            ):
                return found
    return action


def _action_name(vr: str, after) -> str:
    if vr == "UI":
        return "new UID"
    return "replaced" if after not in ("", None, b"") else "emptied"


def _mark(ds: pydicom.Dataset, changes: Counter) -> None:
    """Say in the file what was done to it (PS3.15, E.1.1), and renew its beginning."""
    ds.PatientIdentityRemoved = "YES"
    ds.DeidentificationMethod = "medkit with dicom-anonymizer"
    code = pydicom.Dataset()
    code.CodeValue, code.CodingSchemeDesignator = "113100", "DCM"
    code.CodeMeaning = "Basic Application Confidentiality Profile"
    ds.DeidentificationMethodCodeSequence = [code]
    ds.LongitudinalTemporalInformationModified = "REMOVED"
    for keyword in ("PatientIdentityRemoved", "DeidentificationMethod",
                    "DeidentificationMethodCodeSequence",
                    "LongitudinalTemporalInformationModified"):  # fmt: skip
        tag = pydicom.datadict.tag_for_keyword(keyword)
        changes[f"({tag >> 16:04X},{tag & 0xFFFF:04X})", keyword, "added"] += 1
    ds.preamble = b"\0" * 128
    meta = pydicom.dataset.FileMetaDataset()
    implicit, little = ds.original_encoding
    syntax = getattr(ds, "file_meta", {}).get("TransferSyntaxUID")
    plain = pydicom.uid.ImplicitVRLittleEndian if implicit else pydicom.uid.ExplicitVRLittleEndian
    meta.TransferSyntaxUID = syntax or (plain if little else pydicom.uid.ExplicitVRBigEndian)
    meta.MediaStorageSOPClassUID = ds.get("SOPClassUID", _SECONDARY_CAPTURE)
    # Nothing else of the old beginning is kept: it can name the sending machine.
    meta.MediaStorageSOPInstanceUID = ds.get("SOPInstanceUID") or pydicom.uid.generate_uid(None)
    ds.file_meta = meta


def _save(ds: pydicom.Dataset, out: Path, places: Counter) -> None:
    uid = str(ds.get("SeriesInstanceUID", ""))
    known = list(places)
    place = known.index(uid) + 1 if uid in places else len(known) + 1
    folder = out / f"series{place:02d}"
    folder.mkdir(exist_ok=True)
    try:
        with quiet():
            ds.save_as(folder / f"{places[uid] + 1:04d}.dcm", enforce_file_format=True)
    except Exception as error:  # pydicom refuses what it cannot encode with many errors
        (folder / f"{places[uid] + 1:04d}.dcm").unlink(missing_ok=True)
        raise DicomError(f"a file cannot be written again ({type(error).__name__}).") from error
    places[uid] += 1


def _warnings(ds: pydicom.Dataset) -> list[str]:
    """Name what may still identify the patient, from the header before it is cleaned."""
    found = []
    modality, said = str(ds.get("Modality", "")), str(ds.get("BurnedInAnnotation", "")).upper()
    image_type = [str(part) for part in ds.get("ImageType") or ()]
    pixels = "PixelData" in ds
    screen = str(ds.get("SOPClassUID", "")).startswith(_SECONDARY_CAPTURE)
    screen = screen or "SECONDARY" in image_type or "SCREEN SAVE" in image_type
    if pixels and said == "YES":
        found.append("BurnedInAnnotation is YES: text in the picture stays; look and blank it")
    elif pixels and said != "NO" and (modality in _OFTEN_BURNED_IN or screen):
        found.append(
            f"{modality or 'secondary'} images often have text burned into the picture; look at "
            "each before you pass it on"
        )
    part = str(ds.get("BodyPartExamined", "")).upper()
    if pixels and modality in ("CT", "MR", "PT") and ("HEAD" in part or "BRAIN" in part):
        found.append(f"a face can be rebuilt from a {modality} of the head")
    if str(ds.get("RecognizableVisualFeatures", "")).upper() == "YES":
        found.append("RecognizableVisualFeatures is YES: the picture shows the person")
    if "EncapsulatedDocument" in ds or modality in ("SR", "DOC"):
        found.append("a document may name the patient in its text; read it")
    return found
