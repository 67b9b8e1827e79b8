"""CT: projection and filtered back-projection beside scikit-image; simulation of a learning set.

Both sides get the same picture, the same exact sinogram and the same pixels. scikit-image
turns about pixel N // 2 (not between the two middle pixels), and so do we here.
"""

from dataclasses import replace

import numpy as np
from scipy import ndimage
from skimage.transform import iradon, radon

from medkit.anatomy import phantoms
from medkit.authoring.benchmark import Comparison, benchmark
from medkit.physics import ct
from medkit.physics.linear.fbp import filtered_backprojection
from medkit.physics.linear.projection import ParallelBeam


def picture(n):
    """Draw the Shepp–Logan head about pixel n // 2, with soft edges."""
    off = n // 2 - (n - 1) / 2
    moved = [
        replace(part, centre_mm=(part.centre_mm[0] + off, part.centre_mm[1] - off))
        for part in phantoms.shepp_logan(n)
    ]
    return phantoms.ellipses(moved, shape=(n, n), field_mm=n, oversample=8)


def exact_sinogram(n, angles_deg):
    """Integrate through the same ellipses in closed form."""
    return phantoms.ellipse_projection(phantoms.shepp_logan(n), np.arange(n) - n // 2, angles_deg)


def beam_like_skimage(n, angles_deg):
    angle = np.deg2rad(angles_deg)
    axis = n // 2 + (np.sin(angle) - np.cos(angle)) / 2
    return ParallelBeam((n, n), angles_deg, axis_bin=axis)


def bands(truth):
    """Mark the pixels within two of an edge, and those farther than three from any."""
    n = len(truth)
    changes = ndimage.maximum_filter(truth, 3) - ndimage.minimum_filter(truth, 3) > 1e-3
    at = np.arange(n) - n // 2
    disc = np.hypot(at, at[:, None]) < n / 2 - 2
    near = ndimage.binary_dilation(changes, iterations=2)
    return near & disc, ~ndimage.binary_dilation(changes, iterations=3) & disc


def rms(values):
    return float(np.sqrt(np.mean(np.square(values, dtype=float))))


def _project(n, views):
    angles, image = np.arange(views) * 180 / views, picture(n).astype(np.float32)
    beam, exact = beam_like_skimage(n, angles), exact_sinogram(n, angles)
    theirs = radon(image, angles, circle=True).T
    return Comparison(
        lambda: beam.forward(image),
        lambda: radon(image, angles, circle=True),
        "scikit-image radon",
        rms(beam.forward(image) - exact) / rms(exact),
        rms(theirs - exact) / rms(exact),
        f"{n}², {views} views; error: relative, to the closed form",
        rounds=5 if n == 256 else 3,
    )


def _fbp(n, views, band):
    angles = np.arange(views) * 180 / views
    truth, exact = picture(n), exact_sinogram(n, angles)
    beam, ours, theirs = beam_like_skimage(n, angles), exact.astype(np.float32), exact.T.copy()
    chosen = bands(truth)[band]
    return Comparison(
        lambda: filtered_backprojection(ours, beam),
        lambda: iradon(theirs, angles, circle=True),
        "scikit-image iradon",
        rms((filtered_backprojection(ours, beam) - truth)[chosen]),
        rms((iradon(theirs, angles, circle=True) - truth)[chosen]),
        f"{n}², {views} views; error: rms {('on edges', 'in flat regions')[band]}",
        rounds=5 if n == 256 else 3,
    )


@benchmark("ct.project")
def project_small():
    return _project(256, 180)


@benchmark("ct.project.512")
def project_large():
    return _project(512, 720)


@benchmark("ct.fbp")
def fbp_small_edge():
    return _fbp(256, 180, 0)


@benchmark("ct.fbp.flat")
def fbp_small_flat():
    return _fbp(256, 180, 1)


@benchmark("ct.fbp.512")
def fbp_large_edge():
    return _fbp(512, 720, 0)


@benchmark("ct.fbp.512.flat")
def fbp_large_flat():
    return _fbp(512, 720, 1)


@benchmark("simulate.ct")
def simulate():
    """Simulate 1,000 images 64 × 64: the whole scan, noise and all."""
    images = np.repeat(0.02 * picture(64)[None].astype(np.float32), 1000, axis=0)
    protocol = ct.CTProtocol(n_views=90, detector_spacing_mm=4.0)

    def ours():
        return ct.reconstruct(ct.acquire(images, protocol, rng=0), protocol)

    return Comparison(
        ours, None, "", note="1,000 images 64², 90 views, acquired and reconstructed", rounds=1
    )
