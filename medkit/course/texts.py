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
        If the file is not as above; the message names the line and what was expected.
    """
    (place, head, body), *sections = _sections(path)
    chapter = re.fullmatch(r"# (\S+): (.+)", head)
    if not chapter or body:
        raise ValueError(f"{place}: expected `# 11_ct: title` and then `## 11_ct.name: title`")
    exercises = []
    for place, head, body in sections:
        if match := re.fullmatch(rf"## ({re.escape(chapter[1])}\.\w+): (.+)", head):
            exercises.append((place, *match.groups(), [("Question", place, body)]))
        elif exercises and head in ("### Hints", "### Feedback", "### Solution"):
            exercises[-1][3].append((head[4:], place, body))
        else:
            raise ValueError(
                f"{place}: expected `## {chapter[1]}.name: title` or, in an exercise, `### Hints`, "
                f"`### Feedback` or `### Solution`; got {head!r}"
            )
    ids = [id for _, id, _, _ in exercises]
    for place, id, _, _ in exercises:
        if ids.count(id) > 1:
            raise ValueError(f"{place}: {id} occurs {ids.count(id)} times; expected once")
    return chapter[1], chapter[2], tuple(_words(*exercise) for exercise in exercises)


def _sections(path):
    """Return (place, heading, text below it) of each heading; code may hold ``#`` as it likes."""
    sections, code = [], None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        place = f"{path}:{number}"
        if line.startswith("```"):
            if code and line.rstrip() != "```":
                break
            code = None if code else place
        if line.startswith("#") and not code:
            sections.append((place, line.rstrip(), []))
        elif sections:
            sections[-1][2].append(line)
        else:
            break
    if not sections:
        raise ValueError(f"{path}:1: expected the heading of the notebook, `# 11_ct: title`")
    if code:
        raise ValueError(f"{code}: expected ``` below the code that begins here")
    return [(place, head, "\n".join(body).strip()) for place, head, body in sections]


def _words(place, id, title, sections):
    parts = {}
    for kind in ("Question", "Hints", "Feedback", "Solution"):
        found = [(where, body) for name, where, body in sections if name == kind]
        if len(found) != 1:
            raise ValueError(f"{place}: {id} has {len(found)} `### {kind}`; expected one")
        parts[kind] = found[0]
    question = re.fullmatch(r"(.+)\n```python\n(.+?)\n```", parts["Question"][1], re.S)
    if not question:
        raise ValueError(f"{place}: expected a question that ends with the code to begin with")
    where, body = parts["Hints"]
    before, hints = _items(where, body, r"\d\. ", 3)
    if before or not hints:
        raise ValueError(f"{where}: expected `1. hint`, got {before!r}")
    where, body = parts["Solution"]
    code, explanation = re.fullmatch(r"(?:```python\n(.*?)\n```)?(.*)", body, re.S).groups("")
    if not explanation.strip():
        raise ValueError(f"{where}: expected words on why the solution is right")
    right, why, given = _feedback(*parts["Feedback"])
    return Words(
        place,
        id,
        title,
        question[1].strip(),
        question[2],
        tuple(hints),
        right,
        why,
        given,
        code,
        _flow(explanation),
    )


def _feedback(place, body):
    right, items = _items(place, body, "- ", 2)
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


def _items(place, body, mark, indent):
    """Return what stands before a list, and its items."""
    before, *items = re.split(rf"^{mark}", body, flags=re.M)
    for line in "\n".join(item.partition("\n")[2] for item in items).splitlines():
        if line.strip() and not line.startswith(" " * indent):
            raise ValueError(f"{place}: expected {indent} spaces before {line!r}, or a new item")
    return _flow(before), [_flow(item) for item in items]


def _flow(text):
    """Return paragraphs as one line each, as they are shown."""
    return "\n\n".join(" ".join(block.split()) for block in re.split(r"\n\s*\n", text.strip()))
