"""Explorers of ``13_ultrasound``: an echo, a beam, and where the grain comes from.

A pixel is in `beamforming`, a lump in `breast`, and what moves in
`doppler`.
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from medkit.physics import ultrasound
from medkit.physics.ultrasound import UltrasoundProtocol, beamforming, bmode, scanlines, transducer
from medkit.physics.ultrasound.scatterers import Scatterers, scatter
from medkit.physics.ultrasound.transducer import LINEAR
from medkit.views.explorer import Image, Lines, Picture, Point, Slider, explorer

#: Attenuation of average soft tissue, dB/cm/MHz.
TISSUE_LOSS = 0.5
#: Level of the electronic noise against an echo without any loss, in dB.
NOISE_DB = -90.0


def bmode_image(pixels, protocol, **settings) -> Image:
    """Return a B-mode panel of a linear array with its axes in mm."""
    half = protocol.transducer.aperture_mm / 2
    spacing = protocol.depth_mm / pixels.shape[0], 2 * half / pixels.shape[1]
    return Image(
        pixels,
        unit="dB",
        spacing_mm=spacing,
        xaxis=("x (mm)", -half, half),
        yaxis=("depth (mm)", 0, protocol.depth_mm),
        **{"colorbar": False, **settings},
    )


@lru_cache(maxsize=32)
def axial_resolution_mm(probe) -> float:
    """Return the width at half height of the echo of a point, along the beam, in mm."""
    time = np.linspace(-1.0, 1.0, 801)
    envelope = np.abs(
        beamforming.demodulate(
            transducer.pulse(probe, time), UltrasoundProtocol(transducer=probe, sampling_mhz=400.0)
        )
    )
    return float(np.count_nonzero(envelope > envelope.max() / 2) * (time[1] - time[0]) * 1.54 / 2)


@lru_cache
def _echo_level_db(frequency_mhz):
    """Level of a wire's echo against depth; the attenuation takes the high tones first."""
    depth = np.linspace(1, 120, 41)
    probe = replace(LINEAR, frequency_mhz=frequency_mhz)
    time = np.linspace(-0.5 / frequency_mhz, 0.5 / frequency_mhz, 17)
    echo = transducer.pulse(probe, time, loss_db_mhz=0.2 * TISSUE_LOSS * depth)
    return depth, 20 * np.log10(np.abs(echo).max(axis=1))


@explorer(
    title="Two wires, one pulse",
    frequency_mhz=Slider(2.0, 15.0, 5.0, 0.5, unit="MHz", label="Frequency"),
    gap_mm=Slider(0.05, 1.0, 0.25, 0.05, unit="mm", label="Distance of the wires"),
    depth_mm=Slider(5, 110, 20, 5, unit="mm", label="Depth"),
)
def echo(*, frequency_mhz, gap_mm, depth_mm):
    """Hear two wires, one behind the other, through soft tissue."""
    probe = replace(LINEAR, frequency_mhz=frequency_mhz)
    depth = depth_mm + np.linspace(-1.5, 1.5, 361)
    loss = 0.2 * TISSUE_LOSS * depth_mm
    time = 2 * (depth - depth_mm) / 1.54
    rf = sum(transducer.pulse(probe, time - s * gap_mm / 1.54, loss_db_mhz=loss) for s in (-1, 1))
    noise = np.random.default_rng(0).standard_normal(depth.size) * 10 ** (NOISE_DB / 20)
    levels = _echo_level_db(frequency_mhz)
    level = float(np.interp(depth_mm, *levels))
    shown = (rf + noise) * 10 ** (-level / 20)
    sampled = UltrasoundProtocol(transducer=probe, sampling_mhz=1 / (time[1] - time[0]))
    envelope = np.abs(beamforming.demodulate(shown, sampled))
    lost = level < NOISE_DB + 6
    resolution = axial_resolution_mm(probe)
    return Picture(
        Lines(
            depth - depth_mm,
            {"echoes, amplified": shown, "envelope": envelope},
            "What one element hears",
            xaxis=("depth from the middle of the wires (mm)", -1.5, 1.5),
            yaxis=("signal", -2.2, 2.2),
            marks={"": -gap_mm / 2, " ": gap_mm / 2},
        ),
        Lines(
            levels[0],
            {"echo of a wire": levels[1], "noise": np.full(levels[0].size, NOISE_DB)},
            "How loud it comes back",
            xaxis=("depth (mm)", 0, 120),
            yaxis=("level (dB)", -130, 0),
            dashed=("noise",),
            marks={"wires": depth_mm},
        ),
        caption=f"pulse {2 * resolution:.2f} mm long: it tells apart {resolution:.2f} mm; "
        f"the echo comes back at {level:.0f} dB, "
        + ("lost in the noise" if lost else f"{level - NOISE_DB:.0f} dB above the noise"),
        alt=f"The echoes of two wires {gap_mm:.2f} mm apart at {depth_mm} mm with a pulse of "
        f"{frequency_mhz:g} MHz, and the level of an echo against depth beside the noise.",
    )


@lru_cache
def phantom() -> Scatterers:
    """Return wires, cysts and speckle: what sonographers test their probes with."""
    z, x = (np.mgrid[:250, :192] + 0.5) * 0.2
    x -= 19.2
    holes = [np.hypot(x - 10, z - d) < r for d, r in ((9, 1.0), (17, 2.0), (29, 3.0), (43, 4.0))]
    even = np.where(np.any(holes, axis=0), 0, 1.0)
    tissue = scatter(even, 0.05 * z, (0.2, 0.2), per_mm2=8, rng=0)
    column = np.arange(5, 50, 5.0)
    row = np.cumsum([-18.0, 1.0, 2.0, 3.0, 4.0])
    wx = np.r_[np.full(column.size, -4.0), row, row]
    wz = np.r_[column, np.full(row.size, 15.0), np.full(row.size, 35.0)]
    return tissue + Scatterers(wx, wz, np.full(wx.size, 45.0), 0.05 * wz)


