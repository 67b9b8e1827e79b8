"""Explorers of ``43_bone``: a wrist that turns, and an angle to measure."""

from functools import lru_cache

import numpy as np

from medkit.anatomy.bones import Fracture, spine, wrist
from medkit.anatomy.bones.column import LEVELS
from medkit.data.tasks.radiographs import radiograph
from medkit.physics import ct
from medkit.views.explorer import (
    Button,
    Choice,
    Image,
    Lines,
    Picture,
    Slider,
    Toggle,
    explorer,
)

#: Wrists to choose from.
BREAKS = {
    "none": None,
    "a crack": Fracture(height_mm=-16, slope_deg=32, towards_deg=80, gap_mm=0.9),
    "slipped to the back": Fracture(dorsal_mm=4, dorsal_deg=22, shorter_mm=3, gap_mm=0.4),
}
TURNS = np.arange(0, 180, 15)


@lru_cache(maxsize=4)
def person(broken: str):
    """Return the wrist with one of `BREAKS`; without it, its bones are the same."""
    return wrist(BREAKS[broken], spacing_mm=1.0, rng=4)


@lru_cache(maxsize=24)
def through(broken: str, tube_kv: float) -> np.ndarray:
    """Return the part of the photons that gets through a wrist, shape (row, turn, bin)."""
    protocol = ct.CTProtocol(tube_kv, 1.0, n_views=len(TURNS), filtration_mm_al=2.5)
    return ct.project(person(broken), protocol)


def photons(tube_kv: float, current_mas: float) -> float:
    """Return how many photons a pixel of 1 mm² gets from one radiograph without a patient."""
    protocol = ct.CTProtocol(tube_kv, current_mas, n_views=1, filtration_mm_al=2.5)
    return protocol.photons_per_bin


@lru_cache(maxsize=64)
def detectability(broken: str, tube_kv: float, current_mas: float) -> np.ndarray:
    """Return d′ of the ideal observer who knows the break, from each of `TURNS`.

    Photons are Poisson numbers: d′² = Σ (difference)² / mean, over all pixels.
    """
    whole, ill = through("none", tube_kv), through(broken, tube_kv)
    n = photons(tube_kv, current_mas)
    return np.sqrt((n * (ill - whole) ** 2 / whole).sum(axis=(0, 2)))


@explorer(
    title="Turn the wrist",
    broken=Choice(list(BREAKS), default="a crack", label="Break"),
    turn_deg=Slider(0, 165, 0, 15, unit="°", label="Turn of the arm", play_s=6),
    tube_kv=Slider(45, 120, 60, 15, unit="kV", label="Tube voltage"),
    current_mas=Slider(0.001, 10.0, 1.0, unit="mAs", label="Tube current × time", log=True),
    seed=Button("Expose again"),
)
def position(*, broken, turn_deg, tube_kv, current_mas, seed):
    """Look at a wrist from all sides: a crack shows where the rays run along it."""
    k = int(turn_deg // 15)
    seen, n = through(broken, float(tube_kv))[:, k], photons(float(tube_kv), current_mas)
    counts = np.random.default_rng(seed).poisson(n * seen)
    image = -np.log(np.maximum(counts, 0.5) / n)[::-1]
    d = detectability("a crack" if broken == "none" else broken, float(tube_kv), current_mas)
    name = {0: "from the palm", 90: "from the side"}.get(turn_deg, "oblique")
    return Picture(
        Image(
            image,
            f"Radiograph, {name}",
            values=("−ln(I/I₀)", 0, float(np.quantile(image, 0.998))),
            spacing_mm=1.0,
            xaxis=("mm", -42, 42),
            yaxis=("above the joint (mm)", 62, -52),
        ),
        Lines(
            TURNS,
            {"this break": d},
            "What an ideal observer could know",
            xlabel="turn (°)",
            yaxis=("d′ (1)", 0, float(max(1.0, 1.1 * d.max()))),
            marks={"here": turn_deg},
        ),
        caption=f"{broken if broken != 'none' else 'no break (the curve is that of the crack)'}; "
        f"{turn_deg}°: d′ {d[k]:.3g}; best from {TURNS[d.argmax()]}°, worst from "
        f"{TURNS[d.argmin()]}°",
        alt=f"A simulated radiograph of a wrist turned by {turn_deg} degrees, and how well a break "
        f"could be seen from each side: d′ {d[k]:.3g} here.",
    )


@lru_cache(maxsize=16)
def trunk(case: int):
    """Return a spine of chance and its radiograph, lowest row first."""
    rng = np.random.default_rng(4300 + case)
    bent = spine(rng.uniform(12, 55), spacing_mm=3.0, rng=rng)
    return bent, radiograph(bent, 5.0, rng)


def _stroke(height, lean_deg, x0):
    slope = np.tan(np.deg2rad(lean_deg))
    x = np.array([-55.0, 55.0])
    return (x + x0).tolist(), (height - slope * x).tolist()


@explorer(
    title="Measure the bend",
    upper_mm=Slider(150, 480, 380, 2, unit="mm", label="Upper line: height"),
    upper_deg=Slider(-40, 40, 0, 1, unit="°", label="Upper line: lean"),
    lower_mm=Slider(0, 300, 120, 2, unit="mm", label="Lower line: height"),
    lower_deg=Slider(-40, 40, 0, 1, unit="°", label="Lower line: lean"),
    truth=Toggle(False, label="Show the truth"),
    case=Button("Next patient"),
)
def cobb(*, upper_mm, upper_deg, lower_mm, lower_deg, truth, case):
    """Lay two lines along the vertebrae that lean most, and read the angle between them."""
    bent, seen = trunk(case % 12)
    x, z = bent.middle_mm.T
    lines = {
        name: _stroke(height, lean, float(np.interp(height, z, x)))
        for name, height, lean in (
            ("upper line", upper_mm, upper_deg),
            ("lower line", lower_mm, lower_deg),
        )
    }
    if truth:
        for k in (bent.tilt_deg.argmax(), bent.tilt_deg.argmin()):
            lines[f"{LEVELS[k]}, {bent.tilt_deg[k]:+.0f}°"] = _stroke(z[k], bent.tilt_deg[k], x[k])
    yours = abs(upper_deg - lower_deg)
    caption = f"your angle {yours:.0f}°"
    caption += f"; the truth {bent.cobb_deg:.0f}°: {yours - bent.cobb_deg:+.0f}°" if truth else ""
    return Picture(
        Image(
            seen[::-1],
            "A trunk from the front",
            values=("−ln(I/I₀)", float(np.quantile(seen, 0.3)), float(np.quantile(seen, 0.998))),
            colorbar=False,
            spacing_mm=3.0,
            xaxis=("mm", -144, 144),
            yaxis=("above the lowest disc (mm)", 508, -20),
            curves=lines,
        ),
        caption=caption,
        alt=f"A simulated radiograph of a trunk with two lines across the spine: {caption}.",
    )
