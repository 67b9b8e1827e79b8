"""Positron emission tomography: sugar that glows, counted from all sides.

    patient ─▶ uptake ─▶ activity ─▶ blur ─▶ line integrals × attenuation
    ─▶ + scatter, randoms ─▶ mean counts                                           project
    mean counts ─▶ Poisson counts                                                  count
    counts ─▶ MLEM or OSEM, with all corrections in the model ─▶ Bq/mL             reconstruct

`acquire` projects and counts, `scan` goes all the way to SUV. Activity is in Bq/mL at scan
start, μ in 1/mm at 511 keV, the energy of the photons.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy import ndimage

from medkit.constants import ELECTRON_REST_KEV
from medkit.image import Volume
from medkit.physics import noise
from medkit.physics.ct import field_of_view
from medkit.physics.linear import reconstruction
from medkit.physics.linear.fbp import filtered_backprojection
from medkit.physics.linear.projection import ParallelBeam
from medkit.physics.pet.breathing import breathing_mean
from medkit.physics.pet.coincidences import Coincidences, randoms, scatter
from medkit.physics.pet.scanner import FWHM, EmissionBeam, PETProtocol, blur, crystal_efficiency
from medkit.physics.pet.uptake import concentration, uptake_map
from medkit.physics.subject import (
    attenuation_map,
    is_patient,
    like,
    placed,
    square_pixel_mm,
    stacked,
)

#: Weights of neighbouring planes in the filter along the patient.
AXIAL_FILTER = (0.25, 0.5, 0.25)


def acquire(
    patient,
    protocol: PETProtocol | None = None,
    *,
    mu: np.ndarray | None = None,
    uptake: Mapping[str, float] | None = None,
    spacing_mm: float | None = None,
    breathing_mm: float = 0.0,
    rng=None,
) -> Coincidences:
    """Count the coincidences of a patient.

    Parameters
    ----------
    patient : Patient, or array_like, shape (row, column) or (plane, row, column)
        A digital patient; or the activity in Bq/mL at scan start. Planes of an array are
        independent of each other, those of a patient lie side by side.
    protocol : PETProtocol, optional
        Settings; a usual FDG scan if not given.
    mu : array_like, optional
        Attenuation at 511 keV in 1/mm, of the shape of an array of activity; none if not
        given. A patient knows its own.
    uptake : mapping of str to float, optional
        SUV by tissue or lesion in the place of the usual values; see
        `medkit.physics.pet.uptake.uptake_map`.
    spacing_mm : float, optional
        Pixel of an array; the detector's spacing if not given. A patient knows its own.
    breathing_mm : float
        How far the diaphragm of a patient moves while it is counted; see
        `medkit.physics.pet.breathing`.
    rng : None, int or numpy.random.Generator
        Randomness of decay and detector.

    Returns
    -------
    Coincidences
        Sinograms of shape (view, bin), or (plane, view, bin) for more than one plane.

    Raises
    ------
    ValueError
        If the array is neither an image nor a stack, or pixels are not square.

    Examples
    --------
    >>> quiet = PETProtocol(scan_time_s=np.inf, n_views=4, scatter_fraction=0, window_ns=0)
    >>> acquire(np.full((8, 8), 5000.0), quiet).prompts.shape
    (4, 8)
    """
    protocol, rng = protocol or PETProtocol(), np.random.default_rng(rng)
    means = project(
        patient,
        protocol,
        mu=mu,
        uptake=uptake,
        spacing_mm=spacing_mm,
        breathing_mm=breathing_mm,
        rng=rng,
    )
    return count(means, protocol, rng=rng)


def project(
    patient,
    protocol: PETProtocol | None = None,
    *,
    mu: np.ndarray | None = None,
    uptake: Mapping[str, float] | None = None,
    spacing_mm: float | None = None,
    breathing_mm: float = 0.0,
    rng=None,
) -> Coincidences:
    """Return the mean coincidences of a patient, about which `count` draws.

    Parameters and errors are those of `acquire`, but for what chance does here:

    Parameters
    ----------
    rng : None, int or numpy.random.Generator
        Draws the crystals of this scanner, if their efficiencies spread; no counts.

    Returns
    -------
    Coincidences
        Its prompts are means, for `PETProtocol.seconds`; see `Coincidences.scaled`.
    """
    protocol = protocol or PETProtocol()
    if is_patient(patient):
        activity, mu, spacing_mm = _maps(patient, protocol, mu, uptake, breathing_mm)
    else:
        activity, mu, spacing_mm = _arrays(patient, protocol, mu, spacing_mm)
    activity = blur(activity, protocol.resolution_mm, spacing_mm)
    bins = protocol.n_detectors
    width_mm = max(activity.shape[-2:]) * spacing_mm
    bins = bins or int(np.ceil(width_mm / protocol.detector_spacing_mm - 1e-6))
    beam = ParallelBeam(
        activity.shape,
        protocol.angles_deg,
        bins,
        spacing_mm=spacing_mm,
        detector_spacing_mm=protocol.detector_spacing_mm,
    )
    through = np.exp(-beam.forward(mu)) if mu is not None else np.float32(1)
    efficiency = np.float32(1)
    if protocol.efficiency_spread:
        efficiency = crystal_efficiency(protocol, bins, rng)
    trues = np.float32(protocol.gain) * through * beam.forward(activity)
    decays = activity.sum((-2, -1), dtype=float) * spacing_mm**2 * protocol.slice_thickness_mm / 1e3
    scattered = efficiency * scatter(trues, protocol)
    random = efficiency * randoms(decays, protocol, trues.shape)
    prompts = efficiency * trues + scattered + random
    through, efficiency = (np.broadcast_to(a, trues.shape) for a in (through, efficiency))
    arrays = prompts, random, scattered, through, efficiency
    return Coincidences(*(like(patient, a) for a in arrays))


def count(means: Coincidences, protocol: PETProtocol, *, rng=None) -> Coincidences:
    """Draw the prompts of a scan from their means, as often as one likes.

    Parameters
    ----------
    means : Coincidences
        What `project` returns, for the protocol's counting time.
    protocol : PETProtocol
        Settings of the scan; if its time is infinite the means stay as they are.
    rng : None, int or numpy.random.Generator
        Randomness of decay.

    Returns
    -------
    Coincidences
        The same but for the prompts.

    Examples
    --------
    >>> protocol = PETProtocol(n_views=4)
    >>> means = project(np.full((8, 8), 5000.0), protocol)
    >>> bool(np.all(count(means, protocol, rng=0).prompts % 1 == 0))
    True
    """
    if not np.isfinite(protocol.scan_time_s):
        return means
    return replace(means, prompts=noise.poisson(means.prompts, rng))


def reconstruct(
    data: Coincidences,
    protocol: PETProtocol,
    *,
    method: str = "osem",
    psf_mm: float = 0.0,
    filter_mm: float = 6.0,
    **options,
) -> np.ndarray:
    """Compute the activity behind the counts, with every correction that `data` brings.

    The corrections belong into the model, y = factors · A x + background, rather than
    into the data, which so stay Poisson counts. To see what one of them does, leave it
    out: ``reconstruct(data.without("attenuation"), protocol)``.

    Parameters
    ----------
    data : Coincidences
        What `acquire` returns.
    protocol : PETProtocol
        Settings of the scan.
    method : {"osem", "mlem", "fbp"}
        "fbp" corrects the data instead, and filters them.
    psf_mm : float
        Blur, width at half height, that the model knows of; the iterations then undo
        part of it. The protocol's `resolution_mm`, or 0 for none. Not for "fbp".
    filter_mm : float
        Width at half height of the smoothing afterwards; 0 for none.
    **options
        Passed on to the method: ``n_iterations``, ``n_subsets``, ``callback``.

    Returns
    -------
    ndarray, shape (row, column) or (plane, row, column), float32
        Bq/mL at scan start; divide by ``protocol.suv_bq_ml`` for the SUV.

    Raises
    ------
    ValueError
        If the counts do not have the protocol's views, or there is no such method.

    Limits
    ------
    EM starts at 1 Bq/mL, far below a patient, so with a background the first passes read low:
    an even disc 22 % after one pass of OSEM, 1 % after two; a chest with lungs 8 % after two.
    """
    prompts = np.asarray(data.prompts, np.float32)
    if prompts.ndim not in (2, 3) or prompts.shape[-2] != protocol.n_views:
        raise ValueError(
            f"prompts have shape {prompts.shape}; this protocol's are "
            f"(…, {protocol.n_views} views, bins)"
        )
    spacing = protocol.detector_spacing_mm
    shape = (*prompts.shape[:-2], prompts.shape[-1], prompts.shape[-1])
    beam = ParallelBeam(shape, protocol.angles_deg, prompts.shape[-1], spacing_mm=spacing)
    factors = np.float32(protocol.gain) * data.attenuation * data.efficiency
    if method == "fbp":
        corrected = (prompts - data.background) / np.maximum(factors, 1e-12)
        image = filtered_backprojection(corrected, beam, **options) * field_of_view(shape[-1])
    elif method in ("osem", "mlem"):
        # Corners that not all views see would catch what the model cannot explain.
        model = EmissionBeam(beam, factors, blur_mm=psf_mm, support=field_of_view(shape[-1]))
        defaults = {"n_iterations": 3, "n_subsets": 12} if method == "osem" else {}
        solve = getattr(reconstruction, method)
        image = solve(prompts, model, background=data.background, **{**defaults, **options})
    else:
        raise ValueError(f"method is {method!r}; choose 'osem', 'mlem' or 'fbp'")
    return blur(image, filter_mm, spacing)


def scan(
    patient,
    protocol: PETProtocol | None = None,
    *,
    mu: np.ndarray | None = None,
    uptake: Mapping[str, float] | None = None,
    breathing_mm: float = 0.0,
    rng=None,
    **options,
) -> Volume:
    """Acquire and reconstruct a patient: a PET volume in standardised uptake values.

    Parameters are those of `acquire`; `options` go to `reconstruct`. Planes of a patient
    are smoothed along the patient too, as scanners do.
    """
    protocol = protocol or PETProtocol()
    data = acquire(patient, protocol, mu=mu, uptake=uptake, breathing_mm=breathing_mm, rng=rng)
    return to_volume(data, patient, protocol, **options)


def to_volume(data: Coincidences, patient, protocol: PETProtocol, **options) -> Volume:
    """Reconstruct a patient's counts to SUV, put where the patient lies; see `scan`."""
    image = reconstruct(data, protocol, **options) / np.float32(protocol.suv_bq_ml)
    pixel, plane = protocol.detector_spacing_mm, protocol.slice_thickness_mm
    if is_patient(patient) and image.ndim == 3:
        image = ndimage.convolve1d(image, AXIAL_FILTER, axis=0, mode="nearest")
    return placed(patient, image, pixel, plane, unit="SUV", modality="PT")


def _maps(patient, protocol, mu, uptake, breathing_mm):
    """Return activity and μ of a patient, (plane, row, column), and the pixel."""
    pixel_mm = square_pixel_mm(patient, "PET")
    activity = concentration(uptake_map(patient, uptake=uptake), protocol)
    if mu is None:
        mu = attenuation_map(patient, ELECTRON_REST_KEV)
    mu = np.broadcast_to(np.asarray(mu, np.float32), activity.shape)
    activity, mu = (breathing_mean(patient, a, breathing_mm) for a in (activity, mu))
    if len(activity) > 1:  # neighbouring planes see each other's activity
        sigma = protocol.resolution_mm / FWHM / patient.spacing_mm[0]
        activity = ndimage.gaussian_filter1d(activity, sigma, axis=0, mode="nearest")
    return activity, mu, pixel_mm


def _arrays(activity, protocol, mu, spacing_mm):
    """Return the same for a picture of activity, or a stack of independent ones."""
    activity = stacked(np.asarray(activity, np.float32))
    if mu is not None:
        mu = np.broadcast_to(np.asarray(mu, np.float32), activity.shape)
    return activity, mu, float(spacing_mm or protocol.detector_spacing_mm)
