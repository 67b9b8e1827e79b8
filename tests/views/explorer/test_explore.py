"""`explore` of a learner's own function: short forms of controls, and whatever it returns."""

import ipywidgets
import matplotlib
import numpy as np
import pytest
from ipywidgets.widgets.interaction import interactive

from medkit.views.explorer import Choice, Image, Lines, Picture, Slider, Text, Toggle, explore
from medkit.views.explorer.abbreviations import control


def show(**values):
    return np.full((2, 2), 7.0)


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ((10, 400), Slider(10, 400, 205)),
        ((10, 401, 2), Slider(10, 401, 205, 2)),
        ((0.0, 1.0), Slider(0.0, 1.0, 0.5)),
        ((0, 1.0, 0.25), Slider(0, 1.0, 0.5, 0.25)),
        (5, Slider(-5, 15, 5)),
        (-5, Slider(-15, 5, -5)),
        (0, Slider(0, 1, 0)),
        (2.5, Slider(-2.5, 7.5, 2.5)),
        (["ramp", "hann"], Choice(["ramp", "hann"])),
        (range(3), Choice([0, 1, 2])),
        ({"none": None, "two": 2}, Choice({"none": None, "two": 2})),
        ([("one", 1), ("two", 2)], Choice({"one": 1, "two": 2})),
        (True, Toggle(True)),
        ("word", Text("word")),
        (Slider(0, 3), Slider(0, 3)),
    ],
)
def test_short_forms_of_controls(short, full):
    assert control("x", short) == full
    assert explore(show, x=short).x == full.default


@pytest.mark.parametrize("short", [(10, 400), (0.0, 1.0), 5, -5, 0, 2.5, ["a", "b"], True, "word"])
def test_short_forms_mean_what_they_mean_to_interact(short):
    (theirs,) = interactive(lambda x: None, x=short).children[:-1]
    ours = control("x", short)
    assert ours.default == theirs.value
    if isinstance(ours, Slider):
        assert (ours.minimum, ours.maximum) == (theirs.min, theirs.max)
        assert isinstance(theirs, ipywidgets.IntSlider) == ours.whole


def test_a_default_of_the_function_is_where_the_control_starts():
    def draw(mas=100, kind="b", on=True, *, patient=None):
        return np.zeros((2, 2))

    widget = explore(draw, mas=(10, 400), kind=["a", "b"])
    assert (widget.mas, widget.kind) == (100, "b")
    assert widget.params == {"mas": 100, "kind": "b"}

    def plain(mas=100, on=True):
        return np.zeros((2, 2))

    assert explore(plain).params == {"mas": 100, "on": True}


@pytest.mark.parametrize(
    ("short", "error", "says"),
    [
        (None, TypeError, r"x=None is no control; write \(least, most\)"),
        (3j, TypeError, "no control"),
        ((9, 1), ValueError, "minimum must lie below"),
        ([], ValueError, "at least one option"),
    ],
)
def test_what_is_no_control_is_said(short, error, says):
    with pytest.raises(error, match=says):
        explore(show, x=short)


def test_explore_is_a_decorator_too():
    @explore(mas=(10, 400), title="My scanner")
    def scan(mas):
        """Show one grey."""
        return np.full((4, 4), float(mas))

    assert scan.mas == 205
    scan.mas = 10
    assert scan.picture.panels[0].pixels.max() == 10
    assert scan.spec["title"] == "My scanner"
    assert scan.picture.alt == "Show one grey."
    assert scan.picture.caption == "scan(mas=10)"


def panel(result):
    (only,) = explore(lambda n: result, n=3).picture.panels
    return only


def test_arrays_are_shown_as_images_and_curves():
    grey = np.random.default_rng(0).normal(size=(5, 7)).astype(np.float32)
    np.testing.assert_array_equal(panel(grey).pixels, grey)
    assert isinstance(panel(grey > 0), Image)
    colour = np.random.default_rng(0).random((5, 7, 3))
    np.testing.assert_allclose(panel(colour).pixels / 255, colour, atol=0.502 / 255)
    np.testing.assert_array_equal(panel(panel(colour).pixels).pixels, panel(colour).pixels)
    assert panel(np.dstack([colour, colour[..., 0]])).pixels.shape == (5, 7, 3)
    curve = panel(np.array([3, 1, 2]))
    assert isinstance(curve, Lines)
    np.testing.assert_array_equal(curve.y["value"][1], [3, 1, 2])


@pytest.mark.parametrize("result", [3, "text", [[1, 2]], None])
def test_what_cannot_be_shown_is_said(result):
    with pytest.raises(TypeError, match=f"returned {type(result).__name__}, expected"):
        panel(result)
    with pytest.raises(ValueError, match="real"):
        panel(np.zeros((2, 2), complex))


def line(pyplot, n):
    fig, ax = pyplot.subplots(figsize=(4, 2), dpi=50)
    ax.plot([0, n], linewidth=9, color="red")
    return fig, ax


@pytest.mark.parametrize("what", ["figure", "axes' figure", "nothing"])
def test_a_figure_is_drawn_and_closed(what):
    from matplotlib import pyplot

    kept = pyplot.figure()

    def draw(n):
        fig, ax = line(pyplot, n)
        return {"figure": fig, "axes' figure": ax.figure}.get(what)

    widget = explore(draw, n=(1, 5))
    (image,) = widget.picture.panels
    assert image.pixels.shape == (100, 200, 3)
    assert (image.pixels == [255, 0, 0]).all(-1).sum() > 100
    widget.n = 4
    assert pyplot.get_fignums() == [kept.number]  # Jupyter shows no figure a second time
    pyplot.close(kept)


def test_a_figure_that_fails_half_way_is_closed_too(capsys):
    from matplotlib import pyplot

    def draw(n):
        line(pyplot, n)
        print("so far")
        raise RuntimeError("too far")

    with pytest.raises(RuntimeError):
        explore(draw, n=3)
    assert pyplot.get_fignums() == []
    assert capsys.readouterr().out == "so far\n"


def test_a_learners_style_is_kept():
    from matplotlib import pyplot

    def draw(n):
        return line(pyplot, n)[0]

    with matplotlib.rc_context({"axes.facecolor": "#00ff00"}):
        (image,) = explore(draw, n=3).picture.panels
    assert (image.pixels == [0, 255, 0]).all(-1).mean() > 0.3


def test_what_is_printed_stands_below(capsys):
    def picture(n):
        print("printed", n)
        return Picture(Image(np.zeros((2, 2))), caption="caption", alt="a")

    def array(n):
        print("noise", n)
        return np.zeros((2, 2))

    assert explore(picture, n=3).picture.caption == "caption\nprinted 3"
    assert explore(array, n=3).picture.caption == "noise 3"
    assert capsys.readouterr().out == ""
