"""The signal of each MR sequence: one equation, one function.

All take proton density first and times in ms, work on numbers or arrays, and
return the signal of a voxel in units of fully relaxed water. They hold in the
steady state, with ideal pulses.
"""

import numpy as np


def spin_echo(density, t1_ms, t2_ms, *, tr_ms, te_ms):
    """Signal of a spin echo: S = ρ (1 − 2e^{−(TR−TE/2)/T1} + e^{−TR/T1}) e^{−TE/T2}.

    The middle term is the recovery that the 180° pulse at TE/2 turns upside down; for
    short TE the bracket is the familiar 1 − e^{−TR/T1}.

    Parameters
    ----------
    density, t1_ms, t2_ms : float or array_like
        Proton density (water = 1) and relaxation times.
    tr_ms, te_ms : float
        Repetition time and echo time.

    Returns
    -------
    float or ndarray

    Examples
    --------
    >>> round(float(spin_echo(1.0, 1000.0, 100.0, tr_ms=1e6, te_ms=100.0)), 3)  # 1/e
    0.368
    """
    recovered = 1 - 2 * np.exp(-(tr_ms - te_ms / 2) / t1_ms) + np.exp(-tr_ms / t1_ms)
    return density * recovered * np.exp(-te_ms / t2_ms)


def gradient_echo(density, t1_ms, t2_star_ms, *, tr_ms, te_ms, flip_deg):
    """Signal of a spoiled gradient echo: S = ρ sin α (1−E₁)/(1 − E₁ cos α) e^{−TE/T2*}.

    E₁ = e^{−TR/T1}. It is largest at the Ernst angle, see `ernst_angle_deg`.

    Parameters
    ----------
    density, t1_ms, t2_star_ms : float or array_like
        Proton density (water = 1) and relaxation times.
    tr_ms, te_ms, flip_deg : float
        Repetition time, echo time and flip angle α.

    Returns
    -------
    float or ndarray

    References
    ----------
    Ernst and Anderson, Rev. Sci. Instrum. 37 (1966) 93, doi:10.1063/1.1719961.
    """
    alpha, e1 = np.deg2rad(flip_deg), np.exp(-tr_ms / t1_ms)
    steady = np.sin(alpha) * (1 - e1) / (1 - e1 * np.cos(alpha))
    return density * steady * np.exp(-te_ms / t2_star_ms)


def ernst_angle_deg(t1_ms, tr_ms):
    """Flip angle of the largest gradient-echo signal: cos α = e^{−TR/T1}.

    >>> round(float(ernst_angle_deg(1000.0, 10.0)), 1)
    8.1
    """
    return np.rad2deg(np.arccos(np.exp(-np.asarray(tr_ms) / t1_ms)))


def inversion_recovery(density, t1_ms, t2_ms, *, tr_ms, te_ms, ti_ms):
    """Signal of an inverted spin echo, with its sign.

    S = ρ (1 − 2e^{−TI/T1} + 2e^{−(TR−TE/2)/T1} − e^{−TR/T1}) e^{−TE/T2}

    Scanners show its magnitude. A tissue vanishes at `null_ti_ms`: FLAIR waits until
    the cerebrospinal fluid does, STIR until fat does.

    Parameters
    ----------
    density, t1_ms, t2_ms : float or array_like
        Proton density (water = 1) and relaxation times.
    tr_ms, te_ms, ti_ms : float
        Repetition time, echo time, and time from the inversion to the 90° pulse.

    Returns
    -------
    float or ndarray
    """
    refocused = 2 * np.exp(-(tr_ms - te_ms / 2) / t1_ms) - np.exp(-tr_ms / t1_ms)
    return density * (1 - 2 * np.exp(-ti_ms / t1_ms) + refocused) * np.exp(-te_ms / t2_ms)


def null_ti_ms(t1_ms, tr_ms=np.inf, te_ms=0.0):
    """Inversion time at which a tissue gives no signal: T1 ln 2 for long TR.

    >>> round(float(null_ti_ms(1000.0)), 1)
    693.1
    """
    t1_ms, tr_ms = np.asarray(t1_ms, dtype=float), np.asarray(tr_ms, dtype=float)
    late = 2 * np.exp(-(tr_ms - te_ms / 2) / t1_ms) - np.exp(-tr_ms / t1_ms)
    return t1_ms * (np.log(2) - np.log1p(late))


def bssfp(density, t1_ms, t2_ms, *, tr_ms, flip_deg):
    """Signal of balanced steady-state free precession, halfway between pulses.

    With E₁,₂ = e^{−TR/T1,2}, on resonance, the pulses alternating in sign::

        S = ρ (1−E₁) sin α / [1 − E₁E₂ − (E₁ − E₂) cos α] · e^{−TR/(2 T2)}

    Parameters
    ----------
    density, t1_ms, t2_ms : float or array_like
        Proton density (water = 1) and relaxation times.
    tr_ms, flip_deg : float
        Repetition time and flip angle; TE is TR/2.

    Returns
    -------
    float or ndarray

    References
    ----------
    Freeman and Hill, J. Magn. Reson. 4 (1971) 366, doi:10.1016/0022-2364(71)90047-3.
    """
    alpha = np.deg2rad(flip_deg)
    e1, e2 = np.exp(-tr_ms / t1_ms), np.exp(-tr_ms / t2_ms)
    after_pulse = (1 - e1) * np.sin(alpha) / (1 - e1 * e2 - (e1 - e2) * np.cos(alpha))
    return density * after_pulse * np.exp(-tr_ms / 2 / t2_ms)


def diffusion(signal, diffusion_mm2_s, *, b_s_mm2):
    """Weaken a signal by diffusion: S = S₀ e^{−bD} (Stejskal and Tanner).

    Parameters
    ----------
    signal : float or array_like
        Signal S₀ without diffusion gradients.
    diffusion_mm2_s : float or array_like
        Diffusion coefficient D.
    b_s_mm2 : float
        Strength b of the gradients.

    Returns
    -------
    float or ndarray

    References
    ----------
    Stejskal and Tanner, J. Chem. Phys. 42 (1965) 288, doi:10.1063/1.1695690.

    Examples
    --------
    >>> round(float(diffusion(1.0, 0.7e-3, b_s_mm2=1000)), 3)
    0.497
    """
    return signal * np.exp(-b_s_mm2 * np.asarray(diffusion_mm2_s))


def apparent_diffusion_mm2_s(without, weighted, *, b_s_mm2):
    """Return the diffusion coefficient from two images: D = ln(S₀/S_b)/b (the ADC map)."""
    without, weighted = np.asarray(without, float), np.asarray(weighted, float)
    seen = (without > 0) & (weighted > 0)
    ratio = np.divide(without, weighted, out=np.ones_like(without * weighted), where=seen)
    return np.log(ratio) / b_s_mm2
