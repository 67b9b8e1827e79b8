"""Computed tomography: X-rays through a patient from all sides, and the slice behind them.

    patient ─▶ line integrals ─▶ Beer–Lambert over the spectrum ─▶ transmission    project
    transmission ─▶ photons counted ─▶ −ln ─▶ sinogram                             count
    sinogram ─▶ water correction ─▶ filtered back-projection ─▶ μ                  reconstruct

`acquire` goes the first two lines, `scan` all three and on to HU. A sinogram holds
line integrals of μ, (view, bin) or (plane, view, bin), without unit; images hold μ in 1/mm.
Iterations, in the place of `reconstruct`, are in `medkit.physics.linear.reconstruction`.
"""

import numpy as np

from medkit.constants import attenuation_per_mm
from medkit.image import Volume
from medkit.physics import noise
from medkit.physics.ct import spectrum
from medkit.physics.ct.beam_hardening import correct_beam_hardening
from medkit.physics.ct.scanner import CTProtocol, Motion, geometry, rays_per_bin
from medkit.physics.linear.fbp import filtered_backprojection
from medkit.physics.linear.projection import ParallelBeam
from medkit.physics.subject import check_views, is_patient, like, placed, square_pixel_mm, stacked


def acquire(
    patient,
    protocol: CTProtocol | None = None,
    *,
    rng=None,
    spacing_mm: float | None = None,
    motion: Motion | None = None,
    gain_error: float = 0.0,
) -> np.ndarray:
    """Scan a patient.

    Parameters
    ----------
    patient : Patient, or array_like, shape (row, column) or (plane, row, column)
        A digital patient; or μ in 1/mm at the protocol's effective energy, of something
        that is water in all but its density.
    protocol : CTProtocol, optional
        Settings; a usual 120 kV scan if not given.
    rng : None, int or numpy.random.Generator
        Randomness of photons and detector.
    spacing_mm : float, optional
        Pixel of an array; the detector's spacing if not given. A patient knows its own.
    motion : Motion, optional
        How the patient moves.
    gain_error : float
        Relative error of the bins' gains, constant during the scan: it makes rings.

    Returns
    -------
    ndarray, shape (view, bin) or (plane, view, bin), float32
        Sinogram −ln(I/I₀). A patient of one plane gives (view, bin).

    Raises
    ------
    ValueError
        If the patient's array is neither an image nor a stack, or its pixels are not square.

    Examples
    --------
    >>> protocol = CTProtocol(tube_current_mas=np.inf, n_views=4, energy_kev=60)
    >>> acquire(np.full((8, 8), 0.02), protocol)[0, 2:5].round(2)
    array([0.16, 0.16, 0.16], dtype=float32)
    """
    protocol = protocol or CTProtocol()
    through = project(patient, protocol, spacing_mm=spacing_mm, motion=motion)
    return count(through, protocol, rng=rng, gain_error=gain_error)


def project(
    patient,
    protocol: CTProtocol | None = None,
    *,
    spacing_mm: float | None = None,
    motion: Motion | None = None,
) -> np.ndarray:
    """Return the part of the photons that gets through a patient, which chance does not touch.

    The tube current has no say in it: project a patient once, and `count` at any dose.
    Parameters and errors are those of `acquire`.

    Returns
    -------
    ndarray, shape (view, bin) or (plane, view, bin), float32
        Transmission I/I₀ of the signal, 0 to 1.

    Examples
    --------
    >>> protocol = CTProtocol(n_views=4, energy_kev=60)
    >>> project(np.full((8, 8), 0.02), protocol)[0, 2:5].round(2)
    array([0.85, 0.85, 0.85], dtype=float32)
    """
    protocol = protocol or CTProtocol()
    amounts, curves, spacing_mm = _materials(patient, protocol, spacing_mm)
    beam = geometry(protocol, amounts.shape[-2:], spacing_mm, motion, n_images=len(amounts))
    paths = beam.forward(amounts).reshape(len(curves), -1, *beam.output_shape[1:])
    through = spectrum.transmission(paths, curves, protocol.signal_spectrum[1])
    return like(patient, through)


def count(
    transmission: np.ndarray, protocol: CTProtocol, *, rng=None, gain_error: float = 0.0
) -> np.ndarray:
    """Count the photons behind a patient, and return line integrals, −ln(n/N₀).

    Parameters
    ----------
    transmission : array_like, shape (view, bin) or (plane, view, bin)
        What `project` returns.
    protocol : CTProtocol
        Settings: the tube current above all, of which each view gets its part.
    rng, gain_error
        See `acquire`.

    Returns
    -------
    ndarray of float32, shape of `transmission`
        Sinogram; without noise if the tube current is infinite.

    Raises
    ------
    ValueError
        If the transmission does not have the protocol's views.

    Notes
    -----
    Limits: each bin's signal is one Poisson number. A detector that adds up energy sees a
    compound Poisson sum, Σ E over n photons, of relative variance (1 + CV²)/n with CV the
    relative spread of the energies: 3 to 9 % more behind 200 mm of water, at 80 to 140 kV.

    Examples
    --------
    >>> count(np.full((4, 2), 0.5), CTProtocol(n_views=4, tube_current_mas=np.inf))[0].round(2)
    array([0.69, 0.69], dtype=float32)
    """
    through, rng = np.asarray(transmission, np.float32), np.random.default_rng(rng)
    check_views("transmission", through, protocol)
    if np.isfinite(protocol.tube_current_mas):
        photons = protocol.photons_per_bin
        through = noise.poisson(through.astype(float) * photons, rng)
        if protocol.electronic_noise:
            through = noise.gaussian(through, protocol.electronic_noise, rng)
        # Behind much metal no photon may arrive: the least that can be read is one.
        through = np.maximum(through, 1) / np.float32(photons)
    if gain_error:
        through = through * (1 + noise.gaussian(np.zeros(through.shape[-1]), gain_error, rng))
    return -np.log(np.maximum(through, np.float32(1e-30)))


