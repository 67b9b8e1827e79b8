"""Explorers in a real browser: exact pixels, the last value wins, and the time to a new picture."""

import base64
import io

import nbformat
import numpy as np
import pytest
from nbconvert import HTMLExporter
from nbformat import v4
from PIL import Image as Pillow

from medkit.authoring.notebook import store
from medkit.views.explorer import (
    Brush,
    Button,
    Choice,
    Image,
    Lines,
    Picture,
    Point,
    Slider,
    Text,
    Toggle,
    Words,
    explore,
)
from medkit.views.explorer.pixels import colour_table

ROW, COLUMN = np.mgrid[:128, :128]

# A widget as a notebook has it: 256 × 256 with noise and its profile, quick to compute.
NOTEBOOK = """\
import numpy as np
from medkit.views.explorer import Choice, Image, Lines, Picture, Slider, explore
NOISE = np.random.default_rng(0).normal(size=(256, 256)).astype(np.float32)
ROW, COLUMN = np.mgrid[:256, :256]
DISC = np.where((ROW - 128) ** 2 + (COLUMN - 128) ** 2 < 110**2, 40, -1000).astype(np.float32)
def dose(tube_current_mas, filter_name):
    image = DISC + NOISE * (200 / np.sqrt(tube_current_mas)).astype(np.float32)
    if tube_current_mas == 400:
        raise ValueError("the tube is too hot; choose less than 400 mAs")
    return Picture(
        Image(image, title="Water disc", unit="HU", limits=(-160, 240), spacing_mm=0.8),
        Lines(np.arange(256), {"middle row": image[128]}, title="Profile", xlabel="column",
              ylabel="CT number (HU)", xlim=(0, 255), ylim=(-200, 300)),
        caption=f"{tube_current_mas} mAs: noise {image[100:150, 100:150].std():.1f} HU",
        alt="A water disc and its middle row; the noise falls with the tube current.")
widget = explore(dose, tube_current_mas=Slider(10, 400, 100, unit="mAs"),
                 filter_name=Choice(["ramp", "hann"]))
widget
"""

FIGURE = """\
import matplotlib.pyplot as plt
from medkit.views.figures import show
plt.style.use("medkit.style")
fig, ax = plt.subplots()
ax.plot([0, 1])
show(fig, alt="A straight line.")
"""


def canvas_values(view):
    """Return the first canvas's own pixels, uint8 (row, column, 4), before the page scales it."""
    url = view.locator("canvas").first.evaluate("canvas => canvas.toDataURL('image/png')")
    with Pillow.open(io.BytesIO(base64.b64decode(url.split(",")[1]))) as picture:
        return np.asarray(picture.convert("RGBA"))


def wait_until(view, text, selector=".mk-caption"):
    view.locator(selector).get_by_text(text, exact=False).wait_for()


def echo(*, value):
    """Show one brightness."""
    picture = Image(np.full((8, 8), float(value)), unit="HU", limits=(0, 255), colorbar=False)
    return Picture(picture, caption=f"value {value}", alt="one grey")


@pytest.mark.parametrize("colormap", ["gray", "viridis", "cividis", "magma", "hot", "phase"])
def test_colours_on_the_screen_are_those_of_the_map(bare_page, colormap):
    steps = np.arange(256.0).reshape(16, 16)
    steps += 0.9 * (steps % 2)  # a shade reaches from its own value up to the next

    def draw(*, shift):
        image = Image(
            steps + shift,
            unit="1",
            limits=(0, 256),
            colormap=colormap,
            colorbar=False,
            smooth=False,
        )
        return Picture(image, caption="c", alt="a")

    view = bare_page.mount(explore(draw, shift=Slider(0, 9)))
    values = canvas_values(view)
    # The image is 440 px wide and high, below the title's strip, in the middle.
    shown = np.argwhere(values[..., 3] == 255)
    (top, left), (bottom, right) = shown.min(0), shown.max(0) + 1
    y = (top + (np.arange(16) + 0.5) * (bottom - top) / 16).astype(int)
    x = (left + (np.arange(16) + 0.5) * (right - left) / 16).astype(int)
    seen = values[y][:, x, :3].reshape(256, 3)
    np.testing.assert_array_equal(seen, colour_table(colormap))


