"""Standardised uptake values, against the formula done by hand."""

import numpy as np
import pydicom
import pytest

from medkit.data import dicom
from medkit.data.dicom.units import moment
from medkit.image import Volume

HALF_LIFE = 6586.2  # seconds, fluorine-18


@pytest.fixture
def pet(tmp_path):
    """A PET slice in Bq/mL, of 1000 Bq/mL everywhere, injected an hour before the scan."""
    pixels = np.full((1, 4, 4), 10, np.int16)
    (path,) = dicom.write(Volume(pixels, (3, 2, 2), "SUV", "PT"), tmp_path / "pet")
    tracer = pydicom.Dataset()
    tracer.RadionuclideTotalDose = "370000000"
    tracer.RadionuclideHalfLife = str(HALF_LIFE)
    tracer.RadiopharmaceuticalStartTime = "090000"
    changes = {
        "Units": "BQML",
        "DecayCorrection": "START",
        "PatientWeight": "75",
        "RescaleSlope": "100",
        "SeriesDate": "20200101",
        "SeriesTime": "100000",
        "AcquisitionDate": "20200101",
        "AcquisitionTime": "100000",
        "RadiopharmaceuticalInformationSequence": [tracer],
    }
    change(path, **changes)
    return path


def change(path, tracer=None, **changes):
    ds = pydicom.dcmread(path)
    for keyword, value in changes.items():
        if value is None:
            delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)
    for keyword, value in (tracer or {}).items():
        setattr(ds.RadiopharmaceuticalInformationSequence[0], keyword, value)
    ds.save_as(path)


def suv(decay):
    """1000 Bq/mL × 75 000 g over the dose that is left."""
    return 1000 * 75_000 / (370e6 * decay)


def two_tracers():
    found = []
    for dose in ("100000000", "370000000"):
        tracer = pydicom.Dataset()
        tracer.RadionuclideTotalDose, tracer.RadionuclideHalfLife = dose, str(HALF_LIFE)
        tracer.RadiopharmaceuticalStartTime = "090000"
        found.append(tracer)
    return found


HOUR = 2 ** (-3600 / HALF_LIFE)


@pytest.mark.parametrize(
    ("tracer", "changes", "decay"),
    [
        ({}, {}, HOUR),
        ({}, {"DecayCorrection": "ADMIN"}, 1),
        # A series time after the acquisition is that of a reconstruction.
        ({}, {"SeriesTime": "150000"}, HOUR),
        ({"RadiopharmaceuticalStartDateTime": "20200101080000.00"}, {}, HOUR**2),
        ({}, {"CorrectedImage": ["DECY", "ATTN", "SCAT"]}, HOUR),
    ],
)
def test_suv_is_activity_times_weight_over_decayed_dose(pet, tracer, changes, decay):
    change(pet, tracer, **changes)
    volume = dicom.read(pet)
    assert volume.unit == "SUV"
    np.testing.assert_allclose(volume.pixels, suv(decay), rtol=1e-6)
    assert any("75 kg" in note for note in volume.notes)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"PatientWeight": None}, "PatientWeight of 0 kg cannot be"),
        ({"RadiopharmaceuticalInformationSequence": []}, "RadionuclideTotalDose"),
        ({"DecayCorrection": "NONE"}, "NONE"),
        ({"SeriesTime": None, "AcquisitionTime": None}, "injection to scan is not known"),
        # The evening before, by a clock without a date.
        ({"SeriesTime": "003000", "AcquisitionTime": "003000"}, "injection to scan is not known"),
        ({"PatientWeight": "75000"}, "75000 kg cannot be"),
        # QIBA's conditions; without attenuation correction SUV means nothing.
        ({"CorrectedImage": ["DECY"]}, "CorrectedImage lacks"),
        ({"CorrectedImage": ["ATTN"]}, "CorrectedImage lacks"),
        ({"RadiopharmaceuticalInformationSequence": two_tracers()}, "several radiopharm"),
        # The second hour of a dynamic scan whose start is not given: the dose is not known then.
        (
            {"SeriesTime": None, "AcquisitionTime": "110000", "FrameReferenceTime": "3600000"},
            "injection to scan is not known",
        ),
    ],
)
def test_without_what_suv_needs_activity_stays(pet, changes, why):
    change(pet, **changes)
    volume = dicom.read(pet)
    assert volume.unit == "Bq/mL"
    np.testing.assert_allclose(volume.pixels, 1000)
    assert any(why in note for note in volume.notes)


@pytest.mark.parametrize(
    ("units", "kind", "unit", "words"),
    [
        ("GML", None, "SUV", "by body weight"),
        ("GML", "BW", "SUV", "by body weight"),
        ("GML", "LBM", "g/mL", "not by weight but LBM"),
        ("PROPCPS", None, "1", "left as they are"),
    ],
)
def test_uptake_that_is_stored_has_the_name_of_its_kind(pet, units, kind, unit, words):
    change(pet, Units=units, SUVType=kind or "BW")
    if kind is None:
        change(pet, SUVType=None)
    found = dicom.read(pet)
    assert found.unit == unit
    assert words in found.notes[0]
    np.testing.assert_allclose(found.pixels, 1000)


def test_a_dose_in_another_unit_and_a_clock_of_another_zone_give_no_suv(pet):
    change(pet, {"RadionuclideTotalDose": "370"})
    assert any("RadionuclideTotalDose of 370 Bq" in note for note in dicom.read(pet).notes)
    zoned = {"RadiopharmaceuticalStartDateTime": "20200101090000+0100"}
    change(pet, {"RadionuclideTotalDose": "370000000", **zoned})
    assert any("injection to scan is not known" in note for note in dicom.read(pet).notes)


def test_ct_says_what_it_assumes(tmp_path):
    volume = Volume(np.arange(16, dtype=np.int16).reshape(1, 4, 4), (1, 1, 1), "HU", "CT")
    (path,) = dicom.write(volume, tmp_path / "ct")
    change(path, RescaleSlope=None, RescaleIntercept=None, RescaleType=None)
    found = dicom.read(path)
    assert found.unit == "HU"
    assert "taken to be HU" in found.notes[0]
    change(path, RescaleType="MGML")
    assert dicom.read(path).unit == "1"


@pytest.mark.parametrize("text", ["", "2020", "not a time", "20201399000000", "20200101-+..", "\0"])
def test_a_moment_that_is_none_is_none(text):
    assert moment(text) is None
