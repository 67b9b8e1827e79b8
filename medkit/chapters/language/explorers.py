"""Explorers of ``23_language``: negation in a sentence, words that weigh, readers, wrong labels."""

import re
from functools import lru_cache

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.svm import LinearSVC

from medkit.data import reports
from medkit.data.reports.styles import STYLES
from medkit.learning.evaluation import auc, label_noise
from medkit.learning.text import language
from medkit.views.explorer import (
    Bars,
    Button,
    Choice,
    Lines,
    Picture,
    Slider,
    Text,
    Toggle,
    Words,
    explorer,
)

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
        said = mark[2] if mark and b == mark[1] and mark[2] != "trigger" else ""
        notes.append(f"{bracket} {said}".strip())
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
    said = ", ".join(f"{m.finding}: {m.status}" for m in found) or "no finding is named"
    words, kinds, notes = _marked(text, found)
    return Picture(
        Words(words, kinds, legend=_STATUS, notes=notes, title="What is said of each finding"),
        caption=said,
        alt=f"The sentence “{text}”, with its findings marked; {said}.",
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


SIZES = (45, 90, 180, 360, 900)
_READERS = {"1": 1, "3": 3, "9": 9}


@lru_cache
def _bank():
    """Return counts, labels and readers of texts to learn from, and counts of a test."""
    most = [max(SIZES) // (1 if k < 1 else 3 if k < 3 else 9) for k in range(len(reports.KNOWN))]
    learn = [
        reports.corpus(n, rng=100 + k, styles=(reader,), errors=0, consistent=True)
        for k, (n, reader) in enumerate(zip(most, reports.KNOWN, strict=True))
    ]
    test = reports.corpus(1600, rng=2, errors=0, consistent=True).only("test")
    words = CountVectorizer(
        tokenizer=language.tokens, token_pattern=None, lowercase=False, ngram_range=(1, 2)
    )
    x = words.fit_transform(np.concatenate([some.texts for some in learn]))
    first = np.concatenate([[0], np.cumsum(most)[:-1]])
    return (
        x,
        np.concatenate([some.labels for some in learn]),
        first,
        words.transform(test.texts),
        test,
    )


@lru_cache(maxsize=64)
def transfer(n: int, readers: int) -> dict[str, tuple]:
    """Return the AUC (with interval) on known and on other readers after n reports."""
    x, y, first, x_test, test = _bank()
    rows = np.concatenate([first[k] + np.arange(n // readers) for k in range(readers)])
    used = np.flatnonzero(x[rows].getnnz(0) >= 2)  # as min_df of the classifier
    tfidf = TfidfTransformer().fit(x[rows][:, used])
    model = LinearSVC(C=1.0, random_state=0).fit(tfidf.transform(x[rows][:, used]), y[rows])
    scores = model.decision_function(tfidf.transform(x_test[:, used]))
    own = np.isin(test.styles, reports.KNOWN[:readers])
    return {
        "readers it learned from": auc(test.labels[own], scores[own]),
        "readers held out": auc(test.labels[test.held_out], scores[test.held_out]),
    }


@explorer(
    title="More reports, or more readers?",
    reports_to_learn=Choice([str(n) for n in SIZES], "900", label="Reports to learn from"),
    readers=Choice(_READERS, 9, label="Readers who wrote them"),
)
def learning(*, reports_to_learn, readers):
    """Add training reports, and see whom the model learns to read."""
    n = int(reports_to_learn)
    x = np.array(SIZES, float)
    curves = [transfer(k, readers) for k in SIZES]
    lines = {name: (x, np.array([c[name].value for c in curves])) for name in curves[0]}
    bands = {
        name: (x, np.array([c[name].low for c in curves]), np.array([c[name].high for c in curves]))
        for name in curves[0]
    }
    own, other = (found.value for found in transfer(n, readers).values())
    return Picture(
        Lines(
            x,
            lines,
            "TF-IDF and a linear model",
            bands=bands,
            marks={f"{n} reports": n},
            xaxis=("reports to learn from", 40, 1000, "log"),
            yaxis=("AUC", 0.4, 1.0),
        ),
        caption=f"{n} reports of {readers} reader{'s' if readers > 1 else ''}: AUC {own:.2f} for "
        f"them, {other:.2f} for readers held out",
        alt=f"AUC against the number of reports; {own:.2f} for the readers learned from and "
        f"{other:.2f} for others.",
    )


@lru_cache
def _cells():
    """Return real measurements of cell nuclei, half to learn from and half to test with."""
    x, y = load_breast_cancer(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(y))
    x = (x - x.mean(0)) / x.std(0)
    return x[order[::2]], 1 - y[order[::2]], x[order[1::2]], 1 - y[order[1::2]]


def trained_on(labels) -> np.ndarray:
    """Return a ridge classifier's scores of the test cells after learning these labels."""
    x, _, x_test, _ = _cells()
    gram = x.T @ x + 10 * np.eye(x.shape[1])
    return x_test @ np.linalg.solve(gram, x.T @ (labels - np.mean(labels)))


@explorer(
    title="Labels taken from reports",
    missed=Slider(0.0, 0.5, 0.1, 0.02, label="Findings missed"),
    invented=Slider(0.0, 0.5, 0.02, 0.02, label="Findings invented"),
    seed=Button("Read again"),
)
def wrong_labels(*, missed, invented, seed):
    """Take labels with errors, learn from them, and measure against them."""
    _, y, _, y_test = _cells()
    rng = np.random.default_rng(seed)
    scores = trained_on(label_noise.flip(y, missed=missed, invented=invented, rng=rng))
    seen = label_noise.flip(y_test, missed=missed, invented=invented, rng=rng)
    true, apparent = auc(y_test, scores), auc(seen, scores)
    clean = auc(y_test, trained_on(y)).value
    formula = label_noise.apparent_auc(
        true.value, prevalence=y_test.mean(), missed=missed, invented=invented
    )
    heights = np.array([clean, true.value, apparent.value, formula])
    return Picture(
        Bars(
            ["learned clean", "true test", "wrong test", "formula"],
            {"AUC": heights},
            "Malignant cells, or benign?",
            yaxis=("AUC", 0, 1),
        ),
        caption=f"{np.mean(seen != y_test):.0%} of the labels are wrong; the model's AUC is "
        f"{true.value:.2f}, but looks like {apparent.value:.2f}",
        alt=f"Four bars: AUC {clean:.2f} with true labels; learned from wrong labels "
        f"{true.value:.2f}, measured against wrong labels {apparent.value:.2f}.",
    )
