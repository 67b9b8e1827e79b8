"""Exercises of ``23_language``: numbers, words and negations in a report."""

import re

import numpy as np

from medkit.course.answers import Number, Slip
from medkit.course.chapters import Chapter
from medkit.course.exercises import Exercise
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


LARGEST = Exercise(
    id="23_language.largest_mm",
    title="The largest length, in millimetres",
    question=r"""
Write a function that takes the text of a report and returns the **largest length in it in mm**,
and 0 if there is none. Readers write `12 mm`, `1.2 cm`, `9mm`, `1.4 x 0.9 cm` and `12 MM`; numbers
without a unit, such as an age, are no lengths.
""",
    answer=Function(
        reference=lambda text: max(_lengths(text), default=0.0),
        cases=(
            Case(("A nodule of 12 mm. 71-year-old woman.",), "millimetres, and an age"),
            Case(("Haematoma, 1.2 cm; cyst, 9mm.",), "centimetres beside millimetres"),
            Case(("A mass of 0.9 x 1.4 cm.",), "two diameters"),
            Case(("A mass of 1.4 x 0.9 cm.",), "two diameters, the larger first"),
            Case(("NODULE, 12 MM",), "capitals"),
            Case(("The lungs are clear.",), "a text without lengths"),
        ),
        right="With two lines of regular expressions a sentence became a measurement with a unit.",
        slips=(
            Slip(_last_number, "In `1.4 x 0.9 cm` the unit belongs to *both* numbers; "
                 "you read only the one beside it.", 0.75),
            Slip(lambda text: max(_lengths(text, 1.0), default=0.0), "A centimetre is ten "
                 "millimetres: convert before you compare.", 0.5),
            Slip(lambda text: max(map(float, re.findall(r"\d+(?:\.\d+)?", text)), default=0.0),
                 "You took every number, also the patient's age: ask for a unit.", 0.25),
            Slip(lambda text: max(_lengths(text) if text.islower() or not text.isupper() else [],
                                  default=0.0), "Right but for capitals: some readers write "
                 "`12 MM`. `text.lower()` first.", 0.9),
        ),
    ),
    hints=(
        "`re.findall(r\"(\\d+(?:\\.\\d+)?)\\s*(mm|cm)\", text.lower())` finds numbers with a unit.",
        "For `1.4 x 0.9 cm`, let the number part of the pattern repeat: "
        "`(\\d+(?:\\.\\d+)?(?:\\s*x\\s*\\d+(?:\\.\\d+)?)*)`, and split it at the `x`.",
        "`max(values, default=0.0)` is 0 for an empty list.",
    ),
    starter="def largest_mm(text):\n    return ...",
    solution_code=r'''
import re


def largest_mm(text):
    number = r"\d+(?:\.\d+)?"
    found = re.findall(rf"({number}(?:\s*x\s*{number})*)\s*(mm|cm)\b", text.lower())
    values = [
        float(value) * (10 if unit == "cm" else 1)
        for numbers, unit in found
        for value in re.findall(number, numbers)
    ]
    return max(values, default=0.0)


answer = largest_mm
''',
    explanation="Find numbers that carry a unit, bring them to one unit, take the largest.",
)  # fmt: skip


def _tfidf(counts, *, smooth=1.0, plus=1.0, scale=True, log=np.log):
    df = (counts > 0).sum(0)
    weights = counts * (log((smooth + len(counts)) / (smooth + df)) + plus)
    return weights / np.linalg.norm(weights, axis=1, keepdims=True) if scale else weights


_COUNTS = np.array([[1.0, 1, 0, 2], [1, 0, 1, 0], [1, 0, 0, 1]])

TFIDF = Exercise(
    id="23_language.tfidf",
    title="TF-IDF, by hand",
    question=r"""
`counts` has a row for each text and a column for each word. Write a function that returns the
TF-IDF matrix: each count times $\ln\frac{1 + n}{1 + \mathrm{df}} + 1$, where $n$ is the number of
texts and $\mathrm{df}$ the number of texts with the word, and then each **row scaled to length 1**.
""",
    answer=Function(
        reference=_tfidf,
        cases=(
            Case((_COUNTS,), "three texts with four words"),
            Case((np.array([[3.0, 0], [0, 1], [1, 1], [2, 5]]),), "four texts with two words"),
        ),
        right="That is what scikit-learn's TfidfVectorizer computes.",
        slips=(
            Slip(lambda c: _tfidf(c, scale=False), "The weights are right; now scale each row to "
                 "length 1, so that long reports do not count more.", 0.75),
            Slip(lambda c: _tfidf(c, plus=0.0), "The + 1 behind the logarithm is missing: a word "
                 "that is in every text would weigh nothing.", 0.5),
            Slip(lambda c: _tfidf(c, smooth=0.0), "The two 1s inside the logarithm are missing: "
                 "they keep a word that is in no text from dividing by zero.", 0.5),
            Slip(lambda c: _tfidf(c, log=np.log10), "Take the natural logarithm, `np.log`.", 0.5),
            Slip(lambda c: _tfidf(c) / _tfidf(c).sum(1, keepdims=True), "You scaled the *sum* of "
                 "each row to 1; the length is the root of the sum of squares.", 0.5),
            Slip(lambda c: c * (np.log((1 + len(c)) / (1 + c.sum(0))) + 1)
                 / np.linalg.norm(c * (np.log((1 + len(c)) / (1 + c.sum(0))) + 1), axis=1,
                                  keepdims=True), "df counts *texts* with the word, "
                 "`(counts > 0).sum(0)`, and not how often it occurs.", 0.5),
        ),
    ),
    hints=(
        "`df = (counts > 0).sum(axis=0)` and `n = len(counts)`.",
        "`np.linalg.norm(weights, axis=1, keepdims=True)` is the length of each row.",
    ),
    starter="def tfidf(counts):\n    return ...",
    solution_code="""
import numpy as np


def tfidf(counts):
    n, df = len(counts), (counts > 0).sum(axis=0)
    weights = counts * (np.log((1 + n) / (1 + df)) + 1)
    return weights / np.linalg.norm(weights, axis=1, keepdims=True)


answer = tfidf
""",
    explanation="A word weighs more the oftener it is in the text and the fewer texts have it.",
)  # fmt: skip


