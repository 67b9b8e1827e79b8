"""From beamformed echoes to the grey picture: time gain, logarithm, scan conversion."""

import numpy as np
from scipy import ndimage

from medkit.physics.ultrasound.transducer import pulse_spectrum


def time_gain(protocol) -> np.ndarray:
    """Gain that undoes the assumed attenuation, one value a row (TGC).

    The gain is that of the whole band: high frequencies are lost first, so that
    deep echoes fall by less than α f₀ 2z.

    Parameters
    ----------
    protocol : UltrasoundProtocol
        Depths of the rows, pulse, and `attenuation_db_cm_mhz`.

    Returns
    -------
    ndarray, shape (row,), float32
        Amplitude gain, 1 at the skin.
    """
    depth_cm = protocol.axes[0] / 10
    f = np.linspace(0, 2 * protocol.transducer.frequency_mhz, 65)
    power = np.abs(pulse_spectrum(protocol.transducer, f)) ** 2
    loss_db = 2 * protocol.attenuation_db_cm_mhz * depth_cm[:, None] * f
    left = (power * 10 ** (-loss_db / 10)).sum(axis=1) / power.sum()
    return (1 / np.sqrt(left)).astype(np.float32)


def log_compress(
    envelope: np.ndarray, dynamic_range_db: float = 60.0, *, reference: float | None = None
) -> np.ndarray:
    """Show amplitudes as dB: echoes span a factor of a thousand, a screen far less.

    Parameters
    ----------
    envelope : ndarray
        Amplitudes.
    dynamic_range_db : float
        Weaker than the reference by more than this is cut off.
    reference : float, optional
        Amplitude of 0 dB; by default the 99.7th percentile.

    Returns
    -------
    ndarray, float32
        20 log₁₀(envelope/reference), from −`dynamic_range_db` to 0.

    Examples
    --------
    >>> print(log_compress(np.array([1.0, 0.1, 0.0]), 40.0, reference=1.0))
    [  0. -20. -40.]
    """
    if dynamic_range_db <= 0:
        raise ValueError(f"dynamic_range_db is {dynamic_range_db}; give a positive number of dB")
    if reference is None:
        reference = float(np.percentile(envelope, 99.7)) if np.size(envelope) else 1.0
    ratio = np.asarray(envelope, np.float32) / np.float32(max(reference, 1e-30))
    loudness = 20 * np.log10(np.maximum(ratio, np.finfo(np.float32).tiny))
    return np.clip(loudness, -dynamic_range_db, 0).astype(np.float32)


def behind_db(
    echoes: np.ndarray, without: np.ndarray, mask: np.ndarray, margin: int = 8, length: int = 40
) -> float:
    """Return how much stronger the echoes from behind a lesion are than without it.

    Below zero it shadows, above zero it enhances: what it attenuates more or less than the
    tissue in its place.

    Parameters
    ----------
    echoes, without : array_like, shape (row, column)
        Echoes, before any time gain, with the lesion and of the same tissue without it.
    mask : ndarray of bool, same shape
        Where the lesion is; behind it are the columns in which it is at least 60 % as deep
        as in the deepest.
    margin, length : int
        Rows that are left out below it, and rows that are then compared.

    Returns
    -------
    float
        dB.

    Examples
    --------
    >>> mask = np.zeros((30, 4), bool)
    >>> mask[5:9, 1:3] = True
    >>> round(behind_db(np.full((30, 4), 0.5), np.ones((30, 4)), mask), 1)
    -6.0
    """
    deep = mask.sum(axis=0)
    columns, top = np.flatnonzero(deep > 0.6 * deep.max()), mask.any(axis=1).nonzero()[0][-1]
    rows = slice(top + margin, top + margin + length)
    power = [(np.asarray(lines)[rows, columns] ** 2).mean() for lines in (echoes, without)]
    return float(10 * np.log10(power[0] / power[1]))


def scan_convert(picture: np.ndarray, protocol) -> np.ndarray:
    """Bend a picture of (depth, angle) into the sector it was taken from, its lowest beside it.

    Parameters
    ----------
    picture : ndarray, shape (depth, angle)
        On the grid of `protocol.axes`.
    protocol : UltrasoundProtocol
        With a `sector_deg` above 0.

    Returns
    -------
    ndarray, shape (row, column), float32
        Square pixels of the size of a depth step; the transducer is at the top middle.
    """
    depth, angle = protocol.axes
    step = depth[1] - depth[0]
    half = int(np.ceil(protocol.depth_mm * np.sin(angle[-1]) / step))
    x, z = np.arange(-half, half + 1) * step, depth[:, None]
    row = np.hypot(x, z) / step - 0.5
    column = (np.arctan2(x, z) - angle[0]) / (angle[1] - angle[0])
    picture = np.asarray(picture, np.float32)
    return ndimage.map_coordinates(picture, [row, column], order=1, cval=picture.min())
