"""Explorer of ``13_ultrasound``: from the recordings of the elements to a pixel."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from medkit.chapters.ultrasound.explorers import bmode_image
from medkit.physics import ultrasound
from medkit.physics.ultrasound import UltrasoundProtocol, beamforming, bmode
from medkit.physics.ultrasound.scatterers import Scatterers, scatter
from medkit.physics.ultrasound.transducer import LINEAR
from medkit.views.explorer import Image, Lines, Picture, Point, Slider, explorer

#: Plane waves of the beamforming explorer, from the middle outwards.
ANGLES = (0.0, -2.0, 2.0, -4.0, 4.0, -6.0, 6.0, -8.0, 8.0)
_ARRAY = UltrasoundProtocol(
    transducer=replace(LINEAR, elements=64, frequency_mhz=5.0),
    depth_mm=25.0,
    shape=(144, 72),
    f_number=1.0,
)
WIRES = ((-4.0, 8.0), (0.0, 14.0), (-4.0, 20.0))


@lru_cache
def _few_echoes():
    """Three wires and a cyst in thin speckle."""
    z, x = (np.mgrid[:125, :96] + 0.5) * 0.2
    hole = np.hypot(x - 9.6 - 4.5, z - 15) < 3
    tissue = scatter(np.where(hole, 0, 1.0), 0.05 * z, (0.2, 0.2), per_mm2=6, rng=1)
    x, z = np.array(WIRES).T
    return tissue + Scatterers(x, z, np.full(3, 60.0), 0.05 * z)


@lru_cache
def _recordings():
    """Record all waves at once, so that no slider waits for them."""
    protocol = replace(_ARRAY, steer_deg=ANGLES)
    rf = ultrasound.acquire(_few_echoes(), protocol, rng=0, noise_db=-70)
    return dict(zip(ANGLES, beamforming.demodulate(rf, protocol), strict=True))


def channels(angle_deg: float = 0.0) -> np.ndarray:
    """Return what 64 elements record of one plane wave, as IQ: shape (element, sample)."""
    return _recordings()[angle_deg]


@lru_cache(maxsize=160)
def _one_wave(angle_deg, elements):
    model = beamforming.ChannelModel(replace(_ARRAY, steer_deg=(angle_deg,)))
    iq = np.array(channels(angle_deg))
    iq[np.abs(np.arange(64) - 31.5) > elements / 2] = 0
    return model.adjoint(iq[None])


def _read_along(point, angle_deg=0.0):
    """Return the time at which each element hears a point, and what it heard, in phase."""
    x = _ARRAY.transducer.positions_mm
    sent = beamforming.transmit_path_mm(_ARRAY, angle_deg, point[0], point[1])
    time = (sent + np.hypot(point[0] - x, point[1])) / 1.54
    iq, rate = channels(angle_deg), _ARRAY.sampling_mhz
    k = np.clip((time * rate).astype(int), 0, iq.shape[1] - 2)
    part, rows = time * rate - k, np.arange(64)
    heard = (1 - part) * iq[rows, k] + part * iq[rows, k + 1]
    return time, heard * np.exp(2j * np.pi * _ARRAY.transducer.frequency_mhz * time)


@explorer(
    title="Delay and sum",
    pixel=Point(0.0, 14.0, xlim=(-9, 9), ylim=(3, 24), unit="mm", label="Pixel"),
    elements=Slider(4, 64, 64, 4, label="Elements that listen"),
    waves=Slider(1, 9, 1, label="Plane waves compounded"),
)
def beamform(*, pixel, elements, waves):
    """Drag a pixel, and see which echoes are added up to make it."""
    image = sum(_one_wave(angle, elements) for angle in ANGLES[:waves])
    white = np.abs(image[30:]).max()
    picture = ultrasound.display(image, _ARRAY, reference=0.5 * white, dynamic_range_db=55)
    time, heard = _read_along(pixel)
    on = np.abs(np.arange(64) - 31.5) < elements / 2
    agree = np.abs(heard[on].sum()) / np.abs(heard[on]).sum()
    recorded = bmode.log_compress(np.abs(channels()).T, 50)[: int(36 * _ARRAY.sampling_mhz)]
    loudest = np.abs(heard).max()
    number = np.arange(1, 65)
    return Picture(
        bmode_image(picture, _ARRAY, title="The picture", limits=(-55, 0)),
        Image(
            recorded,
            "What the elements recorded",
            values=("dB", -50, 0),
            xaxis=("element", 0.5, 64.5),
            yaxis=("time (µs)", 0, 36),
            colorbar=False,
            curves={"when the pixel's echo arrives": (number[on], time[on])},
        ),
        Lines(
            number,
            {"read on the curve": np.where(on, heard.real / loudest, np.nan)},
            "To be added up",
            xaxis=("element", 0, 65),
            yaxis=("echo (of the loudest)", -1.1, 1.1),
            dots=("read on the curve",),
        ),
        caption=f"the sum is {100 * agree:.0f} % of what it would be if all echoes agreed; "
        f"{elements} elements, {waves} plane wave{'s' if waves > 1 else ''}",
        alt="A B-mode picture with three wires and a cyst, the recordings of 64 elements with the "
        f"curve of delays of a pixel at {pixel[1]:.0f} mm, and the values read along it.",
        columns=2,
    )
