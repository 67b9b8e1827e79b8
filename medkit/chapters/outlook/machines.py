"""Explorer of ``52_outlook``: a head at low field, and a filter that saw only noisy scans."""

from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import correlate

from medkit.anatomy.regions.brain import template
from medkit.views.explorer import Image, Picture, Slider, Table, explorer

#: Rows and columns of the lesion, its radius (pixels of 2 mm) and what it adds.
LESION, RADIUS, ADDED, NOISE_3T = (62, 27), 3, -0.25, 0.02
WIDTH = 5


@lru_cache(maxsize=1)
def _brain():
    """Return a real slice (the MNI152 mean of 152 people), 2 mm, 0 to 1, and a lesion's pixels."""
    slab = template()[0][::2, ::2, 75:95:2].astype(float).transpose(2, 1, 0)[:, ::-1]
    slab /= slab.max()
    rows, columns = np.indices(slab.shape[1:])
    disc = np.hypot(rows - LESION[0], columns - LESION[1]) <= RADIUS
    return slab, ADDED * disc * (slab[5] > 0.3)


def patches(pictures):
    """Return the surroundings of each pixel, (picture · row · column, WIDTH²)."""
    edge = WIDTH // 2
    padded = np.pad(pictures, ((0, 0), (edge, edge), (edge, edge)))
    return sliding_window_view(padded, (WIDTH, WIDTH), (1, 2)).reshape(-1, WIDTH**2)


@lru_cache(maxsize=64)
def learned(noise):
    """Return the filter, (WIDTH, WIDTH), that predicts a second noisy scan from a first."""
    slab, _ = _brain()
    rng = np.random.default_rng(52)
    first, second = (slab + rng.normal(0, noise, slab.shape) for _ in range(2))
    some = rng.permutation(slab.size)[:5000]
    fitted = np.linalg.lstsq(patches(first)[some], second.ravel()[some], rcond=None)[0]
    return fitted.reshape(WIDTH, WIDTH)


def detected(lesion, noise, kernel=None):
    """Return d′ of an observer who knows the lesion's shape, on a picture or on a filtered one."""
    if kernel is None:
        return float(np.linalg.norm(lesion) / noise)
    seen = correlate(lesion, kernel, mode="constant")
    back = correlate(seen, kernel[::-1, ::-1], mode="constant")
    return float((seen**2).sum() / (noise * np.linalg.norm(back)))


@explorer(
    title="A head at low field",
    field=Slider(0.05, 3.0, 0.2, unit="T", label="Field", log=True, play_s=8),
    minutes=Slider(1, 30, 5, 1, unit="min", label="Scan time"),
)
def low_field(*, field, minutes):
    """Lower the field, wait longer, and let a filter that saw only noisy scans clean up."""
    slab, lesion = _brain()
    noise = NOISE_3T * (3 / field) * (5 / minutes) ** 0.5
    truth = slab[5] + lesion
    scanned = truth + np.random.default_rng(1).normal(0, noise, truth.shape)
    kernel = learned(float(f"{noise:.2g}"))
    clean = correlate(scanned, kernel, mode="constant")
    error = [float(np.sqrt(np.mean((p - truth) ** 2))) for p in (scanned, clean)]
    found = [detected(lesion, noise), detected(lesion, noise, kernel)]
    shown = [
        Image(p, title, limits=(0, 1), spacing_mm=2.0, colorbar=False, masks=marked)
        for p, title, marked in (
            (truth, "3 T, without noise", {"lesion": lesion != 0}),
            (scanned, f"{field:.2g} T", {}),
        )
    ]
    same = minutes * (3 / field) ** 2
    return Picture(
        *shown,
        Image(clean, "cleaned", limits=(0, 1), spacing_mm=2.0, colorbar=False),
        Table(
            [
                ["error", *(f"{v:.3f}" for v in error)],
                ["d′ of the lesion", *(f"{v:.1f}" for v in found)],
            ],
            header=["", "scanned", "cleaned"],
            title="Prettier, not wiser",
        ),
        caption=f"{field:.2g} T for {minutes} min: error {error[0]:.3f}, cleaned {error[1]:.3f}; "
        f"d′ of the lesion {found[0]:.1f}, cleaned {found[1]:.1f}; as quiet as {minutes} min at "
        f"3 T after {same:,.0f} min",
        alt=f"A real brain slice at 3 T, at {field:.2g} tesla and cleaned by a learned filter.",
    )
