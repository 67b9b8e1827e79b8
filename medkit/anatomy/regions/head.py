"""A digital head: the MNI152 brain in a skull and a scalp that are grown around it.

The brain is real: the average of 152 people, whose T1 picture and whose maps of
grey and white matter come with nilearn. What the template lacks is built from
geometry: everything outside the brain is placed by its distance to it.
"""

from functools import cache

import numpy as np
from scipy import ndimage

from medkit.anatomy import lesions
from medkit.anatomy.fields import bent, grain
from medkit.anatomy.patient import Patient
from medkit.anatomy.regions import brain
from medkit.anatomy.regions.brain import sampled, template

#: Tissues of a head; the position is the label.
TISSUES = (
    "air", "csf", "grey_matter", "white_matter", "cortical_bone", "spongy_bone", "adipose",
    "muscle", "skin", "soft_tissue", "calcification", "water", "eye_lens", "blood", "blood_flowing",
)  # fmt: skip
(AIR, CSF, GREY, WHITE, CORTICAL, SPONGY, FAT, MUSCLE, SKIN, SOFT, CALCIUM, WATER, LENS) = range(13)


@cache
def _distance_mm():
    """Return the signed distance to the inner side of the skull, on a 3 mm grid; < 0 inside."""
    step = 3
    brain = template()[0][::step, ::step, ::step] > 0
    # Grow by 15 mm and shrink by 13: the sulci and the fissures are closed, and 2 mm stay
    # between brain and bone for the fluid.
    grown = ndimage.distance_transform_edt(~brain) * step <= 15
    closed = ndimage.distance_transform_edt(np.pad(grown, 8, mode="edge"))[8:-8, 8:-8, 8:-8]
    inside = closed * step > 13
    distance = ndimage.distance_transform_edt(~inside) - ndimage.distance_transform_edt(inside)
    return ndimage.gaussian_filter(distance.astype(np.float32) * step, 1.2)


def _ellipsoid(right, front, up, centre, radii):
    """Return 0 at the centre of an ellipsoid, 1 on its surface, more outside."""
    u, v, w = ((x - c) / r for x, c, r in zip((right, front, up), centre, radii, strict=True))
    return np.sqrt(u**2 + v**2 + w**2)


def _bell(x, centre, width):
    return np.exp(-(((x - centre) / width) ** 2))


def _step(x):
    """Rise smoothly from 0 to 1 around x = 0."""
    return 0.5 + 0.5 * np.tanh(x)


def _vault(labels, right, front, up, distance, skull_mm, scalp_mm, tables):
    """Lay skull, temporal muscle and scalp around the inside of the skull."""
    side = np.abs(right)
    # Thick at the brow and at the back, thin at the temples; a crest inside, behind the midline.
    skull = skull_mm * (0.72 + 0.5 * ((front + 18) / 95) ** 2 + 0.1 * _bell(right, 0, 25))
    crest = 5 * _bell(right, 0, 5) * _bell(up, -12, 30) * _step((-front - 70) / 8)
    muscle = 11 * _bell(front, 22, 24) * _step((side - 40) / 8) * _step((30 - up) / 10)
    muscle = muscle + 9 * _step((-front - 60) / 15) * _step((-30 - up) / 8)
    out = distance
    table = tables * skull + 0.4
    labels[out < skull + muscle + scalp_mm] = SKIN
    labels[out < skull + muscle + scalp_mm - 2] = FAT
    labels[out < skull + muscle + 0.5] = MUSCLE
    labels[out < skull] = CORTICAL
    labels[(out < skull - table) & (out > table)] = SPONGY
    labels[out < 0] = CSF
    labels[(out < 0) & (out > -crest)] = CORTICAL
    return skull


