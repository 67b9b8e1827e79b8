"""Recurrent networks: a state that is carried from word to word of a report."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import KW_ONLY, dataclass

import numpy as np

from medkit.learning.backend import keras
from medkit.learning.networks.training import NetworkClassifier, Schedule
from medkit.learning.text.reader import words

layers = keras.layers
#: How long it learns unless told otherwise.
TEXTS = Schedule(epochs=8, batch_size=32, learning_rate=5e-3)
CELLS = {"simple": layers.SimpleRNN, "gru": layers.GRU, "lstm": layers.LSTM}


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

    def call(self, states, mask=None):
        """Return the mean: (batch, steps, width) → (batch, width)."""
        scores = keras.ops.matmul(states, self.score)  # (batch, steps, 1)
        if mask is not None:
            scores = keras.ops.where(keras.ops.expand_dims(mask, -1), scores, -1e9)
        return keras.ops.sum(keras.ops.softmax(scores, axis=1) * states, axis=1)

    def compute_mask(self, states, mask=None):
        """Return none: the steps are gone."""
        return None


@dataclass(eq=False, repr=False)
class TextClassifier(NetworkClassifier):
    """A recurrent network that reads texts word by word.

    Words are numbered by how often the training texts use them; 0 fills up short texts
    and is skipped (masked), 1 stands for every word that was not learned.

    Parameters
    ----------
    cell : {"gru", "lstm", "simple"}
    width : int
        Numbers in the state.
    bidirectional : bool
        Read from both ends and put the two states side by side.
    attention : bool
        Weigh the states of all words by a learned score instead of keeping the last.
    embedding : int
        Numbers that describe a word to the network.
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
    max_length: int = 80
    min_count: int = 2
    tokenise: Callable = words
    dropout: float = 0.2
    schedule: Schedule = TEXTS
    seed: int = 0

    def fit(self, x: Iterable[str], y, *, validation=None, progress=None):
        """Learn the vocabulary, then the network; see `NetworkClassifier.fit`."""
        counts = Counter(word for text in x for word in self.tokenise(text))
        order = sorted(counts, key=lambda word: (-counts[word], word))
        known = [word for word in order if counts[word] >= self.min_count]
        self.vocabulary_ = {word: number for number, word in enumerate(known, start=2)}
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
        known = len(self.vocabulary_) + 2
        x = layers.Embedding(known, self.embedding, mask_zero=True, name="embedding")(start)
        reader = CELLS[self.cell](self.width, return_sequences=self.attention, name="states")
        x = (layers.Bidirectional(reader, name="both_ways") if self.bidirectional else reader)(x)
        x = AttentionPooling(name="attention")(x) if self.attention else x
        x = layers.Dropout(self.dropout)(x)
        return keras.Model(start, layers.Dense(outputs, name="logit")(x))
