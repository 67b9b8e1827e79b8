"""Explorer of ``11_ct``: from shadows back to a slice, view by view."""

from functools import lru_cache

import numpy as np

from medkit import anatomy
from medkit.constants import attenuation_per_mm
from medkit.physics import ct
from medkit.physics.linear.fbp import ramp_filter
from medkit.physics.linear.projection import ParallelBeam
from medkit.physics.subject import attenuation_map
from medkit.views.explorer import Image, Picture, Slider, Toggle, explorer

FIELD_MM, ENERGY_KEV = 360.0, 65.0
#: μ of water at that energy: what turns an error of μ into Hounsfield units.
WATER = float(attenuation_per_mm("water", ENERGY_KEV))


@lru_cache
def slice_mu(size: int) -> np.ndarray:
    """Return μ of a chest in 1/mm, each pixel the mean over its area, shape (size, size)."""
    patient = anatomy.thorax(-30.0, shape=(4 * size, 4 * size), field_mm=FIELD_MM)
    fine = attenuation_map(patient, ENERGY_KEV)[0]
    return fine.reshape(size, 4, size, 4).mean(axis=(1, 3))


def error_hu(image: np.ndarray, truth: np.ndarray) -> float:
    """Return the root mean square error inside the field of view, in HU."""
    seen = ct.field_of_view(len(truth))
    return float(1000 / WATER * np.sqrt(np.mean((image - truth)[seen] ** 2)))


#: Views of half a turn that arrive one by one, and what the gantry adds around the patient, mm.
ARRIVING, AROUND_MM = 120, 140.0


@lru_cache
def _arrivals(filtered):
    """Return the picture after each view of half a turn, (view, row, column)."""
    mu = slice_mu(128)
    scanner = ParallelBeam(
        mu.shape, np.arange(ARRIVING) * 180 / ARRIVING, spacing_mm=FIELD_MM / len(mu)
    )
    data = scanner.forward(mu)
    smeared = data / ARRIVING
    if filtered:
        response = ramp_filter(data.shape[1], scanner.spacing_mm) * np.float32(np.pi / ARRIVING)
        length = 2 * (len(response) - 1)
        smeared = np.fft.irfft(np.fft.rfft(data, length) * response, length)[:, : data.shape[1]]
    layers = [scanner.subset([k]).backproject(smeared[k : k + 1]) for k in range(ARRIVING)]
    return data, np.cumsum(layers, axis=0)


@lru_cache
def _in_the_bore():
    """Return the chest with air around it, as far as tube and detector turn."""
    pixels = round(AROUND_MM * 128 / FIELD_MM)
    return np.pad(slice_mu(128), pixels)


@explorer(
    title="Half a turn of the scanner",
    view=Slider(1, ARRIVING, 40, 1, unit="", label="View", play_s=8),
    filtered=Toggle(True, label="Filter first"),
)
def turn(*, view, filtered):
    """Let the views arrive one by one, fill the sinogram and see the picture grow."""
    data, pictures = _arrivals(filtered)
    angle = (view - 1) * np.pi / ARRIVING
    across, along = (
        np.array([np.cos(angle), np.sin(angle)]),
        np.array([-np.sin(angle), np.cos(angle)]),
    )
    half, far = FIELD_MM / 2, FIELD_MM / 2 + 0.5 * AROUND_MM
    corners = np.array([[half, far], [half, -far], [-half, -far], [-half, far], [half, far]])
    beam = corners @ np.stack([across, along])
    detector = np.array([[-half], [half]]) * across - far * along
    arrived = np.where(np.arange(ARRIVING)[:, None] < view, data, 0)
    edge = half + AROUND_MM
    return Picture(
        Image(
            _in_the_bore(),
            "In the bore",
            values=("1/mm", 0.0, 0.04),
            spacing_mm=1.0,
            xaxis=("x (mm)", -edge, edge),
            yaxis=("y (mm)", edge, -edge),
            curves={"beam": beam.T, "detector": detector.T},
            points={"tube": far * along[:, None]},
            colorbar=False,
        ),
        Image(
            arrived,
            "Sinogram so far",
            values=("1", 0.0, 7.0),
            xaxis=("detector (mm)", -half, half),
            yaxis=("view (°)", 0, 180),
        ),
        Image(
            pictures[view - 1],
            "Picture so far",
            values=("1/mm" if filtered else "1", *((0.0, 0.04) if filtered else (0.0, 5.0))),
            spacing_mm=FIELD_MM / 128,
        ),
        caption=f"view {view} of {ARRIVING}: {view * 180 / ARRIVING:.0f}° of 180°; error so far "
        f"{error_hu(pictures[view - 1], slice_mu(128)):.0f} HU"
        if filtered
        else f"view {view} of {ARRIVING}, smeared as it is: a fog",
        alt=f"The tube and the detector after {view} of {ARRIVING} views, the sinogram filled so "
        f"far, and the {'filtered' if filtered else 'unfiltered'} views smeared over the picture.",
    )
