"""Electrocardiograms from DICOM waveform files, in millivolts and seconds.

>>> from medkit.data import dicom
>>> from medkit.data.dicom import ecg
>>> ecg.read(dicom.example("ecg"))
<ECG 'RHYTHM': 12 leads, 10 s at 1000 Hz>
"""

from dataclasses import dataclass

import numpy as np

from medkit.data.dicom.parse import dataset, reading
from medkit.data.dicom.source import DicomError, one_file

#: Codes of the unit of voltage (UCUM, DICOM PS3.16 CID 3082) → millivolts.
_MILLIVOLTS = {"V": 1e3, "mV": 1.0, "uV": 1e-3, "nV": 1e-6}

#: Two beats are not closer than this, in seconds.
SHORTEST_S = 0.3


@dataclass(frozen=True, eq=False)
class Recording:
    """Voltages of several leads.

    Parameters
    ----------
    leads : tuple of str
        "I", "II", … "V6".
    millivolts : numpy.ndarray
        Shape (samples, leads).
    rate_hz : float
        Samples in a second.
    label : str
        What the device calls it.
    """

    leads: tuple[str, ...]
    millivolts: np.ndarray
    rate_hz: float
    label: str = ""

    @property
    def seconds(self) -> np.ndarray:
        """Time of each sample, shape (samples,)."""
        return np.arange(len(self.millivolts)) / self.rate_hz

    def __getitem__(self, lead: str) -> np.ndarray:
        """Return one lead by its name, shape (samples,)."""
        if lead not in self.leads:
            raise KeyError(f"no lead {lead!r}; there are: {', '.join(self.leads)}")
        return self.millivolts[:, self.leads.index(lead)]

    def __repr__(self) -> str:
        length = len(self.millivolts) / self.rate_hz
        return f"<ECG {self.label!r}: {len(self.leads)} leads, {length:g} s at {self.rate_hz:g} Hz>"


def read(source, group: int = 0) -> Recording:
    """Read one recording of a DICOM ECG.

    Parameters
    ----------
    source : path
    group : int
        A file may hold several: often the rhythm strip first, then the median beat.

    Returns
    -------
    Recording

    Raises
    ------
    ValueError
        If it is no such file, or holds no such recording, or a channel without a voltage
        unit.
    """
    source = one_file(source, "source")
    with reading(source.name):
        file = dataset(source)
        groups = file.get("WaveformSequence") or []
        if not 0 <= group < len(groups):
            raise DicomError(f"{source.name}: holds {len(groups)} waveforms; no number {group}")
        item = groups[group]
        values = file.waveform_array(group).astype(float)  # sensitivity, baseline are applied
        leads = []
        for k, channel in enumerate(item.ChannelDefinitionSequence):
            units = channel.get("ChannelSensitivityUnitsSequence")
            code = units[0].CodeValue if units else "none"
            if code not in _MILLIVOLTS:
                raise DicomError(
                    f"{source.name}: channel {k} has the unit {code}; expected V, mV or uV"
                )
            values[:, k] *= _MILLIVOLTS[code]
            name = str(channel.ChannelSourceSequence[0].CodeMeaning)
            leads.append(name.removeprefix("Lead ").split(" (")[0])
        label = str(item.get("MultiplexGroupLabel", ""))
        return Recording(tuple(leads), values, float(item.SamplingFrequency), label)


def r_peaks(recording: Recording) -> np.ndarray:
    """Find the beats of the heart: where the voltages change most quickly.

    Parameters
    ----------
    recording : Recording

    Returns
    -------
    numpy.ndarray
        Times of the QRS complexes in s.

    Limits
    ------
    A beat is what reaches 40 % of the strongest slopes: fit for a clean strip, not for one
    with artefacts or beats of very different size (see Pan & Tompkins 1985,
    doi:10.1109/TBME.1985.325532, for what a monitor does).
    """
    from scipy.ndimage import uniform_filter1d
    from scipy.signal import find_peaks

    wide = max(1, round(0.02 * recording.rate_hz))
    smooth = uniform_filter1d(recording.millivolts, wide, axis=0)
    energy = (np.gradient(smooth, axis=0) ** 2).sum(1)
    energy = np.sqrt(uniform_filter1d(energy, 3 * wide))
    height = 0.4 * np.quantile(energy, 0.995)
    peaks, _ = find_peaks(energy, height=height, distance=round(SHORTEST_S * recording.rate_hz))
    return peaks / recording.rate_hz
