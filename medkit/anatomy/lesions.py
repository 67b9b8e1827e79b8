"""Disease with a known truth: each function takes a patient and returns one with a lesion.

Where a lesion is drawn at random it is put where it occurs; where its place is
given, centres are in the patient's own coordinates: up, back and left in mm.
"""

from collections.abc import Sequence

import numpy as np

from medkit.anatomy.patient import Patient

_BRAIN = ("grey_matter", "white_matter", "brain", "csf")


def blob(patient: Patient, centre_mm: Sequence[float], radii_mm, *, rough=0.0, rng=None):
    """Return where a rounded body lies, smooth or with a wavy outline.

    Parameters
    ----------
    patient : Patient
    centre_mm : sequence of float
        Its centre: up, back, left in mm.
    radii_mm : float or sequence of float
        Its half-axes along up, back, left in mm.
    rough : float
        How wavy the outline is: 0 is an ellipsoid, 0.3 is ragged.
    rng : None, int or numpy.random.Generator
        Draws the waves.

    Returns
    -------
    ndarray of float32, shape of the patient
        0 at the centre, 1 on the outline, more outside.
    """
    radii = np.broadcast_to(np.asarray(radii_mm, dtype=float), 3)
    u = [(x - c) / r for x, c, r in zip(patient.grid_mm(), centre_mm, radii, strict=True)]
    q = np.sqrt(u[0] ** 2 + u[1] ** 2 + u[2] ** 2).astype(np.float32)
    if rough:
        rng = np.random.default_rng(rng)
        wave = np.zeros_like(q)
        for _ in range(6):
            k, phase = rng.normal(0, 2.2, 3), rng.uniform(0, 2 * np.pi)
            wave += np.cos(k[0] * u[0] + k[1] * u[1] + k[2] * u[2] + phase).astype(np.float32)
        q *= 1 + rough * wave / 2.5
    return q


def _some_voxel(patient, mask, rng):
    """Draw the position in mm of one voxel of a mask."""
    index = np.flatnonzero(mask)
    if not len(index):
        raise ValueError(
            "this patient has no place for the lesion: choose other planes, such as planes_mm=10"
        )
    voxel = np.unravel_index(rng.choice(index), patient.shape)
    return np.add(patient.origin_mm, np.multiply(patient.spacing_mm, voxel))


def bleed(patient: Patient, *, radius_mm=14.0, centre_mm=None, rng=None) -> Patient:
    """Add fresh clotted blood in the brain, with a rim of oedema.

    Acute blood is brighter than brain, 60 to 75 HU, because red cells pack as the
    clot retracts; the water-rich rim around it is a little darker than brain.

    Parameters
    ----------
    patient : Patient
    radius_mm : float
        Mean radius.
    centre_mm : sequence of float, optional
        Its centre (up, back, left); None draws a place deep in the brain.
    rng : None, int or numpy.random.Generator

    Returns
    -------
    Patient
        With ``lesions["bleed"]``; the oedema is not counted as bleed.
    """
    rng = np.random.default_rng(rng)
    brain = patient.where("grey_matter", "white_matter", "brain")
    if centre_mm is None:
        up, back, left = patient.grid_mm()
        deep = np.hypot(back - 5, np.abs(left) - 28) < 14  # about the basal ganglia
        centre_mm = _some_voxel(patient, brain & deep & (up == up), rng)
    radii = radius_mm * rng.uniform(0.8, 1.25, 3)
    q = blob(patient, centre_mm, radii, rough=0.12, rng=rng)
    inside = patient.where(*_BRAIN)
    oedema = (q >= 1) & (q < 1 + 4.0 / radius_mm) & brain
    swollen = patient.with_lesion("oedema", oedema, "infarct")
    return swollen.with_lesion("bleed", (q < 1) & inside, "blood_clot")


def infarct(patient: Patient, *, radius_mm=32.0, centre_mm=None, rng=None) -> Patient:
    """Add brain that lost its blood supply and took up water: a few HU darker.

    Parameters
    ----------
    patient : Patient
    radius_mm : float
        Mean radius of the territory.
    centre_mm : sequence of float, optional
        Its centre (up, back, left); None draws one in the territory of the middle
        cerebral artery, at the side.
    rng : None, int or numpy.random.Generator

    Returns
    -------
    Patient
        With ``lesions["infarct"]``.

    References
    ----------
    Broocks et al. (2018), https://doi.org/10.1097/RLI.0000000000000430
    """
    rng = np.random.default_rng(rng)
    brain = patient.where("grey_matter", "white_matter", "brain")
    if centre_mm is None:
        _, back, left = patient.grid_mm()
        lateral = np.hypot((back + 2) / 1.3, np.abs(left) - 50) < 10
        centre_mm = _some_voxel(patient, brain & lateral, rng)
    radii = radius_mm * np.array([1.0, 1.1, 0.75]) * rng.uniform(0.85, 1.15, 3)
    mask = brain & (blob(patient, centre_mm, radii, rough=0.15, rng=rng) < 1)
    # An artery feeds one half of the brain only.
    mask &= np.sign(patient.grid_mm()[2]) == np.sign(centre_mm[2])
    return patient.with_lesion("infarct", mask, "infarct")


#: Lesion functions by name, each taking (patient, *, rng).
LESIONS = {"bleed": bleed, "infarct": infarct}


def add(patient: Patient, lesion: str, **options) -> Patient:
    """Add a lesion by its name.

    Raises
    ------
    ValueError
        If there is no such lesion, or no place for it in these planes.
    """
    if lesion not in LESIONS:
        raise ValueError(f"no lesion {lesion!r}; there are: {', '.join(LESIONS)}")
    return LESIONS[lesion](patient, **options)
