"""A heart for the cine MRI of ``40_heart``, which is put together from many beats."""

from functools import lru_cache

import numpy as np
from scipy import ndimage

from medkit.anatomy.ventricle import TISSUES, Ventricle
from medkit.physics.mri import kspace
from medkit.physics.mri.scanner import preset, tissue_signal

#: Pixels of a slice and the size of each; moments of a beat.
SIZE, PIXEL_MM, FRAMES = 96, 2.0, 20
HEART = Ventricle()


def plane(s_mm: float, size: int = SIZE, pixel_mm: float = PIXEL_MM):
    """Return the coordinates of a short-axis slice s below the apex: x to the left, front above."""
    side = (np.arange(size) + 0.5 - size / 2) * pixel_mm
    return side[None] - 12, -side[:, None], np.full((size, size), float(s_mm))


@lru_cache(maxsize=8)
def signals() -> tuple:
    """Return the signal of each tissue of the heart in a balanced sequence, blood = 1."""
    protocol = preset("bSSFP", field_t=1.5)
    values = [tissue_signal(name, protocol) for name in TISSUES]
    return tuple(np.array(values) / values[TISSUES.index("blood")])


@lru_cache(maxsize=4)
def beats(s_mm: float = 45.0) -> np.ndarray:
    """Return k-space of a slice at `FRAMES` moments of a beat, complex, shape (20, 96, 96)."""
    table = np.array(signals())
    moments = np.arange(FRAMES) / FRAMES
    frames = np.array([table[HEART.labels(*plane(s_mm), p)[0]] for p in moments])
    return kspace.to_kspace(np.maximum(frames, around()))


def around() -> np.ndarray:
    """Return what lies around the heart, of which a slice shows a little: chest wall, liver."""
    x, y, _ = plane(0.0)
    front = y + 0.004 * x**2
    skin = 0.95 * ((front > 68) & (front < 86))  # fat
    liver = 0.42 * (np.hypot((x + 60) / 60, (y + 92) / 40) < 1)
    return ndimage.gaussian_filter(np.maximum(skin, liver), 0.7)
