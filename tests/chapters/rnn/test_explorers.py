"""What the explorers of recurrent networks show is true."""

import numpy as np
import pytest

from medkit.chapters.rnn import explorers as rnn
from medkit.data.reports import sentences
from medkit.learning.by_hand import recurrence
from medkit.learning.evaluation import auc


@pytest.fixture(scope="module")
def fresh():
    return sentences.corpus(100, rng=77, without=sentences.corpus(2000, rng=0).texts)


def share_right(reads, some):
    return np.mean([(reads(text) > 0.5) == label for text, label in zip(*some, strict=True)])


def test_the_shipped_reader_reads_what_it_learned_and_longer_chains(fresh):
    longer = sentences.corpus(100, "longer", rng=77)
    for name, low in (("recurrent", 0.95), ("TF-IDF, linear", 0.75)):
        assert share_right(lambda text, name=name: rnn.opinions(text)[name], longer) > low
    assert share_right(lambda text: rnn.opinions(text)["recurrent"], fresh) > 0.97


def test_new_words_fool_the_networks_more_than_the_rules():
    strange = sentences.corpus(100, "new words", rng=77)
    network, rules = (
        share_right(lambda text, name=name: rnn.opinions(text)[name], strange)
        for name in ("recurrent", "rules")
    )
    assert network < 0.7 < rules


def test_the_picture_is_the_reading():
    picture = rnn.word_by_word.picture(sentence="No infarct but a haematoma is seen.")
    words, bars, image, line = picture.panels
    reading = rnn.reader().read("No infarct but a haematoma is seen.")
    assert list(words.words) == ["no", "infarct", "but", "a", "hematoma", "is", "seen", "."]
    np.testing.assert_allclose(image.pixels, reading.states.T)
    np.testing.assert_allclose(line.y["recurrent network"][1], 100 * reading.probabilities)
    np.testing.assert_allclose(bars.values["bleed"][2], 100 * reading.probabilities[-1])


def test_flipping_turns_the_rules_round():
    for sentence in rnn.SENTENCES[:3]:
        before, after = (
            rnn.opinions(text)["rules"] for text in (sentence, rnn.flip(sentence, rnn.BLEED))
        )
        assert {before, after} == {0.0, 1.0}
    kinds = rnn.word_by_word.picture(sentence="xylophone").panels[0].kinds
    assert kinds == ["never learned"]


def fading(cell, scale, keep, steps, seed):
    """Return how strongly the last state depends on that of each earlier step, and the weights."""
    rng = np.random.default_rng(seed)
    weights = recurrence.random_weights(cell, 1, 16, radius=scale, keep=keep, rng=rng)
    sequence, last = rng.normal(0, 0.1, (steps, 1)), rng.normal(size=16)
    through = recurrence.sent_back(cell, sequence, weights, last / np.linalg.norm(last))
    return np.linalg.norm(through, axis=1)[::-1], weights


def test_a_gradient_stays_below_the_bound_and_may_pass_the_eigenvalue():
    curve, weights = fading("simple", 0.9, 3.0, 30, 0)
    assert curve[0] == pytest.approx(1)
    largest = np.linalg.svd(weights[1])[1][0]
    assert (curve <= largest ** np.arange(30) * (1 + 1e-12)).all()


def test_the_gates_are_shown_up_to_the_word_and_agree_with_the_reader():
    picture = rnn.gates.picture(sentence=rnn.SENTENCES[0], cell="LSTM", read=30)
    words, *images = picture.panels
    mind = rnn.reader("lstm")
    assert list(words.words)[:3] == ["there", "is", "no"]
    assert [image.title for image in images] == [
        "Gate: keep", "Gate: let in", "Gate: show", "Memory",
    ]  # fmt: skip
    assert all(np.isnan(image.pixels[:, 3:]).all() for image in images)
    show, memory = images[2].pixels[:, :3], images[3].pixels[:, :3]
    states = mind.read(rnn.SENTENCES[0]).states[:3]
    order = np.argsort(mind.dense[0][:, 0])[::-1]
    np.testing.assert_allclose(show * np.tanh(memory), states[:, order].T)


@pytest.mark.parametrize("cell", ["GRU", "LSTM"])
def test_the_stored_readers_are_those_of_keras(cell):
    from medkit.learning.backend import keras

    mind = rnn.reader(cell.lower())
    layer = {"GRU": keras.layers.GRU, "LSTM": keras.layers.LSTM}[cell](12, return_sequences=True)
    layer.build((None, None, 8))
    layer.set_weights(mind.weights)
    seen = mind.read(rnn.SENTENCES[1])
    codes = [mind.vocabulary.get(word, 1) for word in seen.words]
    theirs = layer(mind.embedding[codes][None].astype(np.float32))
    np.testing.assert_allclose(seen.states, keras.ops.convert_to_numpy(theirs)[0], atol=1e-5)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_a_stored_reader_still_reads_sentences_of_todays_kit(cell):
    """Its AUC on chains that it never saw, as `rnn_showcase` says."""
    longer = sentences.corpus(400, "longer", rng=77)
    scores = [rnn.reader(cell).read(text).probabilities[-1] for text in longer.texts]
    assert auc(longer.labels, np.array(scores)).value > 0.97


def test_an_open_gate_keeps_what_a_simple_cell_loses():
    ends = {cell: fading(cell, 0.8, 5.0, 60, 1)[0][-1] for cell in ("simple", "gru", "lstm")}
    assert ends["simple"] < 1e-4 < 0.1 < min(ends["gru"], ends["lstm"])
    assert fading("lstm", 0.8, 0.0, 60, 1)[0][-1] < 1e-4
