"""Real-world value mappings: a second scale beside the rescale, with a coded unit."""

import math

import numpy as np

from medkit.data.dicom.facts import ImageFile
from medkit.data.dicom.frame import MAX_RESCALE

#: UCUM codes of what the kit has a name for; every other code is its own name.
_NAMES = {"[hnsf'U]": "HU", "{SUVbw}g/ml": "SUV", "{SUVlbm}g/ml": "SUL", "Bq/ml": "Bq/mL"}
#: UCUM codes of numbers without a unit.
_NONE = {"", "1", "{no units}", "no units", "[arb'U]"}


def mapping(image: ImageFile, group) -> tuple[float, float, str] | None:
    """Return slope, intercept and unit of a group's real-world value mapping.

    value = slope × stored + intercept, from stored values, in place of the rescale
    (DICOM PS3.3, C.7.6.16.2.11). None where there is none, where its unit is none, and for
    PET that says in Units what its rescale leads to.

    Parameters
    ----------
    image : ImageFile
        Takes a note of a mapping that is there and not used.
    group : pydicom.Dataset
        A file's header, or the functional groups of one frame.
    """
    if image.facts.get("Modality") == "PT" and "Units" in image.facts:
        return None
    tables, found = False, None
    for item in group.get("RealWorldValueMappingSequence") or ():
        codes = item.get("MeasurementUnitsCodeSequence") or [{}]
        code = str(codes[0].get("CodeValue") or "")
        if code in _NONE:
            continue
        slope, intercept = item.get("RealWorldValueSlope"), item.get("RealWorldValueIntercept")
        if slope is None:
            tables = tables or "RealWorldValueLUTData" in item
            continue
        slope, intercept = float(slope), float(intercept or 0.0)
        if not (0 < abs(slope) < MAX_RESCALE and math.isfinite(intercept)):
            continue
        name = _NAMES.get(code, code)
        if found is None:
            _say_range(image, item)
            found = slope, intercept, name
        elif found != (slope, intercept, name):
            _note(image, f"another mapping of real-world values, to {name}, is there and not used")
    if tables and found is None:
        _note(image, "a table of real-world values is there and not applied")
    return found


def _say_range(image: ImageFile, item) -> None:
    """Note a mapping that does not hold for every stored value."""
    ends = [
        item.get(
            f"RealWorldValue{end}ValueMapped",
            item.get(f"DoubleFloatRealWorldValue{end}ValueMapped"),
        )
        for end in ("First", "Last")
    ]
    bits = image.facts.get("BitsStored", 16)
    if None in ends or np.ptp(np.array(ends, float)) >= 2.0**bits - 1:
        return
    _note(image, f"real-world values are meant for stored values {ends[0]:g} to {ends[1]:g} only")


def _note(image: ImageFile, text: str) -> None:
    image.notes.append(f"{image.file.name}: {text}.")
