"""A breast as an ultrasound transducer on the skin sees it, with a cyst or a tumour.

From the top: gel, skin, fat with Cooper's ligaments in it, glandular tissue, a second
layer of fat, the fascia, the breast muscle, and ribs with lung between them.
"""

import numpy as np

from medkit.anatomy.fields import smooth_field
from medkit.anatomy.patient import Patient

TISSUES = (
    "water", "skin", "adipose", "breast", "fibrous", "muscle", "cortical_bone", "lung",
    "fibroadenoma", "carcinoma", "calcification",
)  # fmt: skip
_LABEL = {name: k for k, name in enumerate(TISSUES)}
#: How strong the waves of a layer's depth are, from the shortest on.
WAVES = (0.25, 0.3, 0.35, 0.4)
LESIONS = ("cyst", "fibroadenoma", "carcinoma")


def _field(rng, shape, spacing_mm, across_mm, along_mm):
    """Smooth random field with features wider than they are deep."""
    return smooth_field(shape, (across_mm / spacing_mm, along_mm / spacing_mm), rng)


def _depth(rng, x, mean_mm, sway_mm, along_mm=9.0):
    """Depth of a wavy layer below each column."""
    phase = rng.uniform(0, 2 * np.pi, 4)
    waves = [np.sin(2 * np.pi * x / (along_mm * (k + 1)) + phase[k]) for k in range(4)]
    return mean_mm + sway_mm * sum(w * s for w, s in zip(waves, WAVES, strict=True))


def _layers(rng, x, z, shape, spacing_mm, glandular):
    """Paint everything but the lesion."""
    labels = np.full(shape, _LABEL["adipose"], np.uint8)
    skin = _depth(rng, x, 0.4, 0.15, 20), _depth(rng, x, rng.uniform(1.6, 2.2), 0.15, 15)
    tilt = rng.normal(0, 0.04) * x + rng.normal(0, 1.0) * np.cos(x / rng.uniform(6, 14))
    upper = _depth(rng, x, rng.uniform(6.5, 9), 1.8) - 0.5 * tilt
    lower = _depth(rng, x, rng.uniform(21, 24), 2.2) + tilt
    fascia = _depth(rng, x, rng.uniform(25.5, 27.5), 1.0, 20) + tilt
    deep = fascia + rng.uniform(6.5, 8.5) + 0.4 * np.sin(x / 6)
    septa = np.abs(_field(rng, shape, spacing_mm, 1.3, 4.5))
    inside = (z > upper + 0.8 * septa) & (z < lower)
    lobules = _field(rng, shape, spacing_mm, 0.9, 2.6)
    threshold = np.quantile(lobules, 1 - glandular)
    labels[inside & (lobules > threshold)] = _LABEL["breast"]
    labels[inside & (np.abs(_field(rng, shape, spacing_mm, 0.6, 3.0)) < 0.05)] = _LABEL["fibrous"]
    labels[~inside & (septa < 0.045)] = _LABEL["fibrous"]
    labels[np.abs(z - upper) < 0.12] = _LABEL["fibrous"]
    labels[z > fascia] = _LABEL["muscle"]
    fibres = _field(rng, shape, spacing_mm, 0.35, 8.0)
    labels[(z > fascia) & (fibres > 1.7)] = _LABEL["fibrous"]
    labels[np.abs(z - fascia) < 0.25] = _LABEL["fibrous"]
    labels[np.abs(z - deep) < 0.2] = _LABEL["fibrous"]
    rib = rng.uniform(-16, 16)
    bone = np.hypot((x - rib) / 6, (z - deep - 3.2) / 2.8) < 1
    labels[z > deep + 0.2] = _LABEL["lung"]
    labels[bone] = _LABEL["cortical_bone"]
    labels[z < skin[1]] = _LABEL["skin"]
    labels[z < skin[0]] = _LABEL["water"]
    return labels


