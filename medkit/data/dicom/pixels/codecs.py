"""Decode pixels with pydicom, and the kinds of JPEG for which it has no free plug-in."""

from collections.abc import Iterable, Iterator

import numpy as np
import pydicom
from pydicom.pixels import apply_color_lut, apply_modality_lut, get_decoder

from medkit.data.dicom.facts import ImageFile, bits_stored
from medkit.data.dicom.parse import dataset, reading
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


def decode(
    image: ImageFile, indices: Iterable[int]
) -> Iterator[tuple[int, np.ndarray | DicomError]]:
    """Yield the number and stored values of frames; an error in place of those that are damaged.

    Raises
    ------
    DicomError
        If the file cannot be parsed.
    """
    ds = dataset(image.file)
    ds.file_meta.TransferSyntaxUID = image.syntax
    decoder = get_decoder(image.syntax)
    plugin = _plugin(decoder, image)
    for index in indices:
        try:
            with reading(
                image.file.name,
                f"its pixels ({image.syntax.name}) cannot be decoded; they do not fit the header, "
                "or are damaged",
            ):
                array, _ = decoder.as_array(ds, index=index, decoding_plugin=plugin)
                found = _finish(array, image, ds)
        except DicomError as error:
            found = error
        yield index, found


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


def _finish(array: np.ndarray, image: ImageFile, ds) -> np.ndarray:
    facts = image.facts
    if facts.get("PhotometricInterpretation") == "PALETTE COLOR":
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
