"""The explorer of ``50_challenges`` that prices a diagnosis: room, dose, calls, false calls."""

import numpy as np
from scipy.stats import norm

from medkit.learning.studies import sweep
from medkit.views.explorer import Bars, Choice, Lines, Picture, Slider, explorer

#: Effective dose (mSv) of a head CT at 100 mAs, minutes of a room and the price of one, in dollars.
HEAD_MSV, MINUTES, MINUTE = 2.0, 15, 2.0
SENSITIVITIES = np.linspace(0.02, 0.99, 98)


def bells(area, caught):
    """Return false alarms at a sensitivity: two bells of one width with this AUC."""
    return norm.cdf(norm.ppf(caught) - np.sqrt(2) * norm.ppf(area))


@explorer(
    title="The price of one correct diagnosis",
    dose=Choice(
        {f"{p.value:g} mAs": k for k, p in enumerate(sweep.stored("ct_bleed"))},
        4,
        label="Tube current × time",
    ),
    per_msv=Slider(0, 1000, 520, 20, unit="$", label="A millisievert"),
    call=Slider(50, 1000, 300, 50, unit="$", label="A call"),
    ill_percent=Slider(0.5, 50.0, 5.0, 0.5, unit="%", label="Ill", log=True),
    caught_percent=Slider(2, 99, 60, 1, unit="%", label="Sensitivity", play_s=8),
)
def price(*, dose, per_msv, call, ill_percent, caught_percent):
    """Pay for room, dose, calls and false calls, and count who was rightly found."""
    points, p, s = sweep.stored("ct_bleed"), ill_percent / 100, SENSITIVITIES
    doses = np.array([HEAD_MSV * point.value / 100 for point in points])

    def parts(k, caught):
        """Room, dose, right calls, false calls; for one patient who is found."""
        false = bells(points[k].network, caught) * (1 - p)
        spent = MINUTES * MINUTE, per_msv * doses[k], call * caught * p, call * false
        return [part / (caught * p) for part in spent]

    mean = sum(parts(dose, s))
    slope = np.gradient(bells(points[dose].network, s), s)
    more = call * (1 + (1 - p) / p * slope)
    least = np.array([sum(parts(k, s)).min() for k in range(len(points))])
    here = [float(v) for v in parts(dose, caught_percent / 100)]
    at = np.interp(caught_percent / 100, s, more)
    top = 10 ** np.ceil(np.log10(2.5 * mean.min()))
    return Picture(
        Lines(
            100 * s,
            {"mean": mean, "next one": more},
            title="Lower the threshold",
            xaxis=("sensitivity (%)", 0, 100),
            yaxis=("$ a diagnosis", 100, max(top, 1e4), "log"),
            marks={"here": caught_percent},
        ),
        Lines(
            doses,
            {"at the best threshold": least, "set": (doses[[dose]], least[[dose]])},
            title="Raise the dose",
            xaxis=("dose (mSv)", 1.5e-3, 3, "log"),
            yaxis=("$ a diagnosis", 100, 1e6, "log"),
            dots=("set",),
        ),
        Bars(
            ["room", "dose", "right", "false"],
            {"$ a diagnosis": np.array(here)},
            title="The bill, here",
            ylabel="$ a diagnosis",
        ),
        caption=f"{sum(here):,.0f} $ a diagnosis, the next one {at:,.0f} $; cheapest at "
        f"sensitivity {s[mean.argmin()]:.0%} with {mean.min():,.0f} $; cheapest dose "
        f"{doses[least.argmin()]:g} mSv",
        alt=f"Mean price and price of the next diagnosis against sensitivity, price against dose, "
        f"and the bill: {sum(here):,.0f} dollars a diagnosis.",
    )
