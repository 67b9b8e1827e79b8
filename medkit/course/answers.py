"""Kinds of answers, each knowing its truth and the mistakes people make.

Every kind has `observe(answer)` (→ plain data) and `judge(observation)` (→ `Verdict`),
and lists in `slips` the common wrong answers. What each is told stands in the chapter's
``exercises.md`` under the slip's key, or the option; where the slip is a number, it stands there
too, beside its words. The slips are also the tests: each must be diagnosed by its own check.
"""

import math
from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np

from medkit.course.observation import decode, encode, quote
from medkit.course.verdicts import Verdict, not_attempted


@dataclass(frozen=True)
class Slip:
    """A common wrong answer.

    Parameters
    ----------
    key : str
        A word or two, by which the chapter's text says what went wrong.
    answer : object
        The wrong number, array or string, or a function that makes the mistake.
    score : float
        Partial credit, below 1.
    """

    key: str
    answer: Any
    score: float = 0.0


def same(a: object, b: object, relative: float, absolute: float) -> bool:
    """Whether two numeric values have the same shape and agree within a tolerance.

    NaN equals NaN: no truth holds one, but a common mistake may.
    """
    a, b = np.asarray(a), np.asarray(b)
    return a.shape == b.shape and bool(np.allclose(a, b, relative, absolute, equal_nan=True))


@dataclass(frozen=True)
class Answer:
    """One kind of answer: how it is observed and judged.

    Parameters
    ----------
    right : str
        What a right answer is told: why it is so, and what follows.
    why : mapping
        What other answers are told, by the keys of their slips or by options.
    """

    right: str = field(default="", kw_only=True)
    why: Mapping[str, str] = field(default_factory=dict, kw_only=True)

    slips = ()

    def with_feedback(self, right: str, why: Mapping[str, str], given: Mapping) -> Self:
        """Return the same kind of answer with the words of the chapter's text.

        Parameters
        ----------
        right : str
            What a right answer is told.
        why : mapping
            What other answers are told.
        given : mapping
            The values, and their scores, that the text gives itself (`medkit.course.texts`):
            (str, float) by key.

        Raises
        ------
        ValueError
            If a slip or an option has no words, or words have no slip.
        """
        answer = replace(self, right=right, why=why, **self._from_text(given))
        keys = answer._keys()
        if missing := sorted(keys - set(why)):
            raise ValueError(f"the text has no feedback - `{missing[0]}`: …")
        if strange := sorted(set(why) - keys):
            raise ValueError(f"the text has feedback - `{strange[0]}`, but the check no such slip")
        return answer

    def _keys(self):
        return {slip.key for slip in self.slips}

    def _from_text(self, given) -> dict:
        """Return the fields that follow from the values in the text."""
        if given:
            raise ValueError(f"the text gives a value to `{next(iter(given))}`; its check has it")
        return {}

    def solution(self) -> str:
        """Return code that makes a right answer, where the truth alone tells it; else ``""``."""
        return ""

    def observe(self, answer: object) -> dict:
        """Describe the answer as plain data (`medkit.course.observation.encode`)."""
        return encode(answer)

    def judge(self, observation: dict) -> Verdict:
        """Score an observation."""
        if observation.get("nothing"):
            return not_attempted()
        return self._judge(observation)

    def _judge(self, observation):
        raise NotImplementedError


