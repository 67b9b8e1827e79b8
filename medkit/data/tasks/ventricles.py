"""Beating left ventricles under the probe: apical echo pictures, and the truth of each pixel.

The ventricle is that of `medkit.anatomy.ventricle`, the scanner the kit's, line by line.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy import ndimage

from medkit.anatomy import ventricle
from medkit.anatomy.fields import smooth_field
from medkit.anatomy.regions.heart import contraction
from medkit.anatomy.ventricle import Probe
from medkit.physics import ultrasound
from medkit.physics.ultrasound import scanlines
from medkit.physics.ultrasound.scatterers import Scatterers

#: A sector from between two ribs, coarse enough for thousands of pictures.
SECTOR = replace(
    ultrasound.HEART, focus_mm=80.0, f_number=2.2, sector_deg=80.0, depth_mm=150.0, shape=(150, 72)
)
#: Pixels of a picture, and the size of each: 64 × 2.25 mm = 144 mm.
SIZE, PIXEL_MM = 64, 2.25
#: Depth of the picture's upper edge, mm.
TOP_MM = 6.0
#: Echoes of the tissues in dB, set by eye beside the real cine of pydicom.
LEVEL_DB = {"lung": -21, "soft_tissue": -8, "fibrous": 8, "heart": -5, "blood": -32}
RANGE_DB, WHITE = 50.0, 3.0
#: A hand that hits the apex.
APICAL = Probe()


@dataclass(frozen=True)
class Window:
    """How well a patient is seen.

    Parameters
    ----------
    haze : float
        What comes in aside, everywhere, against muscle.
    clutter : float
        Echoes of ribs and skin in front of the apex.
    drop_out : float
        How unevenly walls are seen; the edges of the sector suffer first.
    noise_db : float
        Electronic noise against muscle at the focus, before the time gain.
    gain_db : float
        The knob of the scanner.
    """

    haze: float = 0.012
    clutter: float = 0.6
    drop_out: float = 0.35
    noise_db: float = -62.0
    gain_db: float = 0.0


#: Three patients: one who is easily seen, one who is not, and one who is hardly seen at all.
GOOD, POOR = Window(), Window(haze=0.04, clutter=1.2, drop_out=0.8, noise_db=-51.0)
VERY_POOR = Window(haze=0.08, clutter=2.0, drop_out=1.1, noise_db=-45.0)


@lru_cache(maxsize=16)
def beam_of(protocol):
    """Return how a protocol's lines see a point."""
    return scanlines.beam(protocol)


def grid(size=SIZE, pixel_mm=PIXEL_MM):
    """Return x (row) and z (column) of the pixels of a picture, in mm."""
    step = (np.arange(size) + 0.5) * pixel_mm
    return (step - size * pixel_mm / 2)[None], step[:, None] + TOP_MM


def mask(heart, phase, probe=APICAL, *, size=SIZE, pixel_mm=PIXEL_MM):
    """Return where the cavity is in a picture, bool."""
    return heart.labels(*probe.plane(heart, *grid(size, pixel_mm)), phase)[1]


@lru_cache(maxsize=64)
def _tissue(seed, protocol, per_mm2=1.0):
    """Return points in the sector (x, z), their amplitudes, and how each place is seen."""
    rng = np.random.default_rng(seed)
    half = np.deg2rad(protocol.sector_deg / 2) + 0.05
    n = int(per_mm2 * half * protocol.depth_mm**2)
    r, angle = protocol.depth_mm * np.sqrt(rng.random(n)), rng.uniform(-half, half, n)
    x, z = r * np.sin(angle), r * np.cos(angle)
    fields = smooth_field((60, 80), (4.0, 4.0), rng), smooth_field((60, 80), (1.0, 1.5), rng)
    place = [z / 2.5, x / 2.5 + 40]
    uneven, fine = (ndimage.map_coordinates(f, place, order=1, mode="nearest") for f in fields)
    return x, z, rng.normal(size=n), uneven, fine, angle


