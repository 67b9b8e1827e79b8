"""Parse any DICOM file with pydicom, also one without the usual beginning."""

import contextlib
import warnings

import pydicom

from medkit.data.dicom.source import DicomError, File

PIXEL_TAGS = {0x7FE00008, 0x7FE00009, 0x7FE00010}
#: Values longer than this many bytes decide no geometry and are not read with the header.
LONG_VALUE = 2**20
#: First bytes of files without the usual beginning: group 2 or 8, in either byte order.
_BARE = (b"\x02\0", b"\x08\0", b"\0\x02", b"\0\x08")


@contextlib.contextmanager
def reading(name: str, what: str = "is damaged and cannot be read"):
    """Let nothing out of a block that touches a file but a `DicomError` that names the file.

    Elements are converted when they are touched, and a damaged one can raise anything. pydicom's
    remarks on odd values are kept from the screen; the notes say what matters.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (DicomError, GeneratorExit, KeyboardInterrupt, SystemExit):
        raise
    except PermissionError as error:
        raise DicomError(f"{name}: cannot be opened ({error.strerror}).") from error
    # A decoder written in Rust panics with an error that is no Exception.
    except BaseException as error:
        raise DicomError(f"{name}: {what}. Export or copy it again.") from error


def dataset(file: File, *, defer: bool = False) -> pydicom.Dataset:
    """Parse a file with pydicom; with `defer`, values longer than `LONG_VALUE` stay in it.

    Raises
    ------
    DicomError
        If it is not DICOM or is damaged beyond parsing.
    """
    return parse(file, defer=defer)[0]


def parse(file: File, *, pixels: bool = True, defer: bool) -> tuple[pydicom.Dataset, int]:
    """Parse a file, all of it or as far as its pixels; return where parsing ended, too.

    Raises
    ------
    DicomError
        If it is not DICOM or is damaged beyond parsing.
    """
    with reading(file.name), open(file.path, "rb") as stream:
        head = stream.read(132)
        if head[128:] != b"DICM" and head[:2] not in _BARE:
            raise DicomError(f"{file.name}: is not a DICOM file. Leave it out.")
        stream.seek(0)
        long = LONG_VALUE if defer else None
        ds = pydicom.dcmread(stream, long, stop_before_pixels=not pixels, force=True)
        if not len(ds):  # so pydicom returns a file that ends within a sequence
            raise EOFError
        return ds, stream.tell()
