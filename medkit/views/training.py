"""Training, watched: curves that grow while a network learns, and stay in the notebook.

::

    model.fit(x, y, validation=held_out, progress=LiveTraining("CNN on CT bleeds"))

shows the losses after each epoch, the time left and the best epoch so far. `history`
draws the same curves from the numbers that a fit has kept.
"""

import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from PIL import Image as Pillow

from medkit.views import figures, stills
from medkit.views.explorer import Explorer
from medkit.views.explorer.picture import Image, Lines, Picture

#: What the curves of Keras are called on screen.
NAMES = {"loss": "training", "val_loss": "validation"}
#: Seconds between two pictures, and the most of the time that sample images may take.
PAUSE_S, IMAGE_SHARE = 0.2, 0.02


def history(
    losses: Mapping[str, Sequence[float]],
    title: str = "",
    *,
    epochs: int | None = None,
    ylabel: str = "loss",
) -> Picture:
    """Draw learning curves, with the best epoch marked.

    Parameters
    ----------
    losses : mapping of str to sequence of float
        One number an epoch: ``model.history_``.
    title : str
    epochs : int, optional
        The length of the axis, where more are to come.
    ylabel : str

    Returns
    -------
    Picture

    Examples
    --------
    >>> history({"loss": [0.7, 0.5, 0.4], "val_loss": [0.7, 0.6, 0.65]}).caption
    '3 epochs; the best is number 2'
    """
    lines = curves(losses, title, epochs=epochs, ylabel=ylabel)
    names, best = " and ".join(lines.y), best_epoch(losses)
    done = max((len(values) for values in losses.values()), default=0)
    caption = f"{done} epochs" + (f"; the best is number {best}" if best else "")
    return Picture(lines, caption=caption, alt=f"Learning curves over the epochs: {names}.")


def curves(losses, title="", *, epochs=None, ylabel="loss") -> Lines:
    """Return the panel of `history`, to put beside others."""
    done = max((len(values) for values in losses.values()), default=0)
    every = np.arange(1, done + 1)
    best = best_epoch(losses)
    return Lines(
        every,
        {NAMES.get(key, key): (every[: len(values)], values) for key, values in losses.items()},
        title,
        xaxis=("epoch", 1, max(2, epochs or done)),
        ylabel=ylabel,
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
    metrics : sequence of str, optional
        Which losses to draw; None draws all. A metric that never comes is left out.
    images : callable, optional
        ``images(epoch)`` returns an `Image`, or a list of them, to show beside the curves:
        samples of a GAN, reconstructions. It is called so seldom that it takes about 2 %
        of the time, and once at the end: draw random numbers from a generator of its own.
    ylabel : str

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

    def __init__(
        self,
        title: str = "Training",
        metrics: Sequence[str] | None = ("loss", "val_loss"),
        *,
        images: Callable | None = None,
        ylabel: str = "loss",
    ):
        self.losses, self.epochs = {}, 0
        self._title, self._metrics, self._ylabel = title, metrics, ylabel
        self._images, self._panels = images, ()
        self._times, self._drawn, self._imaged = [], -np.inf, (-np.inf, 0.0)
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
            if self._metrics is None or key in self._metrics:
                self.losses.setdefault(key, []).append(float(value))
        last = epoch == epochs
        self._sample(epoch, last)
        if last or now - self._drawn >= PAUSE_S:
            self.refresh()
        self._watch_cell()

    def show(self, *panels: Image) -> None:
        """Put images beside the curves, instead of those of `images`."""
        self._panels = panels
        self.refresh()

    def refresh(self) -> None:
        """Draw what has come so far."""
        self._drawn = time.perf_counter()
        self.change()

    def _sample(self, epoch, last):
        """Ask for images: once the time they took before is 2 % of the time since."""
        since, cost = self._imaged
        start = time.perf_counter()
        if self._images is None or not (last or start - since >= cost / IMAGE_SHARE):
            return
        panels = self._images(epoch)
        self._panels = (panels,) if isinstance(panels, Image) else tuple(panels)
        end = time.perf_counter()
        self._imaged = end, end - start

    def _picture(self) -> Picture:
        lines = curves(self.losses, "", epochs=self.epochs, ylabel=self._ylabel)
        alt = f"Learning curves of {self._title}, epoch by epoch."
        return Picture(lines, *self._panels, caption=self._words(), alt=alt)

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
        return (
            figures.pixels(figures.draw(self.picture)) if self.losses else Pillow.new("L", (1, 1))
        )


def _duration(seconds: float) -> str:
    """Return a time for people: ``0.4 s``, ``12 s``, ``3 min``."""
    if seconds < 0.1:
        return f"{1000 * seconds:.0f} ms"
    return f"{seconds:.2g} s" if seconds < 99.5 else f"{seconds / 60:.0f} min"
