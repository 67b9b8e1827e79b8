"""A DICOM header as a table that is safe to show: all text is escaped."""

import html
from dataclasses import dataclass

import pydicom

from medkit.data.dicom.parse import dataset, reading
from medkit.data.dicom.source import one_file

_LONGEST = 120
#: More rows than this are counted, not shown: some enhanced files have 100,000.
_MOST_ROWS = 5000


@dataclass(frozen=True)
class Header:
    """The elements of a file, one row each.

    Parameters
    ----------
    name : str
        The file's name.
    rows : tuple of (int, str, str, str, str)
        Nesting depth, tag, keyword, value representation, value as text.
    """

    name: str
    rows: tuple[tuple[int, str, str, str, str], ...]

    def __getitem__(self, keyword: str) -> str:
        """Return the value of the first element with this keyword, as text."""
        for _, _, name, _, value in self.rows:
            if name == keyword:
                return value
        raise KeyError(f"{self.name} has no {keyword}")

    def __contains__(self, keyword: str) -> bool:
        return any(row[2] == keyword for row in self.rows)

    def __iter__(self):
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def find(self, text: str) -> "Header":
        """Return the rows whose tag, keyword or value contains a text, in any case.

        >>> from medkit.data import dicom
        >>> [row[2] for row in dicom.header(dicom.example("ct")).find("rescale")]
        ['RescaleIntercept', 'RescaleSlope']
        """
        text = text.lower()
        rows = [row for row in self.rows if any(text in str(cell).lower() for cell in row[1:])]
        return Header(self.name, tuple(rows))

    def __repr__(self) -> str:
        lines = [f"{self.name}: {len(self.rows)} elements"]
        for depth, tag, keyword, vr, value in self.rows:
            lines.append(f"{'  ' * depth}{tag} {vr:2} {keyword:<32} {value}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Return a table for notebooks; a name with HTML in it is shown, not run."""
        heads = "".join(f"<th scope='col'>{h}</th>" for h in ("Tag", "Keyword", "VR", "Value"))
        body = "".join(
            f"<tr><td><code>{'&emsp;' * depth}{html.escape(tag)}</code></td>"
            + "".join(
                f"<td style='text-align:left'>{html.escape(cell)}</td>"
                for cell in (keyword, vr, value)
            )
            + "</tr>"
            for depth, tag, keyword, vr, value in self.rows
        )
        return (
            # What scrolls must be reached from the keyboard.
            "<div tabindex='0' role='region' aria-label='Header' "
            "style='max-height:24em;overflow:auto'><table>"
            f"<caption>{html.escape(self.name)}: {len(self.rows)} elements</caption>"
            f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
        )


def header(file) -> Header:
    """Read the header of one DICOM file as a table.

    Parameters
    ----------
    file : path
        A DICOM file; it need not be an image.

    Returns
    -------
    Header

    Raises
    ------
    DicomError
        If it is not there, or not DICOM.

    >>> from medkit.data import dicom
    >>> dicom.header(dicom.example("mr"))["Modality"]
    'MR'
    """
    found = one_file(file)
    ds = dataset(found)
    rows: list = []
    with reading(found.name):
        for part in (ds.file_meta, ds):
            _collect(part, 0, rows)
    if len(rows) > _MOST_ROWS:
        more = len(rows) - _MOST_ROWS
        rows = [*rows[:_MOST_ROWS], (0, "…", "", "", f"{more} more elements")]
    return Header(found.name, tuple(rows))


def _collect(ds: pydicom.Dataset, depth: int, rows: list) -> None:
    # Elements are converted when touched, and a damaged one can raise anything: it gets a row.
    for tag in sorted(ds.keys()):
        if len(rows) > _MOST_ROWS:
            return
        label = f"({tag.group:04X},{tag.element:04X})"
        try:
            element = ds[tag]
            keyword = element.keyword or (element.name if tag.is_private else "")
            if element.VR == "SQ":
                count = len(element.value)
                rows.append((depth, label, keyword, "SQ", f"{count} item(s)"))
                for item in element.value:
                    _collect(item, depth + 1, rows)
            else:
                rows.append((depth, label, keyword, element.VR, _shown(element)))
        except Exception as error:
            rows.append((depth, label, "", "", f"unreadable ({type(error).__name__})"))


def _shown(element) -> str:
    value = element.value
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if value is None:
        return ""
    several = isinstance(value, (list, tuple, pydicom.multival.MultiValue))
    text = "\\".join(map(str, value)) if several else str(value)
    # Line breaks and control characters would tear the table (and a terminal) apart.
    text = "".join(c if c.isprintable() else " " for c in text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
