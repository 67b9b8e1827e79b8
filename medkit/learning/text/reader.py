"""A trained recurrent reader replayed in NumPy: what it holds in mind after each word.

It needs no Keras, so an explorer can answer while someone types.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from medkit.learning.by_hand import recurrence
from medkit.learning.text.negation import WORDS, mentions, plain


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, numbers as ``#`` and marks as words.

    Examples
    --------
    >>> words("No bleed. Cyst of 3.5 cm?")
    ['no', 'bleed', '.', 'cyst', 'of', '#', 'cm', '?']
    """
    found = re.findall(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[.;:?]", text.lower())
    return ["#" if word[0].isdigit() else word for word in found]


def american_words(text: str) -> list[str]:
    """Return `words`, in American spelling.

    >>> american_words("No haemorrhage.")
    ['no', 'hemorrhage', '.']
    """
    return words(plain(text))


class Reading(NamedTuple):
    """Words (n), those of them that are known (bool), states (n, width), probabilities (n,)."""

    words: list[str]
    known: np.ndarray
    states: np.ndarray
    probabilities: np.ndarray


@dataclass(eq=False, repr=False)
class Reader:
    """What `medkit.learning.networks.rnn.TextClassifier` has learned, read word by word.

    Parameters
    ----------
    cell : {"simple", "gru", "lstm"}
    vocabulary : mapping of str to int
        Word → row of the embedding; row 1 is for every other word.
    embedding : numpy.ndarray
        Shape (words, numbers).
    weights : tuple of numpy.ndarray
        Of the cell, as `recurrence.run` takes them.
    dense : tuple of numpy.ndarray
        Kernel (width, 1) and bias (1,) of the last layer.
    """

    cell: str
    vocabulary: Mapping[str, int]
    embedding: np.ndarray
    weights: Sequence[np.ndarray]
    dense: Sequence[np.ndarray]

    @classmethod
    def of(cls, model) -> "Reader":
        """Return the reader that a fitted `TextClassifier` is: one way, without attention."""
        parts = (model.model_.get_layer(name).get_weights() for name in ("embedding", "states"))
        (embedding,), weights = parts
        dense = model.model_.get_layer("logit").get_weights()
        return cls(model.cell, model.vocabulary_, embedding, weights, dense)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "Reader":
        """Return the reader that `arrays` describe."""
        known = {str(word): k for k, word in enumerate(arrays["vocabulary"], start=2)}
        weights = [arrays[f"cell{k}"].astype(float) for k in range(3)]
        dense = [arrays[f"dense{k}"].astype(float) for k in range(2)]
        embedding = arrays["embedding"].astype(float)
        return cls(str(arrays["cell"]), known, embedding, weights, dense)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return everything as arrays, ready for a file."""
        out = {"cell": np.array(self.cell), "vocabulary": np.array(list(self.vocabulary))}
        out["embedding"] = self.embedding.astype(np.float32)
        out |= {f"cell{k}": w.astype(np.float32) for k, w in enumerate(self.weights)}
        return out | {f"dense{k}": w.astype(np.float32) for k, w in enumerate(self.dense)}

    def read(self, text: str) -> Reading:
        """Read a text; a word that was never learned is read as *some word*."""
        seen = american_words(text)
        codes = np.array([self.vocabulary.get(word, 1) for word in seen], int)
        states = recurrence.run(self.cell, self.embedding[codes], self.weights)
        logits = (states @ self.dense[0] + self.dense[1])[:, 0]
        return Reading(seen, codes > 1, states, recurrence.sigmoid(logits))


def flip(text: str, terms: Mapping) -> str:
    """Turn what a sentence says of the first of these findings into its opposite.

    Where a trigger of negation rules over it, the trigger goes; else a *no* comes.

    Parameters
    ----------
    text : str
    terms : mapping of str to sequence of str
        Finding → its names, as `medkit.learning.text.negation.mentions` takes them.

    Returns
    -------
    str
        In lower case and American spelling; unchanged if no finding is named.

    Examples
    --------
    >>> terms = {"bleed": ["hematoma"]}
    >>> flip("A haematoma is seen", terms), flip("no hematoma", terms)
    ('no hematoma is seen', 'a hematoma')
    """
    text = plain(text)
    found = mentions(text, terms)
    if not found:
        return text
    start, trigger = found[0].start, found[0].trigger
    if found[0].status == "absent":
        word = " ".join(text[slice(*trigger)].split())
        rest = WORDS["opposite"].get(word, word[4:] if word.startswith("not ") else "")
        # "no hematoma" becomes "a hematoma"; of a list, all is affirmed.
        name = text[start : found[0].end]
        if re.fullmatch("hematoma|intracranial bleed", name) and trigger[1] + 1 == start:
            rest = f"{rest} {'an' if name[0] == 'i' else 'a'}"
        flipped = text[: trigger[0]] + rest + text[trigger[1] :].replace(" or ", " and ", 1)
    else:
        before = re.sub(r"\b(?:an?|the) (?:intracranial |acute )*$", "", text[:start])
        flipped = f"{before}no {text[start:]}"
    return " ".join(flipped.split())
