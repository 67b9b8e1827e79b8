"""Explorers of ``15_pet_ct``: how counted pairs become a slice.

Counting them is in `pairs`; reading the slice in `reading`.
"""

from functools import lru_cache

import numpy as np
from scipy import ndimage

from medkit import anatomy
from medkit.constants import hounsfield
from medkit.physics import pet
from medkit.physics.ct import field_of_view
from medkit.physics.linear.projection import ParallelBeam
from medkit.physics.linear.reconstruction import osem
from medkit.physics.pet.attenuation import attenuation_511, with_attenuation
from medkit.physics.pet.coincidences import Coincidences
from medkit.physics.pet.scanner import EmissionBeam, PETProtocol, blur
from medkit.views.explorer import Button, Choice, Image, Lines, Picture, Slider, explorer

#: Field of view of the chest, its pixels, and the size of one.
FIELD_MM, SIZE = 400.0, 96
PIXEL_MM = FIELD_MM / SIZE
VIEWS, SUBSETS, MOST_ITERATIONS = 96, 8, 10
#: Height of the slice: the heart, and the dome of the liver, which breath moves.
HEIGHT_MM = -96.0
#: Truth of both lesions, which are equally hot, and what they are called.
LESION_SUV = 8.0
LESIONS = {"large lesion": ((56.0, -74.0), 10.0), "small lesion": ((34.0, 86.0), 5.0)}


def protocol(scan_time_s: float = 120.0, **settings) -> PETProtocol:
    """Return the scanner of these explorers: small pictures, so that sliders move at once."""
    return PETProtocol(
        scan_time_s=scan_time_s, n_views=VIEWS, detector_spacing_mm=PIXEL_MM, **settings
    )


@lru_cache(maxsize=64)
def chest(height_mm: float = HEIGHT_MM):
    """Return one plane of a chest, with two lesions in the lungs if they reach it."""
    patient = anatomy.thorax(height_mm, shape=(2 * SIZE, 2 * SIZE), field_mm=FIELD_MM)
    for name, (place, radius_mm) in LESIONS.items():
        inside = anatomy.lesions.blob(patient, (HEIGHT_MM, *place), radius_mm) < 1
        patient = patient.with_lesion(name, inside, "nodule")
    return patient


@lru_cache
def _means():
    """Return the mean counts of the chest; their noise is drawn anew for each scan."""
    hot = dict.fromkeys(LESIONS, LESION_SUV)
    return pet.project(chest(), protocol(np.inf), uptake=hot)


@lru_cache(maxsize=32)
def counted(scan_time_s: float, seed: int = 0) -> Coincidences:
    """Return the coincidences of the chest; ``numpy.inf`` for the mean counts of 120 s."""
    scanner, quiet = protocol(scan_time_s), protocol(np.inf)
    return pet.count(_means().scaled(scanner.seconds / quiet.seconds), scanner, rng=seed)


def reconstruct(data, scanner: PETProtocol, n_iterations: int, callback=None) -> np.ndarray:
    """Return the SUV behind counts by OSEM; nothing is smoothed afterwards.

    The unknown is the SUV, not Bq/mL, so that the start, 1 everywhere, is near the truth.
    """
    factors = np.float32(scanner.gain * scanner.suv_bq_ml) * data.attenuation
    model = EmissionBeam(scanner_beam(), factors, support=field_of_view(SIZE))
    return osem(
        data.prompts,
        model,
        n_subsets=SUBSETS,
        n_iterations=n_iterations,
        background=data.background,
        callback=callback,
    )


@lru_cache
def scanner_beam() -> ParallelBeam:
    """Return the lines of these explorers' scanner."""
    return ParallelBeam((SIZE, SIZE), protocol().angles_deg, SIZE, spacing_mm=PIXEL_MM)


@lru_cache
def truth_mask(name: str) -> np.ndarray:
    """Return where a tissue or lesion fills the pixels of the PET image."""
    patient = chest()
    fine = patient.lesions[name][0] if name in patient.lesions else patient.where(name)[0]
    return fine.reshape(SIZE, 2, SIZE, 2).mean(axis=(1, 3)) > 0.75


@lru_cache
def _hu(tissues):
    return {name: float(hounsfield(name, 70.0)) for name in tissues}


@lru_cache(maxsize=64)
def _mu(height_mm):
    """Return μ at 511 keV as the CT of the chest at this height tells it."""
    patient = chest(height_mm)
    return attenuation_511(patient.map(_hu(patient.tissues), by_density=False))


@lru_cache(maxsize=64)
def corrected_suv(share: float = 1.0, breath_mm: float = 0.0) -> np.ndarray:
    """Return the PET image, in SUV, corrected by a share of the attenuation of a CT.

    Parameters
    ----------
    share : float
        0 for no correction, 1 for all of it.
    breath_mm : float
        By how much deeper the breath was at the CT: lung is there now where the liver
        or the heart was.

    Returns
    -------
    ndarray, shape (SIZE, SIZE), float32
    """
    scanner = protocol(900.0)
    data = counted(900.0)
    mu = np.float32(share) * _mu(HEIGHT_MM + breath_mm)[0]
    data = with_attenuation(data, mu, scanner, spacing_mm=PIXEL_MM / 2)
    return blur(reconstruct(data, scanner, 3), 6.0, PIXEL_MM)


