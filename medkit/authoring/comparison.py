"""Compare what a notebook shows with what it stored: words exactly, numbers nearly.

A pytest plugin (``-p medkit.authoring.comparison``) that works inside nbval's own comparison.
Another processor adds in another order, so the last digit of a printed number may differ
though nothing is wrong; rounding is no cure, for some number always lies on the edge
between two digits. So before nbval compares, each new number that agrees with the stored
one at the same place is replaced by it. What is left differs, and nbval reports just that.

- Words, and how many numbers stand between them, agree exactly (spaces before a number
  may differ, as they do in a table).
- Whole numbers were counted: they agree exactly, but from 50 to 9,999 one more or less
  passes, for it may be a measurement that was rounded; not in a shape, a date, a DICOM tag
  or before what is counted (`SET`), where they agree exactly even in a ``trained`` cell.
- Numbers with decimals were measured: they agree within one unit of their last digit, or
  within two parts in a hundred. ``%.3g`` makes 99.9 of one and 100 of the other.
- In a cell tagged ``trained`` a network was trained, and another processor trains another
  one: every number agrees within eight parts in a hundred, or 0.06; a p-value, which leaps
  where the interval beside it hardly moves, is not compared.
- A cell tagged ``exact`` agrees to the last digit.

Pictures are not compared (their captions are), nor are addresses of objects.
"""

import copy
import re
from collections import defaultdict
from contextlib import nullcontext

import pytest

from medkit.authoring.notebook import environment

#: A number that stands alone; no part of T1, 64x64, #1f77b4, 1.2.840.10008 or a DOI.
#: NumPy prints whole numbers among decimals as [ 0. -20.].
NUMBER = re.compile(
    r"(?<![\w.#])(?!10\.\d{4,9}/)[-+−]?"
    r"(?:\d{1,3}(?:[,'’\u2009\u202f]\d{3})+|\d+)"
    r"(?P<decimals>\.(?:\d+|(?= *\]| +[-+]?\d)))?(?P<power>[eE][-+]?\d+)?"
    r"(?!\d|\.\d|[A-Za-z]+\d)"
)

#: Where whole numbers were set, not measured: (0018,1151), (512, 512), 30 × 320, 2004-01-19.
SET = re.compile(
    r"\(\w+,(?: ?\w+,?)*\)|\d+(?: ?[×x] ?\d+)+|\d{4}-\d\d-\d\d|[\d,]+ (?:slices|images|patients|"
    r"views|labels|reports|pixels|voxels|elements|weights|rows|columns|channels)\b"
)

#: How `medkit.learning.evaluation` prints a p-value.
P_VALUE = re.compile(r"\bp [=<] 0\.\d+")

#: What differs between machines though nothing is wrong.
NOISE = (
    (re.compile(r"data:image/(?:png|jpeg|webp);base64,[A-Za-z0-9+/=\s]+"), "PICTURE"),
    (re.compile(r"(?<=at )0x[0-9a-f]+"), "ADDRESS"),
)

#: Below this a number is what rounding leaves of 0.
ZERO = 1e-15

#: MIME types whose text says nothing.
UNREAD = ("image/png", "image/jpeg", "application/vnd.jupyter.widget-view+json")


def agree(new: re.Match, stored: re.Match, trained: bool = False) -> bool:
    """Whether two numbers found by `NUMBER` are the same but for the processor."""
    a, b = _value(new), _value(stored)
    if a == b:
        return True
    whole = _is_whole(stored)
    if whole and any(found.start() <= stored.start() < found.end() for found in _set(stored)):
        return False
    if trained:
        return abs(a - b) <= max(0.08 * abs(b), 0.06)
    if whole and _is_whole(new):
        return 50 <= abs(b) < 10_000 and abs(a - b) <= 1
    # Of two formats the finer one tells more: 1e+05 is near to 99999, not to 1.9e+05.
    unit = max(min(_unit(new), _unit(stored)), ZERO)
    return abs(a - b) <= max(1.001 * unit, 0.0 if whole else 0.02 * abs(b))


def _set(number):
    return SET.finditer(number.string)


def _is_whole(number):
    return number["decimals"] in (None, ".") and number["power"] is None


