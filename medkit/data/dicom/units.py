"""Physical units of stored values: Hounsfield units, standardised uptake, dose."""

import datetime
from dataclasses import dataclass, field

from medkit.data.dicom.frame import Frame
from medkit.data.dicom.pixels import is_colour

#: SUVType by what the activity is divided into: unit and words (PS3.3, table C.8-60).
_SUV_TYPES = {
    "BW": ("SUV", "SUV by body weight"),
    "LBM": ("SUL", "SUV by lean body mass, not by body weight"),
    "LBMJANMA": ("SUL", "SUV by lean body mass (Janmahasatian), not by body weight"),
    "LBMJAMES128": ("SUL", "SUV by lean body mass (James), not by body weight"),
}
#: More than any patient has weighed; what is above may be grams.
_HEAVIEST_KG = 1000
#: A first frame is not longer, in seconds.
_LONGEST_FRAME_S = 600
#: Classes of pictures of a screen or a film, whatever their series is of.
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


@dataclass(slots=True)
class Scale:
    """What the rescaled values still need: a factor, and the unit it leads to."""

    unit: str = "1"
    factor: float = 1.0
    notes: list[str] = field(default_factory=list)


def scale(frames: list[Frame]) -> Scale:
    """Find the unit of a stack of pictures, and the factor that leads to it."""
    facts = frames[0].facts
    modality = facts.get("Modality")
    if is_colour(frames[0]):
        return Scale()
    if modality == "CT":
        return _ct(frames[0])
    if modality == "PT":
        return _pet(frames)
    if modality == "RTDOSE" and facts.get("DoseUnits") == "GY":
        return Scale("Gy")
    return Scale()


def _table_type(frame: Frame) -> str:
    """Return the kind of values that a modality look-up table leads to, "" without one."""
    items = frame.image.dataset.get("ModalityLUTSequence")
    return str(items[0].get("ModalityLUTType") or "HU") if items else ""


def _ct(frame: Frame) -> Scale:
    facts = frame.facts
    kind = facts.get("RescaleType", _table_type(frame) or "HU")
    if kind not in ("HU", "HU_MOD"):
        return Scale("1", notes=[f"The header gives the values' kind as {kind}, not as HU."])
    if _table_type(frame):
        return Scale("HU")
    if "RescaleSlope" not in facts and facts.get("SOPClassUID", "").startswith(_SECONDARY_CAPTURE):
        return Scale("1", notes=["A picture of a screen or a film: its values are no HU."])
    if "RescaleSlope" in facts or "RescaleIntercept" in facts or "NumberOfFrames" in facts:
        return Scale("HU")
    return Scale("HU", notes=["No rescale is given: stored values are taken to be HU."])


def _pet(frames: list[Frame]) -> Scale:
    units, kind = frames[0].facts.get("Units", ""), frames[0].facts.get("SUVType", "")
    found = Scale("Bq/mL" if units == "BQML" else "1")
    if units == "GML":
        unknown = ("g/mL", f"SUV of a type that is not known ({kind})")
        found.unit, words = _SUV_TYPES.get(kind or "BW", unknown)
        found.notes.append(f"The file's values are already {words}.")
    elif units == "BQML":
        _suv(frames, found)
    else:
        found.notes.append(f"PET unit {units or 'not given'}: values are left as they are.")
    return found


