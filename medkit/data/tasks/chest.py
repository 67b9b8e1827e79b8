"""Tasks in the chest: a nodule in the lung on CT, a hot spot on PET."""

from dataclasses import replace

import numpy as np
from scipy import ndimage

from medkit.anatomy.fields import smooth_field
from medkit.anatomy.lesions import blob
from medkit.anatomy.regions.thorax import thorax
from medkit.data.tasks.case import (
    Case,
    Knob,
    Task,
    between,
    chart,
    largest_diameter_mm,
    middle,
    place,
    shrink,
    window,
)
from medkit.physics import ct, pet
from medkit.physics.ct.scanner import CTProtocol
from medkit.physics.pet.scanner import PETProtocol
from medkit.physics.pet.uptake import usual_suv

#: Width of the picture, mm, and how many voxels of the patient make one pixel.
FIELD_MM, FINE = 400.0, 2
_LUNG = ("lung", "lung_inspired", "lung_collapsed")


def _body(rng, size):
    """Draw a chest, one plane between the heart and the arch of the aorta."""
    # `plain`, as for the heads: when the networks are trained anew, leave it out.
    height, pixels = rng.uniform(-60, 35), (FINE * size,) * 2
    return thorax(height, shape=pixels, field_mm=FIELD_MM, plain=True, rng=rng)


def _facts(patient, mask, rng, lesion):
    """Say what a chart would: who it is, and what the truth measures."""
    facts = chart(rng, 35, 85)
    if not mask.any():
        return facts
    back, left = middle(patient, mask)
    side, height = "left" if left > 0 else "right", patient.origin_mm[0]
    if not patient.where(*_LUNG)[ndimage.binary_dilation(mask, iterations=3)].any():
        return facts | {
            "lesion": lesion,
            "side": side,
            "location": "mediastinum" if abs(left) < 45 else "chest wall",
            "size_mm": largest_diameter_mm(mask[0], patient.spacing_mm[1:]),
        }
    location = "upper lobe" if height > 0 or (back < 0 and side == "left") else "lower lobe"
    if side == "right" and location == "lower lobe" and back < 0:
        location = "middle lobe"
    size = largest_diameter_mm(mask[0], patient.spacing_mm[1:])
    return facts | {"lesion": lesion, "side": side, "location": location, "size_mm": size}


# ---- nodule on CT --------------------------------------------------------------------------


def _lung_grain(patient, rng):
    """Make the lung uneven, denser behind, and leave a scar in some."""
    lung, up_back_left = patient.where(*_LUNG), patient.grid_mm()
    uneven = 1 + 0.08 * smooth_field(patient.shape[1:], 2 * (8 / patient.spacing_mm[1],), rng)
    density = np.where(lung, patient.density * uneven, patient.density)
    for _ in range(rng.poisson(0.8)):  # a band of scar: long and thin, which a nodule is not
        centre, turn = place(patient, lung, rng), rng.uniform(0, np.pi)
        across = (up_back_left[1] - centre[1]) * np.cos(turn) + (
            up_back_left[2] - centre[2]
        ) * np.sin(turn)
        along = blob(patient, centre, rng.uniform(10, 22))
        band = lung & (np.abs(across) < rng.uniform(1, 2.5)) & (along < 1)
        density[band] = np.maximum(density[band], rng.uniform(1.5, 3.0))
    return replace(patient, density=density.astype(np.float32))


def draw_nodule(rng, ill, size, lesion):
    """Draw a chest with or without a nodule, solid or like ground glass."""
    body, others, disease, record = rng.spawn(4)
    patient = _lung_grain(_body(body, size), others)
    lung = patient.where(*_LUNG)
    mask = np.zeros(patient.shape, bool)
    if ill:
        radius, solid = between(lesion, "radius_mm", disease), between(lesion, "density", disease)
        radii = radius * disease.uniform(0.85, 1.18, 3)
        q = blob(patient, place(patient, lung, disease), radii, rough=0.12, rng=disease)
        mask = (q < 1) & (lung | patient.where("blood"))
        patient = patient.with_lesion("nodule", mask, "nodule")
        patient.density[mask] = solid
    facts = _facts(patient, mask, record, "nodule")
    return Case(patient, int(ill), facts, shrink(mask[0], size), int(record.integers(2**31)))


