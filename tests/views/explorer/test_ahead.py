"""What follows is drawn while nobody waits, and only where that is safe."""

import asyncio

import pytest

from medkit.views.explorer import Choice, Picture, Slider, Table, explore, explorer
from medkit.views.explorer.ahead import PAUSE_S, beyond
from medkit.views.explorer.pixels import unpack


def counted(calls, **controls):
    def draw(**values):
        calls.append(tuple(values.values()))
        if values["n"] == 6:
            raise ValueError("no six")
        return Picture(Table([[str(values)]]), caption=str(values), alt="Values.")

    return draw


def move(widget, number, params, **settings):
    content = {"view": "v", "seq": number, "params": params}
    widget._handle_custom_msg(content | settings, [])


def run(widget, calls, *steps, pause=3 * PAUSE_S, **settings):
    """Make moves, with a pause after each; return how many draws each had to wait for."""

    async def moves():
        waited = []
        for number, params in enumerate(steps, 1):
            before = len(calls)
            move(widget, number, params, **settings)
            waited.append(len(calls) - before)
            await asyncio.sleep(pause)
        return waited

    return asyncio.run(moves())


def two(calls):
    controls = {"n": Slider(0, 9, 2), "kind": Choice(["a", "b"])}
    return explorer(**controls)(counted(calls))()


def test_a_slider_that_goes_on_finds_its_picture_drawn():
    calls = []
    widget = two(calls)
    assert run(widget, calls, {"n": 3}, {"n": 4}, {"n": 5}) == [1, 0, 0]
    assert widget.picture.caption == "{'n': 5, 'kind': 'a'}"
    assert calls == [(k, "a") for k in (2, 3, 4, 5, 6, 6)]  # the six fails, and nobody is told


def test_two_steps_are_foreseen_and_told_to_the_browser():
    calls, told = [], []
    widget = two(calls)
    widget.send = lambda content, buffers: told.append((content, unpack(buffers[0])))
    assert run(widget, calls, {"n": 3}) == [1]
    assert [content for content, _ in told] == [{"foreseen": True}] * 2
    assert [answer["params"] for _, answer in told] == [{"n": k, "kind": "a"} for k in (4, 5)]
    assert told[1][1]["picture"]["caption"] == "{'n': 5, 'kind': 'a'}"
    assert widget.params == {"n": 3, "kind": "a"}  # nothing has moved


def test_who_presses_a_key_gets_the_next_step_sooner():
    calls = []
    widget = two(calls)
    press = {"pressed": True}
    assert run(widget, calls, {"n": 0}, {"n": 1}, {"n": 2}, pause=PAUSE_S / 2, **press) == [1, 1, 0]
    assert run(widget, calls, {"n": 5}, {"n": 4}, {"n": 3}, pause=PAUSE_S / 2) == [1, 1, 1]


def test_who_turns_back_or_moves_another_control_gets_what_was_asked_for():
    calls = []
    widget = two(calls)
    assert run(widget, calls, {"n": 3}, {"n": 2}, {"n": 1}, {"n": 1, "kind": "b"}) == [1, 1, 0, 1]
    assert widget.picture.caption == "{'n': 1, 'kind': 'b'}"
    assert run(widget, calls, {"n": 6}) == [1]
    assert widget.picture.caption == "{'n': 1, 'kind': 'b'}"  # what failed changed nothing


def test_nothing_is_drawn_ahead_while_a_slider_is_dragged_or_beyond_its_end():
    calls = []
    widget = two(calls)
    assert run(widget, calls, {"n": 3}, {"n": 4}, {"n": 5}, pause=PAUSE_S / 10) == [1, 1, 1]
    calls.clear()
    run(widget, calls, {"n": 8}, {"n": 9})
    assert calls == [(8, "a"), (9, "a")]


def test_a_learners_function_is_called_only_when_asked():
    calls = []
    widget = explore(counted(calls), n=(0, 9), kind=["a", "b"])
    assert run(widget, calls, {"n": 2}, {"n": 3}) == [1, 1]


@pytest.mark.parametrize(
    ("slider", "values"),
    [
        (Slider(0.0, 1.0, 0.3, 0.1), (0.1, 0.2, 0.3)),
        (Slider(0.2, 200.0, 5.0, log=True), (5.0, 5.14, 5.32)),
        (Slider(1, 100_000, 3000, log=True), (2818, 2661, 2512)),
    ],
)
def test_the_next_value_is_the_browsers_to_the_last_digit(slider, values):
    assert beyond(slider, *values[:2]) == values[2]
