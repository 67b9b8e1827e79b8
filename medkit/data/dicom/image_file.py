"""What a DICOM header says about its image."""

import os

import pydicom
import pydicom.pixels

from medkit.data.dicom.facts import NAMES, ImageFile, value_of
from medkit.data.dicom.parse import dataset, parse
from medkit.data.dicom.source import DicomError, File


def read_header(file: File) -> ImageFile:
    """Read what a file says about its image: any transfer syntax, nested data sets, odd files.

    Raises
    ------
    DicomError
        If it is no DICOM file, cannot be parsed, or holds no pixels that can be unpacked.
    """
    ds, offset = parse(file, pixels=False, defer=True)
    implicit, little = ds.original_encoding
    syntax = pydicom.uid.UID(str(ds.file_meta.get("TransferSyntaxUID", "")).strip(" \0"))
    if not syntax:
        explicit = "1.2.840.10008.1.2.1" if little else "1.2.840.10008.1.2.2"
        syntax = pydicom.uid.UID("1.2.840.10008.1.2" if implicit else explicit)
    image = ImageFile(file, {}, syntax, ds)
    for keyword in NAMES:
        try:
            value = value_of(ds, keyword) if keyword in ds else None
        # A wrong type or length surfaces as almost any error: the attribute is not used.
        except Exception:
            image.notes.append(f"{file.name}: {keyword} is unreadable and not used.")
            continue
        if value is not None:
            image.facts[keyword] = value
    if syntax == pydicom.uid.DeflatedExplicitVRLittleEndian:  # its file's size says nothing
        image.pixel_length = len(dataset(file).get("PixelData") or b"")
    else:
        # Behind the pixels' tag and length, before which pydicom stopped.
        left = os.path.getsize(file.path) - offset - (8 if implicit else 12)
        image.pixel_length = max(0, left)
    if not image.pixel_length:
        uid = pydicom.uid.UID(image.facts.get("SOPClassUID", ""))
        raise DicomError(
            f"{file.name}: has no pixels, so it holds no picture. It is "
            f"{uid.name or image.facts.get('Modality', 'of unknown kind')}; "
            f'pydicom.dcmread("{file.name}") shows what it holds.'
        )
    try:
        pydicom.pixels.get_decoder(syntax)
    except NotImplementedError as error:
        raise DicomError(
            f"{file.name}: its pixels are packed as {syntax.name}, which this kit cannot unpack. "
            "Export it uncompressed (Explicit VR Little Endian), or as JPEG 2000."
        ) from error
    return image
