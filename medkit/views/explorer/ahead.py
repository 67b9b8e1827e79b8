"""The next step of a slider, drawn while nobody waits: who presses an arrow presses it again."""

import asyncio
import contextlib
import math
from collections.abc import Callable, Mapping

from medkit.views.explorer.controls import Slider

#: How long nothing must have been asked for, in s. Who drags a slider asks sooner.
PAUSE_S = 0.03


class Ahead:
    """Draws one step on, in the direction in which a slider was last moved, and keeps it.

    Parameters
    ----------
    draw : callable
        Takes the values of all controls as one mapping, and returns a picture; it must be pure.
    controls : mapping of str to Control
    """

    def __init__(self, draw: Callable, controls: Mapping):
        self._draw, self._controls = draw, controls
        self._timer, self._params, self._picture = None, None, None

    def take(self, params: Mapping):
        """Return the picture of these values if it was foreseen, else None; stop foreseeing."""
        if self._timer:
            self._timer.cancel()
        return self._picture if params == self._params else None

    def expect(self, before: Mapping, params: Mapping) -> None:
        """Foresee, after a pause, the values that follow these two; needs a running loop."""
        moved = [name for name, value in params.items() if before[name] is not value]
        moved = [name for name in moved if before[name] != params[name]]
        if len(moved) != 1 or not isinstance(control := self._controls[moved[0]], Slider):
            return
        with contextlib.suppress(ValueError, RuntimeError):  # at the slider's end; without a loop
            value = beyond(control, before[moved[0]], params[moved[0]])
            following = {**params, moved[0]: control.check(value)}
            self._timer = asyncio.get_running_loop().call_later(PAUSE_S, self._keep, following)

    def _keep(self, params):
        self._params = None
        with contextlib.suppress(Exception):  # it will be raised where the learner asks for it
            self._picture = self._draw(params)
            self._params = params


def beyond(slider: Slider, before: float, value: float) -> float:
    """Return where a slider is after one more move like the last, rounded as the browser does.

    >>> beyond(Slider(0.0, 1.0, 0.1), 0.1, 0.2)
    0.3
    >>> beyond(Slider(1.0, 100.0, 1.0, log=True), 1.0, 10.0)
    100.0
    """
    if not slider.log:
        return float(f"{2 * value - before:.10g}")
    half_percent = 200 / math.log(slider.maximum / slider.minimum)  # the steps of its thumb
    places = [round(half_percent * math.log(v / slider.minimum)) for v in (before, value)]
    return float(f"{slider.minimum * math.exp((2 * places[1] - places[0]) / half_percent):.3g}")
