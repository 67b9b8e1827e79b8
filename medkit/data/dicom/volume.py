"""From a stack of pictures to a volume: values, unit, window, notes."""

from collections.abc import Iterable

from medkit.data.dicom.facts import ImageFile
from medkit.data.dicom.frame import Frame
from medkit.data.dicom.geometry import Stack
from medkit.data.dicom.pixels import load
from medkit.data.dicom.pixels.display import display
from medkit.data.dicom.source import DicomError
from medkit.data.dicom.units import scale
from medkit.image import Volume


def volume_of(stack: Stack, remarks: list[str]) -> Volume:
    """Read the pixels of a stack and say everything that is known about them.

    Parameters
    ----------
    stack : Stack
        Pictures in order.
    remarks : list of str
        What was said about files that are not in it.

    Raises
    ------
    DicomError
        If no plane is readable.
    """
    present = [plane for plane in stack.planes if plane is not None]
    first = present[0]
    values = scale(present)
    dark = first.facts.get("PhotometricInterpretation") == "MONOCHROME1" and values.unit == "1"
    pixels, bad = load(stack.planes, factor=values.factor, invert=dark)
    reasons = list(dict.fromkeys(why for _, why in bad))
    if len(bad) == len(present):
        raise DicomError("No plane is readable.\n" + "\n".join(reasons[:5]))
    missing = [k for k, plane in enumerate(stack.planes) if plane is None]
    notes = [*stack.notes, *values.notes]
    if missing:
        notes.append(f"Missing slices, filled with the lowest value: planes {_list(missing)}.")
    if bad:
        notes.append(f"Unreadable, filled likewise: planes {_list([k for k, _ in bad])}.")
    if dark:
        notes.append("MONOCHROME1: values were turned round so that high is bright.")
    notes += _condensed(present) + reasons[:5] + _about_others(remarks)
    window, curve, remark = display(present[len(present) // 2], values.factor, dark)
    notes += remark
    meta = {k: v for k, v in first.facts.items() if k != "PatientID"}
    if missing or bad:
        meta["missing_planes"] = tuple(sorted(missing + [k for k, _ in bad]))
    return Volume(
        pixels,
        stack.spacing_mm,
        values.unit,
        first.facts.get("Modality", ""),
        stack.origin_mm,
        stack.axes,
        window,
        tuple(notes),
        meta,
        curve,
        None if first.orientation else _sides(first.facts),
    )


def _sides(facts: dict) -> tuple[str, str]:
    """Return the patient sides to which rows and columns of a film run, "" if not given.

    References
    ----------
    DICOM PS3.3, C.7.6.1.1.1. Letters of animals have other meanings and are not used.
    """
    pair = facts.get("PatientOrientation", ())
    person = facts.get("AnatomicalOrientationType", "BIPED") == "BIPED"
    if len(pair) == 2 and person and all(part and set(part) <= set("APRLHF") for part in pair):
        return pair
    return ("", "")


def _list(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:10])) + (" …" if len(numbers) > 10 else "")


def _condensed(members: Iterable[Frame]) -> list[str]:
    """Say a remark that many files share once."""
    images: dict[str, ImageFile] = {frame.image.file.path: frame.image for frame in members}
    files: dict[str, list[str]] = {}
    for image in images.values():
        for note in dict.fromkeys(image.notes):
            files.setdefault(note.removeprefix(image.file.name + ": "), []).append(image.file.name)
    notes = []
    for note, names in list(files.items())[:20]:
        who = names[0] + (f" and {len(names) - 1} more" if len(names) > 1 else "")
        notes.append(f"{who}: {note}")
    return notes


def _about_others(remarks: list[str]) -> list[str]:
    """Files that are no image of the series: the damaged one by one, the rest in one line."""
    usual = [r for r in remarks if ": is not a DICOM file" in r or ": has no pixels" in r]
    notes = [f"Left out: {remark}" for remark in remarks if remark not in usual]
    if usual:
        names = [remark.split(": ")[0] for remark in usual]
        shown = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
        notes.append(f"Left out, not DICOM or without pixels: {len(names)} file(s), {shown}.")
    return notes
