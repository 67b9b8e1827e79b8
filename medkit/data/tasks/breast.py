"""Task in the breast: a harmless or a malignant mass on ultrasound. Everybody has a mass."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from medkit.anatomy.regions.breast import breast
from medkit.data.tasks.case import Case, Knob, Task, between, largest_diameter_mm, shrink, window
from medkit.physics.ultrasound import UltrasoundProtocol, bmode, display, scanlines
from medkit.physics.ultrasound.scatterers import random_scatterers
from medkit.physics.ultrasound.transducer import Transducer

#: Voxel of the patient, mm, and how many rows and columns of it there are for 64 pixels.
EXTENT_MM = (38.4, 38.4)
#: Electronic noise against the echo of one scatterer of strength 1 at the focus, if nothing
#: were lost on the way. It sets how deep one sees at each frequency: about 35 mm at 7.6 MHz.
NOISE = 0.0015


def _traits(ill, rng):
    """Draw what a mass looks like: each trait overlaps between harmless and malignant."""
    bad = rng.normal(0.5 if ill else -0.5, 0.6, 4)  # how malignant each trait looks, 0 is between
    return {
        "tall": float(np.clip(0.85 + 0.22 * bad[0], 0.45, 1.3)),
        "rough": float(np.clip(0.08 + 0.07 * bad[1], 0.0, 0.22)),
        "spikes": float(np.clip(0.25 * bad[2], 0.0, 0.35)),
        "blocks": bool(bad[3] > 0.25),  # it takes sound away: a shadow
    }


def _outline(patient, centre, width, traits, rng):
    """Return 0 in the middle of the mass and 1 on its outline."""
    _, z, x = patient.grid_mm()
    z, x = (z - centre[0])[0], (x - centre[1])[0]
    angle, phase = np.arctan2(z, x), rng.uniform(0, 2 * np.pi, 9)
    waves = sum(np.sin(k * angle + phase[k]) / np.sqrt(k) for k in range(2, 8))
    ridge = np.sin(5 * angle + phase[0]) + np.sin(7 * angle + phase[1])
    radius = 1 + traits["rough"] * waves + traits["spikes"] * np.clip(ridge - 0.8, 0, 1)
    tall = np.sqrt(traits["tall"])
    return np.hypot(x * tall, z / tall) / (0.5 * width * radius)


def draw_mass(rng, ill, size, lesion):
    """Draw a breast with a carcinoma, or with a fibroadenoma or a cyst."""
    body, kind, disease, chart = rng.spawn(4)
    spacing = EXTENT_MM[1] / (2 * size)
    patient = breast(
        glandular=float(chart.uniform(0.3, 0.8)), extent_mm=EXTENT_MM, spacing_mm=spacing, rng=body
    )
    name = "carcinoma" if ill else "cyst" if kind.random() < 0.1 else "fibroadenoma"
    traits, width = _traits(ill, kind), between(lesion, "size_mm", disease)
    middle = patient.origin_mm[1] + disease.uniform(10, 18), disease.uniform(-8, 8)
    q = _outline(patient, middle, width, traits, disease)
    mask = (q < 1)[None]
    filling = "carcinoma" if traits["blocks"] else "fibroadenoma"
    rim = (q < 1 + disease.uniform(0.2, 1.2) / width)[None]
    patient = patient.with_lesion("rim", rim, "fibrous")
    patient = patient.with_lesion(name, mask, "water" if name == "cyst" else filling)
    quadrant = str(chart.choice(["upper outer", "upper inner", "lower outer", "lower inner"]))
    facts = {
        "age_years": int(chart.integers(25, 85)),
        "sex": "F",
        "lesion": "malignant" if ill else "benign",
        "side": str(chart.choice(["left", "right"])),
        "location": f"{quadrant} quadrant",
        "size_mm": largest_diameter_mm(mask[0], (spacing, spacing)),
    }
    extra = {"gain": 10 ** (chart.normal(0, 3) / 20)}  # nobody turns it to the same brightness
    noise = int(chart.integers(2**31))
    return Case(patient, int(ill), facts, shrink(mask[0], size), noise, extra)


@lru_cache(maxsize=64)
def _beam(protocol):
    return scanlines.beam(protocol)


def look_ultrasound(case, protocol, size):
    """Scan line by line; the noise does not grow with depth, so time gain makes it seen."""
    protocol = replace(protocol, shape=(2 * size, size), depth_mm=EXTENT_MM[0])
    rng = np.random.default_rng(case.noise)
    points = random_scatterers(case.body, rng=rng)
    lines = scanlines.scan(points, protocol, response=_beam(protocol), looks=3)
    noise = NOISE * rng.standard_normal((2, *lines.shape))
    lines = np.hypot(lines + noise[0], noise[1])
    # A sonographer turns the gain until the gland, not the skin, is well seen.
    gland = (lines * bmode.time_gain(protocol)[:, None])[len(lines) // 6 : 2 * len(lines) // 3]
    reference = 2 * np.percentile(gland, 95) * case.extra["gain"]
    picture = display(lines, protocol, reference=reference, smooth_mm=0.25, dynamic_range_db=50)
    return window(picture, -50, 0).reshape(size, 2, size).mean(1)


US_BREAST = Task(
    "a malignant or a harmless mass in the breast",
    "US",
    "breast",
    ("benign", "malignant"),
    UltrasoundProtocol(
        transducer=Transducer(frequency_mhz=7.6), focus_mm=18.0, transmit_elements=48
    ),
    Knob.of(Transducer, "frequency_mhz", (2.0, 3.5, 5.0, 7.6, 11.0, 15.0, 20.0)),
    {"size_mm": (5.0, 14.0)},
    draw_mass,
    look_ultrasound,
)
