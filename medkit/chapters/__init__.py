"""The chapters of the course, one folder a notebook: ``11_ct`` is in ``ct``.

    exercises.md   what the exercises ask and say (`medkit.course.texts`)
    exercises.py   their checks: ``RAMP_FILTER`` is that of ``11_ct.ramp_filter``
    quiz.md        the questions of the quiz (`medkit.course.quizzes`)
    room.svg       what is in the room: the hardware and the signal chain, drawn
    explorers.py   pure draw functions under the `explorer` decorator; more of them lie beside it

Nothing has to be registered. A check is an *answer kind* that knows the truth (`Number`,
`Choice`, `Selection`, `Matching`, `Array`, `Function`); of a function, the truth is also the
solution that a learner sees.

Its heart are the slips: wrong answers that people really give, each with a sentence in the text
that says what went wrong and not what is right, and with its share of the point. A wrong number
stands in the text, too; the slips of a function are functions that make the mistake, which the
check holds under the same key. Tests run every slip, solution and starter through the check.
The truth is computed here, in NumPy, never taken from the code that the notebook shows.
"""

from pathlib import Path
from xml.etree import ElementTree

from medkit.image import picture_html


def room(topic: str) -> None:
    """Show what is in the room: the drawing of a chapter, with its description.

    Parameters
    ----------
    topic : str
        A folder of this package that holds ``room.svg``, such as ``"ct"``. The file's ``<desc>``
        is the description for those who do not see it, its ``<title>`` stands below it.

    Raises
    ------
    FileNotFoundError
        If the chapter has no drawing.
    """
    from IPython.display import display

    file = Path(__file__).parent / topic / "room.svg"
    data = file.read_bytes()
    words = {e.tag.rpartition("}")[2]: e.text.strip() for e in ElementTree.fromstring(data)[:2]}
    html = picture_html(data, words["desc"], words["title"], kind="svg+xml")
    display({"text/html": html, "text/plain": words["desc"]}, raw=True)
