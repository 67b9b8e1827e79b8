"""Delay and sum: every pixel collects its own echoes.

The echo of a pixel reaches element e after τ = (transmit path + way back)/c. Delay
and sum reads each channel at its τ and adds; echoes of the pixel add in step, all
others cancel. That is the adjoint of a simple model of the scanner, not its inverse,
as back-projection is in CT: `ChannelModel` has both directions.

Channels are read as complex baseband signals (IQ): the carrier is taken out, so the
signal is smooth enough to interpolate linearly, and put back as a phase.
"""

import numpy as np
from scipy import fft

from medkit.compiled import compiled
from medkit.physics.linear import LinearOperator

#: Receiving windows, as functions of the position u = −1 … 1 in the aperture.
WINDOWS = {"boxcar": np.ones_like, "hann": lambda u: 0.5 + 0.5 * np.cos(np.pi * u)}
#: Steps of the tables of the window and of the phase.
_STEPS, _TURN = 64, 1024


@compiled
def _gather(iq, x, z, sent, half, elements, window, phasor, scale, image, total):
    """Add to each pixel its echo in each channel; scale = (follow, samples/mm, turns/mm, start)."""
    follow, samples_mm, turns_mm, start = scale
    last = np.float32(iq.shape[1] - 2)
    for row in range(x.shape[0]):
        for e in range(elements.size):
            channel = iq[e]
            for col in range(x.shape[1]):
                u = np.abs(follow * x[row, col] - elements[e])
                if u >= half[row, col]:
                    continue
                dx, depth = x[row, col] - elements[e], z[row, col]
                path = sent[row, col] + np.sqrt(dx * dx + depth * depth)
                at = path * samples_mm - start
                if at < 0 or at >= last:
                    continue
                k = np.int32(at)
                f = at - np.float32(k)
                turns = path * turns_mm
                turns -= np.floor(turns)
                w = window[np.int32(u / half[row, col] * np.float32(_STEPS))]
                value = channel[k] + f * (channel[k + 1] - channel[k])
                image[row, col] += w * value * phasor[np.int32(turns * np.float32(_TURN))]
                total[row, col] += w


@compiled
def _scatter(image, x, z, sent, half, elements, window, phasor, scale, iq):
    """Spread each pixel into the channels with the very weights of `_gather`."""
    follow, samples_mm, turns_mm, start = scale
    last = np.float32(iq.shape[1] - 2)
    for row in range(x.shape[0]):
        for e in range(elements.size):
            channel = iq[e]
            for col in range(x.shape[1]):
                u = np.abs(follow * x[row, col] - elements[e])
                if u >= half[row, col]:
                    continue
                dx, depth = x[row, col] - elements[e], z[row, col]
                path = sent[row, col] + np.sqrt(dx * dx + depth * depth)
                at = path * samples_mm - start
                if at < 0 or at >= last:
                    continue
                k = np.int32(at)
                f = at - np.float32(k)
                turns = path * turns_mm
                turns -= np.floor(turns)
                w = window[np.int32(u / half[row, col] * np.float32(_STEPS))]
                back = np.conj(phasor[np.int32(turns * np.float32(_TURN))])
                value = w * image[row, col] * back
                channel[k] += value - f * value
                channel[k + 1] += f * value


def demodulate(rf: np.ndarray, protocol, *, start_us: float = 0.0) -> np.ndarray:
    """Take the carrier out: RF to complex baseband (IQ) at the same sampling.

    Multiplying by exp(−2πi f₀ t) moves the band around f₀ to zero; what is farther
    away than the band is wide is removed. Works below the Nyquist rate of the
    carrier too, as long as the sampling holds the band itself.

    Parameters
    ----------
    rf : ndarray, shape (…, sample)
        Real channel data.
    protocol : UltrasoundProtocol
        Its sampling and centre frequency.
    start_us : float
        Time of sample 0.

    Returns
    -------
    ndarray, shape of `rf`, complex64
        Its magnitude is the envelope.

    Examples
    --------
    >>> from medkit.physics.ultrasound import UltrasoundProtocol
    >>> time = np.arange(512) / 30.4
    >>> iq = demodulate(3 * np.cos(2 * np.pi * 7.6 * time), UltrasoundProtocol())
    >>> print(np.abs(iq[200:300]).mean().round(3))
    3.0
    """
    rate, f0 = protocol.sampling_mhz, protocol.transducer.frequency_mhz
    n = fft.next_fast_len(rf.shape[-1])
    spectrum = fft.fft(np.asarray(rf, np.float32), n, axis=-1)
    shift = round(f0 / rate * n)
    spectrum = np.roll(spectrum, -shift % n, axis=-1)
    # ±f₀ holds every pulse; a narrower band is all that a slow sampling leaves.
    keep = min(f0, 0.5 * rate * min(1.0, 2 * abs(f0 / rate - round(f0 / rate)) or 1.0))
    spectrum[..., np.abs(fft.fftfreq(n, 1 / rate)) > keep] = 0
    iq = fft.ifft(spectrum, axis=-1)[..., : rf.shape[-1]]
    time = start_us + np.arange(rf.shape[-1]) / rate
    # The roll moved by whole bins from sample 0; this is what is left of f₀.
    left = np.exp(-2j * np.pi * (f0 * time - shift * rate / n * (time - start_us)))
    return (2 * iq * left).astype(np.complex64)


