"""Take the patient out of DICOM files, and say what was changed.

What becomes of each element is in ``deidentify_rules``; every new file is then searched for
what it must not hold any more, by ``deidentify_check``. Around them this module reads, writes,
and reports.
"""

import html
import io
import secrets
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import pydicom

from medkit.data.deidentify_check import Search, read_back
from medkit.data.deidentify_rules import KEEP, Cleaner, patient, table
from medkit.data.dicom_parse import dataset, quiet
from medkit.data.dicom_source import DicomError, File, files, new_folder

#: Kinds of images that often carry a name within the picture itself.
_OFTEN_BURNED_IN = {"US", "SC", "XC", "ES", "GM", "OT", "OP", "XA", "RF", "DOC", "SM", "ECG"}
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_PIXELS = {0x7FE00008, 0x7FE00009, 0x7FE00010}
_FIRST_WRITE = "or write the values themselves first, dicom.write(dicom.read(source), folder)"


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


def deidentify(source, folder, *, key: str | None = None, keep: Collection[str] = ()) -> Report:
    """Copy DICOM files without what identifies the patient.

    Every UID is replaced by one derived from it and a secret, the same in every file,
    so series, studies and references hold together; each patient gets a pseudonym, made
    of the PatientID in the same way, so that a split by patient still works. Private
    elements go. Of structured reports the tree, codes and numbers stay and the texts go.
    File names are new, as old ones may tell a name. Each new file is searched for the old
    names, numbers, dates and UIDs: an element that still holds one is removed. The pixels
    are not touched: a name burned into the picture stays, and the report warns where that
    is likely.

    Parameters
    ----------
    source : path or iterable of paths
        A file, a folder, a zip archive or several of them.
    folder : path
        A new or empty folder. It appears complete or, on any failure, not at all.
    key : str, optional
        A secret. The same key gives the same new UIDs and pseudonyms, so that files that
        come later still fit; by default a new one is drawn and forgotten.
    keep : collection of str
        What the profile would take away and your question needs: "patient" keeps sex,
        age, size, weight and the like; "times" keeps times of day and moves all dates of
        a patient back by the same secret number of days. PET needs both for SUV.

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
        If the key is empty, or there is no such thing to keep.

    References
    ----------
    DICOM PS3.15, annex E, Attribute Confidentiality Profiles.
    """
    keep = {keep} if isinstance(keep, str) else set(keep)
    if keep - set(KEEP):
        raise ValueError(f"keep is {sorted(keep)}; it may hold {', '.join(map(repr, KEEP))}")
    if key is not None and not str(key).strip():
        raise ValueError("key is empty: give a secret text, or leave it out to have one drawn")
    work = _Work(table(), key or secrets.token_hex(16), keep)
    skipped, places = [], Counter()
    with files(source) as listed, new_folder(folder) as out:
        for file in listed:
            try:
                uid, data = work.clean(file)
            except DicomError as error:
                skipped.append(str(error))
                continue
            _save(uid, data, out, places)
        if not places:
            why = "\n".join(skipped[:5]) or "The folder is empty."
            raise DicomError(f"There is no DICOM file to de-identify.\n{why}")
    said = [f"{text} ({number} file(s))" for text, number in work.warnings.items()]
    return Report(Path(folder), places.total(), dict(work.changes), tuple(said), tuple(skipped))


