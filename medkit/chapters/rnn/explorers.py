"""Explorers of ``32_rnn``: a reader's mind and its gates word by word."""

from functools import lru_cache

import numpy as np

from medkit.data.reports import sentences
from medkit.data.sets import shipped
from medkit.learning.by_hand import recurrence
from medkit.learning.text import language
from medkit.learning.text.reader import Reader, american_words, flip
from medkit.views.explorer import (
    Bars,
    Choice,
    Image,
    Lines,
    Picture,
    Slider,
    Text,
    Toggle,
    Words,
    explorer,
)

SENTENCES = (
    "There is no evidence of infarct, mass or haemorrhage.",
    "No infarct but a haematoma is visible in the left thalamus.",
    "A haematoma in the left thalamus but no infarct.",
    "No fracture, scar or cyst; there is an infarct; no haematoma is seen.",
    "Neither infarct nor haemorrhage is seen.",
    "No change in the known haematoma.",
    "A haematoma has been excluded.",
    "A haematoma cannot be excluded.",
)
BLEED = {"bleed": language.TERMS["bleed"]}
_KINDS = ("speaks for a bleed", "speaks against it", "never learned")
_HERE = "being read"
_JUMP = 0.1  # by how much a word must move the probability to be coloured


@lru_cache
def reader(cell: str = "gru") -> Reader:
    """Return the small network ("gru" or "lstm") that learned from sentences of the kit."""
    names = {"gru": "rnn_reader", "lstm": "rnn_reader_lstm"}
    return Reader.from_arrays(shipped.arrays(names[cell]))


@lru_cache
def linear():
    """Return TF-IDF and a linear model that learned from the same sentences."""
    learn = sentences.corpus(2000, rng=0)
    return language.text_classifier().fit(learn.texts, learn.labels)


def opinions(sentence: str) -> dict[str, float]:
    """Return what three readers give for a bleed, from 0 to 1; doubt counts as a half."""
    status = language.labels(sentence, BLEED).get("bleed", "absent")
    reading = reader().read(sentence).probabilities
    return {
        "TF-IDF, linear": float(linear().predict_proba([sentence])[0, 1]),
        "rules": {"present": 1.0, "uncertain": 0.5, "absent": 0.0}[status],
        "recurrent": float(reading[-1]),
    }


@explorer(
    title="Word by word",
    sentence=Text(SENTENCES[0], suggestions=SENTENCES[1:], label="A sentence about a head"),
    flipped=Toggle(False, label="Flip the negation"),
)
def word_by_word(*, sentence, flipped):
    """Type a sentence, and see the state and the probability change with every word."""
    sentence = flip(sentence, BLEED) if flipped else sentence
    if not reader().read(sentence).words:
        sentence = "nothing typed"
    words, known, states, chance = reader().read(sentence)
    jumps = np.diff(chance, prepend=chance[0])
    moved = [_KINDS[int(j < 0)] if abs(j) > _JUMP else "" for j in jumps]
    kinds = [kind if seen else _KINDS[2] for kind, seen in zip(moved, known, strict=True)]
    steps = np.arange(1, len(words) + 1)
    marks = opinions(sentence)
    text = ", ".join(f"{name} {mark:.0%}" for name, mark in marks.items())
    return Picture(
        Words(
            words,
            kinds,
            legend=_KINDS,
            notes=[f"{c:.0%}" for c in chance],
            title="Probability of a bleed after each word",
        ),
        Bars(
            list(marks),
            {"bleed": 100 * np.array(list(marks.values()))},
            "Who says what",
            yaxis=("probability of a bleed (%)", 0, 100),
        ),
        Image(
            states.T,
            "State after each word",
            values=("1", -1, 1, "difference"),
            xaxis=("word", 0.5, len(words) + 0.5),
            yaxis=("number in the state", 0.5, states.shape[1] + 0.5),
            smooth=False,
        ),
        Lines(
            steps,
            {"recurrent network": 100 * chance},
            "What it believes so far",
            xaxis=("word", 0.5, len(words) + 0.5),
            yaxis=("probability of a bleed (%)", 0, 100),
        ),
        caption=f"a bleed? {text}",
        alt=f"The sentence “{' '.join(words)}”, the state of the network and its probability of "
        f"a bleed after each word; at the end {text}.",
    )


CELLS = {"LSTM": "lstm", "GRU": "gru"}
LONGEST = 24  # words that the gates' panels have room for


@explorer(
    title="Gates, word by word",
    sentence=Text(SENTENCES[0], suggestions=SENTENCES[1:], label="A sentence about a head"),
    cell=Choice(list(CELLS), label="Cell"),
    read=Slider(10, 100, 50, 10, unit="%", label="Read so far", play_s=8),
)
def gates(*, sentence, cell, read):
    """Open and close the gates of a trained reader as it goes through a sentence."""
    mind = reader(CELLS[cell])
    text = " ".join(sentence.split()[:LONGEST])
    words, known, _, chance = mind.read(text if american_words(text) else "nothing typed")
    words, codes = words[:LONGEST], [mind.vocabulary.get(w, 1) for w in words[:LONGEST]]
    here = max(1, round(read / 100 * len(words))) - 1
    opened = recurrence.gates(mind.cell, mind.embedding[codes], mind.weights)
    order = np.argsort(mind.dense[0][:, 0])  # what speaks for a bleed comes last, on top
    edges = (0.5, len(words) + 0.5, 0.5, len(order) + 0.5)
    panels = []
    for name, values in opened.items():
        seen = values[:, order].T[::-1].copy()
        seen[:, here + 1 :] = np.nan
        memory = name == "memory"
        panels.append(
            Image(
                seen,
                "Memory" if memory else f"Gate: {name}",
                values=("1", *((-2, 2) if memory else (0, 1)), "difference" if memory else "gray"),
                xlabel="word",
                ylabel="number in the memory",
                smooth=False,
                extent=edges,
            )
        )
    kinds = [_KINDS[2] if not k else "" for k in known[: len(words)]]
    kinds[here] = _HERE
    means = {k: v[here].mean() for k, v in opened.items() if k != "memory"}
    text = ", ".join(f"“{name}” {mean:.2f}" for name, mean in means.items())
    return Picture(
        Words(
            words,
            kinds,
            legend=(_HERE, _KINDS[2]),
            notes=[f"{c:.0%}" if k <= here else "" for k, c in enumerate(chance[: len(words)])],
            title="A bleed? So far:",
        ),
        *panels,
        caption=f"at “{words[here]}” the gates are open by (mean): {text}",
        alt=f"A sentence of {len(words)} words read up to “{words[here]}”, and for each word so "
        f"far the gates and the memory of {len(order)} numbers; mean opening now: {text}.",
    )
