"""Reconstruction for any scanner: from data y and an operator A back to the object x.

Every method sees the scanner only through `LinearOperator`: A (`forward`) and its
adjoint A* (`adjoint`). All take data first and operator second, and start from nothing; some
call `callback(iteration, x)` after each iteration if there is one.
"""

from collections.abc import Callable, Sequence

import numpy as np

from medkit.physics.linear import LinearOperator

Callback = Callable[[int, np.ndarray], object]


def largest_gain(operator: LinearOperator, n_iterations: int = 12) -> float:
    """Estimate ‖A‖², the largest eigenvalue of A*A, by the power method.

    Gradient descent diverges for steps beyond 2/‖A‖². Starting from a constant image
    makes the estimate sharp after few iterations where A has no negative weights.
    """
    x = np.ones(operator.input_shape, operator.input_dtype)
    x += 0.01 * np.random.default_rng(0).standard_normal(x.shape).astype(x.real.dtype)
    gain = 0.0
    for _ in range(n_iterations):
        x /= np.linalg.norm(x)
        x = operator.adjoint(operator.forward(x))
        gain = float(np.linalg.norm(x))
    return gain


def sart(
    data: np.ndarray,
    operators: LinearOperator | Sequence[tuple[object, LinearOperator]],
    *,
    n_iterations: int = 5,
    relaxation: float = 0.5,
    callback: Callback | None = None,
) -> np.ndarray:
    """Correct the image by the mean error of the rays through each pixel (SART).

    x ← x + λ A*[(y − Ax)/A1] / A*1, for one subset of the data after another; what is
    negative after a correction is set to zero.

    Parameters
    ----------
    data : ndarray
        Measurement y.
    operators : LinearOperator, or sequence of (index, LinearOperator)
        Scanner A, or one operator for each part ``data[index]``; see `view_subsets`.
    n_iterations : int
        Passes over all data.
    relaxation : float
        Factor λ between 0 and 2; small is slow and smooth.
    callback : callable, optional
        Called as callback(iteration, x).

    Returns
    -------
    ndarray, shape of the operator's input

    References
    ----------
    Andersen and Kak, Ultrason. Imaging 6 (1984) 81, doi:10.1177/016173468400600107.
    """
    parts = _parts(operators)
    lengths, sums = zip(*(_row_and_column_sums(a) for _, a in parts), strict=True)
    x = np.zeros(parts[0][1].input_shape, np.float32)
    for iteration in range(n_iterations):
        for (index, a), length, total in zip(parts, lengths, sums, strict=True):
            error = _divide(data[index] - a.forward(x), length)
            x += np.float32(relaxation) * _divide(a.adjoint(error), total)
            np.maximum(x, 0, out=x)
        if callback:
            callback(iteration, x)
    return x


def conjugate_gradient(
    data: np.ndarray,
    operator: LinearOperator,
    *,
    n_iterations: int = 20,
    damping: float = 0.0,
    preconditioner: Callable[[np.ndarray], np.ndarray] | None = None,
) -> np.ndarray:
    """Minimise ½‖Ax − y‖² + ½λ‖x‖² by conjugate gradients on (A*A + λ) x = A*y.

    Parameters
    ----------
    data : ndarray
        Measurement y, real or complex.
    operator : LinearOperator
        Scanner A.
    n_iterations : int
        Steps at most.
    damping : float
        Weight λ that keeps noise down.
    preconditioner : callable, optional
        Applies roughly (A*A + λ)⁻¹, Hermitian and positive. The minimum stays where it
        is; the better the guess, the fewer iterations lead there.

    Returns
    -------
    ndarray, shape ``operator.input_shape``

    References
    ----------
    Hestenes and Stiefel, J. Res. Natl. Bur. Stand. 49 (1952) 409, doi:10.6028/jres.049.044.
    """
    gradient = operator.adjoint(data)
    downhill = preconditioner(gradient) if preconditioner else gradient
    x, direction = np.zeros_like(gradient), downhill.copy()
    power = np.vdot(gradient, downhill).real
    for _ in range(n_iterations):
        if power == 0:
            break
        curved = operator.normal(direction) + _same(damping, x) * direction
        step = _same(power / np.vdot(direction, curved).real, x)
        x += step * direction
        gradient = gradient - step * curved
        downhill = preconditioner(gradient) if preconditioner else gradient
        power, before = np.vdot(gradient, downhill).real, power
        direction = downhill + _same(power / before, x) * direction
    return x


