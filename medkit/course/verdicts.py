"""What a learner is told about an answer: a score, a mark in words, and why."""

from dataclasses import dataclass

from medkit.course import markup

#: Mark → (symbol, words, colour). The words carry the meaning; colour only repeats it.
_MARKS = {
    "correct": ("✓", "Correct", "var(--jp-success-color1, #2e7d32)"),
    "partly": ("◐", "Partly right", "var(--jp-warn-color1, #b26a00)"),
    "not yet": ("✗", "Not yet", "var(--jp-error-color1, #c62828)"),
    "not attempted": ("○", "Not attempted yet", "var(--jp-info-color1, #0277bd)"),
}


@dataclass(frozen=True)
class Verdict:
    """The result of one check.

    Parameters
    ----------
    score : float
        From 0 (wrong) to 1 (right).
    message : str
        Why, in the course's markup (`medkit.course.markup`).
    attempted : bool
        False where the answer is still the notebook's placeholder.
    """

    score: float
    message: str = ""
    attempted: bool = True

    @property
    def mark(self) -> str:
        """``"correct"``, ``"partly"``, ``"not yet"`` or ``"not attempted"``.

        >>> Verdict(0.5).mark
        'partly'
        """
        if not self.attempted:
            return "not attempted"
        return "correct" if self.score >= 1 else "partly" if self.score > 0 else "not yet"

    @property
    def heading(self) -> str:
        """The mark in words, with the points where there are some."""
        words = _MARKS[self.mark][1]
        return f"{words} ({self.score:.2g} of 1 point)" if self.mark == "partly" else words

    def __str__(self) -> str:
        text = " ".join(self.message.split())
        return f"{_MARKS[self.mark][0]} {self.heading}." + (f" {text}" if text else "")

    __repr__ = __str__

    def _repr_html_(self) -> str:
        symbol, _, colour = _MARKS[self.mark]
        return (
            f'<div role="status" style="max-width:46em;margin:.2em 0;padding:.5em .9em;'
            f"border:1px solid var(--jp-border-color2, rgba(128,128,128,.4));"
            f'border-left:5px solid {colour};border-radius:4px">'
            f'<p style="margin:0"><span aria-hidden="true" style="color:{colour}">{symbol}</span> '
            f"<strong>{self.heading}</strong></p>{markup.paragraphs(self.message)}</div>"
        )


def not_attempted(message: str = "") -> Verdict:
    """Return the verdict on an untouched placeholder."""
    return Verdict(0.0, message or "Put your answer in place of the `...` and run again.", False)
