"""Explorers of ``13_ultrasound`` for what moves: blood in a vessel, and a beating heart."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from medkit.anatomy.regions.heart import beat as move
from medkit.anatomy.regions.heart import heart
from medkit.chapters.ultrasound.explorers import beam_of, bmode_image
from medkit.physics import ultrasound
from medkit.physics.ultrasound import UltrasoundProtocol, bmode, doppler, scanlines
from medkit.physics.ultrasound.flow import Vessel, blood, pulse_wave
from medkit.physics.ultrasound.scatterers import Scatterers, scatter, sow
from medkit.physics.ultrasound.transducer import LINEAR
from medkit.views.explorer import Image, Lines, Picture, Point, Slider, explorer

#: A long pulse: Doppler trades resolution along the beam for a sure frequency.
VESSEL = UltrasoundProtocol(
    transducer=replace(LINEAR, frequency_mhz=5.0, elements=64, bandwidth=0.5, cycles=4),
    f_number=3.0,
    transmit_elements=20,
    focus_mm=15.0,
    depth_mm=30.0,
    shape=(160, 64),
    attenuation_db_cm_mhz=0.0,
)
#: Pulses for one colour picture, seconds of a spectrum, and its axis in m/s.
PULSES, SWEEP_S, AXIS_M_S = 6, 1.2, 1.1


@lru_cache(maxsize=32)
def _neck(angle_deg):
    """Return the echoes of the tissue around a vessel, which do not move."""
    z, x = (np.mgrid[:200, :128] + 0.5) * 0.15
    x -= 9.6
    tilt = np.deg2rad(90 - angle_deg)
    aside = np.abs((z - 15) * np.cos(tilt) + x * np.sin(tilt))
    strength = np.where(aside < 3.0, 0.0, np.where(aside < 3.6, 2.5, 1.0))
    tissue = scatter(strength, 0 * z, (0.15, 0.15), per_mm2=6, rng=0)
    return scanlines.scan(tissue, VESSEL, response=beam_of(VESSEL))


@lru_cache(maxsize=32)
def colour_flow(angle_deg, peak_m_s, prf_hz) -> doppler.Colour:
    """Return colour Doppler at the peak of systole.

    Parameters
    ----------
    angle_deg : float
        Between beam and flow; below 90 the blood comes nearer.
    peak_m_s, prf_hz : float
        Fastest blood, and pulses per second.
    """
    protocol = replace(VESSEL, prf_hz=prf_hz)
    vessel = Vessel(angle_deg=90 - angle_deg, peak_m_s=peak_m_s, length_mm=30.0)
    times = np.arange(PULSES) / prf_hz
    flow = blood(vessel, times, rng=0, steady=True, per_mm2=10)
    frames = np.array([scanlines.scan(b, protocol, response=beam_of(VESSEL)) for b in flow])
    noise = np.random.default_rng(1).standard_normal((2, *frames.shape), np.float32)
    frames = frames + _neck(angle_deg) + 1e-3 * (noise[0] + 1j * noise[1])
    return doppler.colour(doppler.wall_filter(frames, 0), protocol)


def paint(grey_db, velocity, limit, where, dynamic_range_db=50.0) -> np.ndarray:
    """Return a grey picture with velocities over it: red comes nearer, blue goes away."""
    grey = np.clip(255 * (1 + grey_db / dynamic_range_db), 0, 255)
    part = np.clip(np.abs(velocity) / limit, 0, 1)
    main, second = 130 + 125 * part, 230 * part**2
    red, blue = (np.where(sign * velocity > 0, main, 0) for sign in (1, -1))
    colours = np.stack([red, second, blue], axis=-1)
    return np.where(where[..., None], colours, grey[..., None]).astype(np.uint8)


def gate_echoes(vessel: Vessel, prf_hz: float, frequency_mhz: float = 5.0) -> np.ndarray:
    """Return the echoes, one each 1/PRF, of the red cells in a gate in the vessel's middle.

    Sixty cells drift through a gate about 2 mm long. Each has the phase 4π f₀ z/c of its depth.
    """
    rng = np.random.default_rng(0)
    time = np.arange(0, SWEEP_S, 1 / prf_hz)
    aside = rng.uniform(-0.8, 0.8, (60, 1)).astype(np.float32)
    way = np.cumsum(pulse_wave(time)) / prf_hz * 1e3  # mm that the fastest cell would have come
    speed = vessel.speed_m_s(vessel.radius_mm * aside).astype(np.float32)
    along = (rng.uniform(0, 8, (60, 1)) + speed * way).astype(np.float32) % 8 - 4
    turns = 2 * frequency_mhz * np.sin(np.deg2rad(vessel.angle_deg)) / 1.54
    phase = np.float32(2 * np.pi * turns) * along
    weight = np.exp(-(along**2) / 2) * rng.standard_normal((60, 1)).astype(np.float32)
    noise = rng.standard_normal((2, time.size))
    return (weight * (np.cos(phase) + 1j * np.sin(phase))).sum(axis=0) + 0.1 * (
        noise[0] + 1j * noise[1]
    )


@lru_cache(maxsize=32)
def sonogram(angle_deg, peak_m_s, prf_hz) -> np.ndarray:
    """Return the spectrum over time, on an axis of ±`AXIS_M_S`; NaN beyond the Nyquist speed."""
    protocol = replace(VESSEL, prf_hz=prf_hz)
    gate = gate_echoes(Vessel(angle_deg=90 - angle_deg, peak_m_s=peak_m_s), prf_hz)
    window = max(16, int(0.016 * prf_hz) // 2 * 2)
    picture, velocity, _ = doppler.spectrogram(
        gate, protocol, window=window, step=max(1, round(0.008 * prf_hz)), dynamic_range_db=35
    )
    axis = np.linspace(AXIS_M_S, -AXIS_M_S, 193)
    row = np.round((axis - velocity[0]) / (velocity[1] - velocity[0])).astype(int)
    inside = np.abs(axis) <= doppler.nyquist_m_s(protocol)
    return np.where(inside[:, None], picture[np.clip(row, 0, len(velocity) - 1)], np.nan)


@explorer(
    title="Colour, spectrum, and their trap",
    prf_khz=Slider(1.0, 10.0, 6.0, 0.5, unit="kHz", label="Pulses per second (PRF)"),
    peak_m_s=Slider(0.1, 1.5, 0.6, 0.1, unit="m/s", label="Fastest blood"),
    angle_deg=Slider(45, 135, 60, 5, unit="°", label="Angle between beam and flow"),
)
def flow(*, prf_khz, peak_m_s, angle_deg):
    """Measure blood by the phase of its echoes."""
    prf_hz = 1e3 * prf_khz
    limit = doppler.nyquist_m_s(replace(VESSEL, prf_hz=prf_hz))
    found = colour_flow(angle_deg, peak_m_s, prf_hz)
    grey = ultrasound.display(_neck(angle_deg), VESSEL, dynamic_range_db=50, gain_db=-8)
    loud = found.power > 2e-5
    middle = VESSEL.shape[1] // 2
    depth = VESSEL.axes[0]
    along = np.cos(np.deg2rad(angle_deg))
    true = along * Vessel(peak_m_s=peak_m_s).speed_m_s((depth - 15) * np.sin(np.deg2rad(angle_deg)))
    measured = np.where(loud[:, middle], found.velocity_m_s[:, middle], np.nan)
    seen = peak_m_s * along
    return Picture(
        replace(
            bmode_image(paint(grey, found.velocity_m_s, limit, loud), VESSEL, title="Colour"),
            unit="",
        ),
        Lines(
            depth,
            {
                "true": true,
                "measured": measured,
                "Nyquist": np.full(depth.size, limit),
                "−Nyquist": np.full(depth.size, -limit),
            },
            title="Down the middle line",
            xlabel="depth (mm)",
            ylabel="velocity to the probe (m/s)",
            xlim=(8, 22),
            ylim=(-1.1, 1.1),
            dots=("measured",),
            dashed=("Nyquist", "−Nyquist"),
        ),
        Image(
            sonogram(angle_deg, peak_m_s, prf_hz),
            title="Spectrum over a heartbeat",
            unit="dB",
            limits=(-35, 0),
            extent=(0, SWEEP_S, AXIS_M_S, -AXIS_M_S),
            xlabel="time (s)",
            ylabel="velocity to the probe (m/s)",
            colorbar=False,
        ),
        caption=f"blood {peak_m_s:.1f} m/s, along the beam {seen:+.2f} m/s; Nyquist "
        f"{limit:.2f} m/s: " + ("aliased" if abs(seen) > limit else "not aliased"),
        alt=f"Colour Doppler of a vessel at {angle_deg}° to the beam with blood of {peak_m_s:.1f} "
        f"m/s and {prf_khz:g} kHz, its profile beside the true one, and the spectrum over time.",
    )


HEART = replace(ultrasound.HEART, focus_mm=80.0)
_STEP = np.deg2rad(HEART.sector_deg) / (HEART.shape[1] - 1)
_LINE = replace(HEART, sector_deg=4 * np.rad2deg(_STEP), shape=(280, 5))
#: Moments of a heartbeat, seconds of an M-mode, and its columns.
PHASES, M_SECONDS, M_COLUMNS = 25, 3.0, 240


@lru_cache
def relaxed_heart() -> Scatterers:
    """Return the scatterers of a heart across its ventricles, before it contracts."""
    return sow(heart("short"), rng=0, per_mm2=0.8, sector=True)


def _moved(points, phase, ejection):
    x, z = move(points.x_mm, points.z_mm, phase, ejection=ejection)
    return Scatterers(x, z, points.amplitude, points.loss_db_mhz)


@lru_cache(maxsize=64)
def heart_picture(phase: float, ejection: float) -> np.ndarray:
    """Return the B-mode picture of one moment, in dB."""
    lines = scanlines.scan(_moved(relaxed_heart(), phase, ejection), HEART, response=beam_of(HEART))
    return ultrasound.display(lines, HEART, dynamic_range_db=55, smooth_mm=0.5, reference=4.0)


@lru_cache(maxsize=64)
def line_over_beat(angle_deg: float, ejection: float) -> np.ndarray:
    """Return the echoes along one line at `PHASES` moments of a beat: (depth, phase), in dB."""
    points, angle = relaxed_heart(), np.deg2rad(angle_deg)
    x = points.x_mm * np.cos(angle) - points.z_mm * np.sin(angle)
    # The wall moves aside by some millimetres only: what is far from the line stays off it.
    near = np.abs(x) < 4 + 0.14 * points.z_mm
    points = Scatterers(
        *(
            values[near]
            for values in (points.x_mm, points.z_mm, points.amplitude, points.loss_db_mhz)
        )
    )
    frames = []
    for phase in np.arange(PHASES) / PHASES:
        now = _moved(points, phase, ejection)
        x = now.x_mm * np.cos(angle) - now.z_mm * np.sin(angle)
        z = now.x_mm * np.sin(angle) + now.z_mm * np.cos(angle)
        turned = Scatterers(x, z, now.amplitude, now.loss_db_mhz)
        frames.append(scanlines.scan(turned, _LINE, response=beam_of(_LINE)))
    envelope = doppler.m_mode(np.array(frames), 2) * bmode.time_gain(_LINE)[:, None]
    return bmode.log_compress(envelope, 55, reference=4.0)


@explorer(
    title="One line through a beating heart",
    line=Point(6.0, 90.0, xlim=(-50, 50), ylim=(70, 130), unit="mm", label="Line through"),
    phase=Slider(0.0, 1.0, 0.0, 0.02, label="Moment of the beat"),
    ejection=Slider(0.15, 0.75, 0.6, 0.05, label="Ejection fraction"),
    rate_per_min=Slider(40, 140, 70, 5, unit="/min", label="Heart rate"),
)
def mmode(*, line, phase, ejection, rate_per_min):
    """Follow one line of the picture over time."""
    picture = heart_picture(phase % 1, ejection)
    angle = float(np.clip(np.rad2deg(np.arctan2(*line)), -36, 36))
    beat = line_over_beat(round(angle), ejection)
    time = np.linspace(0, M_SECONDS, M_COLUMNS)
    at = time * rate_per_min / 60 * PHASES
    first, part = at.astype(int), (at % 1).astype(np.float32)
    strip = (1 - part) * beat[:, first % PHASES] + part * beat[:, (first + 1) % PHASES]
    half = picture.shape[1] * 0.25
    end = 140 * np.sin(np.deg2rad(angle)), 140 * np.cos(np.deg2rad(angle))
    moment = 60 / rate_per_min * (1 + phase)
    shorter = 1 - (1 - ejection) ** (1 / 3)
    look = {"unit": "dB", "limits": (-55, 0), "ylabel": "depth (mm)", "colorbar": False}
    return Picture(
        Image(
            picture,
            title="B-mode",
            extent=(-half, half, 0, 140),
            spacing_mm=0.5,
            xlabel="x (mm)",
            curves={"the line": ([0, end[0]], [0, end[1]])},
            **look,
        ),
        Image(
            strip,
            title="M-mode: the line over time",
            extent=(0, M_SECONDS, 0, 140),
            xlabel="time (s)",
            curves={"this moment": ([moment, moment], [0, 140])},
            **look,
        ),
        caption=f"the chamber is 48 mm wide, {48 * (1 - shorter):.0f} mm when contracted: "
        f"{100 * shorter:.0f} % shorter, {100 * ejection:.0f} % of the blood ejected",
        alt=f"A simulated heart across its ventricles, and one of its lines over {M_SECONDS:g} "
        f"seconds at {rate_per_min} beats a minute, {100 * ejection:.0f} % of the blood ejected.",
        columns=2,
    )
