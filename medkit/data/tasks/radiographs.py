"""Radiographs: wrists, half of them with a crack in the radius, and trunks with bent spines."""

from dataclasses import dataclass
from functools import reduce
from math import gcd

import numpy as np

from medkit.anatomy.bones import Fracture, Spine, spine, wrist
from medkit.physics import ct

#: Side of voxels and pixels in mm, and the stretch of the arm that is seen, from the joint.
PIXEL_MM, LOW_MM, HIGH_MM = 1.25, -42.0, 16.0


@dataclass(frozen=True, eq=False)
class Wrists:
    """Radiographs of wrists, and the truth about them.

    Attributes
    ----------
    images : ndarray of float32, shape (wrist, turn, row, column)
        −ln(I/I₀), the lowest row first.
    labels : ndarray of int, shape (wrist,)
        1 where the radius is broken.
    fractures : tuple
        A `Fracture` of each wrist, also of the whole ones, who do not have it.
    """

    images: np.ndarray
    labels: np.ndarray
    fractures: tuple


def crack(rng, gap_mm=(0.1, 0.5)) -> Fracture:
    """Draw a break that has hardly moved: its height, its slope to any side, and its cleft."""
    return Fracture(
        height_mm=rng.uniform(-26, -10),
        slope_deg=rng.uniform(0, 40),
        towards_deg=rng.uniform(0, 360),
        gap_mm=rng.uniform(*gap_mm),
    )


def protocol(turns_deg, current_mas: float) -> ct.CTProtocol:
    """Return a tube of 60 kV which looks from even steps, among them all these turns."""
    every = reduce(gcd, turns_deg, 180)
    views = 180 // every
    return ct.CTProtocol(
        tube_voltage_kvp=60.0,
        filtration_mm_al=2.5,
        n_views=views,
        tube_current_mas=views * current_mas,
        detector_spacing_mm=PIXEL_MM,
        slice_thickness_mm=PIXEL_MM,
    )


def wrists(
    n: int, *, turns_deg=(0, 90), current_mas: float = 0.05, gap_mm=(0.1, 0.5), rng=None
) -> Wrists:
    """Simulate wrists, every second one broken, each seen from several sides.

    Parameters
    ----------
    n : int
        How many.
    turns_deg : sequence of int
        By how much the arm is turned: 0 shows it from the palm, 90 from the side of the thumb.
    current_mas : float
        Tube current × time of one radiograph.
    gap_mm : tuple of float
        Narrowest and widest cleft. With ``(0, 0)`` nothing can be seen: the control.
    rng : None, int or numpy.random.Generator

    Returns
    -------
    Wrists

    Raises
    ------
    ValueError
        If a turn is not a whole number of degrees from 0 to 179.

    Examples
    --------
    >>> wrists(2, rng=0).images.shape
    (2, 2, 46, 67)
    """
    if any(t != int(t) or not 0 <= t < 180 for t in turns_deg):
        raise ValueError(f"turns_deg is {turns_deg}; give whole degrees from 0 to 179")
    rng, labels = np.random.default_rng(rng), np.arange(n) % 2
    shots = protocol(turns_deg, current_mas)
    step = 180 // shots.n_views
    images, fractures = [], []
    for label in labels:
        broken = crack(rng, gap_mm)
        patient = wrist(
            broken if label else None,
            spongy_mg_cm3=rng.uniform(80, 220),
            spacing_mm=PIXEL_MM,
            from_mm=LOW_MM,
            to_mm=HIGH_MM,
            rng=rng,
        )
        seen = ct.acquire(patient, shots, rng=rng)
        images.append(np.moveaxis(seen[:, [t // step for t in turns_deg]], 1, 0))
        fractures.append(broken)
    return Wrists(np.array(images), labels, tuple(fractures))


#: Radiographs have this many pixels of 3 mm, the lowest row first.
TRUNK_SHAPE, TRUNK_PIXEL_MM = (176, 96), 3.0


def radiograph(trunk: Spine, current_mas: float, rng=None) -> np.ndarray:
    """Return a radiograph from the front, −ln(I/I₀), shape `TRUNK_SHAPE`, lowest row first."""
    protocol = ct.CTProtocol(
        tube_voltage_kvp=80.0,
        filtration_mm_al=3.0,
        n_views=2,  # from the front and from the side
        tube_current_mas=2 * current_mas,
        detector_spacing_mm=TRUNK_PIXEL_MM,
        slice_thickness_mm=TRUNK_PIXEL_MM,
    )
    seen = ct.acquire(trunk.patient, protocol, rng=rng)[:, 0]
    rows, columns = TRUNK_SHAPE
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
    images, truth = np.empty((n, *TRUNK_SHAPE), np.float32), np.empty((n, 17, 3), np.float32)
    for image, says in zip(images, truth, strict=True):
        trunk = spine(
            rng.uniform(0, 60),
            spongy_mg_cm3=rng.uniform(70, 180),
            spacing_mm=TRUNK_PIXEL_MM,
            rng=rng,
        )
        low, high = np.log(current_mas)
        image[:] = radiograph(trunk, float(np.exp(rng.uniform(low, high))), rng)
        says[:] = np.column_stack([trunk.middle_mm, trunk.tilt_deg])
    return images, truth