def _unit(number):
    """Return what one more in the last digit is."""
    return 10.0 ** (int((number["power"] or "e0")[1:]) - len((number["decimals"] or ".")[1:]))


def _value(number: re.Match) -> float:
    return float(re.sub("[,'’\u2009\u202f]", "", number[0].replace("−", "-")))


def settle(new: str, stored: str, trained: bool = False) -> str:
    """Return the new text with each number that agrees replaced by the stored one.

    Parameters
    ----------
    new, stored : str
        What a cell shows now, and what it showed when it was stored.
    trained : bool
        Whether the cell shows what a trained network does.

    Returns
    -------
    str
        Equal to `stored` if nothing is wrong; `new` as it is where the words differ.

    Examples
    --------
    >>> settle("AUC 0.84 of 60 images", "AUC 0.83 of 60 images")
    'AUC 0.83 of 60 images'
    >>> settle("AUC 0.94 of 66 images", "AUC 0.83 of 60 images")
    'AUC 0.94 of 66 images'
    """
    if trained:
        values = iter(P_VALUE.findall(stored))
        new = P_VALUE.sub(lambda value: next(values, value[0]), new)
    if _words(new) != _words(stored):
        return new
    theirs = iter(NUMBER.finditer(stored))
    wrong = False

    def one(number):
        nonlocal wrong
        match = next(theirs)
        well = agree(number, match, trained)
        wrong |= not well
        return match[0] if well else number[0]

    settled = NUMBER.sub(one, new)
    return settled if wrong else stored


def _words(text: str) -> list[str]:
    """Return the text between the numbers, each run of spaces as one."""
    return [re.sub(r" +", " ", word).strip(" ") for word in _between(text)]


def _between(text: str) -> list[str]:
    ends = [0, *(place for n in NUMBER.finditer(text) for place in n.span()), len(text)]
    return [text[a:b] for a, b in zip(ends[::2], ends[1::2], strict=True)]


def quiet(text: str) -> str:
    """Return a text without what may differ."""
    for pattern, name in NOISE:
        text = pattern.sub(name, text)
    return text


def settled(new: list, stored: list, trained: bool) -> list:
    """Return a cell's new outputs, each text settled by the stored one of its kind."""
    new = copy.deepcopy(new)
    theirs = _texts(stored)
    for kind, places in _texts(new).items():
        for (holder, key), (other, same) in zip(places, theirs.get(kind, ()), strict=False):
            holder[key] = settle(holder[key], other[same], trained)
    return new


def _texts(outputs):
    """Group the texts of a cell's outputs by kind, as places that can be written to."""
    found = defaultdict(list)
    for output in outputs:
        if output.output_type == "stream":
            found[output.name].append((output, "text"))
        if output.output_type == "error":
            found["error"].append((output, "evalue"))
        for kind, value in output.get("data", {}).items():
            if isinstance(value, str) and kind not in UNREAD:
                found[kind].append((output.data, kind))
    return found


def _quieted(outputs):
    outputs = copy.deepcopy(outputs)
    for places in _texts(outputs).values():
        for holder, key in places:
            holder[key] = quiet(holder[key])
    return outputs


class Comparison:
    """The plugin: nbval's comparison, with numbers settled before it."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item):
        """Let a notebook's kernel, which starts here, say the words of its still pictures."""
        with environment(MEDKIT_STILLS="1") if hasattr(item, "cell") else nullcontext():
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        """Settle a notebook cell's outputs before nbval compares them."""
        if not hasattr(item, "compare_outputs") or not hasattr(item, "cell"):
            return (yield)
        strictly, tags = item.compare_outputs, item.cell.metadata.get("tags", ())

        def compare(new, stored, skip_compare=None):
            new, stored = _quieted(new), _quieted(stored)
            if "exact" not in tags:
                new = settled(new, stored, "trained" in tags)
            return strictly(new, stored, skip_compare)

        item.compare_outputs = compare
        return (yield)


def pytest_configure(config):
    """Put the plugin beside nbval; without ``--nbval`` it finds nothing to do."""
    config.pluginmanager.register(Comparison(), "medkit-comparison-of-outputs")