def test_values_outside_the_limits_saturate_and_missing_ones_are_transparent(bare_page):
    pixels = np.array([[-1e4, 0.0], [1e4, np.nan]])

    def draw(*, n):
        image = Image(pixels, unit="HU", limits=(-100, 100), colorbar=False, smooth=False)
        return Picture(image, caption="c", alt="a")

    values = canvas_values(bare_page.mount(explore(draw, n=Slider(0, 9))))
    drawn = values[8:440]
    middle = drawn.shape[1] // 2
    assert drawn[100, middle - 100].tolist() == [0, 0, 0, 255]
    assert drawn[100, middle + 100].tolist() == [128, 128, 128, 255]
    assert drawn[330, middle - 100].tolist() == [255, 255, 255, 255]
    assert drawn[330, middle + 100, 3] == 0


def test_units_are_seen_on_the_bar_of_colours_and_on_the_scale(bare_page):
    note = """() => {
      const fill = CanvasRenderingContext2D.prototype.fillText;
      window.medkitWritten = [];
      CanvasRenderingContext2D.prototype.fillText = function (words, x, y) {
        window.medkitWritten.push([words, x, y]);
        return fill.call(this, words, x, y);
      };
    }"""
    bare_page.page.evaluate(note)

    def draw(*, n):
        image = Image(np.zeros((8, 8)), unit="HU", limits=(0, 9), spacing_mm=0.01)
        return Picture(image, caption="c", alt="a")

    bare_page.mount(explore(draw, n=Slider(0, 9)))
    written = {words: (x, y) for words, x, y in bare_page.page.evaluate("window.medkitWritten")}
    assert {"HU", "20 µm"} <= set(written)
    assert written["HU"][1] >= 12  # not cut off where there is no title above it


def test_one_request_at_a_time_and_the_last_value_wins(bare_page):
    """The kernel is slow: the mock model keeps the questions until we answer."""
    widget = explore(echo, value=Slider(0, 255, 100))
    widget.get_state()
    state = {k: v for k, v in widget.get_state().items() if k in ("spec", "answer")}
    view = bare_page.mount(javascript=widget._esm, css=widget._css, state=state)
    slider = view.locator("input[type=range]")
    slider.focus()
    for _ in range(6):
        bare_page.page.keyboard.press("ArrowRight")
    view.eventually(slider.input_value, "106")
    view.frames()
    assert [content["params"]["value"] for _, content in view.sent] == [101]

    def answer():
        content = view.sent[-1][1]
        widget._handle_custom_msg(content, [])
        bare_page.page.evaluate(
            "text => window.medkitReceive([{state: {}, binary: {answer: text}}])",
            base64.b64encode(widget.answer).decode(),
        )
        view.frames()

    answer()
    assert [content["params"]["value"] for _, content in view.sent] == [101, 106]
    answer()
    view.eventually(view.locator(".mk-caption").inner_text, "value 106")
    assert len(view.sent) == 2
    assert slider.input_value() == "106"
    view.eventually(lambda: np.median(canvas_values(view)[100:300, 300:400, 0]), 106)


def foreseen(view, widget, value):
    """Tell the browser what the kernel expects to be asked for."""
    picture = echo(value=value)
    view.receive({"foreseen": True}, [widget._packed({"value": value}, picture)])


def test_what_was_foreseen_is_painted_before_the_answer(bare_page):
    widget = explore(echo, value=Slider(0, 255, 100))
    state = {k: v for k, v in widget.get_state().items() if k in ("spec", "answer")}
    view = bare_page.mount(javascript=widget._esm, css=widget._css, state=state)  # no kernel
    for value in (102, 101, 99):
        foreseen(view, widget, value)
    assert view.locator(".mk-caption").inner_text() == "value 100"
    view.locator("input[type=range]").focus()
    bare_page.page.keyboard.press("ArrowRight")
    wait_until(view, "value 101")
    assert np.median(canvas_values(view)[100:300, 300:400, 0]) == 101
    view.frames()
    ((_, asked),) = view.sent  # the kernel is asked all the same: who observes or links must know
    assert (asked["params"], asked["pressed"]) == ({"value": 101}, True)


