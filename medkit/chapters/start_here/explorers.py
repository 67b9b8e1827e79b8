"""Explorers of ``00_start_here``: a window on a real slice, and photons against a bleed."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from medkit import anatomy
from medkit.data import dicom
from medkit.physics import ct
from medkit.views.explorer import Button, Image, Lines, Picture, Slider, Toggle, explorer


@lru_cache
def real_slice():
    """Return the real head CT that pydicom carries, every second pixel."""
    volume = dicom.read(dicom.example("head_ct"))
    return volume.pixels[0, ::2, ::2], 2 * volume.spacing_mm[1]


@lru_cache
def _histogram():
    values, edges = np.histogram(real_slice()[0], bins=205, range=(-1050, 1000))
    return (edges[1:] + edges[:-1]) / 2, np.maximum(values, 1)


@explorer(
    title="One slice, many pictures",
    centre_hu=Slider(-1000, 1000, 40, 10, unit="HU", label="Window centre"),
    width_hu=Slider(10, 3000, 400, 10, unit="HU", label="Window width"),
)
def window(*, centre_hu, width_hu):
    """Choose which CT numbers the greys are spent on."""
    pixels, spacing = real_slice()
    low, high = centre_hu - width_hu / 2, centre_hu + width_hu / 2
    numbers, counts = _histogram()
    grey = np.mean((pixels > low) & (pixels < high))
    return Picture(
        Image(pixels, "A real head CT", values=("HU", low, high), spacing_mm=spacing),
        Lines(
            numbers,
            {"pixels": counts},
            "How often each CT number occurs",
            xaxis=("CT number (HU)", -1050, 1000),
            yaxis=("pixels", 1, 1e5, "log"),
            spans={"window": (max(low, -1050), min(high, 1000))},
        ),
        caption=f"black below {low:.0f} HU, white above {high:.0f} HU; "
        f"{100 * grey:.0f} % of the pixels get a grey of their own",
        alt=f"A real head CT shown with window centre {centre_hu:.0f} HU and width "
        f"{width_hu:.0f} HU, and the histogram of its CT numbers with the window marked.",
    )


@lru_cache
def _bleeding_head():
    """Return one plane of a head with a small bleed, and where the bleed is."""
    head = anatomy.head(10.0, shape=(240, 240), rng=7)
    patient = anatomy.lesions.bleed(head, radius_mm=3.5, centre_mm=(10.0, 2.0, -30.0), rng=1)
    return patient, patient.lesions["bleed"][0]


#: Settings of the head scan, but for the tube current.
HEAD = ct.CTProtocol(slice_thickness_mm=5.0)


@lru_cache
def _projected():
    """Return the transmission of the head; the same for every tube current."""
    return ct.project(_bleeding_head()[0], HEAD)


@lru_cache(maxsize=64)
def _scan(tube_current_mas, seed):
    protocol = replace(HEAD, tube_current_mas=tube_current_mas)
    data = ct.count(_projected(), protocol, rng=seed)
    mu = ct.reconstruct(data, protocol, filter="hann")
    return ct.to_hounsfield(mu, protocol.effective_energy_kev)


@lru_cache
def contrast_hu() -> float:
    """Return how much brighter the bleed is than the other half of the brain, without noise."""
    pixels, bleed = _scan(np.inf, 0), _bleeding_head()[1]
    return float(pixels[bleed].mean() - pixels[bleed[:, ::-1]].mean())


def noise_hu(tube_current_mas: float) -> float:
    """Return the noise in the middle of the brain, in HU: the scan less one without noise."""
    noise = _scan(tube_current_mas, 0) - _scan(np.inf, 0)
    return float(noise[90:150, 90:150].std())


@explorer(
    title="How many photons does a diagnosis need?",
    tube_current_mas=Slider.of(ct.CTProtocol, "tube_current_mas", 1, 400, 2),
    show=Toggle(False, label="Show where the bleed is"),
    seed=Button(label="Scan again"),
)
def photons(*, tube_current_mas, show, seed):
    """Turn the dose up until you can see where the patient bleeds."""
    bleed, noise = _bleeding_head()[1], noise_hu(tube_current_mas)
    ratio = contrast_hu() / noise
    return Picture(
        Image(
            _scan(tube_current_mas, seed),
            "A simulated head CT",
            values=("HU", 0, 80),
            spacing_mm=1.0,
            masks={"bleed": bleed} if show else {},
        ),
        caption=f"{noise:.1f} HU of noise, {contrast_hu():.0f} HU of contrast: "
        f"contrast-to-noise ratio {ratio:.1f}",
        alt=f"A simulated head CT at {tube_current_mas:.0f} mAs; the contrast of a small bleed "
        f"is {ratio:.1f} times the noise.",
    )
