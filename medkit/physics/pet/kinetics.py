"""Kinetics: how fast tissue takes the tracer up, from a film instead of one picture.

    plasma ──K₁──▶ free in tissue ──k₃──▶ trapped
           ◀──k₂──                ◀──k₄──

FDG enters the cell as sugar does, but once phosphorylated it can go no further: k₄ ≈ 0.
Then all tissues obey one straight line in the end (Patlak), whose slope is the net
uptake K_i = K₁ k₃ / (k₂ + k₃). Time is in minutes; activities in one common unit.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Rates:
    """Rate constants of the two-tissue model, all 1/min but K₁ in mL/min/mL.

    Parameters
    ----------
    k1, k2, k3, k4 : float
        Into the tissue, back, trapped, released.
    blood : float
        Part of the volume that is blood.
    """

    k1: float
    k2: float
    k3: float
    k4: float = 0.0
    blood: float = 0.0

    @property
    def net_uptake(self) -> float:
        """K_i = K₁ k₃ / (k₂ + k₃), the slope of the Patlak plot, for k₄ = 0."""
        return self.k1 * self.k3 / (self.k2 + self.k3)


def plasma_input(minutes) -> np.ndarray:
    """Return the activity of arterial plasma after a quick injection of FDG.

    (A₁t − A₂ − A₃) e^{λ₁t} + A₂ e^{λ₂t} + A₃ e^{λ₃t}: a sharp peak, then a slow fall as the
    tracer spreads and the kidneys clear it.

    Parameters
    ----------
    minutes : array_like
        Time since the injection.

    Returns
    -------
    ndarray, shape of `minutes`
        In the paper's unit, µCi/mL; only the shape matters here.

    References
    ----------
    Feng, Huang and Wang, Int. J. Biomed. Comput. 32 (1993) 95, doi:10.1016/0020-7101(93)90049-C.

    Examples
    --------
    >>> print(plasma_input([0.0, 0.25, 60.0]).round(1))
    [  0.  102.5  11.2]
    """
    t = np.asarray(minutes, dtype=float)
    a1, a2, a3 = 851.1225, 21.8798, 20.8113
    fast, middle, slow = -4.1339, -0.1191, -0.0104
    return (a1 * t - a2 - a3) * np.exp(fast * t) + a2 * np.exp(middle * t) + a3 * np.exp(slow * t)


def tissue_curve(minutes: np.ndarray, plasma: np.ndarray, rates: Rates) -> np.ndarray:
    """Return the activity of tissue that is fed by plasma, by the two-tissue model.

    C = K₁/(α₂ − α₁) [(k₃ + k₄ − α₁) e^{−α₁t} + (α₂ − k₃ − k₄) e^{−α₂t}] ⊗ C_p, where α₁ and α₂
    are the rates at which the two compartments empty together.

    Parameters
    ----------
    minutes : array_like, shape (time,)
        Times from 0 on, rising; fine enough that plasma is straight in between.
    plasma : array_like, shape (time,)
        Activity of plasma.
    rates : Rates

    Returns
    -------
    ndarray, shape (time,)
        In the unit of `plasma`.

    References
    ----------
    Huang et al., Am. J. Physiol. 238 (1980) E69, doi:10.1152/ajpendo.1980.238.1.E69.
    """
    total, trap = rates.k2 + rates.k3 + rates.k4, rates.k3 + rates.k4
    root = np.sqrt(total**2 - 4 * rates.k2 * rates.k4)
    slow, quick = (total - root) / 2, (total + root) / 2
    lasting, passing = (_decaying_sum(minutes, plasma, rate) for rate in (slow, quick))
    parts = (trap - slow) * lasting + (quick - trap) * passing
    tissue = rates.k1 / (quick - slow) * parts
    return (1 - rates.blood) * tissue + rates.blood * np.asarray(plasma, float)


def _decaying_sum(minutes, plasma, rate):
    """Return ∫ C_p(s) e^{−α(t−s)} ds, exact for plasma that is straight between the times."""
    t, c = np.asarray(minutes, float), np.asarray(plasma, float)
    out = np.zeros_like(c)
    for i in range(1, len(t)):
        step = t[i] - t[i - 1]
        x = rate * step
        keep = np.exp(-x)
        if x < 1e-4:  # the formula below divides two tiny numbers
            early = late = step / 2
        else:
            early = step * (1 - keep * (1 + x)) / x**2
            late = step * (x - 1 + keep) / x**2
        out[i] = out[i - 1] * keep + c[i - 1] * early + c[i] * late
    return out


def patlak(
    minutes: np.ndarray, tissue: np.ndarray, plasma: np.ndarray, *, start_min: float = 20.0
) -> tuple[np.ndarray, np.ndarray]:
    """Fit the straight line C/C_p = K_i · ∫C_p/C_p + V that trapping leads to.

    Parameters
    ----------
    minutes : array_like, shape (time,)
        Times from 0 on.
    tissue : array_like, shape (time, …)
        Activity of a tissue, or of all pixels of a film.
    plasma : array_like, shape (time,)
        Activity of plasma.
    start_min : float
        From when on the plot is straight: once free tracer follows the plasma.

    Returns
    -------
    slope, intercept : ndarray, shape (…)
        Net uptake K_i in 1/min, and the distribution volume V of what is not trapped.

    Raises
    ------
    ValueError
        If fewer than two times lie after the start.

    References
    ----------
    Patlak, Blasberg and Fenstermacher, J. Cereb. Blood Flow Metab. 3 (1983) 1,
    doi:10.1038/jcbfm.1983.1.
    """
    x, y = patlak_plot(minutes, tissue, plasma)
    late = np.asarray(minutes) >= start_min
    if late.sum() < 2:
        raise ValueError(f"{late.sum()} times lie after {start_min} min; a line needs two")
    slope, height = np.polyfit(x[late], y[late].reshape(late.sum(), -1), 1)
    return slope.reshape(y.shape[1:])[()], height.reshape(y.shape[1:])[()]


def patlak_plot(minutes, tissue, plasma) -> tuple[np.ndarray, np.ndarray]:
    """Return the axes of the plot: ∫C_p/C_p in minutes, shape (time,), and C/C_p."""
    t, plasma = np.asarray(minutes, float), np.asarray(plasma, float)
    tissue = np.asarray(tissue, float)
    area = np.concatenate([[0], np.cumsum(np.diff(t) * (plasma[1:] + plasma[:-1]) / 2)])
    safe = np.where(plasma > 0, plasma, np.inf)  # before the bolus there is nothing to plot
    return area / safe, tissue / safe.reshape(-1, *(1,) * (tissue.ndim - 1))
