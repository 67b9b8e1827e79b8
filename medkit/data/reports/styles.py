"""Twelve readers, twelve ways to write a report; three of them are kept for the test.

Two more, the examiners, write only what exercises are checked with.

How each of them writes stands in ``styles.toml`` beside this file. A pattern chooses with
``[this|that]`` (choices may nest) and is filled with ``{full}`` (a finding with its article),
``{bare}`` (without), ``{many}`` (several, joined by *or*), ``{size}``, ``{where}``, ``{nor}``
(another finding that is absent) and ``{also}`` (one that is there). A pattern whose words a
case cannot fill is not used.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources

#: The sections of a report, in their order.
SECTIONS = ("indication", "technique", "comparison", "findings", "impression")

_PLAIN = {name: name.capitalize() + ":" for name in SECTIONS}


@dataclass(frozen=True)
class Style:
    """How one reader writes.

    Parameters
    ----------
    name : str
    present, aside, absent, uncertain : sequence of str
        Patterns of a sentence in the findings; `aside` is for what has neither size nor place.
    concludes : mapping of str to sequence of str
        Patterns of the impression: "present", "absent", "uncertain".
    headings : mapping of str to str
        Of the sections; empty for a report without headings.
    layout : str
        What stands between two sentences: a space, or a new line and a dash for a list.
    stop : str
        What ends a sentence.
    hedge : float
        Share of the findings that this reader will not commit to.
    american, capitals, centimetres : bool
    abbreviates, typos : float
        Probability of a word to be abbreviated, or mistyped.
    held_out : bool
        Whether it occurs in no training text.
    examiner : bool
        Whether it occurs in no corpus at all unless it is asked for by name.
    """

    name: str
    present: Sequence[str]
    aside: Sequence[str]
    absent: Sequence[str]
    uncertain: Sequence[str]
    concludes: Mapping[str, Sequence[str]]
    headings: Mapping[str, str] = field(default_factory=lambda: _PLAIN)
    layout: str = " "
    stop: str = "."
    hedge: float = 0.06
    american: bool = False
    capitals: bool = False
    centimetres: bool = False
    abbreviates: float = 0.0
    typos: float = 0.0
    held_out: bool = False
    examiner: bool = False


_READERS = tomllib.loads(resources.files(__package__).joinpath("styles.toml").read_text("utf-8"))

STYLES: dict[str, Style] = {name: Style(name, **fields) for name, fields in _READERS.items()}
KNOWN = tuple(name for name, style in STYLES.items() if not (style.held_out or style.examiner))
HELD_OUT = tuple(name for name, style in STYLES.items() if style.held_out)
EXAMINERS = tuple(name for name, style in STYLES.items() if style.examiner)
