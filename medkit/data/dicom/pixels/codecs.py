"""Decode compressed pixels, and refuse streams that lie about their size."""

import struct
from collections.abc import Iterable, Iterator

import numpy as np
import pydicom
from pydicom.encaps import generate_frames
from pydicom.pixels import apply_color_lut, apply_modality_lut, get_decoder

from medkit.data.dicom.facts import LOSSY, ImageFile, bits_stored
from medkit.data.dicom.image_file import syntax_name
from medkit.data.dicom.parse import dataset, quiet
from medkit.data.dicom.source import DicomError

#: What pydicom must find installed for the plug-in in this module.
DECODER_DEPENDENCIES = {
    uid: ("imagecodecs",)
    for uid in (
        pydicom.uid.JPEGExtended12Bit,
        pydicom.uid.JPEGLossless,
        pydicom.uid.JPEGLosslessSV1,
        pydicom.uid.JPEGLSLossless,
        pydicom.uid.JPEGLSNearLossless,
    )
}
#: Transfer syntax → name of pydicom's plug-in.
_PLUGINS = {
    **dict.fromkeys(DECODER_DEPENDENCIES, "medkit"),
    pydicom.uid.JPEGBaseline8Bit: "pillow",
    pydicom.uid.JPEG2000Lossless: "pylibjpeg",
    pydicom.uid.JPEG2000: "pylibjpeg",
    pydicom.uid.RLELossless: "pylibjpeg",
}


def decode(image: ImageFile, indices: Iterable[int]) -> Iterator[tuple[int, np.ndarray]]:
    """Yield frames with their numbers, decoded by pydicom and its plug-ins.

    Raises
    ------
    DicomError
        If they cannot be decoded.
    """
    ds = dataset(image.file)
    # Whatever a damaged stream makes a decoder raise, it means the same to the reader.
    try:
        with quiet():
            syntax = pydicom.uid.UID(image.syntax)
            decoder = get_decoder(syntax)
            if not getattr(ds, "file_meta", None):
                ds.file_meta = pydicom.dataset.FileMetaDataset()
            ds.file_meta.TransferSyntaxUID = syntax
            if _may_overshoot(image):
                # Else pydicom cuts the bit that an overshoot has set, and white turns black.
                ds.BitsStored = ds.BitsAllocated
            if not decoder.is_encapsulated:
                for index in indices:
                    yield index, _finish(decoder.as_array(ds, index=index)[0], image, ds)
                return
            misfits = _misfits(image, ds)
            if misfits:
                for index in indices:
                    if index not in misfits:
                        one = decoder.as_array(
                            ds, index=index, decoding_plugin=_plugin(decoder, image)
                        )[0]
                    yield index, misfits.get(index) or _finish(one, image, ds)
                return
            # All at once: asking for frame k makes pydicom walk over all before it.
            arrays = decoder.as_array(ds, decoding_plugin=_plugin(decoder, image))[0]
            arrays = arrays.reshape(-1, *arrays.shape[-2 if _is_gray(image) else -3 :])
            for index in indices:
                yield index, _finish(arrays[index], image, ds)
    except (DicomError, GeneratorExit, KeyboardInterrupt, SystemExit):
        raise
    # A decoder written in Rust panics with an error that is no Exception.
    except BaseException as error:
        raise DicomError(
            f"{image.file.name}: its pixels ({syntax_name(image.syntax)}) cannot be decoded; they "
            "do not fit the header, or are damaged. Copy the file again, or have it exported "
            "uncompressed."
        ) from error


def _plugin(decoder, image: ImageFile) -> str:
    """Choose who decodes: fast, free, and safe with damaged streams.

    GDCM, pydicom's first choice, can end the whole program on a damaged stream; no
    plug-in of a free licence decodes 12-bit JPEG; and pyjpegls 1.5 refuses some valid
    JPEG-LS streams. So those kinds go to libjpeg-turbo and CharLS by imagecodecs.
    """
    name = _PLUGINS.get(image.syntax, "")
    if image.syntax == pydicom.uid.JPEGExtended12Bit and image.facts.get("BitsStored") == 8:
        return "pillow"
    if name == "medkit" and name not in decoder.available_plugins:
        decoder.add_plugin(name, (__name__, "decode_jpeg"))
    return name


def is_available(uid: str) -> bool:
    """Tell pydicom that this module can decode (it asks every plug-in)."""
    return uid in DECODER_DEPENDENCIES


