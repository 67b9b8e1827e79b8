"""The harness itself: what it reports must be true before anything else is trusted."""

import numpy as np

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


def test_bare_page_shows_exact_pixels_and_measures_time(bare_page, pixels, latencies):
    view = bare_page.mount(javascript=COUNTER, state={"red": 7})
    canvas = view.locator("canvas")
    assert (pixels(canvas) == [7, 0, 0]).all()
    canvas.focus()
    # The widget waits 100 ms before it draws; a frame is 17 ms.
    times = latencies(view.locator("canvas"), ["ArrowUp"] * 3)
    assert np.all((times > 99) & (times < 400)), times
    assert view.model("get", "red") == 157
    assert view.sent[-1] == ("state", {"red": 157})
    # A key that changes nothing is told apart.
    assert np.isnan(latencies(canvas, ["a"], timeout_ms=200)).all()


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
        assert notebook.text(2).strip().endswith("42")
        output = notebook.output(1)
        assert (pixels(output.locator("img"))[4:-4, 4:-4] == [20, 0, 0]).all()
        output.locator(".noUi-handle").focus()
        times = latencies(output, ["ArrowRight"] * 5)
        assert np.all(times > 5), times
        assert (pixels(output.locator("img"))[4:-4, 4:-4] == [25, 0, 0]).all()
        screenshot("harness", output)
