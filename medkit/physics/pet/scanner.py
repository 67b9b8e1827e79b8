"""The PET scanner: its settings, how sharp and how sensitive it is, and what it counts.

Two detectors that fire within nanoseconds of each other define a line: somewhere on it
a positron met an electron. Rings of crystals sort such coincidences by direction and
distance into a sinogram, as a CT's views, but with counts in the place of line integrals.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from medkit.constants import ISOTOPES
from medkit.physics.knob import check_positive, knob
from medkit.physics.linear import LinearOperator
from medkit.physics.linear.projection import ParallelBeam

#: What FDG is marked with.
FLUORINE = ISOTOPES["F-18"]
#: Radius of the ring of detectors, and its length along the patient; a usual scanner's, mm.
RING_RADIUS_MM, AXIAL_FIELD_MM = 405.0, 157.0
#: Coincidences a positron decaying in the ring gives without a patient around it: 7 cps/kBq
#: of a 700 mm line (NEMA NU 2), of which the ring sees 157 mm.
SENSITIVITY = 0.03
#: Counting time for which the means are given when the scan lasts for ever.
QUIET_S = 120.0
#: Width of a Gaussian at half its height, in standard deviations.
FWHM = float(np.sqrt(8 * np.log(2)))


@dataclass(frozen=True)
class PETProtocol:
    """Settings of a PET scan with FDG.

    Parameters
    ----------
    dose_mbq : float
        Activity injected.
    weight_kg : float
        Weight of the patient, over which it spreads.
    uptake_min : float
        Time from injection to scan.
    scan_time_s : float
        Time for which these planes are counted. ``numpy.inf`` gives the mean counts of
        120 s, without noise.
    n_views : int
        Views over 180°.
    detector_spacing_mm, slice_thickness_mm : float
        Distance of the bins, which is also the pixel of the image, and of the planes.
    crystal_mm : float
        Width of a crystal: half of it blurs the lines.
    scatter_fraction : float
        Scattered among all true and scattered coincidences, 0 to below 1.
    window_ns : float
        Full width of the coincidence window, 2τ: two photons less than τ apart count as a
        pair. Randoms grow with it.
    """

    dose_mbq: float = knob(300.0, "Activity injected", "MBq", 20, 3000, log=True)
    weight_kg: float = 75.0
    uptake_min: float = 60.0
    scan_time_s: float = knob(120.0, "Counting time", "s", 1.0, 2000.0, log=True)
    n_views: int = 144
    detector_spacing_mm: float = 4.0
    slice_thickness_mm: float = 4.0
    crystal_mm: float = 4.7
    scatter_fraction: float = 0.35
    window_ns: float = knob(4.9, "Coincidence window", "ns", 1.0, 12.0)

    def __post_init__(self):
        check_positive(self, "dose_mbq weight_kg scan_time_s n_views detector_spacing_mm")
        if not 0 <= self.scatter_fraction < 1:
            raise ValueError(f"scatter_fraction is {self.scatter_fraction}; give 0 to below 1")

    @property
    def angles_deg(self) -> np.ndarray:
        """Angle of each view."""
        return np.arange(self.n_views) * (180 / self.n_views)

    def beam(self, shape, spacing_mm: float, n_detectors: int) -> ParallelBeam:
        """Return the scanner's lines through an image, or a stack, of this shape and pixel."""
        spacings = {"spacing_mm": spacing_mm, "detector_spacing_mm": self.detector_spacing_mm}
        return ParallelBeam(shape, self.angles_deg, n_detectors, **spacings)

    @property
    def resolution_mm(self) -> float:
        """Width at half height of a point's image near the axis.

        1.25 √[(d/2)² + s² + (0.0044 R)²]: crystal width d, positron range s, and the
        photons' angle, which is not quite 180°, over the ring's radius R.

        References
        ----------
        Moses, Nucl. Instrum. Methods A 648 (2011) S236, doi:10.1016/j.nima.2010.11.092.
        """
        parts = self.crystal_mm / 2, FLUORINE.range_mm, 0.0044 * RING_RADIUS_MM
        return 1.25 * float(np.hypot(np.hypot(*parts[:2]), parts[2]))

    @property
    def suv_bq_ml(self) -> float:
        """Activity concentration, Bq/mL at scan start, that is called SUV 1."""
        left = 2 ** (-self.uptake_min / FLUORINE.half_life_min)
        return self.dose_mbq * 1e6 * left / (self.weight_kg * 1e3)

    @property
    def seconds(self) -> float:
        """Counting time, less what decay takes from it: t seconds are worth (1 − e^{−λt})/λ."""
        rate = np.log(2) / (60 * FLUORINE.half_life_min)
        time = self.scan_time_s if np.isfinite(self.scan_time_s) else QUIET_S
        return float(-np.expm1(-rate * time) / rate)

    @property
    def gain(self) -> float:
        """Counts in a bin for a line integral of 1 Bq/mL · mm, without attenuation."""
        ml_per_mm = self.detector_spacing_mm * self.slice_thickness_mm * 1e-3
        pairs = self.seconds * FLUORINE.positron_fraction * SENSITIVITY
        return ml_per_mm * pairs / self.n_views


class EmissionBeam(LinearOperator):
    """Mean true counts of an activity image: factors × line integrals.

    Parameters
    ----------
    beam : ParallelBeam
        Line integrals.
    factors : array_like, broadcast to the sinogram
        Gain and attenuation of each bin.
    support : ndarray of bool, shape (row, column), optional
        Where activity can be; all over the image if not given.
    """

    def __init__(self, beam: ParallelBeam, factors, *, support=None):
        self.beam = beam
        self.support = np.ones(1, np.float32) if support is None else np.float32(support)
        self.input_shape, self.output_shape = beam.input_shape, beam.output_shape
        self.factors = np.broadcast_to(np.asarray(factors, np.float32), beam.output_shape)

    @property
    def angles_deg(self) -> np.ndarray:
        """Angle of each view."""
        return self.beam.angles_deg

    def subset(self, views) -> "EmissionBeam":
        """Return the operator of some of the views (an index array or a slice)."""
        factors = self.factors[..., views, :]
        return EmissionBeam(self.beam.subset(views), factors, support=self.support)

    def _forward(self, x):
        return self.factors * self.beam.forward(self.support * x)

    def _adjoint(self, y):
        return self.support * self.beam.adjoint(self.factors * y)


def blur(image: np.ndarray, fwhm_mm: float, spacing_mm: float) -> np.ndarray:
    """Blur an image, or each of a stack, by a Gaussian of this width at half height."""
    if fwhm_mm <= 0:
        return image
    sigma = fwhm_mm / FWHM / spacing_mm
    sigmas = (0,) * (image.ndim - 2) + (sigma, sigma)
    return ndimage.gaussian_filter(image, sigmas, mode="constant", truncate=3.5)
