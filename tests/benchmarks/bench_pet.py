"""PET: MLEM and OSEM beside an MLEM on scikit-image's radon and iradon; a learning set.

Both sides get the same counts, drawn from the exact line integrals of a head phantom, and
the same number of pixels. scikit-image turns about pixel N // 2, and so does our operator.
Both start from a disc of ones. At 10 million counts (a long brain scan) accuracy decides; at
2 million noise does, and there the peer's smoother, unmatched pair is 1 % better after as
many iterations, while one more iteration, or OSEM, makes ours the better one.
"""

from dataclasses import replace

import numpy as np
from skimage.transform import iradon, radon

from medkit.anatomy import phantoms
from medkit.authoring.benchmark import Comparison, benchmark
from medkit.physics import pet
from medkit.physics.linear.projection import ParallelBeam
from medkit.physics.linear.reconstruction import mlem, osem
from medkit.physics.pet.scanner import EmissionBeam, PETProtocol

SIZE, VIEWS, COUNTS = 256, 192, 10_000_000
ANGLES_DEG = np.arange(VIEWS) * 180 / VIEWS


def activity():
    """Return the head phantom's truth, drawn about pixel N // 2, and its exact sinogram."""
    half = 0.5
    parts = phantoms.shepp_logan(SIZE)
    moved = [replace(p, centre_mm=(p.centre_mm[0] + half, p.centre_mm[1] - half)) for p in parts]
    truth = phantoms.ellipses(moved, shape=(SIZE, SIZE), field_mm=SIZE, oversample=8)
    return truth, phantoms.ellipse_projection(parts, np.arange(SIZE) - SIZE // 2, ANGLES_DEG)


def counts():
    """Draw the counts; return them in units in which the truth is the truth."""
    truth, exact = activity()
    scale = COUNTS / exact.sum()
    drawn = np.random.default_rng(0).poisson(np.maximum(exact, 0) * scale)
    return truth, (drawn / scale).astype(np.float32)


def our_scanner():
    angle = np.deg2rad(ANGLES_DEG)
    axis = SIZE // 2 + (np.sin(angle) - np.cos(angle)) / 2
    beam = ParallelBeam((SIZE, SIZE), ANGLES_DEG, axis_bin=axis)
    return EmissionBeam(beam, 1.0, support=disc())


def skimage_mlem(sinogram, n_iterations=20):
    """Iterate x ← x/A*1 · A*[y/Ax] with radon as A and unfiltered iradon as A*."""

    def back(data):
        return iradon(data, ANGLES_DEG, filter_name=None, circle=True)

    x = disc().astype(float)
    seen = back(np.ones((SIZE, VIEWS)))
    for _ in range(n_iterations):
        mean = radon(x, ANGLES_DEG, circle=True)
        ratio = np.divide(sinogram, mean, out=np.zeros_like(mean), where=mean > 1e-6)
        x = x * np.divide(back(ratio), seen, out=np.zeros_like(x), where=seen > 1e-6)
        x[~disc()] = 0  # as radon demands
    return x


def disc():
    at = np.arange(SIZE) - SIZE // 2
    return np.hypot(at, at[:, None]) < SIZE / 2


def error(image, truth):
    """Return the relative root mean square error within the disc that all views see."""
    gap = (np.asarray(image, float) - truth)[disc()]
    return float(np.linalg.norm(gap) / np.linalg.norm(truth[disc()]))


def _compare(ours, how):
    truth, sinogram = counts()
    theirs = sinogram.T.astype(float)
    return Comparison(
        lambda: ours(sinogram),
        lambda: skimage_mlem(theirs),
        "scikit-image radon/iradon MLEM",
        error(ours(sinogram), truth),
        error(skimage_mlem(theirs), truth),
        f"{SIZE}², {VIEWS} views, 10 million counts, {how}; error: relative rms",
        rounds=3,
    )


@benchmark("pet.mlem")
def expectation_maximisation():
    scanner = our_scanner()
    return _compare(lambda y: mlem(y, scanner, n_iterations=20), "20 iterations both")


@benchmark("pet.osem")
def ordered_subsets():
    scanner = our_scanner()
    return _compare(
        lambda y: osem(y, scanner, n_subsets=12, n_iterations=2),
        "2 passes of 12 subsets against 20 iterations",
    )


@benchmark("simulate.pet")
def simulate():
    """Simulate 1,000 images 64 × 64: activity, attenuation, counts, OSEM."""
    uptake = np.maximum(
        phantoms.ellipses(phantoms.shepp_logan(256.0), shape=(64, 64), field_mm=256.0), 0
    )
    protocol = PETProtocol(n_views=64, detector_spacing_mm=4.0)
    activity = np.repeat(5000 * uptake[None].astype(np.float32), 1000, axis=0)
    mu = np.where(uptake > 0, np.float32(0.0096), np.float32(0))

    def ours():
        data = pet.acquire(activity, protocol, mu=mu, rng=0)
        return pet.reconstruct(data, protocol, n_iterations=2, n_subsets=8)

    return Comparison(
        ours, None, "", note="1,000 images 64², 64 views, counted, OSEM 2 × 8", rounds=1
    )