class _Work:
    """De-identifies one file after the other, and remembers what to report."""

    def __init__(self, profile, secret: str, keep: set[str]):
        self.profile, self.secret, self.keep = profile, secret, keep
        self.changes: Counter = Counter()
        self.warnings: Counter = Counter()
        self.new_uids = {tag for tag, action in profile.items() if "UID" in action}

    def clean(self, file: File) -> tuple[str, bytes]:
        """Return the new series UID and the bytes of the new file.

        Raises
        ------
        DicomError
            If it is not DICOM, or not safe to pass on.
        """
        ds = dataset(file)
        # Elements convert when touched; a damaged one can raise anything, and then the file is
        # not safe to pass on.
        try:
            with quiet(), pydicom.config.disable_value_validation():
                return self._clean(file, ds)
        except DicomError:
            raise
        except Exception as error:
            raise DicomError(
                f"{file.name}: is damaged, so it is not sure that the patient is out of it, and "
                "it is not passed on. Export it again."
            ) from error

    def _clean(self, file: File, ds: pydicom.Dataset) -> tuple[str, bytes]:
        if not len(ds):
            raise DicomError(f"{file.name}: holds no element that can be read. Copy it again.")
        if "DirectoryRecordSequence" in ds:
            raise DicomError(
                f"{file.name}: is a directory of the old files (DICOMDIR), of no use with the new "
                "ones."
            )
        _refuse_cut(file, ds)
        changes: Counter = Counter()
        warnings = _warnings(ds) + _losses(ds, self.keep)
        search = Search(ds, self.new_uids)
        Cleaner(self.profile, self.secret, self.keep, patient(ds), changes).clean(ds)
        warnings += _trim_pixels(ds)
        _mark(ds, self.keep, changes)
        data, found = _searched(_encoded(ds), search)
        if found and "BitsAllocated" in ds and not _PIXELS & set(read_back(data).keys()):
            raise DicomError(
                f"{file.name}: a damaged element has swallowed the picture. Export it again."
            )
        for keyword in found:
            warnings.append(f"{keyword} held an identifier or what has no place there, taken out")
        self.changes.update(changes)
        self.warnings.update(dict.fromkeys(warnings, 1))
        return str(ds.get("SeriesInstanceUID", "")), data


def _refuse_cut(file: File, ds: pydicom.Dataset) -> None:
    """Refuse a file that ends too early: what is missing cannot be cleaned."""
    short = [getattr(ds, "cut_at", 0)] if not getattr(ds, "whole_frames", 0) else []
    for tag in list(ds.keys()):
        raw = ds.get_item(tag)
        if getattr(raw, "length", 0xFFFFFFFF) != 0xFFFFFFFF and len(raw.value or b"") < raw.length:
            if tag > max(_PIXELS):
                del ds[tag]  # what stands behind the picture is of no use to anybody
            else:
                short.append(tag)
    if any(short):
        keyword = pydicom.datadict.keyword_for_tag(max(short)) or "an element"
        raise DicomError(f"{file.name}: ends within {keyword}. Copy or export it again.")


def _encoded(ds: pydicom.Dataset) -> bytes:
    """Return the bytes of a file, without the elements that cannot be written."""
    try:
        return _written(ds)
    except Exception:
        for tag in set(ds.keys()) - _PIXELS:
            alone = pydicom.Dataset({tag: ds.get_item(tag)})
            alone.file_meta, alone.preamble = ds.file_meta, ds.preamble
            try:
                _written(alone)
            except Exception:
                del ds[tag]
        return _written(ds)


def _written(ds: pydicom.Dataset) -> bytes:
    buffer, syntax = io.BytesIO(), ds.file_meta.TransferSyntaxUID
    # Compressions younger than pydicom: all that the standard adds are explicit, little endian.
    known = syntax.is_private or syntax in pydicom.uid.UID_dictionary
    order = {} if known else {"implicit_vr": False, "little_endian": True}
    pydicom.dcmwrite(buffer, ds, force_encoding=not known, **order)
    return buffer.getvalue()


def _searched(data: bytes, search: Search) -> tuple[bytes, list[str]]:
    """Return a file's bytes without the elements that hold what is searched for, and their names.

    Raises
    ------
    ValueError
        If it cannot be got rid of.
    """
    found: list[str] = []
    for _ in range(3):  # what was swallowed may come to light when it is read again
        ds = read_back(data)
        lost = search.purge(ds)
        if not lost and search.is_clean(data):
            return data, found
        found += lost
        data = _encoded(ds)
    raise ValueError("identifiers stay in the file")


def _trim_pixels(ds: pydicom.Dataset) -> list[str]:
    """Remove what stands behind the last pixel of an uncompressed picture."""
    if "PixelData" not in ds or ds["PixelData"].is_undefined_length:
        return []
    try:
        bits = int(ds.Rows) * int(ds.Columns) * int(ds.BitsAllocated)
        bits *= int(ds.get("SamplesPerPixel") or 1) * int(ds.get("NumberOfFrames") or 1)
    except (AttributeError, TypeError, ValueError):
        return []  # its header describes no picture
    if ds.get("PhotometricInterpretation") == "YBR_FULL_422":
        bits = bits * 2 // 3
    length = (bits + 7) // 8
    length += length % 2
    if not 0 < length < len(ds.PixelData):
        return []
    ds.PixelData = ds.PixelData[:length]
    return ["bytes behind the last pixel were removed"]


