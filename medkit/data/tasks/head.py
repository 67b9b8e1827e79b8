"""Tasks in the head: a bleed on CT, a tumour on FLAIR MRI, a stroke on diffusion MRI."""

from dataclasses import replace

import numpy as np

from medkit.anatomy.fields import smooth_field
from medkit.anatomy.lesions import blob
from medkit.anatomy.regions.head import head
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
from medkit.physics import ct, mri
from medkit.physics.ct.scanner import CTProtocol

#: Width of the picture, mm, and how many voxels of the patient make one pixel.
FIELD_MM, FINE = 240.0, 2
_TISSUE = ("grey_matter", "white_matter", "brain")
#: What stands in for a tumour and its oedema on MRI: of the kit's tissues blood has the long
#: T1 and T2 (1.9 s and 275 ms at 3 T) that swollen brain has.
SWOLLEN = "blood"
#: Hounsfield units of clotted blood and of brain in this kit, to give a clot any contrast.
CLOT_HU, BRAIN_HU = 68.0, 36.0


def _body(rng, size):
    """Draw a head, one plane above the base of the skull, with its places for lesions."""
    height = rng.uniform(2, 34)
    # `plain`, as the stored networks and numbers were made with these heads. When the networks are
    # trained anew: leave it out, and let `_grain` multiply the density instead of setting it.
    patient = head(height, shape=(FINE * size,) * 2, field_mm=FIELD_MM, plain=True, rng=rng)
    return patient, patient.where(*_TISSUE)


def _round(patient, centre, radius, rng, rough=0.12):
    """Return where a rounded lesion lies, its half-axes drawn about a mean radius."""
    return blob(patient, centre, radius * rng.uniform(0.75, 1.3, 3), rough=rough, rng=rng)


def _facts(patient, mask, rng, lesion):
    """Say what a chart would: who it is, and what the truth measures."""
    facts = chart(rng, 25, 90)
    if not mask.any():
        return facts
    back, left = middle(patient, mask)
    if np.hypot(back - 5, abs(left) - 25) < 18:
        location = "basal ganglia"
    else:
        lobes = ("frontal lobe", "temporal lobe", "parietal lobe", "occipital lobe")
        lateral = 1 if patient.origin_mm[0] < 18 else 2
        location = lobes[0 if back < -18 else 3 if back > 45 else lateral]
    side = "left" if left > 0 else "right"
    size = largest_diameter_mm(mask[0], patient.spacing_mm[1:])
    return facts | {"lesion": lesion, "side": side, "location": location, "size_mm": size}


# ---- bleed on CT ---------------------------------------------------------------------------


def _grain(patient, rng):
    """Give brain its uneven density (a few HU), and this patient's own grey."""
    brain = patient.where(*_TISSUE, "csf")
    pixels = patient.shape[1:]
    uneven = 0.0025 * smooth_field(pixels, 2 * (3.5 / patient.spacing_mm[1],), rng)
    uneven += 0.0025 * smooth_field(pixels, 2 * (14 / patient.spacing_mm[1],), rng)
    density = np.where(brain, 1 + uneven + rng.normal(0, 0.002), 1).astype(np.float32)
    return replace(patient, density=density)


def _lookalikes(patient, inside, rng):
    """Add what is bright or dark in healthy heads, too: calcium, vessels, old scars."""
    for _ in range(rng.poisson(0.5)):  # calcium of the basal ganglia, small and often on both sides
        up, back, left = place(patient, inside, rng)
        left, back = rng.uniform(14, 26), rng.uniform(-5, 12)
        for side in (-1, 1)[: rng.integers(1, 3)]:
            q = _round(patient, (up, back, side * left), rng.uniform(0.9, 2.2), rng)
            patient = patient.with_lesion("calcium", (q < 1) & inside, "calcification")
            patient.density[patient.lesions["calcium"]] = rng.uniform(0.5, 0.75)
    for _ in range(rng.poisson(0.7)):  # a vessel that meets the slice
        q = _round(patient, place(patient, inside, rng), rng.uniform(1.0, 2.4), rng)
        patient = patient.with_lesion("vessel", (q < 1) & inside, "blood")
    for _ in range(rng.poisson(0.6)):
        q = _round(patient, place(patient, inside, rng), rng.uniform(3, 9), rng, 0.3)
        patient = patient.with_lesion("scar", (q < 1) & inside, "infarct")
    return patient


def draw_bleed(rng, ill, size, lesion):
    """Draw a head with or without clotted blood."""
    body, others, disease, record = rng.spawn(4)
    patient, inside = _body(body, size)
    patient = _lookalikes(_grain(patient, others), inside, others)
    mask = np.zeros(patient.shape, bool)
    if ill:
        radius = between(lesion, "radius_mm", disease)
        excess = between(lesion, "contrast_hu", disease)
        mask = (_round(patient, place(patient, inside, disease), radius, disease) < 1) & inside
        patient = patient.with_lesion("bleed", mask, "blood_clot")
        # Blood that clots, thins or mixes with fluid has any density up to that of a fresh clot.
        patient.density[mask] = (1000 + BRAIN_HU + excess) / (1000 + CLOT_HU)
    facts = _facts(patient, mask, record, "bleed")
    return Case(patient, int(ill), facts, shrink(mask[0], size), int(record.integers(2**31)))


def look_ct(case, protocol, size):
    """Scan a head and show the brain window: 0 to 80 HU."""
    protocol = replace(protocol, detector_spacing_mm=FIELD_MM / size)
    sinogram = ct.acquire(case.body, protocol, rng=case.noise)
    mu = ct.reconstruct(sinogram, protocol, filter="hann")
    return window(ct.to_hounsfield(mu, protocol.effective_energy_kev), 0, 80)


