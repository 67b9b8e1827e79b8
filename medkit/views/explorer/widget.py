"""The widget of an explorer: its controls' values as traits, and the picture they draw."""

from collections.abc import Callable, Mapping
from pathlib import Path

import anywidget
import numpy as np
import traitlets

from medkit.views import stills
from medkit.views.explorer.ahead import Ahead
from medkit.views.explorer.controls import Brush, Choice, Control
from medkit.views.explorer.drawing import drawn, explain
from medkit.views.explorer.picture import Picture
from medkit.views.explorer.pixels import pack

_HERE = Path(__file__).parent


class _Value(traitlets.TraitType):
    """The value of one control: setting it draws first, so that a bad value changes nothing."""

    def __init__(self, control: Control):
        super().__init__(help=f"a control: {control}")

    def set(self, obj, value):
        try:
            new = obj._checked({self.name: value})[self.name]
            if not _same(obj.params[self.name], new):
                obj.change(**{self.name: new})
        except (TypeError, ValueError) as error:
            raise traitlets.TraitError(str(error)) from error


class Explorer(anywidget.AnyWidget):
    """Controls and the picture they draw; made by `explore` or an `explorer` factory.

    The value of each control is a trait by its name: it can be read, set, observed and linked.

    Attributes
    ----------
    params : dict
        The values the picture shows, by control name.
    picture : Picture
        What is shown; where a control has that name, the control's value.
    """

    # Two files read as one module: without a build step a widget can import nothing.
    _esm = "".join((_HERE / name).read_text("utf-8") for name in ("picture.js", "widget.js"))
    _css = (_HERE / "style.css").read_text("utf-8")
    spec = traitlets.Dict().tag(sync=True)
    answer = traitlets.Bytes().tag(sync=True)

    def __init__(self, draw: Callable, controls: Mapping[str, Control], **start):
        check_names(controls)
        self._draw = draw
        self._controls, self._poster = dict(controls), ()
        # A learner's function may count its calls, and strokes of a brush are not foreseen.
        calm = not any(isinstance(control, Brush) for control in controls.values())
        foresees = calm and getattr(draw, "pure", False)
        self._ahead = (
            Ahead(lambda params: drawn(draw, params), controls, self._hint) if foresees else None
        )
        self.params = {name: control.default for name, control in controls.items()}
        self.params = self._checked(start)
        self._shown = drawn(draw, self.params)
        specs = [control.spec(name) for name, control in controls.items()]
        spec = {"title": getattr(draw, "title", ""), "controls": specs}
        super().__init__(spec=spec, answer=self._reply())
        self.add_traits(**{name: _Value(control) for name, control in controls.items()})
        self._trait_values.update(self.params)
        self.on_msg(self._on_message)

    @property
    def picture(self) -> Picture:  # noqa: D102 - an attribute, see above
        return self._shown

    def change(self, **params) -> Picture:
        """Set some controls from Python, and return the new picture.

        Raises
        ------
        ValueError, TypeError
            If a value is out of bounds or a name is no control; and whatever `draw` raises.
        """
        params = self._checked(params)
        self._take(params, drawn(self._draw, params))
        return self._shown

    def _take(self, params, picture, **envelope):
        """Show a picture with its values, and tell who observes or links them."""
        before, self.params, self._shown = self.params, params, picture
        self.answer = self._reply(**envelope)
        self._trait_values.update(params)
        # Whoever observes one value finds the others in place, and may set them in turn.
        for name, value in params.items():
            if not _same(before[name], value):
                self._notify_trait(name, before[name], value)

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
        return self._packed(self.params, self._shown, **envelope)

    def _hint(self, params, picture):
        """Give the browser what it will ask for next, so that it need not wait for the answer."""
        self.send({"foreseen": True}, [self._packed(params, picture)])

    def _packed(self, params, picture, **envelope) -> bytes:
        values = {}
        for name, control in self._controls.items():
            value = params[name]
            if isinstance(control, Choice):
                value = control.words(value)
            elif isinstance(control, Brush):
                value = memoryview(np.ascontiguousarray(value).view(np.uint8)).cast("B")
            values[name] = value
        return pack(envelope | {"params": values, "picture": picture.wire()})

    def _on_message(self, _widget, content, buffers):
        """Answer a view of the browser: {view, seq, params, pressed}; masks come as buffers."""
        envelope = {"view": content["view"], "seq": content["seq"]}
        changes = dict(content["params"])
        for name, buffer in zip(content.get("masks", ()), buffers, strict=True):
            changes[name] = memoryview(buffer)
        try:
            before, params = self.params, self._checked(changes)
            picture = self._ahead and self._ahead.take(params)
            picture = picture or drawn(self._draw, params)
        except Exception as error:  # whatever a learner's function raises is theirs to read
            self.answer = self._reply(**envelope, error=explain(error))
        else:
            self._take(params, picture, **envelope)
            if self._ahead:
                self._ahead.expect(before, params, bool(content.get("pressed")))

    def __repr__(self) -> str:
        plain = {k: v for k, v in self.params.items() if not isinstance(v, np.ndarray)}
        values = ", ".join(f"{name}={value!r}" for name, value in plain.items())
        return f"<Explorer {getattr(self._draw, '__name__', 'draw')}: {values}>"

    def _repr_mimebundle_(self, **kwargs):
        """Add a picture for pages without a kernel: a repository's, an exported one."""
        from medkit.views import figures

        shown = [self._shown]
        if self._poster and stills.wanted():
            shown = [drawn(self._draw, self._checked(state)) for state in self._poster]
        places = ("Left: ", "Right: ") if figures.side_by_side(shown) else ("Above: ", "Below: ")
        lines = [f"{place}{picture.caption}" for place, picture in zip(places, shown, strict=False)]
        lines = lines if len(shown) > 1 else [self._shown.caption]
        bundle = super()._repr_mimebundle_(**kwargs)
        note = "Run this cell to move the sliders."
        return stills.beside(
            self, bundle, lambda: figures.still(shown), shown[-1].alt, *lines, note
        )


def check_names(controls):
    """Raise where a control is called like something that every widget has."""
    for name in controls:
        if name in _TAKEN or name.startswith("_"):
            raise ValueError(
                f"a control cannot be called {name!r}, since every widget has something of that "
                f"name; call it {name.strip('_')}_value or the like"
            )


#: Nobody asks an explorer to take the focus, which a beam has; and one may choose a picture.
_TAKEN = ({*dir(Explorer)} | {"params", "poster", "title"}) - {"focus", "blur", "picture"}


def _same(one, other) -> bool:
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return np.array_equal(one, other)
    return type(one) is type(other) and one == other
