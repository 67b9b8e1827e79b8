"""Explorers of the ten pairs: what the notebook says of them holds."""

import numpy as np

from medkit.chapters.pairs import explorers as pairs


def test_shuffling_shows_the_same_frames_in_another_order():
    _, came = pairs.order.picture(order=True).panels
    _, shuffled = pairs.order.picture(order=False).panels
    assert not np.array_equal(came.pixels, shuffled.pixels)
    for line in (came, shuffled):
        assert len(line.pixels) == 24
    np.testing.assert_array_equal(
        np.sort(came.pixels.sum(1)).round(3), np.sort(shuffled.pixels.sum(1)).round(3)
    )


def test_the_answer_is_hidden_until_asked_for():
    hidden = pairs.build.picture(first="CNN", second="RNN", reveal=False)
    shown = pairs.build.picture(first="CNN", second="RNN", reveal=True)
    assert "what do you expect" in hidden.caption
    assert "gain +0." in shown.caption
    assert "interval" not in hidden.alt
    assert "interval" in shown.alt


def test_the_order_of_the_parents_does_not_matter():
    one = pairs.build.picture(first="GAN", second="AE", reveal=True)
    assert one.caption == pairs.build.picture(first="AE", second="GAN", reveal=True).caption
    assert one.caption.startswith("AE+GAN")


def test_twice_the_same_parent_is_no_pair():
    assert "no pair" in pairs.build.picture(first="AE", second="AE").caption
