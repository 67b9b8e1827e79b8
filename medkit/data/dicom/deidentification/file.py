"""De-identify one DICOM file: clean it, mark it, write it, search it, and say what was lost."""

import io
from collections import Counter

import pydicom

from medkit.data.dicom.deidentification.check import Search
from medkit.data.dicom.deidentification.rules import Cleaner, patient, table
from medkit.data.dicom.parse import PIXEL_TAGS, dataset, reading
from medkit.data.dicom.source import DicomError, File

#: Kinds of images that often carry a name within the picture itself.
_OFTEN_BURNED_IN = {"US", "SC", "XC", "ES", "GM", "OT", "OP", "XA", "RF", "DOC", "SM", "ECG"}
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


class Work:
    """De-identifies one file after the other, and remembers what to report.

    Parameters
    ----------
    secret : str
        New UIDs and pseudonyms are derived from it.

    Attributes
    ----------
    changes, warnings : Counter
        See `medkit.data.dicom.deidentification.Report`.
    """

    def __init__(self, secret: str):
        self.profile, self.secret = table(), secret
        self.changes: Counter = Counter()
        self.warnings: Counter = Counter()
        self.new_uids = {tag for tag, action in self.profile.items() if "UID" in action}

    def clean(self, file: File) -> tuple[str, bytes]:
        """Return the new series UID and the bytes of the new file.

        Raises
        ------
        DicomError
            If it is not DICOM, or not safe to pass on.
        """
        ds = dataset(file)
        what = (
            "is damaged, so it is not sure that the patient is out of it, and it is not passed on"
        )
        with reading(file.name, what), pydicom.config.disable_value_validation():
            return self._clean(file, ds)

    def _clean(self, file: File, ds: pydicom.Dataset) -> tuple[str, bytes]:
        if "DirectoryRecordSequence" in ds:
            raise DicomError(
                f"{file.name}: is a directory of the old files (DICOMDIR), of no use with the new "
                "ones."
            )
        _refuse_cut(file, ds)
        changes: Counter = Counter()
        warnings = _warnings(ds)
        search = Search(ds, self.new_uids)
        cleaner = Cleaner(self.profile, self.secret, patient(ds), changes)
        cleaner.clean(ds)
        if cleaner.who and not ds.get("PatientID"):  # so that a split by patient has one
            ds.PatientID = cleaner.pseudonym
            changes["(0010,0020)", "PatientID", "added"] += 1
        _mark(ds, changes)
        # Read again, as others will: only what was swallowed by a wrong length stays together.
        ds = pydicom.dcmread(io.BytesIO(_written(ds)))
        found = search.purge(ds)
        data = _written(ds)
        if not search.is_clean(data):
            raise ValueError("identifiers stay in the file")
        if found and "BitsAllocated" in ds and not PIXEL_TAGS & set(ds.keys()):
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
    for tag in list(ds.keys()):
        raw = ds.get_item(tag)
        length = getattr(raw, "length", 0xFFFFFFFF)
        if length != 0xFFFFFFFF and len(raw.value or b"") < length:
            keyword = pydicom.datadict.keyword_for_tag(tag) or "an element"
            raise DicomError(f"{file.name}: ends within {keyword}. Copy or export it again.")


def _written(ds: pydicom.Dataset) -> bytes:
    buffer = io.BytesIO()
    pydicom.dcmwrite(buffer, ds)
    return buffer.getvalue()


def _mark(ds: pydicom.Dataset, changes: Counter) -> None:
    """Say in the file what was done to it (PS3.15, E.1.1), and renew its beginning."""
    ds.PatientIdentityRemoved = "YES"
    ds.DeidentificationMethod = "medkit with dicom-anonymizer"
    code = pydicom.Dataset()
    code.CodeValue, code.CodingSchemeDesignator = "113100", "DCM"
    code.CodeMeaning = "Basic Application Confidentiality Profile"
    ds.DeidentificationMethodCodeSequence = [code]
    ds.LongitudinalTemporalInformationModified = "REMOVED"
    for keyword in (
        "PatientIdentityRemoved",
        "DeidentificationMethod",
        "DeidentificationMethodCodeSequence",
        "LongitudinalTemporalInformationModified",
    ):
        tag = pydicom.datadict.tag_for_keyword(keyword)
        changes[f"({tag >> 16:04X},{tag & 0xFFFF:04X})", keyword, "added"] += 1
    ds.preamble = b"\0" * 128
    meta = pydicom.dataset.FileMetaDataset()
    implicit, little = ds.original_encoding
    syntax = ds.file_meta.get("TransferSyntaxUID")
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


def _warnings(ds: pydicom.Dataset) -> list[str]:
    """Name what may still identify the patient, from the header before it is cleaned."""
    found = []
    modality, burned_in = str(ds.get("Modality", "")), str(ds.get("BurnedInAnnotation", "")).upper()
    image_type = [str(part) for part in ds.get("ImageType") or ()]
    pixels = "PixelData" in ds
    screen = str(ds.get("SOPClassUID", "")).startswith(_SECONDARY_CAPTURE)
    screen = screen or "SECONDARY" in image_type or "SCREEN SAVE" in image_type
    if pixels and burned_in == "YES":
        found.append("BurnedInAnnotation is YES: text in the picture stays; look and blank it")
    elif pixels and burned_in != "NO" and (modality in _OFTEN_BURNED_IN or screen):
        found.append(
            f"{modality or 'secondary'} images often have text burned into the picture; look at "
            "each before you pass it on"
        )
    part = str(ds.get("BodyPartExamined", "")).upper()
    if pixels and modality in ("CT", "MR", "PT") and ("HEAD" in part or "BRAIN" in part):
        found.append(f"a face can be rebuilt from a {modality} of the head")
    if any(e.tag.group & 0xFF00 == 0x6000 and e.tag.element == 0x0102 and e.value for e in ds):
        found.append("old overlays may be drawn in unused bits of the pixels, which stay")
    if "EncapsulatedDocument" in ds:
        found.append("the document inside the file was taken out, as its text may name the patient")
    if "ContentSequence" in ds:
        found.append("the report's content was taken out, as its texts may name the patient")
    return found
