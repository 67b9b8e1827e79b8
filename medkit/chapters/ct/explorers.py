"""Explorers of ``11_ct``: the shadows of a point, and how many photons a diagnosis needs.

Reconstruction is in `reconstruction`, what goes wrong in `artefacts` and `real_slices`.
"""

from functools import lru_cache

import numpy as np
from scipy import ndimage

from medkit import anatomy
from medkit.physics import ct
from medkit.physics.ct.scanner import CTProtocol
from medkit.physics.linear.fbp import filtered_backprojection
from medkit.physics.linear.projection import ParallelBeam
from medkit.views.explorer import (
    Button,
    Choice,
    Image,
    Lines,
    Picture,
    Point,
    Slider,
    Toggle,
    explorer,
)

#: Field of view of the chest, its pixels, and the size of one.
FIELD_MM, SIZE = 360.0, 256
PIXEL_MM = FIELD_MM / SIZE
FILTERS = ("ramp", "shepp-logan", "cosine", "hamming", "hann")
#: Height of the slice, and views of the longest scan; shorter ones take some of them.
HEIGHT_MM, MOST_VIEWS = -30.0, 720
LUNG_WINDOW, SOFT_WINDOW = (-1350.0, 150.0), (-160.0, 240.0)


@lru_cache
def _bead_beam():
    return ParallelBeam((128, 128), np.arange(180.0), 128)


@explorer(
    title="Every point of the patient becomes a sine",
    bead=Point(40.0, 0.0, xlim=(-50, 50), ylim=(-50, 50), unit="mm", label="Bead"),
    angle_deg=Slider(0, 179, 30, 1, unit="°", label="View", play_s=6),
)
def sinogram(*, bead, angle_deg):
    """Drag the bead and watch its track in the sinogram."""
    x, y = np.meshgrid(np.arange(128) - 63.5, 63.5 - np.arange(128))
    body = 0.02 * (np.hypot(x / 0.9, y / 0.7) < 62) - 0.012 * (np.hypot(x + 18, y - 12) < 11)
    body = np.where(np.hypot(x - bead[0], y - bead[1]) < 3.5, 0.12, body)
    data = _bead_beam().forward(body)
    angle = np.deg2rad(angle_deg)
    across = np.array([-63.5, 63.5])
    foot = bead[0] * np.cos(angle) + bead[1] * np.sin(angle)
    ray = (
        foot * np.cos(angle) - across * np.sin(angle),
        foot * np.sin(angle) + across * np.cos(angle),
    )
    extent = (-64, 64, 64, -64)
    return Picture(
        Image(
            body,
            "Patient and one ray",
            values=("1/mm", 0, 0.06),
            extent=extent,
            spacing_mm=1.0,
            xlabel="x (mm)",
            ylabel="y (mm)",
            curves={"ray": ray},
            colorbar=False,
        ),
        Image(
            data,
            "Sinogram",
            values=("1", 0, 3),
            xaxis=("detector (mm)", -64, 64),
            yaxis=("view (°)", 0, 180),
            curves={"this view": (across, [angle_deg, angle_deg])},
            points={"the bead's ray": ([foot], [angle_deg])},
            colorbar=False,
        ),
        Lines(
            np.arange(128) - 63.5,
            {"this view": data[angle_deg]},
            "One row of the sinogram",
            xaxis=("detector (mm)", -64, 64),
            yaxis=("line integral of μ", 0, 4),
            marks={"bead": foot},
        ),
        caption=f"s = x cos θ + y sin θ = {bead[0]:.0f}·{np.cos(angle):.2f} + "
        f"{bead[1]:.0f}·{np.sin(angle):.2f} = {foot:.1f} mm",
        alt="A body with a dense bead, its sinogram in which the bead draws a sine, and the "
        f"profile of the view at {angle_deg}°.",
    )


def chest(size: int):
    """Return one plane of a healthy chest."""
    return anatomy.thorax(HEIGHT_MM, shape=(size, size), field_mm=FIELD_MM)


