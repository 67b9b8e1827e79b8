"""A heart that beats, as seen between the ribs: across the ventricles, or from the apex.

The muscle keeps its volume. So a point outside the cavity moves with the wall such that
the area between it and the wall stays the same: ρ'² = ρ² − (1 − R²), where ρ is its distance
from the middle in units of the relaxed cavity and R the cavity's radius in the same units.
"""

from dataclasses import dataclass

import numpy as np

from medkit.anatomy.patient import Patient

TISSUES = ("soft_tissue", "skin", "muscle", "heart", "blood", "fibrous", "lung")
_LABEL = {name: k for k, name in enumerate(TISSUES)}


@dataclass(frozen=True)
class Cavity:
    """The left ventricle in one view: middle and half axes of the relaxed cavity, in mm."""

    x_mm: float
    z_mm: float
    half_width_mm: float
    half_depth_mm: float
    wall_mm: float = 10.0


VIEWS = {"short": Cavity(6.0, 78.0, 24.0, 24.0), "apical": Cavity(14.0, 66.0, 21.0, 40.0, 9.0)}


def contraction(phase) -> np.ndarray:
    """Return how far the heart has contracted: 0 relaxed, 1 at the end of systole.

    Parameters
    ----------
    phase : array_like
        Time in heartbeats; 0 is the R wave of the ECG.
    """
    beat = np.mod(np.asarray(phase, dtype=float), 1.0)
    squeeze = np.where(beat < 0.36, np.sin(0.5 * np.pi * beat / 0.36) ** 2, 0)
    relax = np.where(beat >= 0.36, np.exp(-(((beat - 0.36) / 0.13) ** 2)), 0)
    return squeeze + relax


def beat(x_mm, z_mm, phase: float, *, view: str = "short", ejection: float = 0.6):
    """Move points of the relaxed heart to where they are in the heartbeat.

    Parameters
    ----------
    x_mm, z_mm : array_like
        Where the points are at phase 0.
    phase : float
        Time in heartbeats.
    view : str
        ``"short"`` or ``"apical"``.
    ejection : float
        Ejection fraction: part of the blood that a beat throws out; 0.6 is healthy.

    Returns
    -------
    x_mm, z_mm : ndarray
        Where they are now.
    """
    return _move(x_mm, z_mm, _cavity(view), _radius(phase, ejection), 1.0)


def _cavity(view):
    if view not in VIEWS:
        raise ValueError(f"view is {view!r}; give one of {', '.join(VIEWS)}")
    return VIEWS[view]


def _radius(phase, ejection):
    """Radius of the cavity against the relaxed one: volume goes with the third power."""
    if not 0 <= ejection < 1:
        raise ValueError(f"ejection is {ejection}; give a fraction from 0 to below 1")
    return float((1 - ejection * contraction(phase)) ** (1 / 3))


def _move(x, z, cavity, radius_to, radius_from):
    """Move points between two states of the heart (see the head of this module)."""
    u = (np.asarray(x) - cavity.x_mm) / cavity.half_width_mm
    v = (np.asarray(z) - cavity.z_mm) / cavity.half_depth_mm
    rho2 = u**2 + v**2
    wall = np.sqrt(np.maximum(rho2 - radius_from**2 + radius_to**2, 1e-9) / np.maximum(rho2, 1e-9))
    stretch = np.where(rho2 > radius_from**2, wall, radius_to / radius_from)
    # The chest does not move: the motion fades towards the transducer.
    stretch = 1 + (stretch - 1) * np.clip((np.asarray(z) - 12) / 20, 0, 1)
    x = cavity.x_mm + u * stretch * cavity.half_width_mm
    return x, cavity.z_mm + v * stretch * cavity.half_depth_mm


