"""Positron emission tomography: sugar that glows, counted from all sides.

    patient ─▶ uptake ─▶ activity ─▶ blur ─▶ line integrals × attenuation
    ─▶ + scatter, randoms ─▶ mean counts                                           project
    mean counts ─▶ Poisson counts                                                  count
    counts ─▶ OSEM, with all corrections in the model ─▶ Bq/mL                     reconstruct

`acquire` projects and counts, `scan` goes all the way to SUV. Activity is in Bq/mL at scan
start, μ in 1/mm at 511 keV, the energy of the photons.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy import ndimage

from medkit.constants import ELECTRON_REST_KEV
from medkit.image import Volume
from medkit.physics import noise, subject
from medkit.physics.ct import field_of_view
from medkit.physics.linear.reconstruction import osem
from medkit.physics.pet.coincidences import Coincidences, randoms, scatter
from medkit.physics.pet.scanner import FWHM, EmissionBeam, PETProtocol, blur
from medkit.physics.pet.uptake import uptake_map

#: Weights of neighbouring planes in the filter along the patient.
AXIAL_FILTER = (0.25, 0.5, 0.25)


def acquire(
    patient,
    protocol: PETProtocol | None = None,
    *,
    mu: np.ndarray | None = None,
    uptake: Mapping[str, float] | None = None,
    spacing_mm: float | None = None,
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
        Attenuation at 511 keV in 1/mm of an array of activity, of its shape; none if not
        given. A patient knows its own.
    uptake : mapping of str to float, optional
        SUV by tissue or lesion in the place of the usual values; see
        `medkit.physics.pet.uptake.uptake_map`.
    spacing_mm : float, optional
        Pixel of an array; the detector's spacing if not given. A patient knows its own.
    rng : None, int or numpy.random.Generator
        Randomness of decay.

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
    protocol = protocol or PETProtocol()
    means = project(patient, protocol, mu=mu, uptake=uptake, spacing_mm=spacing_mm)
    return count(means, protocol, rng=rng)


def project(
    patient,
    protocol: PETProtocol | None = None,
    *,
    mu: np.ndarray | None = None,
    uptake: Mapping[str, float] | None = None,
    spacing_mm: float | None = None,
) -> Coincidences:
    """Return the mean coincidences of a patient, about which `count` draws.

    Parameters and errors are those of `acquire`.

    Returns
    -------
    Coincidences
        Its prompts are means, for `PETProtocol.seconds`; see `Coincidences.scaled`.
    """
    protocol = protocol or PETProtocol()
    if subject.is_patient(patient):
        activity, mu, spacing_mm = _maps(patient, protocol, uptake)
    else:
        activity = subject.stacked(np.asarray(patient, np.float32))
        mu = np.float32(0) if mu is None else mu
        spacing_mm = float(spacing_mm or protocol.detector_spacing_mm)
    activity = blur(activity, protocol.resolution_mm, spacing_mm)
    width_mm = max(activity.shape[-2:]) * spacing_mm
    bins = int(np.ceil(width_mm / protocol.detector_spacing_mm - 1e-6))
    beam = protocol.beam(activity.shape, spacing_mm, bins)
    through = np.exp(-beam.forward(np.broadcast_to(mu, activity.shape)))
    trues = np.float32(protocol.gain) * through * beam.forward(activity)
    decays = activity.sum((-2, -1), dtype=float) * spacing_mm**2 * protocol.slice_thickness_mm / 1e3
    scattered, random = scatter(trues, protocol), randoms(decays, protocol, trues.shape)
    arrays = trues + scattered + random, random, scattered, through
    return Coincidences(*(subject.like(patient, a) for a in arrays))


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
    n_iterations: int = 3,
    n_subsets: int = 12,
    filter_mm: float = 6.0,
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
    n_iterations, n_subsets : int
        Of `medkit.physics.linear.reconstruction.osem`; one subset makes it MLEM.
    filter_mm : float
        Width at half height of the smoothing afterwards; 0 for none.

    Returns
    -------
    ndarray, shape (row, column) or (plane, row, column), float32
        Bq/mL at scan start; divide by ``protocol.suv_bq_ml`` for the SUV.

    Raises
    ------
    ValueError
        If the counts do not have the protocol's views.

    Limits
    ------
    EM starts at 1 Bq/mL, far below a patient, so with a background the first passes read low:
    an even disc 22 % after one pass of OSEM, 1 % after two; a chest with lungs 8 % after two.
    """
    prompts = np.asarray(data.prompts, np.float32)
    subject.check_views("prompts", prompts, protocol)
    spacing = protocol.detector_spacing_mm
    shape = (*prompts.shape[:-2], prompts.shape[-1], prompts.shape[-1])
    beam = protocol.beam(shape, spacing, prompts.shape[-1])
    factors = np.float32(protocol.gain) * data.attenuation
    # Corners that not all views see would catch what the model cannot explain.
    model = EmissionBeam(beam, factors, support=field_of_view(shape[-1]))
    options = {"n_subsets": n_subsets, "n_iterations": n_iterations}
    image = osem(prompts, model, background=data.background, **options)
    return blur(image, filter_mm, spacing)


def scan(
    patient,
    protocol: PETProtocol | None = None,
    *,
    uptake: Mapping[str, float] | None = None,
    rng=None,
    **options,
) -> Volume:
    """Acquire and reconstruct a patient: a PET volume in standardised uptake values.

    Parameters are those of `acquire`; `options` go to `reconstruct`. Planes of a patient
    are smoothed along the patient too, as scanners do.
    """
    protocol = protocol or PETProtocol()
    data = acquire(patient, protocol, uptake=uptake, rng=rng)
    return to_volume(data, patient, protocol, **options)


def to_volume(data: Coincidences, patient, protocol: PETProtocol, **options) -> Volume:
    """Reconstruct a patient's counts to SUV, put where the patient lies; see `scan`."""
    image = reconstruct(data, protocol, **options) / np.float32(protocol.suv_bq_ml)
    pixel, plane = protocol.detector_spacing_mm, protocol.slice_thickness_mm
    if subject.is_patient(patient) and image.ndim == 3:
        image = ndimage.convolve1d(image, AXIAL_FILTER, axis=0, mode="nearest")
    return subject.placed(patient, image, pixel, plane, unit="SUV", modality="PT")


def _maps(patient, protocol, uptake):
    """Return activity and μ of a patient, (plane, row, column), and the pixel."""
    pixel_mm = subject.square_pixel_mm(patient, "PET")
    activity = uptake_map(patient, uptake=uptake) * np.float32(protocol.suv_bq_ml)
    if len(activity) > 1:  # neighbouring planes see each other's activity
        sigma = protocol.resolution_mm / FWHM / patient.spacing_mm[0]
        activity = ndimage.gaussian_filter1d(activity, sigma, axis=0, mode="nearest")
    return activity, subject.attenuation_map(patient, ELECTRON_REST_KEV), pixel_mm
