"""Recurrent classifiers: they learn what needs memory, and behave like scikit-learn's."""

import pickle

import numpy as np
import pytest

from medkit.learning.by_hand import recurrence
from medkit.learning.networks.rnn import RecurrentClassifier, TextClassifier
from medkit.learning.networks.training import Schedule

QUICK = Schedule(epochs=25, batch_size=32, learning_rate=2e-2)


@pytest.fixture(scope="module")
def first_step_counts():
    """Sequences of noise; the class is the sign of the first step: it needs memory."""
    x = np.random.default_rng(0).normal(size=(160, 8, 1)).astype(np.float32)
    return x, (x[:, 0, 0] > 0).astype(int)


@pytest.fixture(scope="module")
def gru(first_step_counts):
    return RecurrentClassifier(width=8, schedule=QUICK).fit(*first_step_counts)


def test_it_remembers_the_first_step(gru, first_step_counts):
    assert gru.score(*first_step_counts) > 0.9
    assert gru.predict_proba(first_step_counts[0]).shape == (160, 2)


def test_it_can_be_replayed_by_hand(gru, first_step_counts):
    x = first_step_counts[0][:3]
    cell = gru.model_.get_layer("states").get_weights()
    kernel, bias = gru.model_.get_layer("logit").get_weights()
    ours = [(recurrence.run("gru", sequence, cell)[-1] @ kernel + bias)[0] for sequence in x]
    np.testing.assert_allclose(gru.decision_function(x), ours, atol=1e-5)


def test_it_survives_pickling(gru, first_step_counts):
    copy = pickle.loads(pickle.dumps(gru))
    x = first_step_counts[0]
    np.testing.assert_array_equal(copy.decision_function(x), gru.decision_function(x))


def test_frames_of_a_cine_loop_are_sequences_too():
    frames = np.random.default_rng(0).random((8, 5, 6, 6, 1))
    assert RecurrentClassifier().prepare(frames).shape == (8, 5, 36)
    with pytest.raises(ValueError, match=r"shape \(n, steps"):
        RecurrentClassifier().prepare(np.zeros(3))


def test_an_unknown_cell_is_named(first_step_counts):
    with pytest.raises(ValueError, match="no cell 'tape'"):
        RecurrentClassifier(cell="tape").fit(*first_step_counts)


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
