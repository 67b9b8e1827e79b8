"""An exercise: a question that checks answers, gives hints and carries its own solution."""

import json
import os
from dataclasses import dataclass, field

from medkit.course import logbook
from medkit.course.answers import Answer
from medkit.course.verdicts import Verdict

#: Set by the grader: the file to which a check appends what it saw.
HAND_IN = "MEDKIT_HAND_IN"


class Text:
    """A piece of the course, shown as Markdown where that can be, else as plain text."""

    def __init__(self, markdown: str):
        self.markdown = markdown.strip()

    def __repr__(self) -> str:
        return self.markdown

    _repr_markdown_ = __repr__


def _show(item):
    from IPython.display import display

    display(item)


@dataclass(eq=False)
class Exercise:
    """One exercise of a notebook.

    Parameters
    ----------
    id : str
        Stem of the notebook and a name: ``"11_ct.ramp_filter"``.
    title : str
        A few words.
    question : str
        Plain English in Markdown, with LaTeX.
    answer : Answer
        The kind of answer, with its truth and its slips.
    hints : tuple of str
        Two or three, each saying a little more than the one before.
    explanation : str
        Why the solution is right.
    solution_code : str
        Python that ends with ``answer = …``, where `answer` has no solution of its own.
    starter : str
        Python for the learner to begin with.
    """

    id: str
    title: str
    question: str
    answer: Answer
    hints: tuple[str, ...]
    explanation: str
    solution_code: str = ""
    starter: str = ""
    _hints_shown: int = field(default=0, init=False, repr=False)

    def grade(self, answer: object = None) -> Verdict:
        """Return the verdict on an answer, showing and recording nothing: for tests."""
        return self.answer.judge(self.answer.observe(answer))

    def check(self, answer: object = None) -> None:
        """Show the verdict on an answer and keep it in the learner's progress."""
        observation = self.answer.observe(answer)
        hand_in(self.id, observation=observation)
        verdict = self.answer.judge(observation)
        if verdict.attempted:
            logbook.note_attempt(self.id, verdict.score)
        _show(verdict)

    def hint(self) -> None:
        """Show the next hint; after the last one, the last one again."""
        self._hints_shown = min(self._hints_shown + 1, len(self.hints))
        number, total = self._hints_shown, len(self.hints)
        text = f"**Hint {number} of {total}.** {self.hints[number - 1].strip()}"
        if number == total:
            text += "\n\n*That was the last hint; `solution()` shows one way to do it.*"
        logbook.note_hint(self.id, number)
        _show(Text(text))

    def solution(self) -> None:
        """Show one solution and why it is right."""
        logbook.note_solution(self.id)
        hand_in(self.id, solution=True)
        _show(
            Text(
                f"**One solution**\n\n```python\n{self.shown_solution().strip()}\n```\n\n"
                f"{self.explanation.strip()}"
            )
        )

    def shown_solution(self) -> str:
        """Return the Python of the solution; it ends with the answer, bound or defined."""
        return self.solution_code or self.answer.solution()

    def _repr_markdown_(self) -> str:
        starter = f"\n\n```python\n{self.starter.strip()}\n```" if self.starter else ""
        return f"**Exercise: {self.title}**\n\n{self.question.strip()}{starter}"

    __repr__ = _repr_markdown_

    def run_solution(self) -> object:
        """Run the solution that is shown and return its answer: what it binds last."""
        hand_in(self.id, solution=True)
        namespace: dict[str, object] = {}
        # The source is our own, stored beside the question.
        exec(compile(self.shown_solution(), f"<solution of {self.id}>", "exec"), namespace)
        return list(namespace.values())[-1]


def hand_in(id: str, **seen) -> None:
    """Append what was seen, or that a solution was, to the grader's file if there is one."""
    path = os.environ.get(HAND_IN)
    if not path:
        return
    line = json.dumps({"id": id, **seen}) + "\n"
    with open(path, "a", encoding="utf-8") as file:
        file.write(line)
