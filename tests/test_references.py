"""Every DOI and arXiv id of the project, beside the claim that it supports.

The table is `references.csv`: the id, first author, year and work, what the project
claims on its authority, and whether the id was ``seen`` beside that work in public text
or stands ``from memory``. Read it with the places where each id stands by
``python tests/test_references.py``. A wrong digit in a DOI leads to another paper or
to none, and nothing else in the project would notice.
"""

import csv
import html
import itertools
import json
import re
import urllib.parse
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PLACES = ("README.md", "datasets/*.toml", "medkit/**/*.py", "medkit/**/*.csv", "medkit/**/*.toml")
PLACES += ("notebooks/*.ipynb", "tests/**/*.py")

DOI = r"10\.\d{4,9}/[^\s\"'`|\]]+"
IDENTIFIER = re.compile(rf"{DOI}|arxiv(?:\.org/(?:abs|pdf)/|[:.]\s?)(\d{{4}}\.\d{{4,5}})", re.I)
#: A link whose words are an id.
LINK = re.compile(rf"\[(?:doi:)?({DOI}|arXiv:[^\]]+)\]\(https?://([^\s]+)", re.I)
YEAR = re.compile(r"(?<![\d.])(1[89]\d\d|20[0-3]\d)\b")
#: Letters before an id in which its author and its year are looked for.
NAME_WITHIN, YEAR_WITHIN = 110, 60


class Use(NamedTuple):
    """One place where an id stands, and the words before it that may speak of it."""

    place: str
    before: str


def texts(path: Path):
    """Yield the line and the text of a file; of a notebook, of each source and output."""
    if path.suffix != ".ipynb":
        yield 1, path.read_text(encoding="utf-8")
        return

    def strings(value):
        if isinstance(value, str):
            yield value
        elif isinstance(value, list) and all(isinstance(part, str) for part in value):
            yield "".join(value)
        elif isinstance(value, list | dict):
            for part in value.values() if isinstance(value, dict) else value:
                yield from strings(part)

    for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
        for text in strings([cell["source"], cell.get("outputs", [])]):
            yield f"cell {number}", html.unescape(text)


def normal(found: str) -> str:
    """Return an id as the table has it: lower case, nothing of the sentence around it.

    >>> normal("10.1016/S0140-6736%2802%2908352-6)).")
    '10.1016/s0140-6736(02)08352-6'
    """
    found = urllib.parse.unquote(found.split("</")[0]).lower()
    while found[-1] in ".,;:?>)}*\\" and not (
        found[-1] in ")>" and found.count({")": "(", ">": "<"}[found[-1]]) >= found.count(found[-1])
    ):
        found = found[:-1]
    if arxiv := re.search(r"arxiv.*?(\d{4}\.\d{4,5})", found):
        return "arXiv:" + arxiv[1]
    return found


def collect(root: Path = ROOT) -> dict[str, list[Use]]:
    """Return the uses of every id under a folder.

    Tests also hold ids that are examples: there, one counts if ``doi`` stands before it.
    """
    uses = defaultdict(list)
    for path in sorted(itertools.chain(*map(root.glob, PLACES))):
        if path.name in (Path(__file__).name, "references.csv"):
            continue
        for start, text in texts(path):
            end = 0
            for found in IDENTIFIER.finditer(text):
                cited = found[0][:2] != "10" or text[: found.start()].endswith(("doi:", "doi.org/"))
                if path.is_relative_to(root / "tests") and not cited:
                    continue
                line = start
                if isinstance(line, int):
                    line += text.count("\n", 0, found.start())
                before = text[max(end, found.start() - NAME_WITHIN) : found.start()]
                before = re.split(r";|\n\s*\n", before)[-1]
                uses[normal(found[0])].append(Use(f"{path.relative_to(root)}:{line}", before))
                end = found.end()
    return dict(uses)


def table(path: Path = ROOT / "tests" / "references.csv") -> list[dict[str, str]]:
    """Return the rows of the table."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def listing() -> str:
    """Return the table as text: id, work, how it was verified, claim, and where it stands."""
    uses, lines = collect(), []
    for row in table():
        places = ", ".join(dict.fromkeys(use.place for use in uses.get(row["id"], ())))
        lines += [f"{row['id']}", f"    {row['author']} {row['year']}, {row['work']}"]
        lines += [f"    → {row['claim']}", f"    {row['verified']}; {places}"]
    return "\n".join(lines)


def one_digit_apart(one: str, other: str) -> bool:
    """Tell whether two ids differ by one letter that is wrong, missing, too many or swapped."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    differ = len(list(same))
    rest, others = one[differ:], other[differ:]
    return (
        rest[1:] == others[1:]
        or rest[1:] == others
        or rest == others[1:]
        or (rest[:2] == others[1::-1] and rest[2:] == others[2:])
    )


