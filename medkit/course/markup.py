"""Course texts → HTML: paragraphs, emphasis, code and formulas.

Formulas become MathML, which browsers draw themselves and screen readers speak: no
MathJax, so they also appear offline, inside widgets and on exported pages.
"""

import re
from html import escape

from latex2mathml.converter import convert


def mathml(latex: str) -> str:
    r"""Translate a formula.

    Parameters
    ----------
    latex : str
        LaTeX without its dollar signs.

    Raises
    ------
    ValueError
        If a command is unknown, an argument is missing or a brace is left open.

    Examples
    --------
    >>> mathml("I_0").partition("<mrow>")[2]
    '<msub><mi>I</mi><mn>0</mn></msub></mrow></math>'
    """
    try:
        formula = convert(latex)
    except Exception as problem:  # the library's errors share no base
        raise ValueError(f"formula {latex!r}: {type(problem).__name__}") from problem
    # The library passes on what it does not know, and forgives a brace.
    if "\\" in formula or latex.count("{") != latex.count("}"):
        raise ValueError(f"formula {latex!r} has an unknown command or an open brace")
    return formula


def inline(text: str) -> str:
    """Turn ``**strong**``, ``*emphasis*``, ```code``` and ``$formula$`` into HTML.

    Everything else is escaped, so text that a learner typed cannot become markup.

    >>> inline("1 < 2, *really*")
    '1 &lt; 2, <em>really</em>'
    """
    parts = re.split(r"(`[^`]*`|\$[^$]+\$)", text)
    return "".join(_piece(part) for part in parts)


def _piece(part):
    if len(part) > 1 and part[0] == part[-1] == "`":
        return f"<code>{escape(part[1:-1])}</code>"
    if len(part) > 2 and part[0] == part[-1] == "$":
        return mathml(part[1:-1])
    part = escape(part, quote=False)
    part = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", part)
    return re.sub(r"(?<!\w)\*(\S(?:.*?\S)?)\*(?!\w)", r"<em>\1</em>", part)


def paragraphs(text: str, style: str = "margin:.4em 0 0") -> str:
    """Turn a text with blank lines between its paragraphs into HTML."""
    return "".join(
        f'<p style="{style}">{inline(" ".join(block.split()))}</p>'
        for block in re.split(r"\n\s*\n", text.strip())
        if block.strip()
    )