def _denied(sentence, name, *, ends=True, order=True, whole=True):
    words = re.findall(r"[a-z]+", sentence.lower())
    at = words.index(name)
    before = words[:at] if order else words
    if ends and "but" in before:
        before = before[len(before) - before[::-1].index("but") :]
    if whole:
        return int("no" in before or "without" in before)
    return int("no" in " ".join(before) or "without" in " ".join(before))


DENIED = Exercise(
    id="23_language.denied",
    title="A negation, and where it ends",
    question=r"""
Write a function `denied(sentence, name)` that returns 1 if the finding `name` (one word, in the
sentence) is denied, and 0 if not. A finding is denied if **no** or **without** stands anywhere
before it, and no **but** stands between the two.
""",
    answer=Function(
        reference=_denied,
        cases=(
            Case(("No haematoma.", "haematoma"), "a plain negation"),
            Case(("There is a haematoma.", "haematoma"), "a plain finding"),
            Case(("No fracture but a haematoma.", "haematoma"), "a finding behind *but*"),
            Case(("No fracture but a haematoma.", "fracture"), "a finding before *but*"),
            Case(("A nodule without calcification.", "nodule"), "a negation that comes later"),
            Case(("A nodule without calcification.", "calcification"), "*without*"),
            Case(("Known nodule in the lung.", "nodule"), "a word that merely contains *no*"),
            Case(("Nothing but an abnormal nodule, no effusion.", "effusion"), "*but* before *no*"),
        ),
        right="You have written the heart of NegEx: triggers, and the scope over which they rule.",
        slips=(
            Slip(lambda s, n: _denied(s, n, ends=False), "Your negation runs past *but*: in "
                 "“No fracture but a haematoma” the haematoma is there.", 0.6),
            Slip(lambda s, n: _denied(s, n, order=False), "A negation *behind* the finding counts "
                 "in yours: “a nodule without calcification” has a nodule.", 0.6),
            Slip(lambda s, n: _denied(s, n, whole=False), "You found *no* inside *known*: compare "
                 "whole words.", 0.6),
        ),
    ),
    hints=(
        "Work with whole words: `words = re.findall(r\"[a-z]+\", sentence.lower())`.",
        "`words[: words.index(name)]` is what stands before the finding.",
        "If there is a *but* in it, keep only what comes after the last one.",
    ),
    starter="def denied(sentence, name):\n    return ...",
    solution_code=r'''
import re


def denied(sentence, name):
    words = re.findall(r"[a-z]+", sentence.lower())
    before = words[: words.index(name)]
    scope = " ".join(before).split("but")[-1].split()
    return int("no" in scope or "without" in scope)


answer = denied
''',
    explanation="Triggers rule over what follows them, up to a word that ends their scope.",
)  # fmt: skip

_A = 0.2 * 0.75 / (0.2 * 0.75 + 0.8 * 0.05)
_B = 0.2 * 0.25 / (0.2 * 0.25 + 0.8 * 0.95)

APPARENT = Exercise(
    id="23_language.apparent",
    title="How good does it look?",
    question=r"""
Of your patients 20 % are ill. Labels are taken from reports by rules that miss 25 % of the ill and
invent the finding in 5 % of the healthy, whatever the image shows. A model has a **true AUC of
0.90**. Which AUC will you measure against these labels? Use

$$\mathrm{AUC}' = \tfrac12 + (a - b)(\mathrm{AUC} - \tfrac12),$$

where $a$ is the share of truly ill among those *labelled* ill, and $b$ among those labelled
healthy.
""",
    answer=Number(
        0.5 + (_A - _B) * 0.4,
        relative=0.004,
        right="A model of 0.90 looks like 0.79: the ruler is bent, not the model.",
        slips=(
            Slip(0.5 + (0.75 - 0.05) * 0.4, "You took the shares of *labelled* among the ill and "
                 "the healthy. The formula needs the shares of ill among the labelled: turn them "
                 "round with the prevalence, as in Bayes' rule.", 0.5),
            Slip(0.5 + _A * 0.4, "You left out b: some of those labelled healthy are ill.", 0.5),
            Slip(0.5 + (_A - _B) * 0.9, "Take AUC − 1/2 in the bracket, not AUC.", 0.5),
            Slip((_A - _B) * 0.4, "The 1/2 in front is missing.", 0.5),
            Slip(0.9, "That is the true AUC; measured against wrong labels it looks smaller."),
        ),
    ),
    hints=(
        "Of 1000 patients, 200 are ill: 150 of them labelled ill, 50 labelled healthy.",
        "Of the 800 healthy, 40 are labelled ill and 760 healthy. So $a = 150 / 190$.",
        "$b = 50 / 810$.",
    ),
    starter="apparent = ...",
    solution_code="a = 150 / (150 + 40)\nb = 50 / (50 + 760)\n"
    "answer = 0.5 + (a - b) * (0.90 - 0.5)",
    explanation="$a = 0.789$, $b = 0.062$, so AUC′ = 0.5 + 0.728 · 0.4 = 0.79.",
)  # fmt: skip

CHAPTER = Chapter(
    stem="23_language",
    title="Reports",
    exercises=(LARGEST, TFIDF, DENIED, APPARENT),
)