def echo(heart, phase, probe=APICAL, *, window=GOOD, seed=0, protocol=SECTOR):
    """Scan a ventricle at one moment of its beat.

    Returns
    -------
    numpy.ndarray
        Complex, shape (rows, lines); `picture` makes grey values of it.
    """
    x, z, amplitude, uneven, fine, angle = _tissue(seed, protocol)
    labels, _ = heart.labels(*probe.plane(heart, x, z), phase)
    level = 10 ** (np.array([LEVEL_DB[name] for name in ventricle.TISSUES])[labels] / 20)
    level = level * np.exp(window.drop_out * uneven + 0.35 * fine)
    level *= np.exp(-((np.abs(angle) / np.deg2rad(46 - 8 * window.drop_out)) ** 4))
    level += window.haze * np.exp(0.6 * uneven) + window.clutter * np.exp(-np.hypot(x, z) / 12)
    points = Scatterers(x, z, amplitude * level, 0.04 * z)
    if probe.view in ventricle.VIEWS:
        points = points + _leaflets(heart, phase, probe)
    lines = scanlines.scan(points, protocol, response=beam_of(protocol))
    rng = np.random.default_rng([seed, round(1e4 * (phase % 1))])
    noise = rng.normal(size=(2, *lines.shape)) * 10 ** (window.noise_db / 20)
    return lines + noise[0] + 1j * noise[1]


def _leaflets(heart, phase, probe):
    """Return the two leaflets of the mitral valve: bright points, closed in systole."""
    now, beat = float(contraction(phase)), phase % 1
    early, late = (
        np.exp(-(((beat - at) / wide) ** 2)) for at, wide in ((0.56, 0.06), (0.86, 0.05))
    )
    opened = 0.1 + early + 0.6 * late  # blood comes in two waves, E and A
    along = np.linspace(0, 1, 60)
    width = heart.radius(1.0, np.deg2rad(ventricle.VIEWS[probe.view])) * (1 - heart.squeeze * now)
    swing, length = 0.1 + 1.1 * opened, 0.95 * width * along
    base = heart.length_mm * (1 - heart.shortening * now)
    s = base - length * np.sin(swing)
    sides = [probe.place(heart, side * (width - length * np.cos(swing)), s) for side in (-1, 1)]
    x, z = (np.concatenate(c) for c in zip(*sides, strict=True))
    return Scatterers(x, z, np.full(x.size, 0.7), 0.04 * z)


def picture(lines, *, gain_db=0.0, protocol=SECTOR, size=SIZE, pixel_mm=PIXEL_MM):
    """Return the grey picture of lines, float32 from 0 to 1, shape (size, size)."""
    gain = ultrasound.bmode.time_gain(protocol)[:, None]
    envelope = ndimage.gaussian_filter(np.abs(lines), 0.7) * gain
    white = WHITE * 10 ** (-gain_db / 20)
    db = ultrasound.bmode.log_compress(envelope, RANGE_DB, reference=white)
    x, z = grid(size, pixel_mm)
    depth, lateral = protocol.axes
    row = np.hypot(x, z) / (depth[1] - depth[0]) - 0.5
    column = (np.arctan2(x, z) - lateral[0]) / (lateral[1] - lateral[0])
    grey = ndimage.map_coordinates(1 + db / RANGE_DB, [row, column], order=1, cval=0.0)
    return grey.astype(np.float32)


def draw_window(rng) -> Window:
    """Draw how well a patient is seen: from `GOOD` to `VERY_POOR` and a bit beyond, at any gain."""
    part = rng.uniform(-0.2, 1.2, 4)
    ends = np.array([[w.haze, w.clutter, w.noise_db] for w in (GOOD, VERY_POOR)])
    haze, clutter, noise = ends[0] * (ends[1] / ends[0]) ** part[:3]
    drop = GOOD.drop_out + part[3] * (VERY_POOR.drop_out - GOOD.drop_out)
    return Window(haze, clutter, drop, noise, rng.normal(0, 4))


def scan(heart, phase, probe=APICAL, window=GOOD, seed=0):
    """Return the grey picture of a ventricle, shape (64, 64), and where its cavity is."""
    lines = echo(heart, phase, probe, window=window, seed=seed)
    return picture(lines, gain_db=window.gain_db), mask(heart, phase, probe)


def lessons(n: int, rng=None):
    """Return pictures, float32 of shape (2 n, 64, 64, 1), and masks: both views of n hearts.

    Half are ill; the moment of the beat, the hand and the window are drawn for each picture.
    """
    rng = np.random.default_rng(rng)
    images, masks = [], []
    for k in range(n):
        heart = ventricle.draw(rng, bool(k % 2))
        for view in ventricle.VIEWS:
            phase = rng.choice([0.0, 0.36, rng.random()])
            probe = ventricle.draw_probe(rng, view, rng.normal(0, 6))
            window, seed = draw_window(rng), int(rng.integers(1 << 30))
            image, truth = scan(heart, phase, probe, window, seed)
            images.append(image)
            masks.append(truth)
    return np.array(images)[..., None], np.array(masks)
