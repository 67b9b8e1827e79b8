"""For ``14_optics``: a real cell, and an explorer of ways to unwrap.

OCT is in `oct`, what moves in `scan`, photographs of the skin in `photo`.
"""

from functools import lru_cache

import numpy as np
from scipy import ndimage
from skimage.restoration import unwrap_phase

from medkit.physics.optics import quantitative_phase as qp
from medkit.physics.optics import unwrapping
from medkit.views.explorer import Choice, Image, Picture, Slider, Toggle, explorer

#: The part of the real phase image that is shown: its size, first row and first column.
SIZE, _ROW, _COLUMN = 256, 247, 294


@lru_cache
def cell() -> np.ndarray:
    """Return the real cell in the middle of a square, in rad, shape (SIZE, SIZE)."""
    return qp.cell()[_ROW : _ROW + SIZE, _COLUMN : _COLUMN + SIZE].copy()


@lru_cache
def cell_mask() -> np.ndarray:
    """Return where the cell is, shape (SIZE, SIZE)."""
    return qp.find_cell(cell())


@lru_cache
def granules() -> np.ndarray:
    """Return how strongly grains in the cell absorb, 0 to 1: made up, for a zero order to see."""
    rng = np.random.default_rng(4)
    inside = np.argwhere(ndimage.binary_erosion(cell_mask(), iterations=6))
    grains = np.zeros((SIZE, SIZE), np.float32)
    np.add.at(grains, tuple(inside[rng.integers(len(inside), size=160)].T), 1)
    grains = ndimage.gaussian_filter(grains, 1.6)
    return np.minimum(grains / grains.max() * 2, 1)


#: The methods of the explorer `unwrap`, by what it calls them.
METHODS = {
    "row by row": unwrapping.unwrap_rows,
    "least squares": unwrapping.unwrap_least_squares,
    "most reliable first": unwrap_phase,
}


@lru_cache
def _hill(cliff):
    """Return a hill of height 1 on a square of 128, half of it shifted down for a cliff."""
    at = np.arange(128) - 63.5
    hill = np.exp(-(at**2 + (at[:, None] * 0.85) ** 2) / (2 * 22**2))
    if cliff:
        hill = np.where((at[:, None] > 8) & (np.abs(at) < 40), 0.3 * hill, hill)
    return hill


@lru_cache(maxsize=32)
def unwrapped(height_rad: float, noise_rad: float, method: str, cliff: bool):
    """Return the wrapped phase, what a method makes of it, and its error in whole turns."""
    noise = np.random.default_rng(0).standard_normal((128, 128))
    truth = height_rad * _hill(cliff) + noise_rad * noise
    wrapped = unwrapping.wrap(truth)
    found = METHODS[method](wrapped)
    turns = (found - truth) / unwrapping.TURN
    turns = np.round(turns - np.round(np.median(turns)))
    return wrapped, truth + unwrapping.TURN * turns, turns


@explorer(
    title="How many whole turns?",
    height_rad=Slider(2, 142, 30, 4, unit="rad", label="Height of the hill"),
    noise_rad=Slider(0.0, 1.6, 0.8, 0.1, unit="rad", label="Noise", play_s=6),
    method=Choice(tuple(METHODS), default="row by row", label="Method"),
    cliff=Toggle(False, label="With a cliff"),
)
def unwrap(*, height_rad, noise_rad, method, cliff):
    """Find where three ways to unwrap break, and how."""
    wrapped, found, turns = unwrapped(height_rad, noise_rad, method, cliff)
    wrong = 100 * np.mean(turns != 0)
    steepest = float(np.abs(np.diff(height_rad * _hill(False), axis=1)).max())
    return Picture(
        Image(wrapped, "Wrapped", values=("rad", -np.pi, np.pi, "phase")),
        Image(
            found,
            method[0].upper() + method[1:],
            values=("rad", -0.1 * height_rad - 4, 1.1 * height_rad + 4, "viridis"),
        ),
        Image(turns, "Wrong by", values=("turns", -3, 3, "difference")),
        caption=f"{wrong:.1f} % of the pixels are wrong by whole turns; the hill's steepest step "
        f"is {steepest:.2f} of at most 3.14 rad per pixel, noise {noise_rad:.1f} rad",
        alt=f"The wrapped phase of a hill of {height_rad} rad, unwrapped by the method "
        f"{method}, and the error in turns: {wrong:.1f} % of the pixels are wrong.",
    )
