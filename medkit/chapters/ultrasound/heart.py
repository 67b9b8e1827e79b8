"""Explorers of ``13_ultrasound``: a beating heart along one line, and its four chambers.

The anatomy is that of `medkit.anatomy.regions.heart`. What makes it look like a scanner's picture
is added here: soft borders, haze in the blood from echoes that came in aside, clutter below the
probe, walls that drop out towards the edges of the sector, and valves that open.
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np
from scipy import ndimage
from scipy.interpolate import PchipInterpolator

from medkit.anatomy.fields import smooth_field
from medkit.anatomy.regions.heart import TISSUES, VIEWS, beat, heart
from medkit.chapters.ultrasound.explorers import beam_of
from medkit.physics import ultrasound
from medkit.physics.ultrasound import bmode, scanlines
from medkit.physics.ultrasound.scatterers import Scatterers, scatter
from medkit.views.explorer import Choice, Image, Picture, Point, Slider, explorer

#: Focused lines, whose aperture is small: two ribs leave no room for more.
SECTOR = replace(ultrasound.HEART, focus_mm=80.0, f_number=2.2, sector_deg=80.0, depth_mm=150.0)
_STEP = np.rad2deg(np.deg2rad(SECTOR.sector_deg) / (SECTOR.shape[1] - 1))
_LINE = replace(SECTOR, sector_deg=2 * _STEP, shape=(300, 3))
#: Moments of a heartbeat, seconds of an M-mode, and its columns.
PHASES, M_SECONDS, M_COLUMNS = 40, 3.0, 240
#: Echoes of the tissues, in dB, set by eye from real pictures.
LEVEL_DB = {"blood": -28, "heart": -4, "fibrous": 10, "lung": -19}
RANGE_DB, WHITE = 50.0, 5.0
#: What comes in aside, everywhere, against muscle.
HAZE = {"short": 0.025, "apical": 0.05}
LEVELS = ("mitral valve", "papillary muscles")
#: How far a leaflet of the mitral valve reaches into the chamber, in mm.
LEAFLET_MM = 15.0

#: Parts of a heartbeat, how far the chamber has contracted, and how far the mitral valve is open.
#: Blood fills the chamber in two waves: at once (E), and when the atrium contracts (A).
_BEAT = (0, 0.06, 0.18, 0.36, 0.44, 0.52, 0.62, 0.86, 0.97, 1)
_SQUEEZED = PchipInterpolator(_BEAT, (0, 0.02, 0.6, 1, 0.96, 0.6, 0.28, 0.2, 0, 0))
_OPEN = PchipInterpolator(
    (0, 0.03, 0.44, 0.46, 0.53, 0.66, 0.8, 0.88, 0.98, 1),
    (0.1, 0, 0, 0.05, 1, 0.25, 0.2, 0.65, 0.2, 0.1),
)


@lru_cache
def relaxed(view: str, level: str = "") -> Scatterers:
    """Return the scatterers of a relaxed heart without leaflets, with clutter and haze."""
    patient = heart(view, extent_mm=(150.0, 190.0), spacing_mm=0.5)
    labels, rng, middle = patient.labels[0].copy(), np.random.default_rng(0), VIEWS[view]
    rows, columns = labels.shape
    z, x = (np.arange(rows)[:, None] + 0.5) * 0.5, (np.arange(columns) + 0.5) * 0.5 - 95
    number = {name: TISSUES.index(name) for name in TISSUES}
    if view == "apical":  # the leaflets move on their own
        labels[_valve_box(x, z, labels == number["fibrous"])] = number["blood"]
    if level == "mitral valve":  # above the papillary muscles
        labels[patient.lesions["left_ventricle"][0]] = number["blood"]
    strength = 10 ** (np.array([LEVEL_DB.get(name, -9) for name in TISSUES])[labels] / 20)
    thin = labels == number["fibrous"]
    soft = ndimage.gaussian_filter(np.where(thin, 0, strength), 2.5)
    soft += ndimage.gaussian_filter(np.where(thin, strength, 0.0), 0.6)
    uneven = 0.5 * smooth_field(labels.shape, (2.0, 5.0), rng)
    drop_outs = 0.7 * smooth_field(labels.shape, (14.0, 14.0), rng)
    septum = np.exp(-(((x + 7) / 3.5) ** 2)) * ((z > 45) & (z < 118)) * (view == "apical")
    angle, away = np.rad2deg(np.arctan2(x, z)), np.hypot(x, z)
    strength = soft * np.exp(uneven + drop_outs) * (1 + septum)
    strength += 0.1 * ndimage.gaussian_filter(soft, (6, 24)) + 0.5 * np.exp(-away / 16) + HAZE[view]
    strength *= np.exp(-(((angle - middle.x_mm / 7) / 32) ** 4))
    if view == "apical":  # the right side is seen worse, as it mostly is
        strength *= 1 - 0.75 / (1 + np.exp((x + 36) / 4))
    loss = 0.04 * z + 0 * x
    return scatter(strength, loss, (0.5, 0.5), per_mm2=1.6, rng=0)


def _base_mm():
    cavity = VIEWS["apical"]
    return cavity.z_mm + 0.82 * cavity.half_depth_mm


def _valve_box(x, z, fibrous):
    """Return where the painted leaflets of the apical view are."""
    beside = np.minimum(np.abs(x - 14), np.abs(x + 28)) < 18.5
    return fibrous & beside & (np.abs(z - _base_mm()) < 7)


@lru_cache(maxsize=128)
def leaflets(view: str, phase: float) -> Scatterers:
    """Return the leaflets of the valves at one moment: bright points along thin curves."""
    opened = float(_OPEN(phase % 1))
    along = np.linspace(0, 1, 120)
    if view == "short":  # across the mitral valve: the mouth of a fish
        cavity = VIEWS["short"]
        half = np.sqrt(1 - (2 * along - 1) ** 2) * LEAFLET_MM * max(opened, 0.06)
        x = cavity.x_mm + (2 * along - 1) * 17
        x, z = np.r_[x, x], cavity.z_mm + np.r_[-half, 0.8 * half]
    else:
        swing, length = 0.15 + 1.1 * opened, 18 * along
        sides = [(m + s * (19 - length * np.cos(swing))) for m in (14, -28) for s in (-1, 1)]
        x = np.concatenate(sides)
        z = np.tile(_base_mm() - length * np.sin(swing) + 3 * along * (1 - opened), 4)
        z[2 * along.size :] -= 6  # the tricuspid valve sits nearer to the apex than the mitral
    jitter = np.random.default_rng(1).normal(0, 0.25, (2, x.size))
    return Scatterers(x + jitter[0], z + jitter[1], np.full(x.size, 1.7), 0.04 * z)


def at(phase: float, ejection: float, view: str = "short", level: str = LEVELS[0]) -> Scatterers:
    """Return the scatterers of the heart at one moment of its beat."""
    return _move(relaxed(view, level if view == "short" else ""), phase, ejection, view, level)


def _move(points, phase, ejection, view, level):
    if view == "apical" or level == "mitral valve":
        points = points + leaflets(view, phase)
    # The moment at which the kit's even heartbeat has contracted as far.
    even = 0.72 / np.pi * np.arcsin(np.sqrt(np.clip(_SQUEEZED(phase % 1), 0, 1)))
    x, z = beat(points.x_mm, points.z_mm, float(even), view=view, ejection=ejection)
    if view == "short":  # when the ventricles fill, the septum dips for a moment
        dip = 2.0 * np.exp(-(((phase % 1 - 0.48) / 0.035) ** 2))
        if dip > 1e-3:
            z = z + dip * np.exp(-(((points.z_mm - 47) / 9) ** 2))
    return Scatterers(x, z, points.amplitude, points.loss_db_mhz)


@lru_cache(maxsize=128)
def picture(phase: float, ejection: float = 0.6, view: str = "short", level: str = LEVELS[0]):
    """Return the B-mode picture of one moment, in dB."""
    lines = scanlines.scan(at(phase, ejection, view, level), SECTOR, response=beam_of(SECTOR))
    return ultrasound.display(
        lines, SECTOR, dynamic_range_db=RANGE_DB, smooth_mm=0.7, reference=WHITE
    )


@lru_cache(maxsize=64)
def line_over_beat(angle_deg: float, ejection: float, level: str = LEVELS[0]) -> np.ndarray:
    """Return the echoes along one line at `PHASES` moments of a beat: (depth, phase), in dB."""
    sine, cosine = (float(f(np.deg2rad(angle_deg))) for f in (np.sin, np.cos))
    points = relaxed("short", level)
    # The walls move aside by some millimetres only: what is far from the line stays off it.
    aside = np.abs(points.x_mm * cosine - points.z_mm * sine)
    near = aside < 8 + 0.06 * points.z_mm
    points = Scatterers(*(values[near] for values in vars(points).values()))
    frames = [_move(points, k / PHASES, ejection, "short", level) for k in range(PHASES)]
    fields = ("x_mm", "z_mm", "amplitude", "loss_db_mhz")
    moments = np.array([[getattr(frame, name) for frame in frames] for name in fields])
    x, z = moments[:2].copy()  # turned, so that the line points down
    moments[0], moments[1] = x * cosine - z * sine, x * sine + z * cosine
    echoes = scanlines.over_time(moments, _LINE, response=beam_of(_LINE))
    envelope = np.abs(echoes) * bmode.time_gain(_LINE)[:, None]
    envelope = ndimage.gaussian_filter(envelope, (1.0, 0.5), mode=("nearest", "wrap"))
    return bmode.log_compress(envelope, RANGE_DB, reference=WHITE)


def sector_image(pixels, **settings) -> Image:
    """Return a panel of the heart's sector with its axes in mm."""
    half = pixels.shape[1] * SECTOR.depth_mm / pixels.shape[0] / 2
    return Image(
        pixels,
        values=("dB", -RANGE_DB, 0),
        spacing_mm=SECTOR.depth_mm / pixels.shape[0],
        xaxis=("x (mm)", -half, half),
        yaxis=("depth (mm)", 0, SECTOR.depth_mm),
        colorbar=False,
        **settings,
    )