# ---- tumour and stroke on MRI --------------------------------------------------------------


def _spots(patient, inside, rng, mean):
    """Add the small bright spots that ageing leaves in white matter."""
    for _ in range(rng.poisson(mean)):
        q = _round(patient, place(patient, inside, rng), rng.uniform(0.9, 3.2), rng, 0.25)
        patient = patient.with_lesion("spots", (q < 1) & inside, "infarct")
    return patient


def _mr_case(rng, ill, size, lesion, name, where, tissue):
    """Draw a head, with spots, and with a lesion of which each voxel holds only a share."""
    body, others, disease, record = rng.spawn(4)
    patient, inside = _body(body, size)
    white = patient.where("white_matter")
    patient = _spots(patient, white, others, 2.5)
    mask, share, sick = np.zeros(patient.shape, bool), 0.0, patient
    if ill:
        radius, share = between(lesion, "radius_mm", disease), between(lesion, "share", disease)
        mask = where(patient, inside, radius, disease)
        sick = patient.with_lesion(name, mask, tissue)
    facts = _facts(patient, mask, record, name)
    extra = {"sick": sick, "share": share, "bias": _bias(others)}
    noise = int(record.integers(2**31))
    return Case(patient, int(ill), facts, shrink(mask[0], size), noise, extra)


def _bias(rng):
    """Draw how the coil hears: its gain, a slope to the right, and one to the back."""
    return float(np.exp(rng.normal(0, 0.2))), *(float(v) for v in rng.normal(0, 0.08, 2))


def _in_white_matter(patient, inside, radius, rng):
    """Begin in white matter, and grow into what is next to it."""
    inside_white = patient.where("white_matter")
    return (_round(patient, place(patient, inside_white, rng), radius, rng, 0.2) < 1) & inside


def _one_territory(patient, inside, radius, rng):
    """Keep to one half of the brain, which is what an artery feeds."""
    centre = place(patient, inside, rng)
    half = np.sign(patient.grid_mm()[2]) == np.sign(centre[2])
    return (_round(patient, centre, radius, rng, 0.3) < 1) & inside & half


def draw_tumour(rng, ill, size, lesion):
    """Draw a head with or without a tumour: a share of each voxel is swollen tissue."""
    return _mr_case(rng, ill, size, lesion, "tumour", _in_white_matter, SWOLLEN)


def draw_stroke(rng, ill, size, lesion):
    """Draw a head with or without an acute infarct: cells swell, water cannot move."""
    return _mr_case(rng, ill, size, lesion, "stroke", _one_territory, "infarct")


def measure_mr(case, protocol, size):
    """Return the k-space of a head, and the protocol with its matrix.

    The lesion's part is added in its share, as MRI is linear.
    """
    protocol = replace(protocol, matrix=(size, size), fov_mm=(FIELD_MM, FIELD_MM))
    at = np.linspace(-1, 1, case.body.shape[1])
    gain, across, down = case.extra["bias"]
    coil = (gain * (1 + across * at + down * at[:, None])).astype(np.complex64)[None]
    data = mri.acquire(case.body, protocol, rng=case.noise, sensitivities=coil)
    if case.extra["share"]:
        quiet = replace(protocol, noise=0)
        ill, well = (
            mri.acquire(p, quiet, sensitivities=coil) for p in (case.extra["sick"], case.body)
        )
        data = data + np.float32(case.extra["share"]) * (ill - well)
    return data, protocol


def look_mr(case, protocol, size, white):
    """Scan a head and show 0 to `white`."""
    return window(mri.reconstruct(*measure_mr(case, protocol, size)), 0, white)


def look_flair(case, protocol, size):
    """Scan with FLAIR: fluid is dark, swollen tissue is bright."""
    return look_mr(case, protocol, size, 0.3)


def look_diffusion(case, protocol, size):
    """Scan with diffusion weighting: bright where water cannot move."""
    return look_mr(case, protocol, size, 0.35)


CT_BLEED = Task(
    "clotted blood in the brain, or none",
    "CT",
    "head",
    ("no bleed", "bleed"),
    CTProtocol(n_views=120, tube_current_mas=100.0, slice_thickness_mm=1.0),
    Knob.of(CTProtocol, "tube_current_mas", (0.1, 0.3, 1.0, 3.0, 10.0, 100.0)),
    {"radius_mm": (5.0, 22.0), "contrast_hu": (12.0, 36.0)},
    draw_bleed,
    look_ct,
)
MRI_TUMOUR = Task(
    "a tumour in the brain, or none",
    "MR",
    "head",
    ("no tumour", "tumour"),
    mri.preset("FLAIR", n_coils=1, sampling="random", calibration_lines=6),
    Knob.of(mri.MRProtocol, "acceleration", (8.0, 6.0, 4.0, 3.0, 2.0, 1.0)),
    {"radius_mm": (5.0, 20.0), "share": (0.15, 0.7)},
    draw_tumour,
    look_flair,
)
MRI_STROKE = Task(
    "an acute stroke, or none",
    "MR",
    "head",
    ("no stroke", "stroke"),
    mri.preset("DWI", n_coils=1),
    Knob.of(mri.MRProtocol, "field_t", (0.01, 0.02, 0.05, 0.1, 0.3, 3.0)),
    {"radius_mm": (5.0, 22.0), "share": (0.15, 0.8)},
    draw_stroke,
    look_diffusion,
)
