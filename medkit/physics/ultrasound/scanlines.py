"""Line by line, as most scanners work: a focused beam for each line of the picture.

A beam is the same beam when it moves along the transducer. So its response to a
point, the point spread function, is computed once for each depth, and the picture is
the sum of many: one for each scatterer. The same factors as in `medkit.physics.ultrasound.echoes`
make it (pulse, directivity, spreading, attenuation, delays), added up frequency by
frequency; but one focused picture costs less than one transmission of the full model.
"""

from dataclasses import dataclass

import numpy as np

from medkit.compiled import compiled
from medkit.physics.ultrasound import transducer as factors
from medkit.physics.ultrasound.beamforming import WINDOWS
from medkit.physics.ultrasound.scatterers import Scatterers, random_scatterers

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
    """Add the waves between elements and points (zone, step, xz): out[zone, step, tone]."""
    real, imag = np.empty(elements.size), np.empty(elements.size)
    turn_real, turn_imag = np.empty(elements.size), np.empty(elements.size)
    for zone, step in np.ndindex(points.shape[:2]):
        x, z = points[zone, step]
        n = 0
        for e in range(elements.size):
            if weights[zone, e] == 0:
                continue
            dx = x - elements[e]
            r = np.sqrt(dx * dx + z * z)
            sine = min(abs(dx) / r, 1.0)
            w = weights[zone, e] * pattern[int(sine * (pattern.size - 1))] / np.sqrt(max(r, 0.1))
            late = 2 * np.pi * (r - origin[zone, e]) / speed  # against the beam's own time
            first, turn = late * tones[0], late * (tones[1] - tones[0])
            real[n], imag[n] = w * np.cos(first), -w * np.sin(first)
            turn_real[n], turn_imag[n] = np.cos(turn), -np.sin(turn)
            n += 1
        # Tone by tone, real and imaginary parts apart: so the processor takes several elements
        # at once.
        for k in range(tones.size):
            a = b = 0.0
            for e in range(n):
                a += real[e]
                b += imag[e]
                turned = real[e] * turn_real[e] - imag[e] * turn_imag[e]
                imag[e] = real[e] * turn_imag[e] + imag[e] * turn_real[e]
                real[e] = turned
            out[zone, step, k] = complex(a, b)


