"""Headers as tables: right, and harmless to show."""

import pydicom
import pytest

from medkit.data import dicom

EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def evil(tmp_path):
    ds = pydicom.dcmread(dicom.example("ct"))
    ds.PatientName = EVIL
    ds.SeriesDescription = "<script>alert('2')</script>"
    item = pydicom.Dataset()
    item.PatientComments = f"line\nbreak {EVIL}"
    ds.OtherPatientIDsSequence = [item]
    path = tmp_path / "a&b.dcm"
    ds.save_as(path)
    return path


def test_html_in_a_name_is_shown_not_run(evil):
    shown = dicom.header(evil)._repr_html_()
    assert "<img" not in shown
    assert "<script" not in shown
    assert "&lt;img src=x onerror=alert(1)&gt;" in shown
    assert "a&amp;b.dcm" in shown


def test_rows_hold_what_the_file_holds(evil):
    table = dicom.header(evil)
    assert table["PatientName"] == EVIL
    assert table["Rows"] == "128"
    assert table["TransferSyntaxUID"] == "1.2.840.10008.1.2.1"
    assert table["PixelData"] == "32768 bytes"
    assert "PatientComments" in table
    assert "\n" not in table["PatientComments"]
    assert max(row[0] for row in table) == 1
    with pytest.raises(KeyError, match="has no EchoTime"):
        table["EchoTime"]


def test_find_narrows_the_table(evil):
    assert {row[2] for row in dicom.header(evil).find("ROWS")} == {"Rows"}
    assert "1 elements" in repr(dicom.header(evil).find("KVP"))


def test_what_is_no_file_says_so(tmp_path):
    with pytest.raises(dicom.DicomError, match="one of its files"):
        dicom.header(tmp_path)
    (tmp_path / "a.txt").write_text("hello")
    with pytest.raises(dicom.DicomError, match=r"a\.txt: is not a DICOM file"):
        dicom.header(tmp_path / "a.txt")
