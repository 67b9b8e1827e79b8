"""Parse any DICOM file with pydicom: without the usual beginning, deflated, or cut short."""

import contextlib
import struct
import warnings
import zlib

import pydicom

from medkit.data.dicom.source import DicomError, File

PIXEL_DATA = 0x7FE00010
PIXEL_TAGS = {PIXEL_DATA, 0x7FE00008, 0x7FE00009}
DEFLATED = "1.2.840.10008.1.2.1.99"
#: A deflated data set may grow to this many bytes.
MAX_INFLATED = 2**28
#: Values longer than this many bytes decide no geometry and are not read with the header.
LONG_VALUE = 2**20
SHORT_VR = {
    b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT",
    b"PN", b"SH", b"SL", b"SS", b"ST", b"TM", b"UI", b"UL", b"US",
}  # fmt: skip
#: A frame of JPEG or JPEG-LS, of JPEG 2000, and of run lengths (in up to 15 segments) begins so.
_FRAME_STARTS = (b"\xff\xd8", b"\xff\x4f", *(bytes([n, 0, 0, 0]) for n in range(1, 16)))


@contextlib.contextmanager
def quiet():
    """Keep pydicom's remarks on odd values from the screen; the notes say what matters."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def dataset(file: File, *, defer: bool = False) -> pydicom.Dataset:
    """Parse a file with pydicom, also one without the usual beginning.

    With `defer`, values longer than `LONG_VALUE` stay in the file.

    Raises
    ------
    DicomError
        If it is not DICOM or is damaged beyond parsing.
    """
    return parse(file, defer=defer)[0]


def parse(file: File, *, pixels: bool = True, defer: bool) -> tuple[pydicom.Dataset, int]:
    """Parse a file, all of it or as far as its pixels; return where parsing ended, too.

    A data set that was cut short says so: ``cut_at`` is the tag of the element that is not
    whole, ``whole_frames`` the number of compressed frames that are.

    Raises
    ------
    DicomError
        If it is not DICOM or is damaged beyond parsing.
    """
    _refuse_deflate_bomb(file)
    with file.open() as stream:
        head = stream.read(132)
        stream.seek(0)
        if head[128:] != b"DICM" and not _looks_bare(head):
            raise DicomError(f"{file.name}: is not a DICOM file. Leave it out.")
        # A damaged file can raise anything inside the parser, and each means the same.
        try:
            with quiet():
                try:
                    ds = pydicom.dcmread(
                        stream,
                        stop_before_pixels=not pixels,
                        defer_size=LONG_VALUE if defer else None,
                        force=True,
                    )
                except Exception:  # a file cut short may still be read up to the cut
                    ds = pydicom.Dataset()
                if not len(ds):
                    ds = _parse_cut(stream, pixels=pixels)
            return ds, stream.tell()
        except Exception as error:
            raise DicomError(
                f"{file.name}: is damaged and cannot be parsed. Export or copy it again."
            ) from error


def _parse_cut(stream, *, pixels: bool) -> pydicom.Dataset:
    """Parse a file that ends, or is damaged, within a sequence or its compressed pixels.

    pydicom then returns nothing at all. Here every element before that one is kept, and of
    compressed pixels the frames that are whole.
    """
    seen: list[int] = []

    def to(last: int | None) -> pydicom.Dataset:
        stream.seek(0)
        seen.clear()

        def stop(tag, _vr, _length) -> bool:
            seen.append(tag)
            return len(seen) == last or (not pixels and tag in PIXEL_TAGS)

        return pydicom.filereader.read_partial(stream, stop_when=stop, force=True)

    try:
        ds = to(None)
    except Exception:  # read again below, up to the element at which it failed
        if len(seen) < 2:
            raise
        ds = pydicom.Dataset()
    if len(ds) or not seen:
        return ds
    ds = to(len(seen))
    ds.cut_at = seen[-1]
    if seen[-1] == PIXEL_DATA:
        start = stream.tell()
        stream.read(12)  # tag, OB, length
        value, ds.whole_frames = whole_frames(stream.read())
        if value:
            element = pydicom.DataElement(PIXEL_DATA, "OB", value, is_undefined_length=True)
            ds[PIXEL_DATA] = element
        stream.seek(start)
    return ds


def whole_frames(data: bytes) -> tuple[bytes, int]:
    """Return the frames of cut encapsulated pixels that are whole, and how many they are.

    Parameters
    ----------
    data : bytes
        Items as PS3.5, A.4 describes them, the table of offsets first, without an end.
    """
    fragments, at, whole = [], 0, True
    while at + 8 <= len(data):
        group, element, length = struct.unpack_from("<HHI", data, at)
        if (group, element) != (0xFFFE, 0xE000):
            break
        whole = at + 8 + length <= len(data)
        fragments.append(data[at + 8 : at + 8 + length])
        at += 8 + length
    cut = [] if whole else fragments[-1:]
    frames: list[list[bytes]] = []
    for fragment in fragments[1:]:
        if not frames or fragment.startswith(_FRAME_STARTS) or fragment[4:8] == b"jP  ":
            frames.append([])
        frames[-1].append(fragment)
    if cut and frames:
        frames.pop()
    items = [b"", *(fragment for frame in frames for fragment in frame)]
    value = b"".join(struct.pack("<HHI", 0xFFFE, 0xE000, len(item)) + item for item in items)
    return (value, len(frames)) if frames else (b"", 0)


def _looks_bare(head: bytes) -> bool:
    """Whether a file without the DICM mark begins with an element of a known group."""
    if len(head) < 8:
        return False
    for order in "<>":
        group, element = struct.unpack_from(order + "HH", head)
        if group in (2, 8) and element < 0x100 and head[4:6] in SHORT_VR:
            return True
        if group in (2, 8) and element < 0x100 and struct.unpack_from("<I", head, 4)[0] < 256:
            return True
    return False


def _refuse_deflate_bomb(file: File) -> None:
    with file.open() as stream:
        head = stream.read(4096)
        where = head.find(b"\x02\x00\x10\x00UI")
        if where < 0 or not head[where + 8 :].startswith(DEFLATED.encode()):
            return
        start = 144 + struct.unpack_from("<I", head, 140)[0]
        stream.seek(start)
        inflate, total = zlib.decompressobj(-zlib.MAX_WBITS), 0
        try:
            block = stream.read(2**16)
            while block and not inflate.eof:
                total += len(inflate.decompress(block, 2**20))
                if total > MAX_INFLATED:
                    raise DicomError(
                        f"{file.name}: unpacks to more than {MAX_INFLATED >> 20} MB and is refused."
                    )
                block = inflate.unconsumed_tail or stream.read(2**16)
        except zlib.error as error:
            raise DicomError(
                f"{file.name}: its deflated data are damaged. Copy the file again."
            ) from error
