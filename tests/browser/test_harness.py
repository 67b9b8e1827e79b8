"""The harness itself: what it reports must be true before anything else is trusted."""

import numpy as np
import pytest

COUNTER = """
export default {render({model, el}) {
  const canvas = el.appendChild(document.createElement('canvas'));
  canvas.width = canvas.height = 64;
  canvas.tabIndex = 0;
  const draw = () => {
    const pen = canvas.getContext('2d');
    pen.fillStyle = `rgb(${model.get('red')}, 0, 0)`;
    pen.fillRect(0, 0, 64, 64);
  };
  canvas.addEventListener('keydown', event => {
    if (event.key === 'ArrowUp') setTimeout(() => {
      model.set('red', model.get('red') + 50); model.save_changes(); draw();
    }, 100);
  });
  draw();
}};
"""


def test_bare_page_shows_exact_pixels_and_measures_time(bare_page, pixels, latencies, patience):
    view = bare_page.mount(javascript=COUNTER, state={"red": 7})
    canvas = view.locator("canvas")
    assert (pixels(canvas) == [7, 0, 0]).all()
    canvas.focus()
    # The widget waits 100 ms before it draws; a frame is 17 ms.
    times = latencies(canvas, ["ArrowUp"] * 3)
    assert np.all(times > 99), times
    assert np.median(times) < 100 + 100 * patience, times
    view.eventually(lambda: view.model("get", "red"), 157)
    view.eventually(lambda: view.sent[-1], ("state", {"red": 157}))


def test_what_cannot_be_measured_is_said(bare_page, latencies):
    canvas = bare_page.mount(javascript=COUNTER, state={"red": 7}).locator("canvas")
    canvas.focus()
    with pytest.raises(AssertionError, match=r"a \(press 1 of 2\) changed no pixel within 200 ms"):
        latencies(canvas, ["a", "a"], timeout_ms=200)
    with pytest.raises(AssertionError, match="nothing to measure"):
        latencies(canvas, [])


def test_one_pixel_of_a_large_canvas_is_a_change(bare_page, latencies):
    dot = """export default {render({el}) {
      const canvas = el.appendChild(document.createElement('canvas'));
      [canvas.width, canvas.height, canvas.tabIndex] = [900, 700, 0];
      let at = 0;
      canvas.addEventListener('keydown', () => {
        canvas.getContext('2d').fillRect(5 * at++, 301, 1, 1);
      });
    }}"""
    canvas = bare_page.mount(javascript=dot, state={}).locator("canvas")
    canvas.focus()
    assert len(latencies(canvas, ["a", "b"])) == 2


def test_what_comes_late_is_waited_for_and_what_never_comes_is_named(bare_page, eventually):
    view = bare_page.mount(javascript=COUNTER, state={"red": 7})
    view.page.evaluate("setTimeout(() => window.medkitModel.set('red', 8), 300)")
    assert view.eventually(lambda: view.model("get", "red"), 8) == 8
    with pytest.raises(AssertionError, match=r"after 0.1 s it is 8, not 9"):
        eventually(view.page, lambda: view.model("get", "red"), 9, seconds=0.1)


def test_real_jupyterlab_runs_cells_and_measures_time(lab, pixels, latencies, screenshot):
    cells = [
        "import ipywidgets, numpy, io\nfrom PIL import Image",
        "def png(red):\n"
        "    file = io.BytesIO()\n"
        "    Image.new('RGB', (64, 64), (red, 0, 0)).save(file, 'PNG')\n"
        "    return file.getvalue()\n"
        "slider = ipywidgets.IntSlider(20, 0, 255)\n"
        "image = ipywidgets.Image(value=png(20), layout={'width': '64px'})\n"
        "slider.observe(lambda c: setattr(image, 'value', png(c.new)), 'value')\n"
        "ipywidgets.VBox([slider, image])",
        "6 * 7",
    ]
    with lab.write(cells) as notebook:
        notebook.run_all()
        notebook.shows(2, "42")
        output = notebook.output(1)

        def is_red(value):
            image = pixels(output.locator("img"))[4:-4, 4:-4]
            return image.size > 0 and bool((image == [value, 0, 0]).all())

        lab.eventually(lambda: is_red(20))
        output.locator(".noUi-handle").focus()
        times = latencies(output, ["ArrowRight"] * 5)
        assert np.all(times > 5), times
        lab.eventually(lambda: is_red(25))
        screenshot("harness", output)
