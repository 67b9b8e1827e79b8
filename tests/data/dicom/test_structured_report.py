"""Structured reports, from real files and from a tree made here."""

import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence

from medkit.data.dicom import example as image_example
from medkit.data.dicom import structured_report
from medkit.data.dicom.source import DicomError


def code(value, meaning, scheme="DCM"):
    node = Dataset()
    node.CodeValue, node.CodingSchemeDesignator, node.CodeMeaning = value, scheme, meaning
    return Sequence([node])


def item(kind, name, **settings):
    node = Dataset()
    node.RelationshipType, node.ValueType = "CONTAINS", kind
    node.ConceptNameCodeSequence = code("1", name)
    for key, value in settings.items():
        setattr(node, key, value)
    return node


def save(path, content):
    root = item("CONTAINER", "Imaging Report", ContentSequence=Sequence(content))
    del root.RelationshipType
    root.SOPClassUID = "1.2.840.10008.5.1.4.1.1.88.22"
    root.SOPInstanceUID, root.Modality = "1.2.3", "SR"
    root.file_meta = FileMetaDataset()
    root.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    root.save_as(path, enforce_file_format=True)
    return path


def measured(number, unit):
    value = Dataset()
    value.NumericValue = number
    value.MeasurementUnitsCodeSequence = code(unit, unit, "UCUM")
    return Sequence([value])


def test_a_tree_made_here_is_read_back(tmp_path):
    inner = item("NUM", "Diameter", MeasuredValueSequence=measured("12.5", "mm"))
    path = save(
        tmp_path / "sr.dcm",
        [
            item(
                "CODE",
                "Finding",
                ConceptCodeSequence=code("4147007", "Mass", "SCT"),
                ContentSequence=Sequence([inner]),
            ),
            item("TEXT", "Impression", TextValue="No bleed."),
            item("NUM", "Volume", MeasuredValueSequence=Sequence([])),
        ],
    )
    report = structured_report.read(path)
    assert report.title == "Imaging Report"
    diameter, volume = report.measurements()
    assert (diameter.name, diameter.value, diameter.unit) == ("Diameter", "12.5", "mm")
    assert volume.value == "(not measured)"


def test_real_reports_that_pydicom_carries():
    mass = structured_report.read(structured_report.example("mass"))
    assert {(m.name, m.value, m.unit) for m in mass.measurements()} == {("Diameter", "3", "cm")}
    form = structured_report.read(structured_report.example("form"))
    assert form.title == "Document Title"
    with pytest.raises(KeyError, match="there are: mass"):
        structured_report.example("novel")


def test_what_is_no_structured_report_is_refused(tmp_path):
    with pytest.raises(DicomError, match="no structured report"):
        structured_report.read(image_example("ct"))
    (tmp_path / "a.txt").write_text("a letter")
    with pytest.raises(DicomError, match=r"a\.txt: is not a DICOM file"):
        structured_report.read(tmp_path / "a.txt")
    with pytest.raises(DicomError, match=r"nothing\.dcm: there is no such file"):
        structured_report.read(tmp_path / "nothing.dcm")


@pytest.mark.data
@pytest.mark.parametrize("name", ["sr_document", "sr_document_with_multiple_groups"])
def test_measurements_of_another_toolkit(test_data, name):
    report = structured_report.read(test_data / "dicom_files" / "highdicom" / f"{name}.dcm")
    numbers = report.measurements()
    assert numbers
    read = {(m.name, m.value, m.unit, m.code) for m in numbers}
    if "groups" in name:
        assert ("Diameter", "10.0", "mm", "81827009, SCT") in read
        assert ("Intensity Histogram Mean", "-119.07385253906", "[hnsf'U]", "X6K6, IBSI") in read
    else:
        assert [(m.name, m.value, m.unit) for m in numbers] == [
            ("Area of defined region", "1.7", "cm2")
        ]
