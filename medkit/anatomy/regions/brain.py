"""What makes a digital head one person's: folds, mixed voxels, vessels, uneven tissue.

The average of 152 brains has blurred folds. Here they are sharpened, bent by a smooth random
field, and kept as shares: a voxel of cortex holds some white matter and some fluid.
"""

import importlib.util
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy import ndimage

from medkit.anatomy.fields import grain
from medkit.anatomy.regions import vessels

#: Corner of the template in mm (right, front, up), its voxels being cubes of 1 mm.
CORNER_MM = np.array([-98.0, -134.0, -72.0])


@cache
def template():
    """Return the MNI152 maps (T1, grey, white), uint8, (right, front, up), 1 mm.

    Fonov et al. (2011), https://doi.org/10.1016/j.neuroimage.2010.07.033
    """
    import nibabel

    # nilearn's loaders give the same numbers, but importing them takes two seconds.
    folder = Path(importlib.util.find_spec("nilearn").origin).parent / "datasets" / "data"
    name = "mni_icbm152_{}_tal_nlin_sym_09a_converted.nii.gz"
    files = [folder / name.format(kind) for kind in ("t1", "gm", "wm")]
    if all(file.is_file() for file in files):
        return tuple(np.asanyarray(nibabel.load(file).dataobj) for file in files)
    return _template_by_nilearn()


def _template_by_nilearn():
    """Return the same maps by nilearn's public functions, wherever it keeps them."""
    from nilearn import datasets

    loaders = (getattr(datasets, f"load_mni152_{kind}template") for kind in ("", "gm_", "wm_"))
    maps = (load(resolution=1).get_fdata() for load in loaders)
    return tuple((255 * values).round().astype(np.uint8) for values in maps)


def sampled(volume, step, right, front, up):
    """Read a template map at points in mm; outside it is 0 for maps, far for the distance."""
    points = [(p - c) / step for p, c in zip((right, front, up), CORNER_MM, strict=True)]
    return ndimage.map_coordinates(volume, points, np.float32, order=1, mode="nearest")


#: Labels of `medkit.anatomy.regions.head.TISSUES`.
CSF, CORTICAL, SPONGY, FAT, MUSCLE, SOFT, FLOWING = 1, 4, 5, 6, 7, 9, 14
#: By how much the density of each of them varies, relative.
UNEVEN = np.array([0, 0, 4, 4, 30, 150, 20, 15, 30, 30, 100, 0, 0, 0, 0]) / 1000

#: Courses of the large arteries and veins in mm (right, front, up) and their radii; those
#: with a right that is not 0 have a twin on the left. Drawn after textbooks of anatomy.
COURSES = (
    (2.0, ((13, -2, -40), (14, 4, -28), (12, 10, -24), (12, 4, -15))),  # internal carotid
    (1.4, ((12, 4, -15), (24, 5, -16), (35, 3, -14), (40, -2, -6), (41, -12, 6), (44, -28, 14))),
    (1.0, ((35, 3, -14), (38, 12, -4), (39, 14, 8), (46, 8, 18))),  # middle cerebral, in front
    (1.1, ((12, 4, -15), (2, 14, -14), (2, 28, -6), (2, 38, 8), (2, 30, 24), (3, 8, 34))),
    (1.7, ((0, -13, -18), (0, -19, -40))),  # basilar
    (1.3, ((0, -19, -40), (6, -24, -56), (13, -28, -70))),  # vertebral
    (1.1, ((0, -13, -18), (9, -14, -17), (20, -28, -10), (14, -48, 0), (10, -72, 6))),
    (1.2, ((2, -6, 16), (2, -30, 10), (0, -38, 4))),  # internal cerebral vein
    (2.0, ((0, -38, 4), (0, -58, 6), (0, -86, -4))),  # straight sinus
    (3.2, ((0, -92, -6), (22, -92, -12), (46, -76, -18), (56, -56, -24), (50, -44, -44))),
)


