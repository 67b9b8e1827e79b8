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
            Image(image, title="CT", unit="HU", limits=(-160, 240), spacing_mm=0.8),
            Lines(
                x, {"middle row": row}, xlabel="x (mm)", ylabel="CT number (HU)", ylim=(-200, 300)
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
``dose(patient=mine)``. Without a decorator, ``explore(draw, mas=Slider(…))`` makes one widget.

In the browser nothing is rebuilt while a slider moves: at most one request is under
way, the newest values follow it, and one canvas is painted from raw buffers.
"""

import inspect
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import anywidget
import numpy as np
import traitlets

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
from medkit.views.explorer.picture import Bars, Image, Lines, Picture, Table, Words
from medkit.views.explorer.pixels import pack

__all__ = [
    "Bars",
    "Brush",
    "Button",
    "Choice",
    "Explorer",
    "ExplorerFactory",
    "Image",
    "Lines",
    "Picture",
    "Point",
    "Slider",
    "Table",
    "Text",
    "Toggle",
    "Words",
    "explore",
    "explorer",
]


_HERE = Path(__file__).parent


class Explorer(anywidget.AnyWidget):
    """Controls and the picture they draw; made by `explore` or an `explorer` factory.

    Attributes
    ----------
    params : dict
        The values the picture shows, by control name.
    picture : Picture
        What is shown.
    """

    # Two files read as one module: without a build step a widget can import nothing.
    _esm = "".join((_HERE / name).read_text("utf-8") for name in ("picture.js", "widget.js"))
    _css = (_HERE / "style.css").read_text("utf-8")
    spec = traitlets.Dict().tag(sync=True)
    answer = traitlets.Bytes().tag(sync=True)

    def __init__(self, draw: Callable[..., Picture], controls: Mapping[str, Control], **start):
        self._draw = draw
        self._controls, self._poster = dict(controls), ()
        self.params = {name: control.default for name, control in controls.items()}
        self.params = self._checked(start)
        self.picture = _drawn(draw, self.params)
        super().__init__(
            spec={
                "title": getattr(draw, "title", ""),
                "controls": [control.spec(name) for name, control in controls.items()],
            },
            answer=self._reply(),
        )
        self.on_msg(self._on_message)

    def change(self, **params) -> Picture:
        """Set some controls from Python, and return the new picture.

        Raises
        ------
        ValueError, TypeError
            If a value is out of bounds or a name is no control; and whatever `draw` raises.
        """
        params = self._checked(params)
        self.picture = _drawn(self._draw, params)
        self.params = params
        self.answer = self._reply()
        return self.picture

    def _checked(self, changes: Mapping) -> dict:
        params = dict(self.params)
        for name, value in changes.items():
            if name not in self._controls:
                raise TypeError(f"no control {name!r}; there are: {', '.join(self._controls)}")
            try:
                params[name] = self._controls[name].check(value)
            except (TypeError, ValueError) as error:
                raise ValueError(f"{name}: {error}") from error
        return params

    def _reply(self, **envelope) -> bytes:
        """Return the picture, packed, with the values it shows, for every view of this widget."""
        values = {}
        for name, control in self._controls.items():
            value = self.params[name]
            if isinstance(control, Choice):
                value = control.words(value)
            elif isinstance(control, Brush):
                value = memoryview(np.ascontiguousarray(value).view(np.uint8)).cast("B")
            values[name] = value
        return pack(envelope | {"params": values, "picture": self.picture.wire()})

    def _on_message(self, _widget, content, buffers):
        """Answer a view of the browser: {view, seq, params}; masks come as buffers."""
        envelope = {"view": content["view"], "seq": content["seq"]}
        changes = dict(content["params"])
        for name, buffer in zip(content.get("masks", ()), buffers, strict=True):
            changes[name] = memoryview(buffer)
        try:
            params = self._checked(changes)
            picture = _drawn(self._draw, params)
        except Exception as error:  # whatever a learner's function raises is theirs to read
            self.answer = self._reply(**envelope, error=_explain(error))
        else:
            self.params, self.picture = params, picture
            self.answer = self._reply(**envelope)

    def __repr__(self) -> str:
        values = ", ".join(
            f"{k}={v!r}" for k, v in self.params.items() if not isinstance(v, np.ndarray)
        )
        return f"<Explorer {getattr(self._draw, '__name__', 'draw')}: {values}>"

    def _repr_mimebundle_(self, **kwargs):
        """Add a picture for pages without a kernel: a repository's, an exported one."""
        from medkit.views import figures, stills

        shown = [self.picture]
        if self._poster and stills.wanted():
            shown = [_drawn(self._draw, self._checked(state)) for state in self._poster]
        places = ("Left: ", "Right: ") if figures.side_by_side(shown) else ("Above: ", "Below: ")
        lines = [f"{place}{picture.caption}" for place, picture in zip(places, shown, strict=False)]
        lines = lines if len(shown) > 1 else [self.picture.caption]
        bundle = super()._repr_mimebundle_(**kwargs)
        note = "Run this cell to move the sliders."
        return stills.beside(
            self, bundle, lambda: figures.still(shown), shown[-1].alt, *lines, note
        )


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
    """

    def __init__(self, draw: Callable[..., Picture], controls: Mapping[str, Control], title=""):
        _check_signature(draw, controls)
        self.draw = draw
        self.controls = dict(controls)
        self.name = draw.__name__
        self.title = title
        self.__doc__ = draw.__doc__
        self.__name__ = draw.__name__
        self.__module__ = draw.__module__
        self.__wrapped__ = draw

    @property
    def defaults(self) -> dict:
        """The default of every control."""
        return {name: control.default for name, control in self.controls.items()}

    def picture(self, **params) -> Picture:
        """Return the picture at these values, the others at their defaults."""
        return _drawn(self.draw, self.defaults | params)

    def __call__(self, *, poster: Sequence[Mapping] = (), **start) -> Explorer:
        """Return the widget; arguments that are no control are passed to every `draw`.

        `poster` names two states that the stored picture shows together, before and after;
        the widget starts at the second.
        """
        data = {name: start.pop(name) for name in list(start) if name not in self.controls}
        known = inspect.signature(self.draw).parameters
        for name in data:
            if name not in known:
                raise TypeError(f"{self.name} has no {name!r}; it takes {', '.join(known)}")

        def draw(**params):
            return self.draw(**data, **params)

        draw.__name__ = self.name
        draw.title = self.title
        if len(poster) not in (0, 2):
            raise ValueError(f"a poster has two states, before and after, not {len(poster)}")
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
        return ExplorerFactory(draw, controls, title)

    return decorate


def explore(draw: Callable[..., Picture], *, title: str = "", **controls: Control) -> Explorer:
    """Return one widget for a draw function and its controls.

    >>> def twice(n):
    ...     return Picture(Table([[2 * n]]), caption=f"{2 * n}", alt="Twice a number.")
    >>> explore(twice, n=Slider(0, 9)).change(n=4).caption
    '8'
    """
    return ExplorerFactory(draw, controls, title)()


def _check_signature(draw, controls):
    """Raise where the function and its controls do not fit, when it is defined."""
    parameters = inspect.signature(draw).parameters
    anything = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    for name, control in controls.items():
        if not isinstance(control, Control):
            raise TypeError(f"{name}={control!r} is no control; write Slider(…), Choice(…), …")
        if name not in parameters and not anything:
            raise TypeError(f"{draw.__name__} takes no {name!r}, but has a control of that name")
    for name, parameter in parameters.items():
        variable = parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
        if name not in controls and parameter.default is parameter.empty and not variable:
            raise TypeError(f"{draw.__name__} needs {name!r}: add a control, or a default value")


def _drawn(draw, params) -> Picture:
    """Return the picture for these values; masks are copied, so that draw cannot change ours."""
    copies = {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in params.items()}
    picture = draw(**copies)
    if not isinstance(picture, Picture):
        raise TypeError(f"{draw.__name__} returned {type(picture).__name__}, expected a Picture")
    return picture


def _explain(error: Exception) -> str:
    """Return an error as one line, with the line of the innermost frame of its function."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).parent != _HERE]
    place = f" (in {own[0].name}, line {own[0].lineno})" if own else ""
    return f"{type(error).__name__}: {error}{place}"
