"""Explorer of ``30_svm``: a histogram of oriented gradients whose bins follow a turned patch."""

from functools import lru_cache

import numpy as np
from scipy.ndimage import rotate

from medkit.chapters.svm import images
from medkit.views.explorer import Bars, Choice, Image, Picture, Slider, explorer

#: Side of a patch in pixels, and the middles (row, column) of those that are shown.
SIDE = 24
PLACES = {"one vessel": (47, 215), "a fork": (297, 270), "no vessel": (345, 305)}
BINS = 9


def patch(row: int, column: int, angle_deg: float = 0.0, contrast: float = 1.0) -> np.ndarray:
    """Cut a square out of the real retina, turned about its middle, as brightness 0 to 1.

    Parameters
    ----------
    row, column : int
        Its middle, in pixels of the photograph of `images.FUNDUS_SIZE`².
    angle_deg : float
        Clockwise on the screen, where rows run down.
    contrast : float
        Factor about the mean.
    """
    half = SIDE  # twice as wide as needed, so that no corner is empty when it turns
    around = images.retina()[1][row - half : row + half, column - half : column + half]
    middle = np.s_[half - SIDE // 2 : half + SIDE // 2]
    turned = rotate(around, -angle_deg, reshape=False, order=1)[middle, middle]
    return turned.mean() + contrast * (turned - turned.mean())


def bins(square) -> np.ndarray:
    """Return the histogram of one cell, (9,): the strength of edges by direction, length 1.

    The length is taken without the clipping of `skimage.feature.hog`, which is meant for blocks
    of several cells and would make nine bins of one cell nearly equal.
    """
    down, right = np.gradient(square)
    direction = np.degrees(np.arctan2(down, right)) % 180
    found = np.histogram(direction, BINS, (0, 180), weights=np.hypot(down, right))[0]
    return found / np.linalg.norm(found)


def names() -> list[str]:
    """Return the middles of the bins, in degrees."""
    return [f"{(k + 0.5) * 180 / BINS:.0f}" for k in range(BINS)]


@lru_cache(maxsize=1)
def riddle() -> tuple[list[np.ndarray], list[np.ndarray], list[int]]:
    """Return four patches, their histograms in another order, and the number of each patch's.

    Returns
    -------
    squares : list of numpy.ndarray
        A to D, each (SIDE, SIDE).
    histograms : list of numpy.ndarray
        1 to 4, each (9,).
    partners : list of int
        The histogram of A, of B, of C and of D: 1 to 4.
    """
    squares = [patch(*PLACES["one vessel"], turn) for turn in (0, 60, 120)]
    squares.append(patch(*PLACES["no vessel"]))
    order = [2, 0, 3, 1]  # histogram 1 belongs to patch C, and so on
    histograms = [bins(squares[k]) for k in order]
    return squares, histograms, [order.index(k) + 1 for k in range(4)]


@explorer(
    title="Turn a patch, and its bins follow",
    place=Choice(list(PLACES), default="one vessel", label="Patch of a real retina"),
    angle_deg=Slider(0, 180, 40, 5, unit="°", label="Turn it by", play_s=8),
    contrast=Slider(0.2, 2.0, 1.0, 0.1, label="Contrast"),
)
def turn(*, place, angle_deg, contrast):
    """Turn a patch of a retina and watch the strength of its edges by direction."""
    before, now = (patch(*PLACES[place], a, c) for a, c in ((0, 1.0), (angle_deg, contrast)))
    still, moved = bins(before), bins(now)
    steps = angle_deg / (180 / BINS)
    grey = {"unit": "1", "limits": (0, 1), "colorbar": False}
    top = names()[int(moved.argmax())]
    return Picture(
        Image(before, "As photographed", **grey),
        Image(now, f"Turned by {angle_deg}°", **grey),
        Bars(
            names(),
            {"before": still, "now": moved},
            "One cell of HOG",
            xlabel="brightness changes along (°)",
            yaxis=("share (length 1)", 0, 1),
        ),
        caption=f"turned by {angle_deg}°, which is {steps:.1f} bins; the highest bin is now {top}°",
        alt=f"A patch of a retina with {place}, the same turned by {angle_deg}°, and nine bars "
        f"before and after; the highest is now at {top}°.",
    )
