"""The explorer of ``11_ct`` that goes back to a slice in many steps."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from medkit.chapters.ct.reconstruction import FIELD_MM, WATER, error_hu, slice_mu
from medkit.physics import ct
from medkit.physics.ct.scanner import CTProtocol
from medkit.physics.linear.fbp import filtered_backprojection
from medkit.physics.linear.projection import ParallelBeam
from medkit.physics.linear.reconstruction import mlem, sart, view_subsets
from medkit.physics.linear.total_variation import total_variation
from medkit.views.explorer import Choice, Image, Lines, Picture, Slider, Toggle, explorer

#: Iterations that are kept, and pixels of the image: small, so that a slider moves at once.
MOST_ITERATIONS, SIZE = 60, 96
#: Photons a bin without a patient, where there is noise; the photons decide the dose.
PHOTONS = 2e4
_ONE_VIEW = CTProtocol(n_views=1, tube_current_mas=1.0, electronic_noise=0.0)
#: Weight of the edges in total variation.
TV_WEIGHT = 0.4


@lru_cache
def _measured(n_views, noisy):
    mu = slice_mu(SIZE)
    beam = ParallelBeam(mu.shape, np.arange(n_views) * 180 / n_views, spacing_mm=FIELD_MM / SIZE)
    data = beam.forward(mu)
    if noisy:
        mas = n_views * PHOTONS / _ONE_VIEW.photons_per_bin
        protocol = replace(_ONE_VIEW, n_views=n_views, tube_current_mas=mas)
        data = ct.count(np.exp(-data), protocol, rng=0)
    return beam, data


@lru_cache(maxsize=32)
def solve(method: str, n_views: int, noisy: bool) -> list[np.ndarray]:
    """Return the images after each iteration; `filtered back-projection` has only one.

    Parameters
    ----------
    method : str
        One of `SOLVERS`.
    n_views : int
        Over half a turn.
    noisy : bool
        Whether photons are counted.

    Returns
    -------
    list of ndarray, shape (SIZE, SIZE)
    """
    beam, data = _measured(n_views, noisy)
    images = []
    SOLVERS[method](
        data,
        beam,
        noisy,
        n_iterations=MOST_ITERATIONS,
        callback=lambda _, x: images.append(x.copy()),
    )
    return images


def _fbp(data, beam, noisy, *, n_iterations, callback):
    callback(0, filtered_backprojection(data, beam, window="hann" if noisy else "ramp"))


#: Ways back, each (data, beam, noisy, n_iterations, callback).
SOLVERS = {
    "FBP": _fbp,
    "SART": lambda data, beam, noisy, **o: sart(data, view_subsets(beam, 2), relaxation=1.0, **o),
    "MLEM": lambda data, beam, noisy, **o: mlem(data, beam, **o),
    "TV": lambda data, beam, noisy, **o: total_variation(
        data, beam, weight=TV_WEIGHT, nonnegative=True, **o
    ),
}


@lru_cache(maxsize=64)
def errors_hu(method: str, n_views: int, noisy: bool) -> np.ndarray:
    """Return the error in HU after each iteration."""
    return np.array([error_hu(x, slice_mu(SIZE)) for x in solve(method, n_views, noisy)])


@explorer(
    title="In one step, or in many",
    method=Choice(list(SOLVERS), default="TV", label="Method"),
    n_views=Choice([12, 24, 48, 96], default=24, label="Views"),
    n_iterations=Slider(1, MOST_ITERATIONS, 5, unit="", label="Iterations", play_s=5),
    noisy=Toggle(False, label="Count photons"),
)
def iterations(*, method, n_iterations, n_views, noisy):
    """Watch an iterative method find an image for which few views suffice."""
    images, errors = solve(method, n_views, noisy), errors_hu(method, n_views, noisy)
    image = images[min(n_iterations, len(images)) - 1]
    error = errors[min(n_iterations, len(images)) - 1]
    straight = float(errors_hu("FBP", n_views, noisy)[0])
    count = np.arange(1, MOST_ITERATIONS + 1)
    curves = {"FBP, in one step": np.full(MOST_ITERATIONS, straight)}
    if method != "FBP":
        curves[method] = errors
    return Picture(
        Image(
            1000 * (image / WATER - 1),
            f"{method} from {n_views} views",
            values=("HU", -1100.0, 300.0),
            spacing_mm=FIELD_MM / SIZE,
        ),
        Lines(
            count,
            curves,
            "Error against the truth",
            xaxis=("iterations", 0, MOST_ITERATIONS),
            yaxis=("error (HU)", 0, 450),
            dashed=("FBP, in one step",),
            marks={"": n_iterations},
        ),
        caption=f"error {error:.0f} HU"
        + ("" if method == "FBP" else f" after {n_iterations} iterations; FBP {straight:.0f} HU"),
        alt=f"A chest reconstructed by {method} from {n_views} views and the error against the "
        f"number of iterations: {error:.0f} HU, against {straight:.0f} HU by filtered "
        "back-projection.",
    )
