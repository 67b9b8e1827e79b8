"""Structured reports: DICOM files that hold a reading as a tree of coded items.

Each item is a name, a kind (text, code, number, reference to an image, …) and a value, and
names are codes, so that "diameter, 30 mm" means the same in every hospital (DICOM PS3.3,
C.17.3). What a computer reads from free text with errors is here by construction.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from os import PathLike

from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset

from medkit.data.dicom.parse import dataset, reading
from medkit.data.dicom.source import DicomError, one_file

#: Reports that pydicom carries, by a name of ours.
EXAMPLES = {"mass": "test-SR.dcm", "form": "reportsi.dcm"}


@dataclass(frozen=True, slots=True)
class Measurement:
    """A number of a report.

    Parameters
    ----------
    name, code : str
        What it is about: in words, and as "value, scheme"; "" where the file has none.
    value, unit : str
        The number, with its unit in UCUM.
    """

    name: str
    code: str
    value: str
    unit: str


@dataclass(frozen=True)
class StructuredReport:
    """A structured report: its title, and the tree of its items as pydicom reads it."""

    title: str
    tree: Dataset = field(repr=False)

    def measurements(self) -> list[Measurement]:
        """Return the numbers, in reading order: items of kind NUM, each with unit and code."""
        return [_measurement(item) for item in _walk(self.tree) if item.get("ValueType") == "NUM"]


def read(path: str | PathLike) -> StructuredReport:
    """Read a DICOM structured report.

    Parameters
    ----------
    path : path
        A file.

    Returns
    -------
    StructuredReport

    Raises
    ------
    DicomError
        If it is no DICOM file, or none with a tree of content.

    Examples
    --------
    >>> report = read(example("mass"))
    >>> [(m.name, m.value, m.unit) for m in report.measurements()][0]
    ('Diameter', '3', 'cm')
    """
    file = one_file(path, "path")
    tree = dataset(file)
    with reading(file.name):
        if "ContentSequence" not in tree:
            raise DicomError(
                f"{file.name}: has no ContentSequence, so it is no structured report; "
                "read images with medkit.data.dicom.read"
            )
        report = StructuredReport(_coded(tree, "ConceptNameCodeSequence")[0], tree)
        report.measurements()  # what is damaged shows here
        return report


def example(name: str) -> str:
    """Return the path of a real structured report that pydicom carries.

    Raises
    ------
    KeyError
        If there is no such example; the message lists them.
    """
    if name not in EXAMPLES:
        raise KeyError(f"no example {name!r}; there are: {', '.join(EXAMPLES)}")
    return str(get_testdata_file(EXAMPLES[name], download=False))


def _walk(node: Dataset) -> Iterator[Dataset]:
    yield node
    for child in node.get("ContentSequence") or ():
        yield from _walk(child)


def _measurement(item: Dataset) -> Measurement:
    name, code = _coded(item, "ConceptNameCodeSequence")
    # An empty sequence is a measurement that failed (PS3.3, C.18.1).
    measured = (item.get("MeasuredValueSequence") or [None])[0]
    if measured is None:
        return Measurement(name, code, "(not measured)", "")
    unit = _coded(measured, "MeasurementUnitsCodeSequence")[1].rpartition(", ")[0]
    return Measurement(name, code, str(measured.get("NumericValue", "")), unit)


def _coded(node: Dataset, keyword: str) -> tuple[str, str]:
    """Return a code's meaning, and "value, scheme"."""
    code = (node.get(keyword) or [Dataset()])[0]
    values = (code.get(k) for k in ("CodeValue", "LongCodeValue", "URNCodeValue"))
    value, scheme = next(filter(None, values), ""), code.get("CodingSchemeDesignator", "")
    return str(code.get("CodeMeaning", "")), f"{value}, {scheme}" if len(code) else ""
