"""Explorer of ``13_ultrasound``: a lung, which is seen by its artefacts; and five of them."""

from dataclasses import replace
from functools import lru_cache, reduce
from operator import add

import numpy as np
from scipy import ndimage

from medkit.anatomy.fields import smooth_field
from medkit.chapters.ultrasound.breast import breast
from medkit.chapters.ultrasound.doppler import flow
from medkit.chapters.ultrasound.explorers import beam_of, bmode_image, speckle_envelope
from medkit.physics import ultrasound
from medkit.physics.ultrasound import UltrasoundProtocol, bmode, scanlines
from medkit.physics.ultrasound.scatterers import Scatterers, reverberation, scatter, texture
from medkit.physics.ultrasound.transducer import LINEAR
from medkit.views.explorer import Image, Picture, Slider, Toggle, explorer

PROBE = UltrasoundProtocol(
    transducer=replace(LINEAR, frequency_mhz=6.0),
    depth_mm=75.0,
    focus_mm=22.0,
    transmit_elements=32,
    f_number=2.5,
    shape=(300, 128),
)
_LINE = replace(PROBE, transducer=replace(PROBE.transducer, elements=16), shape=(300, 16))
#: Lines as far to the side as a breath slides the lung; one of them is the middle line.
_WALK = replace(_LINE, transducer=replace(PROBE.transducer, elements=64), shape=(300, 64))
_MIDDLE = 31
#: Depth of the lung's surface; where the ribs are, and how deep; one breath in s, seen for 6 s.
PLEURA_MM, RIBS_MM, RIB_DEPTH_MM, RIB_MM = 21.0, (-17.5, 16.5), 13.0, 6.0
BREATH_S, SLIDE_MM, SECONDS = 3.0, 7.0, 6.0
RANGE_DB, WHITE, LOSS = 55.0, 3.0, 0.05
#: Where the streaks of a wet lung begin, at rest.
_STREAKS_MM = (-4.0, 5.5, -10.0, 1.5, 9.5)


@lru_cache
def chest_wall() -> Scatterers:
    """Return skin, fat, muscle and ribs down to the lung, at rest."""
    rng = np.random.default_rng(3)
    z, x = (np.mgrid[:105, :240] + 0.5) * 0.2
    x -= 24
    fibres = texture(z.shape, (0.2, 0.2), along_mm=3.0, rng=rng)
    strength = np.select([z < 2, z < 8], [1.4, 0.25], 0.35) * np.exp(0.75 * fibres)
    septa = np.abs(z - 8 - 0.4 * smooth_field((240, 1), (20, 1), rng)[:, 0]) < 0.35
    strength = np.where(septa, 2.2, strength)
    return scatter(strength, LOSS * z, (0.2, 0.2), per_mm2=7, rng=rng)


@lru_cache
def _lung():
    """Return the lung's surface with its small unevenness, and the grain it brings with it."""
    rng = np.random.default_rng(4)
    x = rng.uniform(-34, 34, 3000)
    rough = smooth_field((681, 1), (9, 1), rng)[:, 0]
    z = PLEURA_MM + 0.12 * np.interp(x, np.linspace(-34, 34, 681), rough)
    strength = np.exp(0.9 * np.interp(x, np.linspace(-34, 34, 681), np.roll(rough, 300)))
    grain_x, grain_z = rng.uniform([-34, PLEURA_MM], [34, 75], (12000, 2)).T
    fade = np.exp(-(grain_z - PLEURA_MM) / 13)
    return x, z, 0.55 * strength, grain_x, grain_z, 1.1 * fade * rng.standard_normal(grain_x.size)


def _shift(time_s, sliding):
    return SLIDE_MM * 0.5 * (1 - np.cos(2 * np.pi * time_s / BREATH_S)) * bool(sliding)


def _near(points, within_mm):
    """Return the points not far from the middle."""
    near = np.abs(points.x_mm) < within_mm
    return Scatterers(*(values[near] for values in vars(points).values()))


def _breathing(move: float, streaks: int) -> list[Scatterers]:
    """Return what moves with the lung: its surface, the ghosts of that, grain, and streaks."""
    x, z, strength, gx, gz, grain = _lung()
    pleura = Scatterers(x + move, z, strength, LOSS * z)
    # Between the lung and the probe's face everything runs to and fro: a copy a gap deeper.
    ghosts = reverberation(pleura, gap_mm=PLEURA_MM, times=2, echo=0.08)
    parts = [pleura, ghosts, Scatterers(gx + move, gz, grain, LOSS * gz)]
    for k in range(streaks):  # water in the lung rings on and on
        depth = np.linspace(PLEURA_MM, 75, 900)
        rng = np.random.default_rng(k)
        aside = _STREAKS_MM[k] + move + rng.normal(0, 0.25, depth.size) * (0.6 + 0.012 * depth)
        ring = 1.6 * rng.standard_normal(depth.size)
        parts.append(Scatterers(aside, depth, ring, LOSS * depth))
    return parts


def points(time_s: float, sliding: bool, streaks: int) -> Scatterers:
    """Return the chest at one moment: what is there, and the ghosts of it that a scanner draws."""
    wall = chest_wall()
    pleura, ghosts, *others = _breathing(_shift(time_s, sliding), streaks)
    echoes = reverberation(wall, gap_mm=PLEURA_MM, times=2, echo=0.012)
    return _behind_ribs(reduce(add, [wall, pleura, ghosts, echoes, *others]))