def mlem(
    data: np.ndarray,
    operators: LinearOperator | Sequence[tuple[object, LinearOperator]],
    *,
    n_iterations: int = 20,
    background: np.ndarray | float = 0.0,
    callback: Callback | None = None,
) -> np.ndarray:
    """Find the most likely image behind Poisson counts: x ← x/A*1 · A*[y/(Ax + b)].

    Each iteration keeps the total, Σ Ax = Σ y for b = 0, and no value turns negative.
    With several subsets, each acts as an iteration of its own, and the first passes are
    about as many times faster (OSEM).

    Parameters
    ----------
    data : ndarray
        Counts y ≥ 0.
    operators : LinearOperator, or sequence of (index, LinearOperator)
        Scanner A without negative weights; or one for each part ``data[index]``.
    n_iterations : int
        Passes over all data.
    background : float or ndarray, shape of `data`
        Expected counts b that do not come from the object (randoms, scatter).
    callback : callable, optional
        Called as callback(iteration, x).

    Returns
    -------
    ndarray, shape of the operator's input

    References
    ----------
    Shepp and Vardi, IEEE Trans. Med. Imaging 1 (1982) 113, doi:10.1109/TMI.1982.4307558;
    Hudson and Larkin, IEEE Trans. Med. Imaging 13 (1994) 601, doi:10.1109/42.363108.
    """
    parts = _parts(operators)
    data = np.maximum(np.asarray(data, np.float32), 0)
    background = np.broadcast_to(np.asarray(background, np.float32), data.shape)
    sensitivity = [a.adjoint(np.ones(a.output_shape, np.float32)) for _, a in parts]
    x = np.where(sum(sensitivity) > 0, np.float32(1), np.float32(0))
    for iteration in range(n_iterations):
        for (index, a), seen in zip(parts, sensitivity, strict=True):
            ratio = _divide(data[index], a.forward(x) + background[index])
            # Pixels that this subset does not see keep their value.
            x = np.where(seen > 0, x * _divide(a.adjoint(ratio), seen), x)
        if callback:
            callback(iteration, x)
    return x


def osem(data: np.ndarray, operator, *, n_subsets: int = 8, **options) -> np.ndarray:
    """Run `mlem` on ordered subsets of the views of a `ParallelBeam`; see there."""
    return mlem(data, view_subsets(operator, n_subsets), **options)


def view_subsets(operator, n_subsets: int) -> list[tuple[object, LinearOperator]]:
    """Deal the views of a `ParallelBeam` out to interleaved subsets, for `sart` and `mlem`.

    The order is that of the bits read backwards, so that neighbours in time are far
    apart in angle: each subset then tells something new.
    """
    n_subsets = min(n_subsets, operator.angles_deg.size)
    bits = max(1, (n_subsets - 1).bit_length())
    order = sorted(range(n_subsets), key=lambda i: int(f"{i:0{bits}b}"[::-1], 2))
    views = [slice(i, None, n_subsets) for i in order]
    return [((..., v, slice(None)), operator.subset(v)) for v in views]


def _parts(operators):
    """Return (index, operator) for each part of the data."""
    return [(..., operators)] if isinstance(operators, LinearOperator) else list(operators)


def _row_and_column_sums(operator):
    """Return A1 and A*1: how much of the image each ray sees, and the reverse."""
    ones = np.ones(operator.input_shape, np.float32)
    return operator.forward(ones), operator.adjoint(np.ones(operator.output_shape, np.float32))


def _divide(above, below):
    """Divide, with 0 where the divisor is (nearly) 0: those rays and pixels carry nothing."""
    enough = below > 1e-6 * np.max(below, initial=1e-30)
    return np.divide(above, below, out=np.zeros_like(below), where=enough)


def _same(number, like):
    """Return a factor in an array's own precision, which keeps float32 arrays float32."""
    return like.real.dtype.type(number)
