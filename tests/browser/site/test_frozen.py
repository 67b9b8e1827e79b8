"""Pages without a kernel, opened from a disk: all controls move, and show what a kernel would."""

import base64
import json
from pathlib import Path

import nbformat
import pytest

from medkit.site import frozen
from medkit.site.frozen import cells, packing
from medkit.views.explorer.widget import Explorer

ROOT = Path(__file__).parents[3]
NOTEBOOKS = ("11_ct", "23_language")
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{0}</title>
<link rel="stylesheet" href="frozen/frozen.css"><script src="frozen/frozen.js" defer></script>
<style>:root {{ color-scheme: light dark }} body {{ max-width: 900px; margin: 8px auto;
font-family: system-ui; background: Canvas; color: CanvasText }}</style></head>
<body><main><h1>{0}</h1>{1}</main></body></html>"""

# What the controls say, one reading each; how many answers are still to come; the picture.
READ = """node => [...node.querySelectorAll('.mk-control')].map(control => {
  const [first, second] = control.querySelectorAll('input[type=number]');
  if (second) return [first.valueAsNumber, second.valueAsNumber];
  if (first) return first.valueAsNumber;
  const chosen = control.querySelector('select, input[type=radio]:checked');
  if (chosen) return chosen.value;
  return control.querySelector('input[type=checkbox]')?.checked ?? null;
})"""
COUNT = """node => {
  const model = node.medkitModel, send = model.send;
  model.under_way = model.answered = 0;
  model.send = async content => {
    model.under_way++;
    await send(content);
    model.under_way--;
    model.answered++;
  };
}"""
SETTLED = """node => new Promise(done => {
  const look = () => node.medkitModel.under_way ? setTimeout(look, 5) : requestAnimationFrame(done);
  setTimeout(look, 5);
}).then(() => null)"""
LOOK = """node => node.querySelector('canvas').toDataURL() +
  node.querySelector('.mk-caption').textContent"""
SHOW = """(node, text) => node.medkitModel.set('answer',
  new DataView(Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer))"""


class Frozen:
    """An explorer on the page, and the same in Python, which says what it should show."""

    def __init__(self, page, cell, widget, folder, name):
        self.page, self.widget = page, widget
        self.node = page.locator(f"#c-{cell.id} .mk-frozen")
        self.node.scroll_into_view_if_needed()
        self.node.locator(".mk-explorer").wait_for()
        self.node.evaluate(COUNT)
        self.axes = packing.read(folder / f"frozen/{name}/{cell.id}.js")[0]["axes"]
        self.controls = [self.node.locator(".mk-control").nth(k) for k in range(len(self.axes))]
        self.seen = {self.look()}

    def look(self):
        return self.node.evaluate(LOOK)

    def said(self):
        """Return the values that the controls show, by name."""
        values = {}
        for axis, value in zip(self.axes, self.node.evaluate(READ), strict=True):
            if axis["presses"]:
                # A button says nothing: the page's own word, against which the picture is held.
                value = self.node.evaluate("(n, k) => n.medkitModel.get('params')[k]", axis["name"])
            elif isinstance(value, float | int | list) and not isinstance(value, bool):
                far = [abs(complex(*pair(v)) - complex(*pair(value))) for v in axis["values"]]
                value = axis["values"][far.index(min(far))]
            values[axis["name"]] = value
        return values

    def settled(self):
        """Wait until the page has answered, and hold the picture against the kernel's."""
        self.node.evaluate(SETTLED)
        values, before = self.said(), self.look()
        self.widget.change(**values)
        self.node.evaluate(SHOW, base64.b64encode(self.widget._reply()).decode())
        assert self.look() == before, f"another picture than the kernel's at {values}"
        assert self.said() == values
        self.seen.add(before)
        return values

    def changes(self, k, act):
        """Do something to a control; return what the control said before and after."""
        name = self.axes[k]["name"]
        before = self.said()[name]
        act()
        return before, self.settled()[name]

    def reset(self):
        self.node.locator(".mk-reset").click()
        values = self.settled()
        assert values == {axis["name"]: axis["values"][axis["start"]] for axis in self.axes}


