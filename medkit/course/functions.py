"""Answers that are functions: called with several inputs and compared with the truth."""

import _thread
import ast
import copy
import inspect
import linecache
import re
import signal
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from medkit.course.answers import Answer, Slip, same
from medkit.course.observation import decode, encode, quote
from medkit.course.verdicts import Verdict, not_attempted


@dataclass(frozen=True)
class Case:
    """One call: the inputs, and in words what is special about them."""

    inputs: tuple
    about: str


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
    cases : tuple of Case
        Inputs to call both with.
    relative, absolute : float
        Tolerances, as in `numpy.allclose`.
    slips : tuple of Slip
        Functions that make a common mistake: an answer that agrees with one on every
        case gets its diagnosis.
    seconds : float
        Time for all cases together.
    """

    reference: Callable
    cases: tuple[Case, ...]
    relative: float = 1e-4
    absolute: float = 1e-9
    slips: tuple[Slip, ...] = ()
    seconds: float = 5.0

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
            return Verdict(
                0.0, "The check expects the function itself: give its name without parentheses."
            )
        if all(output.get("nothing") for output in outputs):
            return not_attempted(
                "Your function returns nothing: fill in its body and end it with `return`."
            )
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
        about = self.cases[index].about
        if output.get("timeout"):
            return (
                f"For {about} your function did not end within {self.seconds:g} s: "
                "is there a loop that never stops?"
            )
        if "error" in output:
            line = ""
            if output.get("line"):
                line = f" at line {output['line']}, {quote(str(output.get('source', '')))}"
            told = f"For {about} your function stopped{line}, with {quote(output['error'], 160)}."
            if re.search(r"only .*arrays .*scalar", output["error"]):
                told += (
                    " Its input is an array: NumPy's functions take one, those of `math` do not."
                )
            return told
        if output.get("nothing"):
            return f"For {about} your function returns nothing: is a `return` missing there?"
        truth, value = np.asarray(self._truths()[index]), decode(output)
        if value is None:
            return f"For {about} your function returns {quote(_kind(output))}, not numbers."
        if value.shape != truth.shape:
            return (
                f"For {about} your function returns shape {value.shape}; "
                f"{truth.shape} was expected."
            )
        if truth.ndim == 0:
            return f"For {about} your function returns {quote(value)}; {quote(truth)} was expected."
        if np.iscomplexobj(value):
            return f"For {about} your function returns complex numbers that are not the right ones."
        off = np.argwhere(~np.isclose(value, truth, rtol=self.relative, atol=self.absolute))[0]
        at = tuple(int(i) for i in off)
        where = at[0] if len(at) == 1 else at
        return (
            f"For {about} your function returns {quote(value[at])} at index {where}; "
            f"{quote(truth[at])} was expected."
        )


def _kind(output: dict[str, Any]) -> str:
    return str(output.get("odd") or next(iter(output), "nothing"))
