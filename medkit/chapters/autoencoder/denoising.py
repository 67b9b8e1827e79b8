"""Explorer of ``33_autoencoder``: a network that removes noise, beside filters that do."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
from scipy import ndimage

from medkit.data import tasks
from medkit.data.sets.shipped import arrays
from medkit.learning.by_hand.convolution import convolve, relu
from medkit.physics.ct.scanner import CTProtocol
from medkit.physics.linear import total_variation
from medkit.views.explorer import Button, Choice, Image, Picture, Slider, Toggle, explorer

#: Rows and columns of the scans; Hounsfield units from black to white.
SIZE, WINDOW_HU = 96, 80.0
#: By how much the blood is brighter than brain.
CONTRAST_HU = 24.0


@lru_cache(maxsize=2)
def _weights(name: str) -> list[np.ndarray]:
    file = arrays("autoencoder_denoisers")
    return [file[f"{name}{k}"].astype(np.float32) for k in range(10)]


def denoise(image: np.ndarray, name: str) -> np.ndarray:
    """Return an image without what a trained `Denoiser` calls noise."""
    w = _weights(name)
    full = relu(convolve(image[None, ..., None], w[0], w[1]))
    half = relu(convolve(full, w[2], w[3], stride=2))
    half = relu(convolve(half, w[4], w[5]))
    back = half.repeat(2, 1).repeat(2, 2)
    both = relu(convolve(np.concatenate([full, back], -1), w[6], w[7]))
    return image - convolve(both, w[8], w[9])[0, ..., 0]


@lru_cache(maxsize=16)
def _case(patient: int, radius_mm: float, contrast_hu: float):
    """Return a head with a bleed, its mask, and its scan without noise."""
    options = {"radius_mm": (radius_mm,) * 2, "contrast_hu": (contrast_hu,) * 2}
    case = tasks.patients("ct_bleed", 1, rng=100 + patient, size=SIZE, ill=True, **options)[0]
    return case, case.mask, _scan(case, np.inf)


def _scan(case, dose_mas):
    protocol = replace(tasks.TASKS["ct_bleed"].protocol, tube_current_mas=dose_mas)
    return tasks.scan("ct_bleed", [case], protocol).images[0, ..., 0]


@lru_cache(maxsize=64)
def _noisy(patient, radius_mm, contrast_hu, dose_mas):
    return _scan(_case(patient, radius_mm, contrast_hu)[0], dose_mas)


def pair(patient: int, *, radius_mm: float, dose_mas: float):
    """Return the scan of a head with a bleed, the same without noise, and the bleed's mask."""
    _, mask, clean = _case(patient, float(radius_mm), CONTRAST_HU)
    return _noisy(patient, float(radius_mm), CONTRAST_HU, float(dose_mas)), clean, mask


def brain_error_hu(image: np.ndarray, clean: np.ndarray) -> float:
    """Return the root mean square error in the brain in HU; skull and air are clipped anyway."""
    inside = (clean > 0.1) & (clean < 0.95)
    return WINDOW_HU * float(np.sqrt(np.mean((image - clean)[inside] ** 2)))


def filtered(image: np.ndarray, method: str, strength: float) -> np.ndarray:
    """Return an image after a filter of old; `strength` 1 is moderate."""
    if method == "median":
        return ndimage.median_filter(image, max(1, 2 * round(strength) + 1))
    if method == "Gaussian":
        return ndimage.gaussian_filter(image, strength)
    return total_variation.denoise(image, 0.12 * strength, n_iterations=30)[0]


def contrast_hu(image: np.ndarray, mask: np.ndarray) -> float:
    """Return by how many HU a region is brighter than the ring around it."""
    ring = ndimage.binary_dilation(mask, iterations=4) & ~ndimage.binary_dilation(mask)
    ring &= image < 1  # not the skull
    return WINDOW_HU * float(image[mask].mean() - np.median(image[ring]))


@explorer(
    title="Take the noise away, and leave the bleed",
    dose_mas=Slider.of(CTProtocol, "tube_current_mas", 0.3, 30, 2, 0.1),
    method=Choice(["total variation", "median", "Gaussian"], label="Filter"),
    strength=Slider(0.2, 3.0, 1.0, 0.1, unit="1", label="Its strength"),
    network=Choice(
        {"heads with and without bleeds": "both", "healthy heads only": "healthy"},
        label="The network has seen",
    ),
    radius_mm=Slider(3, 14, 6, 1, unit="mm", label="Radius of the bleed"),
    outline=Toggle(False, label="Outline the bleed"),
    patient=Button("Next patient"),
)
def denoising(*, dose_mas, method, strength, network, radius_mm, outline, patient):
    """Lower the dose, filter, and see what becomes of the noise and of the bleed."""
    noisy, clean, mask = pair(patient, radius_mm=radius_mm, dose_mas=dose_mas)
    pictures = {
        f"Scan at {dose_mas:g} mAs": noisy,
        method.capitalize(): filtered(noisy, method, strength),
        "Network": denoise(noisy, network),
        "Without any noise": clean,
    }
    masks = {"bleed": mask} if outline else {}
    errors = [brain_error_hu(p, clean) for p in pictures.values()]
    heights = [contrast_hu(p, mask) for p in pictures.values()]
    panels = [
        Image(
            WINDOW_HU * p,
            title,
            values=("HU", 0, WINDOW_HU),
            masks=masks,
            spacing_mm=240 / SIZE,
            colorbar=False,
            smooth=True,
        )
        for title, p in pictures.items()
    ]
    return Picture(
        *panels,
        caption=f"error in the brain: scan {errors[0]:.1f}, filter {errors[1]:.1f}, network "
        f"{errors[2]:.1f} HU; the bleed stands out by {heights[0]:.0f}, {heights[1]:.0f}, "
        f"{heights[2]:.0f} HU, in truth {heights[3]:.0f}",
        alt=f"A noisy CT of a head at {dose_mas:g} mAs, filtered ({method}), cleaned by a network, "
        "and as it would be without noise.",
    )
