"""Task in the breast: a harmless or a malignant mass on ultrasound. Everybody has a mass."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from medkit.anatomy.breast import breast
from medkit.data.tasks.case import Case, Knob, Task, between, largest_diameter_mm, shrink, window
from medkit.physics import bmode, scanlines
from medkit.physics.scatterers import sow
from medkit.physics.transducer import Transducer
from medkit.physics.ultrasound import UltrasoundProtocol, display

#: Voxel of the patient, mm, and how many rows and columns of it there are for 64 pixels.
EXTENT_MM = (38.4, 38.4)
#: Electronic noise against the echo of one scatterer of strength 1 at the focus, if nothing
#: were lost on the way. It sets how deep one sees at each frequency: about 35 mm at 7.6 MHz.
NOISE = 0.0015


def draw_mass(rng, ill, size, lesion):
    """Draw a breast with a carcinoma, or with a fibroadenoma or a cyst."""
    body, kind, disease, chart = rng.spawn(4)
    # Some cancers are round and some fibroadenomas are not: the shapes overlap.
    harmless = "fibroadenoma" if kind.random() < 0.85 else "cyst"
    name = "carcinoma" if ill else harmless
    width = between(lesion, "size_mm", disease)
    spacing = EXTENT_MM[1] / (2 * size)
    glandular = float(chart.uniform(0.3, 0.8))
    patient = breast(name, size_mm=width, glandular=glandular, extent_mm=EXTENT_MM,
                     spacing_mm=spacing, rng=body)  # fmt: skip
    mask = patient.lesions[name][0]
    quadrant = str(chart.choice(["upper outer", "upper inner", "lower outer", "lower inner"]))
    facts = {"age_years": int(chart.integers(25, 85)), "sex": "F", "lesion": name,
             "side": str(chart.choice(["left", "right"])), "location": f"{quadrant} quadrant",
             "size_mm": largest_diameter_mm(mask, (spacing, spacing))}  # fmt: skip
    return Case(patient, int(ill), facts, shrink(mask, size), int(chart.integers(2**31)))


@lru_cache(maxsize=16)
def _beam(protocol):
    return scanlines.beam(protocol)


def look_ultrasound(case, protocol, size):
    """Scan line by line; the noise does not grow with depth, so time gain makes it seen."""
    protocol = replace(protocol, shape=(2 * size, size), depth_mm=EXTENT_MM[0])
    rng = np.random.default_rng(case.noise)
    lines = scanlines.scan(sow(case.body, rng=rng), protocol, response=_beam(protocol), looks=3)
    noise = NOISE * rng.standard_normal((2, *lines.shape))
    lines = np.hypot(lines + noise[0], noise[1])
    # A sonographer turns the gain until the gland, not the skin, is well seen.
    gland = (lines * bmode.time_gain(protocol)[:, None])[len(lines) // 6 : 2 * len(lines) // 3]
    reference = 2 * np.percentile(gland, 95)
    picture = display(lines, protocol, reference=reference, smooth_mm=0.25, dynamic_range_db=50)
    return window(picture, -50, 0).reshape(size, 2, size).mean(1)


US_BREAST = Task(
    "a malignant or a harmless mass in the breast", "US", "breast", ("benign", "malignant"),
    UltrasoundProtocol(transducer=Transducer(frequency_mhz=7.6), focus_mm=18.0,
                       transmit_elements=48),
    Knob("frequency_mhz", "Centre frequency", "MHz", (2.0, 3.5, 5.0, 7.5, 10.0, 14.0, 18.0)),
    {"size_mm": (5.0, 14.0)}, draw_mass, look_ultrasound,
)  # fmt: skip
