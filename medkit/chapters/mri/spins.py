"""Explorers of ``12_mri``: one spin on its sphere, a fan of spins, and a row that winds up."""

from functools import lru_cache
from statistics import NormalDist

import numpy as np

from medkit.physics.mri import bloch
from medkit.views.explorer import Choice, Image, Lines, Picture, Slider, Toggle, explorer

#: How fast the laboratory's spins are drawn to turn: thousands of times too slow.
SHOWN_HZ = 2000.0
#: From where the sphere is seen.
AZIMUTH, ELEVATION = np.deg2rad((25.0, 22.0))
#: Length of the pulse in ms, and when its film ends.
PULSE_MS, FILM_MS = 2.0, 4.0
N_SPINS = 16
ROWS = {
    "all alike": np.ones(N_SPINS),
    "stripes, 3 a row": 1 + np.cos(2 * np.pi * 3 * (np.arange(N_SPINS) - N_SPINS / 2) / N_SPINS),
    "one place": 1.0 * (np.arange(N_SPINS) == 11),
}


def seen(vectors) -> tuple[np.ndarray, np.ndarray]:
    """Return where points of the unit sphere (3, …) lie on the screen: right, up."""
    x, y, z = np.asarray(vectors, float)
    right = -np.sin(AZIMUTH) * x + np.cos(AZIMUTH) * y
    towards = np.cos(AZIMUTH) * x + np.sin(AZIMUTH) * y
    return right, np.cos(ELEVATION) * z - np.sin(ELEVATION) * towards


def pulsed(b1_hz: float, offset_hz: float, times_ms: np.ndarray) -> np.ndarray:
    """Return a spin's path in the rotating frame: a pulse along x for `PULSE_MS`, then nothing.

    Without relaxation the magnetisation turns about the field (b1, 0, offset), clockwise, as
    dM/dt = γ M × B says; after the pulse about z alone.

    Parameters
    ----------
    b1_hz, offset_hz : float
        Strength of the pulse, and how far the spin is from resonance, as frequencies.
    times_ms : ndarray, shape (n,)

    Returns
    -------
    ndarray, shape (3, n)
    """
    size = np.hypot(b1_hz, offset_hz)
    x, z = (b1_hz / size, offset_hz / size) if size else (0.0, 1.0)
    angle = -2e-3 * np.pi * size * np.minimum(times_ms, PULSE_MS)
    cos, sin = np.cos(angle), np.sin(angle)
    tipped = np.array([x * z * (1 - cos), -x * sin, z * z + x * x * cos])
    turn = np.exp(-2e-3j * np.pi * offset_hz * np.maximum(times_ms - PULSE_MS, 0))
    across = (tipped[0] + 1j * tipped[1]) * turn
    return np.array([across.real, across.imag, tipped[2]])


def _globe():
    """Return the lines of a sphere: its outline, its equator and the axis of the field."""
    turn = np.linspace(0, 2 * np.pi, 73)
    gap = [np.nan]
    equator = seen([np.cos(turn), np.sin(turn), 0 * turn])
    pole = seen([[0, 0], [0, 0], [-1, 1.25]])
    return tuple(
        np.r_[edge, gap, flat, gap, axis]
        for edge, flat, axis in zip((np.cos(turn), np.sin(turn)), equator, pole, strict=True)
    )


@explorer(
    title="One spin on its sphere",
    time_ms=Slider(
        0.0, FILM_MS, PULSE_MS, 0.02, unit="ms", label="Time (the pulse ends at 2 ms)", play_s=8
    ),
    b1_hz=Slider(0, 500, 125, 25, unit="Hz", label="Strength of the pulse, γB₁"),
    offset_hz=Slider(-500, 500, 0, 25, unit="Hz", label="Off resonance by"),
    laboratory=Toggle(False, label="Watch from the laboratory, not from the rotating frame"),
)
def resonance(*, time_ms, b1_hz, offset_hz, laboratory):
    """Tip a spin over with a pulse, on and off resonance."""
    times = np.linspace(0, FILM_MS, 401)
    moving = pulsed(float(b1_hz), float(offset_hz), times)
    now = pulsed(float(b1_hz), float(offset_hz), np.array([time_ms]))
    path, tip = moving[:, times <= time_ms], now
    if laboratory:
        path, tip = (_turned(m, t) for m, t in ((path, times[times <= time_ms]), (tip, time_ms)))
    arrow = [np.r_[0, end] for end in seen(tip)]
    flip = np.rad2deg(np.arccos(np.clip(now[2, 0], -1, 1)))
    return Picture(
        Image(
            np.zeros((2, 2)),
            "Seen from the laboratory" if laboratory else "Seen from the rotating frame",
            values=("1", 0, 1),
            colorbar=False,
            spacing_mm=1.0,
            xaxis=("across the field (of M₀)", -1.35, 1.35),
            yaxis=("along the field B₀ (of M₀)", 1.35, -1.35),
            curves={"path of M": seen(path), "sphere, B₀": _globe(), "M now": arrow},
            points={"its tip": tuple(seen(tip))},
        ),
        Lines(
            times,
            {
                "Mz": moving[2],
                "across, |Mxy|": np.hypot(*moving[:2]),
                "now": ([time_ms, time_ms], [now[2, 0], np.hypot(*now[:2])[0]]),
            },
            "Along and across",
            xaxis=("time (ms)", 0, FILM_MS),
            yaxis=("magnetisation (of M₀)", -1.05, 1.05),
            dots=("now",),
            spans={"pulse": (0, PULSE_MS)},
        ),
        caption=f"after {time_ms:.2f} ms M stands {flip:.0f}° from the field; the coil hears "
        f"{np.hypot(*now[:2])[0]:.2f} of M₀",
        alt=f"A magnetisation on a sphere, {flip:.0f} degrees from the main field, its path so "
        "far, and its parts along and across the field against time.",
    )


