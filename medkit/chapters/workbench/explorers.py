"""Explorers of ``90_workbench``: the shipped table of cells, and a sweep planned on paper."""

from functools import lru_cache

import numpy as np

from medkit.data import tasks
from medkit.learning.evaluation import hanley_mcneil
from medkit.learning.studies import workbench
from medkit.learning.studies.workbench import ALGORITHMS, LESIONS
from medkit.views.explorer import Bars, Choice, Lines, Picture, Slider, Table, explorer

#: What the table may show: its column, whether with shuffled labels, and how it is written.
SHOWN = {
    "AUC, three draws of patients": ("auc", False, ".2f"),
    "AUC, labels shuffled": ("auc", True, ".2f"),
    "CPU seconds of a fit": ("seconds", False, ".1f"),
    "weights": ("weights", False, ",.0f"),
}
#: What would not fit above a column.
SHORT = {"autoencoder": "AE"}
#: Among which `plan` chooses.
WORKERS = 2 ** np.arange(9)


@lru_cache(maxsize=1)
def _rows():
    return workbench.stored()


@explorer(
    title="25 cells",
    show=Choice(list(SHOWN), label="Show"),
    task=Choice(list(LESIONS), label="Task"),
)
def cells(*, show, task):
    """See every algorithm on every modality, and how much three draws of patients differ."""
    column, shuffled, form = SHOWN[show]
    rows = _rows()[_rows().shuffled == shuffled]
    mean = rows.pivot_table(index="task", columns="algorithm", values=column, sort=False)[
        list(ALGORITHMS)
    ]
    words = [[tasks.TASKS[t].modality, *(format(v, form) for v in mean.loc[t])] for t in LESIONS]
    mine = rows[rows.task == task]
    draws = {f"draw {seed}": part for seed, part in mine.groupby("seed")}
    errors = {k: (part.high - part.low).to_numpy() / 2 for k, part in draws.items()}
    limits = {"auc": (0.0, 1.0)}.get(column)
    best = mean.loc[task].idxmax()
    return Picture(
        Table(
            words,
            header=("", *(SHORT.get(name, name) for name in mean.columns)),
            title=show if shuffled else show.replace("three", "mean of three"),
            highlight=list(LESIONS).index(task),
        ),
        Bars(
            list(ALGORITHMS),
            {k: part[column].to_numpy() for k, part in draws.items()},
            errors=errors if column == "auc" else {},
            ylabel=column.replace("auc", "AUC").replace("seconds", "CPU seconds"),
            title=task,
            ylim=limits,
        ),
        caption=f"a draw has {rows.n.iloc[0]} patients to learn from and {workbench.HELD_OUT} held "
        f"out{'; black: ± half of the 95 % interval' if column == 'auc' else ''}",
        alt=f"{show} of five algorithms on five tasks; on {task} the largest mean has {best}.",
    )


def hours(n_cells, seconds, workers, lost=0.0):
    """Return the hours of a sweep whose cells are dealt to workers, a share of them run twice."""
    return np.ceil(n_cells * (1 + lost) / np.asarray(workers)) * seconds / 3600


@explorer(
    title="A sweep on paper",
    n_cells=Slider(25, 2000, 1000, 25, label="Cells"),
    seconds=Slider(0.5, 60, 2.0, 0.5, unit="s", label="A cell"),
    workers=Choice([int(w) for w in WORKERS], default=16, label="Workers"),
    lost=Slider(0, 50, 0, 5, unit="%", label="Run twice, as workers died"),
    held_out=Slider(40, 2000, 160, 40, label="Held-out patients"),
)
def plan(*, n_cells, seconds, workers, lost, held_out):
    """See how long a sweep takes, and how small a difference it can show."""
    patients = np.arange(40, 2001, 40)
    half = {
        f"AUC {area}": [1.96 * hanley_mcneil(area, n / 2, n / 2) for n in patients]
        for area in (0.7, 0.8, 0.9)
    }
    took = hours(n_cells, seconds, workers, lost / 100)
    sure = 1.96 * hanley_mcneil(0.8, held_out / 2, held_out / 2)
    return Picture(
        Lines(
            WORKERS,
            {"hours": hours(n_cells, seconds, WORKERS, lost / 100), "here": ([workers], [took])},
            xlabel="workers",
            yaxis=("time (h)", 1e-4, 100, "log"),
            title="How long",
            xlog=True,
            dots=("here",),
        ),
        Lines(
            patients,
            half,
            xlabel="held-out patients",
            yaxis=("half of the 95 % interval (AUC)", 0, 0.2),
            title="How sure",
            marks={f"{held_out}": held_out},
        ),
        caption=f"{n_cells:,} cells of {seconds:g} s on {workers} workers: {60 * took:.1f} min; "
        f"an AUC of 0.80 from {held_out} patients, half of them ill, is known to ± {sure:.2f}",
        alt="Left, hours of a sweep fall with the workers; right, the interval of an AUC narrows "
        "with the square root of the patients, whatever the machine.",
    )
