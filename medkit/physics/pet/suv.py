"""Standardised uptake value: activity made comparable between patients and scanners.

SUV = activity concentration / (dose / weight), both at the same time. If the tracer
spread evenly over the body, every SUV would be 1 (g/mL, with tissue as dense as water).
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from medkit.constants import F18_HALF_LIFE_MIN

#: Radius, mm, of the sphere of 1 mL over which the peak is averaged.
PEAK_RADIUS_MM = 6.2
#: Numbers of Janmahasatian's formula for the mass without fat, by sex.
LEAN = {"M": (6680, 216), "F": (8780, 244)}


def decay(seconds, half_life_min: float = F18_HALF_LIFE_MIN) -> np.ndarray:
    """Return the part of the activity that is left, 2^(−t/T½).

    >>> print(decay(60 * 109.77))
    0.5
    """
    return np.exp2(-np.asarray(seconds, dtype=float) / (60 * half_life_min))


def suv(
    activity_bq_ml: np.ndarray,
    dose_bq: float,
    weight_kg: float,
    *,
    elapsed_s: float = 0.0,
    half_life_min: float = F18_HALF_LIFE_MIN,
) -> np.ndarray:
    """Return standardised uptake values.

    Parameters
    ----------
    activity_bq_ml : array_like
        Activity concentration. Scanners correct it for decay to one moment: the scan's
        start (DICOM's DecayCorrection START) or the injection (ADMIN).
    dose_bq : float
        Activity injected, at the time of injection.
    weight_kg : float
        Weight of the body; its `lean_body_mass` gives the SUL.
    elapsed_s : float
        Time from injection to the moment to which the activity belongs: 0 for ADMIN.
    half_life_min : float
        Half-life of the isotope; fluorine-18's if not given.

    Returns
    -------
    ndarray of float32, shape of `activity_bq_ml`
        SUV in g/mL.

    Raises
    ------
    ValueError
        If dose or weight is not positive, or the time is negative.

    References
    ----------
    Kinahan and Fletcher, Semin. Ultrasound CT MRI 31 (2010) 496, doi:10.1053/j.sult.2010.10.001.

    Examples
    --------
    >>> print(suv(4000.0, 300e6, 75.0))
    1.0
    """
    if not (dose_bq > 0 and weight_kg > 0 and elapsed_s >= 0):
        raise ValueError(
            f"dose_bq is {dose_bq}, weight_kg {weight_kg}, elapsed_s {elapsed_s}; give a dose in "
            "Bq and a weight in kg above 0, and seconds since the injection"
        )
    per_gram = dose_bq * float(decay(elapsed_s, half_life_min)) / (1000 * weight_kg)
    return np.asarray(activity_bq_ml, np.float32) / np.float32(per_gram)


def lean_body_mass(weight_kg: float, height_m: float, sex: str) -> float:
    """Estimate the mass of the body without its fat, which takes up hardly any sugar.

    Parameters
    ----------
    weight_kg, height_m : float
    sex : {"F", "M"}
        As DICOM's PatientSex.

    Returns
    -------
    float
        kg.

    Raises
    ------
    ValueError
        If there is no formula for this sex, or the height is not in metres.

    References
    ----------
    Janmahasatian et al. (2005), doi:10.2165/00003088-200544100-00004.

    Examples
    --------
    >>> round(lean_body_mass(75, 1.75, "M"), 1), round(lean_body_mass(75, 1.75, "F"), 1)
    (58.1, 47.1)
    """
    if not 0.3 < height_m < 2.6:
        raise ValueError(f"height_m is {height_m}; give the height in metres, such as 1.75")
    if sex not in LEAN:
        raise ValueError(f"sex is {sex!r}; choose 'F' or 'M'")
    grams, slope = LEAN[sex]
    return 9270 * weight_kg / (grams + slope * weight_kg / height_m**2)


@dataclass(frozen=True)
class Uptake:
    """What a report says of a lesion: SUVmax, SUVmean, SUVpeak, mL, and their product."""

    maximum: float
    mean: float
    peak: float
    volume_ml: float
    total_glycolysis: float


def measure(values: np.ndarray, mask: np.ndarray, spacing_mm) -> Uptake:
    """Measure a lesion.

    The maximum is one voxel, and so rises with noise; the peak is the mean over the
    sphere of 1 mL within the lesion where that mean is highest; the mean needs an outline.

    Parameters
    ----------
    values : array_like, shape (plane, row, column)
        SUV.
    mask : array_like of bool, same shape
        Where the lesion is.
    spacing_mm : tuple of float
        Distance of voxels along plane, row and column.

    Returns
    -------
    Uptake
        `total_glycolysis` is mean × volume, in mL.

    Raises
    ------
    ValueError
        If the mask is empty or of another shape.

    References
    ----------
    Wahl et al., J. Nucl. Med. 50 (2009) 122S, doi:10.2967/jnumed.108.057307.
    """
    values, mask = np.asarray(values, np.float32), np.asarray(mask, bool)
    if values.shape != mask.shape or values.ndim != 3 or not mask.any():
        raise ValueError(
            f"values have shape {values.shape}, the mask {mask.shape} with {int(mask.sum())} "
            "voxels; give two stacks (plane, row, column) of one shape, and mark the lesion"
        )
    reach = [np.arange(-n, n + 1) * s for s in spacing_mm for n in [int(PEAK_RADIUS_MM // s)]]
    up, back, left = np.ix_(*reach)
    sphere = (up**2 + back**2 + left**2 <= PEAK_RADIUS_MM**2).astype(np.float32)
    means = ndimage.convolve(values, sphere / sphere.sum(), mode="nearest")
    inside = values[mask]
    volume = mask.sum() * float(np.prod(spacing_mm)) / 1000
    mean = float(inside.mean())
    return Uptake(float(inside.max()), mean, float(means[mask].max()), volume, mean * volume)
