"""Line by line, as most scanners work: a focused beam for each line of the picture.

A beam is the same beam when it moves along the transducer. So its response to a
point, the point spread function, is computed once for each depth, and the picture is
the sum of many: one for each scatterer. The same factors as in `medkit.physics.ultrasound.echoes`
make it (pulse, directivity, spreading, attenuation, delays), added up frequency by
frequency; but one focused picture costs less than one transmission of the full model.
"""

from dataclasses import dataclass

import numpy as np

from medkit.physics.compiled import compiled
from medkit.physics.ultrasound import transducer as factors
from medkit.physics.ultrasound.beamforming import WINDOWS
from medkit.physics.ultrasound.scatterers import Scatterers, sow

#: Depths for which the beam is computed, positions between two rows and between two lines.
ZONES, AXIAL, LATERAL = 32, 8, 4
#: Frequencies that make the pulse.
TONES = 24
#: Part of the peak below which the beam is cut off aside.
EDGE = 0.02


@dataclass(frozen=True, eq=False)
class Beam:
    """How a scanner sees a point: the response around one line.

    Parameters
    ----------
    table : ndarray, shape (zone, lateral, AXIAL, row), complex64
        Response at a distance aside (steps of 1/LATERAL line) and along the line
        (fractions of a row, rows), the carrier taken out.
    zone_mm : float
        Depth of a zone.
    reach : ndarray of int, shape (zone,)
        Lateral steps until the response is negligible.
    """

    table: np.ndarray
    zone_mm: float
    reach: np.ndarray


@compiled
def _aperture(points, elements, origin, weights, pattern, tones, speed, out):
    """Add the waves between elements and points: out[point, tone]."""
    for i in range(points.shape[0]):
        x, z = points[i]
        for e in range(elements.size):
            if weights[i, e] == 0:
                continue
            dx = x - elements[e]
            r = np.sqrt(dx * dx + z * z)
            sine = min(abs(dx) / r, 1.0)
            w = weights[i, e] * pattern[int(sine * (pattern.size - 1))] / np.sqrt(max(r, 0.1))
            late = 2 * np.pi * (r - origin[i, e]) / speed  # against the beam's own time
            first, step = late * tones[0], late * (tones[1] - tones[0])
            wave = w * complex(np.cos(first), -np.sin(first))
            turn = complex(np.cos(step), -np.sin(step))
            for k in range(tones.size):
                out[i, k] += wave
                wave *= turn


@compiled
def _superpose(points, lines, row_mm, zone_mm, table, reach, wave, nepers, alpha, image):
    """Add the response of each point (lateral, depth, amplitude, loss) to the picture."""
    step = lines[1] - lines[0]
    rows = table.shape[3]
    for i in range(points.shape[0]):
        u, depth, amplitude, loss = points[i]
        zone = min(int(depth / zone_mm), table.shape[0] - 1)
        side, look = reach[zone], i % image.shape[0]
        # The table holds the assumed loss; a shadow or a cyst adds the difference at f₀.
        a = amplitude * np.exp(-2 * nepers * (loss - alpha * depth))
        value = np.complex64(a * complex(np.cos(wave * depth), -np.sin(wave * depth)))
        at = depth / row_mm - 0.5 - rows // 2  # first row that it reaches
        first = int(np.ceil(at))
        phase = min(int((first - at) * AXIAL), AXIAL - 1)
        low, high = max(0, -first), min(rows, image.shape[2] - first)
        here = (u - lines[0]) / step
        reach_lines = side / LATERAL
        left = max(0, int(np.ceil(here - reach_lines)))
        right = min(lines.size - 1, int(np.floor(here + reach_lines)))
        for line in range(left, right + 1):
            j = int(abs(line - here) * LATERAL + 0.5)
            if j > side:
                continue
            response, target = table[zone, j, phase], image[look, line]
            for k in range(low, high):
                target[first + k] += value * response[k]