def probe_protocol(frequency_mhz, f_number, focus_mm) -> UltrasoundProtocol:
    """Return a linear array that sends and hears through an aperture of depth / F-number."""
    sending = int(np.clip(focus_mm / f_number / LINEAR.pitch_mm, 4, 128))
    return UltrasoundProtocol(
        transducer=replace(LINEAR, frequency_mhz=frequency_mhz),
        depth_mm=50.0,
        focus_mm=focus_mm,
        transmit_elements=sending,
        f_number=f_number,
        shape=(256, 160),
    )


@lru_cache(maxsize=40)
def beam_of(protocol: UltrasoundProtocol) -> scanlines.Beam:
    """Return how a scanner's lines see a point; computed once for each protocol."""
    return scanlines.beam(protocol)


def beam_width_mm(protocol) -> tuple[np.ndarray, np.ndarray]:
    """Return depths, and the width of the beam at half its height (there and back), in mm."""
    response = beam_of(protocol)
    strength = np.abs(response.table).max(axis=(2, 3))
    depth = (np.arange(len(strength)) + 0.5) * response.zone_mm
    inside = strength > 0.5 * strength[:, :1]
    last = np.where(inside.all(axis=1), strength.shape[1] - 2, np.argmin(inside, axis=1) - 1)
    rows = np.arange(len(last))
    a, b = strength[rows, last], strength[rows, last + 1]
    part = np.clip((a - 0.5 * strength[:, 0]) / np.maximum(a - b, 1e-12), 0, 1)
    lateral = protocol.axes[1]
    return depth, 2 * (last + part) * (lateral[1] - lateral[0]) / scanlines.LATERAL


@lru_cache
def _hiss(shape):
    """Noise of the receiver, of mean power 2."""
    noise = np.random.default_rng(0).standard_normal((2, *shape), np.float32)
    return noise[0] + 1j * noise[1]


@explorer(
    title="Frequency, aperture, focus",
    frequency_mhz=Slider(3.0, 12.0, 6.0, 0.5, unit="MHz", label="Frequency"),
    f_number=Slider(1.5, 6.0, 3.0, 0.25, label="F-number (depth / aperture)"),
    focus=Point(-4.0, 25.0, xlim=(-17, 17), ylim=(4, 48), unit="mm", label="Focus"),
)
def probe(*, frequency_mhz, f_number, focus):
    """Drag the focus through a phantom of wires, cysts and speckle."""
    protocol = probe_protocol(frequency_mhz, f_number, round(focus[1] * 2) / 2)
    lines = scanlines.scan(phantom(), protocol, response=beam_of(protocol))
    lines = lines + 10 ** ((NOISE_DB + 38) / 20) * _hiss(protocol.shape)
    gain = bmode.time_gain(protocol)[:, None]
    speckle = np.median(np.abs(lines * gain)[30:100])
    picture = ultrasound.display(lines, protocol, reference=10 * speckle, dynamic_range_db=55)
    depth, width = beam_width_mm(protocol)
    here = float(np.interp(focus[1], depth, width))
    across = np.r_[-width, width[::-1]]
    return Picture(
        bmode_image(
            picture,
            protocol,
            title="A test phantom",
            limits=(-55, 0),
            curves={"width of the beam": (focus[0] + across / 2, np.r_[depth, depth[::-1]])},
        ),
        Lines(
            depth,
            {"width of the beam": width},
            "How wide a wire looks",
            xaxis=("depth (mm)", 0, 50),
            yaxis=("width (mm)", 0, 4.0),
            marks={"focus": focus[1]},
        ),
        caption=f"at the focus λF# = {protocol.wavelength_mm * f_number:.2f} mm, the beam is "
        f"{here:.2f} mm wide; along the beam {axial_resolution_mm(protocol.transducer):.2f} mm",
        alt=f"B-mode picture of a phantom at {frequency_mhz:g} MHz and F-number {f_number:g}, "
        f"focused at {focus[1]:.0f} mm, and the width of the beam against depth.",
    )


_SPECKLE = UltrasoundProtocol(
    transducer=replace(LINEAR, elements=64, frequency_mhz=5.0),
    depth_mm=24.0,
    focus_mm=15.0,
    transmit_elements=20,
    f_number=3.0,
    shape=(160, 96),
    attenuation_db_cm_mhz=0.0,
)


@lru_cache(maxsize=32)
def speckle_envelope(per_mm2: float, looks: int = 1, seed: int = 0) -> np.ndarray:
    """Return the envelope of even tissue, its mean 1, without the edges."""
    even = np.ones((120, 96), np.float32)
    tissue = scatter(even, 0 * even, (0.2, 0.2), per_mm2=per_mm2 * looks, rng=seed)
    tissue = replace(tissue, amplitude=np.sign(tissue.amplitude))  # all equally strong
    lines = scanlines.scan(tissue, _SPECKLE, response=beam_of(_SPECKLE), looks=looks)
    # The beam hears some depths better than others; without that the tissue is even.
    heard = np.sqrt((np.abs(beam_of(_SPECKLE).table) ** 2).sum(axis=(1, 2, 3)))
    zones = (np.arange(heard.size) + 0.5) * beam_of(_SPECKLE).zone_mm
    envelope = np.abs(lines) / np.interp(_SPECKLE.axes[0], zones, heard)[:, None]
    envelope = envelope[50:130, 12:-12]
    return envelope / envelope.mean()
