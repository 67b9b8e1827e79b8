"""A training watched in a real JupyterLab: the picture moves while the kernel is busy."""

# Each epoch waits until the test has seen the one before: no machine is too slow for it.
TRAINING = """\
import time
from pathlib import Path
from medkit.views.training import PAUSE_S, LiveTraining
live = LiveTraining("a toy")
for epoch in range(1, 5):
    while not Path(f"epoch_{epoch}").exists():
        time.sleep(0.02)
    Path(f"epoch_{epoch}").unlink()
    time.sleep(PAUSE_S)
    live(epoch, 4, {"loss": 1 / epoch, "val_loss": 0.3 + 0.05 * abs(epoch - 2)})
"""


def test_curves_grow_while_the_kernel_is_busy(lab, pixels, wait_for_change, screenshot):
    with lab.write([TRAINING]) as notebook:
        notebook.run(0, wait=False)
        output = notebook.output(0)
        caption = output.locator(".mk-caption")
        caption.get_by_text("waiting for the first epoch").wait_for()
        lab.eventually(output.get_by_text("Reset").is_hidden)
        for epoch in range(1, 5):
            before = pixels(output.locator("canvas").first)
            (lab.folder / f"epoch_{epoch}").touch()
            caption.get_by_text(f"epoch {epoch} of 4").wait_for()
            wait_for_change(output.locator("canvas").first, before)
        notebook.wait()
        # The stored picture takes the place of the live one.
        lab.eventually(output.locator(".mk-explorer").count, 1)
        best = caption.get_by_text("best: epoch 2, 0.3")
        best.wait_for()
        assert best.is_visible()
        screenshot("live_training", output)
