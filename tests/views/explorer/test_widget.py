"""Explorers without a browser: messages in, pictures out, errors told."""

import numpy as np
import pytest

from medkit.views.explorer import (
    Brush,
    Choice,
    Image,
    Picture,
    Point,
    Slider,
    Table,
    explore,
    explorer,
)
from medkit.views.explorer.pixels import unpack


@explorer(
    "Gain and offset",
    gain=Slider(1, 9, 2, unit="dB"),
    kind=Choice({"plain": None, "double": 2}),
    spot=Point(1, 1, xlim=(0, 3), ylim=(0, 3)),
    erased=Brush((4, 4)),
)
def ramp(*, gain, kind, spot, erased, base=0.0):
    """Show a ramp."""
    if gain == 9:
        raise ZeroDivisionError("too much")
    pixels = base + gain * (kind or 1) * np.where(erased, 0.0, np.arange(16.0).reshape(4, 4))
    return Picture(
        Image(pixels, title="ramp", unit="HU", limits=(0, 100)),
        caption=f"gain {gain} dB at ({spot[0]:g}, {spot[1]:g})",
        alt="a ramp <b>",
    )


def ask(widget, seq=1, masks=(), **params):
    """Send what the browser sends, and read the answer."""
    content = {"view": "v", "seq": seq, "params": params, "masks": [name for name, _ in masks]}
    widget._handle_custom_msg(content, [memoryview(mask) for _, mask in masks])
    return unpack(widget.answer)


def test_factory_carries_the_pure_function():
    assert ramp.name == "ramp"
    assert ramp.__doc__ == "Show a ramp."
    assert ramp.defaults["gain"] == 2
    assert ramp.picture(gain=3).caption == "gain 3 dB at (1, 1)"
    assert ramp.draw(**ramp.defaults).fingerprint() == ramp.picture().fingerprint()
    assert list(ramp.controls) == ["gain", "kind", "spot", "erased"]


def test_widget_starts_where_it_is_told():
    widget = ramp(gain=5, kind="double")
    assert widget.params["gain"] == 5
    assert widget.params["kind"] == 2
    assert unpack(widget.answer)["params"]["kind"] == "double"
    assert widget.spec["title"] == "Gain and offset"


def test_data_of_the_callers_own_reach_the_draw_function():
    assert ramp(base=50.0).picture.panels[0].pixels.min() == 50
    with pytest.raises(TypeError, match="'colour'"):
        ramp(colour=1)


def test_answer_carries_the_number_of_its_question():
    widget = ramp()
    answer = ask(widget, seq=7, gain=4, kind="double", spot=[2, 3])
    assert (answer["view"], answer["seq"]) == ("v", 7)
    assert answer["picture"]["caption"] == "gain 4 dB at (2, 3)"
    assert answer["params"]["gain"] == 4
    assert widget.params["kind"] == 2
    assert "error" not in answer


def test_painted_mask_reaches_the_draw_function():
    widget = ramp()
    ask(widget, masks=[("erased", bytes([1] * 8 + [0] * 8))])
    assert widget.params["erased"].sum() == 8
    assert (widget.picture.panels[0].pixels[:2] == 0).all()


def test_error_is_told_and_the_last_picture_stays():
    widget = ramp()
    before = widget.picture
    answer = ask(widget, gain=9)
    assert answer["error"].startswith("ZeroDivisionError: too much (in ramp, line ")
    assert answer["picture"]["caption"] == before.caption
    assert widget.params["gain"] == 2
    assert ask(widget, seq=2, gain=3)["picture"]["caption"] == "gain 3 dB at (1, 1)"


@pytest.mark.parametrize(
    "params", [{"gain": 1000}, {"gain": "x"}, {"nothing": 1}, {"spot": [9, 9]}]
)
def test_nonsense_from_a_page_is_an_error_not_a_crash(params):
    widget = ramp()
    answer = ask(widget, **params)
    assert next(iter(params)) in answer["error"]
    assert widget.params["gain"] == 2


def test_change_from_python_returns_the_picture_or_raises():
    widget = ramp()
    assert widget.change(gain=3).caption == "gain 3 dB at (1, 1)"
    assert unpack(widget.answer)["params"]["gain"] == 3
    with pytest.raises(ValueError, match="gain: 99 is outside 1 to 9 dB"):
        widget.change(gain=99)
    with pytest.raises(TypeError, match="there are: gain"):
        widget.change(speed=1)
    with pytest.raises(ZeroDivisionError):
        widget.change(gain=9)
    assert widget.params["gain"] == 3


def test_draw_cannot_change_the_mask_of_the_widget():
    def spoil(*, mask):
        mask[:] = True
        return Picture(Table([[1]]), caption="c", alt="a")

    widget = explore(spoil, mask=Brush((2, 2)))
    widget.change()
    assert not widget.params["mask"].any()


def test_shown_without_a_kernel_by_picture_and_words(monkeypatch):
    monkeypatch.setenv("MEDKIT_STILLS", "1")
    widget, twin = ramp(), ramp()
    bundle = widget._repr_mimebundle_()
    assert 'alt="a ramp &lt;b&gt;"' in bundle["text/html"]
    assert 'src="data:image/webp;base64,' in bundle["text/html"]
    assert "gain 2 dB at (1, 1)<br>Run this cell" in bundle["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "image/png" not in bundle  # the picture is stored once
    for kind in ("text/plain", "text/html"):
        assert bundle[kind] == twin._repr_mimebundle_()[kind], kind
    assert bundle["text/plain"] == "<Explorer ramp: gain=2, kind=None, spot=(1.0, 1.0)>"


def test_a_learners_own_notebook_keeps_the_words_and_draws_no_still_picture(monkeypatch):
    monkeypatch.delenv("MEDKIT_STILLS", raising=False)
    monkeypatch.setattr("medkit.views.figures.draw", lambda *_: 1 / 0)
    shown = ramp()._repr_mimebundle_()["text/html"]
    assert shown == "a ramp &lt;b&gt;<br>gain 2 dB at (1, 1)<br>Run this cell to move the sliders."


def test_a_poster_shows_two_states_and_the_widget_starts_at_the_second(monkeypatch):
    monkeypatch.setenv("MEDKIT_STILLS", "1")
    widget = ramp(poster=[{"gain": 3}, {"gain": 5}], kind="double")
    assert (widget.params["gain"], widget.params["kind"]) == (5, 2)
    words = "<figcaption>Left: gain 3 dB at (1, 1)<br>Right: gain 5 dB at (1, 1)<br>Run"
    assert words in widget._repr_mimebundle_()["text/html"]
    with pytest.raises(ValueError, match="99 is outside"):
        ramp(poster=[{"gain": 99}, {}])


def test_controls_and_function_must_fit():
    def draw(*, mas):
        return None

    with pytest.raises(TypeError, match="no control"):
        explorer(mas=3)(draw)
    for controls, words in (
        ({}, "missing.*'mas'"),
        ({"mas": Slider(0, 1), "kv": Slider(0, 1)}, "unexpected.*'kv'"),
        ({"mas": Slider(0, 1)}, "expected a Picture"),
    ):
        with pytest.raises(TypeError, match=words):
            explorer(**controls)(draw)()