@lru_cache
def _through():
    """Return the transmission of the chest; the same for every tube current."""
    protocol = CTProtocol(n_views=MOST_VIEWS, detector_spacing_mm=PIXEL_MM)
    return ct.project(chest(2 * SIZE), protocol)


@lru_cache(maxsize=32)
def chest_scan(tube_current_mas, n_views=360, filter="shepp-logan", seed=0) -> np.ndarray:
    """Return the slice that a scanner shows of the healthy chest, in HU.

    Parameters
    ----------
    tube_current_mas : float
        ``numpy.inf`` for a scan without noise.
    n_views : int
        At most `MOST_VIEWS`.
    filter : str
        One of `FILTERS`.
    seed : int

    Returns
    -------
    ndarray, shape (SIZE, SIZE), float32
    """
    protocol = CTProtocol(
        tube_current_mas=tube_current_mas, n_views=n_views, detector_spacing_mm=PIXEL_MM
    )
    chosen = np.round(np.arange(n_views) * MOST_VIEWS / n_views).astype(int)
    data = ct.correct_beam_hardening(ct.count(_through()[chosen], protocol, rng=seed), protocol)
    # Not `ct.reconstruct`: views that were chosen among others lie but nearly evenly.
    views = ParallelBeam((SIZE, SIZE), chosen * 180.0 / MOST_VIEWS, SIZE, spacing_mm=PIXEL_MM)
    mu = filtered_backprojection(data, views, window=filter)
    return ct.to_hounsfield(mu * ct.field_of_view(SIZE), protocol.effective_energy_kev)


@lru_cache
def heart() -> np.ndarray:
    """Return where the muscle of the heart is, without its edge: a place to measure noise."""
    return ndimage.binary_erosion(chest(SIZE).where("heart", "blood")[0], iterations=4)


def noise_hu(tube_current_mas, n_views=360, filter="shepp-logan", seed=0) -> float:
    """Return the noise in the heart in HU: the scan less one without noise, its spread."""
    error = chest_scan(tube_current_mas, n_views, filter, seed) - chest_scan(
        np.inf, n_views, filter
    )
    return float(error[heart()].std())


def streaks_hu(n_views, filter="shepp-logan") -> float:
    """Return what too few views leave in the heart in HU, without any noise."""
    error = chest_scan(np.inf, n_views, filter) - chest_scan(np.inf, MOST_VIEWS, filter)
    return float(error[heart()].std())


@explorer(
    title="Dose, views, filter",
    tube_current_mas=Slider.of(CTProtocol, "tube_current_mas", 0.2, 200.0, 5.0),
    n_views=Slider.of(CTProtocol, "n_views", maximum=MOST_VIEWS, step=20),
    filter=Choice(FILTERS, default="shepp-logan", label="Filter"),
    lung=Toggle(False, label="Lung window"),
    seed=Button(label="Scan again"),
)
def dose(*, tube_current_mas, n_views, filter, lung, seed):
    """Trade dose, views and sharpness against each other."""
    image = chest_scan(tube_current_mas, n_views, filter, seed)
    sigma = noise_hu(tube_current_mas, n_views, filter, seed)
    streaks = streaks_hu(n_views, filter)
    row = SIZE // 2
    across = (np.arange(SIZE) - (SIZE - 1) / 2) * PIXEL_MM
    return Picture(
        Image(
            image,
            "A simulated chest CT",
            values=("HU", *(LUNG_WINDOW if lung else SOFT_WINDOW)),
            spacing_mm=PIXEL_MM,
        ),
        Lines(
            across,
            {"this scan": image[row], "without noise": chest_scan(np.inf)[row]},
            "The row through the middle",
            xaxis=("x (mm)", -60, 120),
            yaxis=("CT number (HU)", -1100, 500),
        ),
        caption=f"noise {sigma:.0f} HU, streaks {streaks:.0f} HU in the heart at "
        f"{tube_current_mas:.3g} mAs and {n_views} views, {filter} filter",
        alt=f"A simulated chest CT at {tube_current_mas:.3g} mAs with {n_views} views and the "
        f"{filter} filter; the noise is {sigma:.0f} HU.",
    )
