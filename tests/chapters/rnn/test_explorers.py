"""What the explorers of recurrent networks show is true."""

import numpy as np
import pytest

from medkit.chapters.rnn import explorers as rnn
from medkit.data.reports import sentences
from medkit.learning.by_hand import recurrence


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


def test_a_gradient_follows_the_slopes_that_back_propagation_gives():
    curve = rnn.fading("simple", 0.9, 3.0, 30, 0)
    assert curve[0] == pytest.approx(1)
    rng = np.random.default_rng(0)
    weights = recurrence.random_weights("simple", 1, rnn.WIDTH, radius=0.9, keep=3.0, rng=rng)
    sequence, last = rng.normal(0, 0.1, (30, 1)), rng.normal(size=rnn.WIDTH)
    outside = np.zeros((30, rnn.WIDTH))
    outside[-1] = last / np.linalg.norm(last)
    states = recurrence.run("simple", sequence, weights)
    _, through = recurrence.back_through_time(sequence, states, weights, outside)
    np.testing.assert_allclose(curve, np.linalg.norm(through, axis=1)[::-1])


def test_an_open_gate_keeps_what_a_simple_cell_loses():
    ends = {cell: rnn.fading(cell, 0.8, 5.0, 60, 1)[-1] for cell in ("simple", "gru", "lstm")}
    assert ends["simple"] < 1e-4 < 0.1 < min(ends["gru"], ends["lstm"])
    assert rnn.fading("lstm", 0.8, 0.0, 60, 1)[-1] < 1e-4
