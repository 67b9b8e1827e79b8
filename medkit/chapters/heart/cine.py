"""An explorer of ``40_heart``: cine MRI is put together from many beats."""

from functools import lru_cache

import numpy as np
from scipy import ndimage

from medkit.anatomy.ventricle import TISSUES, Ventricle
from medkit.physics.mri import kspace
from medkit.physics.mri.scanner import preset, tissue_signal
from medkit.views.explorer import Image, Lines, Picture, Slider, Toggle, explorer

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
    told = [tissue_signal(name, protocol) for name in TISSUES]
    return tuple(np.array(told) / told[TISSUES.index("blood")])


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


@explorer(
    title="A picture from many beats",
    frame=Slider(0, FRAMES - 1, 7, 1, label="Moment of the beat", play_s=4),
    gated=Toggle(False, label="The ECG tells the scanner when a beat begins"),
    beats_used=Slider(1, 16, 8, 1, label="Beats that share the lines"),
    uneven_percent=Slider(0, 40, 0, 5, unit="%", label="Unevenness of the rhythm"),
)
def gating(*, frame, gated, beats_used, uneven_percent):
    """Share the lines of k-space between beats: it needs to be known when each began."""
    data, rng = beats(), np.random.default_rng(3)
    share = np.arange(SIZE) * beats_used // SIZE  # which beat measures a line
    uneven = rng.normal(0, uneven_percent / 100, beats_used)
    # With the ECG an uneven beat is only stretched; without it, its start is unknown.
    late = frame / FRAMES * uneven if gated else np.cumsum(uneven + 0.37) - 0.37
    moment = (frame + np.round(FRAMES * late[share]).astype(int)) % FRAMES
    image = np.abs(kspace.to_image(data[moment, np.arange(SIZE)]))
    return Picture(
        Image(image, "Short axis", values=("1", 0, 1.1), spacing_mm=PIXEL_MM, colorbar=False),
        Lines(
            np.arange(SIZE) - SIZE // 2,
            {"moment of the beat": moment / FRAMES},
            "When each line was measured",
            dots=("moment of the beat",),
            xaxis=("line of k-space", -SIZE // 2, SIZE // 2),
            yaxis=("time (heartbeats)", 0, 1),
        ),
        caption=f"{beats_used} beat{'s' * (beats_used > 1)} of {SIZE // beats_used} lines a moment",
        alt="A simulated short-axis slice of a heart by MRI, and from which moment of the beat "
        f"each line of its k-space is; {'with' if gated else 'without'} the ECG.",
    )
