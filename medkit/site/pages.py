"""A notebook → a page: prose, code and stored outputs as plain HTML, pictures as files.

nbconvert walks through the cells and renders; what is ours is the template, formulas as MathML
(no script has to draw them), links that lead from page to page, and pictures as files of their
own, which a browser fetches when they come into view.
"""

import base64
import csv
import hashlib
import html
import io
import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import nbformat
from nbconvert.exporters import TemplateExporter
from nbconvert.filters import Highlight2HTML, strip_ansi
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from PIL import Image

from medkit.course.markup import mathml

TEMPLATE = Path(__file__).with_name("template")
#: Stored beside a widget, which needs a kernel.
VIEW = "application/vnd.jupyter.widget-view+json"
#: Pixels along a side of the picture that stands for a notebook; shown at half the size.
COVER = 192
_ENDINGS = {"svg+xml": "svg", "jpeg": "jpg"}


class Renderer(IPythonRenderer):
    """Markdown as JupyterLab shows it; keeps headings, and where each bold term stands.

    Attributes
    ----------
    headings : list of tuple
        Level, words, anchor and HTML of each.
    terms : dict
        Bold words in lower case → anchor of the heading below which they first stand.
    """

    def __init__(self):
        super().__init__(escape=False)
        self.headings, self.terms, self._deeper = [], {}, 0

    def heading(self, text, level, **attrs):
        """Name it as JupyterLab does; below a second title everything is one level deeper."""
        self._deeper = self._deeper or int(level == 1 and bool(self.headings))
        level += self._deeper
        words = plain(text)
        anchor, taken = words.replace(" ", "-"), [heading[2] for heading in self.headings]
        anchor += f"-{taken.count(anchor) + 1}" if anchor in taken else ""
        self.headings.append((level, words, anchor, text))
        return f'<h{level} id="{html.escape(anchor)}">{text}</h{level}>\n'

    def paragraph(self, text):
        """Mark what asks the reader to stop and think."""
        asks = re.match(r"<strong>(Predict|Try this)\b", text)
        return f'<p class="ask">{text}</p>\n' if asks else f"<p>{text}</p>\n"

    def strong(self, text):
        """Remember where a term is explained."""
        self.terms.setdefault(plain(text).lower(), self.headings[-1][2] if self.headings else "")
        return super().strong(text)

    def link(self, text, url, title=None):
        """Lead to the page of a notebook."""
        return super().link(text, re.sub(r"^(\d\d_\w+)\.ipynb\b", r"\1.html", url), title)

    def table(self, text):
        """Let a wide table scroll in itself."""
        return _tidy(f"<table>\n{text}</table>\n")

    def inline_math(self, body):
        """Let the browser draw it."""
        # The one common function that latex2mathml does not know.
        return mathml(re.sub(r"\\arg\b", r"\\operatorname{arg}", body.strip()))

    def block_math(self, body):
        """Give it a line of its own, in which it can scroll."""
        formula = self.inline_math(body).replace('display="inline"', 'display="block"', 1)
        return f'<span class="wide">{formula}</span>'


def plain(markup: str) -> str:
    """Return the words of a piece of HTML."""
    return html.unescape(re.sub(r"<[^>]+>", "", markup)).strip()


class Pictures:
    """Files of pictures and sounds, named by their content, so that one may serve several pages."""

    def __init__(self, folder: Path):
        self.folder, self.names = folder / "pictures", set()
        self.folder.mkdir(parents=True, exist_ok=True)

    def keep(self, kind: str, data: bytes) -> str:
        """Write a file whole or not at all, and return its path from a page."""
        ending = kind.partition("/")[2]
        name = f"{hashlib.sha256(data).hexdigest()[:16]}.{_ENDINGS.get(ending, ending)}"
        if not (self.folder / name).exists():
            write(self.folder / name, data)
        self.names.add(name)
        return f"pictures/{name}"

    def image(self, kind: str, data: bytes, alt: str) -> str:
        """Return an image that takes its place before it is there, so that nothing jumps."""
        if "svg" in kind:
            found = re.search(rb'<svg[^>]*?width="(\d+)[^>]*?height="(\d+)', data)
            width, height = map(int, found.groups()) if found else ("", "")
        else:
            width, height = Image.open(io.BytesIO(data)).size
        return (
            f'<img src="{self.keep(kind, data)}" alt="{html.escape(alt)}" width="{width}" '
            f'height="{height}" loading="lazy" decoding="async">'
        )

    def cover(self, book: nbformat.NotebookNode, stem: str) -> str:
        """Return a small square that stands for a notebook: the one in ``covers.csv``, or any."""
        with (TEMPLATE / "covers.csv").open(encoding="utf-8", newline="") as file:
            row = next((row for row in csv.DictReader(file) if row["notebook"] == stem), {})
        shown = {
            cell.get("id"): "".join(o.get("data", {}).get("text/html", "") for o in cell.outputs)
            for cell in book.cells
            if cell.cell_type == "code"
        }
        pattern = r'data:image/webp;base64,([^"]+)'
        found = re.findall(pattern, shown.get(row.get("cell"), ""))[int(row.get("picture", 0)) :]
        data = found or re.findall(pattern, "".join(shown.values()))
        if not data:
            return ""
        image = Image.open(io.BytesIO(base64.b64decode(data[0]))).convert("RGB")
        side = min(image.size)
        left, top = (image.width - side) // 2, (image.height - side) // 2
        if found:
            left, top, side = (int(row[name]) for name in ("left", "top", "side"))
        image = image.crop((left, top, left + side, top + side)).resize((COVER, COVER))
        buffer = io.BytesIO()
        image.save(buffer, "WEBP", quality=80)
        return self.keep("image/webp", buffer.getvalue())

    def taken_out(self, markup: str) -> str:
        """Replace what an output carries in itself by files."""

        def image(match):
            alt = re.search(r'\balt="([^"]*)"', match[0])
            data = base64.b64decode(match["data"])
            return self.image(match["kind"], data, html.unescape(alt[1] if alt else ""))

        pattern = r'data:(?P<kind>{}/[\w+-]+);base64,(?P<data>[^"]+)"'
        markup = re.sub(rf'<img\b[^>]*src="{pattern.format("image")}[^>]*>', image, markup)
        return re.sub(
            f'src="{pattern.format("audio")}',
            lambda m: f'src="{self.keep(m["kind"], base64.b64decode(m["data"]))}"',
            markup,
        )


