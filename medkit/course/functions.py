"""Answers that are functions: compared with the truth, or judged by what they reach."""

import _thread
import ast
import copy
import inspect
import linecache
import re
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, wraps

import numpy as np

from medkit.course.answers import Answer, Slip, same
from medkit.course.observation import decode, encode, quote
from medkit.course.verdicts import Verdict, not_attempted


@dataclass(frozen=True)
class Case:
    """One call: the inputs, and in words what is special about them."""

    inputs: tuple
    about: str


class Later(Sequence):
    """A sequence that is made when it is first looked at: who does not answer waits for nothing.

    Examples
    --------
    >>> cases = Later(lambda: [1, 2])
    >>> len(cases), cases[0]
    (2, 1)
    """

    def __init__(self, make: Callable):
        self._make = make

    @cached_property
    def _made(self):
        return tuple(self._make())

    def __getitem__(self, index):
        return self._made[index]

    def __len__(self):
        return len(self._made)


@contextmanager
def time_limit(seconds: float):
    """Stop the body with `TimeoutError` after a while, on every operating system.

    Python code in the main thread is interrupted; a long call into a library is not,
    and in another thread there is no limit.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    lock, state = threading.Lock(), {"over": False, "fired": False}

    def fire():
        with lock:
            if not state["over"]:
                state["fired"] = True
                _thread.interrupt_main()

    timer = threading.Timer(seconds, fire)
    timer.daemon = True
    # A program started in the background may ignore interrupts, ours too.
    handler = signal.getsignal(signal.SIGINT)
    if handler == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    timer.start()
    try:
        try:
            yield
        finally:
            # Once the body is over the timer must not interrupt whatever comes next.
            with lock:
                state["over"] = True
            timer.cancel()
            if handler == signal.SIG_IGN:
                signal.signal(signal.SIGINT, handler)
    except KeyboardInterrupt:
        if state["fired"]:
            raise TimeoutError from None
        raise


def _blame(function, error):
    """Say kindly where the learner's function stopped: the line, not the traceback."""
    reason = (str(error).splitlines() or [""])[0]
    what = f"{type(error).__name__}: {reason}" if reason else type(error).__name__
    code = getattr(inspect.unwrap(function), "__code__", None)
    place, trace = None, error.__traceback__
    while trace is not None and code is not None:
        if trace.tb_frame.f_code.co_filename == code.co_filename:
            place = trace.tb_lineno
        trace = trace.tb_next
    if place is None:
        return {"error": what}
    source = linecache.getline(code.co_filename, place).strip()
    return {"error": what, "line": place, "source": source[:200]}


