"""The small trained networks that the explorers of ``32_rnn`` show.

``python -m medkit.learning.rnn_showcase datasets`` makes the files anew, in about three
minutes: a reader of sentences that the kit writes itself, and how long each cell remembers.
"""

import sys
from itertools import product

import numpy as np

from medkit.data import sentences, shipped
from medkit.learning.rnn import RecurrentClassifier, TextClassifier
from medkit.learning.text_reader import Reader, american_words
from medkit.learning.training import Schedule

#: Sentences that the reader and its rival, the linear model, learn from.
LEARN = {"n": 2000, "rng": 0}
#: What the memory experiment tries.
CELLS, DELAYS, SEEDS = ("simple", "gru", "lstm"), (5, 10, 20, 40, 80), range(4)


def reader(seed: int = 0) -> TextClassifier:
    """Return an unfitted reader of sentences, small enough to look into."""
    return TextClassifier(
        cell="gru", width=12, embedding=8, max_length=48, min_count=1, dropout=0.0,
        tokenise=american_words, seed=seed,
        schedule=Schedule(epochs=7, batch_size=32, learning_rate=1e-2),
    )  # fmt: skip


def remember(n: int, delay: int, rng=None) -> tuple[np.ndarray, np.ndarray]:
    """Return sequences of noise whose class is the sign of the first step.

    Parameters
    ----------
    n, delay : int
        How many, and how many steps come after the first.
    rng : None, int or numpy.random.Generator

    Returns
    -------
    x : numpy.ndarray
        Shape (n, delay + 1, 1). The first step is −1 or 1, the others noise of deviation 0.3.
    y : numpy.ndarray
        Shape (n,): 0 or 1.
    """
    rng = np.random.default_rng(rng)
    x = rng.normal(0, 0.3, (n, delay + 1, 1)).astype(np.float32)
    y = rng.integers(0, 2, n)
    x[:, 0, 0] = 2 * y - 1
    return x, y


def memory() -> dict[str, np.ndarray]:
    """Train each cell for each delay from each seed; return the share of right test answers."""
    quick = Schedule(epochs=10, batch_size=32, learning_rate=1e-2)
    right = np.zeros((len(CELLS), len(DELAYS), len(SEEDS)), np.float32)
    for (c, cell), (d, delay), (s, seed) in product(*map(enumerate, (CELLS, DELAYS, SEEDS))):
        model = RecurrentClassifier(cell=cell, width=8, schedule=quick, seed=seed)
        model.fit(*remember(320, delay, rng=seed))
        right[c, d, s] = model.score(*remember(400, delay, rng=1000 + seed))
    return {"right": right, "delays": np.array(DELAYS), "cells": np.array(CELLS)}


def main(folder: str) -> None:
    """Make both files in a folder."""
    learn = sentences.corpus(**LEARN)
    model = reader().fit(learn.texts, learn.labels)
    shipped.save(folder, "rnn_reader", **Reader.of(model).arrays())
    shipped.save(folder, "rnn_memory", **memory())


if __name__ == "__main__":
    main(sys.argv[1])