@explorer(
    title="One line through a beating heart",
    line=Point(5.0, 90.0, xlim=(-40, 40), ylim=(70, 130), unit="mm", label="Line through"),
    level=Choice(LEVELS, label="Cut through the"),
    phase=Slider(0.0, 1.0, 0.52, 0.02, label="Moment of the beat", play_s=4),
    ejection=Slider(0.15, 0.75, 0.6, 0.05, label="Ejection fraction"),
    rate_per_min=Slider(40, 140, 70, 5, unit="/min", label="Heart rate"),
)
def mmode(*, line, level, phase, ejection, rate_per_min):
    """Follow one line of the picture over time."""
    angle = float(np.clip(np.rad2deg(np.arctan2(*line)), -36, 36))
    one = line_over_beat(round(angle), ejection, level)
    time = np.linspace(0, M_SECONDS, M_COLUMNS)
    place = time * rate_per_min / 60 * PHASES
    first, part = place.astype(int), (place % 1).astype(np.float32)
    strip = (1 - part) * one[:, first % PHASES] + part * one[:, (first + 1) % PHASES]
    strip = strip + np.random.default_rng(0).normal(0, 1.2, strip.shape).astype(np.float32)
    end = 150 * np.sin(np.deg2rad(angle)), 150 * np.cos(np.deg2rad(angle))
    moment = 60 / rate_per_min * (1 + phase)
    shorter = 1 - (1 - ejection) ** (1 / 3)
    return Picture(
        sector_image(
            picture(phase % 1, ejection, level=level),
            title="B-mode",
            curves={"the line": ([0, end[0]], [0, end[1]])},
        ),
        Image(
            strip,
            "M-mode: the line over time",
            values=("dB", -RANGE_DB, 0),
            xaxis=("time (s)", 0, M_SECONDS),
            yaxis=("depth (mm)", 0, SECTOR.depth_mm),
            curves={"this moment": ([moment, moment], [0, SECTOR.depth_mm])},
        ),
        caption=f"the chamber is 48 mm wide, {48 * (1 - shorter):.0f} mm when contracted: "
        f"{100 * shorter:.0f} % shorter, {100 * ejection:.0f} % of the blood ejected",
        alt=f"A simulated heart across its ventricles at the level of the {level}, and one of its "
        f"lines over {M_SECONDS:g} seconds at {rate_per_min} beats a minute.",
    )


@explorer(
    title="Four chambers, from the apex",
    phase=Slider(0.0, 1.0, 0.3, 0.02, label="Moment of the beat", play_s=4),
    ejection=Slider(0.15, 0.75, 0.6, 0.15, label="Ejection fraction"),
)
def apical(*, phase, ejection):
    """Watch a simulated heart beat, as seen from its apex."""
    opened = "open" if _OPEN(phase % 1) > 0.2 else "closed"
    return Picture(
        sector_image(picture(phase % 1, ejection, "apical"), title="A simulated heart"),
        caption=f"the valves between atria and ventricles are {opened}",
        alt=f"Simulated apical view: ventricles above, atria below, valves {opened} between them.",
    )
