"""Explorer of ``13_ultrasound``: blood in a vessel, by the phase of its echoes."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from medkit.chapters.ultrasound.explorers import beam_of, bmode_image
from medkit.physics import ultrasound
from medkit.physics.ultrasound import UltrasoundProtocol, doppler, scanlines
from medkit.physics.ultrasound.flow import Vessel, blood, pulse_wave
from medkit.physics.ultrasound.scatterers import scatter
from medkit.physics.ultrasound.transducer import LINEAR
from medkit.views.explorer import Image, Picture, Slider, explorer

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
#: Pulses for one colour picture, and seconds of a spectrum.
PULSES, SWEEP_S = 6, 1.2


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
def frames(angle_deg: float, peak_m_s: float, prf_hz: float) -> np.ndarray:
    """Return the echoes of `PULSES` pulses at the peak of systole: (pulse, row, column), complex.

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
    flow = blood(vessel, times, rng=0, per_mm2=10)
    echoes = np.array([scanlines.scan(b, protocol, response=beam_of(VESSEL)) for b in flow])
    noise = np.random.default_rng(1).standard_normal((2, *echoes.shape), np.float32)
    return echoes + _neck(angle_deg) + 1e-3 * (noise[0] + 1j * noise[1])


def colour_flow(angle_deg, peak_m_s, prf_hz) -> doppler.Colour:
    """Return colour Doppler of `frames`."""
    pulses = frames(angle_deg, peak_m_s, prf_hz)
    return doppler.colour(pulses - pulses.mean(axis=0), replace(VESSEL, prf_hz=prf_hz))


def colours(velocity, limit, shift=0.0) -> np.ndarray:
    """Return the colours of velocities: red comes nearer, blue goes away, bright is fast.

    Parameters
    ----------
    velocity, limit : ndarray, float
        Velocity, and the Nyquist speed in the same unit.
    shift : float
        Where the middle of the scale lies: a baseline shift makes room on one side.
    """
    sign = np.where(velocity > 0, 1, -1)
    part = np.clip(np.abs(velocity) / np.maximum(np.abs(shift + sign * limit), 1e-9), 0, 1)
    main, second = 130 + 125 * part, 230 * part**2
    red, blue = (np.where(side * velocity > 0, main, 0) for side in (1, -1))
    return np.stack([red, second, blue], axis=-1).astype(np.uint8)


def unwrap(velocity, limit, shift) -> np.ndarray:
    """Return velocities as a scale from shift − limit to shift + limit shows them."""
    return np.mod(velocity - shift + limit, 2 * limit) - limit + shift


def neck_db(angle_deg) -> np.ndarray:
    """Return the B-mode picture below the colours, in dB down to −50."""
    return ultrasound.display(_neck(angle_deg), VESSEL, dynamic_range_db=50, gain_db=-8)


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
    """Return the spectrum over time, from −Nyquist to Nyquist, in dB."""
    gate = gate_echoes(Vessel(angle_deg=90 - angle_deg, peak_m_s=peak_m_s), prf_hz)
    window = max(16, int(0.016 * prf_hz) // 2 * 2)
    return doppler.spectrogram(
        gate,
        replace(VESSEL, prf_hz=prf_hz),
        window=window,
        step=max(1, round(0.008 * prf_hz)),
        dynamic_range_db=35,
    )[0]


@explorer(
    title="Colour, spectrum, and their trap",
    prf_khz=Slider(1.0, 10.0, 3.0, 0.5, unit="kHz", label="Pulses per second (PRF)"),
    peak_m_s=Slider(0.1, 1.5, 0.6, 0.1, unit="m/s", label="Fastest blood"),
    angle_deg=Slider(45, 135, 60, 5, unit="°", label="Angle between beam and flow"),
    baseline=Slider(-0.9, 0.9, 0.0, 0.1, unit="of the Nyquist speed", label="Baseline shift"),
)
def flow(*, prf_khz, peak_m_s, angle_deg, baseline):
    """Measure blood by the phase of its echoes."""
    prf_hz = 1e3 * prf_khz
    limit = 100 * doppler.nyquist_m_s(replace(VESSEL, prf_hz=prf_hz))
    shift = baseline * limit
    found = colour_flow(angle_deg, peak_m_s, prf_hz)
    velocity = unwrap(100 * found.velocity_m_s, limit, shift)
    grey = np.clip(255 * (1 + neck_db(angle_deg) / 50), 0, 255)[..., None].astype(np.uint8)
    loud = (found.power > 2e-5)[..., None]
    depth, middle = VESSEL.axes[0], VESSEL.shape[1] // 2
    along, across = np.cos(np.deg2rad(angle_deg)), np.sin(np.deg2rad(angle_deg))
    true = 100 * along * Vessel(peak_m_s=peak_m_s).speed_m_s((depth - 15) * across)
    measured = np.where(loud[:, middle, 0], velocity[:, middle], np.nan)
    scale = np.linspace(shift + limit, shift - limit, 120)
    here, bar = depth[[40, 120]], colours(scale, limit, shift)[:, None]
    ends = {"extent": (*here, scale[0], scale[-1]), "ylabel": "velocity to the probe (cm/s)"}
    seen = 100 * peak_m_s * along
    spectrum = sonogram(angle_deg, peak_m_s, prf_hz)[::-1]
    rows = np.round(np.linspace(0, 1, 120) * len(spectrum) - baseline * len(spectrum) / 2)
    return Picture(
        replace(
            bmode_image(
                np.where(loud, colours(velocity, limit, shift), grey), VESSEL, title="Colour"
            ),
            unit="",
        ),
        Image(
            np.concatenate([bar] * 2 + [bar // 2 + 110] * 30, axis=1),
            "Colour scale, middle line",
            xlabel="depth (mm)",
            curves={"true": (depth[40:120], true[40:120])},
            points={"measured": (depth[40:120:2], measured[40:120:2])},
            **ends,
        ),
        Image(
            spectrum[rows.astype(int) % len(spectrum)],
            "Spectrum",
            values=("dB", -35, 0),
            **{**ends, "extent": (0, SWEEP_S, scale[0], scale[-1])},
            xlabel="time (s)",
        ),
        caption=f"blood {100 * peak_m_s:.0f} cm/s, along the beam {seen:+.0f} cm/s; the scale goes "
        f"from {scale[-1]:.0f} to {scale[0]:.0f} cm/s: "
        + ("not aliased" if scale[-1] <= seen <= scale[0] else "aliased"),
        alt=f"Colour Doppler of a vessel at {angle_deg}° to the beam with blood of {peak_m_s:.1f} "
        f"m/s and {prf_khz:g} kHz, its profile beside the true one, and the spectrum over time.",
        columns=2,
    )
