"""Explorers of ``12_mri``: measure less, and let coils, wavelets or spokes make up for it."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
from scipy import ndimage

from medkit import anatomy
from medkit.physics import mri
from medkit.physics.mri import coils, kspace, parallel, radial
from medkit.physics.mri.scanner import MRProtocol
from medkit.physics.mri.sparse import compressed_sensing
from medkit.views.explorer import Choice, Image, Lines, Picture, Slider, explorer

#: Rows that 2, 3, 4, 5 and 6 divide; the size of a pixel.
SIZE, FIELD_MM, N_COILS = 120, 240.0, 8
PIXEL_MM = FIELD_MM / SIZE
METHODS = ("zeros", "SENSE", "GRAPPA", "compressed sensing")
CALIBRATION = 16
#: Where a quarter of the coils begins; the patient's left is on the right of the image.
PLACES = {"back left": 0, "back right": 1, "front right": 2, "front left": 3}
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


def measured_lines(method: str, factor: int) -> np.ndarray:
    """Return which lines a method measures, shape (SIZE,), bool."""
    if method == "compressed sensing":
        return kspace.sampled_lines(
            SIZE, "random", acceleration=factor, calibration_lines=min(CALIBRATION, SIZE // factor)
        )
    calibration = CALIBRATION if method == "GRAPPA" else 0
    return kspace.sampled_lines(SIZE, "regular", acceleration=factor, calibration_lines=calibration)


@lru_cache(maxsize=64)
def accelerated(method: str, factor: int) -> np.ndarray:
    """Return the image that a method makes of one line in `factor`, shape (SIZE, SIZE).

    Parameters
    ----------
    method : str
        One of `METHODS`.
    factor : int
        Acceleration R.
    """
    lines, maps = measured_lines(method, factor), protocol().sensitivities()
    data = full() * lines[:, None]
    if method == "zeros":
        return factor * np.abs(coils.combine(kspace.to_image(data), maps))
    if method == "SENSE":
        return np.abs(parallel.unfold(kspace.to_image(data), maps, factor))
    if method == "GRAPPA":
        filled = parallel.grappa(data, lines, factor, kernel=(2, 3))
        return np.abs(coils.combine(kspace.to_image(filled), maps))
    few, few_maps = coils.compress(data, maps, kept=0.97)
    operator = kspace.CartesianFourier(lines, (SIZE, SIZE), len(few)) @ coils.Coils(few_maps)
    gain = float((np.abs(few_maps) ** 2).sum(axis=0).max())
    return np.abs(compressed_sensing(few, operator, gain=gain, n_iterations=20, weight=0.003))


def error(image: np.ndarray) -> float:
    """Return the root mean square error in the head, as a part of its root mean square."""
    inside = body()
    difference = (image - truth())[inside]
    return float(np.sqrt((difference**2).mean() / (truth()[inside] ** 2).mean()))


@lru_cache
def penalty(factor: int) -> float:
    """Return the mean g-factor in the head."""
    return float(parallel.g_factor(protocol().sensitivities(), factor)[body()].mean())


@explorer(
    title="Leave out lines",
    factor=Choice({str(r): r for r in range(1, 7)}, default=3, label="Acceleration R"),
    method=Choice(METHODS, label="Method"),
)
def undersampling(*, factor, method):
    """Measure every R-th line, and let eight coils or wavelets fill the gaps."""
    image, lines = accelerated(method, factor), measured_lines(method, factor)
    extent = (-SIZE / 2, SIZE / 2, -SIZE / 2, SIZE / 2)
    shown = np.where(lines[:, None], np.log10(np.abs(full()[0]) + 1e-4), -4)
    look = {"unit": "1", "limits": (0, HIGH), "spacing_mm": PIXEL_MM, "colorbar": False}
    return Picture(
        Image(
            shown,
            title="Measured lines, first coil",
            unit="1",
            limits=(-2.2, 1.0),
            xlabel="column",
            ylabel="line",
            extent=extent,
            spacing_mm=1.0,
            colorbar=False,
        ),
        Image(image, title=f"Image, {method}", **look),
        Image(5 * np.abs(image - truth()) * body(), title="Error, times 5", **look),
        caption=f"{lines.sum()} of {SIZE} lines, error {error(image):.1%}; unfolding multiplies "
        f"noise by √R · g = {np.sqrt(factor):.2f} · {penalty(factor):.2f}",
        alt=f"Measured lines, the image made by {method} at acceleration {factor}, and its error "
        f"of {error(image):.1%}.",
    )


@lru_cache(maxsize=16)
def _maps_shown(n_coils, factor):
    settings = protocol(n_coils=n_coils)
    maps = settings.sensitivities()
    with np.errstate(all="ignore"):
        g = parallel.g_factor(maps, factor)
    folded = kspace.to_image(
        mri.acquire(
            plane(),
            replace(
                settings, sampling="regular", acceleration=factor, calibration_lines=0, noise=0
            ),
            rng=0,
        )
    )
    return maps, np.where(body(), np.minimum(g, 9), np.nan), factor * np.abs(folded)


@explorer(
    title="What the coils know",
    n_coils=Choice({"4 coils": 4, "8 coils": 8, "16 coils": 16}, default=8, label="Coils"),
    coil=Choice(PLACES, label="Show the coil"),
    factor=Choice({"2": 2, "3": 3, "4": 4}, default=2, label="Acceleration R"),
)
def g_factor(*, n_coils, coil, factor):
    """See what one coil hears, and where unfolding has to pay with noise."""
    maps, g, folded = _maps_shown(n_coils, factor)
    which = coil * n_coils // 4
    look = {"unit": "1", "spacing_mm": PIXEL_MM, "colorbar": False}
    return Picture(
        Image(np.abs(maps[which]), title=f"Coil {which + 1} hears", limits=(0, 1.2), **look),
        Image(folded[which], title="Its folded image", limits=(0, HIGH), **look),
        Image(
            g, title="g-factor", unit="1", limits=(1, 4), colormap="viridis", spacing_mm=PIXEL_MM
        ),
        caption=f"{n_coils} coils, R = {factor}: g is {np.nanmean(g):.2f} in the mean and "
        f"{np.nanmax(g):.1f} at worst",
        alt=f"The sensitivity of one of {n_coils} coils, its folded image, and the map of noise "
        f"amplification at acceleration {factor}.",
    )


@lru_cache
def _coarse():
    """Return the plane's signal in pixels of 1 mm: off the grid, finer ones take too long."""
    patient = anatomy.head(10.0, shape=(240, 240))
    return patient.map({n: mri.tissue_signal(n, protocol()) for n in patient.tissues})[0]


