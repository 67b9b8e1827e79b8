"""Explorers: sliders bound to a pure draw function.

Write a function that takes the values of some controls and returns a `Picture`;
the decorator `explorer` turns it into a factory of widgets::

    from medkit.views.explorer import Choice, Image, Lines, Picture, Slider, explorer


    @explorer(
        tube_current_mas=Slider(10, 400, 100, unit="mAs", label="Tube current × time"),
        filter_name=Choice(["ramp", "hann"], label="Filter"),
    )
    def dose(*, tube_current_mas, filter_name):
        '''See how noise falls with the dose.'''
        image, row = ...  # any NumPy, best under 50 ms
        return Picture(
            Image(image, "CT", values=("HU", -160, 240), spacing_mm=0.8),
            Lines(
                x,
                {"middle row": row},
                xaxis=("x (mm)", -180, 180),
                yaxis=("CT number (HU)", -200, 300),
            ),
            caption=f"noise {row.std():.1f} HU",
            alt="An axial CT slice and its middle row; noise falls with the tube current.",
        )


    dose()  # the widget; dose(tube_current_mas=20) starts elsewhere
    # What is stored in the notebook shows two states, the second of which the widget starts at:
    dose(poster=[{"tube_current_mas": 20}, {"tube_current_mas": 400}])
    dose.draw(tube_current_mas=20, filter_name="hann")  # the Picture, without a browser
    dose.picture(tube_current_mas=20)  # the same, the rest at its default
    dose.defaults, dose.controls

Panels are `Image`, `Lines`, `Bars`, `Table` and `Words`; controls are `Slider`, `Choice`,
`Text` (typed), `Toggle`, `Button` (a seed), `Point` (dragged on a panel) and `Brush`
(painted on it).
Time is shown by motion: ``Slider(0, 40, 8, unit="ms", play_s=6)`` has a button that plays it.
A slider for a setting of a protocol takes the words from there:
``Slider.of(CTProtocol, "tube_current_mas", 10, 400, 100)``.
`draw` must be pure: no global state, no randomness without a seed, inputs untouched;
the generic tests check that at the minimum, default and maximum of every control.
Further keyword arguments of the function with a default are data of the notebook's own:
``dose(patient=mine)``.

An explorer is a widget like those of ipywidgets. The value of each control is a trait::

    widget = dose()
    widget.tube_current_mas = 20  # draws; a value that cannot be raises, and changes nothing
    widget.observe(print, "tube_current_mas")  # called whoever moves it
    traitlets.link((widget, "tube_current_mas"), (other, "tube_current_mas"))
    ipywidgets.HBox([widget, other])

`explore` makes one of any function, quicker than ``ipywidgets.interact`` and with the same
short forms (`abbreviations`). The function returns an image as a NumPy array, a
matplotlib figure or a `Picture`; what it prints stands below::

    def blurred(sigma=2.0, kind="gauss"):
        return scipy.ndimage.gaussian_filter(image, sigma)


    explore(blurred, sigma=(0.0, 9.0), kind=["gauss", "median"])

In the browser nothing is rebuilt while a slider moves: at most one request is under
way, the newest values follow it, and one canvas is painted from raw buffers.
"""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence

from medkit.views.explorer import abbreviations
from medkit.views.explorer.controls import (
    Brush,
    Button,
    Choice,
    Control,
    Point,
    Slider,
    Text,
    Toggle,
)
from medkit.views.explorer.drawing import drawn
from medkit.views.explorer.picture import Bars, Image, Lines, Picture, Table, Words
from medkit.views.explorer.widget import Explorer


class ExplorerFactory:
    """A draw function with its controls: call it for a widget. Made by `explorer`.

    Attributes
    ----------
    draw : callable
        The pure function: ``draw(**params)`` returns a `Picture`.
    controls : dict of str to Control
    defaults : dict
        The default of every control.
    name, title : str
    pure : bool
        Whether `draw` may be called when nobody asked: see `medkit.views.explorer.ahead`.
    """

    def __init__(self, draw: Callable[..., Picture], controls, title="", *, pure=False):
        for name, control in controls.items():
            if not isinstance(control, Control):
                raise TypeError(f"{name}={control!r} is no control; write Slider(…), Choice(…), …")
        self.draw, self.pure = draw, pure
        self.controls = dict(controls)
        self.name = draw.__name__
        self.title = title
        functools.update_wrapper(self, draw)

    @property
    def defaults(self) -> dict:
        """The default of every control."""
        return {name: control.default for name, control in self.controls.items()}

    def picture(self, **params) -> Picture:
        """Return the picture at these values, the others at their defaults."""
        return drawn(self.draw, self.defaults | params)

    def __call__(self, *, poster: Sequence[Mapping] = (), **start) -> Explorer:
        """Return the widget; arguments that are no control are passed to every `draw`.

        `poster` names two states that the stored picture shows together, before and after;
        the widget starts at the second.
        """
        data = {name: start.pop(name) for name in list(start) if name not in self.controls}

        def draw(**params):
            return self.draw(**data, **params)

        draw.__name__, draw.__doc__ = self.name, self.__doc__
        draw.title, draw.pure = self.title, self.pure
        states = [start | dict(state) for state in poster]
        widget = Explorer(draw, self.controls, **(states[-1] if states else start))
        for state in states:
            widget._checked(state)
        widget._poster = states
        return widget

    def __repr__(self) -> str:
        return f"<explorer {self.name}({', '.join(self.controls)})>"


def explorer(title: str = "", **controls: Control) -> Callable[[Callable], ExplorerFactory]:
    """Make a draw function an explorer: a decorator that takes its controls by name."""

    def decorate(draw: Callable[..., Picture]) -> ExplorerFactory:
        return ExplorerFactory(draw, controls, title, pure=True)

    return decorate


def explore(draw: Callable | None = None, *, title: str = "", **controls):
    """Return one widget for a function and its controls, which may be abbreviated.

    Parameters
    ----------
    draw : callable
        Takes the values of the controls by name; returns an image as a NumPy array (grey, or
        red, green and blue), a matplotlib figure or a `Picture`. A function that only calls
        pyplot will do. Left out, `explore` is a decorator, and the name is the widget.
    title : str
    **controls : Control or a short form of one
        As of `ipywidgets.interact`; see `medkit.views.explorer.abbreviations`. Without any, the
        defaults of the function are taken.

    >>> def twice(n=2):
    ...     return Picture(Table([[2 * n]]), caption=f"{2 * n}", alt="Twice a number.")
    >>> explore(twice, n=(0, 9)).change(n=4).caption
    '8'
    """
    if draw is None:
        return functools.partial(explore, title=title, **controls)
    if not isinstance(title, str):
        raise TypeError(f"title={title!r} is no text: title is the heading, not a control")
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(draw).parameters.items()
        if parameter.default is not parameter.empty
    }
    full = {
        name: abbreviations.control(name, value, defaults.get(name))
        for name, value in (controls or defaults).items()
    }
    return ExplorerFactory(draw, full, title)()
