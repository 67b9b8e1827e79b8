"""A reader replayed in NumPy says what Keras says; flipping turns a statement round."""

import numpy as np
import pytest

from medkit.learning.text import language
from medkit.learning.text.reader import Reader, flip, words

BLEED = {"bleed": language.TERMS["bleed"]}


def test_words_keep_what_negates():
    assert words("No bleed; 3 mm nodule?") == ["no", "bleed", ";", "#", "mm", "nodule", "?"]


@pytest.mark.parametrize("cell", ["simple", "gru", "lstm"])
def test_a_replayed_reader_is_the_network(cell):
    from medkit.learning.networks.rnn import TextClassifier
    from medkit.learning.networks.training import Schedule
    from medkit.learning.text.reader import american_words

    x = ["No haematoma.", "A haematoma is seen.", "No infarct but a bleed.", "A bleed; no mass."]
    model = TextClassifier(
        cell=cell,
        width=5,
        embedding=4,
        max_length=9,
        min_count=1,
        tokenise=american_words,
        schedule=Schedule(epochs=2, batch_size=2, learning_rate=0.05),
    ).fit(x, [0, 1, 1, 1])
    reader = Reader.of(model)
    texts = [*x, "An unknown hematoma"]
    ours = [reader.read(text).probabilities[-1] for text in texts]
    np.testing.assert_allclose(ours, model.predict_proba(texts)[:, 1], atol=1e-6)
    copy = Reader.from_arrays(reader.arrays())
    np.testing.assert_allclose([copy.read(t).probabilities[-1] for t in texts], ours, atol=1e-6)
    assert reader.read(texts[-1]).known.tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("sentence", "flipped"),
    [
        ("A haematoma is seen.", "no hematoma is seen."),
        ("No haematoma is seen.", "a hematoma is seen."),
        ("Haemorrhage is not seen.", "hemorrhage is seen."),
        ("No infarct, mass or haemorrhage.", "infarct, mass and hemorrhage."),
        ("An infarct without haemorrhage.", "an infarct and hemorrhage."),
        ("A simple cyst.", "a simple cyst."),
    ],
)
def test_flip(sentence, flipped):
    assert flip(sentence, BLEED) == flipped