@lru_cache(maxsize=48)
def _spokes(n_spokes):
    settings = protocol(sampling="radial", n_spokes=n_spokes, n_coils=1, noise=0)
    return mri.reconstruct(mri.acquire(_coarse(), settings), settings)


@lru_cache
def _one_coil():
    return mri.acquire(plane(), protocol(n_coils=1, noise=0))[0]


@explorer(
    title="Spokes instead of lines",
    n_spokes=Slider(6, 180, 30, 6, unit="", label="Spokes, or lines"),
)
def spokes(*, n_spokes):
    """Compare spokes with as many lines of the middle of k-space."""
    image = _spokes(n_spokes)
    line = np.abs(np.arange(SIZE) - SIZE // 2 + 0.5)
    few = np.abs(kspace.to_image(_one_coil() * (line < n_spokes / 2)[:, None]))
    ends = radial.spokes(n_spokes, 3, step=SIZE / 2)[:, [0, 2]]
    tracks = [np.ravel(np.c_[ends[..., i], np.full(n_spokes, np.nan)]) for i in (1, 0)]
    look = {"unit": "1", "limits": (0, HIGH), "spacing_mm": PIXEL_MM, "colorbar": False}
    return Picture(
        Lines(
            [],
            {"spokes": tuple(tracks)},
            title="Path through k-space",
            xlabel="kx (cycles a field of view)",
            ylabel="ky (cycles a field of view)",
            xlim=(-65, 65),
            ylim=(-65, 65),
        ),
        Image(image, title=f"{n_spokes} spokes", **look),
        Image(few, title=f"{min(n_spokes, SIZE)} lines", **look),
        caption=f"{n_spokes} spokes: at the rim of k-space they are "
        f"{np.pi * SIZE / 2 / n_spokes:.1f} samples apart; "
        f"{np.pi * SIZE / 2:.0f} would close the gaps",
        alt=f"{n_spokes} spokes through k-space, the image made of them, with streaks where they "
        "are few, and the image of as many lines, which is blurred.",
    )
