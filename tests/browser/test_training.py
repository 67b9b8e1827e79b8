"""A training watched in a real JupyterLab: the picture moves while the kernel is busy."""

import time

TRAINING = """\
import time
from medkit.views.training import LiveTraining
live = LiveTraining("a toy")
for epoch in range(1, 13):
    time.sleep(0.5)
    live(epoch, 12, {"loss": 1 / epoch, "val_loss": 0.3 + 0.05 * abs(epoch - 5)})
"""


def test_curves_grow_while_the_kernel_is_busy(lab, screenshot):
    with lab.write([TRAINING]) as notebook:
        notebook.run(0, wait=False)
        caption = notebook.output(0).locator(".mk-caption")
        caption.get_by_text("waiting for the first epoch").wait_for(timeout=60_000)
        assert notebook.output(0).get_by_text("Reset").is_hidden()
        seen = []
        for epoch in (2, 6, 11):
            caption.get_by_text(f"epoch {epoch} of 12").wait_for(timeout=20_000)
            seen.append(notebook.output(0).locator("canvas").first.screenshot())
        assert len(set(seen)) == 3
        caption.get_by_text("epoch 12 of 12").wait_for(timeout=20_000)
        time.sleep(1)  # the stored picture takes the place of the live one
        assert notebook.output(0).locator(".mk-explorer").count() == 1
        assert "best: epoch 5, 0.3" in caption.inner_text()
        screenshot("live_training", notebook.output(0))
