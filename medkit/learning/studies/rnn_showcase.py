"""The small trained network that an explorer of ``32_rnn`` shows.

A reader of sentences that the kit writes itself; `medkit.authoring.datasets` makes it anew.
"""

from pathlib import Path

from medkit.data.reports import sentences
from medkit.data.sets import shipped
from medkit.learning.networks.rnn import TextClassifier
from medkit.learning.networks.training import Schedule
from medkit.learning.text.reader import Reader, american_words

#: Sentences that the reader and its rival, the linear model, learn from.
LEARN = {"n": 2000, "rng": 0}


def reader(seed: int = 0) -> TextClassifier:
    """Return an unfitted reader of sentences, small enough to look into."""
    return TextClassifier(
        cell="gru",
        width=12,
        embedding=8,
        max_length=48,
        min_count=1,
        dropout=0.0,
        tokenise=american_words,
        seed=seed,
        schedule=Schedule(epochs=7, batch_size=32, learning_rate=1e-2),
    )


def make(folder) -> Path:
    """Train the reader and store it; return the file."""
    learn = sentences.corpus(**LEARN)
    model = reader().fit(learn.texts, learn.labels)
    return shipped.save(folder, "rnn_reader", **Reader.of(model).arrays())
