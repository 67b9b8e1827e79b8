"""A real ECG in volts and seconds: Einthoven's and Goldberger's laws hold between its leads."""

import numpy as np
import pydicom
import pytest

from medkit.data import dicom
from medkit.data.dicom import ecg


@pytest.fixture(scope="module")
def real():
    return ecg.read(dicom.example("ecg"))


def test_leads_obey_the_laws_of_circuits(real):
    assert real.leads == ("I", "II", "III", "aVR", "aVL", "aVF", *(f"V{k}" for k in range(1, 7)))
    one, two, three = real["I"], real["II"], real["III"]
    np.testing.assert_allclose(one + three, two, atol=1e-9)
    # The device rounds to steps of 1.25 µV.
    np.testing.assert_allclose(real["aVR"], -(one + two) / 2, atol=0.00126)
    np.testing.assert_allclose(real["aVL"], (one - three) / 2, atol=0.00126)
    np.testing.assert_allclose(real["aVF"], (two + three) / 2, atol=0.00126)


def test_units_and_times(real):
    assert real.rate_hz == 1000
    assert real.seconds[-1] == pytest.approx(9.999)
    assert 1.0 < real["II"].max() < 1.3, "an R wave of about a millivolt"
    assert ecg.read(dicom.example("ecg"), 1).label == "MEDIAN BEAT"


def test_beats_are_where_lead_ii_is_highest(real):
    peaks = ecg.r_peaks(real)
    assert len(peaks) == 10
    for peak in peaks:
        around = np.abs(real.seconds - peak) < 0.3
        highest = real.seconds[around][real["II"][around].argmax()]
        assert abs(highest - peak) < 0.03


def test_wrong_requests_are_named(real, tmp_path):
    with pytest.raises(KeyError, match="no lead 'V9'"):
        _ = real["V9"]
    with pytest.raises(ValueError, match="holds 2 waveforms; no number 2"):
        ecg.read(dicom.example("ecg"), 2)
    with pytest.raises(ValueError, match="holds 0 waveforms"):
        ecg.read(dicom.example("ct"))
    file = pydicom.dcmread(dicom.example("ecg"))
    channel = file.WaveformSequence[0].ChannelDefinitionSequence[3]
    channel.ChannelSensitivityUnitsSequence[0].CodeValue = "mm[Hg]"
    file.save_as(tmp_path / "pressure.dcm")
    with pytest.raises(ValueError, match=r"channel 3 has the unit mm\[Hg\]"):
        ecg.read(tmp_path / "pressure.dcm")
