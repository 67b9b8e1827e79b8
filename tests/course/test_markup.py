"""Texts and formulas of the course become safe HTML and well-formed MathML."""

import xml.etree.ElementTree as ET

import pytest

from medkit.course import markup
from medkit.course.chapters import chapters

MATHML = "{http://www.w3.org/1998/Math/MathML}"


def texts():
    """What quizzes say; verdicts are rendered where they are made, in test_exercises.py."""
    for chapter in chapters():
        for question in chapter.questions:
            yield question.text
            for option in question.options:
                yield option.text
                yield option.why


@pytest.mark.parametrize(
    ("latex", "tags"),
    [
        (r"\frac{a}{b}", ["mfrac"]),
        (r"\sqrt{N}", ["msqrt"]),
        (r"x_i^2", ["msubsup"]),
        (r"e^{-\int \mu\, dl}", ["msup", "mspace"]),
        (r"\text{HU} = 3.5", ["mtext", "mn"]),
    ],
)
def test_formula_is_well_formed(latex, tags):
    tree = ET.fromstring(markup.mathml(latex))
    assert tree.tag == f"{MATHML}math"
    for tag in tags:
        assert tree.find(f".//{MATHML}{tag}") is not None


@pytest.mark.parametrize("latex", [r"\unknown", "{a", "x^", "x_a_b"])
def test_bad_formula_says_so(latex):
    with pytest.raises(ValueError, match="formula"):
        markup.mathml(latex)


def test_every_text_of_the_quizzes_renders():
    for text in texts():
        ET.fromstring(f"<div>{markup.paragraphs(text)}</div>")
        assert "$" not in markup.paragraphs(text)


def test_marks_and_escapes():
    assert markup.inline("`a < b` **c** *d* 2*3*4 <i>") == (
        "<code>a &lt; b</code> <strong>c</strong> <em>d</em> 2*3*4 &lt;i&gt;"
    )
