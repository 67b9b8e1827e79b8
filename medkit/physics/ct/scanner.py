"""The CT scanner: its settings, its rays, and the patient who does not keep still."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from medkit.constants import attenuation_per_mm
from medkit.physics.ct import spectrum
from medkit.physics.knob import check_positive, knob
from medkit.physics.linear.projection import ParallelBeam

#: Distance from the tube's focus to the rotation axis, mm; a usual gantry.
FOCUS_TO_AXIS_MM = 570.0
#: Water thickness, mm, at which the effective energy of a spectrum is taken: a head's.
REFERENCE_WATER_MM = 200.0


@dataclass(frozen=True)
class CTProtocol:
    """Settings of a CT scan.

    Parameters
    ----------
    tube_voltage_kvp : float
        Tube voltage, 30 to 150 kV: how hard the photons are.
    tube_current_mas : float
        Tube current times time, for all views together: how many photons there are.
        ``numpy.inf`` makes a scan without noise.
    n_views, angular_range_deg : int, float
        Number of views, and the angle over which they are spread evenly.
    n_detectors : int, optional
        Bins of the detector; as many as cover the image's width if not given.
    detector_spacing_mm : float
        Distance of the bins, at the rotation axis; also the pixel of the image.
    slice_thickness_mm : float
        Height of the bins: thick slices collect more photons.
    electronic_noise : float
        Standard deviation of the read-out, in photons.
    filtration_mm_al : float
        Filter between tube and patient, in mm of aluminium.
    energy_kev : float, optional
        If given, all photons have this energy, as at a synchrotron.
    """

    tube_voltage_kvp: float = knob(120.0, "Tube voltage", "kV", 60, 140)
    tube_current_mas: float = knob(200.0, "Tube current × time", "mAs", 0.1, 400.0, log=True)
    n_views: int = knob(360, "Views", "", 20, 720)
    angular_range_deg: float = 180.0
    n_detectors: int | None = None
    detector_spacing_mm: float = 1.0
    slice_thickness_mm: float = 1.0
    electronic_noise: float = 10.0
    filtration_mm_al: float = 7.0
    energy_kev: float | None = knob(None, "Photon energy", "keV", 40, 190)

    def __post_init__(self):
        check_positive(self, "tube_current_mas n_views angular_range_deg detector_spacing_mm")

    @property
    def angles_deg(self) -> np.ndarray:
        """Angle of each view."""
        return np.arange(self.n_views) * (self.angular_range_deg / self.n_views)

    @property
    def signal_spectrum(self) -> tuple[np.ndarray, np.ndarray]:
        """Energies in keV, and the share of the signal that each has without a patient."""
        if self.energy_kev is not None:
            return np.array([float(self.energy_kev)]), np.ones(1)
        return _signal_spectrum(self.tube_voltage_kvp, self.filtration_mm_al)

    @property
    def effective_energy_kev(self) -> float:
        """The one energy at which 200 mm of water attenuate as they do the whole spectrum."""
        beam = self.tube_voltage_kvp, self.filtration_mm_al
        return self.energy_kev or _effective_energy_kev(*beam)

    @property
    def photons_per_bin(self) -> float:
        """Photons that each bin sees in each view without a patient."""
        photons = spectrum.tube_spectrum(self.tube_voltage_kvp, self.filtration_mm_al)[1].sum()
        area = self.detector_spacing_mm * self.slice_thickness_mm
        at_axis = photons * (1000 / FOCUS_TO_AXIS_MM) ** 2 * area
        return float(at_axis * self.tube_current_mas / self.n_views)


@dataclass(frozen=True)
class Motion:
    """A patient who does not keep still: a single jerk.

    Parameters
    ----------
    shift_mm : tuple of float
        Displacement to the right of the image and up.
    rotation_deg : float
        Turn, counter-clockwise.
    start : float
        When it happens, as a fraction of the scan.
    """

    shift_mm: tuple[float, float] = (0.0, 0.0)
    rotation_deg: float = 0.0
    start: float = 0.5


def rays_per_bin(protocol: CTProtocol, spacing_mm: float) -> int:
    """Return how many rays a bin averages over its width: two, or enough to meet every pixel."""
    return max(2, int(np.ceil(protocol.detector_spacing_mm / spacing_mm - 0.25)))


def geometry(
    protocol: CTProtocol,
    shape: tuple[int, int],
    spacing_mm: float,
    motion: Motion | None = None,
    n_images: int = 1,
) -> ParallelBeam:
    """Return the rays of a scan of `n_images` images of a shape, seen by a moving patient.

    A patient who turns by φ is seen as at θ − φ; one who moves by d falls on the
    detector d·(cos θ, sin θ) farther on.
    """
    motion, angle = motion or Motion(), np.deg2rad(protocol.angles_deg)
    moved = np.arange(protocol.n_views) / protocol.n_views >= motion.start
    bins = protocol.n_detectors
    bins = bins or int(np.ceil(max(shape) * spacing_mm / protocol.detector_spacing_mm - 1e-6))
    shift_mm = motion.shift_mm[0] * np.cos(angle) + motion.shift_mm[1] * np.sin(angle)
    return ParallelBeam(
        (n_images, *shape),
        protocol.angles_deg - moved * motion.rotation_deg,
        bins,
        spacing_mm=spacing_mm,
        detector_spacing_mm=protocol.detector_spacing_mm,
        axis_bin=(bins - 1) / 2 + moved * shift_mm / protocol.detector_spacing_mm,
        rays_per_bin=rays_per_bin(protocol, spacing_mm),
    )


def water_signal(lengths_mm, energy_kev, weights):
    """Return what lengths L of water give: p(L) = −ln Σ w(E) e^{−μ_w(E) L}."""
    mu = attenuation_per_mm("water", energy_kev)
    return -np.log(np.exp(-np.outer(lengths_mm, mu)) @ weights)


# By what makes a beam, and not by the protocol: another current or view has the same beam.


@lru_cache(maxsize=64)
def _signal_spectrum(tube_voltage_kvp, filtration_mm_al):
    energy, photons = spectrum.tube_spectrum(tube_voltage_kvp, filtration_mm_al)
    signal = photons * energy  # the detector adds up the photons' energy
    weights = signal / signal.sum()
    weights.flags.writeable = False  # shared by the cache
    return energy, weights


@lru_cache(maxsize=64)
def _effective_energy_kev(*beam):
    energy, weights = _signal_spectrum(*beam)
    mu = water_signal(np.array([REFERENCE_WATER_MM]), energy, weights)[0] / REFERENCE_WATER_MM
    fine = np.linspace(energy[0], energy[-1], 2000)
    # Water's μ falls with energy throughout, so that the curve can be read backwards.
    return float(np.interp(-mu, -attenuation_per_mm("water", fine), fine))