def _behind_ribs(scene):
    """Ribs reflect and absorb: little is left of what lies below them."""
    left = np.ones(len(scene), np.float32)
    for x in RIBS_MM:
        aside = np.abs(scene.x_mm - x)
        top = RIB_DEPTH_MM + 0.09 * aside**2
        soft = 1 / (1 + np.exp((aside - RIB_MM) / 0.6))
        left *= np.where(scene.z_mm > top, 1 - soft * 0.998, 1)
    shaded = replace(scene, amplitude=scene.amplitude * left)
    for x in RIBS_MM:
        aside = np.linspace(-RIB_MM, RIB_MM, 260)
        jitter = np.random.default_rng(5).normal(0, 0.12, aside.size)
        z = RIB_DEPTH_MM + 0.09 * aside**2 + jitter
        level = 7 * np.exp(-((aside / 4.5) ** 2))
        shaded = shaded + Scatterers(x + aside, z, level, LOSS * z)
    return shaded


def _show(lines, protocol):
    return ultrasound.display(
        lines, protocol, dynamic_range_db=RANGE_DB, smooth_mm=0.15, reference=WHITE
    )


@lru_cache(maxsize=128)
def picture(time_s: float, sliding: bool, streaks: int) -> np.ndarray:
    """Return the B-mode picture of one moment, in dB."""
    scene = points(time_s, sliding, streaks)
    return _show(scanlines.scan(scene, PROBE, response=beam_of(PROBE), looks=2), PROBE)


@lru_cache(maxsize=16)
def over_time(sliding: bool, streaks: int) -> np.ndarray:
    """Return the middle line over one breath: (depth, time), in dB.

    A lung that slides below a line is the same as a line that walks over a lung: between the
    ribs, where the middle line lies, one scan shows all moments.
    """
    beam = beam_of(_LINE)
    steps = 3.0 / _LINE.transducer.pitch_mm * scanlines.LATERAL  # nothing counts beyond 3 mm
    beam = replace(beam, reach=np.minimum(beam.reach, int(steps)))
    wall = _near(chest_wall(), 4.0)
    wall = wall + reverberation(wall, gap_mm=PLEURA_MM, times=2, echo=0.012)
    still, lung_ = (
        scanlines.scan(parts, _WALK, response=beam)
        for parts in (wall, reduce(add, _breathing(0.0, streaks)))
    )
    move = _shift(np.arange(0, BREATH_S / 2 + 0.01, 0.05), sliding)
    place = _MIDDLE - move / _WALK.transducer.pitch_mm
    line, part = place.astype(int), (place % 1).astype(np.float32)
    seen = (1 - part) * lung_[:, line] + part * lung_[:, line + 1] + still[:, [_MIDDLE]]
    envelope = np.abs(seen) * bmode.time_gain(_LINE)[:, None]
    # Breathing out is breathing in, backwards.
    envelope = np.concatenate([envelope, envelope[:, -2:0:-1]], axis=1)
    envelope = ndimage.gaussian_filter1d(envelope, 0.6, axis=0)
    return bmode.log_compress(envelope, RANGE_DB, reference=WHITE)


@explorer(
    title="A lung between two ribs",
    time_s=Slider(0.0, SECONDS, 0.8, 0.1, unit="s", label="Time", play_s=6),
    sliding=Toggle(True, label="The lung slides"),
    streaks=Slider(0, 5, 0, label="Streaks of water (B-lines)"),
)
def lung(*, time_s, sliding, streaks):
    """Watch a lung breathe: nothing below its surface is where it seems to be."""
    breath = over_time(sliding, streaks)
    strip = np.tile(breath, (1, 2))
    strip = strip + np.random.default_rng(0).normal(0, 1.5, strip.shape).astype(np.float32)
    ghosts = ", ".join(f"{k * PLEURA_MM:.0f}" for k in (2, 3))
    return Picture(
        bmode_image(
            picture(time_s % BREATH_S, sliding, streaks),
            PROBE,
            title="B-mode",
            limits=(-RANGE_DB, 0),
            curves={"line of the M-mode": ([0, 0], [0, PROBE.depth_mm])},
        ),
        Image(
            strip,
            "M-mode",
            values=("dB", -RANGE_DB, 0),
            xaxis=("time (s)", 0, SECONDS),
            yaxis=("depth (mm)", 0, PROBE.depth_mm),
            curves={"now": ([time_s, time_s], [0, PROBE.depth_mm])},
        ),
        caption=f"lung's surface at {PLEURA_MM:.0f} mm, its ghosts (A-lines) at {ghosts} mm; "
        f"{streaks} B-line{'' if streaks == 1 else 's'}; the lung "
        + ("slides" if sliding else "does not slide"),
        alt=f"Simulated lung between the shadows of two ribs, with {streaks} bright streaks, and "
        "one line of it over six seconds.",
    )


def five_pictures() -> dict[str, np.ndarray]:
    """Return what ``13_ultrasound.signs`` shows, by letters: dB from −55, or colours as uint8."""
    aliased = flow.picture(prf_khz=3.0, peak_m_s=0.6, angle_deg=60, baseline=0.0)

    def lump(kind, patient):
        seen = breast.picture(lesion=kind, patient=patient, dynamic_range_db=55, gain=0.65)
        return seen.panels[0].pixels

    return {
        "A": lump("carcinoma", 0),
        "B": picture(0.8, True, 0),
        "C": 55 / 30 * bmode.log_compress(speckle_envelope(40.0), 30),
        "D": aliased.panels[0].pixels,
        "E": lump("cyst", 12),
    }
