"""Course texts → HTML: paragraphs, emphasis, code and formulas.

Formulas become MathML, which browsers draw themselves and screen readers speak: no
MathJax, so they also appear offline, inside widgets and on exported pages.
"""

import re
from html import escape

_NAMES = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "Delta": "Δ", "theta": "θ",
    "lambda": "λ", "mu": "μ", "nu": "ν", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ",
    "phi": "φ", "varphi": "φ", "omega": "ω", "ell": "ℓ", "infty": "∞",
    "ln": "ln", "log": "log", "exp": "exp", "sin": "sin", "cos": "cos", "max": "max", "min": "min",
}  # fmt: skip
_OPERATORS = {
    "times": "×", "cdot": "·", "pm": "±", "approx": "≈", "propto": "∝", "le": "≤", "ge": "≥",
    "ne": "≠", "to": "→", "leftarrow": "←", "cap": "∩", "cup": "∪", "int": "∫", "sum": "∑",
    "lfloor": "⌊", "rfloor": "⌋", "ll": "≪", "gg": "≫", "mid": "|", "langle": "⟨", "rangle": "⟩",
}  # fmt: skip
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\S")


class _Formula:
    """Recursive-descent reader of the LaTeX that the course uses."""

    def __init__(self, latex):
        # \text{…} keeps its spaces, so it is cut out before the rest is split into tokens.
        self.latex, self.texts = latex, []
        latex = re.sub(r"\\(?:text|mathrm)\{([^{}]*)\}", self._keep, latex)
        self.tokens = _TOKEN.findall(latex)[::-1]

    def _keep(self, match):
        self.texts.append(match[1])
        return r"\TEXT "

    def row(self, end=None):
        """Read up to `end` (or to the end) and return MathML."""
        parts = []
        while self.tokens and self.tokens[-1] != end:
            parts.append(self.scripted())
        if end is not None:
            if not self.tokens:
                raise ValueError(f"formula {self.latex!r} lacks a {end!r}")
            self.tokens.pop()
        return "<mrow>" + "".join(parts) + "</mrow>"

    def scripted(self):
        """Read one atom with its sub- and superscript."""
        atom, scripts = self.atom(), {}
        while self.tokens and self.tokens[-1] in "_^":
            sign = self.tokens.pop()
            scripts[sign] = self.atom()
        if len(scripts) == 2:
            return f"<msubsup>{atom}{scripts['_']}{scripts['^']}</msubsup>"
        if "_" in scripts:
            return f"<msub>{atom}{scripts['_']}</msub>"
        return f"<msup>{atom}{scripts['^']}</msup>" if scripts else atom

    def atom(self):
        """Read a group, a command, a number, a letter or a sign."""
        if not self.tokens:
            raise ValueError(f"formula {self.latex!r} ends too early")
        token = self.tokens.pop()
        if token == "{":
            return self.row("}")
        if token.startswith("\\"):
            return self.command(token[1:])
        if token[0].isdigit():
            return f"<mn>{token}</mn>"
        if token.isalpha():
            return f"<mi>{token}</mi>"
        return f"<mo>{escape({'-': '−', '*': '∗'}.get(token, token))}</mo>"

    def command(self, name):
        """Read what follows a backslash."""
        if name == "TEXT":
            return f"<mtext>{escape(self.texts.pop(0))}</mtext>"
        if name in ("frac", "dfrac"):
            return f"<mfrac>{self.atom()}{self.atom()}</mfrac>"
        if name == "sqrt":
            return f"<msqrt>{self.atom()}</msqrt>"
        if name in ("left", "right"):
            return self.atom()
        if name in (",", ";", " ", "quad"):
            return '<mspace width="0.25em"></mspace>'
        if name in _NAMES:
            return f"<mi>{_NAMES[name]}</mi>"
        if name in _OPERATORS:
            return f"<mo>{_OPERATORS[name]}</mo>"
        if not name[0].isalpha():
            return f"<mo>{escape(name)}</mo>"
        raise ValueError(f"formula {self.latex!r}: the course does not know \\{name}")


def mathml(latex: str) -> str:
    r"""Translate a formula.

    Parameters
    ----------
    latex : str
        LaTeX without its dollar signs, of the few commands listed above.

    Raises
    ------
    ValueError
        If the formula uses another command or leaves a brace open.

    Examples
    --------
    >>> mathml("I_0")
    '<math><mrow><msub><mi>I</mi><mn>0</mn></msub></mrow></math>'
    """
    return f"<math>{_Formula(latex).row()}</math>"


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