def _outline(lesion, x, z, size_mm, rng):
    """Return the distance from the lesion's middle, 1 on its outline, which tells its kind."""
    centre = rng.uniform(-7, 7), rng.uniform(12, 18)
    angle = np.arctan2(z - centre[1], x - centre[0])
    phase = rng.uniform(0, 2 * np.pi, 12)
    if lesion == "carcinoma":  # taller than wide, angular, with spikes
        flat, orders, rough = rng.uniform(0.85, 1.25), range(2, 12), 0.15
        ridge = np.sin(5 * angle + phase[0]) + np.sin(8 * angle + phase[1])
        spikes = 0.3 * np.clip(ridge - 0.8, 0, 1)
    else:  # smooth, lying down; a fibroadenoma has a few gentle lobes
        flat = rng.uniform(0.55, 0.75) if lesion == "fibroadenoma" else rng.uniform(0.75, 1.0)
        orders, rough, spikes = range(2, 5), 0.09 if lesion == "fibroadenoma" else 0.02, 0.0
    waves = sum(np.sin(k * angle + phase[k]) / np.sqrt(k) for k in orders)
    radius = 0.5 * size_mm * (1 + rough * waves + spikes)
    return np.hypot(x - centre[0], (z - centre[1]) / flat) / radius


def breast(
    lesion: str | None = None,
    *,
    size_mm: float = 10.0,
    glandular: float = 0.6,
    extent_mm: tuple[float, float] = (38.0, 38.4),
    spacing_mm: float = 0.1,
    rng=None,
) -> Patient:
    """Make a breast, seen from the skin.

    Parameters
    ----------
    lesion : None or str
        ``"cyst"`` (fluid, harmless), ``"fibroadenoma"`` (solid, harmless) or
        ``"carcinoma"`` (solid, malignant).
    size_mm : float
        Width of the lesion.
    glandular : float
        Part of glandular tissue in the glandular layer: about 0.3 in an older woman,
        0.8 in a young one.
    extent_mm : tuple of float
        Depth and width.
    spacing_mm : float
        Size of a pixel.
    rng : None, int or numpy.random.Generator
        Randomness: every number is another woman.

    Returns
    -------
    Patient
        One plane; row 0 is at the transducer. The lesion's truth is under its name.

    Raises
    ------
    ValueError
        If there is no such lesion.

    Examples
    --------
    >>> patient = breast("cyst", rng=0)
    >>> patient.shape, list(patient.lesions)
    ((1, 380, 384), ['cyst'])
    """
    if lesion is not None and lesion not in LESIONS:
        raise ValueError(f"no lesion {lesion!r}; give None or one of {', '.join(LESIONS)}")
    rng = np.random.default_rng(rng)
    rows, columns = (max(8, round(e / spacing_mm)) for e in extent_mm)
    z = (np.arange(rows, dtype=np.float32)[:, None] + 0.5) * spacing_mm
    x = (np.arange(columns, dtype=np.float32) + 0.5 - columns / 2) * spacing_mm
    labels = _layers(rng, x, z, (rows, columns), spacing_mm, glandular)
    truth = {}
    if lesion:
        outline = _outline(lesion, x, z, size_mm, rng)
        if lesion == "carcinoma":  # it grows into its surroundings: no sharp edge
            outline = outline + 0.1 * _field(rng, labels.shape, spacing_mm, 0.3, 0.3)
        mask = outline < 1
        truth[lesion] = mask[None]
        if lesion == "carcinoma":  # the body answers with a rim of scar
            uneven = 1.12 + 0.15 * _field(rng, labels.shape, spacing_mm, 1.0, 1.0)
            labels[outline < uneven] = _LABEL["fibrous"]
        elif lesion == "fibroadenoma":  # a thin capsule
            labels[outline < 1 + 0.4 / size_mm] = _LABEL["fibrous"]
        labels[mask] = _LABEL["water" if lesion == "cyst" else lesion]
        if lesion == "carcinoma":
            grains = np.argwhere(mask)[rng.integers(0, mask.sum(), rng.integers(0, 9))]
            labels[grains[:, 0], grains[:, 1]] = _LABEL["calcification"]
    return Patient(labels[None], TISSUES, (1.0, spacing_mm, spacing_mm), truth)
