"""Computed tomography: X-rays through a patient from all sides, and the slice behind them.

    patient ─▶ line integrals ─▶ Beer–Lambert over the spectrum ─▶ counts ─▶ −ln ─▶ sinogram
    sinogram ─▶ water correction ─▶ filtered back-projection or iteration ─▶ μ ─▶ HU

`acquire` goes the first line, `reconstruct` the second, `scan` both. A sinogram holds
line integrals of μ, (view, bin) or (plane, view, bin), without unit; images hold μ in 1/mm.
"""

import numpy as np

from medkit.constants import attenuation_per_mm
from medkit.image import Volume
from medkit.physics import noise
from medkit.physics.ct import spectrum
from medkit.physics.ct.scanner import CTProtocol, Motion, geometry, rays_per_bin, water_signal
from medkit.physics.linear import reconstruction
from medkit.physics.linear.fbp import filtered_backprojection
from medkit.physics.linear.projection import ParallelBeam
from medkit.physics.linear.total_variation import total_variation


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
    protocol, rng = protocol or CTProtocol(), np.random.default_rng(rng)
    amounts, curves, spacing_mm = _materials(patient, protocol, spacing_mm)
    beam = geometry(protocol, amounts.shape[-2:], spacing_mm, motion, n_images=len(amounts))
    paths = beam.forward(amounts).reshape(len(curves), -1, *beam.output_shape[1:])
    through = spectrum.transmission(paths, curves, protocol.signal_spectrum[1])
    if np.isfinite(protocol.tube_current_mas):
        photons = protocol.photons_per_bin
        through = noise.detected_counts(through, photons, protocol.electronic_noise, rng)
        # Behind much metal no photon may arrive: the least that can be read is one.
        through = np.maximum(through, 1) / np.float32(photons)
    if gain_error:
        through = through * (1 + noise.gaussian(np.zeros(through.shape[-1]), gain_error, rng))
    sinogram = -np.log(np.maximum(through, np.float32(1e-30)))
    single = np.ndim(patient) == 2 or (not np.ndim(patient) and len(sinogram) == 1)
    return sinogram[0] if single else sinogram


def reconstruct(
    sinogram: np.ndarray,
    protocol: CTProtocol,
    *,
    method: str = "fbp",
    filter: str = "ramp",
    spacing_mm: float | None = None,
    water_correction: bool = True,
    **options,
) -> np.ndarray:
    """Compute the image behind a sinogram.

    Parameters
    ----------
    sinogram : array_like, shape (view, bin) or (plane, view, bin)
        Line integrals, as `acquire` returns them.
    protocol : CTProtocol
        Settings of the scan.
    method : str
        ``"fbp"``, or one of `METHODS`: "sart", "gradient", "cg", "mlem", "osem", "tv".
    filter : str
        For "fbp", from sharp to smooth: "ramp", "shepp-logan", "cosine", "hamming", "hann".
    spacing_mm : float, optional
        Pixel of the image, which is as wide as the detector; its spacing if not given.
    water_correction : bool
        Undo the beam hardening of water first; no effect for one energy.
    **options
        Passed on to the method, such as ``cutoff``, ``margin`` or ``n_iterations``.

    Returns
    -------
    ndarray, shape (row, column) or (plane, row, column), float32
        μ in 1/mm at the protocol's effective energy; see `to_hounsfield`.

    Raises
    ------
    ValueError
        If the sinogram does not have the protocol's views, or there is no such method.
    """
    sinogram = np.asarray(sinogram, np.float32)
    if sinogram.ndim not in (2, 3) or sinogram.shape[-2] != protocol.n_views:
        raise ValueError(
            f"sinogram has shape {sinogram.shape}; this protocol's is "
            f"(…, {protocol.n_views} views, bins)"
        )
    if water_correction:
        sinogram = correct_beam_hardening(sinogram, protocol)
    width_mm = sinogram.shape[-1] * protocol.detector_spacing_mm
    spacing_mm = spacing_mm or protocol.detector_spacing_mm
    shape = (*sinogram.shape[:-2], *2 * (round(width_mm / spacing_mm),))
    beam = ParallelBeam(
        shape, protocol.angles_deg, sinogram.shape[-1], spacing_mm=spacing_mm,
        detector_spacing_mm=protocol.detector_spacing_mm,
        rays_per_bin=rays_per_bin(protocol, spacing_mm),
    )  # fmt: skip
    if method == "fbp":
        image = filtered_backprojection(sinogram, beam, window=filter, **options)
    elif method in METHODS:
        image = METHODS[method](sinogram, beam, **options)
    else:
        raise ValueError(f"method is {method!r}; choose 'fbp', {', '.join(map(repr, METHODS))}")
    return image * field_of_view(shape[-1])


def field_of_view(size: int) -> np.ndarray:
    """Return the disc that all views see, as a mask (size, size): outside, μ is not known."""
    across = np.arange(size) - (size - 1) / 2
    return np.hypot(across, across[:, None]) <= size / 2


