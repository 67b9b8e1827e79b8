"""A real head CT with less dose than it got, for ``35_photons_to_diagnosis``."""

from functools import lru_cache

import numpy as np

from medkit.data import dicom
from medkit.physics.ct.low_dose import noise_alone
from medkit.physics.ct.scanner import CTProtocol
from medkit.views.explorer import Button, Image, Picture, Slider, explorer

#: What the exercise asks for.
RIDDLE_PERCENT = 8.0


@lru_cache
def real_slice() -> tuple[np.ndarray, float]:
    """Return a real CT slice of a head, averaged to 128², in HU, and its pixel in mm."""
    volume = dicom.read(dicom.example("head_ct"))
    pixels = np.maximum(volume.pixels[0].astype(np.float32), -1000)
    step = pixels.shape[0] // 128
    return pixels.reshape(128, step, 128, step).mean((1, 3)), volume.spacing_mm[1] * step


@lru_cache
def unit_noise(seed: int = 0, mas: float = 200.0) -> np.ndarray:
    """Return the noise, in HU, that a scan of the real slice with so many mAs has."""
    image, pixel = real_slice()
    protocol = CTProtocol(
        tube_current_mas=mas, n_views=180, detector_spacing_mm=pixel, energy_kev=70.0
    )
    return noise_alone(image, protocol, spacing_mm=pixel, rng=seed, filter="hann")


def riddle() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the slice as taken, with half of its dose, and with a dose to be found, in HU."""
    return real_slice()[0], at_dose(50.0, seed=1), at_dose(RIDDLE_PERCENT, seed=2)


def at_dose(percent: float, mas: float = 200.0, seed: int = 0) -> np.ndarray:
    """Return the real slice as if taken with a part of its dose: 100 % leaves it as it is."""
    image, _ = real_slice()
    return image + np.float32(np.sqrt(100 / percent - 1)) * unit_noise(seed, mas)


@explorer(
    title="A real slice with less dose",
    percent=Slider(0.1, 100.0, 3.0, unit="%", label="Dose", log=True, play_s=8),
    width_hu=Slider(40, 400, 120, 10, unit="HU", label="Window"),
    seed=Button("Scan again"),
)
def less_dose(*, percent, width_hu, seed):
    """Take the dose from a real head CT, as a simulation may and a hospital may not."""
    image, pixel = real_slice()
    now = at_dose(percent, seed=seed)
    window = {"limits": (40 - width_hu / 2, 40 + width_hu / 2), "spacing_mm": pixel, "unit": "HU"}
    added = float(np.std((now - image)[56:72, 56:72]))
    return Picture(
        Image(image, "As it was taken", **window, colorbar=False),
        Image(now, f"With {percent:.3g} % of the dose", **window),
        caption=f"{percent:.3g} % of the dose adds {added:.1f} HU of noise in the middle",
        alt="A real axial CT slice of a head, as it was taken and with the noise that a part of "
        "the dose would leave.",
    )
