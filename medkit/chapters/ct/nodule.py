"""The explorer of ``11_ct`` in which a nodule hides, and the dose decides whether it is found."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from medkit import anatomy
from medkit.chapters.ct import explorers as scans
from medkit.chapters.ct.explorers import FILTERS, PIXEL_MM, SIZE, chest, projected
from medkit.physics.ct.scanner import CTProtocol
from medkit.views.explorer import Button, Choice, Image, Picture, Slider, Toggle, explorer

#: Where the hidden nodule may lie in the lungs: back and left, in mm.
PLACES = ((-62, -64), (28, -78), (-31, 77), (38, 90), (50, -72), (4, -71), (-14, -64))
#: The part of the picture that holds the lungs.
_LUNGS = (slice(54, 204), slice(34, 222))


@lru_cache
def _with_nodule(place):
    """Return the chest with a ground-glass nodule: lung that holds twice as much tissue."""
    patient = chest(2 * SIZE)
    inside = anatomy.lesions.blob(patient, (scans.HEIGHT_MM, *PLACES[place]), 5.0) < 1
    patient = patient.with_lesion("nodule", inside, "lung")
    return replace(patient, density=np.where(inside, np.float32(1.25), patient.density))


def nodule_place(seed: int) -> int:
    """Return in which of the `PLACES` the nodule of a case lies."""
    return int(np.random.default_rng(seed).integers(len(PLACES)))


@lru_cache(maxsize=32)
def _nodule_scan(place, tube_current_mas, filter, seed):
    return scans.scan(projected(_with_nodule, place), tube_current_mas, 360, filter, seed)


@lru_cache
def nodule_mask(place: int) -> np.ndarray:
    """Return where the nodule lies, shape (SIZE, SIZE)."""
    fine = _with_nodule(place).lesions["nodule"][0]
    return fine.reshape(SIZE, 2, SIZE, 2).mean(axis=(1, 3)) > 0.5


def nodule_contrast_hu(place: int, filter: str = "shepp-logan") -> float:
    """Return by how much the nodule raises the CT number, in HU, without noise."""
    change = _nodule_scan(place, np.inf, filter, 0) - scans.chest_scan(np.inf, 360, filter)
    return float(change[nodule_mask(place)].mean())


@explorer(
    title="Find the nodule",
    tube_current_mas=Slider.of(CTProtocol, "tube_current_mas", 0.1, 100.0, 0.1),
    filter=Choice(FILTERS, default="shepp-logan", label="Filter"),
    case=Button(label="Next patient"),
    show=Toggle(False, label="Show where it is"),
)
def find_nodule(*, tube_current_mas, filter, case, show):
    """Find the smallest dose at which you can find a faint nodule of 10 mm."""
    place = nodule_place(case)
    image = _nodule_scan(place, tube_current_mas, filter, case)
    clean = _nodule_scan(place, np.inf, filter, 0)
    around = nodule_mask(place)
    lung = chest().where("lung_inspired")[0]
    sigma, contrast = float((image - clean)[lung].std()), nodule_contrast_hu(place, filter)
    return Picture(
        Image(
            image[_LUNGS],
            "A simulated chest CT",
            values=("HU", -1100.0, -500.0),
            spacing_mm=PIXEL_MM,
            masks={"nodule": around[_LUNGS]} if show else {},
        ),
        caption=f"noise {sigma:.0f} HU in the lung, contrast {contrast:.0f} HU: "
        f"contrast-to-noise ratio {contrast / sigma:.1f}",
        alt=f"A simulated chest CT at {tube_current_mas:.2g} mAs in a lung window; the contrast "
        f"of a faint nodule is {contrast / sigma:.1f} times the noise.",
    )
