"""Physical units of stored values: Hounsfield units, standardised uptake, dose."""

import datetime
from dataclasses import dataclass, field

from pydicom.valuerep import DT

from medkit.data.dicom.frame import Frame
from medkit.data.dicom.pixels import is_colour

#: More than any patient has weighed; what is above may be grams.
_HEAVIEST_KG = 1000
#: Less activity than any patient gets; what is below may be MBq.
_LEAST_BQ = 1e4
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


def _ct(frame: Frame) -> Scale:
    facts = frame.facts
    (table, *_) = frame.image.dataset.get("ModalityLUTSequence") or [{}]
    kind = facts.get("RescaleType", table.get("ModalityLUTType", "HU"))
    if kind not in ("HU", "HU_MOD"):
        return Scale("1", notes=[f"The header gives the values' kind as {kind}, not as HU."])
    if table or "RescaleSlope" in facts or "RescaleIntercept" in facts or "NumberOfFrames" in facts:
        return Scale("HU")
    if facts.get("SOPClassUID", "").startswith(_SECONDARY_CAPTURE):
        return Scale("1", notes=["A picture of a screen or a film: its values are no HU."])
    return Scale("HU", notes=["No rescale is given: stored values are taken to be HU."])


def _pet(frames: list[Frame]) -> Scale:
    units, kind = frames[0].facts.get("Units", ""), frames[0].facts.get("SUVType", "BW")
    if units == "BQML":
        return _suv(frames)
    if units != "GML":
        return Scale(notes=[f"PET unit {units or 'not given'}: values are left as they are."])
    if kind == "BW":
        return Scale("SUV", notes=["The file's values are already SUV by body weight."])
    return Scale("g/mL", notes=[f"The file's values are already SUV, not by weight but {kind}."])


def _suv(frames: list[Frame]) -> Scale:
    """Multiply by weight over dose, the dose decayed to the time that the image refers to.

    SUV = activity concentration × weight / dose, with the dose at scan start,
    dose × 2^(−t/T½), if the image is corrected to scan start (DecayCorrection START),
    and as injected if it is corrected to the injection (ADMIN).

    References
    ----------
    QIBA, FDG-PET/CT SUV vendor-neutral calculation (its wiki on standardized uptake value).
    """
    facts = frames[0].facts
    tracers = frames[0].image.dataset.get("RadiopharmaceuticalInformationSequence") or [{}]
    tracer, correction = tracers[0], facts.get("DecayCorrection", "")
    weight, dose = facts.get("PatientWeight", 0.0), float(tracer.get("RadionuclideTotalDose") or 0)
    half_life = float(tracer.get("RadionuclideHalfLife") or 0)
    seconds = 0.0 if correction == "ADMIN" else _uptake_seconds(frames, tracer)
    why = ""
    if not 0 < weight <= _HEAVIEST_KG:
        why = f"a PatientWeight of {weight:g} kg cannot be"
    elif not dose >= _LEAST_BQ:
        why = f"a RadionuclideTotalDose of {dose:g} Bq cannot be"
    elif correction not in ("START", "ADMIN"):
        why = f"DecayCorrection is {correction!r}"
    elif not {"ATTN", "DECY"} <= set(facts.get("CorrectedImage", ("ATTN", "DECY"))):
        why = f"CorrectedImage lacks ATTN or DECY ({', '.join(facts['CorrectedImage'])})"
    elif len(tracers) > 1:
        why = "several radiopharmaceuticals were given"
    elif seconds is None:
        why = "the time from injection to scan is not known"
    elif seconds > 20 * half_life:  # a millionth would be left
        why = f"a half-life of {half_life:g} s and {seconds:g} s to the scan cannot be"
    if why:
        return Scale("Bq/mL", notes=[f"No SUV, values stay in Bq/mL: {why}."])
    left = 2.0 ** (-seconds / half_life) if seconds else 1.0
    note = (
        f"SUV by body weight: {weight:g} kg, {dose / 1e6:.4g} MBq, decayed for "
        f"{seconds / 60:.1f} min to {left:.3f} of it."
    )
    return Scale("SUV", weight * 1000.0 / (dose * left), [note])


def _uptake_seconds(frames: list[Frame], tracer) -> float | None:
    """Time from injection to the start of the scan; None where the header does not tell it."""
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
        scan = None if late > _LONGEST_FRAME_S else min(taken)
    injected = moment(str(tracer.get("RadiopharmaceuticalStartDateTime") or ""))
    if injected is None and scan is not None:
        clock = str(tracer.get("RadiopharmaceuticalStartTime") or "")
        injected = moment(f"{scan:%Y%m%d}{clock}") if clock else None
    if scan is None or injected is None or scan.tzinfo != injected.tzinfo:
        return None  # a clock of a time zone, and one of none, cannot be compared
    seconds = (scan - injected).total_seconds()
    return seconds if 0 <= seconds < 7 * 86400 else None


def moment(text: str) -> datetime.datetime | None:
    """Parse a DICOM date and time, ``YYYYMMDDHHMMSS.F``; None if it is none.

    >>> moment("20010902162037.50").isoformat()
    '2001-09-02T16:20:37.500000'
    """
    try:
        return DT(text) if text[:10].isdigit() and len(text) >= 10 else None
    except ValueError:
        return None