def transmit_path_mm(protocol, angle_deg: float, x_mm, z_mm) -> np.ndarray:
    """Return how far the wave front has come, from the transducer's middle, at each point.

    Parameters
    ----------
    protocol : UltrasoundProtocol
        Its `focus_mm` decides between focused, plane and diverging.
    angle_deg : float
        Direction of the transmission.
    x_mm, z_mm : ndarray
        Where.

    Returns
    -------
    ndarray, float32
        Path in mm.
    """
    sine, cosine = np.sin(np.deg2rad(angle_deg)), np.cos(np.deg2rad(angle_deg))
    along = x_mm * sine + z_mm * cosine
    focus = protocol.focus_mm
    if np.isinf(focus):
        return np.asarray(along, np.float32)
    to_focus = np.hypot(x_mm - focus * sine, z_mm - focus * cosine)
    return np.asarray(focus + np.sign(along - focus) * to_focus, np.float32)


class ChannelModel(LinearOperator):
    """Picture to channel data, and back by delay and sum.

    Parameters
    ----------
    protocol : UltrasoundProtocol
        Grid, transmissions, receiving aperture and sampling.
    start_us : float
        Time of sample 0.
    samples : int, optional
        Length of a record; the protocol's by default.

    Attributes
    ----------
    weight : ndarray, shape of the picture
        After an `adjoint`: sum of the window over all channels that reached a pixel.

    Notes
    -----
    `forward` takes a picture (row, column) to IQ data (transmission, element, sample);
    `adjoint` is delay and sum without normalisation.
    """

    input_dtype = output_dtype = np.dtype(np.complex64)

    def __init__(self, protocol, *, start_us: float = 0.0, samples: int | None = None):
        self.protocol = protocol
        elements = protocol.transducer.elements
        self.input_shape = tuple(protocol.shape)
        self.output_shape = (len(protocol.steer_deg), elements, samples or protocol.samples)
        x, z = protocol.grid_mm
        self._paths = [transmit_path_mm(protocol, a, x, z) for a in protocol.steer_deg]
        per_mm = 1e3 / protocol.speed_m_s
        window = WINDOWS[protocol.apodisation]((np.arange(_STEPS + 1) + 0.5) / _STEPS)
        phasor = np.exp(2j * np.pi * (np.arange(_TURN + 1) + 0.5) / _TURN)
        self._tables = (
            protocol.transducer.positions_mm.astype(np.float32),
            window.astype(np.float32),
            phasor.astype(np.complex64),
            np.array(
                [
                    0.0 if protocol.sector_deg else 1.0,  # a sector is seen by the middle
                    protocol.sampling_mhz * per_mm,
                    protocol.transducer.frequency_mhz * per_mm,
                    start_us * protocol.sampling_mhz,
                ],
                np.float32,
            ),
        )
        # Half the receiving aperture: depth / 2F#, and a few elements even at the skin.
        depth = np.hypot(x, z) if protocol.sector_deg else z
        half = np.maximum(depth / (2 * protocol.f_number), 3 * protocol.transducer.pitch_mm)
        self._grid = x, z, half.astype(np.float32)
        self.weight = np.zeros(self.input_shape, np.float32)

    def _forward(self, x):
        x_mm, z_mm, half = self._grid
        iq = np.zeros(self.output_shape, np.complex64)
        for path, channels in zip(self._paths, iq, strict=True):
            _scatter(x, x_mm, z_mm, path, half, *self._tables, channels)
        return iq

    def _adjoint(self, y):
        image = np.zeros(self.input_shape, np.complex64)
        self.weight = np.zeros(self.input_shape, np.float32)
        x_mm, z_mm, half = self._grid
        for path, channels in zip(self._paths, y, strict=True):
            _gather(channels, x_mm, z_mm, path, half, *self._tables, image, self.weight)
        return image


def beamform(rf: np.ndarray, protocol, *, start_us: float = 0.0) -> np.ndarray:
    """Delay and sum to complex pixels, and the mean over the transmissions.

    Parameters
    ----------
    rf : ndarray, shape (transmission, element, sample)
        Channel data.
    protocol : UltrasoundProtocol
        The settings they were acquired with.
    start_us : float
        Time of sample 0.

    Returns
    -------
    ndarray, shape (row, column), complex64
        Mean of the channels that see the pixel. Magnitude: envelope. Phase: 4π/λ times
        how far the scatterer is from the pixel's middle, which Doppler reads.
    """
    rf = np.asarray(rf)
    if rf.ndim != 3 or rf.shape[:2] != (len(protocol.steer_deg), protocol.transducer.elements):
        raise ValueError(
            f"rf has shape {rf.shape}; the protocol expects ({len(protocol.steer_deg)} "
            f"transmissions, {protocol.transducer.elements} elements, samples)"
        )
    model = ChannelModel(protocol, start_us=start_us, samples=rf.shape[2])
    image = model.adjoint(demodulate(rf, protocol, start_us=start_us))
    return image / np.maximum(model.weight, 1e-6)
