"""Figures for paper and pages, with words for those who do not see them.

`show` puts any matplotlib figure below a cell as HTML, the one way in which a description
survives in Jupyter and on web pages; `draw` prints a whole `Picture`, the same as the browser
paints it.
"""

import functools
import io
from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from PIL import Image as Pillow

from medkit.views import panels, stills
from medkit.views.explorer.picture import Image, Picture, Table, Words


def _own_style(function):
    """Draw with matplotlib's own settings: a matplotlibrc may turn images upside down."""

    @functools.wraps(function)
    def styled(*args, **settings):
        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            return function(*args, **settings)

    return styled


@_own_style
def draw(picture: Picture, width_px: int = stills.WIDTH) -> Figure:
    """Return a picture as a matplotlib figure, `width_px` wide at 96 dots an inch."""
    columns = min(picture.columns, len(picture.panels))
    rows = -(-len(picture.panels) // columns)
    width = width_px / 96
    # Texts are as tall as their lines, not as they are wide.
    texts = all(isinstance(panel, (Words, Table)) for panel in picture.panels)
    few = texts and any(isinstance(panel, Words) for panel in picture.panels)
    images = all(isinstance(panel, Image) for panel in picture.panels)
    full = min(width / columns * 0.95, 5.0 if images and columns == 1 else 4.2)
    wide = min(full, width / columns * max(map(_steepness, picture.panels)) + 0.7)
    height = rows * (2.3 if few else wide)
    figure = Figure(figsize=(width, height), dpi=96, layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax, panel in zip(axes, picture.panels, strict=False):
        panels.draw(ax, panel)
    for ax in axes[len(picture.panels) :]:
        ax.axis("off")
    return figure


def _steepness(panel) -> float:
    """Return height over width of an image that keeps its proportions; else 1."""
    if not isinstance(panel, Image) or (panel.extent and not panel.spacing_mm):
        return 1.0
    down, across = np.broadcast_to(panel.spacing_mm or 1.0, 2)
    return panel.pixels.shape[0] * down / (panel.pixels.shape[1] * across)


@_own_style
def pixels(figure: Figure, dpi: float = 96) -> Pillow.Image:
    """Return a figure as an image on white."""
    buffer = io.BytesIO()
    figure.savefig(
        buffer, format="png", dpi=dpi, facecolor="white", pil_kwargs={"compress_level": 1}
    )
    return Pillow.open(buffer).convert("RGB")


def side_by_side(pictures: Sequence[Picture]) -> bool:
    """Whether `still` puts these side by side: several pictures of one panel each."""
    return len(pictures) > 1 and all(len(picture.panels) == 1 for picture in pictures)


def still(pictures: Sequence[Picture]) -> Pillow.Image:
    """Return pictures as one image, side by side or one below the other."""
    across = side_by_side(pictures)
    width = stills.WIDTH // len(pictures) if across else stills.WIDTH
    images = [pixels(draw(picture, width)) for picture in pictures]
    sheet = Pillow.new(
        "RGB",
        (stills.WIDTH, max(i.height for i in images) if across else sum(i.height for i in images)),
        "white",
    )
    for k, image in enumerate(images):
        sheet.paste(image, (k * width, 0) if across else (0, sum(i.height for i in images[:k])))
    return sheet


def bundle(picture: Picture) -> dict:
    """Return a picture for Jupyter: HTML with the image and its words."""
    still = stills.figure(pixels(draw(picture)), picture.alt, picture.caption)
    return {"text/html": still, "text/plain": repr(picture)}


def show(figure: Figure, alt: str, caption: str = "") -> None:
    """Show a matplotlib figure below the cell, with words for those who do not see it.

    Parameters
    ----------
    figure : Figure
        As of ``plt.subplots()``; it is closed, so that Jupyter does not print it once more.
    alt : str
        What is to be seen, in a sentence.
    caption : str
        Shown below the figure.

    Raises
    ------
    ValueError
        If `alt` is empty.
    """
    from IPython.display import display
    from matplotlib import pyplot

    if not alt.strip():
        raise ValueError("alt is empty; say in a sentence what the figure shows")
    html = stills.figure(stills.widened(pixels(figure, figure.dpi)), alt, caption)
    pyplot.close(figure)
    display({"text/html": html, "text/plain": alt}, raw=True)
