"""DICOM: read a series as a volume in physical units, look into headers, write, de-identify.

>>> from medkit.data import dicom
>>> dicom.read(dicom.example("ct"))
<Volume CT 1 × 128 × 128, 5 × 0.6615 × 0.6615 mm, in HU, int16>
"""

from collections import Counter
from pathlib import Path

import pydicom.data

from medkit.data.dicom.deidentification import Report, deidentify
from medkit.data.dicom.frame import Frame
from medkit.data.dicom.frame.multiframe import frames
from medkit.data.dicom.geometry.split import stacks
from medkit.data.dicom.image_file import read_header
from medkit.data.dicom.parse import reading
from medkit.data.dicom.source import DicomError, File, files
from medkit.data.dicom.volume import volume_of
from medkit.data.dicom.writer import write
from medkit.image import Volume

#: Real files that pydicom carries, by a name for `example`.
EXAMPLES = {
    "ct": "CT_small.dcm",
    "head_ct": "J2K_pixelrep_mismatch.dcm",
    "mr": "MR_small.dcm",
    "mr_rle": "MR_small_RLE.dcm",
    "mr_jpeg_ls": "MR_small_jpeg_ls_lossless.dcm",
    "mr_jpeg2000": "MR_small_jp2klossless.dcm",
    "mr_big_endian": "MR_small_bigendian.dcm",
    "mr_truncated": "MR_truncated.dcm",
    "jpeg2000": "examples_jpeg2k.dcm",
    "jpeg": "SC_rgb_jpeg_dcmtk.dcm",
    "overlay": "examples_overlay.dcm",
    "palette": "examples_palette.dcm",
    "colour": "examples_rgb_color.dcm",
    "ultrasound_cine": "examples_ybr_color.dcm",
    "rt_dose": "rtdose.dcm",
    "rt_plan": "rtplan.dcm",
    "rt_structures": "rtstruct.dcm",
    "ecg": "waveform_ecg.dcm",
    "report": "test-SR.dcm",
    "segmentation": "liver_1frame.dcm",
}


def read(source, *, series: int | None = None, volume: int = 0) -> Volume:
    """Read a DICOM series as one volume in physical units.

    Planes are sorted by where they lie, not by file name. Values are HU for CT, SUV for
    PET where dose, weight and times allow it, and unit ``"1"`` where the scanner's scale is
    arbitrary (MR). They are int16 where that is exact, else float32; colour is uint8.
    MONOCHROME1, in which high values are dark, is turned round so that high is bright.
    A film's sides are those of its header, and a picture without directions has none.
    Everything that was assumed, missing, doubled, uneven or damaged is in the volume's
    ``notes``. Missing planes are filled with the lowest value, so that the others stay
    where they belong, and listed in ``meta["missing_planes"]``.

    Parameters
    ----------
    source : path or iterable of paths
        A file, a folder (with its sub-folders) or several of them.
    series : int, optional
        Which one, if there are several: the one with the most pictures is 0, and the error
        without a choice lists them.
    volume : int
        Which one, if the series holds several: time points, echoes, frame types, segments,
        other orientations. ``notes`` says how many there are.

    Returns
    -------
    Volume

    Raises
    ------
    DicomError
        If there is no image, several series and none was chosen, or no plane is readable.
        The message names the files and says what to do.
    """
    found, remarks = _sorted_by_series(files(source))
    members = _chosen(found, series)
    with reading(members[0].image.file.name):
        options = stacks(members)
        if not 0 <= volume < len(options):
            raise DicomError(
                f"This series holds {len(options)} volume(s): give volume=0 to "
                f"{len(options) - 1}, not {volume}."
            )
        if len(options) > 1:
            sizes = Counter(len(option.planes) for option in options)
            parts = ", ".join(f"{n} of {planes} planes" for planes, n in sizes.items())
            options[volume].notes.append(
                f"The series holds {len(options)} volumes ({parts}); this is volume={volume}."
            )
        return volume_of(options[volume], remarks)


def _sorted_by_series(listed: list[File]) -> tuple[list[list[Frame]], list[str]]:
    """Read all headers; return frames by series, most first, and remarks on other files."""
    groups: dict[str, list[Frame]] = {}
    remarks = []
    for file in listed:
        try:
            with reading(file.name):
                image = read_header(file)
                found = frames(image)
        except DicomError as error:
            remarks.append(str(error))
            continue
        groups.setdefault(image.facts.get("SeriesInstanceUID", ""), []).extend(found)
    if not groups:
        why = "\n".join(remarks[:10]) or "The folder is empty."
        raise DicomError(f"No DICOM image here.\n{why}")
    return sorted(groups.values(), key=len, reverse=True), remarks


def _chosen(found: list[list[Frame]], choice: int | None) -> list[Frame]:
    if choice is None and len(found) == 1:
        return found[0]
    if choice is not None and 0 <= choice < len(found):
        return found[choice]
    lines = ["Several series are here" if choice is None else f"There is no series {choice!r}"]
    lines[0] += f"; choose one of {len(found)}:"
    for k, members in enumerate(found[:20]):
        facts, (rows, columns) = members[0].facts, members[0].shape
        lines.append(
            f"  series={k}: {facts.get('Modality', '')} {facts.get('SeriesDescription', '')!r}, "
            f"{len(members)} planes of {rows} × {columns}"
        )
    raise DicomError("\n".join(lines))


def example(name: str) -> Path:
    """Return the path of a real DICOM file that pydicom carries; no internet is needed.

    Parameters
    ----------
    name : str
        A key of `EXAMPLES`.

    Raises
    ------
    KeyError
        If there is no such example; the message lists them.

    >>> example("ct").name
    'CT_small.dcm'
    """
    if name not in EXAMPLES:
        raise KeyError(f"no example {name!r}; there are: {', '.join(EXAMPLES)}")
    return Path(pydicom.data.get_testdata_file(EXAMPLES[name], download=False))
