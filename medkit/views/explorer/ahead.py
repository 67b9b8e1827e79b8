"""The next steps of a slider, drawn while nobody waits: who presses an arrow presses it again."""

import asyncio
import contextlib
import math
from collections.abc import Callable, Mapping

from medkit.views.explorer.controls import Slider

#: How long nothing must have been asked for, in s. Who drags a slider asks sooner.
PAUSE_S = 0.03
#: After one press of a key, which no other follows at once: only the answer must be on its way.
SENT_S = 0.01
#: How many steps are foreseen: with two, one is there while the next is drawn.
STEPS = 2


class Ahead:
    """Draws some steps on, in the direction in which a slider was last moved, and keeps them.

    Parameters
    ----------
    draw : callable
        Takes the values of all controls as one mapping, and returns a picture; it must be pure.
    controls : mapping of str to Control
    tell : callable
        Takes the values and the picture of each step that was foreseen.
    """

    def __init__(self, draw: Callable, controls: Mapping, tell: Callable):
        self._draw, self._controls, self._tell = draw, controls, tell
        self._timer, self._known, self._hit = None, [], False

    def take(self, params: Mapping):
        """Return the picture of these values if it was foreseen, else None; stop foreseeing."""
        if self._timer:
            self._timer.cancel()
        picture = next((picture for known, picture in self._known if known == params), None)
        self._hit = picture is not None
        return picture

    def expect(self, before: Mapping, params: Mapping, pressed: bool = False) -> None:
        """Foresee, after a pause, the values that follow these two; needs a running loop."""
        moved = [name for name, value in params.items() if before[name] is not value]
        moved = [name for name in moved if before[name] != params[name]]
        if len(moved) != 1 or not isinstance(control := self._controls[moved[0]], Slider):
            return
        values, steps = [before[moved[0]], params[moved[0]]], []
        with contextlib.suppress(ValueError):  # at the slider's end
            for _ in range(STEPS):
                values.append(control.check(beyond(control, *values[-2:])))
                steps.append({**params, moved[0]: values[-1]})
        self._known = [pair for pair in self._known if pair[0] in steps]
        steps = [step for step in steps if all(step != known for known, _ in self._known)]
        # Who was shown what had been foreseen does not wait for an answer.
        self._later(steps, (0 if self._hit else SENT_S) if pressed else PAUSE_S)

    def _later(self, steps, pause):
        with contextlib.suppress(RuntimeError):  # without a loop
            if steps:
                self._timer = asyncio.get_running_loop().call_later(pause, self._keep, *steps)

    def _keep(self, params, *others):
        with contextlib.suppress(Exception):  # it will be raised where the learner asks for it
            picture = self._draw(params)
            self._known.append((params, picture))
            self._tell(params, picture)
            self._later(others, SENT_S)


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
    following = slider.minimum * math.exp((2 * places[1] - places[0]) / half_percent)
    return round(following) if slider.whole else float(f"{following:.3g}")
