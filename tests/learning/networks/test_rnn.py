"""The classifier of texts learns what needs memory, and behaves like scikit-learn's."""

import pickle

import numpy as np
import pytest

from medkit.learning.networks.rnn import TextClassifier
from medkit.learning.networks.training import Schedule

SENTENCES = {
    0: [
        "no bleed is seen",
        "there is no bleed today",
        "no acute bleed .",
        "the scan shows no bleed",
    ],
    1: ["a bleed is seen", "there is a bleed today", "an acute bleed .", "the scan shows a bleed"],
}


def test_texts_are_read_with_their_negation():
    x = SENTENCES[0] * 4 + SENTENCES[1] * 4
    y = ["well"] * 16 + ["ill"] * 16
    schedule = Schedule(epochs=30, batch_size=8, learning_rate=2e-2)
    reader = TextClassifier(width=8, embedding=6, max_length=8, schedule=schedule).fit(x, y)
    assert reader.score(x, y) == 1
    assert list(reader.predict(["the scan shows no bleed"])) == ["well"]
    copy = pickle.loads(pickle.dumps(reader))
    np.testing.assert_array_equal(copy.decision_function(x), reader.decision_function(x))


@pytest.mark.usefixtures("eagerly")
def test_what_fills_up_a_text_changes_nothing():
    x, y = SENTENCES[0] + SENTENCES[1], [0] * 4 + [1] * 4
    reader = TextClassifier(width=4, max_length=6, attention=True, schedule=Schedule(epochs=1))
    short = reader.fit(x, y).decision_function(x)
    longer = reader.set_params(max_length=20).build((20,), 1)
    longer.set_weights(reader.model_.get_weights())
    reader.model_ = longer
    np.testing.assert_allclose(reader.decision_function(x), short, atol=1e-5)


@pytest.mark.usefixtures("eagerly")
def test_unknown_words_share_a_number_and_rare_ones_are_not_learned():
    reader = TextClassifier(min_count=2, max_length=4, schedule=Schedule(epochs=1))
    reader.fit(["bleed bleed seen", "seen once"], [0, 1])
    assert reader.vocabulary_ == {"bleed": 2, "seen": 3}
    assert reader.prepare(["bleed twice seen never ever"]).tolist() == [[2, 1, 3, 1]]