def reconstruct(
    sinogram: np.ndarray,
    protocol: CTProtocol,
    *,
    filter: str = "ramp",
    cutoff: float = 1.0,
    spacing_mm: float | None = None,
    water_correction: bool = True,
) -> np.ndarray:
    """Compute the image behind a sinogram.

    Parameters
    ----------
    sinogram : array_like, shape (view, bin) or (plane, view, bin)
        Line integrals, as `acquire` returns them.
    protocol : CTProtocol
        Settings of the scan.
    filter : str
        From sharp to smooth: "ramp", "shepp-logan", "cosine", "hamming", "hann".
    cutoff : float
        Frequency beyond which nothing passes, as a fraction of the detector's limit.
    spacing_mm : float, optional
        Pixel of the image, which is as wide as the detector; its spacing if not given.
    water_correction : bool
        Undo the beam hardening of water first; no effect for one energy.

    Returns
    -------
    ndarray, shape (row, column) or (plane, row, column), float32
        μ in 1/mm at the protocol's effective energy; see `to_hounsfield`.

    Raises
    ------
    ValueError
        If the sinogram does not have the protocol's views, or there is no such filter.
    """
    sinogram = np.asarray(sinogram, np.float32)
    check_views("sinogram", sinogram, protocol)
    if water_correction:
        sinogram = correct_beam_hardening(sinogram, protocol)
    width_mm = sinogram.shape[-1] * protocol.detector_spacing_mm
    spacing_mm = spacing_mm or protocol.detector_spacing_mm
    shape = (*sinogram.shape[:-2], *2 * (round(width_mm / spacing_mm),))
    beam = ParallelBeam(
        shape,
        protocol.angles_deg,
        sinogram.shape[-1],
        spacing_mm=spacing_mm,
        detector_spacing_mm=protocol.detector_spacing_mm,
        rays_per_bin=rays_per_bin(protocol, spacing_mm),
    )
    image = filtered_backprojection(sinogram, beam, window=filter, cutoff=cutoff)
    return image * field_of_view(shape[-1])


def field_of_view(size: int) -> np.ndarray:
    """Return the disc that all views see, as a mask (size, size): outside, μ is not known."""
    across = np.arange(size) - (size - 1) / 2
    return np.hypot(across, across[:, None]) <= size / 2


def scan(patient, protocol: CTProtocol | None = None, *, rng=None, **options) -> Volume:
    """Acquire and reconstruct a patient: a CT volume in Hounsfield units.

    `options` go to `reconstruct`, the rest to `acquire`. The volume lies where
    the patient lies.
    """
    protocol = protocol or CTProtocol()
    mu = reconstruct(acquire(patient, protocol, rng=rng), protocol, **options)
    pixel = options.get("spacing_mm") or protocol.detector_spacing_mm
    hounsfield = to_hounsfield(mu, protocol.effective_energy_kev)
    plane = protocol.slice_thickness_mm
    return placed(patient, hounsfield, pixel, plane, unit="HU", modality="CT")


def to_hounsfield(mu_per_mm: np.ndarray, energy_kev: float = 70.0) -> np.ndarray:
    """Return Hounsfield units, HU = 1000 (μ − μ_water) / μ_water.

    Parameters
    ----------
    mu_per_mm : array_like
        Attenuation in 1/mm.
    energy_kev : float
        Energy to which it belongs: a protocol's `effective_energy_kev`.

    Returns
    -------
    ndarray of float32, shape of `mu_per_mm`

    Examples
    --------
    >>> to_hounsfield(0.0).round()
    np.float32(-1000.0)
    """
    water = np.float32(attenuation_per_mm("water", energy_kev))
    return (np.asarray(mu_per_mm, np.float32) - water) * (1000 / water)


def _materials(patient, protocol, spacing_mm):
    """Return basis images (material · plane, row, column), their curves, and the pixel."""
    energy, weights = protocol.signal_spectrum
    if is_patient(patient):
        pixel_mm = square_pixel_mm(patient, "CT")
        second = () if patient.mixed is None else patient.mixed[0]
        present = np.union1d(patient.labels, second).astype(int)
        tissues = tuple(patient.tissues[i] for i in present)
        amounts, curves = spectrum.attenuation_basis(tissues, tuple(energy), tuple(weights))
        by_label = np.zeros((len(curves), present[-1] + 1), np.float32)
        by_label[:, present] = amounts
        images = patient.mix(by_label)
        if patient.density is not None:
            images = images * patient.density
        return images.reshape(-1, *images.shape[-2:]), curves, pixel_mm
    mu = stacked(np.asarray(patient, np.float32))
    water = attenuation_per_mm("water", energy)
    curve = water / attenuation_per_mm("water", protocol.effective_energy_kev)
    return mu, curve[None], float(spacing_mm or protocol.detector_spacing_mm)
