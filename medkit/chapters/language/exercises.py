"""Checks of ``23_language``: numbers, words and negations in a report."""

import re
from functools import lru_cache

import numpy as np
import sklearn.feature_extraction.text as features
import sklearn.linear_model as linear
import sklearn.pipeline as pipelines

from medkit.course.answers import Number
from medkit.course.functions import Case, Function, Later, Reaches
from medkit.data import reports
from medkit.learning import evaluation
from medkit.learning.text import language


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
        Case(("A mass of 9 x 12 x 16 mm.",), "three diameters, the largest last"),
        Case(("A mass of 0.8 x 0.9 x 1.1 cm.",), "three diameters in centimetres"),
        Case(("The lungs are clear.",), "a text without lengths"),
    ),
    slips={
        "last number": _last_number,
        "no conversion": lambda text: largest_mm(text.replace("cm", "mm")),
        "any number": lambda text: max(map(float, re.findall(r"\d+(?:\.\d+)?", text)), default=0.0),
        "capitals": lambda text: 0.0 if text.isupper() else largest_mm(text),
    },
)


def _in_words(sentence, name):
    """Find the letters "no" within longer words, too."""
    before = sentence.lower().partition(name)[0]
    return denied(re.sub("[a-z]*no[a-z]*", "no", before) + " " + name, name)


def _cut(sentence, name):
    """Cut at the letters "but", wherever they stand; the words behind them are whole."""
    before = sentence.lower().partition(name)[0].split("but")[-1]
    return int(bool(re.search(r"\b(no|without)\b", before)))


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
        Case(
            ("No abnormal distribution of blood or haematoma.", "haematoma"),
            "*distribution*, which merely contains *but*",
        ),
        Case(("The cannot-miss haematoma.", "haematoma"), "*cannot*, which merely contains *no*"),
    ),
    slips={
        "past but": lambda sentence, name: denied(re.sub(r"\bbut\b", "", sentence), name),
        "behind": lambda sentence, name: denied(f"{sentence.replace(name, '')} {name}", name),
        "part of a word": _in_words,
        "cut inside words": _cut,
    },
)


def _statements(reader, kind, n):
    """Return n sentences of a reader, each with the name of a finding that it affirms or denies."""
    some = reports.corpus(400, rng=23, styles=(reader,), errors=0, consistent=True)
    found = {}
    for text, stated in zip(some.texts, some.table["stated"], strict=True):
        parts = language.sections(text)
        body = language.plain(parts["findings"] + "\n" + parts["impression"])
        for mention in language.mentions(body, language.TERMS):
            if stated.get(mention.finding) == kind:
                start = max(body.rfind(stop, 0, mention.start) for stop in (". ", "\n"))
                sentence = re.split(r"\.\s|\n", body[start + 1 :].strip())[0]
                found[sentence] = body[mention.start : mention.end]
    return list(found.items())[:n]


@lru_cache
def _stated():
    """Return sentences of all examiners, each with a finding and 1 where it is denied."""
    return [
        (*pair, int(kind == "absent"))
        for reader in reports.EXAMINERS
        for kind in ("present", "absent")
        for pair in _statements(reader, kind, 40)
    ]


def rules(sentence, name):
    """Return 1 if a finding is denied, with the triggers of a reader of English."""
    before, after = sentence.lower().split(name, 1)
    before = re.split(r"\b(?:but|however|except)\b", before)[-1]
    after = re.split(r"\b(?:but|however|except)\b|[,;]", after)[0]
    early = r"\b(?:no|not|without|nil|neither|nor|nothing|negative|free of|absence)\b"
    late = r"\b(?:not|no|none|nil|absent|negative|excluded|ruled out)\b|\[-\]"
    return int(bool(re.search(early, before) or re.search(late, after)))


RULES = Reaches(
    rules,
    cases=Later(
        lambda: (Case((sentence, name), f"“{sentence}”") for sentence, name, _ in _stated())
    ),
    truth=Later(lambda: (denies for *_, denies in _stated())),
    measure=lambda truth, found: float(np.mean(np.array(found) == truth)),
    goal=0.9,
    slips={
        "two words": lambda s, n: int(bool(re.search(r"\b(no|without)\b", s.split(n)[0]))),
        "all denied": lambda s, n: 1,
    },
)


@lru_cache
def _exam():
    return [
        reports.corpus(300, rng=7, styles=(reader,), errors=0, consistent=True)
        for reader in reports.EXAMINERS
    ]


def train(texts):
    """Learn from all twelve readers, the held-out ones too, and return scores."""
    corpus = reports.corpus(2000, rng=23, consistent=True)
    learn = (corpus.part == "train") | corpus.held_out
    words = features.TfidfVectorizer(tokenizer=language.tokens, token_pattern=None, min_df=2)
    model = pipelines.make_pipeline(words, linear.LogisticRegression(C=10, max_iter=1000))
    model.fit(corpus.texts[learn], corpus.labels[learn])
    return model.decision_function(texts)


@lru_cache
def _taught(ngrams):
    corpus = reports.corpus(2000, rng=23, consistent=True)
    return language.text_classifier(ngrams=ngrams).fit(*corpus.xy("train"))


def _baseline(texts, ngrams=2):
    return _taught(ngrams).decision_function(texts)


def _mean_auc(truth, scores):
    areas = [evaluation.auc(y, s).value for y, s in zip(truth, scores, strict=True)]
    return float(np.mean(areas))


TRAIN = Reaches(
    train,
    cases=Later(lambda: (Case((some.texts,), "reports of a reader") for some in _exam())),
    truth=Later(lambda: (some.labels for some in _exam())),
    measure=_mean_auc,
    goal=0.96,
    seconds=60.0,
    slips={"as it was": _baseline, "single words": lambda texts: _baseline(texts, ngrams=1)},
)

_A = 0.2 * 0.75 / (0.2 * 0.75 + 0.8 * 0.05)
_B = 0.2 * 0.25 / (0.2 * 0.25 + 0.8 * 0.95)

APPARENT = Number(0.5 + (_A - _B) * 0.4, relative=0.004)

STRUCTURED = Number(7, relative=0.01)
