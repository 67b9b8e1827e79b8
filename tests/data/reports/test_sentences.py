"""Sentences with a known answer: balanced, unlike each other, and not given away by a word."""

import pytest

from medkit.data.reports import sentences
from medkit.learning.text import language


@pytest.mark.parametrize("kind", sentences.KINDS)
def test_half_bleed_and_none_comes_twice(kind):
    some = sentences.corpus(200, kind, rng=0)
    assert some.labels.mean() == 0.5
    assert len(set(some.texts)) == 200
    assert all(text[0].isupper() and text.endswith(".") for text in some.texts)
    assert not any("{" in text or "[" in text for text in some.texts)


def test_the_rules_agree_with_the_answers_where_they_know_the_words():
    for kind in ("as learned", "longer"):
        some = sentences.corpus(300, kind, rng=1)
        known = [k for k, text in enumerate(some.texts) if "not visible" not in text]
        said = [language.labels(some.texts[k]).get("bleed", "absent") for k in known]
        wrong = [
            some.texts[k]
            for k, s in zip(known, said, strict=True)
            if (s == "present") != some.labels[k]
        ]
        assert len(wrong) <= 0.02 * len(known), wrong


def test_no_single_word_gives_the_answer_away():
    some = sentences.corpus(1000, rng=2)
    words = [set(language.tokens(text)) for text in some.texts]
    for word in ("no", "hemorrhage", "hematoma", "not", "seen"):
        shares = [
            sum(word in w for w, y in zip(words, some.labels, strict=True) if y == label)
            for label in (0, 1)
        ]
        assert min(shares) > 25, word


def test_what_was_learned_from_can_be_left_out():
    learned = sentences.corpus(300, rng=0).texts
    assert not set(learned) & set(sentences.corpus(300, rng=0, without=learned).texts)
    assert list(sentences.corpus(5, rng=3).texts) == list(sentences.corpus(5, rng=3).texts)


def test_an_unknown_kind_is_one_error():
    with pytest.raises(ValueError, match="no kind of sentence 'verse'"):
        sentences.write(1, "verse")