def test_a_hint_that_comes_after_the_question_answers_it(bare_page):
    """On a slow line it was sent before the key was pressed, and lies before the answer."""
    widget = explore(echo, value=Slider(0, 255, 100))
    state = {k: v for k, v in widget.get_state().items() if k in ("spec", "answer")}
    view = bare_page.mount(javascript=widget._esm, css=widget._css, state=state)  # no kernel
    foreseen(view, widget, 100)  # nobody waits for this
    view.locator("input[type=range]").focus()
    bare_page.page.keyboard.press("ArrowRight")
    foreseen(view, widget, 102)  # nor for this
    view.frames()
    assert view.locator(".mk-caption").inner_text() == "value 100"
    foreseen(view, widget, 101)
    wait_until(view, "value 101")


def test_another_views_answer_between_does_not_stay(bare_page):
    """Painted early, painted over by an older answer, and painted again by its own."""
    widget = explore(echo, value=Slider(0, 255, 100))
    state = {k: v for k, v in widget.get_state().items() if k in ("spec", "answer")}
    view = bare_page.mount(javascript=widget._esm, css=widget._css, state=state)
    foreseen(view, widget, 101)
    view.locator("input[type=range]").focus()
    bare_page.page.keyboard.press("ArrowRight")
    view.frames()

    def answer(content):
        widget._handle_custom_msg(content, [])
        bare_page.page.evaluate(
            "text => window.medkitReceive([{state: {}, binary: {answer: text}}])",
            base64.b64encode(widget.answer).decode(),
        )

    answer({"view": "another", "seq": 1, "params": {"value": 7}})
    wait_until(view, "value 7")
    answer(view.sent[0][1])
    wait_until(view, "value 101")


def test_nothing_is_rebuilt_while_a_slider_moves(bare_page):
    view = bare_page.mount(explore(echo, value=Slider(0, 255, 100)))
    count = """root => {
      window.medkitBuilt = [];
      new MutationObserver(list => { for (const m of list)
        for (const n of m.addedNodes) if (n.nodeType === 1) window.medkitBuilt.push(n.outerHTML);
      }).observe(root, {subtree: true, childList: true});
    }"""
    view.locator(".mk-explorer").evaluate(count)
    size = view.locator(".mk-explorer").bounding_box()
    view.locator("input[type=range]").focus()
    for _ in range(5):
        bare_page.page.keyboard.press("ArrowRight")
    wait_until(view, "value 105")
    view.frames()
    assert bare_page.page.evaluate("window.medkitBuilt") == []
    assert view.locator(".mk-explorer").bounding_box() == size


def playing(bare_page, minimum=0, maximum=9, **settings):
    """Return a view of a slider that plays, its button, and the list of values drawn."""
    drawn = []

    def draw(*, value):
        drawn.append(value)
        return echo(value=value)

    widget = explore(draw, value=Slider(minimum, maximum, 3, play_s=1.0, label="Time", **settings))
    view = bare_page.mount(widget)
    return view, view.locator(".mk-play"), drawn


def test_a_slider_plays_round_and_round_until_it_is_stopped(bare_page):
    view, button, drawn = playing(bare_page)
    assert button.get_attribute("aria-label") == "Play: Time"
    view.frames(20)
    assert drawn == [3]  # nothing moves by itself
    button.focus()
    bare_page.page.keyboard.press("Space")
    view.eventually(lambda: len(drawn) > 12)
    assert drawn[1] == 4
    steps = np.diff(drawn) % 10
    assert (steps > 0).all()
    assert steps.sum() < 1.5 * len(steps)  # a quick kernel shows (nearly) all of them
    assert {0, 9} <= set(drawn)
    assert button.get_attribute("aria-label") == "Pause: Time"
    caption = view.locator(".mk-caption")
    assert caption.get_attribute("aria-live") == "off"
    bare_page.page.keyboard.press("Space")
    view.frames()
    count = len(drawn)
    view.frames(30)
    assert len(drawn) == count
    assert button.get_attribute("aria-label") == "Play: Time"
    bare_page.page.keyboard.press("Tab")
    bare_page.page.keyboard.press("Space")  # on the slider itself, too
    view.eventually(lambda: len(drawn) > count + 3)


