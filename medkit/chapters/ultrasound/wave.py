"""Explorer of ``13_ultrasound``: the sound itself on its way to a point, and its echo."""

from functools import lru_cache

import numpy as np

from medkit.views.explorer import Choice, Image, Picture, Point, Slider, explorer

#: Speed in mm/µs, elements and their distance in mm, frequency in MHz, samples per µs.
SPEED, ELEMENTS, PITCH, FREQUENCY, RATE = 1.54, 32, 0.6, 1.5, 40
#: Size of the picture, depth and width in mm, and of a pixel; length of the film in µs.
DEPTH, WIDTH, STEP, FILM_US = 30.0, 30.0, 0.2, 42.0
WAVES = ("plane", "focused", "diverging", "one element")
#: How far behind the probe a diverging wave seems to come from, in mm.
BEHIND = 12.0

_X = (np.arange(ELEMENTS) - (ELEMENTS - 1) / 2) * PITCH
_LATE = 128  # samples of silence before time 0


def firing_us(wave: str, point=(0.0, 20.0)) -> np.ndarray:
    """Return when each element fires, in µs, the first at 0; NaN for one that is silent.

    Parameters
    ----------
    wave : str
        One of `WAVES`.
    point : tuple of float
        Focus of the focused wave, in mm.
    """
    if wave == "one element":
        return np.where(np.arange(ELEMENTS) == ELEMENTS // 2, 0.0, np.nan)
    if wave == "plane":
        return np.zeros(ELEMENTS)
    if wave == "diverging":
        way = np.hypot(_X, BEHIND)
        return (way - way.min()) / SPEED
    way = np.hypot(_X - point[0], point[1])
    return (way.max() - way) / SPEED


@lru_cache
def _pulse():
    """Two periods of sound, among silence long enough for every index of a film."""
    time = (np.arange(int(2 * FILM_US * RATE) + 2 * _LATE) - _LATE) / RATE
    middle = 1 / FREQUENCY
    shape = np.exp(-(((time - middle) * FREQUENCY / 0.75) ** 2))
    return (np.cos(2 * np.pi * FREQUENCY * (time - middle)) * shape).astype(np.float32)


@lru_cache
def _ways():
    """Return the way from each element to each pixel in samples, and how much it weakens."""
    z = (np.arange(round(DEPTH / STEP)) + 0.5)[:, None] * STEP
    x = (np.arange(round(WIDTH / STEP)) + 0.5) * STEP - WIDTH / 2
    way = np.hypot(x - _X[:, None, None], z)
    return (way / SPEED * RATE).astype(np.int32), _fade(way).astype(np.float32), x, z


def _fade(way):
    """Return the pressure after some way: a wave in a plane spreads over circles."""
    return 1 / np.sqrt(1 + way)


def _at(signal, samples):
    return signal[np.clip(samples + _LATE, 0, signal.size - 1)]


@lru_cache(maxsize=64)
def _at_point(wave, point):
    """Return the sound that arrives at a point, over time."""
    way = np.hypot(_X - point[0], point[1])
    time = np.arange(_pulse().size) - _LATE
    heard = np.zeros(time.size, np.float32)
    for late, far in zip(firing_us(wave, point), way, strict=True):
        if np.isfinite(late):
            heard += _fade(far) * _at(_pulse(), time - round((late + far / SPEED) * RATE))
    return heard


@lru_cache(maxsize=64)
def recorded(wave: str, point) -> np.ndarray:
    """Return what each element hears of the point's echo: shape (sample, element)."""
    samples = np.arange(int(FILM_US * RATE))[:, None]
    way = np.hypot(_X - point[0], point[1])
    return _fade(way) * _at(_at_point(wave, point), samples - (way / SPEED * RATE).astype(int))


def pressure(wave: str, point, time_us: float) -> np.ndarray:
    """Return the pressure at one moment: the elements' wavelets, and the echo of the point.

    Both are drawn equally strong; a real echo is thousands of times weaker than the wave.
    """
    index, fade, x, z = _ways()
    field = np.zeros(index.shape[1:], np.float32)
    for samples, weight, late in zip(index, fade, firing_us(wave, point), strict=True):
        if np.isfinite(late):
            field += weight * _at(_pulse(), int((time_us - late) * RATE) - samples)
    way = np.hypot(x - point[0], z - point[1])
    arc = _at(_at_point(wave, point), int(time_us * RATE) - (way / SPEED * RATE).astype(np.int32))
    arc = _fade(way) * arc / np.abs(_at_point(wave, point)).max()
    return field / np.abs(field).max(initial=1e-3) + arc / _fade(6)


@explorer(
    title="A wave on its way",
    wave=Choice(WAVES, label="Wave"),
    point=Point(-4.0, 20.0, xlim=(-13, 13), ylim=(8, 28), unit="mm", label="Point that echoes"),
    time_us=Slider(0.0, FILM_US, 28.0, 0.5, unit="µs", label="Time", play_s=8),
)
def film(*, wave, point, time_us):
    """Let time run: the wave goes down, meets a point, and its echo comes back as an arc."""
    point = tuple(round(v * 2) / 2 for v in point)
    heard = recorded(wave, point)
    there = np.argmax(np.abs(_at_point(wave, point))) - _LATE
    done = np.where(np.arange(len(heard))[:, None] <= time_us * RATE, heard, 0)[::4]
    loudest = np.abs(heard).max()
    return Picture(
        Image(
            pressure(wave, point, time_us),
            f"Pressure after {time_us:.1f} µs",
            values=("1", -1, 1, "difference"),
            spacing_mm=STEP,
            xaxis=("x (mm)", -WIDTH / 2, WIDTH / 2),
            yaxis=("depth (mm)", 0, DEPTH),
            points={"point": ([point[0]], [point[1]]), "elements": (_X, np.full(ELEMENTS, 0.3))},
            colorbar=False,
        ),
        Image(
            done / loudest,
            "What the elements have heard",
            values=("1", -1, 1, "difference"),
            xaxis=("element", 0.5, ELEMENTS + 0.5),
            yaxis=("time (µs)", 0, FILM_US),
            curves={"now": ([0.5, ELEMENTS + 0.5], [time_us, time_us])},
        ),
        caption=f"the {wave} wave meets the point after {there / RATE:.1f} µs; the loudest "
        f"echo is {loudest / recorded('one element', point).max():.0f} times that of one element",
        alt=f"The pressure of a {wave} wave after {time_us:.1f} µs in 30 × 30 mm of tissue with "
        "one point that echoes, and the arc of its echo in the recordings of 32 elements.",
    )
