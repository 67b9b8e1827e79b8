"""The words of a chapter's exercises: its ``exercises.md``.

The first line names the notebook. An exercise begins with its id and title; then come the
question, which ends with the code that a learner begins with, and three sections:

    # 00_start_here: Start here

    ## 00_start_here.region_mean: Measure a region

    Write a function that returns the mean of `pixels` where `mask` is true.

    ```python
    def region_mean(pixels, mask):
        return ...
    ```

    ### Hints

    1. A mask can stand in square brackets: `pixels[mask]`.
    2. What stands there is a list of just those pixels; it has a `.mean()`.

    ### Feedback

    What a right answer is told.

    - `sum`: what the answer is told that is the slip `sum` (or the option, of a choice).
    - `half` = 0.5 (25 %): the same of the slip `half`, the number 0.5, which earns a quarter of
      the point. Where the slip is a function, which the check holds, ``- `half` (25 %): …``; in
      a matching ``- `thing` = `partner`: …`` names the right partner.

    ### Solution

    Why it is so, behind the code where the check does not know it already.
"""

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Words:
    """What an exercise says; the same as in `medkit.course.exercises.Exercise`.

    Parameters
    ----------
    place : str
        File and line, for messages.
    right : str
        What a right answer is told.
    why : dict
        What other answers are told, by the keys of their slips or by options.
    given : dict
        What the text itself says of those answers: the value as written, and its score.
    """

    place: str
    id: str
    title: str
    question: str
    starter: str
    hints: tuple[str, ...]
    right: str
    why: dict[str, str]
    given: dict[str, tuple[str, float]]
    solution_code: str
    explanation: str


#: What stands below an exercise's heading.
_PARTS = re.compile(
    r"(?P<question>.+)\n```python\n(?P<starter>.+?)\n```\s+"
    r"### Hints\n(?P<hints>.+)\n### Feedback\n(?P<feedback>.+)\n### Solution\n\s*"
    r"(?:```python\n(?P<code>.*?)\n```)?(?P<explanation>(?!\s*```).*\S.*)",
    re.DOTALL,
)


def read(path: Path) -> tuple[str, str, tuple[Words, ...]]:
    """Read a chapter's words.

    Returns
    -------
    stem, title : str
        The notebook's, from the first line.
    exercises : tuple of Words
        In the order of the file.

    Raises
    ------
    ValueError
        If the file is not as above; the message names the exercise's line and what was expected.
    """
    text = path.read_text(encoding="utf-8")
    chapter = re.match(r"# (\S+): (.+)\s+## \1\.\w+: ", text)
    if not chapter:
        raise ValueError(f"{path}:1: expected `# 11_ct: title` and then `## 11_ct.name: title`")
    stem, title = chapter.groups()
    heads = list(re.finditer(rf"^## ({re.escape(stem)}\.\w+): (.+)$", text, re.MULTILINE))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    exercises = []
    for head, end in zip(heads, ends, strict=True):
        line = text.count("\n", 0, head.start()) + 1
        exercises.append(_words(f"{path}:{line}", *head.groups(), text[head.end() : end]))
    return stem, title, tuple(exercises)


def _words(place, id, title, body):
    parts = _PARTS.fullmatch(body)
    if not parts:
        raise ValueError(
            f"{place}: {id} needs a question that ends with the code to begin with, `### Hints`, "
            "`### Feedback` and `### Solution` with words on why it is right, in this order"
        )
    before, hints = _items(parts["hints"], r"\d\. ")
    if before or not hints:
        raise ValueError(f"{place}: expected hints such as `1. hint`, got {before!r}")
    right, why, given = _feedback(place, parts["feedback"])
    return Words(
        place=place,
        id=id,
        title=title,
        question=parts["question"].strip(),
        starter=parts["starter"],
        hints=tuple(hints),
        right=right,
        why=why,
        given=given,
        solution_code=parts["code"] or "",
        explanation=_flow(parts["explanation"]),
    )


def _feedback(place, body):
    right, items = _items(body, "- ")
    why, given = {}, {}
    for item in items or [""]:
        match = re.fullmatch(
            r"`([^`]+)`(?: = (`[^`]+`|[^`:]+?))?(?: \((\d+) %\))?: (.+)", item, re.S
        )
        if not match or match[1] in why:
            raise ValueError(
                f"{place}: expected, once for each slip or option, - `name`: what it is told; "
                f"got {item!r}"
            )
        key, value, percent, why[match[1]] = match.groups()
        if value or percent:
            given[key] = (value or "").strip("`"), int(percent or 0) / 100
    return right, why, given


def _items(body, mark):
    """Return what stands before a list, and its items."""
    before, *items = re.split(rf"^{mark}", body, flags=re.MULTILINE)
    return _flow(before), [_flow(item) for item in items]


def _flow(text):
    """Return paragraphs as one line each, as they are shown."""
    return "\n\n".join(" ".join(block.split()) for block in re.split(r"\n\s*\n", text.strip()))