@pytest.mark.parametrize("way", ["drag", "key", "number", "reset", "error"])
def test_what_the_learner_moves_stops_playing(bare_page, way):
    view, button, drawn = playing(bare_page)
    button.click()
    view.eventually(lambda: len(drawn) > 3)
    if way == "drag":
        view.locator("input[type=range]").click(position={"x": 2, "y": 12})
    elif way == "key":
        view.locator("input[type=range]").press("ArrowRight")
    elif way == "number":
        view.locator("input[type=number]").fill("2")
        bare_page.page.keyboard.press("Enter")
    elif way == "reset":
        view.locator(".mk-reset").click()
    else:
        bare_page.widget._draw = lambda value: 1 / 0
    view.eventually(lambda: button.get_attribute("aria-label"), "Play: Time")
    view.frames()
    count = len(drawn)
    view.frames(30)
    assert len(drawn) == count


def test_a_slow_kernel_makes_the_steps_of_playing_larger(bare_page):
    """The mock model keeps the questions until we answer: never more than one is under way."""
    widget = explore(echo, value=Slider(0, 255, 100, play_s=1.0))
    state = {k: v for k, v in widget.get_state().items() if k in ("spec", "answer")}
    view = bare_page.mount(javascript=widget._esm, css=widget._css, state=state)
    view.locator(".mk-play").click()
    view.eventually(lambda: len(view.sent), 1)
    bare_page.page.wait_for_timeout(200)
    assert len(view.sent) == 1
    shown = int(view.locator("input[type=range]").input_value())
    assert shown == view.sent[0][1]["params"]["value"]  # the thumb waits for its picture
    widget._handle_custom_msg(view.sent[-1][1], [])
    bare_page.page.evaluate(
        "text => window.medkitReceive([{state: {}, binary: {answer: text}}])",
        base64.b64encode(widget.answer).decode(),
    )
    view.eventually(lambda: len(view.sent), 2)
    first, second = (content["params"]["value"] for _, content in view.sent)
    assert first - 100 < 30
    assert 40 <= (second - first) % 256 < 200
    bare_page.page.wait_for_timeout(100)
    assert len(view.sent) == 2


def test_a_logarithmic_slider_plays_forward(bare_page):
    view, button, drawn = playing(bare_page, maximum=1000, log=True, minimum=1)
    button.click()
    view.eventually(lambda: len(drawn) > 25)
    assert (np.diff(drawn) < 0).sum() <= 1 + len(drawn) // 20


def everything(*, level, rate, kind, method, on, seed, spot, erased):
    if level == 10:
        raise ValueError("level is too high; choose less than 10")
    noise = np.random.default_rng(seed).normal(size=(128, 128))
    image = level * np.exp(-((COLUMN - spot[0]) ** 2 + (ROW - spot[1]) ** 2) / 400) + noise * on
    spectrum = np.fft.fftshift(np.fft.fft2(image))
    spectrum[erased] = 0
    back = np.abs(np.fft.ifft2(np.fft.ifftshift(spectrum)))
    words = f"{level:g} cm, {rate} kHz, {kind}, {method}, seed {seed}, {erased.sum()} erased"
    return Picture(
        Image(
            np.log10(np.abs(spectrum) + 1),
            title="k-space",
            unit="1",
            colormap="magma",
            limits=(0, 5),
        ),
        Image(
            back,
            title="Image",
            unit="a.u.",
            limits=(0, 10),
            spacing_mm=1.5,
            masks={"bright": back > 4},
        ),
        caption=f"({spot[0]:.0f}, {spot[1]:.0f}), {words}, noise {'on' if on else 'off'}",
        alt="A spot and its k-space.",
    )


