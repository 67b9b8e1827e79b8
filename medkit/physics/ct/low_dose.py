"""A real image as if taken with less dose: the noise that fewer photons would have left."""

import numpy as np

from medkit.constants import attenuation_per_mm
from medkit.physics import ct
from medkit.physics.ct.scanner import CTProtocol


def noise_alone(
    image_hu: np.ndarray,
    protocol: CTProtocol,
    *,
    spacing_mm: float | None = None,
    rng=None,
    **options,
) -> np.ndarray:
    """Return the noise that a scan of what an image shows would have, without the image.

    Filtered back-projection is linear, so noise can be reconstructed alone: in each ray its
    variance is one over the photons that arrive, n = N₀ e^{−∫μ dl}.

    Parameters
    ----------
    image_hu : array_like, shape (row, column) or (plane, row, column)
        CT image in HU, taken for water of that density.
    protocol : CTProtocol
        Settings of the scan whose noise it is.
    spacing_mm : float, optional
        Pixel of the image; the detector's spacing if not given.
    rng : None, int or numpy.random.Generator
    **options
        Passed on to `medkit.physics.ct.reconstruct`, such as ``filter``.

    Returns
    -------
    ndarray of float32
        HU, of the shape of the reconstructed image. A part p of that dose adds
        √(1/p − 1) times this noise to an image of the full dose.

    Notes
    -----
    Limits: no read-out noise, no correction for beam hardening; noise of two rays is independent.
    """
    water = float(attenuation_per_mm("water", protocol.effective_energy_kev))
    mu = water * (1 + np.asarray(image_hu) / 1000)
    through = ct.project(mu, protocol, spacing_mm=spacing_mm)
    arriving = np.maximum(through * protocol.photons_per_bin, 1)
    noise = np.random.default_rng(rng).standard_normal(through.shape) / np.sqrt(arriving)
    options |= {"spacing_mm": spacing_mm, "water_correction": False}
    return 1000 / water * ct.reconstruct(noise.astype(np.float32), protocol, **options)