@dataclass(frozen=True)
class Function(Answer):
    """A function that agrees with a reference on every case.

    Parameters
    ----------
    reference : callable
        The right function. Its source is the solution that a learner sees, so it needs nothing of
        its module but what is imported there with ``import …``.
    cases : sequence of Case
        Inputs to call both with; `Later` where they take a second to make.
    relative, absolute : float
        Tolerances, as in `numpy.allclose`.
    slips : mapping of str to callable, or tuple of Slip
        Functions that make a common mistake, by key: an answer that agrees with one on every
        case gets its diagnosis, and the score of the chapter's text.
    seconds : float
        Time for all cases together.
    """

    reference: Callable
    cases: Sequence[Case]
    relative: float = 1e-4
    absolute: float = 1e-9
    slips: Mapping[str, Callable] | tuple[Slip, ...] = ()
    seconds: float = 5.0

    def __post_init__(self):
        if isinstance(self.slips, Mapping):  # frozen; this only turns them into what all have
            slips = tuple(Slip(key, function) for key, function in self.slips.items())
            object.__setattr__(self, "slips", slips)

    def _from_text(self, given):
        known = {slip.key for slip in self.slips}
        if odd := [key for key, (value, _) in given.items() if value or key not in known]:
            raise ValueError(f"the text gives a value to `{odd[0]}`, whose check holds a function")
        score = {key: score for key, (_, score) in given.items()}
        return {"slips": tuple(replace(s, score=score.get(s.key, s.score)) for s in self.slips)}

    def solution(self) -> str:
        """Return the source of the reference, below the imports that it needs."""
        code = inspect.getsource(self.reference)
        imports = []
        for name in sorted({n.id for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Name)}):
            if inspect.ismodule(module := self.reference.__globals__.get(name)):
                full = module.__name__
                imports.append(f"import {full}" + f" as {name}" * (name != full) + "\n")
        return "".join(imports) + "\n\n" * bool(imports) + code

    def observe(self, answer: object) -> dict:
        """Call the function on every case and describe what it returns or raises."""
        if not callable(answer):
            seen = encode(answer)
            return seen if seen.get("nothing") else {"uncalled": seen}
        outputs: list[dict] = []
        try:
            with time_limit(self.seconds), np.errstate(all="ignore"):
                for case in self.cases:
                    outputs.append(self._call(answer, case))
        except TimeoutError:
            outputs.append({"timeout": True})
        return {"outputs": outputs}

    @staticmethod
    def _call(function, case):
        try:
            # Copies, so that a function that changes its input cannot spoil the next case.
            return encode(function(*copy.deepcopy(case.inputs)))
        except TimeoutError:
            raise
        except (Exception, SystemExit) as error:
            return _blame(function, error)

    def _judge(self, observation):
        outputs = observation.get("outputs")
        if not outputs:
            words = "The check expects the function itself: give its name without parentheses."
            return Verdict(0.0, words)
        if all(output.get("nothing") for output in outputs):
            words = "Your function returns nothing: fill in its body and end it with `return`."
            return not_attempted(words)
        right = [self._agrees(*pair) for pair in zip(outputs, self._truths(), strict=False)]
        if len(right) == len(self.cases) and all(right):
            return Verdict(1.0, self.right)
        for slip in self.slips:
            wrong = self._truths(slip.answer)
            if len(outputs) == len(wrong) and all(map(self._agrees, outputs, wrong)):
                return Verdict(slip.score, self.why[slip.key])
        index = right.index(False)
        score = 0.9 * sum(right) / len(self.cases)
        message = self._explain(index, outputs[index])
        if any(right):
            message = f"{sum(right)} of {len(self.cases)} cases are right. {message}"
        return Verdict(score, message)

    def _truths(self, function=None):
        with np.errstate(all="ignore"):
            function = function or self.reference
            return [function(*copy.deepcopy(case.inputs)) for case in self.cases]

    def _agrees(self, output, truth):
        value = decode(output)
        return value is not None and same(value, truth, self.relative, self.absolute)

    def _explain(self, index, output):
        yours = f"For {self.cases[index].about} your function"
        if output.get("timeout"):
            return f"{yours} did not end within {self.seconds:g} s: is there an endless loop?"
        if "error" in output:
            line = ""
            if output.get("line"):
                line = f" at line {output['line']}, {quote(str(output.get('source', '')))}"
            words = f"{yours} stopped{line}, with {quote(output['error'], 160)}."
            if re.search(r"only .*arrays .*scalar", output["error"]):
                words += " Its input is an array: NumPy's functions take one, `math`'s do not."
            return words
        if output.get("nothing"):
            return f"{yours} returns nothing: is a `return` missing there?"
        truth, value = np.asarray(self._truths()[index]), decode(output)
        if value is None:
            kind = output.get("odd") or next(iter(output), "nothing")
            return f"{yours} returns {quote(str(kind))}, not numbers."
        if value.shape != truth.shape:
            return f"{yours} returns shape {value.shape}; {truth.shape} was expected."
        if np.iscomplexobj(value):
            return f"{yours} returns complex numbers that are not the right ones."
        off = np.argwhere(~np.isclose(value, truth, rtol=self.relative, atol=self.absolute))[0]
        at = tuple(int(i) for i in off)
        where = f" at index {at[0] if len(at) == 1 else at}" if at else ""
        return f"{yours} returns {quote(value[at])}{where}; {quote(truth[at])} was expected."