@explorer(
    title="The body hides its own middle",
    share=Slider(0, 120, 100, 5, unit="%", label="Correction", play_s=5),
    breath_mm=Slider(-30, 30, 0, 3, unit="mm", label="Deeper breath at the CT"),
)
def attenuation(*, share, breath_mm):
    """Correct by the CT: not at all, in part, in full, or by one of another breath."""
    none, full = corrected_suv(0.0), corrected_suv(1.0)
    image = corrected_suv(share / 100, float(breath_mm))
    cts = {mm: _mu(HEIGHT_MM + mm) for mm in range(-30, 31, 3)}  # so that no later breath must wait
    hu = cts[breath_mm][0].reshape(SIZE, 2, SIZE, 2).mean(axis=(1, 3))
    at = (np.arange(SIZE) - (SIZE - 1) / 2) * PIXEL_MM
    row = SIZE // 2 - 2  # heart and liver
    look = {"unit": "SUV", "spacing_mm": PIXEL_MM, "colormap": "inverse gray"}
    # Each image has its own top, as a screen would adapt it: else nothing is seen at 0 %.
    tops = [(0, float(np.percentile(v, 99.5))) for v in (none, image)]
    means = {}
    for name in ("large lesion", "heart", "liver"):
        place = truth_mask(name)
        place = place if name in LESIONS else ndimage.binary_erosion(place)
        means[name] = float(image[place].mean())
    words = ", ".join(f"{name} {mean:.1f}" for name, mean in means.items())
    return Picture(
        Image(hu * 10, "μ from the CT", values=("1/cm", 0, 0.15), spacing_mm=PIXEL_MM),
        Image(none, "PET, not corrected", limits=tops[0], **look),
        Image(image, f"PET, {share} % corrected", limits=tops[1], **look),
        Lines(
            at,
            {"corrected in full": full[row], "not corrected": none[row], "this image": image[row]},
            "The row through heart and liver",
            xaxis=("x (mm)", -200, 200),
            yaxis=("SUV", 0, 4),
            dashed=("corrected in full",),
        ),
        caption=f"mean SUV: {words}",
        alt=f"A chest PET, dark where much tracer is, not corrected and {share} % corrected for "
        f"attenuation by a CT at a breath {breath_mm} mm deeper; the large lesion shows a mean SUV "
        f"of {means['large lesion']:.1f}.",
    )


@lru_cache(maxsize=16)
def iterates(scan_time_s: float, seed: int = 0) -> list[np.ndarray]:
    """Return the image after each pass of OSEM, in SUV and not smoothed."""
    images = []
    reconstruct(
        counted(scan_time_s, seed),
        protocol(scan_time_s),
        MOST_ITERATIONS,
        lambda _, x: images.append(x),
    )
    return images


@lru_cache
def _quiet_noise_place():
    """Return where noise is measured: the muscles of the chest wall and the heart."""
    return truth_mask("muscle") | truth_mask("heart") | truth_mask("blood")


@lru_cache(maxsize=64)
def noise_and_contrast(scan_time_s: float, filter_mm: float, seed: int = 0):
    """Return noise in % and the small lesion's SUV after each pass, each of shape (pass,)."""
    place, spot = _quiet_noise_place(), truth_mask("small lesion")
    images = blur(np.stack(iterates(scan_time_s, seed)), filter_mm, PIXEL_MM)
    clean = blur(np.stack(iterates(np.inf)), filter_mm, PIXEL_MM)
    spread = (images - clean)[:, place].std(axis=1) / clean[:, place].mean(axis=1)
    return 100 * spread, images[:, spot].mean(axis=1)


@explorer(
    title="Watch OSEM converge, and then grow noisy",
    scan_time_s=Slider.of(PETProtocol, "scan_time_s", minimum=5.0),
    n_iterations=Slider(1, MOST_ITERATIONS, 4, unit="", label="Iterations", play_s=6),
    filter_mm=Choice(
        {"none": 0.0, "4 mm": 4.0, "6 mm": 6.0, "10 mm": 10.0}, label="Smoothing afterwards"
    ),
    seed=Button(label="Scan again"),
)
def counts(*, scan_time_s, n_iterations, filter_mm, seed):
    """Buy contrast with iterations and pay in noise, or count longer."""
    image = blur(iterates(scan_time_s, seed)[n_iterations - 1], filter_mm, PIXEL_MM)
    spread, lesion = noise_and_contrast(scan_time_s, filter_mm, seed)
    total = float(counted(scan_time_s, seed).prompts.sum(dtype=float))
    return Picture(
        Image(
            image,
            f"After {n_iterations} passes",
            values=("SUV", 0, 5, "inverse gray"),
            spacing_mm=PIXEL_MM,
        ),
        Lines(
            spread,
            {
                "passes 1 to 10": lesion,
                "this one": (spread[[n_iterations - 1]], lesion[[n_iterations - 1]]),
            },
            "Each pass: more lesion, more noise",
            xaxis=("noise (%)", 3, 400, "log"),
            yaxis=("SUV of the small lesion", 0, 10),
            dots=("this one",),
        ),
        caption=f"{total:,.0f} counts, noise {spread[n_iterations - 1]:.0f} %, small lesion "
        f"{lesion[n_iterations - 1]:.1f} SUV (truth {LESION_SUV:.0f})",
        alt=f"A chest PET of {total:,.0f} counts after {n_iterations} passes of OSEM, and a curve "
        "of the lesion's SUV against noise, along which each pass moves to the right.",
    )
