"""Compressed sensing: few measurements suffice for images that few wavelets describe."""

import numpy as np
import pywt

from medkit.physics.linear import LinearOperator

#: The wavelets, as PyWavelets calls them: orthogonal, and periodic at the image's edges.
WAVELET, MODE = "db2", "periodization"


def halvings(shape) -> int:
    """Return how often an image can be halved, at most 4 times.

    Raises
    ------
    ValueError
        If it cannot be halved at all.
    """
    even = min(int(n & -n).bit_length() - 1 for n in shape)
    levels = min(4, even, pywt.dwt_max_level(min(shape), WAVELET))
    if levels == 0:
        raise ValueError(
            f"{tuple(shape)} cannot be halved for {WAVELET!r}; choose rows and columns that are "
            "larger, and divisible by 16"
        )
    return levels


def shrink(image: np.ndarray, threshold: float) -> np.ndarray:
    """Return an image with all but its coarsest wavelet coefficients moved towards 0."""
    threshold = max(threshold, 1e-30)  # a coefficient of 0 less nothing must not become 0/0
    coarse, *details = pywt.wavedec2(image, WAVELET, MODE, halvings(image.shape))
    fewer = [tuple(pywt.threshold(d, threshold, "soft") for d in level) for level in details]
    return pywt.waverec2([coarse, *fewer], WAVELET, MODE)


def compressed_sensing(
    data: np.ndarray,
    operator: LinearOperator,
    *,
    weight: float = 0.005,
    n_iterations: int = 40,
    gain: float = 1.0,
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
    gain : float
        ‖A‖², or more; 1 for a unitary Fourier transform with coils whose squares add to 1.

    Returns
    -------
    ndarray of complex64, shape ``operator.input_shape``

    References
    ----------
    Lustig, Donoho and Pauly, Magn. Reson. Med. 58 (2007) 1182, doi:10.1002/mrm.21391;
    Beck and Teboulle, SIAM J. Imaging Sci. 2 (2009) 183, doi:10.1137/080716542.
    """
    backprojected = operator.adjoint(data)
    grid = 2 ** halvings(operator.input_shape)
    threshold = weight * float(np.abs(backprojected).max()) / gain
    step, rng = np.float32(1 / gain), np.random.default_rng(0)
    x, ahead, momentum = backprojected * step, backprojected * step, 1.0
    for _ in range(n_iterations):
        moved = ahead - step * (operator.normal(ahead) - backprojected)
        shift = rng.integers(0, grid, 2)
        newer = np.roll(shrink(np.roll(moved, shift, (0, 1)), threshold), -shift, (0, 1))
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = newer + np.float32((momentum - 1) / following) * (newer - x)
        x, momentum = newer, following
    return x
