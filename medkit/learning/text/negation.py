"""Is it there? Negation and uncertainty of findings in a sentence, by rules.

The idea is NegEx (Chapman et al. 2001, doi:10.1006/jbin.2001.1029): find the names of
findings, find trigger words such as *no* or *possible*, and let a trigger rule over what
stands in its scope. Phrases that only look like a trigger (*no change in*) are found
first and rule over nothing. The lists here are short and our own.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

#: The words that are looked for, from ``words.toml`` beside this file.
WORDS: dict[str, dict] = tomllib.loads(
    resources.files(__package__).joinpath("words.toml").read_text("utf-8")
)

#: Kind of trigger → its phrases. "before": the finding follows; "after": it came before.
TRIGGERS: dict[str, tuple[str, ...]] = {k: tuple(v) for k, v in WORDS["triggers"].items()}

#: Words that end the scope of a trigger.
ENDS = ("but", "however", "although", "though", "except", "apart from", "it measures")

#: How many words a trigger reaches. Six in NegEx's first version; our lists of findings are long.
REACH = 10

# A new clause: after a full stop, a semicolon, a new line, or an "and" that starts anew.
_CLAUSE = re.compile(
    r"(?<=[.;])\s+|\n+|\s+and\s+(?=(?:there|i|the|then|in the|no|we|so)\b)"
    r"|\s+(?=so (?:there|perhaps)\b|in summary\b)"
)


class Mention(NamedTuple):
    """A finding named in a text: where, and what is said of it."""

    finding: str
    start: int
    end: int
    status: str
    trigger: tuple[int, int] | None


def plain(text: str) -> str:
    """Return a text in lower case and American spelling.

    >>> plain("Haematoma, no OEDEMA")
    'hematoma, no edema'
    """
    text = text.lower()
    for british, american in WORDS["spelling"].items():
        text = re.sub(british, american, text)
    return text


def clauses(text: str) -> list[tuple[int, int]]:
    """Return (start, end) of each clause: no trigger rules beyond it."""
    breaks = [m.span() for m in _CLAUSE.finditer(text)]
    starts = [0, *(end for _, end in breaks)]
    ends = [*(start for start, _ in breaks), len(text)]
    return [(a, b) for a, b in zip(starts, ends, strict=True) if text[a:b].strip()]


def mentions(text: str, terms: Mapping[str, Sequence[str]]) -> list[Mention]:
    """Find findings in a text, and decide for each whether it is there.

    Parameters
    ----------
    text : str
        As `plain` returns it: the places refer to it.
    terms : mapping of str to sequence of str
        Finding → its names, as regular expressions in American spelling.

    Returns
    -------
    list of Mention
        In the order of the text, with status "present", "absent" or "uncertain".

    Examples
    --------
    >>> terms = {"bleed": ["hematoma"], "stroke": ["infarct"]}
    >>> [m.status for m in mentions("no hematoma but a large infarct", terms)]
    ['absent', 'present']
    >>> [m.status for m in mentions("no change in the known hematoma", terms)]
    ['present']
    """
    named, names = _terms(tuple((k, tuple(v)) for k, v in terms.items()))
    found = []
    for start, end in clauses(text):
        clause = text[start:end]
        triggers = [(m.span(), _KINDS[" ".join(m[0].split())]) for m in _TRIGGER.finditer(clause)]
        ends = [m.span() for m in _END.finditer(clause)]
        for match in named.finditer(clause):
            status, by = _decide(clause, match.span(), triggers, ends)
            where = start + match.start(), start + match.end()
            span = (start + by[0], start + by[1]) if by else None
            found.append(Mention(names[match.lastgroup], *where, status, span))
    return found


def _decide(clause, span, triggers, ends):
    """Return the status of a finding, and the place of the trigger that rules over it."""

    def reaches(a, b):
        stopped = any(a <= start and end <= b for start, end in ends)
        return a <= b and not stopped and len(clause[a:b].split()) <= REACH

    before = [(at, kind) for at, kind in triggers if "before" in kind and reaches(at[1], span[0])]
    after = [(at, kind) for at, kind in triggers if "after" in kind and reaches(span[1], at[0])]
    # Doubt about an absence is doubt: "the absence of X cannot be confirmed". Otherwise the
    # nearest trigger before the finding rules, and only then one after it.
    doubt = [(at, kind) for at, kind in after if kind.startswith("uncertain")]
    for at, kind in (*doubt[:1], *before[::-1], *after):
        return kind.split()[0], at
    return "present", None


def _any_of(phrases) -> re.Pattern:
    """Return a pattern for whole words of any of these phrases, the longest first."""
    longest = sorted(phrases, key=len, reverse=True)
    worded = [r"(?<!\w)" * p[0].isalnum() + re.escape(p).replace(r"\ ", r"\s+") for p in longest]
    return re.compile(rf"(?:{'|'.join(worded)})(?!\w)")


_KINDS = {words: kind for kind, group in TRIGGERS.items() for words in group}
# "?bleed" is one word to a reader: a question mark ends nothing.
_TRIGGER = _any_of(set(_KINDS) - {"?"})
_TRIGGER = re.compile(_TRIGGER.pattern + r"|\?")
_END = _any_of(ENDS)


@lru_cache
def _terms(terms):
    """Return one pattern for all names, the longest first, and group → finding."""
    pairs = [(name, finding) for finding, group in terms for name in group]
    pairs.sort(key=lambda pair: -len(pair[0]))
    names = {f"t{k}": finding for k, (_, finding) in enumerate(pairs)}
    parts = [rf"(?P<t{k}>{name})" for k, (name, _) in enumerate(pairs)]
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)"), names
