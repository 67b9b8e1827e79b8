"""Twelve readers, twelve ways to write a report; three of them are kept for the test.

A pattern chooses with ``[this|that]`` (choices may nest) and is filled with ``{full}``
(a finding with its article), ``{bare}`` (without), ``{many}`` (several, joined by *or*),
``{size}``, ``{where}``, ``{nor}`` (another finding that is absent) and ``{also}`` (one that is
there). A pattern whose words a case cannot fill is not used.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

#: The sections of a report, in their order.
SECTIONS = ("indication", "technique", "comparison", "findings", "impression")

_PLAIN = {name: name.capitalize() + ":" for name in SECTIONS}


@dataclass(frozen=True)
class Style:
    """How one reader writes.

    Parameters
    ----------
    name : str
    present, aside, absent, uncertain : tuple of str
        Patterns of a sentence in the findings; `aside` is for what has neither size nor place.
    concludes : mapping of str to tuple of str
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
    """

    name: str
    present: tuple[str, ...]
    aside: tuple[str, ...]
    absent: tuple[str, ...]
    uncertain: tuple[str, ...]
    concludes: Mapping[str, tuple[str, ...]]
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


_KNOWN = (
    Style(
        "prose",
        ("There is {full} {where}[, measuring {size}| of {size}]",
         "{full} of {size} is [seen|visible|present] {where}",
         "[Known from before|As before], {full} {where} of {size}; no change in size",
         "Not only {also}, but also {full} of {size} is seen {where}"),
        ("{full} is noted", "There is {full}"),
        ("There is no [evidence|sign] of {many}", "No {bare} is [seen|identified]",
         "[There is|We see] no {many}", "No {bare} {where}", "The study is without {bare}",
         "Neither {bare} nor {nor} is seen"),
        ("{full} of {size} is probably present {where}",
         "A finding of {size} {where} may represent {full}",
         "{bare} cannot be excluded {where}"),
        {"present": ("{full} {where}", "Findings in keeping with {full} {where}"),
         "absent": ("No {bare}", "No evidence of {many}", "Normal study without {bare}"),
         "uncertain": ("Possible {bare} {where}; follow-up is advised",
                       "{bare} cannot be excluded")},
    ),
    Style(
        "terse",
        ("{full}, {size}, {where}", "{size} {bare} {where}", "{bare} {where}, {size}"),
        ("{full}", "Incidental {bare}"),
        ("No {many}", "No {bare}", "No {bare} or {nor}", "No {bare} {where}"),
        ("?{bare} {where}, {size}", "Possible {bare} {where}", "Likely {bare}, {size}"),
        {"present": ("{bare} {where}", "{size} {bare}"), "absent": ("No {bare}", "Normal"),
         "uncertain": ("Possible {bare}", "?{bare}")},
        centimetres=True,
    ),
    Style(
        "list",
        ("{bare}: present, {where}, {size}", "{bare}: yes, {size}, {where}",
         "{bare}: {size} {where}"),
        ("{bare}: present", "{bare}: yes"),
        ("{bare}: no", "{bare}: none seen", "{bare}: not seen", "{bare}: not seen {where}"),
        ("{bare}: possible, {where}, {size}", "{bare}: cannot be excluded",
         "{bare}: equivocal"),
        {"present": ("{bare} {where}, {size}",), "absent": ("No {bare}", "No {many}"),
         "uncertain": ("Equivocal for {bare}", "Possible {bare} {where}")},
        layout="\n- ", stop="",
    ),
    Style(
        "dictated",
        ("there is {full} which is {where} and measures about {size}",
         "i see {full} {where} it measures {size}",
         "then {where} there is {full} of roughly {size}"),
        ("there is {full}", "by the way there is {full}"),
        ("there is no {many}", "i do not see {full}", "there is also no {bare}",
         "{where} i do not see {full}",
         "no {bare} but {also} is seen"),
        ("there could be {full} {where} of {size}", "i am not sure about {full} {where}",
         "there is perhaps {full} {where}"),
        {"present": ("so there is {full} {where}", "in summary {full} {where}"),
         "absent": ("so there is no {bare}", "in summary no {many}"),
         "uncertain": ("so perhaps {full} {where}", "in summary possible {bare}")},
        headings={}, layout=" and ", stop="",
    ),
    Style(
        "american",
        ("There is {full} measuring {size} {where}", "A {size} {bare} is identified {where}",
         "Redemonstrated is {full} {where}, now {size}",
         "No interval change in the known {bare} {where}, {size}"),
        ("There is {full}", "Incidental note is made of {full}"),
        ("No evidence of {many}", "There is no {bare}", "No {bare} identified", "No {bare} {where}",
         "No acute abnormality; specifically, no {many}"),
        ("Findings are suspicious for {bare} {where}, {size}", "Questionable {bare} {where}",
         "{bare} {where} cannot be ruled out"),
        {"present": ("{full} {where} as above", "{size} {bare} {where}"),
         "absent": ("No {bare}", "Negative study; no {many}"),
         "uncertain": ("Possible {bare}; recommend follow-up", "Cannot rule out {bare} {where}")},
        headings={"indication": "CLINICAL HISTORY:", "technique": "TECHNIQUE:",
                  "comparison": "COMPARISON:", "findings": "FINDINGS:",
                  "impression": "IMPRESSION:"},
        american=True, centimetres=True,
    ),
    Style(
        "hedging",
        ("There appears to be no doubt about {full} {where}, {size}",
         "{full} is demonstrated {where}, approximately {size}",
         "{full} of about {size} is noted {where}"),
        ("{full} is demonstrated", "Incidentally, {full} is noted"),
        ("No definite {bare} is seen", "No convincing evidence of {many}",
         "No definite {bare} {where}",
         "Within the limits of the study there is no {bare}"),
        ("{full} {where} cannot entirely be excluded", "Subtle change of {size} {where}, "
         "which might represent {full}", "There is a suspicion of {full} {where}, {size}",
         "The absence of {bare} cannot be confirmed"),
        {"present": ("{full} {where} is demonstrated", "Appearances are those of {full} {where}"),
         "absent": ("No definite {bare}", "No convincing {bare} or {nor}"),
         "uncertain": ("Possible {bare} {where}; clinical correlation is recommended",
                       "{bare} cannot be excluded, please correlate clinically")},
        hedge=0.3,
    ),
    Style(
        "hurried",
        ("{bare} {where} {size}", "{full} {where}, {size}", "noted {full} {where} {size}"),
        ("{bare}", "also {bare}"),
        ("no {many}", "no {bare} seen", "w/o {bare}", "nil {bare}", "no {bare} {where}"),
        ("poss {bare} {where}", "?{bare} {where} {size}", "cant exclude {bare}"),
        {"present": ("{bare} {where}",), "absent": ("no {bare}", "nad, no {bare}"),
         "uncertain": ("poss {bare}, repeat scan", "?{bare}")},
        headings={"indication": "hx", "technique": "tech", "comparison": "prev",
                  "findings": "", "impression": "imp"},
        abbreviates=0.6, typos=0.05,
    ),
    Style(
        "teacher",
        ("[Note|Observe] {full} {where}, {size} across", "{where} lies {full} of {size}",
         "{full} {where} has grown to {size}", "The previously described {bare} {where} is "
         "unchanged at {size}"),
        ("Note {full}", "{bare} is present"),
        ("{bare} is not seen", "{bare} is not present", "We find no {many}",
         "{bare} is not present {where}",
         "{bare} or {nor} are not identified"),
        ("One should consider {full} {where}, {size}", "{bare} is likely {where}",
         "Whether this is {bare} remains open"),
        {"present": ("{full} {where}, {size}",), "absent": ("{bare} is not present", "No {many}"),
         "uncertain": ("{bare} is possible", "Consider {full} {where}")},
    ),
    Style(
        "plain",
        ("The scan shows {full} {where}, {size}", "We found {full} {where}. It is {size} wide"),
        ("The scan shows {full}", "There is also {full}"),
        ("The scan does not show {full}", "The scan shows no {many}", "We did not find {full}",
         "{where} the scan does not show {full}"),
        ("The scan may show {full} {where}", "It is not certain that there is {full} {where}"),
        {"present": ("The scan shows {full}",), "absent": ("The scan shows no {bare}",),
         "uncertain": ("There may be {full} {where}",)},
    ),
)  # fmt: skip

_HELD_OUT = (
    Style(
        "consultant",
        ("I draw your attention to {full} {where}, some {size} in extent",
         "{full} of {size} is unmistakable {where}",
         "Regrettably, {full} {where} ({size}) persists"),
        ("{full} is unmistakable", "In passing, {full}"),
        ("I can find nothing to suggest {many}", "{bare} is absent", "{bare} has been excluded",
         "The patient is free of {full}", "{bare} {where} has been excluded"),
        ("The appearances {where} ({size}) raise the question of {full}",
         "I would not wish to dismiss {full} {where}", "{bare} remains conceivable"),
        {"present": ("{full} {where}, without doubt", "I am certain of {full} {where}"),
         "absent": ("Reassuringly, {bare} is absent", "Nothing to suggest {many}"),
         "uncertain": ("{bare} remains conceivable", "I would not wish to dismiss {full}")},
        headings={"indication": "Clinical details.", "technique": "Examination.",
                  "comparison": "Previous imaging.", "findings": "Report.",
                  "impression": "Opinion."},
        held_out=True,
    ),
    Style(
        "telegram",
        ("POSITIVE FOR {bare} {where} - {size}", "{bare} CONFIRMED {where} - {size}"),
        ("POSITIVE FOR {bare}", "{bare} CONFIRMED"),
        ("NEGATIVE FOR {many}", "{bare} EXCLUDED", "NEGATIVE FOR {bare}",
         "NEGATIVE FOR {bare} {where}"),
        ("INDETERMINATE FOR {bare} {where}", "{bare} SUSPECTED {where} - {size}"),
        {"present": ("POSITIVE FOR {bare}",), "absent": ("NEGATIVE FOR {bare}",),
         "uncertain": ("INDETERMINATE FOR {bare}",)},
        headings={"indication": "HISTORY:", "technique": "EXAM:", "comparison": "PRIOR:",
                  "findings": "FINDINGS:", "impression": "CONCLUSION:"},
        american=True, capitals=True, centimetres=True, held_out=True,
    ),
    Style(
        "checklist",
        ("{bare} [+] {size} {where}", "{bare} = present ({size}, {where})"),
        ("{bare} [+]", "{bare} = present"),
        ("{bare} [-]", "{bare} = nil", "{bare} = absent", "{bare} [-] {where}"),
        ("{bare} [?] {where}", "{bare} = doubtful ({size}, {where})"),
        {"present": ("{bare} = present",), "absent": ("{bare} = absent", "{bare} = nil"),
         "uncertain": ("{bare} = doubtful",)},
        headings={"indication": "# why", "technique": "# how", "comparison": "# before",
                  "findings": "# findings", "impression": "# conclusion"},
        layout="\n", stop="", held_out=True,
    ),
)  # fmt: skip

STYLES: dict[str, Style] = {style.name: style for style in (*_KNOWN, *_HELD_OUT)}
KNOWN = tuple(style.name for style in _KNOWN)
HELD_OUT = tuple(style.name for style in _HELD_OUT)
