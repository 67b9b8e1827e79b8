"""Explorer of ``15_pet_ct``: pairs of photons, and the rates of what spoils their count."""

from functools import lru_cache

import numpy as np

from medkit.anatomy.phantoms import Ellipse, ellipses
from medkit.chapters.pet_ct.explorers import PIXEL_MM, SIZE, VIEWS, chest, protocol
from medkit.physics import pet
from medkit.physics.linear.projection import ParallelBeam
from medkit.physics.linear.reconstruction import osem
from medkit.physics.pet.coincidences import SINGLES_PER_DECAY, count_rates
from medkit.physics.pet.scanner import AXIAL_FIELD_MM, blur
from medkit.physics.pet.uptake import uptake_map
from medkit.views.explorer import Button, Image, Picture, Slider, explorer

#: Most pairs that the first explorer counts.
MOST_PAIRS = 100_000


@lru_cache
def _glowing():
    """Return a body with three hot places, its scanner and its sinogram without noise."""
    parts = [
        Ellipse(1.0, (120.0, 80.0)),
        Ellipse(9.0, (9.0, 9.0), (-45.0, 20.0)),
        Ellipse(9.0, (9.0, 9.0), (55.0, 25.0)),
        Ellipse(9.0, (7.0, 7.0), (10.0, -35.0)),
    ]
    body = ellipses(parts, shape=(SIZE, SIZE), field_mm=280.0)
    beam = ParallelBeam((SIZE, SIZE), np.arange(VIEWS) * 180 / VIEWS, spacing_mm=280.0 / SIZE)
    return beam, beam.forward(blur(body, 5.0, 280.0 / SIZE))


@lru_cache(maxsize=8)
def _events(seed):
    """Draw on which line each pair falls, one after another."""
    chances = np.cumsum(_glowing()[1].ravel().astype(float))
    return np.searchsorted(chances, np.random.default_rng(seed).uniform(0, chances[-1], MOST_PAIRS))


def first_pairs(n_pairs: int, seed: int = 0) -> np.ndarray:
    """Return the sinogram of the first pairs, shape (view, bin): how many on each line."""
    counts = np.bincount(_events(seed)[:n_pairs], minlength=VIEWS * SIZE)
    return counts.reshape(VIEWS, SIZE)


@explorer(
    title="One pair, one line",
    n_pairs=Slider(1, MOST_PAIRS, 3000, 1, unit="", label="Pairs counted", log=True, play_s=10),
    seed=Button(label="Scan again"),
)
def pairs(*, n_pairs, seed):
    """Count pairs of photons one by one until a picture appears."""
    beam, _ = _glowing()
    data = first_pairs(n_pairs, seed)
    lines = beam.adjoint(data.astype(np.float32))
    image = osem(data, beam, n_subsets=4, n_iterations=3) if n_pairs >= 100 else 0 * lines
    image = blur(image, 9.0, beam.spacing_mm)
    title = "Reconstructed" if n_pairs >= 100 else "Too few to reconstruct"
    look = {
        "unit": "1",
        "limits": (0, 1),
        "spacing_mm": beam.spacing_mm,
        "colormap": "hot",
        "colorbar": False,
    }
    return Picture(
        Image(lines / lines.max(), "Lines on which they lie", **look),
        Image(
            data,
            "Sinogram",
            values=("1", 0, max(2, int(data.max()))),
            smooth=False,
            xaxis=("distance (mm)", -140, 140),
            yaxis=("direction (°)", 0, 180),
            colorbar=False,
        ),
        Image(image / max(image.max(), 1e-9), title, **look),
        caption=f"{n_pairs:,} pairs on {np.count_nonzero(data):,} of {data.size:,} lines; "
        f"at most {data.max()} on one",
        alt=f"{n_pairs} lines across the field of view, the sinogram in which each pair is one "
        "count, and the image reconstructed from it.",
    )


@lru_cache
def _unit_rates():
    """Return trues, scatter, randoms and singles a second in the ring, at 1 MBq and 1 ns."""
    one = protocol(np.inf, dose_mbq=1.0, window_ns=1.0)
    data = pet.project(chest(), one)
    planes = AXIAL_FIELD_MM / one.slice_thickness_mm
    total = [float(np.sum(a, dtype=float)) for a in (data.prompts, data.scatter, data.randoms)]
    prompts, scattered, random = (planes * n / one.seconds for n in total)
    decays = (uptake_map(chest()) * np.float32(one.suv_bq_ml)).sum(dtype=float)
    millilitres = (PIXEL_MM / 2) ** 2 * AXIAL_FIELD_MM / 1000
    return prompts - scattered - random, scattered, random, SINGLES_PER_DECAY * decays * millilitres


def rates(dose_mbq, window_ns: float = 4.9, dead_time_us: float = 0.0) -> dict:
    """Return what the ring counts a second around this chest; see `count_rates`."""
    return count_rates(_unit_rates(), dose_mbq, window_ns, dead_time_us)