def _mark(ds: pydicom.Dataset, keep: set[str], changes: Counter) -> None:
    """Say in the file what was done to it (PS3.15, E.1.1), and renew its beginning."""
    ds.PatientIdentityRemoved = "YES"
    ds.DeidentificationMethod = "medkit with dicom-anonymizer"
    codes = [("113100", "Basic Application Confidentiality Profile")]
    if "ContentSequence" in ds:
        codes.append(("113104", "Clean Structured Content Option"))
    ds.DeidentificationMethodCodeSequence = []
    for value, meaning in codes + [KEEP[name] for name in sorted(keep)]:
        code = pydicom.Dataset()
        code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, "DCM", meaning
        ds.DeidentificationMethodCodeSequence.append(code)
    ds.LongitudinalTemporalInformationModified = "MODIFIED" if "times" in keep else "REMOVED"
    for keyword in ("PatientIdentityRemoved", "DeidentificationMethod",
                    "DeidentificationMethodCodeSequence",
                    "LongitudinalTemporalInformationModified"):  # fmt: skip
        tag = pydicom.datadict.tag_for_keyword(keyword)
        changes[f"({tag >> 16:04X},{tag & 0xFFFF:04X})", keyword, "added"] += 1
    ds.preamble = b"\0" * 128
    meta = pydicom.dataset.FileMetaDataset()
    implicit, little = ds.original_encoding
    syntax = getattr(ds, "file_meta", {}).get("TransferSyntaxUID")
    if syntax and not pydicom.uid.UID(syntax).is_valid:
        raise ValueError("a transfer syntax that is none has swallowed other elements")
    plain = pydicom.uid.ImplicitVRLittleEndian if implicit else pydicom.uid.ExplicitVRLittleEndian
    meta.TransferSyntaxUID = syntax or (plain if little else pydicom.uid.ExplicitVRBigEndian)
    meta.MediaStorageSOPClassUID = ds.get("SOPClassUID", _SECONDARY_CAPTURE)
    # Nothing else of the old beginning is kept: it can name the sending machine.
    meta.MediaStorageSOPInstanceUID = ds.get("SOPInstanceUID") or pydicom.uid.generate_uid(None)
    pydicom.dataset.validate_file_meta(meta)
    meta.FileMetaInformationGroupLength = 0  # counted when it is written
    ds.file_meta = meta


def _save(uid: str, data: bytes, out: Path, places: Counter) -> None:
    known = list(places)
    place = known.index(uid) + 1 if uid in places else len(known) + 1
    folder = out / f"series{place:02d}"
    folder.mkdir(exist_ok=True)
    places[uid] += 1
    (folder / f"{places[uid]:04d}.dcm").write_bytes(data)


def _losses(ds: pydicom.Dataset, keep: set[str]) -> list[str]:
    """Name what the kit can read from this file and will not be able to read from the new one."""
    found = []
    units = str(ds.get("Units", ""))
    if ds.get("Modality") == "PT" and units == "BQML" and len(keep) < len(KEEP):
        found.append(
            "no SUV can be computed from the new files, as the profile takes away weight and "
            f'times; keep them with keep=("patient", "times"), {_FIRST_WRITE}'
        )
    if ds.get("Modality") == "PT" and (0x7053, 0x1000) in ds and units == "CNTS":
        found.append(f"counts cannot become SUV without Philips' private factors; {_FIRST_WRITE}")
    if "MOSAIC" in (ds.get("ImageType") or ()):
        found.append(
            "a mosaic's slices cannot be told apart without Siemens' private elements: the new "
            "file is one flat picture; write them as files of their own first, "
            "dicom.write(dicom.read(source), folder)"
        )
    whole, claimed = getattr(ds, "whole_frames", None), int(ds.get("NumberOfFrames") or 1)
    if whole is not None and whole < claimed:
        found.append("the file was cut: some of its frames are missing")
    meta = getattr(ds, "file_meta", {})
    kind = getattr(ds.get("SOPClassUID") or meta.get("MediaStorageSOPClassUID"), "name", "")
    if "Image Storage" in kind and not _PIXELS & set(ds.keys()):
        found.append("there is no picture in a file that should have one: it may have been cut")
    if not str(ds.get("PatientID") or "").strip():
        found.append("there is no PatientID: patients are told apart by their names or studies")
    return found


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
    if "EncapsulatedDocument" in ds:
        found.append("the document inside the file was taken out, as its text may name the patient")
    if "ContentSequence" in ds:
        found.append("the report's texts and private codes were replaced; codes and numbers stay")
    return found
