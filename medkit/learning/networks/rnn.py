"""Recurrent networks: a state that is carried from step to step of a sequence.

`RecurrentClassifier` reads sequences of numbers (an ECG, the frames of a cine loop,
the slices of a volume), `TextClassifier` reads reports word by word.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import KW_ONLY, dataclass

import numpy as np

from medkit.learning.backend import keras
from medkit.learning.networks.training import NetworkClassifier, Schedule
from medkit.learning.text.reader import words

layers = keras.layers
#: How long each learns unless told otherwise.
SEQUENCES = Schedule(epochs=30, batch_size=32, learning_rate=3e-3)
TEXTS = Schedule(epochs=8, batch_size=32, learning_rate=5e-3)
CELLS = {"simple": layers.SimpleRNN, "gru": layers.GRU, "lstm": layers.LSTM}


def recurrent(x, *, cell="gru", width=32, bidirectional=False, attention=False):
    """Return the summary of a sequence: its last state, or a weighted mean of all states.

    Parameters
    ----------
    x : keras.KerasTensor
        Shape (batch, steps, inputs).
    cell : {"simple", "gru", "lstm"}
    width : int
        Numbers in the state.
    bidirectional : bool
        Read it from both ends and put the two states side by side.
    attention : bool
        Weigh the states of all steps by a learned score instead of keeping the last.

    Returns
    -------
    keras.KerasTensor
        Shape (batch, width), or twice the width from both ends.

    Raises
    ------
    ValueError
        If there is no such cell.
    """
    if cell not in CELLS:
        raise ValueError(f"no cell {cell!r}; there are {', '.join(CELLS)}")
    layer = CELLS[cell](width, return_sequences=attention, name="states")
    states = (layers.Bidirectional(layer, name="both_ways") if bidirectional else layer)(x)
    return AttentionPooling(name="attention")(states) if attention else states


@keras.saving.register_keras_serializable("medkit")
class AttentionPooling(layers.Layer):
    r"""The weighted mean of a sequence, :math:`\sum_t a_t h_t` with :math:`a = softmax(H s)`.

    The vector s is learned: it says what is worth attending to. Masked steps weigh nothing.

    References
    ----------
    Yang et al. (2016), doi:10.18653/v1/N16-1174, in its simplest form.
    """

    supports_masking = True

    def build(self, shape):
        """Make the vector s, shape (width, 1)."""
        self.score = self.add_weight(shape=(shape[-1], 1), name="score")

    def weights_of(self, states, mask=None):
        """Return a, shape (batch, steps): it adds up to 1 over the steps."""
        scores = keras.ops.squeeze(keras.ops.matmul(states, self.score), -1)
        if mask is not None:
            scores = keras.ops.where(mask, scores, -1e9)
        return keras.ops.softmax(scores, axis=1)

    def call(self, states, mask=None):
        """Return the mean: (batch, steps, width) → (batch, width)."""
        weights = keras.ops.expand_dims(self.weights_of(states, mask), -1)
        return keras.ops.sum(weights * states, axis=1)

    def compute_mask(self, states, mask=None):
        """Return none: the steps are gone."""
        return None


@dataclass(eq=False, repr=False)
class RecurrentClassifier(NetworkClassifier):
    """A recurrent network that classifies sequences of numbers.

    Parameters
    ----------
    cell : {"gru", "lstm", "simple"}
    width : int
        Numbers in the state.
    bidirectional, attention : bool
        See `recurrent`.
    schedule : Schedule
    seed : int

    Examples
    --------
    >>> import numpy as np
    >>> x = np.repeat([[[0.0]], [[1.0]]], 8, axis=0).repeat(5, axis=1)  # 16 × 5 steps × 1
    >>> quick = Schedule(epochs=20, learning_rate=0.03)
    >>> RecurrentClassifier(width=4, schedule=quick).fit(x, [0] * 8 + [1] * 8).predict(x[::8])
    array([0, 1])
    """

    _: KW_ONLY
    cell: str = "gru"
    width: int = 32
    bidirectional: bool = False
    attention: bool = False
    schedule: Schedule = SEQUENCES
    seed: int = 0

    def prepare(self, x):
        """Return sequences as (n, steps, inputs): whatever a step holds is laid flat."""
        x = np.asarray(x, np.float32)
        if x.ndim < 2:
            raise ValueError(f"sequences must have shape (n, steps, …), not {x.shape}")
        return x.reshape(*x.shape[:2], -1)

    def build(self, shape, outputs):
        """Return the network: recurrence, then one dense layer; a sequence may have any length."""
        start = keras.Input((None, *shape[1:]))
        summary = recurrent(
            start,
            cell=self.cell,
            width=self.width,
            bidirectional=self.bidirectional,
            attention=self.attention,
        )
        return keras.Model(start, layers.Dense(outputs, name="logit")(summary))


@dataclass(eq=False, repr=False)
class TextClassifier(NetworkClassifier):
    """A recurrent network that reads texts word by word.

    Words are numbered by how often the training texts use them; 0 fills up short texts
    and is skipped (masked), 1 stands for every word that was not learned.

    Parameters
    ----------
    cell, width, bidirectional, attention
        See `recurrent`.
    embedding : int
        Numbers that describe a word to the network.
    max_words : int
        Size of the vocabulary.
    max_length : int
        Words of a text that are read; longer texts lose their end.
    min_count : int
        Rarer words are not learned.
    tokenise : callable
        Text → list of words.
    dropout : float
        Share of the summary that is hidden while learning.
    schedule : Schedule
    seed : int

    Attributes
    ----------
    vocabulary_ : dict
        word → number.
    """

    _: KW_ONLY
    cell: str = "gru"
    width: int = 32
    bidirectional: bool = False
    attention: bool = False
    embedding: int = 24
    max_words: int = 2000
    max_length: int = 80
    min_count: int = 2
    tokenise: Callable = words
    dropout: float = 0.2
    schedule: Schedule = TEXTS
    seed: int = 0

    def fit(self, x: Iterable[str], y, *, validation=None, progress=None):
        """Learn the vocabulary, then the network; see `NetworkClassifier.fit`."""
        counts = Counter(word for text in x for word in self.tokenise(text))
        known = [
            w for w, n in sorted(counts.items(), key=lambda i: (-i[1], i[0])) if n >= self.min_count
        ]
        self.vocabulary_ = {word: i for i, word in enumerate(known[: self.max_words - 2], start=2)}
        return super().fit(x, y, validation=validation, progress=progress)

    def prepare(self, x):
        """Return texts as word numbers, int32 of shape (n, max_length), 0 at the end."""
        numbers = np.zeros((len(x), self.max_length), np.int32)
        for row, text in zip(numbers, x, strict=True):
            codes = [self.vocabulary_.get(w, 1) for w in self.tokenise(text)][: self.max_length]
            row[: len(codes)] = codes
        return numbers

    def build(self, shape, outputs):
        """Return the network: embedding, recurrence, dropout, one dense layer."""
        start = keras.Input(shape, dtype="int32")
        embedded = layers.Embedding(
            len(self.vocabulary_) + 2, self.embedding, mask_zero=True, name="embedding"
        )(start)
        summary = recurrent(
            embedded,
            cell=self.cell,
            width=self.width,
            bidirectional=self.bidirectional,
            attention=self.attention,
        )
        summary = layers.Dropout(self.dropout)(summary)
        return keras.Model(start, layers.Dense(outputs, name="logit")(summary))
