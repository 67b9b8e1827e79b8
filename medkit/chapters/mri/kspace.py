"""Explorers of ``12_mri``: k-space, how it fills, and what its parts hold."""

from functools import lru_cache

import numpy as np

from medkit import anatomy
from medkit.data import dicom
from medkit.physics import mri
from medkit.physics.mri import kspace
from medkit.views.explorer import Brush, Choice, Image, Picture, Slider, Toggle, explorer

#: Pixels of the k-spaces, and the field of view.
SIZE, FIELD_MM = 128, 240.0
FIELD = (FIELD_MM, FIELD_MM)
#: Line and column of each sample from frequency zero, and which of them lie near it.
_FROM_ZERO = np.mgrid[:SIZE, :SIZE] - SIZE // 2
_MIDDLE = np.hypot(*_FROM_ZERO) <= 12
#: What the explorer `erase` can begin with: which samples are gone, shape (SIZE, SIZE).
STARTS = {
    "nothing": np.zeros((SIZE, SIZE), bool),
    "the middle": _MIDDLE,
    "all but the middle": ~_MIDDLE,
    "every second line": _FROM_ZERO[0] % 2 == 1,
    "one side": _FROM_ZERO[0] < -8,
    "one point": ~_FROM_ZERO.any(axis=0),
}
#: In which order lines are measured, as places of the line numbers 0 … SIZE − 1.
ORDERS = {
    "from the middle outwards": np.argsort(np.abs(np.arange(SIZE) - SIZE // 2), kind="stable"),
    "from one rim to the other": np.arange(SIZE),
}


@lru_cache
def plane_of_head():
    """Return one plane of a head, finer than any scan of it."""
    return anatomy.head(10.0, shape=(384, 384))


def protocol(**changes):
    """Return a T2-weighted protocol of one coil without noise, changed."""
    settings = {"matrix": (SIZE, SIZE), "n_coils": 1, "noise": 0, "fov_mm": FIELD}
    return mri.preset("T2w", **(settings | changes))


@lru_cache
def measured(picture: str = "simulated head") -> np.ndarray:
    """Return a k-space of SIZE × SIZE, read-only.

    That of the real abdomen is computed from the stored magnitude image: the scanner did
    not keep its own.
    """
    if picture == "simulated head":
        # Read so fast that fat stays where it is.
        data = mri.acquire(plane_of_head(), protocol(bandwidth_hz=1e5))[0]
    else:
        pixels = dicom.read(dicom.example("overlay")).pixels[0].astype(np.float32)
        square = np.zeros((484, 484), np.float32)
        square[92:392] = pixels / 600
        middle = slice(242 - SIZE // 2, 242 + SIZE // 2)
        data = kspace.to_kspace(square)[middle, middle] * np.float32(SIZE / 484)
    data.setflags(write=False)
    return data


def loudness(data: np.ndarray) -> np.ndarray:
    """Return the size of each sample as a power of ten."""
    return np.log10(np.abs(data) + 1e-4)


@explorer(
    title="Erase parts of k-space",
    picture=Choice(("simulated head", "real abdomen"), label="Picture"),
    start=Choice(tuple(STARTS), label="Erase"),
    keep=Toggle(False, label="The other way round: keep only that"),
    painted=Brush((SIZE, SIZE), label="Erase by painting", radius=6),
)
def erase(*, picture, start, keep, painted):
    """Paint on k-space, and see what the image loses."""
    data = measured(picture)
    gone = STARTS[start] | painted
    kept = data * (gone if keep else ~gone)
    before, after = (np.abs(kspace.to_image(k)) for k in (data, kept))
    power = float((np.abs(kept) ** 2).sum() / (np.abs(data) ** 2).sum())
    share = np.count_nonzero(kept) / np.count_nonzero(data)
    high = float(np.percentile(before, 99))
    half = SIZE / FIELD_MM / 2 * 10
    return Picture(
        Image(
            loudness(kept),
            "k-space: paint here",
            values=("1", -2.2, 1.3),
            xaxis=("kx (1/cm)", -half, half),
            yaxis=("ky (1/cm)", -half, half),
            spacing_mm=1.0,
            colorbar=False,
        ),
        Image(after, "Image", values=("1", 0, high), colorbar=False, smooth=True),
        Image(
            np.abs(kspace.to_image(data - kept)),
            "What was erased",
            values=("1", 0, high),
            colorbar=False,
            smooth=True,
        ),
        caption=f"{share:.1%} of the samples are left, and {power:.1%} of the energy",
        alt=f"A k-space in which {share:.0%} of the samples are left, the image of it, and the "
        "image of what was erased.",
    )


@explorer(
    title="k-space fills, line by line",
    n_lines=Slider(1, SIZE, 16, unit="", label="Lines measured so far", play_s=12),
    order=Choice(tuple(ORDERS), label="Order"),
    picture=Choice(("simulated head", "real abdomen"), label="Picture"),
)
def fill(*, n_lines, order, picture):
    """Watch an image grow out of the lines of k-space."""
    data, lines = measured(picture), ORDERS[order][:n_lines]
    so_far = np.zeros_like(data)
    so_far[lines] = data[lines]
    newest = np.zeros_like(data)
    newest[lines[-1]] = data[lines[-1]]
    image, whole = (np.abs(kspace.to_image(d)) for d in (so_far, data))
    waves = kspace.to_image(newest).real
    high = float(np.percentile(whole, 99))
    size = max(float(np.abs(waves).max()), 1e-3)
    look = {"unit": "1", "colorbar": False, "smooth": True}
    error = np.sqrt(np.mean((image - whole) ** 2) / np.mean(whole**2))
    line = int(lines[-1]) - SIZE // 2
    return Picture(
        Image(loudness(so_far), "k-space so far", limits=(-2.2, 1.3), **look),
        Image(waves, f"What line {line} adds", limits=(-size, size), **look),
        Image(image, "Image so far", limits=(0, high), **look),
        caption=f"{n_lines} of {SIZE} lines; the newest has {abs(line)} waves from top to bottom; "
        f"the image is {error:.0%} off",
        alt=f"k-space with {n_lines} of {SIZE} lines measured, the waves that line {line} adds, "
        "and the image of the lines so far.",
    )
