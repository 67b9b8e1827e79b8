"""Explorers of ``20_computer_vision``: a threshold, and touching cells."""

from functools import lru_cache

import numpy as np
from scipy import ndimage
from skimage import data, feature, segmentation

from medkit.data import dicom, tasks
from medkit.learning.evaluation import dice
from medkit.views.explorer import Button, Choice, Image, Lines, Picture, Slider, explorer

#: Grey levels of `threshold`.
LEVELS = np.linspace(0, 1, 101)
#: Side of the picture of `cells`, and the radii that they have, in pixels.
SIDE, RADII = 160, (9.0, 15.0)
#: Least distances of two summits that `pieces` tries, in pixels.
APART = range(1, 25)
#: The kernels of `riddle`, by what they do.
KERNELS = {
    "mean": np.full((5, 5), 1 / 25),
    "sharpen": np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    "left-right": np.array([[1, 0, -1]] * 3) / 3,
    "up-down": np.array([[1, 0, -1]] * 3).T / 3,
    "shift": np.eye(1, 21),  # a one at the left end
}


#: Which of them made the pictures A to E of `riddle`.
ORDER = ("up-down", "mean", "shift", "sharpen", "left-right")


@lru_cache(maxsize=4)
def scene(name: str):
    """Return a picture with values from 0 to 1, its truth or None, and whether objects are dark."""
    if name == "mole":
        moles = tasks.simulate("skin_lesion", 6, rng=0, size=96)
        return moles.images[2].mean(-1), moles.masks[2], True
    if name == "breast":
        breasts = tasks.simulate("us_breast", 3, rng=0, size=96)
        return breasts.images[2, ..., 0], breasts.masks[2], True
    return data.cell()[250:500, 300:550][::2, ::2] / 255, None, False


def between(counts) -> np.ndarray:
    """Return the variance between both classes if the cut lies above each bin, shape (bins,)."""
    p = counts / counts.sum()
    share, mean = p.cumsum(), (p * np.arange(len(p))).cumsum()
    spread = share * (1 - share)
    gain = (mean[-1] * share - mean) ** 2
    return np.divide(gain, spread, out=np.zeros(len(p)), where=spread > 1e-12) / len(p) ** 2


@explorer(
    title="A threshold, and what it is worth",
    picture=Choice(
        {
            "a mole (simulated)": "mole",
            "a breast (simulated ultrasound)": "breast",
            "a cell (real)": "cell",
        },
        label="Picture",
    ),
    threshold=Slider(0.05, 0.95, 0.66, 0.01, unit="", label="Threshold", play_s=8),
    noise=Slider(0.0, 0.4, 0.0, 0.02, unit="", label="Noise added (st. dev.)"),
    blur_px=Slider(0.0, 4.0, 0.0, 0.25, unit="px", label="Gaussian blur before"),
)
def threshold(*, picture, threshold, noise, blur_px):
    """Drag the threshold along the histogram: the mask, Otsu's measure and the Dice answer."""
    image, truth, dark = scene(picture)
    image = image + noise * np.random.default_rng(0).normal(size=image.shape)
    image = ndimage.gaussian_filter(image, blur_px) if blur_px else image
    counts, _ = np.histogram(image.clip(0, 1), LEVELS)
    gain = between(counts)
    otsu = LEVELS[1:][gain.argmax()]
    mask = (image < threshold) == dark
    curves = {
        "pixels": (LEVELS[1:], counts / counts.max()),
        "variance between": (LEVELS[1:], gain / gain.max()),
        "Otsu": ([otsu], [1.0]),
    }
    words = "the truth of a real picture is not known"
    if truth is not None:
        found = ((image[..., None] < LEVELS[1:]) == dark).reshape(-1, 100)
        both = (found & truth.reshape(-1, 1)).sum(0)
        curves["Dice"] = (LEVELS[1:], 2 * both / (found.sum(0) + truth.sum()))
        words = f"Dice {dice(truth, mask):.2f}; the best threshold would give "
        words += f"{curves['Dice'][1].max():.2f}, Otsu's {curves['Dice'][1][gain.argmax()]:.2f}"
    return Picture(
        Image(
            image,
            "Picture, mask and truth" if truth is not None else "Picture and mask",
            values=("1", 0, 1),
            masks={"mask": mask} | ({} if truth is None else {"truth": truth}),
        ),
        Lines(
            LEVELS[1:],
            curves,
            f"Otsu chooses {otsu:.2f}",
            xaxis=("grey level (1)", 0, 1),
            yaxis=("of its largest; Dice as it is", 0, 1.05),
            marks={"threshold": threshold},
            dots=("Otsu",),
        ),
        caption=f"threshold {threshold:.2f}, Otsu's {otsu:.2f}: {words}",
        alt=f"A picture with the outline of what lies on one side of {threshold:.2f}, and its "
        f"histogram with Otsu's variance between classes. {words}.",
    )


