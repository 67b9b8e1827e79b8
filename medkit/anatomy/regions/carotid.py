"""The carotid artery in the neck, along or across, with or without a plaque."""

import numpy as np

from medkit.anatomy.fields import smooth_field
from medkit.anatomy.patient import Patient

TISSUES = ("water", "skin", "adipose", "muscle", "soft_tissue", "fibrous", "blood", "calcification")
_LABEL = {name: k for k, name in enumerate(TISSUES)}
#: Middle of the artery and radius of its lumen, mm.
DEPTH_MM, RADIUS_MM = 17.0, 3.1


def carotid(
    view: str = "long",
    *,
    narrowing: float = 0.0,
    tilt_deg: float = 0.0,
    extent_mm: tuple[float, float] = (35.0, 38.4),
    spacing_mm: float = 0.1,
    rng=None,
) -> Patient:
    """Make the neck over the common carotid artery.

    Parameters
    ----------
    view : str
        ``"long"`` along the artery, ``"short"`` across it, with the jugular vein beside it.
    narrowing : float
        Part of the diameter that a plaque takes in the middle, 0 to 0.9 (``"long"`` only).
    tilt_deg : float
        How far the artery rises towards +x, as `Vessel.angle_deg` (``"long"`` only).
    extent_mm : tuple of float
        Depth and width.
    spacing_mm : float
        Size of a pixel.
    rng : None, int or numpy.random.Generator
        Randomness of the tissue around.

    Returns
    -------
    Patient
        One plane; the lumen's truth is under ``"lumen"``, a plaque's under ``"plaque"``.

    Examples
    --------
    >>> bool(carotid("short", rng=0).lesions["lumen"].any())
    True
    """
    if view not in ("long", "short"):
        raise ValueError(f"view is {view!r}; give 'long' or 'short'")
    rng = np.random.default_rng(rng)
    rows, columns = (round(e / spacing_mm) for e in extent_mm)
    z = (np.arange(rows, dtype=np.float32)[:, None] + 0.5) * spacing_mm
    x = (np.arange(columns, dtype=np.float32) + 0.5 - columns / 2) * spacing_mm
    labels = _neck(rng, x, z, (rows, columns), spacing_mm)
    sine, cosine = np.sin(np.deg2rad(tilt_deg)), np.cos(np.deg2rad(tilt_deg))
    below = (z - DEPTH_MM) * cosine + x * sine
    from_middle = np.abs(below) if view == "long" else np.hypot(x, z - DEPTH_MM)
    # The wall shows as two lines, inner and outer, with a dark one between them.
    labels[from_middle < RADIUS_MM + 1.6] = _LABEL["fibrous"]
    labels[from_middle < RADIUS_MM + 0.85] = _LABEL["soft_tissue"]
    labels[from_middle < RADIUS_MM + 0.25] = _LABEL["fibrous"]
    lumen = from_middle < RADIUS_MM
    labels[lumen] = _LABEL["blood"]
    truth = {"lumen": lumen[None]}
    if view == "short":
        labels[np.hypot((x - 9) / 6.0, (z - 13.5) / 3.2) < 1] = _LABEL["blood"]
    elif narrowing > 0:
        bump = 2 * RADIUS_MM * narrowing * np.exp(-((x / 4.5) ** 2))
        plaque = lumen & (below > RADIUS_MM - bump)
        labels[plaque] = _LABEL["soft_tissue"]
        chalk = plaque & (smooth_field(plaque.shape, (4, 8), rng) > 1.8)
        labels[chalk] = _LABEL["calcification"]
        truth = {"lumen": (lumen & ~plaque)[None], "plaque": plaque[None]}
    return Patient(
        labels[None],
        TISSUES,
        (1.0, spacing_mm, spacing_mm),
        truth,
        description={"organ": "carotid", "view": view, "narrowing": narrowing},
    )


def _neck(rng, x, z, shape, spacing_mm):
    """Paint skin, fat, muscles with their fascias, and the bed of the vessels."""
    labels = np.full(shape, _LABEL["muscle"], np.uint8)
    bed = np.hypot(x / 22, (z - DEPTH_MM) / 8) < 1
    labels[bed] = _LABEL["soft_tissue"]
    sheets = smooth_field(shape, (1.2 / spacing_mm, 9.0 / spacing_mm), rng)
    labels[np.abs(sheets) < 0.05] = _LABEL["fibrous"]
    fascia = 5.0 + 0.5 * np.sin(x / 5 + rng.uniform(0, 6))
    labels[np.abs(z - fascia) < 0.25] = _LABEL["fibrous"]
    labels[z < fascia] = _LABEL["adipose"]
    labels[(z < fascia) & (np.abs(sheets) < 0.04)] = _LABEL["fibrous"]
    labels[z[:, 0] < 1.9] = _LABEL["skin"]
    labels[z[:, 0] < 0.4] = _LABEL["water"]
    return labels
