"""Explorer of ``20_computer_vision``: lay one head over another, and watch two measures."""

from functools import lru_cache

import numpy as np
from scipy import ndimage

from medkit.anatomy.regions import brain
from medkit.views.explorer import Choice, Image, Lines, Picture, Slider, explorer

#: Pixels of 2 mm; CT numbers of fluid, white and grey matter, bone and scalp in HU.
PIXEL_MM, FLUID, WHITE, GREY, BONE, SCALP = 2.0, 8, 28, 38, 900, 40
#: Where the measures are shown along the shift, in mm.
ALONG = np.arange(-40.0, 41.0, 2.0)


@lru_cache(maxsize=1)
def heads():
    """Return a real MR slice (MNI152, T1) and a CT-like one made of its tissue maps, 0 to 1.

    The skull and the scalp are drawn around the brain; the window is 0 to 80 HU. Shape
    (125, 118), pixels of 2 mm.
    """
    planes = [np.rot90(volume[..., 82]) / 255 for volume in brain.template()]
    t1, grey, white = (
        ndimage.zoom(np.pad(plane, ((8, 9), (20, 20))), 0.5, order=1) for plane in planes
    )
    inside = ndimage.binary_fill_holes(t1 > 0.15)
    outside = PIXEL_MM * ndimage.distance_transform_edt(~inside)
    tissue = GREY * grey + WHITE * white + FLUID * (1 - grey - white).clip(0)
    rings = [inside, outside < 3, outside < 9, outside < 14]
    ct = ndimage.gaussian_filter(np.select(rings, [tissue, FLUID, BONE, SCALP], -1000.0), 0.5)
    noise = np.random.default_rng(0).normal(0, 4, ct.shape)
    return t1, (ct + noise).clip(0, 80) / 80


def moved(image, angle_deg: float, down_mm: float, right_mm: float) -> np.ndarray:
    """Return a picture turned about its middle and shifted, outside 0."""
    angle = np.radians(angle_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = (np.array(image.shape) - 1) / 2
    start = middle - turn @ (middle + np.array([down_mm, right_mm]) / PIXEL_MM)
    return ndimage.affine_transform(image, turn, start, order=1)


def joint(a, b, bins: int = 32) -> np.ndarray:
    """Return how often two values meet, as probabilities, shape (bins, bins)."""
    place = [(np.clip(image, 0, 0.999) * bins).astype(int).ravel() for image in (a, b)]
    return np.bincount(place[0] * bins + place[1], minlength=bins**2).reshape(bins, bins) / a.size


def information(p) -> float:
    """Return the mutual information of a joint histogram, in bits."""
    alone = p.sum(1, keepdims=True) * p.sum(0)
    met = p > 0
    return float((p[met] * np.log2(p[met] / alone[met])).sum())


@lru_cache(maxsize=64)
def _along(fixed_name, angle_deg, down_mm):
    """Return information and correlation along the shift to the right, shape (2, shifts)."""
    mr, ct = heads()
    fixed = ct if fixed_name == "CT" else mr
    values = []
    for shift in ALONG:
        image = moved(mr, angle_deg, down_mm, shift)
        values.append((information(joint(fixed, image)), np.corrcoef(fixed.flat, image.flat)[0, 1]))
    return np.array(values).T


@explorer(
    title="Lay the MR over it",
    fixed=Choice({"the CT": "CT", "the same MR": "MR"}, label="Lie still"),
    right_mm=Slider(-40.0, 40.0, 14.0, 1.0, unit="mm", label="Shift to the right", play_s=8),
    down_mm=Slider(-40.0, 40.0, 0.0, 1.0, unit="mm", label="Shift down"),
    angle_deg=Slider(-30.0, 30.0, 0.0, 1.0, unit="°", label="Turn"),
)
def over(*, fixed, right_mm, down_mm, angle_deg):
    """Shift and turn the MR: the joint histogram is a cloud, and sharpens where both agree."""
    mr, ct = heads()
    still = ct if fixed == "CT" else mr
    image = moved(mr, angle_deg, down_mm, right_mm)
    p = joint(still, image)
    mutual, alike = information(p), float(np.corrcoef(still.flat, image.flat)[0, 1])
    row, column = np.indices(mr.shape) // 16
    board = np.where((row + column) % 2, still, image)
    bits, correlation = _along(fixed, angle_deg, down_mm)
    return Picture(
        Image(board, "Chequered: both heads", values=("1", 0, 1), spacing_mm=2),
        Image(
            np.log10(p * p.size + 1)[::-1],
            "Joint histogram",
            values=("log10", 0, 1.6, "magma"),
            spacing_mm=1.0,
            xaxis=("the MR that moves (1)", 0, 1),
            yaxis=(f"{'CT' if fixed == 'CT' else 'MR'} that lies still (1)", 1, 0),
        ),
        Lines(
            ALONG,
            {
                "mutual information (bits)": bits,
                "correlation": correlation,
                "here": (np.array([right_mm, right_mm]), np.array([mutual, alike])),
            },
            "Along the shift to the right",
            xaxis=("shift (mm)", -40, 40),
            yaxis=("bits; correlation", 0, max(1.2, 1.05 * bits.max())),
            dots=("here",),
        ),
        columns=2,
        caption=f"mutual information {mutual:.2f} bits, correlation {alike:.2f}; at rest all "
        "shifts and the turn are 0",
        alt="A chequerboard of two heads, their joint histogram, and two measures along the shift:"
        f" mutual information {mutual:.2f} bits, correlation {alike:.2f}.",
    )