def _suv(frames: list[Frame], found: Scale) -> None:
    """Multiply by weight over dose, the dose decayed to the time that the image refers to.

    SUV = activity concentration × weight / dose, with the dose at scan start,
    dose × 2^(−t/T½), if the image is corrected to scan start (DecayCorrection START),
    and as injected if it is corrected to the injection (ADMIN).

    References
    ----------
    QIBA, FDG-PET/CT SUV vendor-neutral calculation (its wiki on standardized uptake value).
    """
    facts = frames[0].facts
    weight = facts.get("PatientWeight", 0.0)
    tracer = _tracer(frames[0])
    dose = tracer.get("RadionuclideTotalDose", 0.0)
    half_life = tracer.get("RadionuclideHalfLife", 0.0)
    correction = facts.get("DecayCorrection", "")
    lacking = [
        name
        for name, value in (
            ("PatientWeight", weight),
            ("RadionuclideTotalDose", dose),
            ("RadionuclideHalfLife", half_life or correction == "ADMIN"),
        )
        if not 1e-3 < value < 1e12
    ]
    corrected = facts.get("CorrectedImage", ())
    why = ""
    if lacking:
        why = ", ".join(lacking) + " missing"
    elif correction not in ("START", "ADMIN"):
        why = f"DecayCorrection is {correction!r}"
    elif weight > _HEAVIEST_KG:
        why = f"a PatientWeight of {weight:g} kg cannot be"
    elif corrected and not {"ATTN", "DECY"} <= set(corrected):
        why = f"CorrectedImage lacks ATTN or DECY ({', '.join(corrected)})"
    elif tracer["number"] > 1:
        why = "several radiopharmaceuticals were given"
    if why:
        found.notes.append(f"No SUV, values stay in {found.unit}: {why}.")
        return
    if dose < 1e4:
        dose *= 1e6
        found.notes.append(f"A dose of {dose / 1e6:g} Bq cannot be; taken as MBq.")
    decay = 1.0
    if correction == "START":
        seconds = _uptake_seconds(frames, tracer, found.notes)
        if seconds is None:
            found.notes.append(f"No SUV, values stay in {found.unit}: injection time missing.")
            return
        if seconds > 20 * half_life:  # a millionth would be left
            found.notes.append(f"No SUV, values stay in {found.unit}: injection time is wrong.")
            return
        decay = 2.0 ** (-seconds / half_life)
        found.notes.append(
            f"SUV by body weight: {weight:g} kg, {dose / 1e6:.4g} MBq, decayed for "
            f"{seconds / 60:.1f} min to {decay:.3f} of it."
        )
    else:
        found.notes.append(f"SUV by body weight: {weight:g} kg, {dose / 1e6:.4g} MBq at injection.")
    found.unit = "SUV"
    found.factor = weight * 1000.0 / (dose * decay)


def _tracer(frame: Frame) -> dict:
    """Return dose, half-life and start of the first radiopharmaceutical, and how many there are."""
    items = frame.image.dataset.get("RadiopharmaceuticalInformationSequence") or ()
    found: dict = {"number": len(items)}
    for item in items[:1]:
        for name in ("RadionuclideTotalDose", "RadionuclideHalfLife"):
            if item.get(name):
                found[name] = float(item.get(name))
        for name in ("RadiopharmaceuticalStartDateTime", "RadiopharmaceuticalStartTime"):
            found[name] = str(item.get(name) or "")
    return found


def _uptake_seconds(frames: list[Frame], tracer: dict, notes: list[str]) -> float | None:
    """Time from injection to the start of the scan."""
    facts = frames[0].facts
    scan = moment(facts.get("SeriesDate", "") + facts.get("SeriesTime", ""))
    taken = [
        moment(frame.facts.get("AcquisitionDate", "") + frame.facts.get("AcquisitionTime", ""))
        for frame in frames
    ]
    taken = [time for time in taken if time is not None]
    if taken and (scan is None or scan > min(taken)):
        # A series time after the acquisition is that of a later reconstruction.
        late = min(frame.facts.get("FrameReferenceTime", 0.0) for frame in frames) / 1000
        if late > _LONGEST_FRAME_S:
            notes.append("The scan's start is not given, and these pictures were taken later.")
            return None
        scan = min(taken)
        notes.append("The scan is taken to start at the first acquisition time.")
    said = tracer.get("RadiopharmaceuticalStartDateTime", "")
    injected = moment(said)
    if said[-5:-4] in ("+", "-") and said[-5:] != frames[0].image.dataset.get(
        "TimezoneOffsetFromUTC", said[-5:]
    ):
        return None  # by a clock of another time zone than the file's other times
    if injected is None and scan is not None:
        clock = tracer.get("RadiopharmaceuticalStartTime", "")
        injected = moment(scan.strftime("%Y%m%d") + clock) if clock else None
        if injected is not None and injected > scan:
            injected -= datetime.timedelta(days=1)
            notes.append("The injection is taken to be on the evening before.")
    if scan is None or injected is None:
        return None
    seconds = (scan - injected).total_seconds()
    return seconds if 0 <= seconds < 7 * 86400 else None


def moment(text: str) -> datetime.datetime | None:
    """Parse a DICOM date and time, ``YYYYMMDDHHMMSS.F``; None if it is none.

    >>> moment("20010902162037.50")
    datetime.datetime(2001, 9, 2, 16, 20, 37, 500000)
    """
    digits, _, fraction = text.strip().partition(".")
    digits = digits.split("+")[0].split("-")[0]
    fraction = fraction.split("+")[0].split("-")[0]
    if len(digits) < 10 or not (digits + fraction).isdigit():
        return None
    try:
        time = datetime.datetime.strptime(digits[:14].ljust(14, "0"), "%Y%m%d%H%M%S")
    except ValueError:
        return None
    return time + datetime.timedelta(seconds=float("0." + (fraction or "0")))
