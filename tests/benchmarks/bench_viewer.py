"""How soon the picture follows the key: the viewer beside `ipywidgets.interact`.

Both run in one real JupyterLab in a headless Chromium. Times are from the browser's
time stamp of a key press to the frame with changed pixels, so they are wall times, and
a frame (16.7 ms) is the least that can be seen.
"""

import importlib.util
import tempfile
import warnings
from pathlib import Path

import numpy as np

from medkit.authoring.benchmark import Row, benchmark

CELLS = [
    """
import time
import numpy as np
import matplotlib.pyplot as plt
from ipywidgets import IntSlider, interact
from medkit.image import Volume
from medkit.views.viewer import VolumeViewer
z, y, x = np.ogrid[-1:1:200j, -1:1:512j, -1:1:512j]
pixels = np.where(x**2 + y**2 + z**2 < 0.8, 40, -1000).astype(np.int16)
pixels += (60 * np.sin(20 * x) * np.cos(30 * y + 9 * z)).astype(np.int16)
""",
    "VolumeViewer(Volume(pixels, (1.5, 0.7, 0.7), unit='HU', modality='CT'), view='axial')",
    """
def show(plane):
    plt.imshow(pixels[plane], cmap="gray", vmin=-160, vmax=240)
    plt.axis("off")
    plt.show()
_ = interact(show, plane=IntSlider(100, 0, 199))
""",
    "VolumeViewer(Volume(pixels, (1.5, 0.7, 0.7), unit='HU', modality='CT'))",
    "end = time.time() + 5\nwhile time.time() < end: sum(range(1000))",
]


@benchmark("viewer.change")
def change():
    """Move through the planes of 512 × 512 × 200 int16."""
    here = Path(__file__).parent.parent / "browser" / "conftest.py"
    spec = importlib.util.spec_from_file_location("medkit_browser_harness", here)
    harness = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(harness)
    if not harness.chromium():
        warnings.warn("viewer.change is left out: no Chromium (set MEDKIT_CHROMIUM)", stacklevel=1)
        return []
    with harness.launch() as browser, tempfile.TemporaryDirectory() as folder:
        lab = harness.Lab(browser, Path(folder))
        try:
            return measure(lab, harness.latencies)
        finally:
            lab.stop()


def measure(lab, latencies) -> Row:
    """Return the row, with the other numbers of interest in its note."""
    with lab.write(CELLS, "bench.ipynb") as notebook:
        notebook.run(0)
        first = [notebook.first_picture(1) for _ in range(3)]
        ours = notebook.output(1)
        lab.page.wait_for_timeout(3000)  # all planes are there
        ours.locator(".mv-plane canvas").first.focus()
        moved = latencies(ours, ["ArrowUp"] * 30)
        windowed = latencies(ours, ["3", "1"] * 15)
        first_peer = [notebook.first_picture(2) for _ in range(3)]
        theirs = notebook.output(2)
        theirs.locator("img").wait_for()
        theirs.locator(".noUi-handle").focus()
        peer = latencies(theirs, ["ArrowRight"] * 20, pause_ms=150)
        three = [notebook.first_picture(3) for _ in range(3)]
        planes = notebook.output(3)
        lab.page.wait_for_timeout(3000)
        planes.locator(".mv-plane canvas").first.focus()
        all_windowed = latencies(planes, ["3", "1"] * 10)
        notebook.run(4, wait=False)
        planes.locator(".mv-plane canvas").first.focus()
        busy = latencies(planes, ["ArrowUp"] * 30)
    middle, p95 = np.median, lambda times: np.percentile(times, 95)
    note = (
        "key press to changed pixels, wall time, 512×512×200 int16; p95 "
        f"{p95(moved):.0f} ms, peer {p95(peer):.0f} ms; window {middle(windowed):.0f} ms, "
        f"all three planes {middle(all_windowed):.0f} ms; "
        f"busy kernel {middle(busy):.0f} ms (p95 {p95(busy):.0f}); "
        f"first picture {min(first):.0f} ms, three planes {min(three):.0f} ms, "
        f"peer {min(first_peer):.0f} ms (best of 3)"
    )
    mine, other = middle(moved) / 1000, middle(peer) / 1000
    name = "ipywidgets.interact + matplotlib"
    return Row("viewer.change", mine, other, other / mine, None, None, name, note)
