"""Explorer of ``15_pet_ct``: the turning body, the picture by which everybody knows PET."""

from functools import lru_cache

import numpy as np
from scipy import ndimage

from medkit.anatomy.whole_body import SHAPE, VOXEL_MM, whole_body
from medkit.physics import pet
from medkit.physics.ct import field_of_view
from medkit.physics.linear.projection import ParallelBeam
from medkit.physics.linear.reconstruction import osem
from medkit.physics.pet.scanner import EmissionBeam, PETProtocol, blur
from medkit.views.explorer import Image, Picture, Slider, explorer

#: Lymphoma before treatment: name, (up, back, left) and radius in mm, SUV before and after.
LESIONS = (
    ("neck, left", (836, 0, 44), 9.0, 9.0, 0.7),
    ("above the collarbone, left", (798, -14, 62), 11.0, 11.0, 0.7),
    ("above the collarbone, right", (792, -10, -58), 8.0, 7.0, 0.7),
    ("armpit, right", (742, 4, -132), 10.0, 8.0, 0.7),
    ("mediastinum", (690, -22, -14), 22.0, 10.0, 1.2),
    ("left hilum", (652, -6, 34), 13.0, 8.0, 1.4),
    ("spleen", (528, 52, 110), 11.0, 8.0, 2.0),
    ("beside the aorta", (425, 10, 18), 13.0, 9.0, 8.0),
    ("pelvis, right", (326, 6, -50), 12.0, 8.5, 0.9),
)
#: Planes are counted one bed after another; what each of them gets.
PROTOCOL = PETProtocol(
    scan_time_s=40.0, n_views=60, detector_spacing_mm=VOXEL_MM, slice_thickness_mm=VOXEL_MM
)


@lru_cache
def scanned(after: bool) -> np.ndarray:
    """Return the PET of the whole body, before or after treatment.

    Returns
    -------
    ndarray of float32, shape (plane, row, column)
        SUV, planes from the thighs up, voxels of `VOXEL_MM`.
    """
    lesions = [(name, at, mm, suvs[after]) for name, at, mm, *suvs in LESIONS]
    body = whole_body(lesions)
    activity = body.suv * np.float32(PROTOCOL.suv_bq_ml)
    data = pet.acquire(activity, PROTOCOL, mu=body.mu, spacing_mm=VOXEL_MM, rng=int(after))
    bins = data.prompts.shape[-1]
    beam = ParallelBeam((SHAPE[0], bins, bins), PROTOCOL.angles_deg, bins, spacing_mm=VOXEL_MM)
    factors = np.float32(PROTOCOL.gain * PROTOCOL.suv_bq_ml) * data.attenuation
    model = EmissionBeam(beam, factors, support=field_of_view(bins))
    image = osem(data.prompts, model, n_subsets=6, n_iterations=2, background=data.background)
    return ndimage.convolve1d(blur(image, 5.0, VOXEL_MM), pet.AXIAL_FILTER, axis=0)


def highest(*images: np.ndarray) -> dict[str, list[float]]:
    """Return the highest SUV of each lesion in each of some images of the body."""
    body = whole_body([(name, at, mm, 1.0) for name, at, mm, *_ in LESIONS])
    off = (images[0].shape[1] - SHAPE[1]) // 2  # the image is square, the body is not
    rows = slice(off, off + SHAPE[1])
    return {
        name: [float(image[:, rows][mask].max()) for image in images]
        for name, mask in body.lesions.items()
    }


@lru_cache
def _columns(after):
    """Return the volume with the planes last, so that a turn moves whole columns of voxels."""
    return np.ascontiguousarray(np.moveaxis(scanned(after)[::-1], 0, -1))


def turned(after: bool, angle_deg: float) -> np.ndarray:
    """Return the brightest voxel on each ray through the turned body, shape (plane, column).

    At 0° the body faces you, its left side on your right.
    """
    volume = _columns(after)
    n = volume.shape[0]
    at = np.arange(n) - (n - 1) / 2
    turn = -np.deg2rad(angle_deg)  # the sense in which `scipy.ndimage.rotate` turns
    depth, across = np.meshgrid(at, at, indexing="ij")
    row = np.rint(depth * np.cos(turn) - across * np.sin(turn) + (n - 1) / 2).astype(int)
    column = np.rint(depth * np.sin(turn) + across * np.cos(turn) + (n - 1) / 2).astype(int)
    inside = (row >= 0) & (row < n) & (column >= 0) & (column < n)
    rays = volume[np.clip(row, 0, n - 1), np.clip(column, 0, n - 1)]
    return np.where(inside[..., None], rays, 0).max(axis=0).T


@explorer(
    title="The turning body",
    angle_deg=Slider(0, 355, 0, 5, unit="°", label="Turned by", play_s=6),
    top=Slider(2.0, 20.0, 7.0, 0.5, unit="", label="SUV shown black"),
)
def turning(*, angle_deg, top):
    """Turn the body about its long axis: maximum intensity projections before and after therapy."""
    look = {"unit": "SUV", "limits": (0, top), "spacing_mm": VOXEL_MM, "colormap": "inverse gray"}
    return Picture(
        Image(turned(False, angle_deg), "Before treatment", **look),
        Image(turned(True, angle_deg), "After two cycles", **look),
        caption=f"turned by {angle_deg}°; each pixel is the highest SUV on its ray",
        alt="Two whole bodies in inverse grey: brain, heart, kidneys and bladder are dark in both; "
        f"the dark nodes of neck, chest and belly in the left one are gone in the right "
        f"one but for one beside the aorta. Seen from {angle_deg}°.",
    )
