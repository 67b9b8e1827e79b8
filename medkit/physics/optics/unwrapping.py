"""Unwrapping: a phase is only known up to whole turns, and its neighbours tell how many.

A detector gives ψ = φ mod 2π. Where the true phase φ changes by less than half a turn
from pixel to pixel (Itoh's condition), differences of ψ, wrapped again, are those of φ.
Noise breaks the condition here and there; the three methods differ in what happens then:

- `unwrap_rows` adds the differences up along lines: one bad pixel spoils the rest of a line,
- `unwrap_least_squares` finds the surface whose slopes fit best: errors spread, and fade,
- `unwrap` joins the most reliable neighbours first: errors stay where the noise is.
"""

import numpy as np
from scipy import fft

from medkit.physics.compiled import compiled

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


def unwrap_least_squares(wrapped: np.ndarray, *, congruent: bool = True) -> np.ndarray:
    """Find the surface whose slopes fit the wrapped differences best.

    That is Poisson's equation ∇²φ = ρ with flat edges, which the cosine transform solves
    at once: each wave of the surface is that of ρ divided by 2 cos k₁ + 2 cos k₂ − 4.

    Parameters
    ----------
    wrapped : array_like, shape (row, column)
        Wrapped phase in rad.
    congruent : bool
        Round to the nearest surface that differs from `wrapped` by whole turns. Without,
        the result is smooth; noise then flattens it, as wrapped slopes are too small.

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
    if not congruent:
        return surface + (wrapped.mean() - surface.mean())
    # Where the surface crosses half a turn against the wrapped phase, rounding would jump
    # back and forth; shifting it to the commonest difference keeps jumps rare.
    shift = np.angle(np.exp(1j * (wrapped - surface)).mean())
    return wrapped + TURN * np.round((surface + shift - wrapped) / TURN).astype(np.float32)


def reliability(wrapped: np.ndarray) -> np.ndarray:
    """Return how smooth the phase is about each pixel: 1/D, D² the sum of squared bends.

    The bends are second differences across the pixel, down, along and on both diagonals,
    wrapped term by term; pixels on the border get 0.

    Parameters
    ----------
    wrapped : array_like, shape (row, column)
        Wrapped phase in rad.

    Returns
    -------
    ndarray of float32, shape (row, column)

    References
    ----------
    Herráez et al., Appl. Opt. 41 (2002) 7437, doi:10.1364/AO.41.007437.
    """
    return _reliability(np.ascontiguousarray(wrapped, np.float32))


def unwrap(wrapped: np.ndarray, *, quality: np.ndarray | None = None) -> np.ndarray:
    """Unwrap by joining the most reliable neighbours first.

    Every pair of neighbours is a possible join. They are made from the most to the least
    reliable; a join between two groups turns the smaller by whole turns so that the pair
    differs by less than half a turn. No pixel is ever changed by anything but whole turns.

    Parameters
    ----------
    wrapped : array_like, shape (row, column)
        Wrapped phase in rad.
    quality : array_like, shape (row, column), optional
        How far each pixel can be trusted, 0 or more, such as the amplitude of the
        hologram; its `reliability` if not given.

    Returns
    -------
    ndarray of float32, shape (row, column)
        Phase in rad; the first pixel keeps its own.

    Raises
    ------
    ValueError
        If the phase is not an image of at least 2 × 2, is not finite, or the quality does
        not have its shape.

    References
    ----------
    Herráez et al., Appl. Opt. 41 (2002) 7437, doi:10.1364/AO.41.007437.

    Examples
    --------
    >>> ramp = np.add.outer(np.arange(5.0), np.arange(5.0))
    >>> bool(np.allclose(unwrap(wrap(ramp)), ramp, atol=1e-5))
    True
    """
    wrapped = np.ascontiguousarray(wrapped, np.float32)
    if wrapped.ndim != 2 or min(wrapped.shape) < 2:
        raise ValueError(f"wrapped has shape {wrapped.shape}; give an image (row, column)")
    if not np.isfinite(wrapped).all():
        raise ValueError("wrapped holds values that are not numbers; set them to 0, quality too")
    quality = reliability(wrapped) if quality is None else np.asarray(quality, np.float32)
    if quality.shape != wrapped.shape:
        raise ValueError(f"quality has shape {quality.shape}; the phase has {wrapped.shape}")
    order = _joins(np.ascontiguousarray(quality))
    turns = _join(wrapped.ravel(), order, wrapped.shape[1])
    return wrapped + np.float32(TURN) * turns.reshape(wrapped.shape)


@compiled(fastmath=True)
def _wrapped(x):
    turn = np.float32(2 * np.pi)
    return x - turn * np.rint(x / turn)


@compiled(fastmath=True)
def _reliability(psi):
    rows, columns = psi.shape
    out = np.zeros_like(psi)
    for i in range(1, rows - 1):
        for j in range(1, columns - 1):
            c = psi[i, j]
            v = _wrapped(psi[i - 1, j] - c) - _wrapped(c - psi[i + 1, j])
            h = _wrapped(psi[i, j - 1] - c) - _wrapped(c - psi[i, j + 1])
            d = _wrapped(psi[i - 1, j - 1] - c) - _wrapped(c - psi[i + 1, j + 1])
            e = _wrapped(psi[i - 1, j + 1] - c) - _wrapped(c - psi[i + 1, j - 1])
            out[i, j] = np.float32(1) / np.sqrt(v * v + h * h + d * d + e * e + 1e-12)
    return out


@compiled(fastmath=False)
def _joins(quality):
    """Return the joins, best first: 2·pixel to the right neighbour, 2·pixel + 1 down.

    A counting sort on the upper half of the float's bits: for positive floats these grow
    with the value, in steps of 1/128, which is as fine as an order of noise needs to be.
    """
    rows, columns = quality.shape
    bins = 1 << 16
    count = np.zeros(bins + 1, np.int64)
    total = np.empty(2 * rows * columns, np.float32)
    for i in range(rows):
        for j in range(columns):
            at = 2 * (i * columns + j)
            total[at] = quality[i, j] + quality[i, j + 1] if j + 1 < columns else -1
            total[at + 1] = quality[i, j] + quality[i + 1, j] if i + 1 < rows else -1
    keys = total.view(np.uint32)
    for at in range(total.size):
        if total[at] >= 0:
            count[bins - 1 - (keys[at] >> 16)] += 1
    start = 0
    for b in range(bins):
        start, count[b] = start + count[b], start
    order = np.empty(start, np.int32)
    for at in range(total.size):
        if total[at] >= 0:
            b = bins - 1 - (keys[at] >> 16)
            order[count[b]] = at
            count[b] += 1
    return order


@compiled(fastmath=False)
def _root(parent, turns, pixel):
    """Return the head of a pixel's group and the pixel's turns against it; halve the path."""
    total = np.int32(0)
    while parent[pixel] != pixel:
        above = parent[pixel]
        if parent[above] != above:
            turns[pixel] += turns[above]
            parent[pixel] = parent[above]
        total += turns[pixel]
        pixel = parent[pixel]
    return pixel, total


@compiled(fastmath=False)
def _join(psi, order, columns):
    """Join groups in order; return each pixel's whole turns."""
    n = psi.size
    parent = np.arange(n).astype(np.int32)
    turns, size = np.zeros(n, np.int32), np.ones(n, np.int32)
    left = n - 1
    for join in order:
        a = np.int32(join >> 1)
        b = np.int32(a + (columns if join & 1 else 1))
        head_a, turns_a = _root(parent, turns, a)
        head_b, turns_b = _root(parent, turns, b)
        if head_a == head_b:
            continue
        step = np.int32(np.rint((psi[a] - psi[b]) / (2 * np.pi))) + turns_a - turns_b
        if size[head_a] < size[head_b]:
            head_a, head_b, step = head_b, head_a, -step
        parent[head_b], turns[head_b] = head_a, step
        size[head_a] += size[head_b]
        left -= 1
        if left == 0:
            break
    out = np.empty(n, np.float32)
    _, first = _root(parent, turns, np.int32(0))
    for pixel in range(n):
        _, own = _root(parent, turns, np.int32(pixel))
        out[pixel] = own - first
    return out
