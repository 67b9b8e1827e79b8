"""Training, watched: curves that grow while a network learns, and stay in the notebook.

::

    model.fit(x, y, validation=held_out, progress=LiveTraining("CNN on CT bleeds"))

shows the losses after each epoch, the time left and the best epoch so far.
"""

import time
from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image as Pillow

from medkit.views import figures, stills
from medkit.views.explorer import Explorer
from medkit.views.explorer.picture import Lines, Picture

#: What the curves of Keras are called on screen.
NAMES = {"loss": "training", "val_loss": "validation"}
#: Seconds between two pictures.
PAUSE_S = 0.2


def curves(losses: Mapping[str, Sequence[float]], epochs: int) -> Lines:
    """Return learning curves over an axis of so many epochs, with the best epoch marked."""
    best = best_epoch(losses)
    return Lines(
        np.arange(1, epochs + 1),
        {NAMES[key]: (np.arange(1, len(y) + 1), y) for key, y in losses.items()},
        xaxis=("epoch", 1, max(2, epochs)),
        ylabel="loss",
        marks={f"best: {best}": best} if best else {},
    )


def best_epoch(losses: Mapping[str, Sequence[float]]) -> int | None:
    """Return the epoch (from 1) of the lowest validation loss; None if nothing was held out."""
    held_out = np.asarray(losses.get("val_loss", ()), dtype=float)
    if not np.isfinite(held_out).any():
        return None
    return int(np.nanargmin(np.where(np.isfinite(held_out), held_out, np.nan))) + 1


class LiveTraining(Explorer):
    """A picture of the training under way; pass it as ``progress=``.

    It appears where it is made. When the cell is done, the last picture is stored in the
    notebook in its place, for pages without a kernel.

    Parameters
    ----------
    title : str
        What is trained.

    Attributes
    ----------
    losses : dict of list of float
        What has come so far.

    Examples
    --------
    >>> live = LiveTraining("A toy")
    >>> for epoch, loss in enumerate([0.7, 0.5], 1):
    ...     live(epoch, 2, {"loss": loss})
    >>> live.losses
    {'loss': [0.7, 0.5]}
    """

    # There is nothing to put back to its start.
    _css = (
        Explorer._css
        + ".mk-controls:empty, .mk-explorer:has(.mk-controls:empty) .mk-reset { display: none; }"
    )

    def __init__(self, title: str = "Training"):
        self.losses, self.epochs, self._title = {}, 0, title
        self._times, self._drawn = [], -np.inf
        self._handle = self._shell = None
        super().__init__(lambda: self._picture(), {})
        self._appear()

    def __call__(self, epoch: int, epochs: int, losses: Mapping[str, float]) -> None:
        """Take the losses of an epoch; called by the training after each."""
        now = time.perf_counter()
        if epoch == 1:  # another fit with the same picture starts again
            self.losses, self._times = {}, []
        self.epochs = epochs
        self._times.append(now)
        for key, value in losses.items():
            if key in NAMES:
                self.losses.setdefault(key, []).append(float(value))
        if epoch == epochs or now - self._drawn >= PAUSE_S:
            self.refresh()
        self._watch_cell()

    def refresh(self) -> None:
        """Draw what has come so far."""
        self._drawn = time.perf_counter()
        self.change()

    def _picture(self) -> Picture:
        alt = f"Learning curves of {self._title}, epoch by epoch."
        return Picture(curves(self.losses, self.epochs), caption=self._words(), alt=alt)

    def _words(self) -> str:
        done, best = len(self._times), best_epoch(self.losses)
        if not done:
            return f"{self._title}: waiting for the first epoch …"
        words = f"{self._title}: epoch {done} of {self.epochs}"
        if done > 1:
            # The first epoch compiles the network, and tells nothing about the others.
            each = (self._times[-1] - self._times[0]) / (done - 1)
            words += f" · {_duration(each)} an epoch"
            if done < self.epochs:
                words += f" · {_duration(each * (self.epochs - done))} left"
        if best:
            words += f" · best: epoch {best}, {self.losses['val_loss'][best - 1]:.3g}"
        return words

    # ---- in the notebook ---------------------------------------------------------------

    def _appear(self):
        from IPython import get_ipython
        from IPython.display import display

        if get_ipython() is not None:
            self._handle = display(self, display_id=True)

    def _watch_cell(self):
        """Store the last picture once the cell that trains is done, however it ends."""
        if self._handle is None or self._shell is not None:
            return
        from IPython import get_ipython

        self._shell = get_ipython()
        self._shell.events.register("post_run_cell", self._settle)

    def _settle(self, _result=None):
        self._shell.events.unregister("post_run_cell", self._settle)
        self._shell = None
        self.refresh()
        self._handle.update(self)

    def __repr__(self) -> str:
        return f"<LiveTraining: {self._title}>"

    def _repr_mimebundle_(self, **kwargs):
        """Add a picture for pages without a kernel; its words never change, so that they compare.

        A test of a notebook sees the first picture and compares it with the last, which
        was stored: only the pixels may differ.
        """
        note = "Run this cell to watch it learn."
        bundle = super(Explorer, self)._repr_mimebundle_(**kwargs)
        return stills.beside(self, bundle, self._still, self.picture.alt, note)

    def _still(self):
        if not self.losses:
            return Pillow.new("L", (1, 1))
        return figures.pixels(figures.draw(self.picture))


def _duration(seconds: float) -> str:
    """Return a time for people: ``0.4 s``, ``12 s``, ``3 min``."""
    if seconds < 0.1:
        return f"{1000 * seconds:.0f} ms"
    return f"{seconds:.2g} s" if seconds < 99.5 else f"{seconds / 60:.0f} min"
