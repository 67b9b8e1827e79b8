"""DICOM: read a series as a volume in physical units, look into headers, write, de-identify.

>>> from medkit.data import dicom
>>> dicom.read(dicom.example("ct"))
<Volume CT 1 × 128 × 128, 5 × 0.6615 × 0.6615 mm, in HU, int16>
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pydicom.data

from medkit.data.dicom.deidentification import Report, deidentify
from medkit.data.dicom.frame import Frame
from medkit.data.dicom.frame.multiframe import frames
from medkit.data.dicom.geometry import Stack
from medkit.data.dicom.geometry.split import stacks
from medkit.data.dicom.image_file import read_header
from medkit.data.dicom.parse import reading
from medkit.data.dicom.source import DicomError, File, files
from medkit.data.dicom.table import Header, header
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


@dataclass(frozen=True)
class Series:
    """One series of a source: enough to choose by.

    Parameters
    ----------
    uid : str
        Its SeriesInstanceUID, which `read` takes as ``series``.
    modality, description : str
        As the header says.
    number : int or None
        Series number.
    planes : int
        Pictures in it, frames of multi-frame files included.
    shape : tuple of int
        Rows and columns of its first picture.
    files : tuple of str
        Names of its files.
    """

    uid: str
    modality: str
    description: str
    number: int | None
    planes: int
    shape: tuple[int, int]
    files: tuple[str, ...]

    def __repr__(self) -> str:
        rows, columns = self.shape
        return (
            f"<Series {self.modality} {self.description!r}, {self.planes} planes of "
            f"{rows} × {columns}>"
        )


def series(source) -> list[Series]:
    """List the image series of a source, the one with the most pictures first.

    Parameters
    ----------
    source : path or iterable of paths
        A file, a folder or several of them.

    Raises
    ------
    DicomError
        If the source is not there, or holds no image.

    >>> series(example("mr"))
    [<Series MR '', 1 planes of 64 × 64>]
    """
    found, _ = _sorted_by_series(files(source))
    return [_summary(uid, members) for uid, members in found]


def read(source, *, series: int | str | Series | None = None, volume: int = 0) -> Volume:
    """Read a DICOM series as one volume in physical units.

    Planes are sorted by where they lie, not by file name. Values are HU for CT, SUV for
    PET where dose, weight and times allow it, and unit ``"1"`` where the scanner's scale is
    arbitrary (MR). They are
    int16 where that is exact, else float32; colour is uint8. MONOCHROME1, in which high
    values are dark, is turned round so that high is bright. Pixels that the header calls
    padding get the lowest value of the rest. A film's sides are those of its header, and a
    picture without directions has none.
    Everything that was assumed, missing, doubled, uneven or damaged is in the volume's
    ``notes``. Missing planes are filled with the lowest value, so that the others stay
    where they belong, and listed in ``meta["missing_planes"]``.

    Parameters
    ----------
    source : path or iterable of paths
        A file, a folder (with its sub-folders) or several of them.
    series : int, str or Series, optional
        Which one, if there are several: its place in `series(source)` or its UID.
    volume : int
        Which one, if the series holds several: time points, echoes, frame types,
        slabs, segments, other orientations. ``notes`` says how many there are, and what
        tells this one from the others.

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
            options[volume].notes.append(_which(volume, options))
        return volume_of(options[volume], remarks)


def _which(volume: int, options: list[Stack]) -> str:
    """Say how many volumes a series has, and what tells this one from the others."""
    sizes = Counter(len(option.planes) for option in options)
    parts = ", ".join(f"{n} of {planes} planes" for planes, n in sizes.items())
    said = []
    for name, value in options[volume].told.items():
        if any(other.told.get(name) != value for other in options):
            values = value if isinstance(value, tuple) else (value,)
            shown = (f"{part:g}" if isinstance(part, float) else str(part) for part in values)
            said.append(f"{name} " + "\\".join(shown))
    which = f" ({', '.join(said)})" if said else ""
    return f"The series holds {len(options)} volumes ({parts}); this is volume={volume}{which}."


def _sorted_by_series(listed: list[File]) -> tuple[list[tuple[str, list[Frame]]], list[str]]:
    """Read all headers; return frames by series, most first, and remarks on other files."""
    groups: dict[str, list[Frame]] = {}
    remarks = []
    for file in listed:
        try:
            image = read_header(file)
            found = frames(image)
        except DicomError as error:
            remarks.append(str(error))
            continue
        groups.setdefault(image.facts.get("SeriesInstanceUID", ""), []).extend(found)
    if not groups:
        why = "\n".join(remarks[:10]) or "The folder is empty."
        raise DicomError(f"No DICOM image here.\n{why}")
    return sorted(groups.items(), key=lambda item: -len(item[1])), remarks


def _summary(uid: str, members: list[Frame]) -> Series:
    facts = members[0].facts
    number = facts.get("SeriesNumber")
    return Series(
        uid,
        facts.get("Modality", ""),
        facts.get("SeriesDescription", ""),
        None if number is None else int(number),
        len(members),
        members[0].shape,
        tuple(dict.fromkeys(frame.image.file.name for frame in members)),
    )


def _chosen(found, choice) -> list[Frame]:
    if isinstance(choice, Series):
        choice = choice.uid
    if isinstance(choice, str):
        for uid, members in found:
            if uid == choice:
                return members
    elif choice is None and len(found) == 1:
        return found[0][1]
    elif choice is not None and 0 <= choice < len(found):
        return found[choice][1]
    names = [f"  series={k}: {_summary(*item)}" for k, item in enumerate(found[:20])]
    what = f"There is no series {choice!r}" if choice is not None else "Several series are here"
    raise DicomError("\n".join([f"{what}; choose one of {len(found)}:", *names]))


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