def scan(patient, protocol: CTProtocol | None = None, *, rng=None, motion=None,
         gain_error: float = 0.0, **options) -> Volume:  # fmt: skip
    """Acquire and reconstruct a patient: a CT volume in Hounsfield units.

    Parameters are those of `acquire`; `options` go to `reconstruct`. The volume lies where
    the patient lies.
    """
    protocol = protocol or CTProtocol()
    sinogram = acquire(patient, protocol, rng=rng, motion=motion, gain_error=gain_error)
    mu = reconstruct(sinogram, protocol, **options)
    pixel = options.get("spacing_mm") or protocol.detector_spacing_mm
    plane = getattr(patient, "spacing_mm", (protocol.slice_thickness_mm,))[0]
    hounsfield = to_hounsfield(mu, protocol.effective_energy_kev)
    place = {"origin_mm": corner(patient, mu, pixel)} if hasattr(patient, "labels") else {}
    return Volume(hounsfield, (plane, pixel, pixel), unit="HU", modality="CT", **place)


def corner(patient, image: np.ndarray, pixel_mm: float) -> tuple[float, float, float]:
    """Return where the first voxel of an image about a patient's middle lies: left, back, up.

    The scanner turns about the middle of the patient's map, so image and map share it,
    whatever their pixels; planes are the patient's own.

    Parameters
    ----------
    patient : Patient
    image : ndarray, shape (…, row, column)
    pixel_mm : float
        Pixel of the image.

    Returns
    -------
    tuple of float
        In mm, in the order (x, y, z) of `medkit.image.Volume.origin_mm`.
    """
    _, back, left = (
        o + s * (n - 1) / 2
        for o, s, n in zip(patient.origin_mm, patient.spacing_mm, patient.shape, strict=True)
    )
    down, across = ((n - 1) / 2 * pixel_mm for n in image.shape[-2:])
    return float(left - across), float(back - down), float(patient.origin_mm[0])


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


def correct_beam_hardening(sinogram: np.ndarray, protocol: CTProtocol) -> np.ndarray:
    """Replace each line integral by that of as much water at the effective energy.

    Soft photons are absorbed first, so the rest is harder and twice the water does not
    give twice the signal: p(L) = −ln Σ w(E) e^{−μ_w(E) L} bends. Reading L off that curve
    and returning μ_w(E_eff)·L straightens it for water, and so nearly for soft tissue;
    bone and metal keep part of their streaks.
    """
    if protocol.energy_kev is not None:
        return np.asarray(sinogram, np.float32)
    energy, weights = protocol.signal_spectrum
    lengths = np.concatenate([[-50], np.linspace(0, 40, 81), np.geomspace(41, 2000, 160)])
    measured = water_signal(lengths, energy, weights)
    straight = lengths * attenuation_per_mm("water", protocol.effective_energy_kev)
    return np.interp(sinogram, measured, straight).astype(np.float32)


def _materials(patient, protocol, spacing_mm):
    """Return basis images (material · plane, row, column), their curves, and the pixel."""
    energy, weights = protocol.signal_spectrum
    if hasattr(patient, "labels"):
        spacing = patient.spacing_mm
        if not np.isclose(spacing[1], spacing[2], rtol=1e-3):
            raise ValueError(f"pixels are {spacing[1]} × {spacing[2]} mm; CT needs square ones")
        present = np.flatnonzero(np.bincount(patient.labels.ravel()))
        tissues = tuple(patient.tissues[i] for i in present)
        amounts, curves = spectrum.attenuation_basis(tissues, tuple(energy), tuple(weights))
        by_label = np.zeros((len(curves), present[-1] + 1), np.float32)
        by_label[:, present] = amounts
        images = by_label[:, patient.labels]
        if patient.density is not None:
            images = images * patient.density
        return images.reshape(-1, *images.shape[-2:]), curves, float(spacing[1])
    mu = np.asarray(patient, np.float32)
    if mu.ndim not in (2, 3):
        raise ValueError(f"patient has shape {mu.shape}; give (row, column) or a stack of them")
    water = attenuation_per_mm("water", energy)
    curve = water / attenuation_per_mm("water", protocol.effective_energy_kev)
    spacing_mm = float(spacing_mm or protocol.detector_spacing_mm)
    return mu.reshape(-1, *mu.shape[-2:]), curve[None], spacing_mm


#: Iterative methods by name; each takes (sinogram, beam, **options).
METHODS = {
    "sart": lambda data, beam, n_subsets=10, **o: reconstruction.sart(
        data, reconstruction.view_subsets(beam, n_subsets), **o
    ),
    "gradient": reconstruction.gradient_descent,
    "cg": reconstruction.conjugate_gradient,
    "mlem": reconstruction.mlem,
    "osem": reconstruction.osem,
    "tv": total_variation,
}
