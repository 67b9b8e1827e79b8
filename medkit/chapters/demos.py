"""Explorers shown alone, full screen and without code: what ``medkit demo`` opens.

A demo is a notebook that Voilà shows as a page; it is written into a folder that is gone
afterwards. The workshop is ``demos.md``: its words, and its lines of Python as cells.
"""

import ast
import difflib
import json
import os
import re
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
#: Voilà's own page asks another host for a font that no demo needs; offline that takes time.
TEMPLATE = """\
{%- extends 'voila/templates/lab/index.html.j2' -%}
{%- block notebook_css -%}
{{ super() | replace('rel="stylesheet" href="https:', 'rel="none" href="https:') }}
<style>
.mk-explorer.mk-explorer { max-width: none; --mk-tallest: 560; }
.mk-explorer.mk-side .mk-picture { max-width: none; }
.jp-RenderedMarkdown { max-width: 60em; font-size: 17px; }
</style>
{%- endblock notebook_css -%}
"""


class Demo(NamedTuple):
    """An explorer as it is listed: ``ct.dose``, ``11_ct`` (or nothing), and what it is for."""

    name: str
    notebook: str
    words: str


def demos(notebooks) -> list[Demo]:
    """Return every explorer with the notebook of its chapter; imports none."""
    stems, found = {path.stem[3:]: path.stem for path in notebooks}, []
    for path in sorted(HERE.glob("*/[a-z]*.py")):
        topic = path.parent.name + ("" if path.stem == "explorers" else f"_{path.stem}")
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            made = isinstance(node, ast.FunctionDef) and node.decorator_list[:1]
            if made and ast.unparse(made[0]).startswith("explorer("):
                words = ast.get_docstring(node).splitlines()[0]
                stem = stems.get(path.parent.name, "")
                found.append(Demo(f"{topic}.{node.name}", stem, words))
    return sorted(found, key=lambda demo: (demo.notebook or "~", demo.name))


def listing(notebooks) -> list[str]:
    """Return a line for each demo, under its notebook's name."""
    rows = demos(notebooks)
    wide = max(len(row.name) for row in rows)
    return [f"{row.notebook or '–':26} {row.name:{wide}}  {row.words}" for row in rows]


def cells(text: str) -> list[tuple[str, str]]:
    r"""Split Markdown into (kind, source) of cells: fenced Python is code, all else words.

    >>> cells("One.\n\n```python\n1 + 1\n```\n")
    [('markdown', 'One.'), ('code', '1 + 1')]
    """
    parts = re.split(r"^```python\n(.*?)\n```$", text, flags=re.MULTILINE | re.DOTALL)
    kinds = [("code" if k % 2 else "markdown", part.strip()) for k, part in enumerate(parts)]
    return [cell for cell in kinds if cell[1]]


def page(name: str, notebooks=()) -> list[tuple[str, str]]:
    """Return the cells of one demo, or of the workshop, which has no name.

    Raises
    ------
    KeyError
        If there is no such explorer.
    """
    code = "from medkit.chapters import explorers\n"
    if not name:
        return [("code", code), *cells((HERE / "demos.md").read_text(encoding="utf-8"))]
    names = [demo.name for demo in demos(notebooks)]
    if name not in names:
        near = difflib.get_close_matches(name, names, 3, 0.4)
        raise KeyError(f"no demo {name!r}; near it: {', '.join(near) or 'none'} (see medkit demo)")
    return [("code", f"{code}explorers.{name}()")]


def show(sources: list[tuple[str, str]], title: str, environment, arguments=()) -> int:
    """Show cells as a page until Ctrl+C; return Voilà's exit status.

    Raises
    ------
    OSError
        If Voilà is not installed, with what to type.
    """
    if find_spec("voila") is None:
        pinned = HERE.parent / "constraints.txt"
        raise OSError(
            f'a demo needs Voilà. Type: {sys.executable} -m pip install -c {pinned} "voila>=0.5.11"'
        )
    from nbformat import v4, write

    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder, "jupyter/voila/templates/medkit")
        template.mkdir(parents=True)
        (template / "conf.json").write_text(json.dumps({"base_template": "lab"}))
        (template / "index.html.j2").write_text(TEMPLATE, encoding="utf-8")
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        new = {"markdown": v4.new_markdown_cell, "code": v4.new_code_cell}
        notebook = v4.new_notebook(metadata={"kernelspec": kernel, "title": title})
        notebook.cells = [new[kind](source) for kind, source in sources]
        file = Path(folder, f"{title}.ipynb")
        write(notebook, file)
        paths = [str(template.parents[2]), environment.get("JUPYTER_PATH", "")]
        environment = environment | {"JUPYTER_PATH": os.pathsep.join(filter(None, paths))}
        # The kernel draws one while the browser is still opening; of many, each as it is ready.
        swift = "--preheat_kernel=True" if len(sources) == 1 else "--progressive_rendering=True"
        prompt = "--Voila.kernel_websocket_connection_class=medkit.views.prompt.PromptConnection"
        options = ["--template=medkit", swift, prompt, "--show_tracebacks=True"]
        command = [sys.executable, "-m", "voila", str(file), *options, *arguments]
        try:
            return subprocess.call(command, env=environment)
        except KeyboardInterrupt:
            return 0