@cache
def _maps():
    """Return (white − grey, fluid, vessel) at 1 mm, −510 to 510, 0 to 255 and 0 to 255."""
    t1, grey, white = (m.astype(np.float32) for m in template())
    sharp = []
    # Grey matter is 166 in the T1 picture and white 223; it knows more of the brain stem and
    # of the nuclei, which lie between, than the maps do.
    edge = 0.5 * (white - grey) + 2 * (t1 - 194)
    for blurred in (edge, 255 - white - grey):
        # An average is the truth, blurred by how much people differ: undo some of it.
        sharp.append(blurred + 1.5 * (blurred - ndimage.gaussian_filter(blurred, 2.0)))
    segments = []
    for radius, course in COURSES:
        for side in (1, -1) if any(p[0] for p in course) else (1,):
            points = np.array(course, float) * (side, 1, 1)
            segments += [(a, b, radius) for a, b in pairwise(points)]
    tubes = 255 * vessels.painted(segments, CORNER_MM, 1.0, grey.shape)
    return tuple(np.round(m).astype(np.int16) for m in (*sharp, tubes))


def fill(rng, labels, right, front, up, near, distance, atrophy):
    """Fill the skull, whose inner side is at distance 0, and make all tissue uneven.

    Parameters
    ----------
    near : sequence of ndarray
        The same points, bent once more: where they lie in the template's brain.

    Returns
    -------
    mixed : tuple of ndarray
        As `medkit.anatomy.Patient.mixed`; `labels` get the tissue that has most of a voxel.
    density : ndarray of float32
        Relative density.
    """
    edge, fluid, vessel = (sampled(m, 1, *near) for m in _maps())
    fine, coarse = (grain(rng, width, right, front, up) for width in (1.0, 3.0))
    inside = distance < -1
    white = np.clip(0.5 + edge / 220, 0, 1)
    wet = np.clip(0.5 + (fluid - 125 + 60 * atrophy) / 110, 0, 1)
    shares = np.stack([wet, (1 - wet) * (1 - white), (1 - wet) * white])
    first = shares.argmax(axis=0)
    most = np.take_along_axis(shares, first[None], 0)[0]
    np.put_along_axis(shares, first[None], -1, 0)
    second, less = shares.argmax(axis=0), shares.max(axis=0)
    labels[inside] = first[inside] + CSF
    share = np.where(inside, less / (most + less), 0)
    second = np.where(inside, second + CSF, labels)
    # Sheets of fibre in fat, and of fat between muscles: level lines of random fields.
    for tissue, other, field in ((FAT, SOFT, coarse), (MUSCLE, FAT, near[0] - right)):
        here = labels == tissue
        second[here], share[here] = other, np.clip(1 - np.abs(field[here]) / 0.25, 0, 0.45)
    # The diploë is closer bone than other spongy bone: with a third of compact bone
    # the skull is as dense as the whole cranium of ICRU Report 46, to 5 %.
    here = labels == SPONGY
    second[here], share[here] = CORTICAL, np.clip(0.35 + 0.05 * coarse[here], 0.2, 0.5)
    # Where two random sheets cross there is a tube: the vessels on the brain.
    tubes = 1.2 - 3 * np.hypot(fine, coarse)
    tubes = np.where((labels == CSF) & (wet > 0.3) & (distance > -30), tubes, 0)
    midline = 4.5 + distance - 1.6 * np.abs(right)  # the sinus between the halves, a triangle
    blood = np.maximum(vessel / 255, np.clip(np.maximum(tubes, midline * (up > -5)), 0, 1))
    blood = np.where(inside | (midline > 0) & (distance < 0), blood, 0)
    seen = blood > 0.02
    second = np.where(seen, np.where(blood > 0.5, labels, FLOWING), second)
    share = np.where(seen, np.minimum(blood, 1 - blood), share)
    labels[blood > 0.5] = FLOWING
    density = 1 + UNEVEN[labels] * np.clip(fine + 0.5 * coarse, -2.5, 2.5)
    return (second.astype(np.uint8), share.astype(np.float32)), density.astype(np.float32)