@lru_cache(maxsize=16)
def cells(seed: int = 0, number: int = 24, noise: float = 0.12):
    """Return a simulated picture of cells that touch, and who is where: 1 to `number`, or 0.

    Parameters
    ----------
    seed : int
    number : int
        How many cells; up to 28 find their place.
    noise : float
        Standard deviation; a cell is 1 and the background 0.

    Returns
    -------
    picture : numpy.ndarray
        Shape (160, 160).
    truth : numpy.ndarray of int
        Shape (160, 160).
    """
    rng = np.random.default_rng(seed)
    row, column = np.mgrid[:SIDE, :SIDE]
    placed = []
    for _ in range(20_000):
        centre, radius = rng.uniform(14, SIDE - 14, 2), rng.uniform(*RADII)
        if all(np.hypot(*(centre - c)) > 0.8 * (radius + r) for c, r in placed):
            placed.append((centre, radius))
        if len(placed) == number:
            break
    depth = [1 - np.hypot(row - c[0], column - c[1]) / r for c, r in placed]
    depth = np.array([np.zeros((SIDE, SIDE)), *depth])  # 0: the background
    truth = depth.argmax(0)
    picture = ndimage.gaussian_filter((truth > 0) * 1.0, 1.0)
    return picture + noise * rng.normal(size=picture.shape), truth


def outlined() -> tuple[np.ndarray, np.ndarray]:
    """Return a picture of cells with values about 0 to 1, and their true edges."""
    _, truth = cells(3)
    grey = np.r_[0.1, np.random.default_rng(3).uniform(0.35, 0.9, truth.max())]
    edges = segmentation.find_boundaries(truth, mode="thick")
    return ndimage.gaussian_filter(grey[truth], 0.7), edges


@lru_cache(maxsize=32)
def _summits(seed, noise, smoothing_px):
    """Return mask, distance, and for each least distance of 1 to 24 px the summits."""
    mask = ndimage.gaussian_filter(cells(seed, 24, noise)[0], 1.0) > 0.5
    distance = ndimage.distance_transform_edt(mask)
    smooth = ndimage.gaussian_filter(distance, smoothing_px) if smoothing_px else distance
    inside = mask.astype(int)
    return mask, distance, [feature.peak_local_max(smooth, k, labels=inside) for k in APART]


@explorer(
    title="Where one cell ends and the next begins",
    markers=Choice(["peaks of the distance", "one each, at the truth"], label="Markers"),
    smoothing_px=Slider(0.0, 6.0, 1.0, 0.25, unit="px", label="Smoothing of the distance"),
    apart_px=Slider(1, 24, 6, label="Least distance of two peaks (px)", play_s=6),
    noise=Slider(0.0, 0.4, 0.12, 0.02, unit="", label="Noise (st. dev.)"),
    seed=Button("Draw other cells"),
)
def pieces(*, markers, smoothing_px, apart_px, noise, seed):
    """Flood the picture from its markers: how many cells there are depends on how many springs."""
    image, truth = cells(seed, 24, noise)
    mask, distance, summits = _summits(seed, noise, smoothing_px)
    peaks = summits[apart_px - 1]
    if markers.startswith("one"):
        peaks = np.array(ndimage.center_of_mass(truth > 0, truth, range(1, truth.max() + 1)))
        peaks = peaks.round().astype(int)
    springs = np.zeros(mask.shape, int)
    springs[tuple(peaks.T)] = np.arange(1, len(peaks) + 1)
    found = segmentation.watershed(-distance, springs, mask=mask)
    shown = np.clip(np.repeat(image[..., None], 3, -1), 0, 1) * 150 + 30
    shown[segmentation.find_boundaries(found, mode="inner")] = (255, 190, 0)
    clumps, there = ndimage.label(mask)[1], truth.max()
    words = f"{len(peaks)} cells found, {there} are there; without a watershed {clumps} pieces"
    return Picture(
        Image(
            distance,
            "Distance to the background, and markers",
            values=("px", 0, 16, "viridis"),
            points={"markers": tuple(peaks.T[::-1])},
        ),
        Image(shown.astype(np.uint8), f"{len(peaks)} found, {there} there", smooth=False),
        Lines(
            np.array(APART),
            {
                "summits": np.array([len(some) for some in summits]),
                "cells": np.full(len(APART), there),
                "found": ([apart_px], [len(peaks)]),
            },
            "Least distance and number",
            xaxis=("least distance of two summits (px)", 0, 25),
            yaxis=("number", 0, 60),
            dots=("found",),
            dashed=("cells",),
        ),
        columns=2,
        caption=words,
        alt=f"Hills of distance with a dot on each summit, and the cells cut apart: {words}.",
    )


def riddle() -> np.ndarray:
    """Return the real CT slice and what five kernels make of it, by letter: (6, 96, 96).

    The slice is pydicom's example; values are from 0 (dark) to 1.
    """
    spine = dicom.read(dicom.example("ct")).pixels[0].astype(float)  # HU
    slice_ = (spine + 400)[:96, 10:106]
    made = [ndimage.convolve(slice_ / 1000, KERNELS[k], mode="nearest") for k in ORDER]
    grey = [picture + 0.5 if "-" in k else picture for k, picture in zip(ORDER, made, strict=True)]
    return np.array([slice_ / 1000, *grey]).clip(0, 1)
