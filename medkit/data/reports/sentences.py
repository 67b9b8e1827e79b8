"""Sentences about one question, *is there a bleed?*, with the answer known.

Small enough to be learned in seconds, and built so that single words do not give the answer
away: the bleed is named in both classes, and so is *no*. What decides is which *no* reaches it.
A sentence is a chain of clauses, each of which affirms or denies some findings.
"""

import re
import tomllib
from importlib import resources
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from medkit.data.reports.words import FINDINGS
from medkit.data.reports.writer import expand

_TABLE = tomllib.loads(resources.files(__package__).joinpath("sentences.toml").read_text("utf-8"))
#: What else may be in the head, or not, and where.
OTHERS, PLACES = tuple(_TABLE["others"]), tuple(_TABLE["places"])
#: Clauses; and those with words that the others never use, by whether they affirm.
AFFIRM, DENY = tuple(_TABLE["affirm"]), tuple(_TABLE["deny"])
STRANGE = {1: tuple(_TABLE["strange"]["affirm"]), 0: tuple(_TABLE["strange"]["deny"])}
#: What may stand between two clauses: (first affirms, second affirms) → words.
JOINS = {
    (1, 1): (" and ", "; ", ". "),
    (1, 0): (" but ", ", ", "; ", ". "),
    (0, 1): (" but ", ", but ", "; ", ". "),
    (0, 0): (" and ", "; ", ". "),
}

#: Kind of sentence → how many clauses it may have.
KINDS = {"as learned": (1, 2), "longer": (3, 4), "new words": (1, 2)}


class Sentences(NamedTuple):
    """Sentences (object) and labels (int: 1 for a bleed), each of shape (n,)."""

    texts: np.ndarray
    labels: np.ndarray


def write(label: int, kind: str = "as learned", rng=None) -> str:
    """Write one sentence.

    Parameters
    ----------
    label : {0, 1}
        Whether it says that there is a bleed. One in five that do not, does not name it.
    kind : {"as learned", "longer", "new words"}
        One or two clauses; three or four; or one or two, of which that with the bleed is
        made of words that the other kinds never use.
    rng : None, int or numpy.random.Generator

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If there is no such kind.

    Examples
    --------
    >>> write(0, rng=0)
    'Neither cyst nor acute blood is seen but a scar is seen in the left frontal lobe.'
    """
    if kind not in KINDS:
        raise ValueError(f"no kind of sentence {kind!r}; there are: {', '.join(KINDS)}")
    rng = np.random.default_rng(rng)
    low, high = KINDS[kind]
    affirms = [int(v) for v in rng.integers(0, 2, rng.integers(low, high + 1))]
    place = int(rng.integers(len(affirms)))
    named = label or kind == "new words" or rng.random() < 0.8
    if named:
        affirms[place] = label
    others = [str(name) for name in rng.permutation(OTHERS)]
    clauses = []
    for k, yes in enumerate(affirms):
        here = named and k == place
        patterns = STRANGE[yes] if here and kind == "new words" else AFFIRM if yes else DENY
        clauses.append(_clause(patterns, "bleed" if here else others.pop(), others, rng))
    text = clauses[0]
    for pair, clause in zip(pairwise(affirms), clauses[1:], strict=True):
        text += _pick(JOINS[pair], rng) + clause
    return re.sub(r"(?:^|(?<=\. ))[a-z]", lambda first: first[0].upper(), text) + "."


def _pick(options, rng):
    return options[rng.integers(len(options))]


def _clause(patterns, finding, others, rng) -> str:
    """Return a clause about a finding and, where it lists several, some of the others."""
    full = _pick(FINDINGS[finding], rng)
    bare = re.sub(r"^an? ", "", full)
    more = [re.sub(r"^an? ", "", _pick(FINDINGS[others.pop()], rng)) for _ in range(2)]
    names = [bare, *more[: rng.integers(3)]]
    rng.shuffle(names)
    many = " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    pair = [bare, more[0]]
    rng.shuffle(pair)
    pattern = expand(_pick(patterns, rng), rng)
    if "{other}" in pattern:
        return pattern.format(bare=pair[0], other=pair[1])
    where = " " + _pick(PLACES, rng) if rng.random() < 0.4 else ""
    return pattern.format(full=full, bare=bare, many=many, where=where)


def corpus(n: int, kind: str = "as learned", *, rng=None, without=()) -> Sentences:
    """Write sentences, half of them with a bleed, no two alike.

    Parameters
    ----------
    n : int
    kind : str
        See `write`.
    rng : None, int or numpy.random.Generator
    without : iterable of str
        Sentences that must not occur: those that were learned from.

    Returns
    -------
    Sentences

    Raises
    ------
    ValueError
        If the patterns do not yield so many.
    """
    rng = np.random.default_rng(rng)
    used, texts = set(without), []
    for k in range(n):
        for _ in range(200):
            text = write(k % 2, kind, rng)
            if text not in used:
                break
        else:
            raise ValueError(f"there are fewer than {n} sentences of the kind {kind!r}")
        used.add(text)
        texts.append(text)
    return Sentences(np.array(texts, object), np.arange(n) % 2)