def beam(protocol) -> Beam:
    """Compute how a scanner's lines see a point at each depth.

    Parameters
    ----------
    protocol : UltrasoundProtocol
        With a `focus_mm` above 0 for a transmit focus; infinite sends straight beams.
        `transmit_elements` is the sending aperture, `f_number` sets the receiving one,
        which follows the depth.

    Returns
    -------
    Beam
        To be used by `scan`.
    """
    transducer, speed = protocol.transducer, 1e-3 * protocol.speed_m_s
    depth, lateral = protocol.axes
    zone_mm = protocol.depth_mm / ZONES
    zones = (np.arange(ZONES) + 0.5) * zone_mm
    steps = LATERAL * 12
    aside = np.arange(steps + 1) * (lateral[1] - lateral[0]) / LATERAL
    r, u = (g.ravel() for g in np.meshgrid(zones, aside, indexing="ij"))
    points = np.stack([r * np.sin(u), r * np.cos(u)] if protocol.sector_deg else [u, r], axis=1)
    elements = transducer.positions_mm
    sending = protocol.transmit_elements or transducer.elements
    send = np.abs(elements) < sending * transducer.pitch_mm / 2
    focus = protocol.focus_mm
    early = 0.0 if np.isinf(focus) else np.sign(focus) * (abs(focus) - np.hypot(elements, focus))
    half = np.maximum(r[:, None] / (2 * protocol.f_number), 3 * transducer.pitch_mm)
    aperture = np.minimum(np.abs(elements) / half, 1)
    window = WINDOWS[protocol.apodisation](aperture) * (aperture < 1)
    window /= window.sum(axis=1, keepdims=True)
    span = 1.05 * transducer.bandwidth * transducer.frequency_mhz
    tones = np.linspace(*(transducer.frequency_mhz + span * np.array([-1, 1])), TONES)
    tones = np.maximum(tones, tones[-1] - (TONES - 1) * (tones[1] - tones[0]))
    pattern = factors.directivity(transducer, np.linspace(0, 1, 257))
    out = np.zeros((2, len(r), TONES), np.complex128)
    early = early + 0 * elements  # one for each element, for a plane wave too
    origin = r[:, None] - early  # a wave along the line is on time
    sent = send / send.sum() + 0 * origin
    _aperture(points, elements, origin, sent, pattern, tones, speed, out[0])
    origin = np.hypot(elements, r[:, None])
    _aperture(points, elements, origin, window, pattern, tones, speed, out[1])
    loss = 10 ** (-2 * protocol.attenuation_db_cm_mhz * 0.1 * r[:, None] * tones / 20)
    spectrum = out[0] * out[1] * factors.pulse_spectrum(transducer, tones) * loss
    return _tabulate(spectrum.reshape(ZONES, steps + 1, TONES), tones, depth, zone_mm, protocol)


def _tabulate(spectrum, tones, depth, zone_mm, protocol):
    """Turn spectra into responses along the line, and cut off what is negligible."""
    row_mm = depth[1] - depth[0]
    length = 0.5e-3 * protocol.speed_m_s * factors.pulse_length_us(protocol.transducer, -30.0)
    rows = 2 * int(np.ceil((0.5 * length + 0.3 * protocol.wavelength_mm) / row_mm)) + 2
    # Row k of fraction p lies (p + ½)/AXIAL rows plus k rows after the first reachable one.
    fraction = (np.arange(AXIAL) + 0.5) / AXIAL
    offset = (np.arange(rows) - rows // 2 + fraction[:, None]) * row_mm
    time = 2e3 * offset / protocol.speed_m_s
    waves = np.exp(2j * np.pi * (tones - protocol.transducer.frequency_mhz) * time[..., None])
    table = np.einsum("zlt,prt->zlpr", spectrum, waves, optimize=True).astype(np.complex64)
    strength = np.abs(table).max(axis=(2, 3))
    loud = strength > EDGE * strength.max(axis=1, keepdims=True)
    reach = strength.shape[1] - 1 - np.argmax(loud[:, ::-1], axis=1)
    return Beam(table / strength.max(), zone_mm, reach)


def scan(
    scatterers, protocol, *, rng=None, response: Beam | None = None, looks: int = 1
) -> np.ndarray:
    """Scan line by line with focused beams.

    Parameters
    ----------
    scatterers : Scatterers or Patient
        Points that scatter; a patient's first plane is filled with them.
    protocol : UltrasoundProtocol
        Its `shape` gives rows and lines; see `beam`.
    rng : None, int or numpy.random.Generator
        Randomness of the scatterers in a patient.
    response : Beam, optional
        From `beam`, when many pictures share one protocol.
    looks : int
        Scanners steer the beam to and fro and average what they see (compounding):
        speckle fades by √looks. Here the scatterers are dealt out over so many looks,
        which keeps the statistics and costs nothing.

    Returns
    -------
    ndarray, shape (row, line)
        Complex beamformed lines, as `medkit.physics.ultrasound.beamforming.beamform` returns them;
        with several looks their mean envelope. `medkit.physics.ultrasound.display`
        makes the B-mode picture.
    """
    if not isinstance(scatterers, Scatterers):
        scatterers = sow(scatterers, rng=rng, sector=protocol.sector_deg > 0)
    response = beam(protocol) if response is None else response
    points = scatterers.points(protocol.attenuation_db_cm_mhz)
    if protocol.sector_deg:
        x, z = points[:, 0].copy(), points[:, 1].copy()
        points[:, 0], points[:, 1] = np.arctan2(x, z), np.hypot(x, z)
    depth, lines = protocol.axes
    image = np.zeros((looks, *protocol.shape[::-1]), np.complex64)
    f0 = protocol.transducer.frequency_mhz
    _superpose(
        points,
        lines.astype(np.float32),
        np.float32(depth[1] - depth[0]),
        np.float32(response.zone_mm),
        response.table,
        response.reach,
        np.float32(4e3 * np.pi * f0 / protocol.speed_m_s),
        np.float32(f0 * np.log(10) / 20),
        np.float32(0.1 * protocol.attenuation_db_cm_mhz),
        image,
    )
    merged = image[0] if looks == 1 else np.abs(image).mean(axis=0)
    return np.ascontiguousarray(merged.T)
