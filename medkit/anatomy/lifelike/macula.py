"""A macula for the eye of a reader: borders that waver, grain, vessels of a choroid that fades.

`eye` paints each layer with one brightness, which is what a truth needs and a task is trained
on. Under a scanner it looks like a cake. `lifelike` keeps its layers and lesions and gives every
voxel a backscatter of its own; the extinction stays that of the layers.
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np
from scipy import ndimage

from medkit.anatomy.fields import smooth_field
from medkit.anatomy.regions.eye import LABEL, TISSUES, Eye

#: Blur of the borders along depth, µm, and how far they waver.
SOFT_UM, WAVER_UM = 2.5, 1.6
#: Decibels by which one layer's brightness varies: over 250 µm, 60 µm and 12 µm along it.
PATCHES = ((250.0, 0.9), (60.0, 0.7), (12.0, 0.6))
#: Vessels of the choroid by depth below its upper edge: from, to, their height and width, µm.
CHOROID = ((15.0, 90.0, 9.0, 22.0), (60.0, 265.0, 28.0, 75.0))
#: What the choroid loses besides, dB per µm: pigment, and light scattered more than once.
FADE_DB_UM = 0.025


def lifelike(patient: Eye, *, below_um: float = 260.0, seed: int = 0) -> Eye:
    """Give an eye the texture of a living one.

    Parameters
    ----------
    patient : Eye
        As `eye` makes it.
    below_um : float
        Sclera that is added below, into which the light fades.
    seed : int
        Randomness of the texture.

    Returns
    -------
    Eye
        With `backscatter`; as many rows more as `below_um` needs. Borders and lesions are the
        same; the labels too, but for the vessels of the choroid.

    Examples
    --------
    >>> from medkit.anatomy.regions.eye import eye
    >>> patient = eye(shape=(1, 200, 64), rng=0)
    >>> alive = lifelike(patient)
    >>> bool((alive.boundaries_um == patient.boundaries_um).all()), alive.shape
    (True, (1, 265, 64))
    """
    _, row_um, column_um = patient.spacing_um
    more = round(below_um / row_um)
    labels = np.pad(patient.labels, ((0, 0), (0, more), (0, 0)), constant_values=LABEL["sclera"])
    # The painted vessels of the choroid are taken away, and finer ones drawn below.
    depth = ((np.arange(labels.shape[1], dtype=np.float32) + 0.5) * np.float32(row_um))[:, None]
    choroid = depth > patient.boundaries_um[LABEL["choroid"] - 1][:, None]
    choroid &= depth < patient.boundaries_um[LABEL["sclera"] - 1][:, None]
    labels[choroid] = LABEL["choroid"]
    lesions = {k: np.pad(m, ((0, 0), (0, more), (0, 0))) for k, m in patient.lesions.items()}
    decibel = 10 * np.log10(np.array([t.backscatter for t in TISSUES], np.float32))[labels]
    for k, plane in enumerate(decibel):
        patches, lumens, waver = _texture(plane.shape, row_um, column_um, seed + k)
        plane += np.where(labels[k] > 0, patches, 0)
        below = depth - patient.boundaries_um[LABEL["choriocapillaris"] - 1, k]
        plane += np.where(choroid[k], _vessels(below, lumens), 0)
        plane -= FADE_DB_UM * np.clip(below, 0, None)
        decibel[k] = ndimage.map_coordinates(plane, waver, order=1, mode="nearest")
    soft = ndimage.gaussian_filter1d(10 ** (decibel / 10), SOFT_UM / row_um, axis=1)
    return replace(patient, labels=labels, lesions=lesions, backscatter=soft)


@lru_cache(maxsize=8)
def _texture(shape, row_um, column_um, seed):
    """Return patches in dB, how far each place is in a vessel, and where rows are read.

    Whatever the disease, the texture is the eye's own: it is kept.
    """
    rng = np.random.default_rng(seed)

    def field(high_um, wide_um):
        return smooth_field(shape, (high_um / row_um, wide_um / column_um), rng)

    # A layer is a few µm thick: its patches are flat, and change from layer to layer.
    patches = sum(size * field(max(0.35 * width, 6.0), width) for width, size in PATCHES)
    fields = [field(high_um, wide_um) for _, _, high_um, wide_um in CHOROID]
    lumens = [1 / (1 + np.exp(-5 * (field - 0.25))) for field in fields]
    rows, columns = np.indices(shape, np.float32)
    return patches, lumens, (rows + WAVER_UM / row_um * field(20, 45), columns)


def _vessels(depth, lumens):
    """Return what vessels take from the light of the choroid, in dB: they are darker."""
    taken = 0.0
    for (top, bottom, _, _), lumen in zip(CHOROID, lumens, strict=True):
        ramp = np.clip((depth - top) / 30, 0, 1) * np.clip((bottom - depth) / 60, 0, 1)
        taken = np.maximum(taken, 7.0 * lumen * ramp)
    return -taken