def heart(
    view: str = "short",
    phase: float = 0.0,
    *,
    ejection: float = 0.6,
    extent_mm: tuple[float, float] = (140.0, 170.0),
    spacing_mm: float = 0.4,
) -> Patient:
    """Make the heart at one moment of its beat.

    Parameters
    ----------
    view : str
        ``"short"`` across both ventricles, or ``"apical"``: four chambers, apex on top.
    phase : float
        Time in heartbeats; 0 relaxed, 0.36 contracted.
    ejection : float
        Ejection fraction.
    extent_mm : tuple of float
        Depth and width.
    spacing_mm : float
        Size of a pixel.

    Returns
    -------
    Patient
        One plane. The truth of the left ventricle's cavity is under ``"left_ventricle"``.

    Examples
    --------
    >>> full, empty = (heart("short", p).lesions["left_ventricle"].sum() for p in (0, 0.36))
    >>> round(float(1 - (empty / full) ** 1.5), 1)  # area to volume: the ejection fraction
    0.6
    """
    cavity = _cavity(view)
    rows, columns = (round(e / spacing_mm) for e in extent_mm)
    z = (np.arange(rows)[:, None] + 0.5) * spacing_mm + np.zeros((1, columns))
    x = (np.arange(columns) + 0.5 - columns / 2) * spacing_mm + np.zeros((rows, 1))
    # Where each pixel's tissue was when the heart was relaxed: paint the relaxed heart there.
    x0, z0 = _move(x, z, cavity, 1.0, _radius(phase, ejection))
    paint = _short if view == "short" else _apical
    labels = np.full(z.shape, _LABEL["lung"], np.uint8)
    inside = paint(labels, x0, z0, cavity)
    labels[z < 16] = _LABEL["muscle"]
    labels[z < 6] = _LABEL["soft_tissue"]
    labels[z < 3] = _LABEL["skin"]
    truth = {"left_ventricle": inside[None]}
    return Patient(labels[None], TISSUES, (1.0, spacing_mm, spacing_mm), truth)


def _ellipse(x, z, x0, z0, a, b):
    return np.hypot((x - x0) / a, (z - z0) / b)


def _short(labels, x, z, c):
    """Left ventricle as a ring, the right one as a crescent on its side, pericardium around."""
    rho = _ellipse(x, z, c.x_mm, c.z_mm, c.half_width_mm, c.half_depth_mm)
    outer = 1 + c.wall_mm / c.half_width_mm
    right = _ellipse(x, z, c.x_mm - 26, c.z_mm - 4, 27, 31)
    sac = np.minimum(right / 1.2, rho / (outer + 0.1)) < 1
    labels[np.minimum(right / 1.28, rho / (outer + 0.2)) < 1] = _LABEL["fibrous"]
    labels[sac] = _LABEL["heart"]
    labels[(z < c.z_mm - 38) & ~sac] = _LABEL["soft_tissue"]
    labels[(right < 1) & (rho > outer)] = _LABEL["blood"]
    inside = rho < 1
    labels[rho < outer] = _LABEL["heart"]
    labels[np.abs(rho - outer) < 0.03] = _LABEL["fibrous"]
    labels[inside] = _LABEL["blood"]
    for side in (-1, 1):  # the papillary muscles stand in the cavity
        muscle = _ellipse(x, z, c.x_mm + side * 12, c.z_mm + 11, 5, 4.5) < 1
        labels[inside & muscle] = _LABEL["heart"]
    return inside


def _apical(labels, x, z, c):
    """Four chambers: ventricles above, atria below, two valves between."""
    rho = _ellipse(x, z, c.x_mm, c.z_mm, c.half_width_mm, c.half_depth_mm)
    across, down = c.wall_mm / c.half_width_mm, c.wall_mm / c.half_depth_mm
    width, depth = c.half_width_mm * (1 + across), c.half_depth_mm * (1 + down)
    wall = _ellipse(x, z, c.x_mm, c.z_mm, width, depth)
    base = c.z_mm + 0.82 * c.half_depth_mm
    right = _ellipse(x, z, c.x_mm - 42, c.z_mm + 6, 19, 33)
    atria = [_ellipse(x, z, c.x_mm + dx, base + 19, 20, 18) for dx in (0, -42)]
    whole = np.minimum.reduce([wall, right / 1.18, atria[0] / 1.2, atria[1] / 1.2])
    labels[whole < 1.12] = _LABEL["fibrous"]
    labels[whole < 1.06] = _LABEL["heart"]
    for chamber in (right, *atria):
        labels[chamber < 1] = _LABEL["blood"]
    labels[(wall < 1) & (z < base)] = _LABEL["heart"]
    inside = (rho < 1) & (z < base)
    labels[inside] = _LABEL["blood"]
    for middle in (c.x_mm, c.x_mm - 42):  # closed valve leaflets, slightly domed
        leaf = base + 3 - 0.02 * (x - middle) ** 2 / 1.5 - z
        labels[(np.abs(leaf) < 0.9) & (np.abs(x - middle) < 19)] = _LABEL["fibrous"]
    return inside
