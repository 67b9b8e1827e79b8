"""A quiz as a widget: real radio buttons in the browser, feedback on every choice.

The browser gives the feedback itself, so it comes at once even while the kernel is
busy; the kernel only notes progress, and says that it has: after a restart it does not, and
the browser tells the learner. Without a kernel the questions show as plain HTML.
"""

from pathlib import Path

import anywidget
import traitlets

from medkit.course import logbook, markup
from medkit.course.quizzes import Question

_HERE = Path(__file__).parent


class Quiz(anywidget.AnyWidget):
    """The quiz of one chapter.

    Parameters
    ----------
    stem : str
        The notebook's, under which progress is noted.
    title : str
        The notebook's.
    content : tuple of Question
        The questions.

    Attributes
    ----------
    title : str
        Heading.
    questions : list of dict
        ``{"text": html, "options": [{"text": html, "why": html, "right": bool}]}``.
    chosen : dict
        Question number, from ``"1"``, → number of the option last checked, from 0.
    noted : dict
        The same, as far as the kernel has seen it.
    """

    # Read as text: given a path, anywidget would start a thread to watch the file.
    _esm = (_HERE / "quiz.js").read_text(encoding="utf-8")
    _css = (_HERE / "quiz.css").read_text(encoding="utf-8")
    title = traitlets.Unicode().tag(sync=True)
    questions = traitlets.List().tag(sync=True)
    chosen = traitlets.Dict().tag(sync=True)
    noted = traitlets.Dict().tag(sync=True)

    def __init__(self, stem: str, title: str, content: tuple[Question, ...]):
        self.stem, self.content = stem, content
        questions = [
            {
                "text": markup.inline(question.text),
                "options": [
                    {
                        "text": markup.inline(option.text),
                        "why": markup.inline(option.why),
                        "right": option.right,
                    }
                    for option in question.options
                ],
            }
            for question in content
        ]
        super().__init__(title=f"Quiz: {title}", questions=questions)
        self.observe(self._note, "chosen")

    def _note(self, change):
        right = {}
        for number, question in enumerate(self.content, 1):
            option = change["new"].get(str(number))
            # What comes from the browser is compared, never used as an index.
            for index, choice in enumerate(question.options):
                if index == option:
                    right[str(number)] = choice.right
        logbook.note_quiz(self.stem, right)
        self.noted = dict(change["new"])

    def __repr__(self) -> str:
        lines = [self.title]
        for number, question in enumerate(self.content, 1):
            lines.append(f"{number}. {question.text}")
            lines += [f"   ( ) {option.text}" for option in question.options]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        items = "".join(
            f"<li>{question['text']}<ul>"
            + "".join(f"<li>{option['text']}</li>" for option in question["options"])
            + "</ul></li>"
            for question in self.questions
        )
        return (
            f"<p><strong>{markup.inline(self.title)}</strong> (run this cell to answer)</p>"
            f"<ol>{items}</ol>"
        )

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        return {**data, "text/plain": repr(self), "text/html": self._repr_html_()}, metadata