@dataclass(frozen=True)
class Number(Answer):
    """A number within a tolerance.

    Parameters
    ----------
    truth : float
        The right value, in `unit`.
    unit : str
        Shown when the answer is a slip of units.
    relative, absolute : float
        The answer is right within ``absolute + relative · |truth|``.
    slips : tuple of Slip
        Looked up before the general ones (powers of ten, sign, degrees); those of the chapter's
        text are added.
    """

    truth: float
    unit: str = ""
    relative: float = 0.01
    absolute: float = 0.0
    slips: tuple[Slip, ...] = ()

    def _from_text(self, given):
        more = (Slip(key, float(value), score) for key, (value, score) in given.items())
        return {"slips": (*self.slips, *more)}

    def _judge(self, observation):
        value = decode(observation)
        if value is None or value.size != 1 or np.iscomplexobj(value):
            what = observation.get("text")
            seen = f"got the text {quote(what)}" if what else "got something else"
            return Verdict(0.0, f"The check expects one plain number, such as `1.5`, and {seen}.")
        value = float(value.ravel()[0])
        if not math.isfinite(value):
            return Verdict(0.0, f"{quote(value)} is not finite: was something divided by 0?")
        if self._equal(value, self.truth):
            return Verdict(1.0, self.right)
        for slip in self.slips:
            if self._equal(value, slip.answer):
                return Verdict(slip.score, self.why[slip.key])
        return self._general(value)

    def _equal(self, value, truth):
        return abs(value - truth) <= self.absolute + self.relative * abs(truth)

    def _general(self, value):
        truth = self.truth
        if truth and self._equal(-value, truth):
            return Verdict(0.5, "The size is right, the sign is not.")
        for power in (1, 2, 3, 4, 6):
            for factor, way in ((10**power, "large"), (10**-power, "small")):
                if truth and self._equal(value, truth * factor):
                    times = f"{10**power:,}".replace(",", " ")
                    unit = f" The answer is wanted in {self.unit}." if self.unit else ""
                    return Verdict(
                        0.5, f"Right digits, but {times} times too {way}: check the units.{unit}"
                    )
        for factor in (180 / math.pi, math.pi / 180):
            if truth and self._equal(value, truth * factor):
                return Verdict(0.5, "Right but for degrees against radians: NumPy's are radians.")
        if truth and abs(value / truth - 1) < 0.1:
            return Verdict(0.5, "Close, within 10 %: was something rounded on the way?")
        way = "large" if value > truth else "small"
        return Verdict(0.0, f"{quote(value)} is too {way}. `hint()` shows a first step.")


@dataclass(frozen=True)
class Choice(Answer):
    """One of a few named options, those that `why` explains.

    Parameters
    ----------
    truth : str
        The right option.
    """

    truth: str

    @property
    def slips(self) -> tuple[Slip, ...]:
        """Every option but the right one."""
        return tuple(Slip(key, key) for key in self.why if key != self.truth)

    def _keys(self):
        return {*self.why, self.truth}

    def solution(self) -> str:
        """Return the right option."""
        return f'answer = "{self.truth}"'

    def _judge(self, observation):
        text = str(observation.get("text", "")).strip().strip(".)(").casefold()
        for key, why in self.why.items():
            if text == key.casefold():
                return Verdict(float(key == self.truth), why)
        names = ", ".join(f'`"{key}"`' for key in self.why)
        return Verdict(0.0, f"The check expects one of these texts, in quotes: {names}.")


@dataclass(frozen=True)
class Selection(Answer):
    """Several of a few named options, those that `why` explains, as a set; each counts.

    Parameters
    ----------
    truth : set of str
        The options that belong in.
    """

    truth: Set[str]

    @property
    def slips(self) -> tuple[Slip, ...]:
        """The truth with one option too few or too many, and everything at once."""
        share = 1 / len(self.truth)
        few = [Slip(k, self.truth - {k}, 1 - share) for k in sorted(self.truth)]
        many = [Slip(k, self.truth | {k}, 1 - share) for k in self.why if k not in self.truth]
        return tuple(few + many)

    def _keys(self):
        return {*self.why, *self.truth}

    def solution(self) -> str:
        """Return the set."""
        return "answer = {" + ", ".join(f'"{key}"' for key in self.why if key in self.truth) + "}"

    def _judge(self, observation):
        picked = observation.get("set", [observation["text"]] if "text" in observation else None)
        known = {key.casefold(): key for key in self.why}
        names = {known.get(str(item).strip().casefold(), str(item)) for item in picked or ()}
        strange = sorted(names - set(self.why))
        if not names or strange:
            what = f"{quote(strange[0])} is not among the options. " if strange else ""
            return Verdict(0.0, f'{what}The check expects a set of texts, such as `{{"…", "…"}}`.')
        missing = [key for key in self.why if key in self.truth - names]
        extra = [key for key in self.why if key in names - self.truth]
        if not missing and not extra:
            return Verdict(1.0, self.right)
        hits = len(names & self.truth)
        score = max(0.0, (hits - len(extra)) / len(self.truth))
        # One reason at a time: the learner should look again, not copy a list.
        odd = (extra or missing)[0]
        lead = f"`{odd}` does not belong in: " if extra else "Something is missing: "
        return Verdict(score, f"{hits} of {len(self.truth)} found. {lead}{self.why[odd]}")


