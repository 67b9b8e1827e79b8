"""Explorer of ``12_mri``: measure less, and let coils or wavelets make up for it."""

from functools import lru_cache

import numpy as np
from scipy import ndimage

from medkit import anatomy
from medkit.physics import mri
from medkit.physics.mri import coils, kspace, parallel
from medkit.physics.mri.scanner import MRProtocol
from medkit.physics.mri.sparse import compressed_sensing
from medkit.views.explorer import Choice, Image, Picture, explorer

#: Rows that 2, 3, 4, 5 and 6 divide; the size of a pixel.
SIZE, FIELD_MM, N_COILS = 120, 240.0, 8
PIXEL_MM = FIELD_MM / SIZE
METHODS = ("zeros", "middle lines", "SENSE", "GRAPPA", "compressed sensing")
#: Lines from which GRAPPA learns, at least.
CALIBRATION = 12
HIGH = 0.8


def protocol(**changes) -> MRProtocol:
    """Return a T2-weighted protocol of eight coils, read so fast that fat stays in place."""
    settings = {"matrix": (SIZE, SIZE), "n_coils": N_COILS, "bandwidth_hz": 2000.0}
    return mri.preset("T2w", **(settings | changes))


@lru_cache
def plane():
    """Return one plane of a head, finer than the scan."""
    return anatomy.head(10.0, shape=(480, 480))


@lru_cache
def full(noisy: bool = True) -> np.ndarray:
    """Return the complete k-space of all coils, shape (N_COILS, SIZE, SIZE)."""
    return mri.acquire(plane(), protocol(noise=1.0 if noisy else 0.0), rng=0)


@lru_cache
def truth() -> np.ndarray:
    """Return the image of a complete scan without noise."""
    return np.abs(coils.combine(kspace.to_image(full(False)), protocol().sensitivities()))


@lru_cache
def body() -> np.ndarray:
    """Return where the head is in the image."""
    return ndimage.binary_fill_holes(truth() > 0.05)


@lru_cache
def grappa_lines(n_lines: int) -> tuple[int, np.ndarray] | None:
    """Choose R and the lines of GRAPPA so that, calibration lines counted, `n_lines` are measured.

    Returns None where fewer than `CALIBRATION` would be left to learn the coils from.
    """
    for factor in range(1, SIZE):
        counts = [
            (c, kspace.sampled_lines(SIZE, "regular", acceleration=factor, calibration_lines=c))
            for c in range(CALIBRATION, SIZE // 2)
        ]
        fits = [lines for _, lines in counts if lines.sum() <= n_lines]
        if fits:
            return factor, fits[-1]
        if SIZE // factor < CALIBRATION:
            return None
    return None


def measured_lines(method: str, factor: int) -> np.ndarray | None:
    """Return which lines a method measures, one in `factor` in all; None if it cannot."""
    n_lines = SIZE // factor
    line = np.arange(SIZE) - SIZE // 2
    if method == "GRAPPA":
        chosen = grappa_lines(n_lines)
        return chosen and chosen[1]
    if method == "middle lines":
        return np.abs(line + 0.5) < n_lines / 2
    if method == "compressed sensing":
        return kspace.sampled_lines(
            SIZE, "random", acceleration=factor, calibration_lines=min(8, n_lines)
        )
    return kspace.sampled_lines(SIZE, "regular", acceleration=factor)


@lru_cache(maxsize=64)
def accelerated(method: str, factor: int) -> np.ndarray | None:
    """Return the image that a method makes of one line in `factor`, shape (SIZE, SIZE).

    Parameters
    ----------
    method : str
        One of `METHODS`.
    factor : int
        Acceleration R: all methods measure SIZE / R lines, what they learn the coils from
        included. "SENSE" and "compressed sensing" are given the coils.
    """
    lines, maps = measured_lines(method, factor), protocol().sensitivities()
    if lines is None:
        return None
    data = full() * lines[:, None]
    if method in ("zeros", "middle lines"):
        return np.abs(coils.combine(kspace.to_image(data), maps))
    if method == "SENSE":
        return np.abs(parallel.unfold(kspace.to_image(data), maps, factor))
    if method == "GRAPPA":
        filled = parallel.grappa(data, lines, grappa_lines(SIZE // factor)[0], kernel=(2, 3))
        return np.abs(coils.combine(kspace.to_image(filled), maps))
    few, few_maps = coils.compress(data, maps, kept=0.97)
    operator = kspace.CartesianFourier(lines, (SIZE, SIZE), len(few)) @ coils.Coils(few_maps)
    gain = float((np.abs(few_maps) ** 2).sum(axis=0).max())
    return np.abs(compressed_sensing(few, operator, gain=gain, n_iterations=20, weight=0.006))


def error(image: np.ndarray) -> float:
    """Return the root mean square error in the head, as a part of its root mean square."""
    inside = body()
    difference = (image - truth())[inside]
    return float(np.sqrt((difference**2).mean() / (truth()[inside] ** 2).mean()))


@explorer(
    title="Leave out lines",
    factor=Choice({str(r): r for r in range(1, 7)}, default=3, label="Acceleration R"),
    method=Choice(METHODS, default="SENSE", label="Method"),
)
def undersampling(*, factor, method):
    """Measure one line in R, and let eight coils or wavelets make up for the rest."""
    image, lines = accelerated(method, factor), measured_lines(method, factor)
    impossible = image is None
    if impossible:
        image, lines = np.zeros((SIZE, SIZE), np.float32), np.zeros(SIZE, bool)
    extent = (-SIZE / 2, SIZE / 2, -SIZE / 2, SIZE / 2)
    shown = np.where(lines[:, None], np.log10(np.abs(full()[0]) + 1e-4), -4)
    look = {"unit": "1", "limits": (0, HIGH), "spacing_mm": PIXEL_MM, "colorbar": False}
    words = f"{lines.sum()} of {SIZE} lines, error {error(image):.1%}"
    if impossible:
        words = f"{SIZE // factor} lines are too few for GRAPPA to learn the coils from"
    return Picture(
        Image(
            shown,
            "Measured lines, first coil",
            values=("1", -2.2, 1.0),
            xlabel="column",
            ylabel="line",
            extent=extent,
            spacing_mm=1.0,
            colorbar=False,
        ),
        Image(image, f"Image, {method}", **look),
        Image(5 * np.abs(image - truth()) * body(), "Its error, times 5", **look),
        caption=words,
        alt=f"Measured lines, the image made by {method} at acceleration {factor}, and its error. "
        f"{words}.",
    )