@pytest.fixture
def full(bare_page):
    bare_page.page.set_viewport_size({"width": 820, "height": 760})
    widget = explore(
        everything,
        title="Erase parts of k-space",
        level=Slider(1.0, 10.0, 5.0, unit="cm", label="Depth", play_s=6),
        rate=Slider(1, 1000, 10, unit="kHz", label="Sampling rate", log=True),
        kind=Choice(["ramp", "hann"], label="Filter"),
        method=Choice(["filtered back-projection", "MLEM", "total variation"], label="Method"),
        on=Toggle(label="Noise"),
        seed=Button("New noise"),
        spot=Point(64, 64, xlim=(0, 127), ylim=(0, 127), label="Spot", panel=1),
        erased=Brush((128, 128), label="Erase", radius=6),
    )
    return widget, bare_page.mount(widget), bare_page.page


def test_every_control_has_a_name_and_works_from_the_keyboard(full):
    widget, view, page = full
    root = page.locator(".mk-explorer")

    def press(role, name, key, expect):
        root.get_by_role(role, name=name, exact=True).focus()
        page.keyboard.press(key)
        wait_until(view, expect)

    press("slider", "Depth", "ArrowRight", "5.05 cm")
    press("slider", "Sampling rate", "ArrowRight", "11 kHz")
    press("slider", "Sampling rate", "End", "1000 kHz")
    press("radio", "ramp", "ArrowRight", "hann")
    press("combobox", "Method", "ArrowDown", "MLEM")
    press("checkbox", "Noise", "Space", "noise on")
    press("button", "New noise", "Enter", "seed 1")
    root.get_by_role("spinbutton", name="Spot, x, px").fill("30")
    page.keyboard.press("Enter")
    wait_until(view, "(30, 64)")
    root.get_by_role("spinbutton", name="Depth, cm").fill("7.5")
    page.keyboard.press("Enter")
    wait_until(view, "7.5 cm")
    press("application", "Erase: arrow keys move the brush, space paints", "Space", "112 erased")
    press("button", "Clear", "Enter", " 0 erased")
    depth = root.get_by_role("slider", name="Depth")
    view.eventually(lambda: depth.get_attribute("aria-valuetext"), "7.5 cm")
    view.eventually(root.get_by_role("img", name="A spot and its k-space.").count, 1)
    view.eventually(lambda: widget.params["rate"], 1000)
    press("button", "Reset", "Enter", "(64, 64), 5 cm, 10 kHz, ramp, filtered")


DARK = """:root { --jp-content-font-color1: #eee; --jp-layout-color1: #111;
  --jp-content-font-color2: #aaa; --jp-layout-color2: #222; --jp-border-color1: #555; }
  body { background: #111; }"""


@pytest.mark.parametrize("theme", ["/**/", DARK], ids=["light", "dark"])
def test_axe_finds_no_serious_fault(full, axe, theme):
    _, view, page = full
    page.add_style_tag(content=theme)
    assert axe(page, ".mk-explorer") == []
    view.locator("input[type=range]").first.focus()
    page.keyboard.press("End")
    page.get_by_role("alert").get_by_text("level is too high").wait_for()
    assert axe(page, ".mk-explorer") == []


def test_a_sentence_is_typed_chosen_and_reset(bare_page):
    drawn = []

    def say(*, line, seed):
        drawn.append(line)
        return Picture(
            Image(np.zeros((4, 4)), unit="1"), caption=f"<{line}>", alt="A black square."
        )

    widget = explore(
        say,
        line=Text("no bleed", suggestions=["a bleed", "?bleed"], label="Sentence"),
        seed=Button("Again"),
    )
    view = bare_page.mount(widget)
    root = bare_page.page.locator(".mk-explorer")
    field = root.get_by_role("textbox", name="Sentence", exact=True)
    field.fill("")
    field.press_sequentially("a small", delay=15)
    wait_until(view, "<a small>")
    # The kernel was not asked for every letter, and what is typed stays as it is typed.
    assert len(drawn) < 6
    field.press_sequentially(" one ", delay=15)
    wait_until(view, "<a small one>")
    view.eventually(field.input_value, "a small one ")
    root.get_by_role("combobox", name="Sentence: choose one").select_option("?bleed")
    wait_until(view, "<?bleed>")
    root.get_by_role("button", name="Reset").click()
    wait_until(view, "<no bleed>")
    view.eventually(lambda: widget.params["line"], "no bleed")