@dataclass(frozen=True)
class Matching(Answer):
    """A dictionary that gives each of several things its partner; each counts.

    Parameters
    ----------
    truth : mapping
        Thing → right partner; left out where the chapter's text gives it. What `why` says of a
        thing tells the right partner from the others without naming it.
    """

    truth: Mapping[str, str] = field(default_factory=dict)

    def _from_text(self, given):
        return {"truth": {**self.truth, **{key: value for key, (value, _) in given.items()}}}

    @property
    def slips(self) -> tuple[Slip, ...]:
        """The truth with one partner replaced by another thing's."""
        share = 1 / len(self.truth)
        partners = sorted(set(self.truth.values()))
        return tuple(
            Slip(key, {**self.truth, key: partners[partners.index(value) - 1]}, 1 - share)
            for key, value in self.truth.items()
        )

    def solution(self) -> str:
        """Return the dictionary."""
        lines = [f'    "{key}": "{value}",\n' for key, value in self.truth.items()]
        return "answer = {\n" + "".join(lines) + "}"

    def _judge(self, observation):
        given = observation.get("map")
        if not isinstance(given, dict):
            return Verdict(0.0, "The check expects the dictionary of the question, filled in.")
        given = {key: str(value).strip().casefold() for key, value in given.items()}
        wrong = [key for key, value in self.truth.items() if given.get(key) != value.casefold()]
        if not wrong:
            return Verdict(1.0, self.right)
        hits, total = len(self.truth) - len(wrong), len(self.truth)
        return Verdict(
            hits / total,
            f'{hits} of {total} are right. Think again about `"{wrong[0]}"`: {self.why[wrong[0]]}',
        )


@dataclass(frozen=True)
class Array(Answer):
    """An array (or list) of numbers; each element counts.

    Parameters
    ----------
    truth : ndarray
        The right values.
    relative, absolute : float
        Tolerances, as in `numpy.allclose`.
    slips : tuple of Slip
        Common wrong arrays.
    """

    truth: Any
    relative: float = 0.01
    absolute: float = 1e-9
    slips: tuple[Slip, ...] = ()

    def _judge(self, observation):
        value, truth = decode(observation), np.asarray(self.truth)
        if value is None:
            return Verdict(0.0, f"The check expects numbers in an array of shape {truth.shape}.")
        if value.shape != truth.shape:
            return Verdict(0.0, f"The shape is {value.shape}; the check expects {truth.shape}.")
        if same(value, truth, self.relative, self.absolute):
            return Verdict(1.0, self.right)
        for slip in self.slips:
            if same(value, slip.answer, self.relative, self.absolute):
                return Verdict(slip.score, self.why[slip.key])
        right = np.isclose(value, truth, rtol=self.relative, atol=self.absolute)
        first = tuple(int(i) for i in np.argwhere(~right)[0])
        where = first[0] if len(first) == 1 else first
        return Verdict(
            float(right.mean()) * 0.9,
            f"{int(right.sum())} of {truth.size} values are right; look at index {where}, "
            f"where you have {quote(value[first])}.",
        )
