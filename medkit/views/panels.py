"""The panels of a picture in matplotlib's Axes: the same as the browser paints them."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import ListedColormap
from matplotlib.patheffects import withStroke
from matplotlib.textpath import TextPath
from matplotlib.ticker import LogLocator, NullFormatter

from medkit.views.explorer.picture import Bars, Image, Lines, Table, Words
from medkit.views.explorer.pixels import colour_table

#: Line colours that are told apart with any colour vision (Okabe & Ito, jfly.uni-koeln.de/color).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
#: Colours of masks, curves and points on a grey image.
ON_IMAGE = ("#E69F00", "#56B4E9", "#F0E442", "#CC79A7", "#009E73", "#D55E00")
_INK, _FAINT = "#333333", "#D8D8D8"
_SMALL = {"fontsize": 8, "color": _INK, "va": "top"}


def draw(ax: Axes, panel) -> None:
    """Draw one panel: Image, Lines, Bars, Table or Words."""
    ways = {Image: _image, Lines: _lines, Bars: _bars, Table: _table, Words: _words}
    ways[type(panel)](ax, panel)


def _image(ax, panel: Image):
    """Show an array, with colour bar, scale bar, outlines and points."""
    rows, columns = panel.pixels.shape[:2]
    left, right, top, bottom = panel.extent or (-0.5, columns - 0.5, -0.5, rows - 0.5)
    dy, dx = panel.spacing_mm or (1.0, 1.0)
    proportion = None if panel.extent and not panel.spacing_mm else dy * rows / (dx * columns)
    table = ListedColormap(np.c_[colour_table(panel.colormap) / 255.0, np.ones(256)])
    blend = "nearest" if panel.smooth is False else "antialiased"
    shown = ax.imshow(panel.pixels, table, extent=(left, right, bottom, top), interpolation=blend)
    shown.set_clim(panel.limits)
    ax.set_aspect("auto")
    ax.set_box_aspect(proportion)
    for number, (label, mask) in enumerate(panel.masks.items()):
        colour = ON_IMAGE[number % len(ON_IMAGE)]
        _draw_mask(ax, mask, (left, right, top, bottom), colour, panel.mask_opacity, label)
    number = len(panel.masks)
    look = {"markersize": 5, "markeredgecolor": "black", "markeredgewidth": 0.5, "linewidth": 1.5}
    for group, style in ((panel.curves, "-"), (panel.points, "o")):
        for label, (x, y) in group.items():
            colour = ON_IMAGE[number % len(ON_IMAGE)]
            ax.plot(x, y, style, color=colour, label=label, **look)
            number += 1
    ax.set(xlim=(left, right), ylim=(bottom, top), xlabel=panel.xlabel, ylabel=panel.ylabel)
    _dress(ax, panel.title, legend=number > 0)
    if not panel.extent:
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
    if panel.spacing_mm and not panel.extent:
        _scale_bar(ax, columns, rows, dx)
    if panel.colorbar and not panel.is_colour:
        # Inside the axes' own frame it is as tall as the image, whatever the figure's shape.
        bar = ax.figure.colorbar(shown, cax=ax.inset_axes((1.02, 0, 0.045, 1)))
        bar.ax.tick_params(labelsize=8, color=_FAINT, labelcolor=_INK)
        unit = "" if panel.unit == "1" else panel.unit
        bar.ax.set_title(unit, fontsize=8, color=_INK, loc="left")
        bar.outline.set_visible(False)


def _lines(ax, panel: Lines):
    """Draw curves and dots over axes with units."""
    colours = {label: COLOURS[i % len(COLOURS)] for i, label in enumerate([*panel.y])}
    for label, (at, low, high) in panel.bands.items():
        colour = colours.get(label) or COLOURS[len(colours) % len(COLOURS)]
        name = None if label in panel.y else label
        ax.fill_between(at, low, high, color=colour, alpha=0.18, linewidth=0, label=name)
        colours.setdefault(label, colour)
    for label, (at, values) in panel.y.items():
        style = "o" if label in panel.dots else "--" if label in panel.dashed else "-"
        ax.plot(at, values, style, color=colours[label], label=label, linewidth=1.8, markersize=4)
    for label, (start, stop) in panel.spans.items():
        ax.axvspan(start, stop, color=_INK, alpha=0.07, linewidth=0)
        _name_at(ax, (start + stop) / 2, label, "center")
    for label, at in panel.marks.items():
        ax.axvline(at, color=_INK, linewidth=1, linestyle=(0, (3, 3)))
        _name_at(ax, at, " " + label, "left")
    _scale(ax.xaxis, panel.xlog, panel.xlim)
    _scale(ax.yaxis, panel.ylog, panel.ylim)
    ax.set(xlim=panel.xlim, ylim=panel.ylim, xlabel=panel.xlabel, ylabel=panel.ylabel)
    ax.grid(color=_FAINT, linewidth=0.6)
    _dress(ax, panel.title, legend=len(colours) > 1)


def _bars(ax, panel: Bars):
    """Draw groups of upright bars."""
    width = 0.8 / len(panel.values)
    places = np.arange(len(panel.names))
    for i, (label, heights) in enumerate(panel.values.items()):
        at = places + (i - (len(panel.values) - 1) / 2) * width
        ax.bar(at, heights, width * 0.92, color=COLOURS[i % len(COLOURS)], label=label)
        if label in panel.errors:
            ax.errorbar(at, heights, panel.errors[label], fmt="none", ecolor=_INK, capsize=3)
    ax.set_xticks(places, panel.names)
    ax.set(ylim=panel.ylim, xlabel=panel.xlabel, ylabel=panel.ylabel)
    ax.set_axisbelow(True)
    ax.grid(axis="y", color=_FAINT, linewidth=0.6)
    _dress(ax, panel.title, legend=len(panel.values) > 1)


def _table(ax, panel: Table):
    """Draw rows of words and numbers."""
    ax.axis("off")
    _dress(ax, panel.title, legend=False)
    lines = ([panel.header] if panel.header else []) + panel.rows
    first = len(lines) - len(panel.rows)
    look = {"transform": ax.transAxes, "fontsize": 9, "color": _INK, "va": "center"}
    for i, line in enumerate(lines):
        y = 1 - (i + 0.5) / max(len(lines), 6)
        weight = "bold" if i < first or i - first == panel.highlight else "normal"
        for j, cell in enumerate(line):
            ax.text(j / len(line), y, cell, fontweight=weight, **look)


def _words(ax, panel: Words):
    """Print a text with its marked words."""
    ax.axis("off")
    _dress(ax, panel.title, legend=False)
    # In points, from the top left; the axes' own size is not known before it is drawn.
    columns = ax.get_subplotspec().get_gridspec().ncols if ax.get_subplotspec() else 1
    width = 72 * ax.figure.get_figwidth() / columns - 60  # an axis below may need room
    colours = dict(zip(panel.legend, COLOURS, strict=False))
    x, y, high = 0.0, 0.0, 34 if any(panel.notes) else 20
    at = {"xy": (0, 1), "xycoords": "axes fraction", "textcoords": "offset points"}
    for word, kind, note in zip(panel.words, panel.kinds, panel.notes, strict=True):
        room = max(_points(word, 10), _points(note, 8)) + 6
        if x and x + room > width:
            x, y = 0.0, y - high
        shown = ax.annotate(word, xytext=(x, y), va="top", fontsize=10, color=_INK, **at)
        if kind:
            shown.set_bbox({"facecolor": colours[kind], "alpha": 0.25, "pad": 1.5, "linewidth": 0})
        ax.annotate(note, xytext=(x, y - 15), **at, **_SMALL)
        x += room
    for k, (kind, colour) in enumerate(colours.items()):
        place = (90 * k, y - high - 8)
        ax.annotate(f"■ {kind}", xytext=place, **at, **_SMALL | {"color": colour})


def _points(words: str, size: float) -> float:
    """Return how wide a line is printed, in points."""
    if not words:
        return 0.0
    return TextPath((0, 0), words.replace("$", "S"), size=size).get_extents().width


def _dress(ax, title, *, legend):
    """Give axes the look of the kit."""
    ax.set_title(title, fontsize=10, fontweight="bold", color=_INK, pad=18 if legend else 6)
    ax.tick_params(labelsize=8, color=_FAINT, labelcolor=_INK)
    ax.xaxis.label.set(fontsize=9, color=_INK)
    ax.yaxis.label.set(fontsize=9, color=_INK)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(_FAINT)
    if legend:
        ax.legend(
            loc="lower center",
            bbox_to_anchor=(0.5, 1.0),
            ncols=4,
            fontsize=8,
            frameon=False,
            handlelength=1.2,
            columnspacing=1.0,
            labelcolor=_INK,
            borderaxespad=0.1,
        )


def _scale(axis, log, limits):
    """Set the scale of an axis; a short logarithmic one says 1, 2, 5, 10 instead of powers."""
    axis.axes.set(**{f"{axis.axis_name}scale": "log" if log else "linear"})
    if log and limits[1] / limits[0] < 2000:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter(lambda value, _: f"{value:g}")
        axis.set_minor_formatter(NullFormatter())


def _draw_mask(ax, mask, extent, colour, opacity, label):
    """Outline a region along the edges of its pixels, and fill it if wanted."""
    left, right, top, bottom = extent
    dx, dy = (right - left) / mask.shape[1], (bottom - top) / mask.shape[0]
    padded = np.pad(mask, 1)
    row, column = np.nonzero(padded[1:-1, 1:] != padded[1:-1, :-1])  # upright edges
    x, y = left + column * dx, top + row * dy
    upright = np.stack([np.c_[x, y], np.c_[x, y + dy]], axis=1)
    row, column = np.nonzero(padded[1:, 1:-1] != padded[:-1, 1:-1])  # level edges
    x, y = left + column * dx, top + row * dy
    level = np.stack([np.c_[x, y], np.c_[x + dx, y]], axis=1)
    ax.add_collection(LineCollection([*upright, *level], colors=colour, linewidths=1.4))
    ax.plot([], [], color=colour, label=label)
    if opacity:
        shade = np.zeros((*mask.shape, 4))
        shade[mask] = (*(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)), opacity)
        ax.imshow(shade, extent=(left, right, bottom, top), aspect="auto", interpolation="nearest")


def _scale_bar(ax, columns, rows, spacing_mm):
    """Draw a bar of a round length, about a quarter of the image wide."""
    wanted = columns * spacing_mm / 4
    power = 10.0 ** np.floor(np.log10(wanted))
    length = max(d * power for d in (1, 2, 5) if d * power <= wanted)
    x, y = 0.04 * columns, 0.95 * rows
    words = f"{length / 10:g} cm" if length >= 10 else f"{length:g} mm"
    words = words if length >= 1 else f"{1000 * length:g} µm"
    [line] = ax.plot([x, x + length / spacing_mm], [y, y], color="white", linewidth=3)
    line.set_solid_capstyle("butt")
    text = ax.text(x, y - 0.02 * rows, words, color="white", fontsize=8, va="bottom")
    for artist, rim in ((line, 5), (text, 2)):  # seen on black, on white and on noise
        artist.set_path_effects([withStroke(linewidth=rim, foreground="black")])


def _name_at(ax, x, label, side):
    ax.text(x, 0.98, label, transform=ax.get_xaxis_transform(), ha=side, **_SMALL)
