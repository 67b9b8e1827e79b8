"""Tasks with light: fluid in the retina on OCT, a naevus or a melanoma under the dermatoscope."""

from dataclasses import replace

import numpy as np

from medkit.anatomy.regions.eye import eye
from medkit.anatomy.regions.skin import skin
from medkit.data.tasks.case import (
    Case,
    Knob,
    Task,
    between,
    chart,
    largest_diameter_mm,
    shrink,
    window,
)
from medkit.physics.optics import dermoscopy, oct
from medkit.physics.optics.dermoscopy import DermoscopyProtocol
from medkit.physics.optics.oct_scanner import OCTProtocol

#: Depth and width of the picture of the retina, µm; rows before it, where the eye begins.
DEPTH_UM, WIDTH_UM, BEFORE = 600.0, 3000.0, 4
#: Width of the picture of the skin, mm.
SKIN_MM = 15.0

# ---- fluid in the retina -------------------------------------------------------------------


def draw_fluid(rng, ill, size, lesion):
    """Draw a macula with or without pockets of fluid; drusen and vessels are in both."""
    body, others, disease, record = rng.spawn(4)
    drusen, n_vessels = int(others.poisson(0.8)), int(others.integers(1, 6))
    n = int(disease.integers(1, 4)) if ill else 0
    heights = [between(lesion, "height_um", disease) for _ in range(n)]
    patient = eye(
        fluid=heights,
        drusen=drusen,
        n_vessels=n_vessels,
        rng=body,
        disease_rng=disease,
        shape=(1, 4 * size, 2 * size),
        extent_um=(0.0, DEPTH_UM, WIDTH_UM),
    )
    mask = patient.lesions.get("fluid", np.zeros(patient.shape, bool))
    facts = chart(record, 45, 90) | {"side": str(record.choice(["left", "right"]))}
    if mask.any():
        aside = np.abs(np.argwhere(mask[0])[:, 1] + 0.5 - size).min() * WIDTH_UM / (2 * size)
        spacing = tuple(s / 1000 for s in patient.spacing_um[1:])
        facts |= {
            "lesion": "fluid",
            "location": "fovea" if aside < 250 else "parafoveal zone",
            "size_mm": largest_diameter_mm(mask[0], spacing),
        }
    noise, extra = int(record.integers(2**31)), {"gain_db": float(record.normal(0, 2))}
    return Case(patient, int(ill), facts, shrink(mask[0], size), noise, extra)


def look_oct(case, protocol, size):
    """Scan a retina: two rows and two A-scans are averaged to a pixel, shown from −95 to −45 dB."""
    rows = 2 * size
    index, wavelength = protocol.index, protocol.wavelength_um
    # The spectrometer stays the same, whatever part of it the light fills: equal rows.
    span = wavelength**2 / (2 * index * DEPTH_UM / rows)
    protocol = replace(protocol, span_um=span, n_samples=4 * rows)
    protocol = replace(protocol, zero_delay_um=BEFORE * protocol.depths_um[1])
    spectra = oct.acquire(case.body, protocol, rng=case.noise)
    decibel = oct.reconstruct(spectra, protocol)[0][BEFORE : BEFORE + rows]
    power = (10 ** (decibel / 10)).reshape(size, 2, size, 2).mean((1, 3))
    # The longer the resolution cell, the more light it gathers: the gain makes up for it, and
    # differs a little from one patient to the next.
    gain = 10 * np.log10(10.0 / protocol.axial_resolution_um) + case.extra["gain_db"]
    return window(10 * np.log10(power) + gain, -95, -45)


# ---- melanoma ------------------------------------------------------------------------------


def draw_lesion(rng, ill, size, lesion):
    """Draw a mole or a melanoma: asymmetry, border, colours and diameter, all overlapping."""
    body, kind, disease, record = rng.spawn(4)
    bad = kind.normal(0.5 if ill else -0.5, 0.7, 4)
    diameter = between(lesion, "diameter_mm", disease) + 0.8 * bad[3]
    patch = skin(
        asymmetry=float(np.clip(0.35 + 0.22 * bad[0], 0, 1)),
        border=float(np.clip(0.35 + 0.22 * bad[1], 0, 1)),
        colours=int(np.clip(np.round(2.2 + 0.8 * bad[2]), 1, 4)),
        diameter_mm=float(np.clip(diameter, 2.5, 11)),
        shape=(2 * size, 2 * size),
        field_mm=SKIN_MM,
        rng=body,
    )
    mask = np.asarray(patch.lesion, bool)
    facts = chart(record, 20, 85) | {
        "lesion": "melanoma" if ill else "naevus",
        "side": str(record.choice(["left", "right"])),
        "location": str(record.choice(["forearm", "shoulder", "thigh", "calf", "flank"])),
        "size_mm": largest_diameter_mm(mask, (patch.spacing_mm,) * 2),
    }
    noise, extra = int(record.integers(2**31)), {"exposure": float(record.uniform(0.8, 1.2))}
    return Case(patch, int(ill), facts, shrink(mask, size), noise, extra)


def look_skin(case, protocol, size):
    """Photograph the skin, and average four pixels to one."""
    protocol = replace(protocol, exposure=protocol.exposure * case.extra["exposure"])
    picture = dermoscopy.acquire(case.body, protocol, rng=case.noise) / np.float32(255)
    return picture.reshape(size, 2, size, 2, 3).mean((1, 3))


OCT_FLUID = Task(
    "fluid in the retina, or none",
    "OPT",
    "eye",
    ("no fluid", "fluid"),
    OCTProtocol(bandwidth_um=0.022),
    Knob.of(OCTProtocol, "bandwidth_um", (0.002, 0.003, 0.005, 0.008, 0.013, 0.022)),
    {"height_um": (15.0, 80.0)},
    draw_fluid,
    look_oct,
)
SKIN_LESION = Task(
    "a melanoma or a harmless mole",
    "XC",
    "skin",
    ("naevus", "melanoma"),
    DermoscopyProtocol(),
    Knob.of(DermoscopyProtocol, "blur_mm", (3.0, 1.5, 0.8, 0.4, 0.03)),
    {"diameter_mm": (4.0, 8.5)},
    draw_lesion,
    look_skin,
)
