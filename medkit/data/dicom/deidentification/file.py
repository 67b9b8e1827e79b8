"""De-identify one DICOM file: clean it, mark it, write it, search it, and say what was lost."""

import io
from collections import Counter

import numpy as np
import pydicom

from medkit.data.dicom.deidentification.check import Search, read_back
from medkit.data.dicom.deidentification.rules import KEEP, Cleaner, patient, table
from medkit.data.dicom.parse import dataset, quiet
from medkit.data.dicom.source import DicomError, File

#: Kinds of images that often carry a name within the picture itself.
_OFTEN_BURNED_IN = {"US", "SC", "XC", "ES", "GM", "OT", "OP", "XA", "RF", "DOC", "SM", "ECG"}
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_PIXELS = {0x7FE00008, 0x7FE00009, 0x7FE00010}
_FIRST_WRITE = "or write the values themselves first, dicom.write(dicom.read(source), folder)"


class Work:
    """De-identifies one file after the other, and remembers what to report.

    Parameters
    ----------
    secret : str
        New UIDs and pseudonyms are derived from it.
    keep : set of str
        Keys of `KEEP`.

    Attributes
    ----------
    changes, warnings : Counter
        See `medkit.data.dicom.deidentification.Report`.
    """

    def __init__(self, secret: str, keep: set[str]):
        self.profile, self.secret, self.keep = table(), secret, keep
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
        cleaner = Cleaner(self.profile, self.secret, self.keep, patient(ds), changes)
        cleaner.clean(ds)
        if cleaner.who and not ds.get("PatientID"):  # so that a split by patient has one
            ds.PatientID = cleaner.pseudonym
            changes["(0010,0020)", "PatientID", "added"] += 1
        warnings += _trim_pixels(ds) + _clear_overlays(ds, changes)
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
    except Exception:  # it does not say which element: write each alone, leave out those that fail
        for tag in set(ds.keys()) - _PIXELS:
            alone = pydicom.Dataset({tag: ds.get_item(tag)})
            alone.file_meta, alone.preamble = ds.file_meta, ds.preamble
            try:
                _written(alone)
            except Exception:  # whatever pydicom raises; what cannot be written is left out
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


def _clear_overlays(ds: pydicom.Dataset, changes: Counter) -> list[str]:
    """Remove what is left of overlays, and the drawings of old ones in the pixels' unused bits."""
    left = [tag for tag in list(ds.keys()) if tag.group & 0xFF00 == 0x6000]
    bits = {ds[tag].value for tag in left if tag.element == 0x0102 and ds[tag].value}
    for tag in left:
        changes[f"({tag.group:04X},{tag.element:04X})", ds[tag].keyword, "removed"] += 1
        del ds[tag]
    first = int(ds.get("HighBit") or 0) + 1
    bits = {bit for bit in bits if first <= bit < int(ds.get("BitsAllocated") or 0)}
    if not bits or "PixelData" not in ds:
        return []
    if ds["PixelData"].is_undefined_length or ds.BitsAllocated != 16:
        return ["an overlay in unused bits of the pixels stays, as they are compressed"]
    order = "<" if ds.original_encoding[1] else ">"
    mask = 0xFFFF - sum(1 << bit for bit in bits)
    ds.PixelData = (np.frombuffer(ds.PixelData, f"{order}u2") & np.uint16(mask)).tobytes()
    return ["an overlay in unused bits of the pixels was cleared"]


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
    whole = getattr(ds, "whole_frames", None)
    if whole is not None and whole < int(ds.get("NumberOfFrames") or 1):
        found.append("the file was cut: some of its frames are missing")
    meta = getattr(ds, "file_meta", {})
    kind = getattr(ds.get("SOPClassUID") or meta.get("MediaStorageSOPClassUID"), "name", "")
    if "Image Storage" in kind and not _PIXELS & set(ds.keys()):
        found.append("there is no picture in a file that should have one: it may have been cut")
    age = str(ds.get("PatientAge") or "")
    if "patient" in keep and age.endswith("Y") and age[:-1].isdigit() and int(age[:-1]) > 89:
        found.append("an age above 89 is kept, which few people reach: change it before you share")
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
