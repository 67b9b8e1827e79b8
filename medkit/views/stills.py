"""Still pictures: what a page without a kernel shows of a figure or a widget, with its words.

Such a page (JupyterLab before anything was run, nbviewer, a repository, nbconvert) passes over
a widget and shows the HTML that is stored beside it, so each picture is stored once, there.
It is lossless WebP: half the bytes of a PNG, in all browsers since 2020.

A learner's own notebook keeps the words of its widgets; with their pictures it is stored by
``python -m medkit store mine.ipynb``, or where the variable MEDKIT_STILLS is set.
"""

import html
import io
import os
from collections.abc import Callable

from PIL import Image

from medkit.image import picture_html

#: Set to any word where a notebook is stored or compared (`medkit.authoring`). Elsewhere a
#: widget draws no still picture, which would take longer than the widget itself.
VARIABLE = "MEDKIT_STILLS"
#: Width of a still picture, in pixels.
WIDTH = 760
#: From here on a picture, mostly of noise, is stored with loss.
MAX_BYTES = 200_000


def wanted() -> bool:
    """Whether widgets are to draw still pictures."""
    return bool(os.environ.get(VARIABLE))


def encode(image: Image.Image) -> bytes:
    """Return an image as WebP file: lossless, or of quality 92 where that takes too many bytes."""
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", lossless=True, quality=60)
    if buffer.tell() > MAX_BYTES:
        buffer = io.BytesIO()
        image.save(buffer, "WEBP", quality=92, method=6)
    return buffer.getvalue()


def widened(image: Image.Image) -> Image.Image:
    """Return a narrow image in the middle of a white sheet of the usual width."""
    if image.width >= WIDTH:
        return image
    sheet = Image.new("RGB", (WIDTH, image.height), "white")
    sheet.paste(image, ((WIDTH - image.width) // 2, 0))
    return sheet


def figure(image: Image.Image, alt: str, *lines: str) -> str:
    """Return an image as HTML, with its description and lines below it."""
    return picture_html(encode(image), alt, *lines, kind="webp")


def beside(widget, bundle, draw: Callable[[], Image.Image], alt: str, *lines: str) -> dict:
    """Return what Jupyter is told of a widget, with a still picture and its words.

    Parameters
    ----------
    widget : anywidget.AnyWidget
    bundle : dict or tuple
        As of the widget's own ``_repr_mimebundle_``.
    draw : callable
        Makes the picture; called only where it is wanted, elsewhere the words stand alone.
    alt : str
        What is to be seen.
    *lines : str
        Shown below it.
    """
    data = (bundle[0] if isinstance(bundle, tuple) else bundle) or {}
    if wanted():
        still = figure(draw(), alt, *lines)
    else:
        still = "<br>".join(html.escape(line) for line in (alt, *lines) if line)
    return data | {"text/plain": repr(widget), "text/html": still}
