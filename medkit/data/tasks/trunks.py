"""Radiographs of trunks whose spines are straight or bent, from the front."""

import numpy as np

from medkit.anatomy.bones import Spine, spine
from medkit.physics import ct

#: Radiographs have this many pixels of 3 mm, the lowest row first.
SHAPE, PIXEL_MM = (176, 96), 3.0


def radiograph(trunk: Spine, current_mas: float, rng=None) -> np.ndarray:
    """Return the trunk's radiograph from the front, −ln(I/I₀), shape `SHAPE`, lowest row first."""
    protocol = ct.CTProtocol(
        tube_voltage_kvp=80.0,
        filtration_mm_al=3.0,
        n_views=2,  # from the front and from the side
        tube_current_mas=2 * current_mas,
        detector_spacing_mm=PIXEL_MM,
        slice_thickness_mm=PIXEL_MM,
    )
    seen = ct.acquire(trunk.patient, protocol, rng=rng)[:, 0]
    rows, columns = SHAPE
    seen = np.pad(seen, ((0, max(0, rows - len(seen))), (0, columns)), mode="edge")
    return seen[:rows, :columns]


def spines(n: int, *, current_mas=(0.2, 5.0), rng=None):
    """Simulate radiographs of straight and bent spines.

    Parameters
    ----------
    n : int
        How many; Cobb's angle is anything from 0 to 60 degrees.
    current_mas : tuple of float
        Tube current × time from, to (log-uniform).
    rng : None, int or numpy.random.Generator

    Returns
    -------
    images : ndarray of float32, shape (n, 176, 96)
    truth : ndarray of float32, shape (n, 17, 3)
        Place to the left and upwards in mm, and lean in degrees, from L5 to T1.
    """
    rng = np.random.default_rng(rng)
    images, truth = np.empty((n, *SHAPE), np.float32), np.empty((n, 17, 3), np.float32)
    for image, says in zip(images, truth, strict=True):
        trunk = spine(
            rng.uniform(0, 60),
            spongy_mg_cm3=rng.uniform(70, 180),
            spacing_mm=PIXEL_MM,
            rng=rng,
        )
        low, high = np.log(current_mas)
        image[:] = radiograph(trunk, float(np.exp(rng.uniform(low, high))), rng)
        says[:] = np.column_stack([trunk.middle_mm, trunk.tilt_deg])
    return images, truth
