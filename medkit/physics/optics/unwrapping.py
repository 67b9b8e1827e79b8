"""Unwrapping: a phase is only known up to whole turns, and its neighbours tell how many.

A detector gives ψ = φ mod 2π. Where the true phase φ changes by less than half a turn
from pixel to pixel (Itoh's condition), differences of ψ, wrapped again, are those of φ.
Noise breaks the condition here and there; three methods differ in what happens then:

- `unwrap_rows` adds the differences up along lines: one bad pixel spoils the rest of a line,
- `unwrap_least_squares` finds the surface whose slopes fit best: errors spread, and fade,
- scikit-image's `unwrap_phase` joins the most reliable neighbours first: errors stay where
  the noise is.
"""

import numpy as np
from scipy import fft

TURN = 2 * np.pi


def wrap(phase: np.ndarray) -> np.ndarray:
    """Return a phase less whole turns, in [−π, π).

    Parameters
    ----------
    phase : array_like
        In rad.

    Returns
    -------
    ndarray of float, shape of `phase`

    Examples
    --------
    >>> wrap(np.array([0.5, 0.5 + 4 * np.pi])).round(6)
    array([0.5, 0.5])
    """
    phase = np.asarray(phase)
    return phase - TURN * np.floor((phase + np.pi) / TURN)


def unwrap_rows(wrapped: np.ndarray) -> np.ndarray:
    """Unwrap along the first column, then along every row.

    Parameters
    ----------
    wrapped : array_like, shape (row, column)
        Wrapped phase in rad.

    Returns
    -------
    ndarray, shape (row, column)
        Phase in rad that starts with the first pixel's own.

    References
    ----------
    Itoh, Appl. Opt. 21 (1982) 2470, doi:10.1364/AO.21.002470.

    Examples
    --------
    >>> ramp = np.add.outer(np.arange(5.0), np.arange(5.0))
    >>> bool(np.allclose(unwrap_rows(wrap(ramp)), ramp))
    True
    """
    wrapped = np.asarray(wrapped)
    first = np.unwrap(wrapped[:, 0])
    return np.unwrap(wrapped, axis=1) + (first - wrapped[:, 0])[:, None]


def unwrap_least_squares(wrapped: np.ndarray) -> np.ndarray:
    """Find the surface whose slopes fit the wrapped differences best.

    That is Poisson's equation ∇²φ = ρ with flat edges, which the cosine transform solves
    at once: each wave of the surface is that of ρ divided by 2 cos k₁ + 2 cos k₂ − 4. The
    result is the nearest surface to it that differs from `wrapped` by whole turns.

    Parameters
    ----------
    wrapped : array_like, shape (row, column)
        Wrapped phase in rad.

    Returns
    -------
    ndarray of float32, shape (row, column)

    References
    ----------
    Ghiglia and Romero, J. Opt. Soc. Am. A 11 (1994) 107, doi:10.1364/JOSAA.11.000107.

    Examples
    --------
    >>> hill = 9 * np.exp(-np.add.outer(np.arange(-8.0, 8) ** 2, np.arange(-8.0, 8) ** 2) / 40)
    >>> found = unwrap_least_squares(wrap(hill))
    >>> bool(np.allclose(found - found[0, 0], hill - hill[0, 0], atol=1e-4))
    True
    """
    wrapped = np.asarray(wrapped, np.float32)
    density = np.zeros_like(wrapped)
    down, along = wrap(np.diff(wrapped, axis=0)), wrap(np.diff(wrapped, axis=1))
    density[:-1] += down
    density[1:] -= down
    density[:, :-1] += along
    density[:, 1:] -= along
    waves = fft.dctn(density, overwrite_x=True)
    k1, k2 = (2 * np.cos(np.pi * np.arange(n, dtype=np.float32) / n) for n in wrapped.shape)
    denominator = k1[:, None] + (k2 - 4)
    denominator[0, 0] = 1  # the mean is free
    surface = fft.idctn(waves / denominator, overwrite_x=True)
    # Where the surface crosses half a turn against the wrapped phase, rounding would jump
    # back and forth; shifting it to the commonest difference keeps jumps rare.
    shift = np.angle(np.exp(1j * (wrapped - surface)).mean())
    return wrapped + TURN * np.round((surface + shift - wrapped) / TURN).astype(np.float32)
