"""The workbench of ``90_workbench``: choose, train and look, built of ipywidgets."""

import ipywidgets as widgets
import numpy as np
from matplotlib import style
from matplotlib.figure import Figure

from medkit.data import tasks
from medkit.learning import evaluation
from medkit.learning.studies import workbench
from medkit.learning.studies.workbench import ALGORITHMS, Cell
from medkit.views import figures, stills

#: How many patients the algorithm may learn from.
BUDGETS = (20, 40, 80, 160)
_WIDE = {"layout": widgets.Layout(width="420px"), "style": {"description_width": "110px"}}


class Workbench(widgets.VBox):
    """Task, acquisition, algorithm and budget; a button that trains; and what came of it.

    Parameters
    ----------
    task, algorithm, value, n
        As of `medkit.learning.studies.workbench.Cell`: where it stands at first.

    Attributes
    ----------
    row : dict or None
        Of the last training, as `medkit.learning.studies.workbench.run` gives it.
    figure : matplotlib.figure.Figure or None
        What is shown of it.
    """

    def __init__(self, task="us_breast", algorithm="SVM", value=None, n=160):
        self.row, self.figure = None, None
        titles = {t.title: name for name, t in tasks.TASKS.items()}
        self.task = widgets.Dropdown(options=titles, value=task, description="Task", **_WIDE)
        self.value = widgets.Dropdown(description="Setting", **_WIDE)
        self.algorithm = widgets.Dropdown(
            options=list(ALGORITHMS), value=algorithm, description="Algorithm", **_WIDE
        )
        self.n = widgets.Dropdown(options=BUDGETS, value=n, description="Patients", **_WIDE)
        self.button = widgets.Button(description="Train", button_style="primary")
        self.progress = widgets.IntProgress(0, 0, 1)
        self.words = widgets.HTML("not trained yet")
        self.picture = widgets.HTML()
        self._settings()
        self.value.value = value
        self.task.observe(lambda _: self._settings(), "value")
        self.button.on_click(lambda _: self.train())
        line = widgets.HBox([self.button, self.progress, self.words])
        controls = [self.task, self.value, self.algorithm, self.n]
        super().__init__([*controls, line, self.picture])

    def _settings(self):
        """Offer the settings of the task's knob."""
        knob = tasks.TASKS[self.task.value].knob
        usual = [("as usual", None)]
        self.value.options = usual + [
            (f"{knob.label} {v:g} {knob.unit}", float(v)) for v in knob.values
        ]
        # The browser shows nothing as chosen after new options, unless the choice is sent again.
        self.value.index = None
        self.value.index = 0

    def cell(self) -> Cell:
        """Return the cell that the controls stand for."""
        return Cell(self.task.value, self.algorithm.value, self.value.value, self.n.value)

    def train(self):
        """Train what is chosen, with live progress, and show it; return `self`."""
        self.button.disabled, self.progress.value = True, 0
        try:
            cell = self.cell()
            self.words.value = "drawing and scanning patients …"
            workbench.parts(cell)
            losses = []

            def report(epoch, epochs, numbers):
                losses.append(numbers["loss"])
                self.progress.max, self.progress.value = epochs, epoch
                self.words.value = f"epoch {epoch} of {epochs}, loss {losses[-1]:.3f}"

            model, seconds = workbench.fitted(cell, report)
            self.row = workbench.judged(cell, model, seconds)
            self.figure = drawn(cell, model, self.row, losses)
            self.progress.max = self.progress.value = max(1, len(losses))
            area = evaluation.Interval(*(self.row[key] for key in ("auc", "low", "high")))
            self.words.value = f"AUC {area}, {seconds:.1f} s, {model.n_weights_:,} weights"
            seen = stills.widened(figures.pixels(self.figure))
            self.picture.value = stills.figure(seen, described(self.row), "")
        finally:
            self.button.disabled = False
        return self


def described(row) -> str:
    """Return in a sentence what `drawn` shows."""
    return (
        f"{row['algorithm']} on {row['task']}: loss by epoch, ROC curve with an AUC of "
        f"{row['auc']:.2f}, confusion matrix, and the four worst patients with what was hidden "
        "to change the score most."
    )


def worst(truth, scores, count=2):
    """Return the ill with the lowest scores, then the healthy with the highest."""
    order, ill = np.argsort(scores, kind="stable"), np.asarray(truth) == 1
    return [*order[ill[order]][:count], *order[~ill[order]][::-1][:count]]


def drawn(cell, model, row, losses) -> Figure:
    """Return the figure: losses, ROC, confusion matrix, and the worst cases explained."""
    from medkit.learning.networks import explain

    truth, scores = np.array(row["truth"]), np.array(row["scores"])
    with style.context("medkit.style"):
        fig = Figure(figsize=(7.6, 5.4))
        axes = fig.subplot_mosaic("AAAABBBBCCCC;DDDEEEFFFGGG", height_ratios=(1, 0.9))
        _losses(axes["A"], losses)
        _roc(axes["B"], truth, scores, row)
        _confusion(axes["C"], cell, truth, scores)
        _, (images, _, masks) = workbench.parts(cell)
        for ax, who in zip((axes[k] for k in "DEFG"), worst(truth, scores), strict=True):
            heat = explain.occlusion(model, images[who], 8, 4, fill=model.usual_)
            _patient(ax, images[who], heat, masks[who])
            kind = "ill" if truth[who] else "well"
            ax.set_title(f"{kind},\nscore {scores[who]:.1f}".replace("-", "−"), fontsize=9)
    return fig


def _losses(ax, losses):
    if losses:
        ax.plot(range(1, len(losses) + 1), losses, "o-")
        ax.set(title="training loss", xlabel="epoch", ylabel="loss")
    else:
        ax.text(0.5, 0.5, "no epochs:\nsolved in one go", ha="center", va="center")
        ax.set_axis_off()


def _roc(ax, truth, scores, row):
    curve = evaluation.roc(truth, scores)
    ax.plot([0, 1], [0, 1], ":", color="0.6")
    ax.step(curve.false_positive_rate, curve.sensitivity, where="post")
    ax.set(xlabel="false-positive rate", ylabel="sensitivity", aspect="equal")
    ax.set_title(f"AUC {row['auc']:.2f} ({row['low']:.2f}–{row['high']:.2f}), n = {len(truth)}")


def _confusion(ax, cell, truth, scores):
    counts = np.array(
        [[((truth == t) & ((scores > 0) == p)).sum() for p in (0, 1)] for t in (0, 1)]
    )
    ax.imshow(counts, cmap="Blues", vmin=0, vmax=len(truth))
    for (r, c), count in np.ndenumerate(counts):
        ax.text(c, r, count, ha="center", va="center", fontsize=13)
    names = tasks.TASKS[cell.task].classes
    ax.set(xticks=(0, 1), yticks=(0, 1), xticklabels=names, title="called, at score 0")
    ax.set_yticklabels(names, rotation=90, va="center")
    ax.set_ylabel("truly")


def _patient(ax, image, heat, mask):
    ax.imshow(image if image.shape[2] == 3 else image[..., 0], vmin=0, vmax=1)
    top = max(np.abs(heat).max(), 1e-9)
    ax.imshow(heat, cmap="RdBu_r", vmin=-top, vmax=top, alpha=0.45)
    if mask.any() and not mask.all():
        ax.contour(mask, [0.5], colors="lime", linewidths=1)
    ax.set(xticks=[], yticks=[])
