"""Simple bodies with answers in closed form: what a scanner must get right first.

Lines are those of `medkit.physics.linear.projection`: at the angle θ, turned counter-
clockwise, a point x to the right and y up falls on the detector at
s = x cos θ + y sin θ.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from medkit.anatomy.patient import Patient


@dataclass(frozen=True)
class Ellipse:
    """One ellipse of constant value; where ellipses overlap, values add.

    Parameters
    ----------
    value : float
        What it adds inside, for example μ in 1/mm.
    half_axes_mm : tuple of float
        Half-axes along its own x and y.
    centre_mm : tuple of float
        Its centre: to the right, up.
    turn_deg : float
        By how much its axes are turned, counter-clockwise.
    """

    value: float
    half_axes_mm: tuple[float, float]
    centre_mm: tuple[float, float] = (0.0, 0.0)
    turn_deg: float = 0.0


#: Shepp and Logan (1974), https://doi.org/10.1109/TNS.1974.6499235, table I: value, half-axes,
#: centre, turn in degrees; lengths in units of half the picture. The values have more contrast
#: than theirs, after Toft (1996), as in most programs.
_SHEPP_LOGAN = (
    (1.0, 0.69, 0.92, 0.0, 0.0, 0.0),
    (-0.8, 0.6624, 0.874, 0.0, -0.0184, 0.0),
    (-0.2, 0.11, 0.31, 0.22, 0.0, -18.0),
    (-0.2, 0.16, 0.41, -0.22, 0.0, 18.0),
    (0.1, 0.21, 0.25, 0.0, 0.35, 0.0),
    (0.1, 0.046, 0.046, 0.0, 0.1, 0.0),
    (0.1, 0.046, 0.046, 0.0, -0.1, 0.0),
    (0.1, 0.046, 0.023, -0.08, -0.605, 0.0),
    (0.1, 0.023, 0.023, 0.0, -0.606, 0.0),
    (0.1, 0.023, 0.046, 0.06, -0.605, 0.0),
)


def shepp_logan(field_mm: float = 240.0) -> tuple[Ellipse, ...]:
    """Return the ten ellipses of Shepp and Logan's head.

    Parameters
    ----------
    field_mm : float
        Width of the picture that the head fills to 92 %.

    Returns
    -------
    tuple of Ellipse

    References
    ----------
    https://doi.org/10.1109/TNS.1974.6499235

    Examples
    --------
    >>> head = shepp_logan()
    >>> len(head), head[0].half_axes_mm
    (10, (82.8, 110.4))
    """
    half = field_mm / 2
    return tuple(
        Ellipse(value, (round(a * half, 9), round(b * half, 9)), (x * half, y * half), turn)
        for value, a, b, x, y, turn in _SHEPP_LOGAN
    )


def ellipses(
    parts: Sequence[Ellipse], *, shape=(256, 256), field_mm: float = 240.0, oversample: int = 4
) -> np.ndarray:
    """Draw ellipses: each pixel gets the mean over its area.

    Parameters
    ----------
    parts : sequence of Ellipse
    shape : tuple of int
        Rows and columns.
    field_mm : float
        Width of the picture; the middle of the picture is the origin.
    oversample : int
        Points along each side of a pixel at which it is tested.

    Returns
    -------
    ndarray of float32, shape (row, column)
    """
    pixel = field_mm / shape[1]
    x = (np.arange(shape[1]) - (shape[1] - 1) / 2) * pixel
    y = -(np.arange(shape[0])[:, None] - (shape[0] - 1) / 2) * pixel  # row 0 is the top
    sub = ((np.arange(oversample) + 0.5) / oversample - 0.5) * pixel
    picture = np.zeros(shape, np.float32)
    for part in parts:
        radius = _radius(part, x, y)
        cover = (radius <= 1).astype(np.float32)
        # Only a pixel that the border may cross needs the test at many points.
        rim = np.abs(radius - 1) <= 0.75 * pixel / min(part.half_axes_mm)
        row, column = np.nonzero(rim)
        points = _radius(part, x[column, None, None] + sub, y[row, 0, None, None] + sub[:, None])
        cover[rim] = (points <= 1).mean((1, 2))
        picture += np.float32(part.value) * cover
    return picture


def _radius(part, x, y):
    """Return the distance from an ellipse's centre: 1 on the ellipse."""
    cos, sin = np.cos(np.deg2rad(part.turn_deg)), np.sin(np.deg2rad(part.turn_deg))
    dx, dy = x - part.centre_mm[0], y - part.centre_mm[1]
    a, b = part.half_axes_mm
    return np.hypot((dx * cos + dy * sin) / a, (dy * cos - dx * sin) / b)


def ellipse_projection(parts: Sequence[Ellipse], s_mm, angle_deg) -> np.ndarray:
    r"""Return the exact parallel-beam sinogram of ellipses.

    .. math:: p(θ, s) = \frac{2 v a b}{w^2}\sqrt{w^2 - (s - s_0)^2},\quad
              w^2 = a^2\cos^2(θ-φ) + b^2\sin^2(θ-φ)

    Parameters
    ----------
    parts : sequence of Ellipse
        Of value v, half-axes a and b and turn φ; the centre falls on s₀.
    s_mm : array_like, shape (bin,)
        Position of the bins' centres on the detector.
    angle_deg : array_like, shape (view,)
        Directions θ of the detector.

    Returns
    -------
    ndarray of float64, shape (view, bin)

    References
    ----------
    Kak and Slaney (2001), chapter 3, https://doi.org/10.1137/1.9780898719277

    Examples
    --------
    >>> ellipse_projection([Ellipse(0.02, (80, 40))], [0.0], [0.0, 90.0]).round(2)
    array([[1.6],
           [3.2]])
    """
    s = np.atleast_1d(np.asarray(s_mm, dtype=float))
    theta = np.deg2rad(np.atleast_1d(np.asarray(angle_deg, dtype=float)))[:, None]
    sinogram = np.zeros((len(theta), len(s)))
    for part in parts:
        (a, b), phi = part.half_axes_mm, np.deg2rad(part.turn_deg)
        w2 = (a * np.cos(theta - phi)) ** 2 + (b * np.sin(theta - phi)) ** 2
        s0 = part.centre_mm[0] * np.cos(theta) + part.centre_mm[1] * np.sin(theta)
        chord = np.sqrt(np.clip(w2 - (s - s0) ** 2, 0, None)) / w2
        sinogram += 2 * part.value * a * b * chord
    return sinogram


def disc(
    radius_mm: float = 90.0, *, tissue: str = "water", shape=(256, 256), field_mm: float = 240.0
) -> Patient:
    """Make a disc of one tissue in air: the phantom on which scanners are calibrated.

    Pixels at the border hold part of it, so its projections are 2 μ √(r² − s²)
    to within the pixel.

    Parameters
    ----------
    radius_mm : float
    tissue : str
        A key of `medkit.constants.TISSUES`.
    shape : tuple of int
        Rows and columns.
    field_mm : float
        Width of the field of view.

    Returns
    -------
    Patient
        Of one plane.
    """
    part = Ellipse(1.0, (radius_mm, radius_mm))
    amount = ellipses([part], shape=shape, field_mm=field_mm, oversample=8)
    # Air has a density too, but its label carries it: relative density is 1 there.
    density = np.where(amount > 0, amount, 1).astype(np.float32)[None]
    labels, pixel_mm = (amount > 0).astype(np.uint8)[None], field_mm / shape[1]
    return Patient(labels, ("air", tissue), (pixel_mm,) * 3, density=density)
