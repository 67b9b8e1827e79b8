"""Explorers of ``23_language``: negation in a sentence, and words that weigh."""

import re
from functools import lru_cache

import numpy as np

from medkit.data import reports
from medkit.data.reports.styles import STYLES
from medkit.learning.text import language
from medkit.views.explorer import Bars, Button, Choice, Picture, Text, Toggle, Words, explorer

SENTENCES = (
    "No haematoma but a large infarct.",
    "There is no evidence of infarct, mass or haemorrhage.",
    "No change in the known nodule.",
    "A haematoma cannot be excluded.",
    "Not only a fracture, but also a haematoma.",
    "Neither effusion nor pneumothorax is seen.",
    "The absence of a nodule cannot be confirmed.",
    "It is not true that there is no nodule.",
    "No pain and a nodule without symptoms.",
    "I can find nothing to suggest a nodule.",
)
METHODS = ("word is there", "“no” before it", "all rules")
_STATUS = ("present", "absent", "uncertain", "trigger", "in its scope")


def statuses(sentence: str, method: str) -> list[language.Mention]:
    """Find findings in a sentence and decide by one of three methods."""
    text = language.plain(sentence)
    found = language.mentions(text, language.TERMS)
    if method == METHODS[2]:
        return found
    before = [re.search(r"\bno\b", text[: m.start]) for m in found]
    denied = [by if method == METHODS[1] else None for by in before]
    return [
        m._replace(status="absent" if by else "present", trigger=by and by.span())
        for m, by in zip(found, denied, strict=True)
    ]


def _marked(text: str, found) -> tuple[list[str], list[str], list[str]]:
    """Return words, what each is marked as, and below it the bracket from trigger to finding."""
    marks = [(m.start, m.end, m.status) for m in found]
    marks += [(*m.trigger, "trigger") for m in found if m.trigger]
    spans = [(min(m.start, m.trigger[0]), max(m.end, m.trigger[1])) for m in found if m.trigger]
    words, kinds, notes = [], [], []
    for match in re.finditer(r"\?(?=\w)|[\w/-]+(?:'\w+)?|[^\w\s]+", text):
        a, b = match.span()
        mark = next((m for m in marks if m[0] <= a < m[1]), None)
        over = next((s for s in spans if s[0] <= a < s[1]), None)
        words.append(match[0])
        kinds.append(mark[2] if mark else _STATUS[4] if over else "")
        bracket = "" if not over else "└──" if a == over[0] else "──┘" if b == over[1] else "───"
        below = mark[2] if mark and b == mark[1] and mark[2] != "trigger" else ""
        notes.append(f"{bracket} {below}".strip())
    return words, kinds, notes


@explorer(
    title="Is it there?",
    sentence=Text(SENTENCES[0], suggestions=SENTENCES[1:], label="A sentence of a report"),
    method=Choice(METHODS, METHODS[2], label="How to decide"),
)
def negation(*, sentence, method):
    """Type a sentence, and see what three ways of reading make of it."""
    text = language.plain(sentence) or "(nothing typed)"
    found = statuses(sentence, method)
    named = ", ".join(f"{m.finding}: {m.status}" for m in found) or "no finding is named"
    words, kinds, notes = _marked(text, found)
    return Picture(
        Words(words, kinds, legend=_STATUS, notes=notes, title="What is said of each finding"),
        caption=named,
        alt=f"The sentence “{text}”, with its findings marked; {named}.",
    )


@lru_cache
def _model():
    """Return the baseline, learned from 1200 reports of the known readers."""
    some = reports.corpus(1200, rng=0, consistent=True)
    return language.text_classifier().fit(*some.xy("train"))


@lru_cache(maxsize=64)
def _report(reader: str, ill: bool, seed: int) -> tuple[str, float]:
    """Return a report of a made-up head CT, and the model's probability of a lesion."""
    row = {
        "modality": "CT",
        "region": "head",
        "lesion": "bleed" if ill else "",
        "side": "left",
        "location": "thalamus",
        "size_mm": 14.0 if ill else float("nan"),
        "age_years": 68.0,
        "sex": "F",
    }
    text = reports.write(row, reader, rng=seed, consistent=True)
    return text, float(_model().predict_proba([text])[0, 1])


@explorer(
    title="Words that weigh",
    reader=Choice([*reports.KNOWN, *reports.HELD_OUT], "checklist", label="Who wrote it"),
    ill=Toggle(True, label="The patient bleeds"),
    seed=Button("Another report"),
)
def weights(*, reader, ill, seed):
    """See which words push a linear model towards a lesion, and which away from it."""
    text, probability = _report(reader, ill, seed)
    parts = dict(list(language.contributions(_model(), text).items())[:6])
    body = language.sections(text)
    words = f"{body.get('findings', '')} {body.get('impression', '')}".split()[:90]
    held = "held out" if STYLES[reader].held_out else "known"
    return Picture(
        Words(
            words,
            _pushes(words, parts),
            legend=("towards a lesion", "away from it"),
            title="Findings and impression",
        ),
        Bars(
            list(parts),
            {"adds to the score": np.array(list(parts.values()))},
            "The heaviest words",
            yaxis=("adds to the score", -3, 3),
        ),
        caption=f"{probability:.0%} for a lesion, which is {'there' if ill else 'not there'} "
        f"(reader {held} to the model)",
        alt=f"A report by the reader {reader} and the six words that weigh most; the model "
        f"gives a lesion {probability:.0%}.",
        columns=1,
    )


def _pushes(words, parts) -> list[str]:
    """Return which way each word pushes, alone or together with its neighbour."""
    cut = [(k, token) for k, word in enumerate(words) for token in language.tokens(word)]
    push = np.zeros(len(words))
    for name, value in parts.items():
        tokens = name.split()
        for i in range(len(cut) - len(tokens) + 1):
            if [token for _, token in cut[i : i + len(tokens)]] == tokens:
                for k, _ in cut[i : i + len(tokens)]:
                    push[k] += value
    return ["towards a lesion" if p > 0 else "away from it" if p < 0 else "" for p in push]