def _turned(moving, times_ms):
    """Return a path (3, n) as the laboratory sees it: turned about z, clockwise."""
    across = (moving[0] + 1j * moving[1]) * np.exp(-2e-3j * np.pi * SHOWN_HZ * times_ms)
    return np.array([across.real, across.imag, moving[2]])


@lru_cache
def _dance(spread_hz, echo_ms):
    """Play a 90° pulse and, at half the echo time, a 180° pulse: 1 ms a step."""
    normal = NormalDist()
    offsets = spread_hz * np.array([normal.inv_cdf(p) for p in np.linspace(0.01, 0.99, 49)])
    spins = bloch.Spins(855.0, 80.0, offsets)
    flips = {0: bloch.Step(90, 90, 1.0)}
    if echo_ms:
        flips[echo_ms // 2] = bloch.Step(180, 0, 1.0)
    steps = [flips.get(t, bloch.Step(duration_ms=1.0)) for t in range(140)]
    return bloch.simulate(spins, steps)


@explorer(
    title="Spins that fan out and come back",
    time_ms=Slider(1, 140, 20, unit="ms", label="Time after the 90° pulse", play_s=10),
    spread_hz=Slider(0.0, 12.0, 8.0, 0.5, unit="Hz", label="Spread of the field"),
    echo_ms=Slider(20, 120, 80, 2, unit="ms", label="Echo time"),
    refocus=Toggle(True, label="180° pulse at half the echo time"),
)
def echo(*, time_ms, spread_hz, echo_ms, refocus):
    """Watch spins from above, and the one signal that the coil hears."""
    history = _dance(spread_hz, echo_ms if refocus else 0)
    x, y = history[time_ms - 1, :2]
    heard = np.abs(bloch.signal(history.transpose(1, 0, 2)).mean(axis=1))
    times = np.arange(1.0, 141)
    fan = tuple(np.ravel(np.c_[np.zeros(25), v[::2]]) for v in (x, y))  # out and back, one line
    marks = {"180°": echo_ms / 2, "echo": echo_ms} if refocus else {}
    return Picture(
        Image(
            np.zeros((2, 2)),
            "Spins from above",
            limits=(0, 1),
            colorbar=False,
            spacing_mm=1.0,
            xaxis=("Mx (of M₀)", -1.1, 1.1),
            yaxis=("My (of M₀)", 1.1, -1.1),
            curves={"spins": fan},
            points={"their mean": ([x.mean()], [y.mean()])},
        ),
        Lines(
            times,
            {
                "what the coil hears": heard,
                "T2 alone": np.exp(-times / 80.0),
                "now": ([time_ms], [heard[time_ms - 1]]),
            },
            "Signal",
            xaxis=("time (ms)", 0, 140),
            yaxis=("signal (of M₀)", 0, 1.05),
            dashed=("T2 alone",),
            dots=("now",),
            marks=marks,
        ),
        caption=f"after {time_ms} ms the spins add up to {heard[time_ms - 1]:.2f}; "
        f"T2 alone would leave {np.exp(-time_ms / 80):.2f}",
        alt="Spins as spokes in the transverse plane, which fan out because the field is uneven, "
        "and their sum against time, with an echo where a 180° pulse turned them over.",
    )


@explorer(
    title="A row of spins winds up: one point of k-space",
    turns=Slider(
        -8.0, 8.0, 1.5, 0.05, unit="", label="Turns along the row, k (time × gradient)", play_s=16
    ),
    row=Choice(tuple(ROWS), label="The row is", default="all alike"),
)
def helix(*, turns, row):
    """Let a gradient wind a row of spins into a helix, and listen to their sum."""
    density = ROWS[row]
    place = (np.arange(N_SPINS) - N_SPINS / 2) / N_SPINS  # in rows
    k = np.linspace(-8, 8, 321)
    heard = np.exp(-2j * np.pi * np.outer(k, place)) @ density / N_SPINS
    spins = density * np.exp(-2j * np.pi * turns * place)
    now = spins.mean()
    # Seen obliquely: the real part leans to the right, the imaginary part stands up.
    tips = place + 0.05 * spins.real, spins.imag
    nothing = np.full(N_SPINS, np.nan)
    arrows = [np.ravel(np.c_[a, b, nothing]) for a, b in zip((place, 0 * place), tips, strict=True)]
    fine = np.linspace(place[0], place[-1], 400)
    wound = np.interp(fine, place, density) * np.exp(-2j * np.pi * turns * fine)
    return Picture(
        Lines(
            [],
            {"spins": tuple(arrows), "helix": (fine + 0.05 * wound.real, wound.imag), "tips": tips},
            "The row, seen from the side",
            xaxis=("place x (of the field of view)", -0.6, 0.6),
            yaxis=("My (of M₀)", -2.1, 2.1),
            dots=("tips",),
        ),
        Lines(
            k,
            {"s(k), real part": heard.real, "now": ([turns], [now.real])},
            "Their sum: what the coil hears",
            xaxis=("k (turns along the row)", -8, 8),
            yaxis=("signal (of M₀)", -0.6, 1.1),
            dots=("now",),
        ),
        caption=f"wound {turns:.2f} times: the coil hears {abs(now):.2f} of M₀",
        alt=f"Sixteen spins in a row, their arrows wound {turns:.2f} times into a helix, and the "
        "sum of the arrows against the number of turns.",
    )