def disagreements(uses: dict[str, list[Use]], rows: list[dict[str, str]]) -> list[str]:
    """Return where the words before an id name another year or another first author."""
    authors = {row["author"] for row in rows}
    wrong = []
    for row in rows:
        for use in uses.get(row["id"], ()):
            years = set(YEAR.findall(use.before[-YEAR_WITHIN:]))
            named = {name for name in authors if re.search(rf"\b{re.escape(name)}\b", use.before)}
            if years and row["year"][:4] not in years:
                wrong.append(f"{use.place}: {row['id']} is of {row['year']}, not {sorted(years)}")
            if named and row["author"] not in named:
                wrong.append(f"{use.place}: {row['id']} is by {row['author']}, not {sorted(named)}")
    return wrong


def test_every_id_of_the_project_stands_in_the_table_and_none_besides():
    uses, known = collect(), [row["id"] for row in table()]
    assert known == sorted(set(known)), "keep the rows of references.csv sorted, each id once"
    missing = [f"{key} ({uses[key][0].place})" for key in sorted(uses.keys() - known)]
    assert not missing, f"look these up, then add them to tests/references.csv: {missing}"
    stale = sorted(set(known) - uses.keys())
    assert not stale, f"nothing cites these any more; take them out of the table: {stale}"


def test_rows_are_complete_and_their_ids_well_formed():
    for row in table():
        assert all(value.strip() for value in row.values()), row
        assert row["verified"] in ("seen", "topic seen", "from memory"), row
        assert re.fullmatch(r"(1[89]|20)\d\d[a-z]?", row["year"]), row
        assert row["id"].count("(") == row["id"].count(")"), row
        assert re.fullmatch(r"10\.\d{4,9}/[!-~]+|arXiv:\d\d(0[1-9]|1[0-2])\.\d{4,5}", row["id"]), (
            row
        )


def test_no_two_ids_differ_by_one_letter():
    ids = [row["id"] for row in table()]
    alike = {pair for pair in itertools.combinations(ids, 2) if one_digit_apart(*pair)}
    alike -= {("10.23915/distill.00002", "10.23915/distill.00003")}  # both looked up
    assert not alike, f"one of each is a slip, unless both were looked up: {alike}"


def test_one_work_has_one_id():
    works = defaultdict(list)
    for row in table():
        works[row["author"], row["year"]].append(row["id"])
    twice = {work: ids for work, ids in works.items() if len(ids) > 1}
    assert not twice, f"the same author and year: one id is wrong, or write 2009a, 2009b: {twice}"


def test_an_id_that_holds_a_year_holds_that_of_its_work():
    for row in table():
        held = re.search(r"[./]((?:19|20)\d\d)\.", row["id"])
        year = int(row["year"][:4])
        if arxiv := re.match(r"arXiv:(\d\d)", row["id"]):
            assert 0 <= year - 2000 - int(arxiv[1]) <= 2, row
        elif held and int(held[1]) <= 2035:
            assert abs(year - int(held[1])) <= 1, row


def test_the_words_before_an_id_name_its_author_and_year():
    assert disagreements(collect(), table()) == []


def test_links_lead_where_they_say():
    wrong, seen = [], 0
    for path in sorted(ROOT.glob("notebooks/*.ipynb")):
        for place, text in texts(path):
            for words, target in LINK.findall(text):
                seen += 1
                if normal(words) != normal(target.partition("/")[2].replace("abs/", "arXiv:")):
                    wrong.append(f"{path.name}, {place}: {words} → {target}")
    assert seen > 40
    assert not wrong


def test_slips_are_found(tmp_path):
    mettler = "10.1148/radiol.2481071451"
    for slip in (
        "10.1148/radiol.2482071451",
        "10.1148/radiol.248107145",
        "10.1148/radiol.2481074151",
    ):
        assert one_digit_apart(mettler, slip), slip
        assert one_digit_apart(slip, mettler), slip
    assert not one_digit_apart(mettler, mettler)
    assert not one_digit_apart("10.1109/tmi.1982.4307558", "10.1109/tmi.1982.4307572")

    (tmp_path / "medkit").mkdir()
    (tmp_path / "medkit" / "dose.py").write_text(
        f'"""Mettler et al. (2009), doi:{mettler}.\n\nBeck and Teboulle, https://doi.org/{mettler}."""\n'
        "# (doi:10.1016/S0140-6736(02)08352-6); arXiv:1312.6114, https://arxiv.org/abs/1412.6980\n"
    )
    uses = collect(tmp_path)
    assert sorted(uses) == [
        "10.1016/s0140-6736(02)08352-6",
        mettler,
        "arXiv:1312.6114",
        "arXiv:1412.6980",
    ]
    year, author = disagreements(
        uses, [row for row in table() if row["author"] in ("Mettler", "Beck")]
    )
    assert "dose.py:1: " in year
    assert "2008, not ['2009']" in year
    assert "dose.py:3: " in author
    assert "Mettler, not ['Beck']" in author


if __name__ == "__main__":
    print(listing())
