"""From scatterers to what every element records: the kernel of the ultrasound simulator.

A point at distance r from an element is reached by its wave after r/c, weakened by
directivity, spreading and attenuation (`medkit.physics.ultrasound.transducer`). For each scatterer

1. the waves of all sending elements are added to one short signal at the scatterer;
2. that signal is added, delayed and weakened again, to each receiving element.

Delays fall between samples. So the pulse is tabulated at `PHASES` fractions of a sample,
and so is the signal of step 1; the inner loops then only add short rows of numbers, and
where the signal of step 1 is silent, between wave front and edge waves, they skip it.

The indices of the inner loops are unsigned: in a signed one numba looks for a negative,
which would count from the end, and slices count references; either takes longer than the sum.
"""

import numpy as np

from medkit.compiled import compiled
from medkit.physics.ultrasound import transducer as factors

#: Fractions of a sample kept in tables: at 4 samples a period, 1/64 period apart.
PHASES = 16
#: Steps of the tables of attenuated pulses, and of the directivity against sin θ.
LOSS_STEPS, ANGLE_STEPS = 24, 512
#: Samples that are skipped, or not, together.
BLOCK = 8
#: Part of the peak below which a signal counts as silent, and an element as deaf.
SILENCE = 0.03
#: Samples that enter one interpolated sample.
TAPS = 6


@compiled
def _decay(y):
    """Return exp(−y) for y ≥ 0, which the library computes one by one and this eight at a time."""
    h = y / np.float32(16)
    grown = np.float32(1) + h * (np.float32(1) + h * (np.float32(1 / 2) + h * np.float32(1 / 6)))
    grown *= grown
    grown *= grown
    grown *= grown
    grown *= grown
    return np.float32(1) / grown


@compiled
def _reach(x, z, elements, pattern, nearest, oblique, path, angle, weight):
    """Fill in each element's distance from a point, and how well it hears it."""
    for e in range(elements.size):
        dx = x - elements[e]
        r = max(np.sqrt(dx * dx + z * z), nearest)
        path[e] = r
        angle[e] = np.abs(dx) / r * np.float32(ANGLE_STEPS)
        weight[e] = np.float32(1) / np.sqrt(r)
    if oblique > 0:  # a slanting path crosses more tissue than the straight one
        for e in range(elements.size):
            weight[e] *= _decay(path[e] * (oblique / z) - oblique)
    best = np.float32(0)
    for e in range(elements.size):
        weight[e] *= pattern[np.uint32(angle[e])]
        best = max(best, weight[e])
    deaf = np.float32(SILENCE) * best
    for e in range(elements.size):
        weight[e] = weight[e] if weight[e] >= deaf else np.float32(0)


@compiled
def _send(path, weight, delay, samples_mm, pulses, wave):
    """Add the waves of all elements where the scatterer lies; return the first sample."""
    arrival = np.float32(np.inf)
    for e in range(path.size):
        if weight[e] != 0:
            arrival = min(arrival, path[e] * samples_mm + delay[e])
    first = np.int64(np.floor(arrival)) - TAPS
    wave[:] = 0
    latest = wave.size - pulses.shape[1] - TAPS
    for e in range(path.size):
        at = path[e] * samples_mm + delay[e] - np.float32(first)
        if weight[e] == 0 or at >= latest + 1:
            continue
        whole, w = np.uint64(at), weight[e]
        phase = np.uint64((at - np.float32(whole)) * np.float32(PHASES))
        for k in range(np.uint64(pulses.shape[1])):
            wave[whole + k] += w * pulses[phase, k]
    return first


@compiled
def _loud(wave, tops, runs):
    """List the stretches of a signal, from and to, that are not silent; return how many."""
    for block in range(tops.size):
        top = np.float32(0)
        for k in range(block * BLOCK, (block + 1) * BLOCK):
            top = max(top, abs(wave[k]))
        tops[block] = top
    peak = tops.max()
    n = 0
    for block in range(1, tops.size - 1):
        if tops[block] > np.float32(SILENCE) * peak:
            if n > 0 and runs[n - 1, 1] == block * BLOCK:
                runs[n - 1, 1] = (block + 1) * BLOCK
            else:
                runs[n, 0], runs[n, 1] = block * BLOCK, (block + 1) * BLOCK
                n += 1
    return n


@compiled
def _delay_finely(wave, runs, taps, fine):
    """Interpolate the loud stretches at every fraction of a sample."""
    for phase in range(PHASES):
        t0, t1, t2, t3, t4, t5 = taps[phase]
        for i in range(runs.shape[0]):
            low, high = np.int64(runs[i, 0]), np.int64(runs[i, 1])
            w, row = wave[low - 3 : high + 2], fine[phase, low:high]
            for k in range(row.size):  # written out, so that eight samples go at a time
                row[k] = (t0 * w[k] + t1 * w[k + 1] + t2 * w[k + 2]) + (
                    t3 * w[k + 3] + t4 * w[k + 4] + t5 * w[k + 5]
                )


@compiled
def _listen(path, weight, samples_mm, first, fine, runs, rf):
    """Add the scatterer's signal to what each element records."""
    latest = rf.shape[1] - fine.shape[1]
    for e in range(path.size):
        at = path[e] * samples_mm
        whole = np.int64(at)
        if weight[e] == 0 or not 0 <= first + whole <= latest:
            continue
        start, w = np.uint64(first + whole), weight[e]
        phase = np.uint64((at - np.float32(whole)) * np.float32(PHASES))
        for i in range(runs.shape[0]):
            for k in range(runs[i, 0], runs[i, 1]):
                rf[e, start + k] += w * fine[phase, k]