def _face(labels, right, front, up, distance, plain):
    """Add face and neck below the vault, with orbits, sinuses and the base of the skull."""
    side = np.abs(right)
    outer = _ellipsoid(right, front, up, (0, 28, -82), (72, 68, 88))
    outer = np.minimum(outer, _ellipsoid(right, front, up, (0, -45, -105), (66, 62, 78)))
    if not plain:  # no waist at the ears
        outer = np.minimum(outer, _ellipsoid(right, front, up, (0, -10, -90), (74, 60, 95)))
    outside = labels == AIR
    labels[outside & (outer < 1.0)] = SKIN
    labels[outside & (outer < 0.97)] = FAT
    labels[outside & (outer < 0.90)] = MUSCLE
    # The scalp that was laid around the underside of the brain is deep in the face: muscle.
    labels[((labels == SKIN) | (labels == FAT)) & (outer < 0.9) & (up < -20)] = MUSCLE
    face = (distance > 0) & (labels != AIR)

    def carve(q, wall, filling, shell=CORTICAL):
        labels[face & (q < wall)] = shell
        labels[face & (q < 1)] = filling

    petrous = np.hypot((front + 24 + 0.55 * (side - 35)) / 11, (up + 42) / 11)
    labels[face & (petrous < 1) & (side > 12) & (side < 66) & (plain | (outer < 0.85))] = CORTICAL
    labels[face & (petrous < 0.8) & (side > 14) & (side < 44) & (not plain)] = SPONGY
    waves = np.sin(0.9 * side + 2 * np.sin(0.5 * front))
    waves = waves + np.sin(0.8 * front + 2 * np.sin(0.6 * up))
    cells = waves + np.sin(0.9 * up + 2 * np.sin(0.4 * side)) > 0
    labels[face & (petrous < 0.75) & (side > 46) & (side < 63) & cells] = AIR
    carve(_ellipsoid(side, front, up, (30, 44, -66), (16, 18, 19)), 1.09, AIR)  # maxillary
    carve(_ellipsoid(right, front, up, (0, 10, -46), (14, 13, 11)), 1.15, AIR)  # sphenoid
    cells_of_nose = _ellipsoid(right, front, up, (0, 60, -50), (12, 24, 24))
    carve(cells_of_nose, 1.10, AIR)  # ethmoid and nose, with their walls of bone
    waves = np.sin(0.62 * front + 1.5 * np.sin(0.4 * side) + np.sin(0.4 * up))
    septa = waves > (0.85 if plain else 0.1)  # thin bone alone, or with its lining
    walls = septa | (side < 0.9) | (np.abs(side - 6 - np.sin(0.4 * front)) < 0.8)
    labels[face & (cells_of_nose < 1) & walls] = CORTICAL if plain else SOFT
    _orbits(labels, right, front, up, face, outside, carve)


def _orbits(labels, right, front, up, face, outside, carve):
    """Add orbits: a cone of fat in bone, the eye in front, four straight muscles, the nerve."""
    side = np.abs(right)
    depth = 76 - front  # from the front of the eye inwards
    axis = 32 - 0.42 * np.maximum(depth - 24, 0)
    cone = np.hypot(side - axis, up + 33)
    wide = np.clip(18 - 0.34 * np.maximum(depth - 20, 0), 0.1, None)
    reach = (depth > 12) & (depth < 58)
    carve(np.where(reach, cone / wide, 9), 1.14, FAT)
    bulge = _ellipsoid(side, front, up, (32, 66, -33), (15.5, 15.5, 14))  # lids
    labels[(labels == AIR) & (bulge < 1) & outside] = SKIN
    face = face | (bulge < 1)
    muscles = np.abs(cone - 0.72 * wide) < 1.8
    across = np.maximum(np.abs(side - axis), np.abs(up + 33)) > 0.9 * cone
    orbit = face & reach & (cone < wide)
    labels[orbit & muscles & across & (depth > 18)] = MUSCLE
    labels[orbit & (cone < 2.2) & (depth > 22)] = WHITE
    eye = _ellipsoid(side, front, up, (32, 66, -33), (12, 12, 12))
    labels[eye < 1] = SOFT
    labels[eye < 0.9] = WATER
    labels[_ellipsoid(side, front, up, (32, 74, -33), (4.5, 2.2, 4.5)) < 1] = LENS


def _brain(labels, right, front, up, distance, atrophy):
    """Fill the skull with grey and white matter, and fluid."""
    t1, grey, white = (sampled(m, 1, right, front, up) for m in template())
    fluid = 255 - grey - white
    tissue = (t1 > 40) & (distance < -1)
    # The template is an average: its sulci are blurred, so fluid wins before it is half.
    wet = fluid > 105 - 60 * atrophy
    labels[tissue] = np.where(white > grey, WHITE, GREY)[tissue]
    labels[tissue & wet] = CSF