def write(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(data)
    draft.replace(path)


def output_html(output: nbformat.NotebookNode, pictures: Pictures, markdown) -> str:
    """Return what a stored output shows without a kernel."""
    if output.output_type == "stream":
        return f'<pre class="said">{html.escape(strip_ansi(output.text))}</pre>'
    if output.output_type == "error":
        trace = html.escape(strip_ansi("\n".join(output.traceback)))
        return f'<pre class="said error">{trace}</pre>'
    data, words = output.data, output.data.get("text/plain", "")
    if words.startswith("○ Not attempted yet"):
        return ""  # nobody can, on a page
    image = next((kind for kind in data if kind.startswith("image/")), "")
    if "text/html" in data:
        shown = _tidy(pictures.taken_out(data["text/html"]))
    elif "text/markdown" in data:
        shown = markdown(data["text/markdown"])
    elif image:
        raw = data[image].encode() if "svg" in image else base64.b64decode(data[image])
        shown = f"<figure>{pictures.image(image, raw, words)}</figure>"
    else:
        shown = "" if VIEW in data else f'<pre class="said">{html.escape(words)}</pre>'
    if VIEW in data:
        # Its own words speak to those who have the notebook before them.
        shown = re.sub(r"(?:<br>)?Run this cell to [^<]*| ?\(run this cell[^)]*\)", "", shown)
        shown += '<p class="still">Run this notebook to move it.</p>'
    return shown


def _tidy(markup):
    """Leave the colours of outputs to the page, where they can be read in light and dark."""
    markup = re.sub(r"<style\b.*?</style>", "", markup, flags=re.DOTALL)
    markup = re.sub(r' style="(?:text-decoration-)?color: #[^"]*"', "", markup)
    markup = re.sub(r"<th\b[^>]*>\s*</th>", "<td></td>", markup)  # a heading of nothing
    return re.sub(r"<table\b.*?</table>", r'<div class="wide">\g<0></div>', markup, flags=re.DOTALL)


def page(
    book: nbformat.NotebookNode, pictures: Pictures, fragments: Mapping[str, str], about: dict
) -> tuple[str, Renderer]:
    """Return a notebook's page.

    Parameters
    ----------
    book : NotebookNode
    pictures : Pictures
        Where its pictures go.
    fragments : mapping
        HTML that stands in place of the outputs of a cell, by the cell's id.
    about : dict
        What else the template shows: the course, and the neighbours in it.

    Returns
    -------
    str
        The HTML.
    Renderer
        Knows the headings and terms.

    Raises
    ------
    ValueError
        If a formula cannot be translated.
    """
    renderer, within = Renderer(), Renderer()  # headings of outputs are none of the page's
    prose = MarkdownWithMath(renderer)
    inside = MarkdownWithMath(within)

    def outputs(cell):
        if cell.get("id") in fragments:
            return fragments[cell.id]
        return "".join(output_html(o, pictures, inside.render) for o in cell.outputs)

    exporter = _exporter()
    exporter.register_filter("prose", prose.render)
    exporter.register_filter("outputs", outputs)
    # nbconvert copies what it hands to the template: the list would stay empty there.
    exporter.register_filter("headings", lambda _: renderer.headings)
    about = about | {"frozen": list(fragments)}  # the code of these cells is folded
    body, _ = exporter.from_notebook_node(book, resources={"about": about})
    return body, renderer


@cache
def _exporter():
    exporter = TemplateExporter(template_paths=[str(TEMPLATE)], template_file="page.html.j2")
    exporter.register_filter("code", Highlight2HTML(pygments_lexer="ipython3"))
    return exporter


def render(name: str, **values) -> str:
    """Return a page that is no notebook, by the name of its template."""
    return _exporter().environment.get_template(name).render(**values)
