"""A left ventricle in three dimensions that beats, with its neighbours; any plane may cut it.

Cylindrical coordinates: s from the apex along the axis, φ around it (0 the lateral wall, 90° the
anterior one, 180° the septum), ρ away from it. Where a tissue is at rest is closed form, and so
is where it has moved to: the cavity's radius R shrinks, its length L too, and the muscle around
it keeps its volume, ρ² − R² = (ρ₀² − R₀²) L₀/L. So the volume of the cavity is known at any time.

Sizes are those of adults (https://pmc.ncbi.nlm.nih.gov/articles/PMC7758747/table/t3: width 4.8 cm,
wall 0.8 to 1.1 cm, relaxed 98 to 160 ml, ejection fraction 0.52 to 0.67, by study and sex).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from medkit.anatomy.regions.heart import contraction

TISSUES = ("lung", "soft_tissue", "fibrous", "heart", "blood")
_LABEL = {name: k for k, name in enumerate(TISSUES)}
#: Views of the heart → angle around the axis (degrees) of what is seen on the right.
VIEWS = {"4 chambers": 0.0, "2 chambers": 90.0}
#: Where the cavity is widest, as a part of its length from the apex, and how thick the apex is.
WIDEST, APEX_MM = 0.6, 7.0


@dataclass(frozen=True)
class Ventricle:
    """A left ventricle: its relaxed cavity, its muscle, and how it contracts.

    Parameters
    ----------
    length_mm, width_mm : float
        From apex to mitral valve, and from septum to lateral wall where that is widest.
    roundness, turn_deg : float
        The cross-section is an ellipse: its other width against `width_mm`, and how far it is
        turned around the axis.
    bluntness : float
        Exponent of the apex: 2 is an ellipsoid, more is blunter.
    wall_mm : float
        Thickness of the muscle.
    ejection : float
        Part of the blood that a beat throws out.
    shortening : float
        Part by which the length shrinks.
    scar : float
        How much of the motion is lost at a scar of the apical half, 0 to 1.
    scar_deg : float
        Its place around the axis.
    """

    length_mm: float = 88.0
    width_mm: float = 46.0
    roundness: float = 1.0
    turn_deg: float = 0.0
    bluntness: float = 2.2
    wall_mm: float = 9.0
    ejection: float = 0.6
    shortening: float = 0.14
    scar: float = 0.0
    scar_deg: float = 0.0

    def radius(self, t, phi) -> np.ndarray:
        """Return the cavity's relaxed radius at parts t of the length, in mm."""
        half, ratio, phi = self.width_mm / 2, self.roundness, phi - np.deg2rad(self.turn_deg)
        around = ratio / np.hypot(ratio * np.cos(phi), np.sin(phi))  # an ellipse
        return half * around * _profile(t, self.bluntness)

    def motion(self, t, phi) -> np.ndarray:
        """Return how well each place of the wall moves: 1 as it should, 0 not at all."""
        aside = (phi - np.deg2rad(self.scar_deg) + np.pi) % (2 * np.pi) - np.pi
        apical = 1 / (1 + np.exp((t - 0.55) / 0.08))
        return 1 - self.scar * np.exp(-((aside / 0.9) ** 2)) * apical

    @cached_property
    def _moments(self):
        """Return ∫∫ R₀² wᵏ / 2 dφ dt for k = 0, 1, 2, in mm²."""
        t = (np.arange(200)[:, None] + 0.5) / 200
        phi = np.arange(64) * 2 * np.pi / 64
        square, w = self.radius(t, phi) ** 2, self.motion(t, phi)
        return tuple(float((square * w**k).mean() * np.pi) for k in range(3))

    @cached_property
    def squeeze(self) -> float:
        """How much of its radius a healthy wall loses, so that `ejection` comes true."""
        a, b, c = self._moments
        left = (1 - self.ejection) / (1 - self.shortening) * a
        return float((b - np.sqrt(np.maximum(b * b - c * (a - left), 0))) / c)

    def volume_ml(self, phase) -> np.ndarray:
        """Return the true volume of the cavity at moments of the heartbeat, in ml."""
        now = contraction(phase)
        a, b, c = self._moments
        q = self.squeeze * now
        return 1e-3 * self.length_mm * (1 - self.shortening * now) * (a - 2 * b * q + c * q * q)

    def at_rest(self, s, phi, rho, phase):
        """Return where the tissue that is now at (s, φ, ρ) is when the heart is relaxed: s₀, ρ₀."""
        now = float(contraction(phase))
        length = self.length_mm * (1 - self.shortening * now)
        t = np.clip(s / length, 0, 1)
        s0 = np.where(s < 0, s, np.where(s < length, t * self.length_mm, s - length))
        s0 = s0 + self.length_mm * (s >= length)
        rest = self.radius(t, phi)
        radius = rest * (1 - self.squeeze * now * self.motion(t, phi))
        # Muscle gets thicker as it gets shorter; at apex and base that fades out.
        denser = 1 + (length / self.length_mm - 1) * 4 * t * (1 - t)
        outside = np.sqrt(np.maximum(rest**2 + (rho**2 - radius**2) * denser, 0))
        return s0, np.where(rho < radius, rho * rest / np.maximum(radius, 1e-6), outside)

    def labels(self, x, y, s, phase=0.0):
        """Say what is where: x to the lateral wall, y to the front, s from the apex; all in mm.

        Returns
        -------
        labels : numpy.ndarray
            Of uint8, places in `TISSUES`.
        cavity : numpy.ndarray
            Of bool: inside the left ventricle, papillary muscles included, as they are in the
            volumes of guidelines.
        """
        x, y, s = np.broadcast_arrays(x, y, s)
        phi, rho = np.arctan2(y, x), np.hypot(x, y)
        s, rho = self.at_rest(s, phi, rho, phase)
        x, y = rho * np.cos(phi), rho * np.sin(phi)
        length, t = self.length_mm, np.clip(s / self.length_mm, 0, 1)
        cavity = (rho < self.radius(t, phi)) & (s > 0) & (s < length)
        along = np.clip((s + APEX_MM) / (length + APEX_MM), 0, 1)
        outer = (self.radius(0.6, phi) + self.wall_mm) * _profile(along, self.bluntness)
        muscle = (rho < outer) & (s > -APEX_MM) & (s < length)
        half = self.width_mm / 2 + self.wall_mm
        right = _ball(x + half + 10, y - 6, s - 0.62 * length, 24, 32, 0.5 * length)
        right = np.where(s < length, right, 9)
        left_atrium = _ball(x - 2, y + 4, s - length - 21, 22, 22, 20)
        right_atrium = _ball(x + half + 14, y, s - length - 19, 21, 23, 19)
        atria = left_atrium, right_atrium
        out = np.full(np.shape(rho), _LABEL["lung"], np.uint8)
        around = np.where(s < length, rho / np.maximum(outer, 3), 9)
        sac = np.minimum.reduce([around, right / 1.15, *(a / 1.1 for a in atria)])
        sac = np.where((s < -APEX_MM) & (sac < 1.06), 1.06, sac)
        out[sac < 1.14] = _LABEL["fibrous"]
        out[sac < 1.06] = _LABEL["heart"]
        out[s < -APEX_MM - 2] = _LABEL["soft_tissue"]
        out[np.minimum(right, np.minimum(*atria)) < 1] = _LABEL["blood"]
        out[muscle] = _LABEL["heart"]
        out[muscle & (np.abs(s - length + 1) < 2) & ~cavity] = _LABEL["fibrous"]
        out[cavity] = _LABEL["blood"]
        reach = 0.72 * self.width_mm / 2
        for side in (-1, 1):  # the papillary muscles stand in the cavity, at the back
            pillar = _ball(x - side * 0.75 * reach, y + 0.66 * reach, s - 0.5 * length, 4, 4, 11)
            out[cavity & (pillar < 1)] = _LABEL["heart"]
        return out, cavity


