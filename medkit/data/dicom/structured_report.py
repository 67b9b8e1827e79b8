"""Structured reports: DICOM files that hold a reading as a tree of coded items.

Each item is a name, a kind (text, code, number, reference to an image, …) and a value, and
names are codes, so that "diameter, 30 mm" means the same in every hospital (DICOM PS3.3,
C.17.3). What a computer reads from free text with errors is here by construction.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike

import pydicom
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset

from medkit.data.dicom.parse import dataset, quiet
from medkit.data.dicom.source import DicomError, one_file

#: Reports that pydicom carries, by a name of ours.
EXAMPLES = {"mass": "test-SR.dcm", "form": "reportsi.dcm"}
_DEEPEST = 60  # no honest report nests deeper


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the tree.

    Parameters
    ----------
    depth : int
        0 for the document itself.
    relation : str
        To the item above it: "CONTAINS", "HAS CONCEPT MOD", …
    kind : str
        DICOM's value type: CONTAINER, TEXT, CODE, NUM, PNAME, IMAGE, …
    name, code : str
        What it is about: in words, and as "value, scheme"; "" where the file has none.
    value, unit : str
        What is said; for a NUM the number, with its unit in UCUM.
    """

    depth: int
    relation: str
    kind: str
    name: str
    code: str
    value: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class StructuredReport:
    """A structured report: what kind of document it is, and its items in reading order."""

    kind: str
    items: tuple[Item, ...]

    @property
    def title(self) -> str:
        """What the document says it is."""
        return self.items[0].name

    def text(self) -> str:
        """Return the tree as indented lines."""
        lines = []
        for item in self.items:
            value = " ".join(f"{item.value} {item.unit}".split())
            words = f"{item.name or '(no name)'}: {value}" if value else item.name or "(no name)"
            lines.append(f"{'  ' * item.depth}{words}  [{item.kind}]")
        return "\n".join(lines)

    def measurements(self) -> list[Item]:
        """Return the numbers: items of kind NUM, each with unit and code."""
        return [item for item in self.items if item.kind == "NUM"]

    def codes(self) -> dict[str, str]:
        """Return the coded statements: name → value; the first where there are several."""
        found: dict[str, str] = {}
        for item in self.items:
            if item.kind == "CODE":
                found.setdefault(item.name, item.value)
        return found


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
    header = dataset(file)
    # Items convert when touched, and a damaged one can raise anything.
    try:
        with quiet():
            if "ContentSequence" not in header:
                kind = str(header.get("Modality") or "")
                kind = kind if kind.isalnum() else "DICOM"
                raise DicomError(
                    f"{file.name}: is {kind} without a ContentSequence, so no structured report; "
                    "read images with medkit.data.dicom.read"
                )
            items = tuple(_walk(header, file.name))
            kind = header.get("SOPClassUID", "")
            return StructuredReport(str(getattr(kind, "name", kind)), items)
    except DicomError:
        raise
    except Exception as error:
        raise DicomError(
            f"{file.name}: its tree of content is damaged. Copy or export it again."
        ) from error


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


def _walk(root: Dataset, file: str) -> Iterator[Item]:
    """Yield the items in reading order; a stack of our own, as files choose the depth."""
    todo = [(root, 0)]
    while todo:
        node, depth = todo.pop()
        if depth > _DEEPEST:
            raise DicomError(
                f"{file}: its content nests deeper than {_DEEPEST} items, as no honest report "
                "does. Export it again."
            )
        yield _item(node, depth)
        todo += [(child, depth + 1) for child in reversed(node.get("ContentSequence") or [])]


def _item(node: Dataset, depth: int) -> Item:
    name, code = _coded(node, "ConceptNameCodeSequence")
    relation = str(node.get("RelationshipType", ""))
    if "ValueType" not in node:  # a pointer to another item of the tree
        path = node.get("ReferencedContentItemIdentifier") or []
        path = path if isinstance(path, (list, pydicom.multival.MultiValue)) else [path]
        return Item(depth, relation, "REFERENCE", name, code, ".".join(map(str, path)))
    kind = str(node.ValueType)
    value, unit = _value(node, kind)
    return Item(depth, relation, kind, name, code, value, unit)


def _value(node: Dataset, kind: str) -> tuple[str, str]:
    """Return an item's value, and its unit if it is a number."""
    if kind == "CODE":
        return _coded(node, "ConceptCodeSequence")[0], ""
    if kind == "NUM":
        # An empty sequence is a measurement that failed (PS3.3, C.18.1).
        measured = (node.get("MeasuredValueSequence") or [None])[0]
        if measured is None:
            return "(not measured)", ""
        unit = _coded(measured, "MeasurementUnitsCodeSequence")[1].rpartition(", ")[0]
        return str(measured.get("NumericValue", "")), unit
    if kind in ("IMAGE", "COMPOSITE", "WAVEFORM"):
        referenced = (node.get("ReferencedSOPSequence") or [Dataset()])[0]
        uid = referenced.get("ReferencedSOPClassUID", "")
        return str(getattr(uid, "name", uid)), ""
    if kind in ("SCOORD", "SCOORD3D"):
        return str(node.get("GraphicType", "")).lower(), ""
    names = {
        "TEXT": "TextValue",
        "PNAME": "PersonName",
        "DATE": "Date",
        "TIME": "Time",
        "DATETIME": "DateTime",
        "UIDREF": "UID",
        "TCOORD": "TemporalRangeType",
    }
    return str(node.get(names.get(kind, ""), "")), ""


def _coded(node: Dataset, keyword: str) -> tuple[str, str]:
    """Return a code's meaning, and "value, scheme"."""
    sequence = node.get(keyword)
    if not sequence:
        return "", ""
    code = sequence[0]
    value = next(
        (str(code[k].value) for k in ("CodeValue", "LongCodeValue", "URNCodeValue") if k in code),
        "",
    )
    scheme = str(code.get("CodingSchemeDesignator", ""))
    return str(code.get("CodeMeaning", "")), f"{value}, {scheme}"
