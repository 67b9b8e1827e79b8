"""One real head, scanned five times by the simulated scanner, and each time something fails."""

from functools import lru_cache

import numpy as np

from medkit.constants import attenuation_per_mm
from medkit.data import dicom
from medkit.physics import ct
from medkit.physics.ct import spectrum
from medkit.physics.ct.scanner import CTProtocol, Motion

#: Pixels of the pictures: a quarter of the real slice's number.
SIZE = 256


@lru_cache
def head() -> tuple[np.ndarray, float]:
    """Return a real slice of a head in HU, (SIZE, SIZE), and its pixel in mm.

    It is the mean of 2 × 2 pixels of the file that pydicom carries; what lies outside the
    scanner's circle, −2000 there, is taken for air.
    """
    volume = dicom.read(dicom.example("head_ct"))
    fine = np.maximum(volume.pixels[0], -1000.0)
    pixels = fine.reshape(SIZE, 2, SIZE, 2).mean(axis=(1, 3))
    return pixels.astype(np.float32), 2 * volume.spacing_mm[1]


def protocol(n_views: int = 400) -> CTProtocol:
    """Return the settings of the scans."""
    return CTProtocol(
        tube_current_mas=150.0,
        n_views=n_views,
        detector_spacing_mm=head()[1],
        slice_thickness_mm=5.0,
    )


def _water():
    """Return the slice as so much water at each place: relative density, never negative."""
    return head()[0] / 1000 + 1


def _scan(settings, motion=None):
    mu = _water() * attenuation_per_mm("water", settings.effective_energy_kev)
    return ct.acquire(mu.astype(np.float32), settings, rng=0, motion=motion)


def _with_metal(settings):
    """Return the sinogram of the head with two steel clips of 5 mm between the temporal lobes."""
    rows, columns = np.mgrid[:SIZE, :SIZE] * settings.detector_spacing_mm
    clips = np.zeros((SIZE, SIZE), np.float32)
    for row, column in ((94.0, 101.0), (94.0, 122.0)):
        clips[np.hypot(rows - row, columns - column) < 2.5] = 1
    amounts = np.stack([_water() * (1 - clips), clips]).astype(np.float32)
    energy, weights = settings.signal_spectrum
    curves = np.stack([attenuation_per_mm(name, energy) for name in ("water", "steel")])
    beam = ct.geometry(settings, (SIZE, SIZE), settings.detector_spacing_mm, n_images=2)
    through = spectrum.transmission(beam.forward(amounts), curves, weights)
    return ct.count(through, settings, rng=0)


@lru_cache
def scan(cause: str) -> np.ndarray:
    """Return the picture of a scan in which one thing went wrong.

    Parameters
    ----------
    cause : {"nothing", "few views", "detector", "metal", "motion", "truncation"}

    Returns
    -------
    ndarray, shape (SIZE, SIZE), float32
        In HU.
    """
    settings = protocol(40 if cause == "few views" else 400)
    data = None
    if cause == "metal":
        data = _with_metal(settings)
    elif cause == "motion":
        data = _scan(settings, Motion(shift_mm=(5.0, 0.0), rotation_deg=5.0, start=0.5))
    else:
        data = _scan(settings)
    if cause == "detector":
        data[:, [97, 112, 143, 171]] += np.array([0.03, -0.04, 0.03, -0.03], np.float32)
    elif cause == "truncation":
        data[:, :50] = data[:, -50:] = 0
    mu = ct.reconstruct(data, settings, filter="hann")
    return ct.to_hounsfield(mu, settings.effective_energy_kev)


def five() -> dict[str, np.ndarray]:
    """Return five pictures in HU, by a letter each, that do not say what went wrong."""
    causes = ("motion", "few views", "metal", "detector", "truncation")
    return {letter: scan(cause) for letter, cause in zip("ABCDE", causes, strict=True)}