def test_marked_words_flow_into_lines(bare_page, screenshot):
    def show(*, n):
        sentence = "There is no bleed but a large infarct"
        words = sentence.split() * n
        marks = {"no": "negation", "bleed": "finding", "infarct": "finding"}
        notes = {"bleed": "absent", "infarct": "present"}
        return Picture(
            Words(
                words,
                [marks.get(w, "") for w in words],
                legend=("finding", "negation"),
                notes=[notes.get(w, "") for w in words],
                title="What the rules see",
            ),
            caption=f"{n} times",
            alt="A sentence with marked words.",
        )

    view = bare_page.mount(explore(show, n=Slider(1, 9)))
    canvas = view.locator("canvas").first
    short = canvas.bounding_box()["height"]
    for colour in ((0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)):  # the underlines, and the legend
        view.eventually(lambda c=colour: (canvas_values(view)[..., :3] == c).all(-1).sum() > 50)
    view.locator("input[type=range]").focus()
    bare_page.page.keyboard.press("End")
    wait_until(view, "9 times")
    view.eventually(lambda: canvas.bounding_box()["height"] > 2 * short)
    screenshot("explorer_words", bare_page.page.locator("body"))


def test_point_is_dragged_and_mask_painted(full, screenshot):
    widget, view, page = full
    box = view.locator("canvas").nth(1).bounding_box()

    def drag(start, end):
        page.mouse.move(box["x"] + start[0], box["y"] + start[1])
        page.mouse.down()
        page.mouse.move(box["x"] + end[0], box["y"] + end[1], steps=5)
        page.mouse.up()

    def placed():
        """Return the place in Python, once it is that of the fields on the page."""
        fields = page.get_by_role("spinbutton", name="Spot, ").all()
        shown = pytest.approx([float(field.input_value()) for field in fields], rel=1e-3)
        return np.array(view.eventually(lambda: widget.params["spot"], shown))

    drag((590, 205), (520, 160))
    first = placed()
    drag((560, 160), (560, 220))
    second = placed()
    assert (first < 64).all()
    step = 60 / (second - first)[1]  # screen pixels an image pixel; the image is square
    assert (second - first)[0] == pytest.approx(40 / step, rel=0.05)
    drag((60, 100), (200, 100))
    view.eventually(lambda: widget.params["erased"].any(axis=0).sum() > 50)
    rows, _ = np.nonzero(widget.params["erased"])
    assert 11 <= np.ptp(rows) <= 12  # the brush is 6 pixels in radius
    screenshot("explorer_everything", page.locator("body"))


def test_error_is_shown_in_words_and_the_next_value_works(full):
    widget, view, page = full
    before = view.locator(".mk-controls").bounding_box()
    view.locator("input[type=range]").first.focus()
    page.keyboard.press("End")
    alert = page.get_by_role("alert")
    alert.get_by_text("ValueError: level is too high; choose less than 10").wait_for()
    view.eventually(view.locator(".mk-controls").bounding_box, before)
    assert widget.params["level"] == 5
    page.keyboard.press("Home")
    wait_until(view, "1 cm")
    view.eventually(alert.is_hidden)


def test_value_under_the_pointer(bare_page):
    def draw(*, n):
        image = Image(ROW * 2.0 + n, title="rows", unit="HU", limits=(0, 255))
        line = Lines([0, 1], {"a": [5, 5]}, title="l", xlabel="x (s)", ylabel="y (V)", ylim=(0, 9))
        return Picture(image, line, caption="c", alt="a")

    view = bare_page.mount(explore(draw, n=Slider(0, 9)))
    box = view.locator("canvas").nth(1).bounding_box()
    bare_page.page.mouse.move(box["x"] + 200, box["y"] + 200)
    tip = view.locator(".mk-tip")
    words = view.eventually(tip.inner_text, lambda words: "row " in words)
    row = int(words.split("row ")[1].split(",")[0])
    assert words.endswith(f"{2 * row} HU")
    bare_page.page.mouse.move(box["x"] + 700, box["y"] + 150)
    view.eventually(tip.inner_text, lambda words: words.endswith("a: 5"))