@compiled
def _echo(
    points, elements, pattern, send, samples_mm, nearest, pulses, loss_step, nepers, taps, wave, rf
):
    """Add the echoes of all points; a point is (x, z, amplitude, loss in dB/MHz)."""
    n = elements.size
    # One by one: of the rows of a joint array numba would not know that they are contiguous.
    path, angle = np.empty(n, np.float32), np.empty(n, np.float32)
    weight, sent = np.empty(n, np.float32), np.empty(n, np.float32)
    fine = np.zeros((PHASES, wave.size), np.float32)
    tops = np.zeros(wave.size // BLOCK, np.float32)
    runs = np.zeros((wave.size // BLOCK, 2), np.uint64)
    for i in range(points.shape[0]):
        x, z, amplitude, loss = points[i]
        _reach(x, z, elements, pattern, nearest, loss * nepers, path, angle, weight)
        step = min(np.int64(loss / loss_step + np.float32(0.5)), pulses.shape[0] - 1)
        # The table's loss is the nearest step's; what is left over is put right at f₀.
        rest = amplitude * np.exp(-2 * nepers * (loss - np.float32(step) * loss_step))
        for e in range(n):
            sent[e] = weight[e] * send[1, e] * rest
        first = _send(path, sent, send[0], samples_mm, pulses[step], wave)
        loud = runs[: _loud(wave, tops, runs)]
        _delay_finely(wave, loud, taps, fine)
        _listen(path, weight, samples_mm, wave.size + first, fine, loud, rf)


def fractional_delays() -> np.ndarray:
    """Return the weights (PHASES, TAPS) that read a signal a fraction of a sample earlier."""
    fraction = (np.arange(PHASES) + 0.5) / PHASES
    at = np.arange(TAPS) - TAPS // 2 + fraction[:, None]
    window = np.cos(np.pi * at / (TAPS + 1)) ** 2
    taps = np.sinc(at) * window
    return (taps / taps.sum(axis=1, keepdims=True)).astype(np.float32)


def pulse_table(transducer, sampling_mhz: float, losses_db_mhz) -> np.ndarray:
    """Tabulate the pulse by loss and by fraction of a sample.

    Parameters
    ----------
    transducer : Transducer
        Gives the pulse.
    sampling_mhz : float
        Samples per µs.
    losses_db_mhz : array_like
        Losses on the way there and back.

    Returns
    -------
    ndarray, shape (loss, PHASES, sample), float32
        Row p is the pulse (p + ½)/PHASES samples late; its middle is the middle sample.
    """
    half = int(np.ceil(0.5 * factors.pulse_length_us(transducer, -40.0) * sampling_mhz)) + 1
    half = -(-half // 4) * 4  # whole vectors
    fraction = (np.arange(PHASES) + 0.5) / PHASES
    time = (np.arange(-half, half) - fraction[:, None]) / sampling_mhz
    return factors.pulse(transducer, time, loss_db_mhz=losses_db_mhz).astype(np.float32)


def record(points, transducer, delays_us, apodisation, *, sampling_mhz, samples, speed_m_s):
    """Return what each element records after one transmission.

    Parameters
    ----------
    points : array_like, shape (point, 4)
        x and z in mm, echo amplitude, and one-way loss from the skin in dB/MHz.
    transducer : Transducer
        Sends and receives.
    delays_us, apodisation : array_like, shape (element,)
        When each element fires, against time 0, and how strongly; 0 for silent ones.
    sampling_mhz : float
        Samples per µs.
    samples : int
        Length of the record.
    speed_m_s : float
        Speed of sound.

    Returns
    -------
    ndarray, shape (element, sample), float32
        Sample 0 is time 0.
    """
    points = np.ascontiguousarray(points, np.float32)
    points = points[np.argsort(points[:, 1])]  # equally deep, same samples: kept in cache
    most = float(points[:, 3].max(initial=0))
    losses = np.linspace(0, most, LOSS_STEPS if most > 0 else 1)
    pulses = pulse_table(transducer, sampling_mhz, 2 * losses)
    samples_mm = np.float32(1e3 * sampling_mhz / speed_m_s)
    pattern = factors.directivity(transducer, np.linspace(0, 1, ANGLE_STEPS + 1))
    middle = pulses.shape[2] / 2  # the table's rows start half a pulse before its middle
    send = np.array([np.asarray(delays_us) * sampling_mhz - middle, apodisation], np.float32)
    # A signal at a scatterer lasts from the first element's wave to the last one's.
    longest = samples_mm * transducer.aperture_mm + np.ptp(send[0]) + pulses.shape[2] + 4 * TAPS
    wave = np.zeros((int(longest) // BLOCK + 1) * BLOCK, np.float32)
    # Before and after the record there is room for one, so that none need be cut.
    rf = np.zeros((transducer.elements, samples + 2 * wave.size), np.float32)
    _echo(
        points,
        transducer.positions_mm.astype(np.float32),
        pattern.astype(np.float32),
        send,
        samples_mm,
        np.float32(0.5e-3 * speed_m_s / transducer.frequency_mhz),
        pulses,
        np.float32(losses[1] if most > 0 else 1),
        np.float32(transducer.frequency_mhz * np.log(10) / 20),
        fractional_delays(),
        wave,
        rf,
    )
    return rf[:, wave.size : wave.size + samples]
