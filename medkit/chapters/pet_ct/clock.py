"""Explorer of ``15_pet_ct``: what a clock for each pair is worth (time of flight)."""

from functools import lru_cache

import numpy as np

from medkit.anatomy.phantoms import Ellipse, ellipses
from medkit.chapters.pet_ct.flight import LIGHT_MM_NS
from medkit.physics.pet.scanner import FWHM, blur
from medkit.views.explorer import Button, Image, Lines, Picture, Slider, explorer

#: Picture of `time_of_flight`: pixels, field in mm, pairs, and points on each pair's line.
SIZE, FIELD_MM, POINTS = 80, 400.0, 80
_SPOTS = ((-90.0, 30.0), (70.0, 60.0), (80.0, -50.0), (0.0, -80.0))


@lru_cache
def large_patient() -> np.ndarray:
    """Return the truth, tracer for each pixel: a large, even body with four hot spots."""
    spots = [Ellipse(4.0, (12.0, 12.0), place) for place in _SPOTS]
    return ellipses([Ellipse(1.0, (180.0, 130.0)), *spots], shape=(SIZE, SIZE), field_mm=FIELD_MM)


@lru_cache(maxsize=4)
def _drawn(n_pairs, seed):
    """Draw pairs: for each the pixels under its line, where it started on it, and a clock's error.

    Returns
    -------
    pixels : ndarray of int, shape (pair, POINTS)
    along : ndarray of float32, shape (POINTS,): mm from the middle of the line
    start : ndarray of float32, shape (pair,)
    error : ndarray of float32, shape (pair,): of deviation 1
    """
    rng = np.random.default_rng(seed)
    truth, pixel = large_patient(), FIELD_MM / SIZE
    chance = truth.ravel() / truth.sum(dtype=float)
    row, column = np.divmod(rng.choice(truth.size, n_pairs, p=chance), SIZE)
    x, y = ((i + rng.random(n_pairs)) * pixel - FIELD_MM / 2 for i in (column, row))
    angle = rng.uniform(0, np.pi, n_pairs)
    way = np.stack([-np.sin(angle), np.cos(angle)])
    offset, start = x * way[1] - y * way[0], x * way[0] + y * way[1]
    along = np.float32((np.arange(POINTS) - (POINTS - 1) / 2) * FIELD_MM / POINTS)
    foot = offset * np.stack([way[1], -way[0]]) / pixel + SIZE / 2
    column, row = np.float32(foot)[..., None] + np.float32(way / pixel)[..., None] * along
    numbers = row.astype(np.int32) * SIZE + column.astype(np.int32)
    # Beyond the field nothing is drawn: those points belong to one pixel more, which is dropped.
    numbers[np.float32(offset**2)[:, None] + along**2 > (FIELD_MM / 2 - 0.01) ** 2] = SIZE * SIZE
    return numbers.astype(np.intp), along, *np.float32((start, rng.standard_normal(n_pairs)))


def width_mm(timing_ps: float) -> float:
    """Return how well a clock knows the place on a line: c Δt / 2 in mm.

    >>> round(width_mm(300.0), 1)
    45.0
    """
    return 1e-3 * LIGHT_MM_NS * timing_ps / 2


@lru_cache(maxsize=128)
def located(n_pairs: int, timing_ps: float, seed: int = 0) -> np.ndarray:
    """Reconstruct pairs one by one (list-mode OSEM), each with what the clock says of it.

    Parameters
    ----------
    n_pairs : int
    timing_ps : float
        Width at half height of the error of the difference of the two arrival times;
        ``numpy.inf`` for no clock.
    seed : int

    Returns
    -------
    ndarray of float32, shape (SIZE, SIZE)
        Tracer, on the scale of `large_patient`.

    Notes
    -----
    The better the clock, the sooner EM has found everything and begins to fit noise. To be
    fair to both, each stops about where it is nearest to the truth: after 8 steps without a
    clock, 3 at 300 ps, 1 at 30 ps.
    """
    n_subsets = max(round(5 * (timing_ps / 1000) ** 0.5), 1) if np.isfinite(timing_ps) else 8
    pixels, along, start, error = _drawn(n_pairs, seed)
    weights = np.ones(pixels.shape, np.float32)
    if np.isfinite(timing_ps):
        sigma = np.float32(width_mm(timing_ps) / FWHM)
        away = (along - (start + sigma * error)[:, None]) / np.hypot(sigma, FIELD_MM / POINTS / 3)
        weights = np.exp(-0.5 * away**2)
        weights /= np.maximum(weights.sum(1, keepdims=True), 1e-6)
    else:
        weights /= POINTS
    image = np.full(SIZE * SIZE + 1, n_pairs / SIZE**2, np.float32)
    image[-1] = 0
    for part in range(n_subsets):
        where, weight = pixels[part::n_subsets], weights[part::n_subsets]
        expected = np.einsum("ij,ij->i", weight, image.take(where))
        share = weight / np.maximum(expected, 1e-9)[:, None]
        seen = np.bincount(where.ravel(), share.ravel(), image.size).astype(np.float32)
        image = image * seen * n_subsets
        image *= n_pairs / max(image.sum(), 1e-9)
    scale = large_patient().sum(dtype=float) / n_pairs
    return blur(np.float32(scale) * image[:-1].reshape(SIZE, SIZE), 8.0, FIELD_MM / SIZE)


@lru_cache
def _smooth_truth():
    return blur(large_patient(), 8.0, FIELD_MM / SIZE)


def error_of(image: np.ndarray) -> float:
    """Return how far an image is from the truth, within the body, in % of the body's tracer."""
    inside = large_patient() > 0.5
    return float(100 * np.sqrt(np.mean((image - _smooth_truth())[inside] ** 2)))


@explorer(
    title="A clock for each pair",
    timing_ps=Slider(30, 1000, 300, 10, unit="ps", label="Timing resolution", play_s=8),
    n_pairs=Slider(2000, 20000, 10000, 1000, unit="", label="Pairs"),
    seed=Button(label="Scan again"),
)
def time_of_flight(*, timing_ps, n_pairs, seed):
    """Measure which of the two photons came first, and see what that is worth."""
    without, with_clock = (located(n_pairs, ps, seed) for ps in (np.inf, float(timing_ps)))
    width_cm = width_mm(timing_ps) / 10
    at = np.linspace(-20, 20, 201)
    bell = np.exp(-0.5 * ((at - 5) / (width_cm / FWHM)) ** 2)
    look = {"unit": "1", "limits": (0, 5), "spacing_mm": FIELD_MM / SIZE}
    look |= {"colormap": "inverse gray"}
    errors = [error_of(image) for image in (without, with_clock)]
    return Picture(
        Image(without, "The same pairs, no clock", **look),
        Image(with_clock, f"Clock of {timing_ps} ps", **look),
        Lines(
            at,
            {"no clock": np.ones_like(at), "this clock": bell},
            "Where on the line?",
            xaxis=("along the line (cm)", -20, 20),
            yaxis=("chance (of the highest)", 0, 1.1),
            dashed=("no clock",),
        ),
        caption=f"{timing_ps} ps are {width_cm:.1f} cm along the line; away from the truth: "
        f"{errors[0]:.0f} % without a clock, {errors[1]:.0f} % with it",
        alt=f"A large body with four hot spots from {n_pairs:,} pairs, without and with their time "
        f"of flight, known to {timing_ps} ps, and the bell along the line, {width_cm:.1f} cm wide.",
    )