@compiled
def _superpose(x, z, amplitudes, losses, sector, lines, units, table, reach, image):
    """Add the response of each point (frame, point) to image[frame, look, line, row]."""
    step, row_mm, zone_mm, wave, nepers, alpha = units
    rows, looks = table.shape[3], image.shape[1]
    outermost = max(abs(lines[0]), abs(lines[-1]))
    widest = np.tan(np.minimum(outermost + step * (reach + LATERAL) / LATERAL, 1.5))
    for frame, i in np.ndindex(x.shape):
        u, depth = x[frame, i], z[frame, i]
        zone = min(int(depth / zone_mm), table.shape[0] - 1)
        if sector:
            if abs(u) > widest[zone] * depth:  # most points of a narrow sector, and cheaply told
                continue
            u, depth = np.arctan(u / depth), np.sqrt(u * u + depth * depth)
            zone = min(int(depth / zone_mm), table.shape[0] - 1)
        side = reach[zone]
        here, reach_lines = (u - lines[0]) / step, side / LATERAL
        left = max(0, int(np.ceil(here - reach_lines)))
        right = min(lines.size - 1, int(np.floor(here + reach_lines)))
        if left > right:
            continue
        # The table holds the assumed loss; a shadow or a cyst adds the difference at f₀.
        a = amplitudes[frame, i] * np.exp(-2 * nepers * (losses[frame, i] - alpha * depth))
        value = np.complex64(a * complex(np.cos(wave * depth), -np.sin(wave * depth)))
        at = depth / row_mm - 0.5 - rows // 2  # first row that it reaches
        first = int(np.ceil(at))
        phase = min(int((first - at) * AXIAL), AXIAL - 1)
        low, high = max(0, -first), min(rows, image.shape[3] - first)
        for line in range(left, right + 1):
            j = int(abs(line - here) * LATERAL + 0.5)
            if j > side:
                continue
            response, target = table[zone, j, phase], image[frame, i % looks, line]
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
    r = (np.arange(ZONES)[:, None] + 0.5) * zone_mm
    aside = np.arange(12 * LATERAL + 1) * (lateral[1] - lateral[0]) / LATERAL
    points = np.empty((ZONES, aside.size, 2))
    points[..., 0] = r * np.sin(aside) if protocol.sector_deg else aside
    points[..., 1] = r * np.cos(aside) if protocol.sector_deg else r
    elements = transducer.positions_mm
    sending = protocol.transmit_elements or transducer.elements
    send = np.abs(elements) < sending * transducer.pitch_mm / 2
    focus = protocol.focus_mm
    early = 0.0 if np.isinf(focus) else np.sign(focus) * (abs(focus) - np.hypot(elements, focus))
    half = np.maximum(r / (2 * protocol.f_number), 3 * transducer.pitch_mm)
    aperture = np.minimum(np.abs(elements) / half, 1)
    window = WINDOWS[protocol.apodisation](aperture) * (aperture < 1)
    window /= window.sum(axis=1, keepdims=True)
    span = 1.05 * transducer.bandwidth * transducer.frequency_mhz
    tones = np.linspace(*(transducer.frequency_mhz + span * np.array([-1, 1])), TONES)
    tones = np.maximum(tones, tones[-1] - (TONES - 1) * (tones[1] - tones[0]))
    pattern = factors.directivity(transducer, np.linspace(0, 1, 257))
    sent, heard = np.empty((2, ZONES, aside.size, TONES), np.complex128)
    origin = r - early + 0 * elements  # a wave along the line is on time
    weights = send / send.sum() + 0 * origin
    _aperture(points, elements, origin, weights, pattern, tones, speed, sent)
    _aperture(points, elements, np.hypot(elements, r), window, pattern, tones, speed, heard)
    loss = 10 ** (-2 * protocol.attenuation_db_cm_mhz * 0.1 * r * tones / 20)
    spectrum = sent * heard * (factors.pulse_spectrum(transducer, tones) * loss)[:, None]
    return _tabulate(spectrum, tones, depth, zone_mm, protocol)


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
    spectrum, waves = (values.astype(np.complex64) for values in (spectrum, waves))
    table = np.einsum("zlt,prt->zlpr", spectrum, waves, optimize=True)
    strength = np.abs(table).max(axis=(2, 3))
    loud = strength > EDGE * strength.max(axis=1, keepdims=True)
    reach = strength.shape[1] - 1 - np.argmax(loud[:, ::-1], axis=1)
    table /= strength.max()
    return Beam(table, zone_mm, reach)


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
        scatterers = random_scatterers(scatterers, rng=rng, sector=protocol.sector_deg > 0)
    response = beam(protocol) if response is None else response
    points = scatterers.points(protocol.attenuation_db_cm_mhz).T[:, None]
    image = _echoes(points, protocol, protocol.axes[1], response, looks)[0]
    merged = image[0] if looks == 1 else np.abs(image).mean(axis=0)
    return np.ascontiguousarray(merged.T)


def over_time(moments, protocol, *, response: Beam) -> np.ndarray:
    """Listen along one line of a sector again and again: the echoes of an M-mode.

    Parameters
    ----------
    moments : ndarray, shape (4, moment, point)
        Scatterers that move: x and z in mm, amplitude, and loss in dB/MHz
        (see `medkit.physics.ultrasound.scatterers.Scatterers`).
    protocol : UltrasoundProtocol
        Of a sector; only the line straight down is heard.
    response : Beam
        From `beam`.

    Returns
    -------
    ndarray, shape (row, moment)
        Complex echoes.
    """
    return _echoes(moments, protocol, np.zeros(1), response, 1)[:, 0, 0].T


def _echoes(points, protocol, lines, response, looks):
    """Return image[frame, look, line, row] of points (x z amplitude loss, frame, point)."""
    depth, lateral = protocol.axes[0], protocol.axes[1].astype(np.float32)
    image = np.zeros((points.shape[1], looks, lines.size, depth.size), np.complex64)
    f0 = protocol.transducer.frequency_mhz
    units = (
        lateral[1] - lateral[0],
        np.float32(depth[1] - depth[0]),
        np.float32(response.zone_mm),
        np.float32(4e3 * np.pi * f0 / protocol.speed_m_s),
        np.float32(f0 * np.log(10) / 20),
        np.float32(0.1 * protocol.attenuation_db_cm_mhz),
    )
    lines, sector = lines.astype(np.float32), protocol.sector_deg > 0
    _superpose(*points, sector, lines, units, response.table, response.reach, image)
    return image
