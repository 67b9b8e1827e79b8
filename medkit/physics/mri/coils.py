"""Receive coils: how each hears the patient, and how their images are put together."""

import numpy as np

from medkit.physics.linear import LinearOperator


def loop_sensitivities(
    rows_mm: np.ndarray,
    columns_mm: np.ndarray,
    n_coils: int,
    *,
    radius_mm: float = 150.0,
) -> np.ndarray:
    """Compute the field of loops around the patient, long along the patient's axis.

    What a coil hears is, by reciprocity, the field that a current in it would make. Seen
    in a transverse plane a long loop is two wires at the complex positions w₁, w₂; a
    wire's field is 1/(z − w). The phase turns from coil to coil, as in a real array.

    Parameters
    ----------
    rows_mm, columns_mm : array_like, shapes (rows,) and (columns,)
        Positions in mm from the centre of the array.
    n_coils : int
        Loops, evenly around the circle; 1 is a body coil that hears all alike.
    radius_mm : float
        Radius of the circle they lie on.

    Returns
    -------
    ndarray of complex64, shape (n_coils, rows, columns)
        Scaled so that the root sum of squares is 1 in the centre, and grows outwards.
    """
    rows_mm, columns_mm = np.asarray(rows_mm, float), np.asarray(columns_mm, float)
    if n_coils == 1:
        return np.ones((1, rows_mm.size, columns_mm.size), np.complex64)
    # A loop is 1.2 times as wide as its neighbour is away, at most as wide as the circle.
    half = min(1.2 * np.pi / n_coils, np.pi / 2)
    centre = 2 * np.pi * (np.arange(n_coils) + 0.5) / n_coils
    wires = radius_mm * np.exp(1j * (centre + np.array([[-half], [half]])))
    at_centre = np.abs(1 / wires[0] - 1 / wires[1])
    scale = 1 / np.sqrt((at_centre**2).sum())
    strongest = 5 * scale * at_centre.max()  # a wire is not infinitely thin
    position = columns_mm + 1j * rows_mm[:, None]
    maps = np.empty((n_coils, *position.shape), np.complex64)
    for k, (one, other) in enumerate(wires.T):  # coil by coil: all at once leaves the cache
        with np.errstate(divide="ignore", invalid="ignore"):
            field = np.nan_to_num(scale * (1 / (position - one) - 1 / (position - other)))
        maps[k] = field / np.maximum(1, np.abs(field) / strongest)
    return maps


def root_sum_of_squares(images: np.ndarray) -> np.ndarray:
    """Combine coil images (…, coil, row, column) without knowing the coils: √Σ|x_c|²."""
    return np.sqrt((images.real**2 + images.imag**2).sum(axis=-3))


def combine(images: np.ndarray, sensitivities: np.ndarray) -> np.ndarray:
    """Combine coil images with known coils: Σ s_c* x_c / Σ |s_c|², the best signal to noise.

    Parameters
    ----------
    images, sensitivities : ndarray, shape (coil, row, column)
        One image and one map a coil.

    Returns
    -------
    ndarray of complex64, shape (row, column)

    References
    ----------
    Roemer et al., Magn. Reson. Med. 16 (1990) 192, doi:10.1002/mrm.1910160203.
    """
    power = (sensitivities.real**2 + sensitivities.imag**2).sum(axis=0)
    heard = power > 1e-6 * power.max()
    total = (sensitivities.conj() * images).sum(axis=0)
    return np.where(heard, total / np.where(heard, power, 1), 0).astype(np.complex64)


def compress(
    data: np.ndarray, sensitivities: np.ndarray, *, kept: float = 0.999
) -> tuple[np.ndarray, np.ndarray]:
    """Replace many coils that hear much the same by fewer virtual ones.

    The virtual coils are the principal components of the data: sums of the real ones,
    whose noise stays independent because the sums are orthogonal.

    Parameters
    ----------
    data : ndarray, shape (coil, …)
        k-space of each coil.
    sensitivities : ndarray, shape (coil, row, column)
        What each coil hears.
    kept : float
        Part of the data's power that the virtual coils must hold.

    Returns
    -------
    data, sensitivities : ndarray of complex64
        As given, with fewer coils.

    References
    ----------
    Buehrer et al., Magn. Reson. Med. 57 (2007) 1131, doi:10.1002/mrm.21237.
    """
    heard = np.asarray(data, np.complex64).reshape(len(data), -1)
    power, mixes = np.linalg.eigh((heard @ heard.conj().T).astype(np.complex128))
    share = np.cumsum(power[::-1]) / power.sum()
    n_virtual = min(int(np.searchsorted(share, kept)) + 1, len(heard))
    mix = mixes[:, ::-1][:, :n_virtual].conj().T.astype(np.complex64)
    return tuple(
        np.ascontiguousarray(np.tensordot(mix, np.asarray(a, np.complex64), 1))
        for a in (data, sensitivities)
    )


class Coils(LinearOperator):
    """Image → images as the coils hear them: each multiplies by its sensitivity.

    With a sampling F of those images, made with ``n_images`` coils, SENSE's encoding is the
    operator ``F @ Coils(sensitivities)``.

    Parameters
    ----------
    sensitivities : ndarray of complex64, shape (coil, row, column)
        Receive sensitivities.

    References
    ----------
    Pruessmann et al., Magn. Reson. Med. 46 (2001) 638, doi:10.1002/mrm.1241.
    """

    input_dtype = output_dtype = np.dtype(np.complex64)

    def __init__(self, sensitivities: np.ndarray):
        self.sensitivities = np.ascontiguousarray(sensitivities, np.complex64)
        self.input_shape = self.sensitivities.shape[1:]
        self.output_shape = self.sensitivities.shape
        self._conjugate = self.sensitivities.conj()

    def _forward(self, x):
        return self.sensitivities * x

    def _adjoint(self, y):
        return (self._conjugate * y).sum(axis=0)