def _falx_and_calcium(labels, right, front, up, distance):
    """Add the fold of dura between the halves of the brain, and what is often chalky."""
    inside = distance < -0.5
    wet = inside & (labels == CSF)
    cleft = (front > 18) | (front < -48) | (up > 38)
    labels[wet & (np.abs(right) < 0.9) & cleft & (up > -22)] = SOFT
    calcium = _ellipsoid(right, front, up, (0, -29, 2), (2.6, 3.2, 2.6)) < 1  # pineal gland
    plexus = _ellipsoid(np.abs(right), front, up, (23, -41, 11), (2.2, 4.5, 3.5)) < 1
    labels[inside & (calcium | (plexus & wet))] = CALCIUM


def head(
    planes_mm=10.0,
    *,
    lesion: str | None = None,
    shape: tuple[int, int] = (256, 256),
    field_mm: float = 240.0,
    plain: bool = False,
    rng=None,
) -> Patient:
    """Make a head: the MNI152 brain in skull and scalp, with or without a lesion.

    Parameters
    ----------
    planes_mm : float or sequence of float
        Heights of the axial planes above the anterior commissure, evenly spaced, in
        mm: 10 cuts the ventricles, −35 the eyes.
    lesion : {None, "bleed", "infarct"}
        What the patient has; its truth is in ``lesions``.
    shape : tuple of int
        Rows and columns.
    field_mm : float
        Width of the field of view.
    plain : bool
        Leave out what makes the head one person's (`medkit.anatomy.regions.brain`): folds,
        voxels of two tissues, vessels, uneven tissue. The heads of `medkit.data.tasks`.
    rng : None, int or numpy.random.Generator
        Draws the patient: size, pose, age of the brain, and the lesion. None gives
        the template itself, the same each time.

    Returns
    -------
    Patient

    Raises
    ------
    ValueError
        If there is no such lesion.

    Notes
    -----
    One average brain for all, though bent and unfolded by chance; no membranes except the
    falx; and a face that only needs to scatter and to attenuate like one.

    References
    ----------
    Fonov et al. (2011), https://doi.org/10.1016/j.neuroimage.2010.07.033
    """
    heights = np.atleast_1d(np.asarray(planes_mm, dtype=float))
    step = float(heights[1] - heights[0]) if len(heights) > 1 else 5.0
    vary = rng is not None
    rng = np.random.default_rng(rng if vary else 0)
    size = rng.normal(1, [0.03, 0.03, 0.03]) if vary else np.ones(3)
    turn, nod = rng.normal(0, [0.05, 0.04]) if vary else (0.0, 0.0)
    atrophy = float(rng.uniform(0, 1)) if vary else 0.35
    skull_mm = float(rng.normal(7, 0.6)) if vary else 7.0

    spacing = (step, field_mm / shape[1], field_mm / shape[1])
    origin = (float(heights[0]), -(shape[0] - 1) / 2 * spacing[1], -(shape[1] - 1) / 2 * spacing[2])
    rows, columns = (
        first + spacing[1] * np.arange(n) for first, n in zip(origin[1:], shape, strict=True)
    )
    up, back, left = np.meshgrid(heights, rows, columns, indexing="ij")
    # From the scanner (up, back, left) to the template (right, front, up): the drawn pose
    # and size are undone, and the middle of the picture is the middle of the brain.
    cos, sin = np.cos(turn), np.sin(turn)
    right, front = -left * cos - back * sin, left * sin - back * cos
    front, up = front * np.cos(nod) - up * np.sin(nod), up * np.cos(nod) + front * np.sin(nod)
    right, front, up = right / size[0], front / size[1] - 18, up / size[2]

    scalp_mm, tables, closer_mm, near = 6.5, 0.28, 0.0, (right, front, up)
    if not plain:
        one = rng.spawn(1)[0]
        scalp_mm, tables, closer_mm = np.maximum(5.4 + grain(one, 20.0, *near), 4.6), 0.18, 1.0
        right, front, up = bent(one, 50.0, 3.0, *near)
        near = bent(one, 8.0, 1.8, right, front, up)
    distance = sampled(_distance_mm(), 3, right, front, up) + closer_mm
    labels = np.zeros(distance.shape, np.uint8)
    _vault(labels, right, front, up, distance, skull_mm, scalp_mm, tables)
    if np.any(up < 5):
        _face(labels, *near, distance, plain)
    mixed = density = None
    if plain:
        _brain(labels, right, front, up, distance, atrophy)
    else:
        mixed, density = brain.fill(one, labels, right, front, up, near, distance, atrophy)
    _falx_and_calcium(labels, *near, distance)
    patient = Patient(labels, TISSUES, spacing, {}, density, mixed, origin_mm=origin)
    return patient if lesion is None else lesions.add(patient, lesion, rng=rng)