def _profile(t, n):
    """Return the radius at parts t of the length, against that where it is widest."""
    near = (1 - np.minimum(np.abs(1 - t / WIDEST), 1) ** n) ** (1 / n)
    return np.where(t < WIDEST, near, 1 - 0.14 * ((t - WIDEST) / (1 - WIDEST)) ** 2)


def _ball(x, y, z, a, b, c):
    return np.sqrt((x / a) ** 2 + (y / b) ** 2 + (z / c) ** 2)


@dataclass(frozen=True)
class Probe:
    """Where an apical picture is taken from.

    Parameters
    ----------
    view : str
        One of `VIEWS`, or "short axis": across the middle.
    tilt_deg : float
        The plane turns by so much about the middle of the mitral valve, out of itself. At 0 it
        holds the apex; otherwise it cuts a wall before: the ventricle is *foreshortened*.
    lean_deg : float
        How far the axis leans to one side in the picture.
    shift_mm, apex_mm : float
        Where the apex is in the picture: aside, and below the probe.
    """

    view: str = "4 chambers"
    tilt_deg: float = 0.0
    lean_deg: float = 0.0
    shift_mm: float = 0.0
    apex_mm: float = 24.0

    def plane(self, heart: Ventricle, x_mm, z_mm):
        """Return the coordinates (x, y, s) of the points of a picture, in mm."""
        if self.view == "short axis":  # across the middle, from between other ribs
            x, y = np.broadcast_arrays(x_mm - self.shift_mm, self.apex_mm + 50 - z_mm)
            return x, y, np.full(x.shape, heart.length_mm / 2)
        if self.view not in VIEWS:
            raise ValueError(f"view is {self.view!r}; give one of {', '.join(VIEWS)}, short axis")
        angle, tilt, lean = np.deg2rad([VIEWS[self.view], self.tilt_deg, self.lean_deg])
        x, z = x_mm - self.shift_mm, z_mm - self.apex_mm
        x, z = x * np.cos(lean) - z * np.sin(lean), x * np.sin(lean) + z * np.cos(lean)
        above = heart.length_mm - z  # from the valve towards the probe
        out = above * np.sin(tilt)
        return (
            x * np.cos(angle) - out * np.sin(angle),
            x * np.sin(angle) + out * np.cos(angle),
            heart.length_mm - above * np.cos(tilt),
        )

    def place(self, heart: Ventricle, aside, s):
        """Return where a point (aside, s) of the untilted plane is in the picture, in mm."""
        lean = np.deg2rad(self.lean_deg)
        x, z = aside * np.cos(lean) + s * np.sin(lean), s * np.cos(lean) - aside * np.sin(lean)
        return x + self.shift_mm, z + self.apex_mm


