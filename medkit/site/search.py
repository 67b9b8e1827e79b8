"""What the course holds: its map, its three paths, and what can be searched for.

All of it is read where it is written, in the map of ``00_start_here`` and in the glossary.
"""

import csv
import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat

from medkit import kit

#: The parts of the course by the first digit of their notebooks.
PARTS = {
    "0": "Begin",
    "1": "Scanners",
    "2": "Reading",
    "3": "Algorithms",
    "4": "Diseases",
    "5": "Judgement",
    "9": "Workbench",
}


@dataclass(frozen=True)
class Term:
    """A row of the glossary, and the place in the site where it is explained."""

    term: str
    chinese: str
    meaning: str
    target: str
    aliases: str


def course_map(start: Path) -> tuple[dict, dict]:
    """Read the map and the paths from the first notebook.

    Returns
    -------
    map : dict
        Part → list of (stem or "", number, topic, question).
    paths : dict
        Name of a way through the course → its text.

    Raises
    ------
    ValueError
        If the notebook has no map or no paths.
    """
    text = "\n".join(cell.source for cell in nbformat.read(start, 4).cells)
    row = r"^\| \*\*(\d\d)\*\* \| (?:\[(.+?)\]\((\d\d_\w+)\.ipynb\)|([^|]+?)) \| (.+?) \|$"
    parts: dict[str, list] = {}
    for number, linked, stem, words, question in re.findall(row, text, re.MULTILINE):
        stem = stem or (start.stem if start.stem.startswith(number) else "")
        line = (stem, number, _begun(linked or words), question)
        parts.setdefault(PARTS[number[0]], []).append(line)
    ways = re.search(r"^\*\*Three ways through it\.\*\*(.+?)(?:\n\n|\Z)", text, re.S | re.M)
    words = " ".join(ways[1].split()) if ways else ""
    found = re.findall(r"In (?:a )?\*([^*]+)\*, (.+?)(?= In (?:a )?\*|$)", words)
    if not parts or len(found) != 3:
        raise ValueError(f"{start}: expected the map, a table, and 'Three ways through it.'")
    return parts, {_begun(name): _begun(words) for name, words in found}


def _begun(words):
    return words[0].upper() + words[1:]


def with_links(text: str, stems: Iterable[str]) -> str:
    """Turn a path's words into HTML, in which the notebooks' numbers are links."""
    pages = {stem[:2]: stem for stem in stems}

    def link(match):
        stem = pages.get(match[0])
        return f'<a href="{stem}.html">{match[0]}</a>' if stem else match[0]

    text = re.sub(r"\*([^*]+)\*", r"<em>\1</em>", html.escape(text))
    return re.sub(r"\b\d\d\b", link, text)


def glossary(records: Mapping[str, dict]) -> list[Term]:
    """Return all terms, each with the heading below which its notebook explains it.

    Parameters
    ----------
    records : mapping
        What is known of each page that there is: ``terms`` maps words to anchors.
    """
    terms = []
    with (kit.root() / "datasets" / "glossary.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            stem = next((s for s in records if s.startswith(row["notebook"] + "_")), "")
            words = [row["term"], *row["aliases"].split(";")]
            places = records[stem]["terms"] if stem else {}
            anchor = next((places[w] for w in map(_key, words) if places.get(w)), "")
            target = stem and f"{stem}.html" + (f"#{anchor}" if anchor else "")
            terms.append(Term(row["term"], row["chinese"], row["meaning"], target, row["aliases"]))
    return sorted(terms, key=lambda term: term.term.lower())


def _key(words):
    return words.strip().lower()


def index(records: Mapping[str, dict], terms: Sequence[Term]) -> str:
    """Return the script that holds all titles, headings and terms.

    A classic script, since a page that was opened from a disk may load no data. An entry is
    (kind, words, target, more words that find it, line below it).
    """
    entries = []
    for stem, record in records.items():
        entries.append(("page", record["title"], f"{stem}.html", "", ""))
        entries += [
            ("part", words, f"{stem}.html#{anchor}", "", record["title"])
            for level, words, anchor in record["headings"]
            if level > 1
        ]
    entries += [
        ("term", term.term, term.target or "glossary.html", f"{term.chinese} {term.aliases}",
         f"{term.chinese} · {term.meaning}")
        for term in terms
    ]  # fmt: skip
    return f"medkitIndex({json.dumps(entries, ensure_ascii=False, separators=(',', ':'))});\n"
