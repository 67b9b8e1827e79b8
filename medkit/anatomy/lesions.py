"""Disease with a known truth: each function takes a patient and returns one with a lesion.

Where a lesion is drawn at random it is put where it occurs; where its place is
given, centres are in the patient's own coordinates: up, back and left in mm.
"""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from medkit.anatomy.patient import Patient

_BRAIN = ("grey_matter", "white_matter", "brain", "csf")
_LUNG = ("lung", "lung_inspired", "lung_collapsed")
_SKULL = ("cortical_bone", "spongy_bone", "cranium")


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
            "this patient has no place for the lesion: choose other planes, or an organ that "
            f"it has (it is made of {', '.join(patient.tissues)})"
        )
    voxel = np.unravel_index(rng.choice(index), patient.shape)
    return np.array(
        [o + s * i for o, s, i in zip(patient.origin_mm, patient.spacing_mm, voxel, strict=True)]
    )


def _depth_mm(mask, spacing_mm):
    """Distance in mm of each voxel of a mask to its border, plane by plane."""
    return np.stack([ndimage.distance_transform_edt(m, spacing_mm[1:]) for m in mask])


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
    return swollen.with_lesion("bleed", (q < 1) & inside, "blood_clot", bleed_radius_mm=radius_mm)


def subdural(patient: Patient, *, thickness_mm=9.0, side=None, rng=None) -> Patient:
    """Add a crescent of clotted blood between skull and brain, over one side.

    Parameters
    ----------
    patient : Patient
    thickness_mm : float
        Greatest thickness.
    side : {None, "left", "right"}
        None draws it.
    rng : None, int or numpy.random.Generator

    Returns
    -------
    Patient
        With ``lesions["subdural"]``.
    """
    rng = np.random.default_rng(rng)
    side = side or str(rng.choice(["left", "right"]))
    content = patient.where(*_BRAIN, "soft_tissue", "calcification")
    content = np.stack([ndimage.binary_fill_holes(plane) for plane in content])
    depth = _depth_mm(content & ~patient.where(*_SKULL), patient.spacing_mm)
    _, back, left = patient.grid_mm()
    angle = np.arctan2(left if side == "left" else -left, -back)  # 0 in front, π/2 at the side
    middle = rng.uniform(0.4, 0.6) * np.pi
    crescent = thickness_mm * np.clip(1 - ((angle - middle) / 1.15) ** 2, 0, None) ** 0.5
    mask = (depth > 0) & (depth < crescent) & patient.where(*_BRAIN)
    return patient.with_lesion("subdural", mask, "blood_clot", subdural_side=side)


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
    return patient.with_lesion("infarct", mask, "infarct", infarct_radius_mm=radius_mm)


def fracture(patient: Patient, *, width_mm=2.4, rng=None) -> Patient:
    """Add a line of fracture through the vault of the skull, and swelling over it.

    Parameters
    ----------
    patient : Patient
    width_mm : float
        Gap between the edges; at least one voxel is opened.
    rng : None, int or numpy.random.Generator

    Returns
    -------
    Patient
        With ``lesions["fracture"]``.
    """
    rng = np.random.default_rng(rng)
    bone = patient.where(*_SKULL)
    up, back, left = patient.grid_mm()
    middle = patient.shape[0] // 2
    # Through the skull at an angle from the front, seen from the middle of the head, and
    # slanted: the gap moves from plane to plane.
    angle = rng.uniform(0.25, 0.75) * np.pi * rng.choice([-1, 1])
    slant = rng.uniform(-0.6, 0.6)
    height = up - up[middle]
    along = -back * np.cos(angle) + left * np.sin(angle)
    across = back * np.sin(angle) + left * np.cos(angle) + slant * height + 1.5 * np.sin(along / 3)
    outwards = along > 25
    half = max(width_mm, 1.1 * max(patient.spacing_mm[1:])) / 2
    gap = bone & outwards & (np.abs(across) < half) & (np.abs(height) < 30)
    if not gap.any():
        raise ValueError("no vault of the skull in these planes: choose planes_mm of 0 to 60")
    swelling = patient.where("adipose") & outwards & (np.abs(across) < 22) & (np.abs(height) < 30)
    swollen = patient.with_lesion("swelling", swelling, "blood")
    return swollen.with_lesion("fracture", gap, "blood", fracture_width_mm=2 * half)


def nodule(
    patient: Patient, *, radius_mm=6.0, centre_mm=None, tissue="nodule", spiculated=0.0, rng=None
) -> Patient:
    """Add a nodule in the lung.

    Parameters
    ----------
    patient : Patient
    radius_mm : float
        Mean radius.
    centre_mm : sequence of float, optional
        Its centre (up, back, left); None draws a place in the lung.
    tissue : str
        "nodule" (solid) or "calcification"; see `medkit.constants.TISSUES`.
    spiculated : float
        0 for a smooth outline, 0.3 for the ragged one that looks malignant.
    rng : None, int or numpy.random.Generator

    Returns
    -------
    Patient
        With ``lesions["nodule"]``.
    """
    rng = np.random.default_rng(rng)
    lung = patient.where(*_LUNG)
    if centre_mm is None:
        # Deep enough that the whole nodule is in the lung, where there is room.
        depth = _depth_mm(lung, patient.spacing_mm)
        centre_mm = _some_voxel(patient, depth > min(1.3 * radius_mm, 0.7 * depth.max()), rng)
    radii = radius_mm * rng.uniform(0.85, 1.18, 3)
    mask = blob(patient, centre_mm, radii, rough=spiculated, rng=rng) < 1
    return patient.with_lesion(
        "nodule",
        mask & (lung | patient.where("blood")),
        tissue,
        nodule_radius_mm=radius_mm,
        nodule_tissue=tissue,
        nodule_centre_mm=tuple(centre_mm),
    )


#: Lesion functions by name, each taking (patient, *, rng).
LESIONS = {
    "bleed": bleed,
    "subdural": subdural,
    "infarct": infarct,
    "fracture": fracture,
    "nodule": nodule,
}


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