#: What `return None  # your code` compiles to.
_STUB = (lambda: None).__code__.co_code


@dataclass(frozen=True)
class Trained(Function):
    """A function that learns, and is judged by its area under the ROC curve on unseen patients.

    Parameters
    ----------
    patients : callable
        Gives what to learn from and whom to score: x, labels, new x, and the new labels, which
        only the check sees. It is called when an answer is checked, not at import.
    goal : float
        The area that is asked for; beyond it any model is right.
    """

    cases: tuple[Case, ...] = (Case((), "patients you have not seen"),)
    patients: Callable = tuple
    goal: float = 0.5
    seconds: float = 60.0

    def observe(self, answer):
        """Let the function learn, and note its scores of the unseen patients."""
        return super().observe(self._fed(answer) if callable(answer) else answer)

    def _fed(self, function):
        if getattr(getattr(function, "__code__", None), "co_code", None) == _STUB:
            return lambda: None  # no need to simulate patients for it
        return wraps(function)(lambda: function(*(np.copy(a) for a in self.patients()[:3])))

    def _truths(self, function=None):
        # Scores are right by their area; of what is expected only the shape is ever compared.
        return super()._truths(self._fed(function)) if function else [self.patients()[3]]

    def _area(self, output):
        """Return the area that an answer's scores reach, or None if they are no scores."""
        scores = decode(output)
        if scores is None or not np.isfinite(scores).all():
            return None
        truth = self.patients()[3]
        if scores.shape != truth.shape:
            return None
        from sklearn.metrics import roc_auc_score  # a second, which other exercises need not wait

        return float(roc_auc_score(truth, scores))

    def _judge(self, observation):
        area = self._area((observation.get("outputs") or [{}])[0])
        if area is not None and area >= self.goal:
            n = len(self.patients()[3])
            return Verdict(1.0, f"AUC {area:.3f} on {n} patients you have not seen. {self.right}")
        # What gives no scores is no slip either, and need not wait until all slips have learned.
        return Function._judge(self if area is not None else replace(self, slips=()), observation)

    def _explain(self, index, output):
        area = self._area(output)
        if area is None:
            return super()._explain(index, output)
        return (
            f"Your scores of the unseen patients reach an AUC of {area:.3f}; {self.goal} is asked."
        )


@dataclass(frozen=True)
class Reaches(Function):
    """A function that has to reach a number on cases that nobody has seen.

    Parameters
    ----------
    truth : sequence
        What each case should give, as far as it can be known.
    measure : callable
        Truths and what the function gave → the number.
    goal : float
        What it has to reach.
    """

    truth: Sequence = ()
    measure: Callable = float
    goal: float = 1.0

    def _truths(self, function=None):
        # The truth is known: the reference, which takes seconds, is only one way to reach the goal.
        return list(self.truth) if function is None else super()._truths(function)

    def _judge(self, observation):
        values = [decode(output) for output in observation.get("outputs") or ()]
        shapes = [np.shape(value) for value in values if value is not None]
        if shapes != [np.shape(truth) for truth in self.truth]:
            return super()._judge(observation)
        if not all(np.isfinite(value).all() for value in values):
            return Verdict(0.0, "Not all that your function returns are finite numbers.")
        reached = self.measure(self.truth, values)
        if reached >= self.goal:
            return Verdict(1.0, f"{self.right} Yours reaches {reached:.2f}.")
        words = f"Yours reaches {reached:.2f}; the goal is {self.goal:.2f}."
        for slip in self.slips:
            if all(map(self._agrees, observation["outputs"], self._truths(slip.answer))):
                return Verdict(slip.score, f"{self.why[slip.key]} {words}")
        return Verdict(min(0.8, 0.8 * reached / self.goal), words)
