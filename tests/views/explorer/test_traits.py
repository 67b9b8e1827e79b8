"""An explorer among other widgets: its values are traits to read, set, observe and link."""

import ipywidgets
import numpy as np
import pytest
import traitlets

from medkit.views.explorer import (
    Brush,
    Button,
    Choice,
    Picture,
    Point,
    Slider,
    Table,
    Text,
    Toggle,
    explore,
    explorer,
)
from medkit.views.explorer.pixels import unpack


@explorer(
    gain=Slider(1, 9, 2),
    kind=Choice({"plain": None, "double": 2}),
    line=Text("one"),
    on=Toggle(),
    seed=Button("Again"),
    spot=Point(1, 1, xlim=(0, 3), ylim=(0, 3)),
    region=Brush((2, 2)),
)
def all_kinds(*, gain, kind, line, on, seed, spot, region):
    if gain == 9:
        raise ValueError("the tube is too hot")
    words = f"{gain} {kind} {line} {on} {seed} {spot} {region.sum()}"
    return Picture(Table([[words]]), caption=words, alt="words")


VALUES = {
    "gain": (3, 99),
    "kind": (2, "triple"),
    "line": ("two", 5),
    "on": (True, None),
    "seed": (4, -1),
    "spot": ((2.0, 3.0), (9, 9)),
    "region": (np.ones((2, 2), bool), np.ones((3, 3))),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_value_is_read_set_and_observed_by_its_name(name):
    widget, seen = all_kinds(), []
    new, bad = VALUES[name]
    before = widget.picture.caption
    widget.observe(seen.append, name)
    np.testing.assert_array_equal(getattr(widget, name), all_kinds.defaults[name])
    setattr(widget, name, new)
    np.testing.assert_array_equal(getattr(widget, name), new)
    np.testing.assert_array_equal(widget.params[name], new)
    assert widget.picture.caption != before
    assert unpack(widget.answer)["picture"]["caption"] == widget.picture.caption
    (change,) = seen
    assert (change.name, change.owner) == (name, widget)
    np.testing.assert_array_equal(change.old, all_kinds.defaults[name])
    np.testing.assert_array_equal(change.new, new)
    if bad is None:
        return
    state = widget.answer
    with pytest.raises(traitlets.TraitError, match=f"^{name}: "):
        setattr(widget, name, bad)
    np.testing.assert_array_equal(getattr(widget, name), new)
    assert (widget.answer, len(seen)) == (state, 1)


def test_what_the_function_refuses_changes_nothing():
    widget, seen = all_kinds(), []
    widget.observe(seen.append)
    with pytest.raises(traitlets.TraitError, match="the tube is too hot"):
        widget.gain = 9
    assert (widget.gain, widget.params["gain"], seen) == (2, 2, [])


def test_the_same_value_again_draws_nothing():
    drawn = []

    def draw(n):
        drawn.append(n)
        return np.zeros((2, 2))

    widget = explore(draw, n=(0, 9))
    widget.n = widget.n
    assert len(drawn) == 1
    widget.n = 0
    assert len(drawn) == 2


def test_the_browser_moves_the_trait():
    widget, seen = all_kinds(), []
    widget.observe(seen.append, ["gain", "spot"])
    content = {"view": "v", "seq": 1, "params": {"gain": 4, "spot": [2, 2]}}
    widget._handle_custom_msg(content, [])
    assert {change.name: change.new for change in seen} == {"gain": 4, "spot": (2.0, 2.0)}
    assert unpack(widget.answer)["seq"] == 1


def test_who_observes_finds_all_values_in_place_and_may_set_others():
    widget, seen = all_kinds(), []

    def follow(change):
        seen.append((change.new, widget.on, widget.seed))
        widget.seed = change.new

    widget.observe(follow, "gain")
    widget.change(gain=3, on=True)
    assert seen == [(3, True, 0)]
    assert widget.picture.caption == "3 None one True 3 (1.0, 1.0) 0"


def test_linked_explorers_and_sliders_move_together():
    one, two, slider = all_kinds(), all_kinds(gain=5), ipywidgets.IntSlider(min=1, max=8)
    traitlets.link((one, "gain"), (two, "gain"))
    assert two.gain == 2
    two.gain = 7
    assert one.gain == 7
    ipywidgets.dlink((slider, "value"), (one, "gain"))
    slider.value = 4
    assert (one.gain, two.gain) == (4, 4)
    assert unpack(two.answer)["picture"]["caption"].startswith("4 ")


def test_held_notifications_come_once():
    widget, seen = all_kinds(), []
    widget.observe(seen.append, "gain")
    with widget.hold_trait_notifications():
        widget.gain = 3
        widget.gain = 4
        assert seen == []
    assert [change.new for change in seen] == [4]


def test_two_explorers_have_traits_of_their_own():
    widget, other = all_kinds(), explore(lambda n: np.zeros((2, 2)), n=(0, 9))
    assert not other.has_trait("gain")
    assert widget.has_trait("gain")
    widget.gain = 3
    assert all_kinds().gain == 2


def test_controls_are_not_synchronised_twice():
    assert not set(VALUES) & set(all_kinds().get_state())


def test_an_explorer_stands_in_boxes_and_tabs():
    widget = all_kinds()
    for box in (ipywidgets.HBox, ipywidgets.VBox, ipywidgets.Tab):
        assert box([widget]).children == (widget,)
    widget.layout.width = "50%"


@pytest.mark.parametrize(
    "name", ["layout", "comm", "keys", "log", "title", "change", "answer", "poster", "_draw"]
)
def test_names_that_every_widget_has_are_refused_where_they_are_given(name):
    def draw(**values):
        return np.zeros((2, 2))

    with pytest.raises((ValueError, TypeError), match=r"cannot be called|title is the heading"):
        explore(draw, **{name: Slider(0, 1)})


def test_a_beam_may_have_a_focus():
    widget = explore(lambda focus: np.full((2, 2), focus), focus=(0, 9))
    widget.focus = 3
    assert widget.params == {"focus": 3}
    widget = explore(lambda picture: np.full((2, 2), picture), picture=(0, 9))
    widget.picture = 3
    assert widget.picture == 3
    assert unpack(widget.answer)["params"] == {"picture": 3}