def look_lung(case, protocol, size):
    """Scan a chest and show the lung window: −950 to −150 HU."""
    protocol = replace(protocol, detector_spacing_mm=FIELD_MM / size)
    mu = ct.reconstruct(
        ct.acquire(case.body, protocol, rng=case.noise), protocol, filter="shepp-logan"
    )
    return window(ct.to_hounsfield(mu, protocol.effective_energy_kev), -950, -150)


# ---- hot spot on PET -----------------------------------------------------------------------


def draw_hotspot(rng, ill, size, lesion):
    """Draw a chest with or without a tumour that burns sugar; some have mild inflammation."""
    body, others, disease, record = rng.spawn(4)
    patient = _body(body, size)
    uptake = usual_suv(patient.tissues, others)
    inside = patient.where(*_LUNG, "soft_tissue", "adipose", "breast") & (
        np.abs(patient.grid_mm()[1]) < 95
    )
    for k in range(others.poisson(0.8)):
        centre, radius = place(patient, inside, others), others.uniform(3, 7)
        spot = (blob(patient, centre, radius, rough=0.1, rng=others) < 1) & inside
        if spot.any():
            patient = patient.with_lesion(f"inflamed {k}", spot, "soft_tissue")
            uptake[f"inflamed {k}"] = float(others.uniform(1.0, 2.0))
    mask = np.zeros(patient.shape, bool)
    if ill:
        radius, suv = between(lesion, "radius_mm", disease), between(lesion, "suv", disease)
        q = blob(patient, place(patient, inside, disease), radius, rough=0.1, rng=disease)
        mask = (q < 1) & inside
        patient = patient.with_lesion("hot spot", mask, "nodule")
        uptake["hot spot"] = suv
    facts = _facts(patient, mask, record, "hotspot")
    noise = int(record.integers(2**31))
    return Case(patient, int(ill), facts, shrink(mask[0], size), noise, {"uptake": uptake})


def uptake_pet(case):
    """Return the SUV of each tissue and lesion that is in the plane."""
    there = {*case.body.tissues, *case.body.lesions}
    return {name: suv for name, suv in case.extra["uptake"].items() if name in there}


def look_pet(case, protocol, size):
    """Count a chest and show SUV 0 to 3.5."""
    protocol = replace(protocol, detector_spacing_mm=FIELD_MM / size)
    data = pet.acquire(case.body, protocol, uptake=uptake_pet(case), rng=case.noise)
    image = pet.reconstruct(data, protocol, n_iterations=2, n_subsets=8, filter_mm=8.0)
    return window(image / protocol.suv_bq_ml, 0, 3.5)


CT_NODULE = Task(
    "a nodule in the lung, or none",
    "CT",
    "thorax",
    ("no nodule", "nodule"),
    CTProtocol(n_views=120, tube_current_mas=30.0, slice_thickness_mm=1.0),
    Knob.of(CTProtocol, "tube_current_mas", (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)),
    {"radius_mm": (6.0, 18.0), "density": (0.4, 1.0)},
    draw_nodule,
    look_lung,
)
PET_HOTSPOT = Task(
    "a spot in the chest that takes up sugar, or none",
    "PT",
    "thorax",
    ("no hot spot", "hot spot"),
    PETProtocol(n_views=64),
    Knob.of(PETProtocol, "scan_time_s", (1.0, 3.0, 10.0, 30.0, 120.0, 480.0)),
    {"radius_mm": (5.0, 13.0), "suv": (2.0, 6.0)},
    draw_hotspot,
    look_pet,
)
