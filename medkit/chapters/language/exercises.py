"""Checks of ``23_language``: numbers, words and negations in a report."""

import re

import numpy as np

from medkit.course.answers import Number, Slip
from medkit.course.functions import Case, Function


def _lengths(text, factor=10.0):
    found = re.findall(r"(\d+(?:\.\d+)?(?:\s*x\s*\d+(?:\.\d+)?)*)\s*(mm|cm)\b", text.lower())
    return [
        float(number) * (factor if unit == "cm" else 1.0)
        for numbers, unit in found
        for number in re.split(r"\s*x\s*", numbers)
    ]


def _last_number(text):
    found = re.findall(r"(\d+(?:\.\d+)?)\s*(mm|cm)\b", text.lower())
    return max((float(n) * (10 if unit == "cm" else 1) for n, unit in found), default=0.0)


def largest_mm(text):
    """Return the largest length of a text in mm, 0 if there is none."""
    number = r"\d+(?:\.\d+)?"
    found = re.findall(rf"({number}(?:\s*x\s*{number})*)\s*(mm|cm)\b", text.lower())
    values = [
        float(value) * (10 if unit == "cm" else 1)
        for numbers, unit in found
        for value in re.findall(number, numbers)
    ]
    return max(values, default=0.0)


LARGEST_MM = Function(
    largest_mm,
    cases=(
        Case(("A nodule of 12 mm. 71-year-old woman.",), "millimetres, and an age"),
        Case(("Haematoma, 1.2 cm; cyst, 9mm.",), "centimetres beside millimetres"),
        Case(("A mass of 0.9 x 1.4 cm.",), "two diameters"),
        Case(("A mass of 1.4 x 0.9 cm.",), "two diameters, the larger first"),
        Case(("NODULE, 12 MM",), "capitals"),
        Case(("The lungs are clear.",), "a text without lengths"),
    ),
    slips=(
        Slip("last number", _last_number, 0.75),
        Slip("no conversion", lambda text: max(_lengths(text, 1.0), default=0.0), 0.5),
        Slip(
            "any number",
            lambda text: max(map(float, re.findall(r"\d+(?:\.\d+)?", text)), default=0.0),
            0.25,
        ),
        Slip(
            "capitals",
            lambda text: max(
                _lengths(text) if text.islower() or not text.isupper() else [], default=0.0
            ),
            0.9,
        ),
    ),
)


def _tfidf(counts, *, smooth=1.0, plus=1.0, scale=True, log=np.log):
    df = (counts > 0).sum(0)
    weights = counts * (log((smooth + len(counts)) / (smooth + df)) + plus)
    return weights / np.linalg.norm(weights, axis=1, keepdims=True) if scale else weights


_COUNTS = np.array([[1.0, 1, 0, 2], [1, 0, 1, 0], [1, 0, 0, 1]])


def tfidf(counts):
    """Return the TF-IDF matrix of counts, each row of length 1."""
    n, df = len(counts), (counts > 0).sum(axis=0)
    weights = counts * (np.log((1 + n) / (1 + df)) + 1)
    return weights / np.linalg.norm(weights, axis=1, keepdims=True)


TFIDF = Function(
    tfidf,
    cases=(
        Case((_COUNTS,), "three texts with four words"),
        Case((np.array([[3.0, 0], [0, 1], [1, 1], [2, 5]]),), "four texts with two words"),
    ),
    slips=(
        Slip("not scaled", lambda c: _tfidf(c, scale=False), 0.75),
        Slip("no + 1", lambda c: _tfidf(c, plus=0.0), 0.5),
        Slip("not smoothed", lambda c: _tfidf(c, smooth=0.0), 0.5),
        Slip("base 10", lambda c: _tfidf(c, log=np.log10), 0.5),
        Slip("sum 1", lambda c: _tfidf(c) / _tfidf(c).sum(1, keepdims=True), 0.5),
        Slip(
            "occurrences",
            lambda c: (
                c
                * (np.log((1 + len(c)) / (1 + c.sum(0))) + 1)
                / np.linalg.norm(
                    c * (np.log((1 + len(c)) / (1 + c.sum(0))) + 1), axis=1, keepdims=True
                )
            ),
            0.5,
        ),
    ),
)


def _denied(sentence, name, *, ends=True, order=True, whole=True):
    words = re.findall(r"[a-z]+", sentence.lower())
    at = words.index(name)
    before = words[:at] if order else words
    if ends and "but" in before:
        before = before[len(before) - before[::-1].index("but") :]
    if whole:
        return int("no" in before or "without" in before)
    return int("no" in " ".join(before) or "without" in " ".join(before))


def denied(sentence, name):
    """Return 1 if a finding is denied in a sentence, else 0."""
    words = re.findall(r"[a-z]+", sentence.lower())
    before = words[: words.index(name)]
    if "but" in before:
        before = before[len(before) - before[::-1].index("but") :]
    return int("no" in before or "without" in before)


DENIED = Function(
    denied,
    cases=(
        Case(("No haematoma.", "haematoma"), "a plain negation"),
        Case(("There is a haematoma.", "haematoma"), "a plain finding"),
        Case(("No fracture but a haematoma.", "haematoma"), "a finding behind *but*"),
        Case(("No fracture but a haematoma.", "fracture"), "a finding before *but*"),
        Case(("A nodule without calcification.", "nodule"), "a negation that comes later"),
        Case(("A nodule without calcification.", "calcification"), "*without*"),
        Case(("Known nodule in the lung.", "nodule"), "a word that merely contains *no*"),
        Case(("Nothing but an abnormal nodule, no effusion.", "effusion"), "*but* before *no*"),
        Case(("No tributary thrombus.", "thrombus"), "a word that merely contains *but*"),
    ),
    slips=(
        Slip("past but", lambda s, n: _denied(s, n, ends=False), 0.6),
        Slip("behind", lambda s, n: _denied(s, n, order=False), 0.6),
        Slip("part of a word", lambda s, n: _denied(s, n, whole=False), 0.6),
    ),
)

_A = 0.2 * 0.75 / (0.2 * 0.75 + 0.8 * 0.05)
_B = 0.2 * 0.25 / (0.2 * 0.25 + 0.8 * 0.95)

APPARENT = Number(
    0.5 + (_A - _B) * 0.4,
    relative=0.004,
    slips=(
        Slip("not turned round", 0.5 + (0.75 - 0.05) * 0.4, 0.5),
        Slip("no b", 0.5 + _A * 0.4, 0.5),
        Slip("no 1/2 in the bracket", 0.5 + (_A - _B) * 0.9, 0.5),
        Slip("no 1/2 in front", (_A - _B) * 0.4, 0.5),
        Slip("true AUC", 0.9),
    ),
)