def pair(value):
    return value if isinstance(value, list | tuple) else (value, 0)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Two notebooks as plain pages in one folder, and what their cells show."""
    folder, things = tmp_path_factory.mktemp("site"), {}
    frozen.assets(folder)
    for name in NOTEBOOKS:
        notebook = nbformat.read(ROOT / f"notebooks/{name}.ipynb", 4)
        parts = frozen.outputs(notebook, name, folder)
        body = "".join(f'<section id="c-{k}">{v}</section>' for k, v in parts.items())
        (folder / f"{name}.html").write_text(PAGE.format(name, body), "utf-8")
        things[name] = list(cells.shown(notebook))
    return folder, things


@pytest.fixture
def opened(browser, site):
    """Open a page from the disk; a test fails on errors, and on requests to anywhere else."""
    context = browser.new_context(viewport={"width": 1000, "height": 900})
    asked, errors = [], []
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if m.type in ("error", "warning") else None)

    def go(name):
        page.goto((site[0] / f"{name}.html").as_uri())
        return page

    go.errors = errors
    yield go
    context.close()
    assert errors == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def move(explorer, k):
    """Move one control in every way that it has; it must take several values."""
    control, axis, page = explorer.controls[k], explorer.axes[k], explorer.page
    several = []
    if (range_ := control.locator("input[type=range]")).count():
        range_.focus()
        for key in ("ArrowRight", "ArrowRight", "Home", "ArrowRight", "End", "ArrowLeft"):
            several.append(explorer.changes(k, lambda key=key: page.keyboard.press(key)))
        assert all(one != other for one, other in several[2:]), f"{axis['name']} stuck: {several}"
        box = range_.bounding_box()
        for share in (0.3, 0.75):
            place = {"x": share * box["width"], "y": box["height"] / 2}
            several.append(explorer.changes(k, lambda place=place: range_.click(position=place)))
        field = control.locator("input[type=number]")
        field.focus()
        for key in ("ArrowDown", "ArrowUp"):
            one, other = explorer.changes(k, lambda key=key: page.keyboard.press(key))
            assert one != other or one in (axis["values"][0], axis["values"][-1])
    elif control.locator("input[type=number]").count() == 2:
        for field in control.locator("input[type=number]").all():
            field.focus()
            for key in ("ArrowUp", "ArrowDown", "ArrowDown", "ArrowUp"):
                several.append(explorer.changes(k, lambda key=key: page.keyboard.press(key)))
            assert sum(one != other for one, other in several[-4:]) >= 3
        canvas = explorer.node.locator("canvas").nth(1)
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        for x, y in ((0.12, 0.4), (0.18, 0.6)):
            at = box["x"] + x * box["width"], box["y"] + y * box["height"]

            def drag(at=at):
                page.mouse.move(*at)
                page.mouse.down()
                page.mouse.move(at[0] + 12, at[1] - 9, steps=3)
                page.mouse.up()

            several.append(explorer.changes(k, drag))
        page.mouse.move(0, 0)
    elif (select := control.locator("select")).count():
        for option in axis["values"][::-1]:
            several.append(explorer.changes(k, lambda option=option: select.select_option(option)))
            assert several[-1][1] == option
    elif (radios := control.locator("input[type=radio]")).count():
        for radio in radios.all()[::-1]:
            several.append(explorer.changes(k, lambda radio=radio: radio.check(force=True)))
    elif (box := control.locator("input[type=checkbox]")).count():
        several += [explorer.changes(k, box.click) for _ in range(2)]
    else:
        for _ in range(len(axis["values"]) + 1):
            several.append(explorer.changes(k, control.locator("button").click))
            assert several[-1][0] != several[-1][1]
    assert len({json.dumps(value) for both in several for value in both}) > 1, axis["name"]


def nudge(explorer, k):
    """Move one control a little."""
    control, axis = explorer.controls[k], explorer.axes[k]
    act = None
    if (range_ := control.locator("input[type=range]")).count():
        key = "ArrowLeft" if float(range_.input_value()) else "ArrowRight"
        act = lambda: range_.press(key)  # noqa: E731
    elif (fields := control.locator("input[type=number]")).count():
        act = lambda: [fields.last.press(key) for key in ("ArrowDown", "ArrowUp", "ArrowUp")]  # noqa: E731
    elif (select := control.locator("select")).count():
        act = lambda: select.select_option(axis["values"][-1])  # noqa: E731
    elif control.locator("input[type=radio]").count():
        act = lambda: control.locator("input[type=radio]").last.check(force=True)  # noqa: E731
    elif (box := control.locator("input[type=checkbox]")).count():
        act = box.click
    else:
        act = control.locator("button").click
    explorer.changes(k, act)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_control_shows_what_the_kernel_would(opened, site, name):
    page, moved = opened(name), 0
    for cell, widget in site[1][name]:
        if not isinstance(widget, Explorer):
            continue
        explorer = Frozen(page, cell, widget, site[0], name)
        explorer.settled()  # as the page begins
        for k, axis in enumerate(explorer.axes):
            explorer.seen = {explorer.look()}
            move(explorer, k)
            assert len(explorer.seen) > 1, f"{axis['name']} changes nothing"
            for other in range(len(explorer.axes)):  # which the page may not have together
                if other != k:
                    nudge(explorer, other)
            moved += 1
            explorer.reset()
    assert moved >= (16 if name == "11_ct" else 5)


def test_play_buttons_play(opened, site):
    page = opened("11_ct")
    for cell, widget in site[1]["11_ct"]:
        if not isinstance(widget, Explorer):
            continue
        explorer = Frozen(page, cell, widget, site[0], "11_ct")
        for button in explorer.node.locator(".mk-play").all():
            seen = set()
            button.click()
            explorer.page.wait_for_function(
                "node => node.medkitModel.answered > 4", arg=explorer.node.element_handle()
            )
            seen |= {explorer.look()}
            button.click()
            explorer.settled()
            assert len(explorer.seen | seen) > 1


def test_nothing_but_what_is_near_is_loaded_until_it_is_touched(opened, site):
    page = opened("11_ct")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.mouse.move(0, 0)
    page.reload()
    page.wait_for_timeout(500)
    sizes = [Path(url.removeprefix("file://")).stat().st_size for url in set(asked)]
    assert sum(sizes) < 1e6
    assert not [
        url
        for url in asked
        if url.endswith(".js") and ".start." not in url and "frozen/11_ct" in url
    ]


def test_the_viewer_scrolls_and_windows(opened, site, wait_for_change, pixels, eventually):
    page = opened("11_ct")
    node = page.locator("[data-kind=viewer]")
    node.scroll_into_view_if_needed()
    canvas = node.locator("canvas").first
    canvas.wait_for()
    eventually(page, lambda: node.evaluate("n => n.medkitModel.get('_facts').layers.length"), 1)
    before, plane = pixels(canvas), canvas.get_attribute("aria-valuenow")
    canvas.focus()
    page.keyboard.press("ArrowUp")
    after = wait_for_change(canvas, before)
    eventually(page, lambda: canvas.get_attribute("aria-valuenow"), lambda now: now != plane)
    page.keyboard.press("2")  # the lungs' window
    wait_for_change(canvas, after)
    assert node.get_by_label("Level").input_value() == "-600"
    eventually(page, lambda: "…" in node.locator(".mv-readout").inner_text(), False)


def test_quizzes_and_exercises_answer(opened):
    page = opened("11_ct")
    quiz = page.locator("#c-fb7f5ccf")
    quiz.scroll_into_view_if_needed()
    form = quiz.locator("form").first
    form.get_by_role("radio").first.check()
    form.get_by_role("button").click()
    form.locator(".medkit-why").get_by_text("quite").or_(form.get_by_text("Right.")).wait_for()
    assert "1 answered" in quiz.locator(".medkit-sum").inner_text()
    page.wait_for_timeout(3500)
    assert quiz.locator(".medkit-unsaved").inner_text() == ""  # nobody waits for a kernel
    task = page.locator(".mk-exercise").first
    first, second = (task.get_by_text(f"Hint {k} of 2") for k in (1, 2))
    assert not second.is_visible()
    first.click()
    second.click()
    task.get_by_text("Solution").click()
    task.get_by_text("np.exp").first.wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_put_on_a_page_is_accessible(opened, axe, scheme):
    page = opened("11_ct")
    page.emulate_media(color_scheme=scheme)
    for node in page.locator("[data-kind]").all():
        node.scroll_into_view_if_needed()
        node.locator("canvas, form").first.wait_for()
    assert opened.errors == []
    assert axe(page, "main") == []
    opened.errors.clear()  # axe asks for style sheets, which a page from a disk may not read
