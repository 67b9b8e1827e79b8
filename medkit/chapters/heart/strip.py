"""An explorer of ``40_heart``: a calliper on a real ECG."""

from functools import lru_cache

import numpy as np

from medkit.data import dicom
from medkit.data.dicom import ecg
from medkit.physics.ecg import LEADS as ORDER
from medkit.views.explorer import Choice, Lines, Picture, Slider, explorer

#: What is shown of the mean beat: ms before and after the R wave.
BEFORE_MS, AFTER_MS = 300, 500
LEADS = {
    "II": ("II",),
    "V1": ("V1",),
    "V5": ("V5",),
    "II, III, V1 and V2": ("II", "III", "V1", "V2"),
}


@lru_cache
def mean_beat() -> tuple[np.ndarray, float]:
    """Return the median beat of the real strip in mV, shape (800, 12), and the mean RR in s."""
    strip = ecg.read(dicom.example("ecg"))
    second = strip["II"]
    peaks = [round(1000 * r) for r in ecg.r_peaks(strip)]
    peaks = [p - 60 + int(np.argmax(second[p - 60 : p + 60])) for p in peaks[1:-1]]
    beat = np.median([strip.millivolts[p - BEFORE_MS : p + AFTER_MS] for p in peaks], axis=0)
    return beat - np.median(beat[:90], axis=0), float(np.diff(peaks).mean()) / 1000


@explorer(
    title="A calliper on a real heartbeat",
    left_ms=Slider(-280, 100, -190, 2, unit="ms", label="Left leg"),
    right_ms=Slider(-100, 480, -38, 2, unit="ms", label="Right leg"),
    lead=Choice(tuple(LEADS), label="Lead"),
    zoom=Choice(("as printed", "four times"), label="Height"),
)
def calliper(*, left_ms, right_ms, lead, zoom):
    """Measure PR, QRS and QT by eye."""
    beat, rr = mean_beat()
    time = np.arange(-BEFORE_MS, AFTER_MS)
    curves = {name: beat[:, ORDER.index(name)] for name in LEADS[lead]}
    apart = right_ms - left_ms
    high = 1.5 if zoom == "as printed" else 0.375
    bazett, fridericia = apart / rr**0.5, apart / rr ** (1 / 3)
    corrected = f"; if a QT: corrected {bazett:.0f} ms (Bazett), {fridericia:.0f} ms (Fridericia)"
    return Picture(
        Lines(
            time,
            curves,
            f"The mean beat of a real ECG: {lead}",
            xaxis=("time after the R wave (ms)", -BEFORE_MS, AFTER_MS),
            yaxis=("voltage (mV)", -0.6 * high, high),
            marks={"left": left_ms, "right": right_ms},
        ),
        caption=f"{apart} ms apart, {apart / 40:.1f} mm on paper{corrected if apart > 250 else ''}",
        alt=f"One mean heartbeat of a real ECG with P, QRS and T, and two legs of a calliper "
        f"{apart} ms apart.",
    )
