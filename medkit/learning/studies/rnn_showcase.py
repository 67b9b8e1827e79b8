"""The small trained readers that explorers of ``32_rnn`` show, and what their seeds are worth.

`medkit.authoring.datasets` makes them anew: readers of sentences that the kit writes itself, and a
table of many of them. Measured on 400 chains of three or four clauses that none has read
(``corpus(400, "longer", rng=77)``): the gated unit has an AUC of 0.99, the LSTM one of 0.99.
"""

from pathlib import Path

import numpy as np

from medkit.data import reports
from medkit.data.reports import sentences
from medkit.data.sets import shipped
from medkit.learning import evaluation
from medkit.learning.networks.rnn import TextClassifier
from medkit.learning.networks.training import Schedule
from medkit.learning.text.language import TERMS
from medkit.learning.text.negation import mentions, plain
from medkit.learning.text.reader import Reader, american_words

#: Sentences that the reader and its rival, the linear model, learn from.
LEARN = {"n": 2000, "rng": 0}
CELLS = ("simple", "gru", "lstm")
#: Words that follow the last mention of a bleed: the least and the most of each group.
AFTER = np.array([(0, 5), (6, 12), (13, 20), (21, 99)])
#: Words of a report that are read.
READ = (60, 160)


def reader(cell: str = "gru", seed: int = 0) -> TextClassifier:
    """Return an unfitted reader of sentences, small enough to look into."""
    return TextClassifier(
        cell=cell,
        width=12,
        embedding=8,
        max_length=48,
        min_count=1,
        dropout=0.0,
        tokenise=american_words,
        seed=seed,
        schedule=Schedule(epochs=7, batch_size=32, learning_rate=1e-2),
    )


def words_after(text: str) -> int:
    """Return how many words follow the last mention of a bleed, −1 if there is none."""
    text = plain(text)
    found = mentions(text, {"bleed": TERMS["bleed"]})
    return len(american_words(text[found[-1].end :])) if found else -1


def seeds(n_seeds: int = 5, n: int = 1000) -> dict[str, np.ndarray]:
    """Train readers of three kinds of cell, and of reports of two lengths, with several seeds.

    Returns
    -------
    dict of str to numpy.ndarray
        ``auc`` (3, seeds): of each of `CELLS` on chains longer than those learned from;
        ``right`` (3, seeds, 4) and ``n`` (4,): share of right answers by `AFTER`;
        ``report_auc`` (2, 3): of whole reports, of which the first `READ` words are read.
    """
    learn, longer = sentences.corpus(1000, rng=0), sentences.corpus(n, "longer", rng=1)
    after = np.array([words_after(text) for text in longer.texts])
    groups = [(after >= least) & (after <= most) for least, most in AFTER]
    area, right = np.zeros((3, n_seeds)), np.zeros((3, n_seeds, len(AFTER)))
    for k, seed in np.ndindex(area.shape):
        model = reader(CELLS[k], seed).fit(learn.texts, learn.labels)
        scores = model.decision_function(longer.texts)
        area[k, seed] = evaluation.auc(longer.labels, scores).value
        right[k, seed] = [((scores > 0) == longer.labels)[group].mean() for group in groups]
    corpus = reports.corpus(700, rng=0)
    report_area = np.zeros((len(READ), 3))
    for k, seed in np.ndindex(report_area.shape):
        model = TextClassifier(
            width=16,
            max_length=READ[k],
            bidirectional=True,
            attention=True,
            tokenise=american_words,
            seed=seed,
            schedule=Schedule(epochs=6, batch_size=32, learning_rate=5e-3),
        ).fit(*corpus.xy("train"))
        x, y = corpus.xy("test")
        report_area[k, seed] = evaluation.auc(y, model.decision_function(x)).value
    counts = np.array([group.sum() for group in groups])
    return {"auc": area, "right": right, "n": counts, "report_auc": report_area}


def make(what: str, folder) -> Path:
    """Train a reader with one of `CELLS`, or all that the table of "seeds" needs; store it."""
    if what == "seeds":
        return shipped.save(folder, "rnn_seeds", **seeds())
    learn = sentences.corpus(**LEARN)
    model = reader(what).fit(learn.texts, learn.labels)
    name = "rnn_reader" if what == "gru" else f"rnn_reader_{what}"
    return shipped.save(folder, name, **Reader.of(model).arrays())
