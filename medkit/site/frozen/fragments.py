"""The HTML that takes the place of a cell's output: what moves, its still, and words."""

import base64
import html
import io
import json
import re
from pathlib import Path

from nbconvert.filters import Highlight2HTML
from nbconvert.filters.markdown_mistune import MarkdownWithMath
from PIL import Image

from medkit.course import markup
from medkit.course.exercises import Exercise
from medkit.course.quizzes import gain
from medkit.course.quizzes.widget import Quiz
from medkit.site.pages import Renderer


def rendered(markdown: str) -> str:
    """Return Markdown with formulas as HTML."""
    return MarkdownWithMath(renderer=Renderer()).render(markdown)


def live(kind: str, path: str, still: str, note: str) -> str:
    """Return a place that page.js brings to life: an explorer or a viewer."""
    if note:
        summary = "<summary>Without a kernel, some of its values</summary>"
        note = f'<details class="mk-note">{summary}{html.escape(note)}</details>'
    return f'<div class="mk-frozen" data-kind="{kind}" data-frozen="{path}">{still}{note}</div>'


def still(cell, path: Path, link: str) -> str:
    """Return the picture that is stored with a cell, as a file of its own, with its words."""
    stored = "".join(o.get("data", {}).get("text/html", "") for o in cell.outputs)
    found = re.search(r'alt="([^"]*)"[^>]* src="data:image/(\w+);base64,([^"]+)"', stored)
    if not found:
        return f'<div class="mk-still">{stored}</div>'
    data = base64.b64decode(found[3])
    width, height = Image.open(io.BytesIO(data)).size
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(f".{found[2]}").write_bytes(data)
    words = re.search(r"<figcaption>(.*?)</figcaption>", stored, re.S)
    lines = words[1].split("<br>") if words else []
    below = "<br>".join(line for line in lines if not line.startswith("Run this cell"))
    return (
        f'<figure class="mk-still"><img src="{link}.{found[2]}" alt="{found[1]}" width="{width}" '
        f'height="{height}" loading="lazy"><figcaption>{below}</figcaption></figure>'
    )


def quiz(widget: Quiz) -> str:
    """Return a quiz that gives its feedback in the browser, and its questions without scripts."""
    data = json.dumps({"title": widget.title, "questions": widget.questions})
    data = data.replace("</", "<\\/")
    words = widget._repr_html_().replace(" (run this cell to answer)", "")
    return (
        f'<div class="mk-frozen" data-kind="quiz"><script type="application/json">{data}</script>'
        f'<div class="mk-still">{words}</div></div>'
    )


def short_test(test: gain.ShortTest) -> str:
    """Return five questions: before a notebook without a word on what is right, after it with."""
    asked = gain.questions(test.quiz, test.moment)
    if test.moment == "after":
        return quiz(Quiz(test.stem, "what you know now", asked))
    items = "".join(
        f"<li>{markup.inline(question.text)}<ol>"
        + "".join(f"<li>{markup.inline(option.text)}</li>" for option in question.options)
        + "</ol></li>"
        for question in asked
    )
    note = "Note your five letters. Nobody marks them; the quiz at the end says what is right."
    return f'<div class="mk-test"><ol>{items}</ol><p class="mk-note">{note}</p></div>'


def exercise(task: Exercise) -> str:
    """Return a question, its hints, each behind the one before, and the solution, folded."""
    hints = ""
    for number, hint in reversed(list(enumerate(task.hints, 1))):
        summary = f"Hint {number} of {len(task.hints)}"
        hints = f"<details><summary>{summary}</summary>{rendered(hint)}{hints}</details>"
    solution = f"{_code(task.shown_solution())}{rendered(task.explanation)}"
    starter = _code(task.starter) if task.starter else ""
    return (
        f'<div class="mk-exercise"><p><strong>Exercise: {markup.inline(task.title)}</strong></p>'
        f"{rendered(task.question)}{starter}{hints}"
        f"<details><summary>Solution</summary>{solution}</details>"
        '<p class="mk-note">In the notebook, your answer is checked and told what went wrong.</p>'
        "</div>"
    )


def _code(source):
    return Highlight2HTML()(source.strip(), language="ipython3")
