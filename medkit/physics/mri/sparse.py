"""Compressed sensing: few measurements suffice for images that few wavelets describe."""

from collections.abc import Callable

import numpy as np
import pywt

from medkit.physics.linear import LinearOperator


class Wavelets:
    """An orthogonal wavelet transform of images: W with W*W = 1.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns; both are divisible by 2 to the power `levels`.
    name : str
        Wavelet, as PyWavelets calls it.
    levels : int, optional
        Halvings; as many as fit, up to 4, if not given.

    Raises
    ------
    ValueError
        If the shape cannot be halved often enough.
    """

    def __init__(self, shape, name: str = "db2", levels: int | None = None):
        halvings = min(int(n & -n).bit_length() - 1 for n in shape)
        fits = min(halvings, pywt.dwt_max_level(min(shape), name))
        self.levels = min(4, fits) if levels is None else levels
        if self.levels > fits or fits == 0:
            raise ValueError(
                f"{tuple(shape)} cannot be halved {max(1, self.levels)} times for {name!r}; choose "
                f"rows and columns that are larger, and divisible by {2 ** max(4, self.levels)}"
            )
        self.name = name
        zeros = np.zeros(shape, np.float32)
        _, self._slices = pywt.coeffs_to_array(self._analyse(zeros))

    def _analyse(self, image):
        return pywt.wavedec2(image, self.name, mode="periodization", level=self.levels)

    def forward(self, image: np.ndarray) -> np.ndarray:
        """Return the coefficients of an image, coarse ones first, in one array."""
        return pywt.coeffs_to_array(self._analyse(image))[0]

    def adjoint(self, coefficients: np.ndarray) -> np.ndarray:
        """Return the image of coefficients; adjoint and inverse are the same."""
        nested = pywt.array_to_coeffs(coefficients, self._slices, output_format="wavedec2")
        return pywt.waverec2(nested, self.name, mode="periodization")

    def shrink(self, image: np.ndarray, threshold: float) -> np.ndarray:
        """Return the image with all but its coarsest coefficients moved towards 0."""
        nested = self._analyse(image)
        details = [tuple(soft_threshold(d, threshold) for d in level) for level in nested[1:]]
        return pywt.waverec2([nested[0], *details], self.name, mode="periodization")


def soft_threshold(values: np.ndarray, threshold: float) -> np.ndarray:
    """Move values towards 0 by `threshold`, at most to 0; complex ones keep their phase.

    >>> soft_threshold(np.array([-3.0, 0.5, 2.0]), 1.0)
    array([-2.,  0.,  1.])
    """
    size = np.abs(values)
    keep = np.maximum(size - values.real.dtype.type(threshold), 0)
    return values * np.divide(keep, size, out=np.zeros_like(size), where=size > 0)


def compressed_sensing(
    data: np.ndarray,
    operator: LinearOperator,
    *,
    weight: float = 0.005,
    n_iterations: int = 40,
    wavelet: str = "db2",
    gain: float = 1.0,
    callback: Callable[[int, np.ndarray], object] | None = None,
) -> np.ndarray:
    """Minimise ½‖Ax − y‖² + λ‖Wx‖₁ over images x, by FISTA.

    A step towards the data, a step towards few wavelets, and a push further along the
    last move. The image moves by a random pixel before each transform, so that the
    wavelets' own grid does not show.

    Parameters
    ----------
    data : ndarray
        Measurement y.
    operator : LinearOperator
        Scanner A.
    weight : float
        λ relative to the brightest pixel of A*y.
    n_iterations : int
        Steps.
    wavelet : str
        Wavelet, as PyWavelets calls it.
    gain : float
        ‖A‖², or more; 1 for a unitary Fourier transform with coils whose squares add to 1.
    callback : callable, optional
        Called as callback(iteration, x).

    Returns
    -------
    ndarray of complex64, shape ``operator.input_shape``

    References
    ----------
    Lustig, Donoho and Pauly, Magn. Reson. Med. 58 (2007) 1182, doi:10.1002/mrm.21391;
    Beck and Teboulle, SIAM J. Imaging Sci. 2 (2009) 183, doi:10.1137/080716542.
    """
    backprojected = operator.adjoint(data)
    wavelets = Wavelets(operator.input_shape, wavelet)
    threshold = weight * float(np.abs(backprojected).max()) / gain
    step, rng = np.float32(1 / gain), np.random.default_rng(0)
    x, ahead, momentum = backprojected * step, backprojected * step, 1.0
    for iteration in range(n_iterations):
        moved = ahead - step * (operator.normal(ahead) - backprojected)
        shift = rng.integers(0, 2**wavelets.levels, 2)
        moved = np.roll(moved, shift, (0, 1))
        newer = np.roll(wavelets.shrink(moved, threshold), -shift, (0, 1))
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = newer + np.float32((momentum - 1) / following) * (newer - x)
        x, momentum = newer, following
        if callback:
            callback(iteration, x)
    return x
