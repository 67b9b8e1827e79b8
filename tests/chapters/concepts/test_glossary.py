"""The glossary knows every term that a notebook sets in bold.

A bold text of a Markdown cell is a **term** unless

- it holds a mark of a sentence or of mathematics (``. , : ; ? ! $ = …``, a quotation mark), as
  *The box.*, verdicts and formulas do,
- it is a number, one letter, or a notebook of the map (``31``, ``4x``, ``0.927``),
- it has more than five words: then it is a sentence that is stressed,
- it is one of `STRESSED`: words that are bold to be heard, or because they begin a line, and
  name no concept.

Capitals, hyphens and a plural "s" do not count.
"""

import csv
import re
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from medkit import kit

NOTEBOOKS = sorted((Path(__file__).parents[3] / "notebooks").glob("*.ipynb"))

#: Bold in some notebook, and no term: stressed words, items of lists, organs, names of rows.
STRESSED = """
from photons to diagnosis | number with a unit | Predict | function | bold | not | we wrote one
patient | face | and the picture | order | Try these | cross | real | tra | dyn | line
symmetry | along the phase encoding | equal cost | squeezes | reflects | absorbs | half
downshift | plane | diverging | arc | The patient | The probe | arcs | time | logarithm | look
moves | shallow | lung | gut | build | Depth | Surface | mass | where | Subtract | Resample
Transform | Your own explorer | fluid | eye | skin | Laser classes | Blue light
Before a photograph | Skin of all colours | bed | One lost | Throw a pair | Sort them
two pixels | three lines | Guess | Compare | Multiply | brain | heart | kidneys | bladder
Pregnancy | Breast-feeding | Better features beat better machines | and the running number
reader is the unit | Another report | ends | How to decide | no | rules err towards illness
better than it is | Findings invented | γ too large | a split that leaks | Compile | Fit
Evaluate | 400 other patients | lost information | first | learned | three or four
words that were never learned | shuffled | pairs | average | signal | colour | contrasts | shift
lost | better parent | several ways | Several draws | begin | outside its normal range
likeness | better | Every call has a price | speed needs size | our reading | our reader
header alone | Harmonised acquisition | Tell it the scanner | Mend it | Ten draws | perfect hand
Everybody is average | A prospective study | how much of each tissue | Beer and Lambert | photons
of one family
"""
STRESSED = {words.strip() for line in STRESSED.split("\n") for words in line.split("|")}

MARKS = re.compile(r"[.,:;?!$=…“”\"'’+]")


def plain(words):
    """Return a term as it is compared: small letters, no hyphens, no plural."""
    words = " ".join(re.sub(r"[-–]", " ", words.casefold()).split())
    return re.sub(r"(?<=[a-rt-z])s$", "", words)


def is_term(bold):
    """Tell whether a bold text is a term, by the rule above but for `STRESSED`."""
    words = bold.replace("Ernst's", "Ernst").replace("Simpson's", "Simpson")
    odd = MARKS.search(words) or re.fullmatch(r"[\d.x ]+%?|\w", words)
    return not odd and len(words.split()) <= 5


def bolds(path):
    """Return what a notebook sets in bold, code left out, each once."""
    prose = (c.source for c in nbformat.read(path, 4).cells if c.cell_type == "markdown")
    text = "\n\n".join(re.sub(r"```.*?```|`[^`\n]*`", "", source, flags=re.S) for source in prose)
    found = re.findall(r"\*\*(?!\s)(.+?)(?<!\s)\*\*", text, re.S)
    return list(dict.fromkeys(" ".join(bold.split()) for bold in found))


def glossary():
    return pd.read_csv(kit.root() / "datasets" / "glossary.csv", dtype=str).fillna("")


def known():
    """Return every term of the glossary and its aliases, as they are compared."""
    table = glossary()
    names = [*table.term, *(a for row in table.aliases for a in row.split(";"))]
    return {plain(name) for name in names if name.strip()}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_has_every_bold_term(path):
    names, stressed = known(), {plain(words) for words in STRESSED}
    terms = [bold for bold in bolds(path) if is_term(bold) and plain(bold) not in stressed]
    missing = [term for term in terms if plain(term) not in names]
    assert not missing, (
        f"{path.stem} sets in bold what the glossary has not: {missing}. Add a row to "
        "datasets/glossary.csv, an alias, or, if it is no term, a line to STRESSED."
    )


def test_rows_are_whole_sorted_and_without_doubles():
    with open(kit.root() / "datasets" / "glossary.csv", encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["term", "chinese", "meaning", "notebook", "aliases"]
    assert all(len(row) == 5 and all(cell.strip() for cell in row[:4]) for row in rows)
    terms = [row[0].casefold() for row in rows]
    assert terms == sorted(set(terms))
    table = glossary()
    names = [plain(n) for n in table.term]
    assert len(names) == len(set(names))


def test_each_term_has_chinese_a_sentence_and_a_notebook():
    topics = {path.stem[:2] for path in NOTEBOOKS} | {"20", "22", "24"}
    for row in glossary().itertuples():
        assert re.search(r"[\u4e00-\u9fff]", row.chinese) or row.chinese == row.term, row.term
        assert re.fullmatch(r"[A-Z].*\.", row.meaning), row.term
        assert 3 < len(row.meaning.split()) < 30, row.term
        assert row.notebook in topics, row.term


def test_a_search_in_chinese_finds_what_one_in_english_does():
    table = glossary()
    for english, chinese in (("convolution", "卷积"), ("noise", "噪声"), ("AUC", "曲线下面积")):
        found = table[table.chinese.str.contains(chinese)].term
        assert english in set(found)
    assert len(set(table.chinese)) == len(table), "one Chinese word for two terms"


def test_the_rule_tells_terms_from_sentences():
    for words in ("box plot", "Ernst's angle", "t-SNE"):
        assert is_term(words), words
    for words in ("The box.", "31", "4x", "s", "0.927", "a split is never what you think"):
        assert not is_term(words), words
    assert plain("Neural-networks") == plain("neural network")
    assert plain("loss") == "loss"
