"""The live picture of a training: what it shows, what it costs, what a notebook keeps."""

import base64
import io

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image as Pillow

from medkit.authoring.comparison import quiet
from medkit.views import training
from medkit.views.training import LiveTraining, best_epoch, curves


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(training.time, "perf_counter", clock)
    return clock


def losses(epoch):
    return {"loss": 1 / epoch, "val_loss": 0.5 + 0.1 * abs(epoch - 3), "auc": 0.9}


def test_curves_grow_and_the_best_epoch_is_marked(clock):
    live = LiveTraining("CNN")
    for epoch in range(1, 6):
        clock.now += 2
        live(epoch, 8, losses(epoch))
    (panel,) = live.picture.panels
    np.testing.assert_allclose(panel.y["training"][1], [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5])
    assert set(panel.y) == {"training", "validation"}
    assert panel.xlim == (1, 8)
    assert panel.marks == {"best: 3": 3}
    want = "CNN: epoch 5 of 8 · 2 s an epoch · 6 s left · best: epoch 3, 0.5"
    assert live.picture.caption == want


def test_it_draws_five_times_a_second_at_most_and_the_last_epoch_always(clock):
    live = LiveTraining()
    drawn = []
    live.observe(lambda change: drawn.append(clock.now), "answer")
    for epoch in range(1, 1001):
        clock.now += 0.001
        live(epoch, 1000, losses(epoch))
    assert len(drawn) <= 6
    assert drawn[-1] == clock.now
    assert len(live.picture.panels[0].y["training"][0]) == 1000


def test_another_fit_starts_again(clock):
    live = LiveTraining("CNN")
    live(1, 3, {"loss": 1.0, "auc": 0.5})
    live(1, 3, {"loss": 2.0, "auc": 0.4})
    assert live.losses == {"loss": [2.0]}
    assert "best" not in live.picture.caption


def test_a_loss_that_explodes_is_shown_as_a_gap():
    assert best_epoch({"val_loss": [0.5, np.nan, 0.4, np.inf]}) == 3
    assert best_epoch({"val_loss": [np.nan]}) is None
    assert best_epoch({"loss": [1.0]}) is None
    curves({"loss": [np.nan, np.inf], "val_loss": [np.nan, np.nan]}, 2).wire()
    curves({"loss": [0.3], "val_loss": [0.4, 0.2]}, 2).wire()


CELLS = [
    "from medkit.views.training import LiveTraining",
    """\
live = LiveTraining("a toy")
for epoch in range(1, 5):  # stops early: four of nine
    live(epoch, 9, {"loss": 1 / epoch, "val_loss": 1 / epoch + 0.1 * epoch})""",
    """\
live(1, 2, {"loss": 3.0})
raise KeyboardInterrupt""",
]


def test_a_notebook_keeps_the_last_picture_and_words_that_compare(monkeypatch):
    monkeypatch.setenv("MEDKIT_STILLS", "1")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    seen = []
    client = NotebookClient(
        book,
        allow_errors=True,
        on_cell_executed=lambda **kw: seen.append(str(book.cells[1].outputs)),
    )
    client.execute()
    (kept,) = book.cells[1].outputs
    assert kept.data["text/plain"] == "<LiveTraining: a toy>"
    data = kept.data["text/html"].split("base64,")[1].split('"')[0]
    assert Pillow.open(io.BytesIO(base64.b64decode(data))).width == 760
    # A training that was broken off in another cell stored its picture too.
    assert seen[1] != seen[2]
    assert [out.output_type for out in book.cells[2].outputs] == ["error"]


def test_first_and_last_picture_differ_in_pixels_only(monkeypatch):
    monkeypatch.setenv("MEDKIT_STILLS", "1")
    live = LiveTraining("a toy")
    first = live._repr_mimebundle_()
    live(1, 1, losses(1))
    last = live._repr_mimebundle_()
    assert first["text/html"] != last["text/html"]
    for bundle in (first, last):
        bundle["text/html"] = quiet(bundle["text/html"])
    assert first == last
