"""The explorer of ``41_stroke`` that puts flagged pictures first."""

import numpy as np
from scipy.special import ndtr, ndtri

from medkit.views.explorer import Lines, Picture, Slider, Table, explorer


def waits(load: float, first: float, service_min: float = 8.0, spread: float = 1.0):
    """Return mean waits in minutes: in order of arrival, of the flagged, and of all others.

    One reader; arrivals and reading are as in the queue M/G/1 with priority that does not
    interrupt (Cobham's formulas, from memory; a simulation agrees with them).

    Parameters
    ----------
    load : float
        The share of the time in which the reader reads, below 1.
    first : float
        The share of pictures that are flagged.
    service_min, spread : float
        Mean time of reading, and its standard deviation relative to it.
    """
    rest = load * service_min * (1 + spread**2) / 2
    flagged = rest / (1 - load * first)
    return rest / (1 - load), flagged, flagged / (1 - load)


@explorer(
    title="Who is read first?",
    auc=Slider(0.6, 0.99, 0.9, 0.01, label="AUC of the machine"),
    sensitivity=Slider(0.3, 0.99, 0.9, 0.01, label="Sensitivity that is chosen"),
    prevalence=Slider(0.02, 0.5, 0.1, 0.02, label="Share of pictures with a bleed"),
    load=Slider(0.3, 0.95, 0.85, 0.05, label="Share of the time the reader is busy"),
)
def triage(*, auc, sensitivity, prevalence, load):
    """Put flagged pictures first: minutes saved for bleeds, minutes lost for everybody else."""
    at = np.linspace(0.02, 0.995, 80)
    false = ndtr(ndtri(at) - np.sqrt(2) * ndtri(auc))
    flagged = prevalence * at + (1 - prevalence) * false
    before, early, late = waits(load, flagged)
    bleeds = before - (at * early + (1 - at) * late)
    healthy = before - (false * early + (1 - false) * late)
    here = np.abs(at - sensitivity).argmin()
    per_bleed = (1 - prevalence) * false[here] / (prevalence * at[here])
    rows = [
        ("wait in order of arrival", f"{before:.0f} min"),
        ("a bleed gains", f"{bleeds[here]:+.0f} min"),
        ("a bleed that is missed", f"{before - late[here]:+.0f} min"),
        ("no bleed", f"{healthy[here]:+.1f} min"),
        ("false alarms per true", f"{per_bleed:.1f}"),
    ]
    return Picture(
        Lines(
            at,
            {"a bleed": bleeds, "no bleed": healthy},
            title="Minutes saved, on average",
            xaxis=("sensitivity", 0, 1),
            ylabel="minutes saved",
            marks={"here": sensitivity},
        ),
        Table(rows, title="Here"),
        caption=f"sensitivity {sensitivity:.2f}: a bleed is read {bleeds[here]:.0f} minutes "
        f"earlier, with {per_bleed:.1f} false alarms per true one",
        alt=f"Minutes saved against sensitivity; a bleed gains {bleeds[here]:.0f} minutes of "
        f"{before:.0f}, a picture without one {healthy[here]:+.1f}.",
    )
