"""An explorer of ``15_pet_ct``: reading the slice, by SUV and by colour."""

from functools import lru_cache

import numpy as np
from scipy import ndimage

from medkit import anatomy
from medkit.data.dicom.pixels.palettes import PALETTES, colour
from medkit.image import Volume
from medkit.physics.ct.scanner import CTProtocol
from medkit.physics.pet import with_ct as petct
from medkit.physics.pet.scanner import PETProtocol
from medkit.views.explorer import Choice, Image, Picture, Slider, explorer

#: Chest of `fusion`: heights of its planes, field of view, pixels of the CT.
PLANES_MM, FIELD_MM, SIZE = np.arange(-96.0, -29.0, 6.0), 400.0, 200
#: Lesions: (up, back, left) in mm, radius in mm, SUV.
LESIONS = {
    "hot nodule": ((-68.0, 30.0, -82.0), 11.0, 8.0),
    "mild nodule": ((-60.0, 28.0, 90.0), 8.0, 2.5),
    "lymph node": ((-36.0, 10.0, -22.0), 7.0, 6.0),
}


@lru_cache
def patient():
    """Return a chest of several planes with two nodules and a lymph node."""
    body = anatomy.thorax(PLANES_MM, shape=(2 * SIZE, 2 * SIZE), field_mm=FIELD_MM)
    for name, (place, radius_mm, _) in LESIONS.items():
        inside = anatomy.lesions.blob(body, place, radius_mm) < 1
        body = body.with_lesion(name, inside, "nodule")
    return body


@lru_cache
def pet_and_ct() -> tuple[Volume, Volume]:
    """Return the PET (SUV) and the CT (HU) of the patient, made in one go."""
    pixel = FIELD_MM / SIZE
    functional, anatomical = petct.scan(
        patient(),
        PETProtocol(n_views=96, slice_thickness_mm=6.0, detector_spacing_mm=2 * pixel),
        CTProtocol(tube_current_mas=40.0, n_views=360, detector_spacing_mm=pixel),
        uptake={name: suv for name, (_, _, suv) in LESIONS.items()},
        rng=0,
        n_iterations=5,
        n_subsets=12,
        filter_mm=5.0,
    )
    # As scanners do for soft tissue: a smooth kernel, which calms noise and fine stripes.
    smooth = ndimage.gaussian_filter(anatomical.pixels, (0, 0.7, 0.7))
    return functional, anatomical.with_pixels(smooth)


@explorer(
    title="Two pictures in one",
    plane=Slider(0, len(PLANES_MM) - 1, 4, unit="", label="Plane", play_s=6),
    opacity=Slider(0, 100, 70, 5, unit="%", label="Opacity of PET"),
    brightest=Slider(2.0, 15.0, 7.0, 0.5, unit="", label="SUV at the top of the palette"),
    colours=Choice(list(PALETTES), default="hot iron", label="Palette"),
)
def fusion(*, plane, opacity, brightest, colours):
    """Lay the PET over the CT, in the standard's own palettes."""
    functional, anatomical = pet_and_ct()
    suv = ndimage.zoom(functional.pixels[plane], 2, order=1, mode="nearest", grid_mode=True)
    grey = np.clip((anatomical.pixels[plane] + 1000) / 1400 * 255, 0, 255)
    hot = colour(suv, colours, (0.0, brightest)).astype(np.float32)
    share = np.float32(opacity / 100)
    # The colder, the more transparent: otherwise the palette's black would hide the CT.
    share = share * np.clip(suv / (0.2 * brightest), 0, 1)[..., None]
    fused = ((1 - share) * grey[..., None] + share * hot).astype(np.uint8)
    pixel = FIELD_MM / SIZE
    top = float(functional.pixels[plane].max())
    return Picture(
        Image(
            anatomical.pixels[plane],
            "CT",
            values=("HU", -1000, 400),
            spacing_mm=pixel,
            colorbar=False,
        ),
        Image(hot.astype(np.uint8), f"PET, SUV 0 to {brightest:.1f}", spacing_mm=pixel),
        Image(fused, "Fused", spacing_mm=pixel),
        caption=f"plane {plane}: highest SUV {top:.1f}; the palette ends at {brightest:.1f}",
        alt=f"A chest CT, its PET in the palette {colours}, and both in one picture with the PET "
        f"at {opacity} % opacity; the highest uptake in this plane is {top:.1f}.",
    )


def to_read(uptake: np.ndarray) -> np.ndarray:
    """Return the uptake of a brain with a place in the cortex that takes up too little.

    Parameters
    ----------
    uptake : ndarray, shape (row, column)
        SUV of an axial slice as radiologists show it, pixels of 2 mm.

    Returns
    -------
    ndarray, shape (row, column)
    """
    row, column = (np.indices(uptake.shape).T / uptake.shape[::-1]).T
    # Behind the middle, and on the right of the picture: the patient's left.
    near = np.exp(-((((row - 0.7) / 0.14) ** 2 + ((column - 0.72) / 0.11) ** 2) ** 2))
    return uptake * (1 - 0.45 * near)
