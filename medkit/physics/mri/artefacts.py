"""What goes wrong in MR: field errors and spikes; each a function on arrays."""

import numpy as np
import scipy.fft

from medkit.constants import PROTON_GYROMAGNETIC_MHZ_T


def spike(kspace: np.ndarray, row: int, column: int, strength: float = 1.0) -> np.ndarray:
    """Add an electric discharge: one wrong sample, which draws stripes over all the image.

    Parameters
    ----------
    kspace : ndarray, shape (…, row, column)
        Data.
    row, column : int
        Which sample is hit.
    strength : float
        Size of the spike, relative to the largest sample.

    Returns
    -------
    ndarray of complex64, same shape
    """
    hit = np.array(kspace, np.complex64)
    hit[..., row, column] += np.float32(strength * np.abs(hit).max())
    return hit


def distort(signal: np.ndarray, shift_pixels: np.ndarray) -> np.ndarray:
    """Move each pixel's signal along the columns, keeping the total.

    A field error makes spins precess at another rate, and the read-out takes the rate
    for a position. Where signal piles up it is bright, where it is pulled apart dark.

    Parameters
    ----------
    signal : ndarray, shape (…, row, column)
        Real or complex.
    shift_pixels : array_like
        Shift of each pixel to the right, in pixels; broadcasts to `signal`.

    Returns
    -------
    ndarray, shape and kind of `signal`

    Examples
    --------
    >>> distort(np.array([[0.0, 4.0, 0.0]]), 0.25)
    array([[0., 3., 1.]])
    """
    columns = signal.shape[-1]
    target = np.broadcast_to(np.arange(columns) + np.asarray(shift_pixels), signal.shape)
    left = np.floor(target).astype(int)
    part = (target - left).astype(signal.real.dtype)
    lines = np.arange(signal.size // columns).reshape(*signal.shape[:-1], 1) * columns
    result = np.zeros(signal.size, signal.dtype)
    for place, share in ((left, 1 - part), (left + 1, part)):
        inside = (place >= 0) & (place < columns)
        index, amount = (lines + place)[inside], (signal * share)[inside]
        for kind in ("real", "imag") if np.iscomplexobj(signal) else ("real",):
            total = np.bincount(index, getattr(amount, kind), minlength=signal.size)
            result += total.astype(result.real.dtype) * (1j if kind == "imag" else 1)
    return result.reshape(signal.shape)


def field_of_susceptibility(susceptibility_ppm: np.ndarray, spacing_mm) -> np.ndarray:
    """Compute how a magnetised body disturbs the main field, along the plane axis.

    In Fourier space the field of a dipole distribution is a product:
    ΔB/B₀ = (1/3 − k_z²/k²) χ. Air in the sinuses has no magnetisation, and the field
    around it is off by some ppm, which is what spoils gradient echoes above the nose.

    Parameters
    ----------
    susceptibility_ppm : ndarray, shape (plane, row, column)
        Volume susceptibility χ in ppm: tissue −9.05, air 0.36.
    spacing_mm : tuple of float
        Voxel.

    Returns
    -------
    ndarray of float32, same shape
        ΔB/B₀ in ppm, its constant part left out: that is shimmed.

    References
    ----------
    Marques and Bowtell, Concepts Magn. Reson. B 25 (2005) 65, doi:10.1002/cmr.b.20034;
    susceptibilities: Schenck, Med. Phys. 23 (1996) 815, doi:10.1118/1.597854.
    """
    shape = susceptibility_ppm.shape
    padded = tuple(scipy.fft.next_fast_len(2 * n, real=True) for n in shape)
    edge = float(susceptibility_ppm[0, 0, 0])
    # Relative to the surroundings, so that zero padding continues them.
    spectrum = scipy.fft.rfftn(np.asarray(susceptibility_ppm - edge, np.float32), padded)
    squares = [
        scipy.fft.fftfreq(n, s).astype(np.float32) ** 2
        for n, s in zip(padded[:2], spacing_mm[:2], strict=True)
    ]
    squares.append(scipy.fft.rfftfreq(padded[2], spacing_mm[2]).astype(np.float32) ** 2)
    z2, y2, x2 = np.ix_(*squares)
    total = z2 + y2 + x2
    total[0, 0, 0] = 1  # the constant part is shimmed away below
    kernel = np.float32(1 / 3) - z2 / total
    kernel[0, 0, 0] = 0
    field = scipy.fft.irfftn(spectrum * kernel, padded)
    return field[tuple(slice(n) for n in shape)].astype(np.float32)


def field_map_hz(patient, field_t: float) -> np.ndarray:
    """Return the field error of a patient in Hz, shimmed to 0 in the mean of the tissue.

    Parameters
    ----------
    patient : Patient
        Several planes; a single one would be taken for a thin sheet.
    field_t : float
        Strength of the main field in tesla.

    Returns
    -------
    ndarray of float32, shape (plane, row, column)
    """
    body = patient.map({name: -9.05 for name in patient.tissues} | {"air": 0.36}, by_density=False)
    ppm = field_of_susceptibility(body, patient.spacing_mm)
    tissue = body < -1
    shimmed = ppm - (ppm[tissue].mean() if tissue.any() else 0)
    return np.where(tissue, shimmed * (PROTON_GYROMAGNETIC_MHZ_T * field_t), 0).astype(np.float32)
