"""Exercises' Markdown is read whole, or refused with its line; and it fits the checks."""

import numpy as np
import pytest

from medkit.course.answers import Choice, Matching, Number, Slip
from medkit.course.chapters import assemble
from medkit.course.functions import Function
from medkit.course.texts import Words, read

GOOD = """# 99_test: A test

## 99_test.sum: Add up

What is $1 + 1$?

```python
# a comment, no heading
total = ...
```

### Hints

1. More than one,
   by one.
2. `1 + 1`

### Feedback

As everywhere.

- `one` = 1 (50 %): That is
  one of the two.
- `three: odd`: Too many.

### Solution

```python
answer = 1 + 1
```

It is
so.

## 99_test.which: Which way?

Listed are

```python
ways()
```

two.

```python
way = "..."
```

### Hints

1. Look down.

### Feedback

- `up`: No.
- `down`: Yes.

### Solution

Things fall.
"""
SUM = Number(2.0, slips=(Slip("three: odd", 3.0),))
CHECKS = {"sum": SUM, "which": Choice("down")}


def write(folder, text):
    path = folder / "exercises.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_field_is_read(tmp_path):
    path = write(tmp_path, GOOD)
    stem, title, (first, second) = read(path)
    assert (stem, title) == ("99_test", "A test")
    assert first == Words(
        place=f"{path}:3",
        id="99_test.sum",
        title="Add up",
        question="What is $1 + 1$?",
        starter="# a comment, no heading\ntotal = ...",
        hints=("More than one, by one.", "`1 + 1`"),
        right="As everywhere.",
        why={"one": "That is one of the two.", "three: odd": "Too many."},
        given={"one": ("1", 0.5)},
        solution_code="answer = 1 + 1",
        explanation="It is so.",
    )
    assert second.question == "Listed are\n\n```python\nways()\n```\n\ntwo."
    assert (second.starter, second.solution_code, second.right) == ('way = "..."', "", "")


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"),
    [
        ("# 99_test: A test", "", 1, "`# 11_ct: title`"),
        ("# 99_test: A test", "# A test", 1, "`# 11_ct: title`"),
        ("A test\n", "A test\n\nSome words.\n", 1, "and then `## 11_ct.name"),
        ("## 99_test.sum: Add up", "## 98_test.sum: Add up", 1, "and then `## 11_ct.name"),
        ("## 99_test.sum: Add up", "## 99_test.sum", 1, "`## 11_ct.name: title`"),
        ("### Hints\n\n1. More", "### Hint\n\n1. More", 3, "`### Hints`"),
        ("### Hints\n\n1. More", "1. More", 3, "`### Hints`"),
        ("\n```python\n# a comment", "\n# a comment", 3, "the code to begin with"),
        ("total = ...\n```\n", "total = ...\n", 3, "the code to begin with"),
        ("1. More", "- More", 3, "`1. hint`"),
        ("- `one` = 1 (50 %): That", "- one: That", 3, "got 'one: That is one of the two.'"),
        ("- `one` =", "- `three: odd` =", 3, "once for each slip"),
        ("- `up`: No.\n- `down`: Yes.", "", 35, "`name`"),
        ("It is\nso.", "", 3, "why it is right"),
        ('\n```python\nway = "..."\n```', "", 35, "code to begin with"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(tmp_path, old, new, line, expected):
    assert GOOD.count(old) == 1
    path = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(ValueError, match=expected) as error:
        read(path)
    assert str(error.value).startswith(f"{path}:{line}: "), error.value


def test_words_meet_their_checks(tmp_path):
    chapter = assemble(write(tmp_path, GOOD), CHECKS)
    first, second = chapter.exercises
    assert [first.grade(n).message for n in (2, 1, 3)] == [
        "As everywhere.",
        "That is one of the two.",
        "Too many.",
    ]
    assert [first.grade(n).score for n in (2, 1, 3)] == [1, 0.5, 0]
    assert second.grade("down").score == 1
    assert second.grade("up").message == "No."
    assert second.run_solution() == "down"


def test_a_matching_may_take_its_partners_from_the_text(tmp_path):
    text = GOOD.replace("- `up`: No.", "- `up` = `sky: high`: No.").replace(
        "- `down`", "- `down` = `b`"
    )
    chapter = assemble(write(tmp_path, text), {**CHECKS, "which": Matching({"up": "x"})})
    assert chapter.exercises[1].answer.truth == {"up": "sky: high", "down": "b"}


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        ({"sum": SUM}, ":35: 99_test.which has no check WHICH"),
        ({**CHECKS, "other": SUM}, ":1: no exercise 99_test.other for OTHER"),
        ({**CHECKS, "which": Choice("left")}, ":35: 99_test.which: .*no feedback - `left`"),
        ({**CHECKS, "sum": Number(2.0)}, ":3: .*`three: odd`, but the"),
        ({**CHECKS, "sum": Choice("one")}, ":3: 99_test.sum: the text gives a value to `one`"),
        (
            {**CHECKS, "which": Number(1.0, slips=(Slip("up", 2), Slip("down", 3)))},
            ":35: .*no code",
        ),
    ],
)
def test_words_that_do_not_fit_their_checks_are_named(tmp_path, checks, expected):
    path = write(tmp_path, GOOD)
    with pytest.raises(ValueError, match=expected):
        assemble(path, checks)


def root(x):
    """Return the root."""
    return np.sqrt(x)


def test_the_solution_of_a_function_is_its_source():
    assert Function(root, cases=()).solution() == (
        'import numpy as np\n\n\ndef root(x):\n    """Return the root."""\n    return np.sqrt(x)\n'
    )
