"""Kinetics: the two-tissue model against its differential equation, and Patlak's slope."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from medkit.physics.pet.kinetics import Rates, patlak, plasma_input, tissue_curve

TIME = np.concatenate([np.arange(0, 5, 0.02), np.arange(5, 90.1, 0.25)])
PLASMA = plasma_input(TIME)
#: Grey and white matter: Phelps et al. (1979), doi:10.1002/ana.410060502; and a lung tumour.
RATES = {
    "grey_matter": Rates(0.102, 0.130, 0.062, blood=0.05),
    "white_matter": Rates(0.054, 0.109, 0.045, blood=0.03),
    "tumour": Rates(0.12, 0.35, 0.09, blood=0.08),
}


@pytest.mark.parametrize("rates", [Rates(0.1, 0.13, 0.06), Rates(0.1, 0.2, 0.05, k4=0.02)])
def test_the_curve_solves_the_equations(rates):
    """dC₁/dt = K₁C_p − (k₂+k₃)C₁ + k₄C₂, dC₂/dt = k₃C₁ − k₄C₂, by a general solver."""

    def change(t, c):
        feed = rates.k1 * np.interp(t, TIME, PLASMA)
        out = feed - (rates.k2 + rates.k3) * c[0] + rates.k4 * c[1]
        return [out, rates.k3 * c[0] - rates.k4 * c[1]]

    exact = solve_ivp(change, (0, 90), [0, 0], t_eval=[5, 20, 60, 90], max_step=0.1, rtol=1e-7)
    ours = np.interp([5, 20, 60, 90], TIME, tissue_curve(TIME, PLASMA, rates))
    np.testing.assert_allclose(ours, exact.y.sum(axis=0), rtol=2e-3)


@pytest.mark.parametrize("name", RATES)
def test_patlak_finds_the_net_uptake(name):
    rates = RATES[name]
    tissue = tissue_curve(TIME, PLASMA, rates)
    slope, intercept = patlak(TIME, tissue, PLASMA, start_min=40)
    # Blood adds to the intercept; the tissue is the rest of the volume. 3 %: free tracer
    # only nearly follows the plasma.
    assert slope == pytest.approx((1 - rates.blood) * rates.net_uptake, rel=0.03)
    assert 0 < intercept < 1


def test_patlak_of_a_film_is_an_image():
    curves = np.stack([tissue_curve(TIME, PLASMA, r) for r in RATES.values()], axis=1)
    film = curves.reshape(len(TIME), 1, 3)
    slope, intercept = patlak(TIME, film, PLASMA)
    assert slope.shape == intercept.shape == (1, 3)
    single = patlak(TIME, curves[:, 2], PLASMA)[0]
    assert slope[0, 2] == pytest.approx(float(single))


def test_release_bends_the_plot():
    """With k₄ the plot is no line: later slopes are lower."""
    tissue = tissue_curve(TIME, PLASMA, Rates(0.1, 0.13, 0.06, k4=0.02))
    early = TIME < 45
    first = patlak(TIME[early], tissue[early], PLASMA[early])[0]
    assert patlak(TIME, tissue, PLASMA, start_min=60)[0] < 0.9 * first


def test_without_trapping_the_slope_is_nothing():
    tissue = tissue_curve(TIME, PLASMA, Rates(0.3, 0.3, 0.0))
    assert abs(patlak(TIME, tissue, PLASMA, start_min=40)[0]) < 1e-3


def test_a_line_needs_two_times():
    with pytest.raises(ValueError, match="needs two"):
        patlak(TIME, PLASMA, PLASMA, start_min=90)
