"""Controls: defaults, bounds, and what the browser is told of them."""

import json
from dataclasses import dataclass

import numpy as np
import pytest

from medkit.physics.knob import knob
from medkit.views.explorer.controls import Brush, Button, Choice, Point, Slider, Text, Toggle

CONTROLS = {
    "whole": Slider(10, 400, 100, unit="mAs"),
    "real": Slider(0.0, 1.0),
    "log": Slider(1, 1e6, 100.0, log=True),
    "playing": Slider(0.0, 8.0, unit="ms", play_s=6.0),
    "words": Choice(["ramp", "hann"]),
    "values": Choice({"none": None, "two": 2}),
    "line": Text("no bleed", suggestions=["a bleed"]),
    "on": Toggle(True),
    "seed": Button("New noise"),
    "place": Point(3, 4, xlim=(0, 9), ylim=(0, 9)),
    "region": Brush((4, 5)),
}


@pytest.mark.parametrize("name", CONTROLS)
def test_default_and_examples_pass_their_own_check(name):
    control = CONTROLS[name]
    for value in [control.default, *control.examples()]:
        np.testing.assert_array_equal(control.check(value), value)


@pytest.mark.parametrize("name", CONTROLS)
def test_spec_is_json_with_name_kind_and_label(name):
    spec = json.loads(json.dumps(CONTROLS[name].spec(name)))
    assert spec["name"] == name
    assert spec["kind"] == type(CONTROLS[name]).__name__.lower()
    assert spec["label"]


def test_slider_gives_ints_only_where_everything_is_an_int():
    assert isinstance(Slider(1, 9).check(3.0), int)
    assert isinstance(Slider(1, 9.0).check(3), float)
    assert isinstance(Slider(1, 9, 2, 0.5).check(3), float)


@pytest.mark.parametrize("step", [0, -1, 11])
def test_a_slider_without_room_for_a_step_is_refused(step):
    with pytest.raises(ValueError, match="room for one step"):
        Slider(0, 10, 5, step)
    assert Slider(0, 10, 5, 10).step == 10


@dataclass(frozen=True)
class Lamp:
    power_w: float = knob(60.0, "Power", "W", 5.0, 100.0, log=True)
    lamps: int = knob(3, "Lamps", "", 1, 8)


def test_a_slider_of_a_setting_has_its_label_unit_and_range():
    assert Slider.of(Lamp, "power_w") == Slider(5.0, 100.0, 60.0, unit="W", label="Power", log=True)
    assert Slider.of(Lamp, "lamps", maximum=20, step=2) == Slider(1, 20, 3, 2, label="Lamps")


def test_a_slider_says_how_long_it_plays():
    assert Slider(0, 9).spec("t")["play_s"] == 0
    assert Slider(0, 9, play_s=6).spec("t")["play_s"] == 6
    assert Slider.of(Lamp, "power_w", play_s=4.0).play_s == 4


def test_slider_chooses_a_round_step():
    assert Slider(0.0, 1.0).step == pytest.approx(0.01)
    assert Slider(0.0, 350.0).step == pytest.approx(2)
    assert Slider(0, 350).step == 1


@pytest.mark.parametrize(
    ("control", "value"),
    [
        (Slider(0, 9), 10),
        (Slider(0, 9), 9.001),
        (Slider(0, 9), -0.001),
        (Slider(0, 9), float("nan")),
        (Slider(0, 9), "many"),
        (Choice(["a"]), "b"),
        (Button("b"), -1),
        (Text(longest=5), "sixsix"),
        (Text(), 3),
        (Point(0, 0, xlim=(0, 1), ylim=(0, 1)), (2, 0)),
        (Brush((2, 2)), np.ones((3, 3))),
        (Brush((2, 2)), memoryview(b"123")),
    ],
)
def test_values_out_of_bounds_are_refused(control, value):
    with pytest.raises(ValueError):  # noqa: PT011 - the words differ from control to control
        control.check(value)


def test_a_slider_forgives_the_browser_a_hair():
    assert Slider(0.0, 0.3, 0.1).check(0.1 + 0.2) == 0.3


def test_impossible_controls_are_refused():
    for make in (
        lambda: Slider(9, 1),
        lambda: Slider(0, 1, log=True),
        lambda: Slider(0, 1, 2),
        lambda: Choice([]),
        lambda: Choice(["a"], "b"),
        lambda: Point(5, 0, xlim=(0, 1), ylim=(0, 1)),
    ):
        with pytest.raises(ValueError):  # noqa: PT011
            make()


def test_choice_takes_words_and_gives_values():
    choice = Choice({"none": None, "two": 2}, 2, label="n")
    assert choice.check("none") is None
    assert choice.spec("n")["default"] == "two"
    assert choice.spec("n")["options"] == ["none", "two"]


def test_text_has_single_spaces_and_offers_its_suggestions():
    line = Text("a  b", suggestions=["c"], label="Sentence")
    assert line.check(line.default) == "a b"
    assert line.spec("x")["suggestions"] == ("c",)
    assert {"", "a b", "c"} < set(line.examples())
    with pytest.raises(ValueError, match="room for 2"):
        Text("abc", longest=2)


def test_brush_reads_the_browsers_bytes_row_by_row():
    mask = Brush((2, 3)).check(memoryview(bytes([0, 1, 0, 0, 0, 1])))
    np.testing.assert_array_equal(mask, [[False, True, False], [False, False, True]])