def decode_jpeg(stream: bytes, runner) -> bytes:
    """Decode JPEG of 8 to 16 bits, lossless too, or JPEG-LS, for pydicom."""
    import imagecodecs

    if runner.transfer_syntax in (pydicom.uid.JPEGLSLossless, pydicom.uid.JPEGLSNearLossless):
        array = imagecodecs.jpegls_decode(stream)
    elif runner.samples_per_pixel == 3:
        array = imagecodecs.jpeg8_decode(stream, colorspace="RGB", outcolorspace="RGB")
    else:
        array = imagecodecs.jpeg8_decode(stream)
    runner.set_option("bits_allocated", 8 * array.dtype.itemsize)
    runner.set_option("planar_configuration", 0)
    return array.tobytes()


def _is_gray(image: ImageFile) -> bool:
    return image.facts.get("SamplesPerPixel", 1) == 1


def _misfits(image: ImageFile, ds) -> dict[int, DicomError]:
    """Return the frames that are cut off, or not as large as the header says; note a cut file."""
    name, claimed = image.file.name, int(image.facts.get("NumberOfFrames", 1))
    whole = min(getattr(ds, "whole_frames", claimed), claimed)
    if not whole:
        raise DicomError(f"{name}: ends within its first frame. Copy the file again.")
    if hasattr(ds, "whole_frames"):
        left = "but its frames are whole" if whole == claimed else f"{whole} of {claimed} are whole"
        image.notes.append(f"{name}: ends without the mark that ends its frames, {left}.")
        ds.NumberOfFrames = whole
    cut = {k: DicomError(f"{name}: frame {k} is cut off.") for k in range(whole, claimed)}
    return _check_streams(image, ds, whole) | cut


def _may_overshoot(image: ImageFile) -> bool:
    """Whether values may lie beyond BitsStored: compressed with loss, in more bits than that."""
    facts = image.facts
    spare = bits_stored(facts) < facts["BitsAllocated"] and facts.get("PixelRepresentation") != 1
    return image.syntax in LOSSY and spare


def _finish(array: np.ndarray, image: ImageFile, ds) -> np.ndarray:
    facts = image.facts
    if _may_overshoot(image):
        array = np.minimum(array, (1 << bits_stored(facts)) - 1)
    if facts.get("PhotometricInterpretation") == "PALETTE COLOR" and facts.get("Modality") != "SEG":
        array = apply_color_lut(array, ds)
    elif facts.get("SamplesPerPixel", 1) == 1:
        return apply_modality_lut(array, ds) if "ModalityLUTSequence" in ds else array
    if array.dtype == np.uint8:
        return array
    bits = 8 * array.dtype.itemsize
    if facts.get("PhotometricInterpretation") != "PALETTE COLOR":
        bits = bits_stored(facts)
    elif array.max() < 256:  # a palette of 8-bit colours in 16-bit entries is common
        bits = 8
    return (array >> max(0, bits - 8)).astype(np.uint8)


def _check_streams(image: ImageFile, ds, count: int) -> dict[int, DicomError]:
    """Return the compressed frames that are not as large as the header says; refuse if all.

    A decoder trusts the stream: a few bytes that claim 60,000 × 60,000 pixels would fill
    the memory before anyone could object.
    """
    misfits: dict[int, DicomError] = {}
    if image.syntax == pydicom.uid.RLELossless:
        return misfits  # run lengths carry no size of their own
    size = (image.facts["Rows"], image.facts["Columns"])
    for number, stream in enumerate(generate_frames(ds.PixelData, number_of_frames=count)):
        found = stream_size(bytes(stream[:65536]))
        if found != size:
            what = f"is {found[0]} × {found[1]}" if found else "has no size"
            misfits[number] = DicomError(
                f"{image.file.name}: compressed frame {number} {what}, the header says "
                f"{size[0]} × {size[1]}. The file is damaged; copy or export it again."
            )
    if len(misfits) == count:
        raise misfits[0]
    return misfits


def stream_size(stream: bytes) -> tuple[int, int] | None:
    """Read rows and columns from the head of a JPEG, JPEG-LS or JPEG 2000 stream."""
    start = stream.find(b"\xff\x4f\xff\x51")
    jpeg2000 = start == 0 or stream[4:8] == b"jP  "
    if jpeg2000 and start >= 0 and len(stream) >= start + 24:
        width, height, left, top = struct.unpack_from(">4I", stream, start + 8)
        return height - top, width - left
    at = 2
    while stream[:2] == b"\xff\xd8" and at + 9 <= len(stream) and stream[at] == 0xFF:
        marker = stream[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        frame = 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC)
        if frame or marker == 0xF7:
            return struct.unpack_from(">HH", stream, at + 5)
        at += 2 + struct.unpack_from(">H", stream, at + 2)[0]
    return None
