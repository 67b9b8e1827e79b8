"""Call a draw function, and make a Picture of what it returned, drew with pyplot or printed."""

import contextlib
import functools
import io
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from threadpoolctl import ThreadpoolController

from medkit.views.explorer.charts import Lines
from medkit.views.explorer.picture import Image, Picture


def drawn(draw: Callable, params: Mapping) -> Picture:
    """Return the picture for these values.

    Masks are copied, so that `draw` cannot change the widget's own. What `draw` prints stands
    below the picture; where it fails, what it printed is printed.

    Raises
    ------
    TypeError
        If `draw` returns nothing that can be shown; and whatever `draw` raises.
    """
    copies = {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in params.items()}
    printed, before = io.StringIO(), _open_figures()
    try:
        with contextlib.redirect_stdout(printed), _linear_algebra().limit(limits=1):
            result = draw(**copies)
        figures = [number for number in _open_figures() if number not in before]
        if result is None and figures:
            result = sys.modules["matplotlib.pyplot"].figure(figures[-1])
        picture = _picture(result, draw, params)
    except BaseException:
        sys.stdout.write(printed.getvalue())
        raise
    finally:
        # Jupyter would show what is still open once more, below the cell.
        for number in _open_figures():
            if number not in before:
                sys.modules["matplotlib.pyplot"].close(number)
    text = printed.getvalue().rstrip()
    if not text:
        return picture
    caption = f"{picture.caption}\n{text}" if isinstance(result, Picture) else text
    return Picture(*picture.panels, caption=caption, alt=picture.alt, columns=picture.columns)


@functools.cache
def _linear_algebra() -> ThreadpoolController:
    """Return what sets the threads of NumPy's and SciPy's linear algebra.

    For the small matrices of a picture several threads are slower than one: each waits for the
    others by spinning, and takes the processor from the browser that is to show it.
    """
    return ThreadpoolController().select(user_api="blas")


def _picture(result, draw, params) -> Picture:
    if isinstance(result, Picture):
        return result
    name = getattr(draw, "__name__", "draw")
    panel = _panel(result)
    if panel is None:
        raise TypeError(
            f"{name} returned {type(result).__name__}, expected a Picture, an image as a NumPy "
            "array or a matplotlib figure"
        )
    values = {k: f"{v:g}" if isinstance(v, float) else repr(v) for k, v in params.items()}
    values = {k: v for k, v in values.items() if not isinstance(params[k], np.ndarray)}
    call = f"{name}({', '.join(f'{k}={v}' for k, v in values.items())})"
    alt = (draw.__doc__ or "").strip().split("\n")[0] or f"What {call} shows."
    return Picture(panel, caption=call, alt=alt)


def _panel(result):
    """Return a panel of an array or a figure, or None of anything else."""
    figure = sys.modules.get("matplotlib.figure")
    if figure and isinstance(result, figure.FigureBase):
        from medkit.views.figures import pixels

        root = result.get_figure(root=True)
        return Image(np.asarray(pixels(root, root.dpi)), colorbar=False, smooth=True)
    if not (hasattr(result, "__array__") or hasattr(result, "__array_interface__")):
        return None
    values = np.asarray(result)
    if values.ndim == 1 and values.size and values.dtype.kind in "biuf":
        return Lines(np.arange(values.size), {"value": values}, xlabel="index", ylabel="value")
    if values.ndim == 3 and values.shape[2] in (3, 4):
        colour = values[..., :3]
        if colour.dtype.kind == "f":  # as in matplotlib, fractions of the brightest
            colour = np.rint(255 * np.clip(np.nan_to_num(colour), 0, 1))
        return Image(colour.astype(np.uint8), colorbar=False)
    return Image(values, unit="1")


def _open_figures() -> list[int]:
    pyplot = sys.modules.get("matplotlib.pyplot")
    return pyplot.get_fignums() if pyplot else []


def explain(error: Exception) -> str:
    """Return an error as one line, with the line of the innermost frame of its function."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).parent != Path(__file__).parent]
    place = f" (in {own[0].name}, line {own[0].lineno})" if own else ""
    return f"{type(error).__name__}: {error}{place}"
