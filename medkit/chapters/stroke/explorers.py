"""Explorer of ``41_stroke``: hours in three pictures; minutes in a queue are in `queue`."""

from functools import lru_cache

import numpy as np
from scipy import ndimage

from medkit.anatomy.lesions import blob
from medkit.anatomy.regions.head import head
from medkit.anatomy.stroke import water_uptake
from medkit.chapters.mri.diffusion import infarcted, stroke_protocols
from medkit.physics import ct, mri
from medkit.views.explorer import Choice, Image, Picture, Slider, explorer

SIZE, FIELD_MM = 96, 240.0
PIXEL_MM = FIELD_MM / SIZE
#: Windows of a head in HU: the usual one, and a narrow one for a stroke (width 30, level 30).
WINDOWS = {"brain, 0 to 80 HU": (0, 80), "stroke, 15 to 45 HU": (15, 45)}
TISSUES = ("grey_matter", "white_matter")


@lru_cache(maxsize=1)
def _sick():
    """Return a head of 192 pixels and the share of infarct in it, both halved for the scanners."""
    patient = head((8.0, 12.0), shape=(2 * SIZE,) * 2, rng=7).plane(0)
    q = blob(patient, (8.0, 0.0, 50.0), (30.0, 34.0, 22.0), rough=0.15, rng=1)
    return patient, (q < 1) & (patient.grid_mm()[2] > 0)


@lru_cache(maxsize=1)
def _ct_parts():
    """Return HU of the healthy head, of its lesion's brain alone, and noise at 1 mAs."""
    patient, lesion = _sick()
    protocol = ct.CTProtocol(120.0, 1.0, n_views=180, detector_spacing_mm=PIXEL_MM)
    through = ct.project(patient, protocol)

    def seen(mas, rng=0):
        quiet = ct.CTProtocol(120.0, mas, n_views=180, detector_spacing_mm=PIXEL_MM)
        mu = ct.reconstruct(ct.count(through, quiet, rng=rng), quiet, filter="hann")
        return ct.to_hounsfield(mu, quiet.effective_energy_kev)

    clean = seen(np.inf)
    brain = lesion[0] & patient.where(*TISSUES)[0]
    share = brain.reshape(SIZE, 2, SIZE, 2).mean((1, 3))
    return clean, share * clean, 10 * (seen(100.0) - clean)


@lru_cache(maxsize=2)
def _mr_parts(name):
    """Return the complex images of the healthy head and of each tissue of its lesion, and noise."""
    patient, lesion = _sick()
    protocol = stroke_protocols()[name]
    healthy = {t: mri.tissue_signal(t, protocol) for t in patient.tissues}

    def image(parts):
        parts = parts.reshape(SIZE, 2, SIZE, 2).mean((1, 3))
        return ndimage.gaussian_filter(parts, 0.4).astype(np.float32)

    base = image(patient.map(healthy)[0])
    dead = {
        t: image((patient.map({u: float(u == t) for u in patient.tissues}) * lesion)[0])
        for t in TISSUES
    }
    normal = np.random.default_rng(2).normal(size=(2, SIZE, SIZE)).astype(np.float32)
    return base, dead, 0.02 * healthy["grey_matter"] * normal


def aged(name: str, age_h: float) -> np.ndarray:
    """Return the image of a stroke `age_h` hours old, by "DWI" or "FLAIR"."""
    base, dead, noise = _mr_parts(name)
    protocol = stroke_protocols()[name]
    seen = base + noise[0]
    for tissue, part in dead.items():
        change = infarcted(tissue, age_h, protocol) - mri.tissue_signal(tissue, protocol)
        seen = seen + np.float32(change) * part
    return np.hypot(seen, noise[1])


@explorer(
    title="Hours since the blood stopped",
    age_h=Slider(0.0, 9.0, 3.0, 0.25, unit="h", label="Hours since the blood stopped", play_s=9),
    current_mas=Slider(20.0, 400.0, 200.0, unit="mAs", label="CT: tube current × time", log=True),
    window=Choice(list(WINDOWS), default="stroke, 15 to 45 HU", label="CT: window"),
)
def onset(*, age_h, current_mas, window):
    """Let hours pass over one stroke, seen by CT, by diffusion and by FLAIR."""
    clean, dead, noise = _ct_parts()
    lost = float(water_uptake(age_h))
    seen = clean - lost * dead + noise / np.sqrt(current_mas)
    panels = [
        Image(
            seen,
            title=f"CT after {age_h:g} h",
            unit="HU",
            limits=WINDOWS[window],
            spacing_mm=PIXEL_MM,
        )
    ]
    ratio = {}
    for name, protocol in stroke_protocols().items():
        grey = mri.tissue_signal("grey_matter", protocol)
        ratio[name] = infarcted("grey_matter", age_h, protocol) / grey
        panels.append(
            Image(
                aged(name, age_h) / grey,
                title=name,
                values=("grey matter = 1", 0, 2.4 if name == "DWI" else 1.8),
                spacing_mm=PIXEL_MM,
            )
        )
    words = (
        f"CT {-36 * lost:+.1f} HU; DWI {100 * (ratio['DWI'] - 1):+.0f} %; "
        f"FLAIR {100 * (ratio['FLAIR'] - 1):+.0f} % of grey matter"
    )
    return Picture(
        *panels,
        caption=f"after {age_h:g} h: {words}",
        alt=f"One head with a stroke at the right edge of the picture by CT, diffusion-weighted "
        f"MRI and FLAIR, {age_h:g} hours after the blood stopped: {words}.",
    )