def draw(rng, ill: bool) -> Ventricle:
    """Draw a heart: a healthy one, or one that is wide, weak, scarred or thick."""
    kind = rng.choice(["weak", "scarred", "thick"]) if ill else "healthy"
    size = rng.normal(1, 0.06)
    wide = {"weak": rng.uniform(1.1, 1.4), "scarred": rng.uniform(1.0, 1.25), "thick": 0.92}
    ejection = {
        "healthy": rng.uniform(0.54, 0.72),
        "weak": rng.uniform(0.15, 0.42),
        "scarred": rng.uniform(0.28, 0.5),
        "thick": rng.uniform(0.5, 0.75),
    }[kind]
    return Ventricle(
        length_mm=88 * size * rng.normal(1, 0.04) * wide.get(kind, 1) ** 0.4,
        width_mm=46 * size * wide.get(kind, 1) * rng.normal(1, 0.04),
        roundness=rng.normal(0.94, 0.08),
        turn_deg=rng.uniform(0, 180),
        bluntness=rng.uniform(2.0, 2.6),
        wall_mm=rng.normal(13.5 if kind == "thick" else 9.0, 0.8),
        ejection=ejection,
        shortening=0.26 * ejection * rng.uniform(0.8, 1.1),
        scar=rng.uniform(0.7, 1.0) if kind == "scarred" else 0.0,
        scar_deg=rng.uniform(0, 360),
    )


def draw_probe(rng, view="4 chambers", tilt_deg=0.0) -> Probe:
    """Draw how a hand holds the probe."""
    return Probe(view, tilt_deg, rng.normal(0, 4), rng.normal(2, 4), rng.uniform(20, 29))