def test_two_views_of_one_widget_move_together(bare_page):
    view = bare_page.mount(explore(echo, value=Slider(0, 255, 100)))
    view.render_again()
    page = bare_page.page
    page.locator("input[type=range]").first.focus()
    page.keyboard.press("ArrowRight")
    page.locator(".mk-caption").nth(1).get_by_text("value 101").wait_for()
    view.eventually(page.locator("input[type=range]").nth(1).input_value, "101")


def test_python_moves_the_controls(bare_page):
    widget = explore(echo, value=Slider(0, 255, 100))
    view = bare_page.mount(widget)
    widget.change(value=7)
    view.sync()
    wait_until(view, "value 7")
    view.eventually(view.locator("input[type=range]").input_value, "7")


def test_dark_theme_and_narrow_page_stay_readable(bare_page, screenshot, pixels):
    page = bare_page.page
    page.set_viewport_size({"width": 420, "height": 900})
    page.add_style_tag(content=DARK)
    rows = np.arange(128)

    def draw(*, n):
        return Picture(
            Image(ROW + COLUMN, title="Image", unit="HU", limits=(0, 254)),
            Lines(rows, {"a": rows, "b": rows * 2}, title="Curve", xlabel="x", ylabel="y"),
            caption="c",
            alt="a",
        )

    view = bare_page.mount(explore(draw, n=Slider(0, 9, label="Number")))
    view.eventually(lambda: page.evaluate("document.documentElement.scrollWidth") <= 420)
    view.eventually(lambda: pixels(view.locator("canvas").first).max() > 200)
    screenshot("explorer_dark_narrow", page.locator("body"))


def test_real_jupyterlab(lab, patience, latencies, pixels, screenshot):
    with lab.write([NOTEBOOK, "import time; time.sleep(1.5)", "widget.params"]) as notebook:
        notebook.run(0)
        output = notebook.output(0)
        canvas = output.locator("canvas").first
        canvas.wait_for()
        before = pixels(canvas)
        slider = output.get_by_role("slider", name="Tube current mas")
        slider.focus()
        times = latencies(output.locator(".mk-explorer"), ["ArrowLeft"] * 20)
        print(
            f"\nkey press to changed pixels: median {np.median(times):.0f} ms, "
            f"p95 {np.percentile(times, 95):.0f} ms"
        )
        assert np.median(times) <= 50 * patience
        lab.eventually(lambda: (pixels(canvas) != before).any())
        screenshot("explorer_jupyterlab", output)
        # A busy kernel: what was moved meanwhile arrives, and the last of it is shown.
        notebook.run(1, wait=False)
        slider.focus()
        for _ in range(10):
            lab.page.keyboard.press("ArrowLeft")
        output.get_by_text("70 mAs: noise").wait_for()
        # The last value of a quick drag, too.
        for _ in range(25):
            lab.page.keyboard.press("ArrowRight")
        output.get_by_text("95 mAs: noise").wait_for()
        lab.page.keyboard.press("End")
        output.get_by_role("alert").get_by_text("too hot").wait_for()
        lab.page.keyboard.press("Home")
        output.get_by_text("10 mAs: noise").wait_for()
        notebook.run(2)
        notebook.shows(2, "'tube_current_mas': 10")


def test_lost_kernel_is_told_and_the_picture_stays(lab):
    with lab.write([NOTEBOOK]) as notebook:
        notebook.run(0)
        output = notebook.output(0)
        output.locator("canvas").first.wait_for()
        before = canvas_values(output)
        # The promise ends when the new kernel is there; it knows nothing of the widget.
        lab.page.evaluate("window.medkitPanel.sessionContext.session.kernel.restart()")
        output.locator("input[type=range]").first.focus()
        lab.page.keyboard.press("ArrowLeft")
        output.get_by_role("alert").get_by_text("run this cell again").wait_for()
        np.testing.assert_array_equal(canvas_values(output), before)
        stored = notebook.save()["cells"][0]["outputs"][-1]["data"]
        assert "Run this cell to move the sliders" in "".join(stored["text/html"])
        lab.errors.clear()


