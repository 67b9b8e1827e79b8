"""What a DICOM header says about its image."""

import struct
from pathlib import Path

import pydicom
import pydicom.pixels

from medkit.data.dicom.facts import FACTS, TEXT, TEXTS, ImageFile, keep, keep_text
from medkit.data.dicom.parse import DEFLATED, PIXEL_DATA, PIXEL_TAGS, dataset, parse, quiet
from medkit.data.dicom.source import DicomError, File

_IMPLICIT, _EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"


def read_header(file: File) -> ImageFile:
    """Read what a file says about its image: any transfer syntax, nested data sets, odd files.

    Raises
    ------
    DicomError
        If it is no DICOM file, or one that cannot be parsed.
    """
    try:
        return _read(file)
    except OSError as error:  # a disk that fails while it is read
        raise DicomError(
            f"{file.name}: cannot be read to its end ({error.strerror or type(error).__name__}). "
            "Copy it again."
        ) from error


def _is_plain_text(value: bytes) -> bool:
    """Whether bytes are ASCII: no eighth bit, and no escape to another character set.

    ISO 2022 IR 87, Japanese, has seven bits only; its escape sequence gives it away.
    """
    return value.isascii() and b"\x1b" not in value


def _read(file: File) -> ImageFile:
    ds, offset = parse(file, pixels=False, defer=True)
    meta = getattr(ds, "file_meta", None) or pydicom.Dataset()
    syntax = _meta_syntax(meta)
    if not syntax:
        implicit, little = ds.original_encoding
        syntax = _IMPLICIT if implicit else _EXPLICIT if little else "1.2.840.10008.1.2.2"
    image = ImageFile(file, {}, syntax, ds)
    for tag, (keyword, kind) in FACTS.items():
        try:
            element = ds.get_item(tag)
            if element is None or not element.value:
                continue
            if isinstance(element, pydicom.dataelem.RawDataElement) and (
                _is_plain_text(element.value) or kind not in (TEXT, TEXTS)
            ):
                keep(image, keyword, kind, element.value, element.is_little_endian)
            else:
                with quiet():
                    keep_text(image, keyword, kind, ds[tag].value)
        # A wrong type or length surfaces as almost any error: the attribute is not used.
        except Exception as error:
            image.notes.append(f"{file.name}: {keyword} is unreadable ({type(error).__name__}).")
    if getattr(ds, "cut_at", PIXEL_DATA) not in PIXEL_TAGS:
        raise DicomError(f"{file.name}: ends within its header. Copy the file again.")
    _locate(image, offset)
    if not image.pixel_length:
        raise DicomError(_no_picture(image))
    refuse_syntax(file.name, syntax)
    return image


def _no_picture(image: ImageFile) -> str:
    """Say what a file without pixels is, and what reads it."""
    uid = image.facts.get("SOPClassUID", "")
    with quiet():
        name = pydicom.uid.UID(uid).name
    what = name if name != uid else f"{image.facts.get('Modality', 'an object')} of unknown kind"
    reader = f'medkit.data.dicom.header("{image.file.name}") shows what it holds'
    if "Image Storage" in name:
        reader = "its pixels are missing: export it again"
    elif " SR " in name or "ContentSequence" in image.dataset:
        reader = "medkit.data.dicom.structured_report.read reads it"
    elif "ECG" in name:
        reader = "medkit.data.dicom.ecg.read reads it"
    return f"{image.file.name}: has no pixels, so it holds no picture. It is {what}; {reader}."


#: Compressions of the standard that pydicom 3 does not name (PS3.6, table A-1).
_NEW_SYNTAXES = {
    "1.2.840.10008.1.2.4.110": "JPEG XL Lossless",
    "1.2.840.10008.1.2.4.111": "JPEG XL JPEG Recompression",
    "1.2.840.10008.1.2.4.112": "JPEG XL",
    "1.2.840.10008.1.2.8.1": "Deflated Image Frame Compression",
}


def syntax_name(uid: str) -> str:
    """Return what a transfer syntax is called, with its UID where that is not enough."""
    with quiet():
        name = _NEW_SYNTAXES.get(uid) or pydicom.uid.UID(uid).name
    return "an unknown transfer syntax" if name == uid else name


def refuse_syntax(name: str, uid: str) -> None:
    """Refuse pixels that are packed in a way that nobody here can unpack.

    Raises
    ------
    DicomError
        If pydicom has no decoder for this transfer syntax.
    """
    try:
        with quiet():
            pydicom.pixels.get_decoder(pydicom.uid.UID(uid))
    except NotImplementedError as error:
        raise DicomError(
            f"{name}: its pixels are packed as {syntax_name(uid)} ({uid}), which this kit cannot "
            "unpack. Export it uncompressed (Explicit VR Little Endian), or as JPEG 2000."
        ) from error


def _meta_syntax(meta) -> str:
    try:
        with quiet():
            return str(meta.get("TransferSyntaxUID", "")).strip(" \0")
    except Exception:  # whatever is wrong with it, it is not there
        return ""


def _locate(image: ImageFile, offset: int) -> None:
    """Find the pixel element where pydicom stopped: before it, or at the end of the file."""
    if image.syntax == DEFLATED:
        # Inside the deflated stream; pydicom takes it from there.
        image.pixel_length = -1 if "PixelData" in dataset(image.file) else 0
        return
    size = Path(image.file.path).stat().st_size
    with open(image.file.path, "rb") as stream:
        stream.seek(offset)
        head = stream.read(12)
    if len(head) < 8:
        return  # no pixels
    big = image.syntax == "1.2.840.10008.1.2.2"
    group, element = struct.unpack_from(">HH" if big else "<HH", head)
    tag = group << 16 | element
    if tag not in PIXEL_TAGS:
        return
    if head[4:6] in (b"OB", b"OW", b"OF", b"OD", b"UN") and len(head) == 12:
        length, start = struct.unpack_from(">I" if big else "<I", head, 8)[0], offset + 12
    else:
        length, start = struct.unpack_from("<I", head, 4)[0], offset + 8
    present = size - start
    image.pixel_length = present if length == 0xFFFFFFFF else min(length, present)
    if image.syntax in (_IMPLICIT, _EXPLICIT) and tag == PIXEL_DATA and length != 0xFFFFFFFF:
        image.pixel_offset = start
