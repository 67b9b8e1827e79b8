"""A quiz's Markdown is read whole, or refused with the line at which it goes wrong."""

import pytest

from medkit.course.quizzes import Option, Question, read

HEADING = "# 99_test: A test"
GOOD = f"""{HEADING}

## Is $1 < 2$?

- [ ] No, since numbers have
  no order.
  > They have one:
  > that of the line.
- [x] Yes.
  > Indeed.

## And 3?

- [x] Yes.
  > It is.
"""


def write(folder, text):
    path = folder / "quiz.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_field_is_read(tmp_path):
    no = Option("No, since numbers have no order.", "They have one: that of the line.")
    assert read(write(tmp_path, GOOD), HEADING) == (
        Question("Is $1 < 2$?", (no, Option("Yes.", "Indeed.", True))),
        Question("And 3?", (Option("Yes.", "It is.", True),)),
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"),
    [
        (HEADING, "# 98_test: A test", 1, "heading of the notebook"),
        ("- [x] Yes.\n  > Indeed", "- [ ] Yes.\n  > Indeed", 3, "exactly one right option"),
        ("- [ ] No", "- [x] No", 3, "exactly one right option"),
        ("  > Indeed.\n", "", 3, "under 'Yes.'"),
        ("- [ ] No", "- [X] No", 5, "`- \\[ \\] option`"),
        ("- [ ] No", "* [ ] No", 5, "`- \\[ \\] option`"),
        ("  no order", "no order", 6, "got 'no order.'"),
        ("  > that of", "  that of", 8, "got '  that of"),
        ("  > They have one:\n", "  > They have one:\n  ", 8, "got '    > that"),
        ("## Is $1 < 2$?", "", 5, "## question"),
        ("## And 3?", "### And 3?", 12, "## question"),
        ("## And 3?", "##", 12, "## question"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(tmp_path, old, new, line, expected):
    assert GOOD.count(old) == 1
    path = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(ValueError, match=expected) as error:
        read(path, HEADING)
    assert str(error.value).startswith(f"{path}:{line}: ")


def test_an_empty_file_is_refused(tmp_path):
    with pytest.raises(ValueError, match="heading of the notebook"):
        read(write(tmp_path, ""), HEADING)
