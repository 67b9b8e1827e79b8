"""What a cell shows, without running its notebook: the statements that its last line needs."""

import ast
import builtins
import html
import re
from collections.abc import Iterator

import nbformat

#: A cell that trains a network has this tag: nothing is frozen that needs one.
TRAINED = "trained"
_WORDS = r"[^\W\d_]{3,}|\d+(?:\.\d+)?"


def shown(notebook: nbformat.NotebookNode) -> Iterator[tuple[nbformat.NotebookNode, object]]:
    """Yield each cell that ends with an object of the course, and that object.

    Cells of a widget, and those that show text of a course's object. Where the object cannot
    be made cheaply, the exception that says why is yielded in its place.
    """
    before: list[tuple[ast.stmt, bool]] = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        try:
            statements = ast.parse(cell.source).body
        except SyntaxError:  # a magic of IPython: nothing of the kit's needs one
            continue
        if statements and _may_be_ours(cell, statements[-1]):
            try:
                thing = _value(statements, before)
                _compare(cell, thing)
                yield cell, thing
            except Exception as error:  # whatever a cell raises: the stored output stays
                yield cell, error
        trained = TRAINED in cell.metadata.get("tags", ())
        before += [(statement, trained) for statement in statements]


def _may_be_ours(cell, last):
    """Whether a cell's stored output is a widget with a still, or a course's text."""
    kinds = {kind for output in cell.outputs for kind in output.get("data", {})}
    ours = "text/html" in kinds and any("widget-view" in kind for kind in kinds)
    return isinstance(last, ast.Expr) and (ours or "text/markdown" in kinds)


def _compare(cell, thing):
    """Raise where a picture is not the stored one: something that it needs was not foreseen."""
    stored = "".join(output.get("data", {}).get("text/html", "") for output in cell.outputs)
    caption = re.search(r"<figcaption>(.*?)</figcaption>", stored, re.S)
    picture = getattr(thing, "_shown", None)  # a control may have the name `picture`
    if not caption or not picture:
        return
    texts = html.unescape(caption[1]), picture.caption
    words, found = (set(re.findall(_WORDS, text)) for text in texts)
    numbers = [float(word) for word in words if not word[0].isalpha()]
    for word in found - words:  # a number may differ in its last digits: processors do
        if word[0].isalpha() or all(abs(n - float(word)) > 0.03 * abs(n) for n in numbers):
            raise LookupError(f"{word!r} of its caption is not in the stored one")


def _value(statements, before):
    """Run a cell and what it needs, and return what its last line is."""
    program, need = [], _loads(statements) - set(dir(builtins))
    for statement, trained in reversed(before):
        bound = _binds(statement)
        if not (bound | _changes(statement)) & need:
            continue
        if trained:
            raise LookupError(f"needs line {ast.unparse(statement)[:60]!r} of a cell that trains")
        if not isinstance(statement, ast.If | ast.For | ast.While | ast.Try | ast.AugAssign):
            need -= bound
        need |= _loads([statement]) - set(dir(builtins))
        program.insert(0, statement)
    space: dict[str, object] = {"__name__": "__main__"}
    body = ast.Module([*program, *statements[:-1]], [])
    exec(compile(body, "<notebook>", "exec"), space)  # the kit's own notebook
    return eval(compile(ast.Expression(statements[-1].value), "<notebook>", "eval"), space)


def _loads(statements) -> set[str]:
    """Return the names that some statements read and that none of them has bound before."""
    found, bound = set(), set()
    for statement in statements:
        names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
        own = {node.arg for node in ast.walk(statement) if isinstance(node, ast.arg)}
        found |= {n.id for n in names if not isinstance(n.ctx, ast.Store)} - bound - own
        if isinstance(statement, ast.AugAssign):
            found |= _binds(statement)
        bound |= _binds(statement)
    return found


def _binds(statement) -> set[str]:
    """Return the names that a statement gives a value."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    names = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(a.asname or a.name).partition(".")[0] for a in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def _changes(statement) -> set[str]:
    """Return the names whose objects a statement may change: ``x[0] = …``, ``x.fit(…)``."""
    found = set()
    for node in ast.walk(statement):
        stored = isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store)
        called = isinstance(statement, ast.Expr) and node is getattr(statement.value, "func", None)
        if stored or called:
            while isinstance(node, ast.Subscript | ast.Attribute | ast.Call):
                node = node.func if isinstance(node, ast.Call) else node.value
            if isinstance(node, ast.Name) and node.id != "explorers":  # whose calls change nothing
                found.add(node.id)
    return found
