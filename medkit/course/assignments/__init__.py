"""A notebook as an assignment of nbgrader or Otter: questions as they are, checks as hidden tests.

Both take a *source*: the notebook with a solution and a test behind each answer, out of which
they make the learners' version, without either. The test asks the kit's own check, so an answer
earns what it earns in ``medkit grade``. Stored outputs are left out: they are the authors'.

Limits
------
The hidden tests run in the learners' own kernels, and the course is open. ``medkit grade``
judges in a process of its own what the checks saw; neither nbgrader nor Otter does.
"""

import ast
import re
from collections.abc import Iterator
from contextlib import redirect_stderr
from copy import deepcopy
from io import StringIO
from pathlib import Path
from textwrap import indent

from medkit.course.chapters import find_exercise
from medkit.course.exercises import Exercise

#: nbgrader and Otter both cut out what stands between these, and Otter leaves no dots there.
BEGIN, END = "# BEGIN SOLUTION NO PROMPT", "# END SOLUTION"


def graded(id: str, answer: object) -> float:
    """Show the verdict on an answer and return its score: what the hidden tests call.

    Progress is not noted, and nothing is handed in.

    >>> graded("00_start_here.volume_size", 104.8576)
    ✓ Correct. A hundred megabytes for one scan: this is why viewers load slices as you need them.
    1.0
    """
    from IPython.display import display

    with redirect_stderr(StringIO()):  # nbgrader takes a warning for a failure
        verdict = find_exercise(id).grade(answer)
    display(verdict)
    return float(verdict.score)


def export(notebook: Path, folder: Path, kind: str, *, exam: bool = False) -> list[Path]:
    """Write the source of an assignment.

    Parameters
    ----------
    notebook : Path
        One of the kit's, or the lecturer's own version of it.
    folder : Path
        nbgrader's course, or any folder; made if it does not exist.
    kind : {"nbgrader", "otter"}
    exam : bool
        Without the visible checks: learners do not see whether an answer is right.

    Returns
    -------
    list of Path
        What was written; nothing that was there is replaced but the same assignment.

    Raises
    ------
    ValueError
        If the notebook has no exercise whose answer is checked.
    """
    import nbformat

    from medkit.course.assignments import nbgrader, otter

    form = {"nbgrader": nbgrader, "otter": otter}[kind]
    book = nbformat.read(notebook, as_version=4)
    found = list(_answers(book.cells, exam))
    if not any(exercise for _, exercise, _ in found):
        raise ValueError(f"{notebook.name} has no exercise with a line such as task.check(answer)")
    book.cells = list(form.cells(found))
    return form.write(book, notebook.stem, folder)


def _answers(cells, exam) -> Iterator[tuple]:
    """Yield each cell without outputs, and, of an answer, its exercise and its name."""
    handles: dict[str, str] = {}
    for cell in map(deepcopy, cells):
        if cell.cell_type != "code":
            yield cell, None, ""
            continue
        cell.outputs, cell.execution_count = [], None
        handles |= re.findall(r"^(\w+) = exercise\(\s*[\"']([^\"']+)", cell.source, re.MULTILINE)
        if (found := _check(cell.source, handles)) is None:
            yield cell, None, ""
            continue
        line, handle, answer = found
        exercise = find_exercise(handles[handle])
        cell.source = solved(exercise, cell.source, line, answer, exam)
        yield cell, exercise, answer


def _check(source, handles):
    """Find ``task.check(answer)`` in a cell: the number of its line, ``task`` and ``answer``."""
    for node in ast.parse(source).body:
        match node:
            case ast.Expr(
                ast.Call(ast.Attribute(ast.Name(handle), "check"), [ast.Name(answer)], [])
            ) if handle in handles:
                return node.lineno, handle, answer
    return None


def solved(exercise: Exercise, source: str, line: int, answer: str, exam: bool = False) -> str:
    """Return an answer's cell with a solution, marked as such, before the line that checks it.

    A solution of several statements is wrapped into a function, so that it leaves no names
    behind that the notebook uses for something else.
    """
    code = exercise.shown_solution().strip()
    *before, last = ast.parse(code).body
    name = last.name if isinstance(last, ast.FunctionDef) else ast.unparse(last.targets[0])
    if before:
        code = f"def solution():\n{indent(code, ' ' * 4)}\n    return {name}\n\n\n"
        code += f"{answer} = solution()"
    elif name != answer:
        code += f"\n\n\n{answer} = {name}"
    lines = source.splitlines()
    given, check = lines[: line - 1], lines[line - 1 :]
    return "\n".join([*given, BEGIN, code, END, *([] if exam else check)])
