"""Total variation: reconstruct the image with the fewest and smallest edges that fits.

min over x of ½‖Ax − y‖² + λ ∫|∇x|. Streaks and noise are many small edges and cost
much; the border of an organ is one edge and costs little. So an image can be had from
far fewer views than filtered back-projection needs, if it is nearly piecewise constant.
"""

import numpy as np

from medkit.physics.linear import LinearOperator
from medkit.physics.linear.reconstruction import Callback, largest_gain


def gradient(image: np.ndarray) -> np.ndarray:
    """Return the differences to the next pixel along each of the last two axes.

    >>> gradient(np.array([[0.0, 1.0], [0.0, 3.0]])).tolist()
    [[[0.0, 2.0], [0.0, 0.0]], [[1.0, 0.0], [3.0, 0.0]]]
    """
    out = np.zeros((2, *image.shape), image.dtype)
    np.subtract(image[..., 1:, :], image[..., :-1, :], out=out[0, ..., :-1, :])
    np.subtract(image[..., :, 1:], image[..., :, :-1], out=out[1, ..., :, :-1])
    return out


def divergence(field: np.ndarray) -> np.ndarray:
    """Return minus the transpose of `gradient`, so that ⟨∇x, p⟩ = −⟨x, div p⟩."""
    down, right = field
    out = np.zeros(down.shape, down.dtype)
    out[..., :-1, :] += down[..., :-1, :]
    out[..., 1:, :] -= down[..., :-1, :]
    out[..., :, :-1] += right[..., :, :-1]
    out[..., :, 1:] -= right[..., :, :-1]
    return out


def denoise(
    image: np.ndarray, weight: float, *, n_iterations: int = 50, start: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Minimise ½‖x − image‖² + λ Σ|∇x|, by projected gradients on the dual field.

    Parameters
    ----------
    image : ndarray, shape (…, row, column)
        Noisy image.
    weight : float
        Weight λ of the edges.
    n_iterations : int
        Steps; a good `start` needs few.
    start : ndarray, optional
        Dual field to start from, as a call before returned it.

    Returns
    -------
    denoised : ndarray, shape of `image`
    field : ndarray, shape (2, …)
        Dual field p, with |p| ≤ 1 and denoised = image + λ div p.

    References
    ----------
    Beck and Teboulle, IEEE Trans. Image Process. 18 (2009) 2419,
    doi:10.1109/TIP.2009.2028250.
    """
    real = image.real.dtype.type
    if weight <= 0:
        return image.copy(), np.zeros((2, *image.shape), image.dtype)
    field = np.zeros((2, *image.shape), image.dtype) if start is None else start
    ahead, t = field, 1.0
    for _ in range(n_iterations):
        step = gradient(image + real(weight) * divergence(ahead))
        step *= real(1 / (8 * weight))  # 8 is the largest eigenvalue of −div∇
        step += ahead
        step /= np.maximum(1, np.sqrt((np.abs(step) ** 2).sum(axis=0)))
        t_next = (1 + np.sqrt(1 + 4 * t * t)) / 2
        ahead = step + real((t - 1) / t_next) * (step - field)
        field, t = step, t_next
    return image + real(weight) * divergence(field), field


def total_variation(
    data: np.ndarray,
    operator: LinearOperator,
    *,
    weight: float,
    n_iterations: int = 50,
    nonnegative: bool = False,
    callback: Callback | None = None,
) -> np.ndarray:
    """Minimise ½‖Ax − y‖² + λ Σ|∇x| by accelerated gradient steps and denoising (FISTA).

    Parameters
    ----------
    data : ndarray
        Measurement y, real or complex.
    operator : LinearOperator
        Scanner A; its image's last two axes are rows and columns.
    weight : float
        Weight λ, in units of the data squared over the image.
    n_iterations : int
        Steps.
    nonnegative : bool
        Set negative values to zero after each step.
    callback : callable, optional
        Called as callback(iteration, x).

    Returns
    -------
    ndarray, shape ``operator.input_shape``

    References
    ----------
    Beck and Teboulle, SIAM J. Imaging Sci. 2 (2009) 183, doi:10.1137/080716542.
    """
    x = np.zeros(operator.input_shape, operator.input_dtype)
    real = x.real.dtype.type
    step = real(1 / (1.05 * largest_gain(operator)))
    ahead, field, t = x, None, 1.0
    for iteration in range(n_iterations):
        downhill = ahead + step * operator.adjoint(data - operator.forward(ahead))
        # The field of the last step is nearly right for this one: few inner steps do.
        x_next, field = denoise(downhill, weight * float(step), n_iterations=8, start=field)
        if nonnegative:
            np.maximum(x_next, 0, out=x_next)
        t_next = (1 + np.sqrt(1 + 4 * t * t)) / 2
        ahead = x_next + real((t - 1) / t_next) * (x_next - x)
        x, t = x_next, t_next
        if callback:
            callback(iteration, x)
    return x
