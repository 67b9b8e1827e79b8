"""Partial volume: why small lesions look paler than they are.

Blur carries activity out of a lesion, and its neighbours' in. What is left at its
centre, the recovery coefficient, depends on its size in units of the blur alone.
"""

import numpy as np
from scipy.special import erf

from medkit.physics.pet.scanner import FWHM

#: Diameters, mm, of the spheres of the phantom on which PET scanners are compared (NEMA NU 2).
NEMA_DIAMETERS_MM = (10.0, 13.0, 17.0, 22.0, 28.0, 37.0)


def sphere_recovery(diameter_mm, fwhm_mm: float) -> np.ndarray:
    """Return what a Gaussian blur leaves at the centre of a hot sphere in a cold room.

    erf(u) − 2u/√π · e^{−u²} with u = r/(√2 σ): half the diameter over the blur.

    Parameters
    ----------
    diameter_mm : float or array_like
    fwhm_mm : float
        Width of the blur at half height, the same in all directions.

    Returns
    -------
    ndarray, shape of `diameter_mm`
        0 to 1; half of it is lost at a diameter of 1.3 times the blur.

    References
    ----------
    The effect: Erlandsson et al., Phys. Med. Biol. 57 (2012) R119,
    doi:10.1088/0031-9155/57/21/R119. The formula is the integral itself.

    Examples
    --------
    >>> print(sphere_recovery([5.0, 10.0, 20.0], 6.0).round(2))
    [0.19 0.72 1.  ]
    """
    u = np.asarray(diameter_mm, dtype=float) / 2 / np.sqrt(2) / (fwhm_mm / FWHM)
    return erf(u) - 2 / np.sqrt(np.pi) * u * np.exp(-(u**2))


def blurred_sphere(distance_mm, diameter_mm: float, fwhm_mm: float) -> np.ndarray:
    """Return what a Gaussian blur leaves of a hot sphere, at these distances from its centre.

    ½[erf((R−r)/√2σ) + erf((R+r)/√2σ)] − σ/(r√2π) [e^{−(R−r)²/2σ²} − e^{−(R+r)²/2σ²}]

    >>> print(blurred_sphere([0.0, 10.0, 14.0], 20.0, 4.0).round(2))
    [1.   0.43 0.01]
    """
    sigma, radius = fwhm_mm / FWHM, diameter_mm / 2
    r = np.maximum(np.asarray(distance_mm, dtype=float), 1e-3)  # its limit, not 0/0
    inner, outer = (radius - r) / sigma, (radius + r) / sigma
    shell = np.exp(-0.5 * inner**2) - np.exp(-0.5 * outer**2)
    within = 0.5 * (erf(inner / 2**0.5) + erf(outer / 2**0.5))
    return within - sigma * shell / (r * np.sqrt(2 * np.pi))


def recovered(image: np.ndarray, mask: np.ndarray, contrast: float, background: float) -> float:
    """Return the part of a rod's contrast that an image shows, by its mean over the rod.

    (C / B − 1) / (contrast − 1), with the mean C over the mask and B in the background.
    """
    return float((image[mask].mean() / background - 1) / (contrast - 1))