def test_a_stored_notebook_shows_its_pictures_before_it_is_run(lab):
    """Neither JupyterLab, which trusts no notebook of others, nor an export needs a kernel."""
    cells = [v4.new_code_cell(source, id=f"cell{k}") for k, source in enumerate([NOTEBOOK, FIGURE])]
    path = lab.folder / "stored.ipynb"
    nbformat.write(v4.new_notebook(cells=cells), path)
    store(path)
    page, _ = HTMLExporter().from_filename(path)
    (lab.folder / "stored.html").write_text(page)
    with lab.open(path.name) as notebook:
        for place, alt in ((0, "A water disc and its middle row"), (1, "A straight line")):
            image = notebook.output(place).locator("img")
            image.wait_for()
            assert image.evaluate("e => [e.complete, e.naturalWidth]") == [True, 760]
            assert image.get_attribute("alt").startswith(alt)
    assert page.count("data:image/webp") == 2


TOGETHER = """\
import ipywidgets, numpy as np, traitlets
import matplotlib.pyplot as plt
from medkit.views.explorer import explore
plt.style.use("medkit.style")
def grey(n): return np.full((32, 32), n) + np.arange(32)
def line(n):
    fig, ax = plt.subplots()
    ax.plot([0, n])
    print("up to", n)
    return fig
one, two, three = explore(grey, n=(0, 99)), explore(grey, n=(0, 99)), explore(line, n=(0, 99))
traitlets.link((one, "n"), (two, "n"))
ipywidgets.dlink((two, "n"), (three, "n"))
ipywidgets.VBox([ipywidgets.HBox([one, two]), three])
"""


def test_linked_explorers_in_boxes(lab, change, screenshot):
    with lab.write([TOGETHER, "three.n = 7", "one.n, two.n, three.n"]) as notebook:
        notebook.run(0)
        explorers = notebook.output(0).locator(".mk-explorer")
        explorers.nth(2).wait_for()
        one, two, three = (explorers.nth(k) for k in range(3))
        three.get_by_text("up to 49", exact=True).wait_for()
        boxes = [explorer.bounding_box() for explorer in (one, two, three)]
        assert boxes[0]["width"] == boxes[1]["width"] > 300
        assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"] + 1
        assert boxes[2]["y"] > boxes[0]["y"] + boxes[0]["height"] - 1
        assert notebook.output(0).locator("img").count() == 0  # no figure twice
        screenshot("explorers_in_boxes", notebook.output(0))
        with change(two), change(three):
            one.locator("input[type=range]").press("End")
        two.get_by_text("grey(n=99)").wait_for()
        three.get_by_text("up to 99").wait_for()
        assert three.locator("input[type=range]").input_value() == "99"
        notebook.run(1)
        three.get_by_text("up to 7", exact=True).wait_for()
        notebook.run(2)
        notebook.shows(2, "(99, 99, 7)")
    assert lab.errors == []


SINES = """\
from medkit.chapters import explorers

explorers.ct.sinogram()"""
ASKED = """\
from medkit.course import quiz

quiz("11_ct")"""
SLIDER = """\
from ipywidgets import IntSlider

IntSlider(3)"""
#: As a learner does who comes back to a page that runs on.
RELOAD = """async () => {
  const panel = window.medkitPanel;
  await panel.context.save();
  panel.context.model.dirty = false;
  panel.close();
}"""


def test_widgets_without_a_kernel_say_what_to_do(lab):
    with lab.write([SINES, ASKED, SLIDER], "yesterday.ipynb") as notebook:
        notebook.run_all()
        notebook.output(0).locator("canvas").first.wait_for()
        notebook.save()
    with lab.open("yesterday.ipynb") as notebook:
        notebook.shows(0, "Run this cell to move the sliders")
        notebook.shows(1, "run this cell to answer")
        notebook.shows(2, "Run this cell to move what was here")
        assert not lab.page.get_by_text("model not found").count()
        assert notebook.run(0)
        notebook.output(0).locator("canvas").first.wait_for()


def test_widgets_with_a_kernel_come_back(lab):
    with lab.write([SINES], "running.ipynb") as notebook:
        notebook.run_all()
        notebook.output(0).locator("canvas").first.wait_for()
        lab.page.evaluate(RELOAD)
        with lab.open("running.ipynb") as again:
            again.output(0).locator("canvas").first.wait_for()
