"""CT: projection and filtered back-projection beside scikit-image; simulation of a learning set.

Both sides get the same picture, the same exact sinogram and the same pixels. scikit-image
turns about pixel N // 2 (not between the two middle pixels), and so do we here.
"""

import numpy as np
from scipy import ndimage
from skimage.transform import iradon, radon

from medkit.benchmark import Comparison, benchmark
from medkit.physics import ct
from medkit.physics.fbp import filtered_backprojection
from medkit.physics.projection import ParallelBeam

#: Head phantom: value, half axes, centre (x, y up), tilt in degrees; on [-1, 1]².
#: Shepp and Logan, IEEE Trans. Nucl. Sci. 21 (1974) 21, doi:10.1109/TNS.1974.6499235, with
#: the contrast of Toft's version.
HEAD = (
    (1.0, 0.69, 0.92, 0, 0, 0),
    (-0.8, 0.6624, 0.874, 0, -0.0184, 0),
    (-0.2, 0.11, 0.31, 0.22, 0, -18),
    (-0.2, 0.16, 0.41, -0.22, 0, 18),
    (0.1, 0.21, 0.25, 0, 0.35, 0),
    (0.1, 0.046, 0.046, 0, 0.1, 0),
    (0.1, 0.046, 0.046, 0, -0.1, 0),
    (0.1, 0.046, 0.023, -0.08, -0.605, 0),
    (0.1, 0.023, 0.023, 0, -0.606, 0),
    (0.1, 0.023, 0.046, 0.06, -0.605, 0),
)


def picture(n):
    """Draw the head with soft edges: the mean of 8 × 8 points in each pixel."""
    at = ((np.arange(8 * n) + 0.5) / 8 - 0.5 - n // 2) / (n / 2)
    out = np.zeros((n, n))
    for value, a, b, x0, y0, tilt in HEAD:
        c, s = np.cos(np.deg2rad(tilt)), np.sin(np.deg2rad(tilt))
        x, y = at[None] - x0, -at[:, None] - y0
        inside = ((x * c + y * s) / a) ** 2 + ((y * c - x * s) / b) ** 2 <= 1
        out += value * inside.reshape(n, 8, n, 8).mean(axis=(1, 3))
    return out


def exact_sinogram(n, angles_deg):
    """Integrate through the ellipses in closed form: 2 v a b √(w² − s²) / w²."""
    s = (np.arange(n) - n // 2) / (n / 2)
    angle = np.deg2rad(angles_deg)[:, None]
    out = 0
    for value, a, b, x0, y0, tilt in HEAD:
        turned = angle - np.deg2rad(tilt)
        width = (a * np.cos(turned)) ** 2 + (b * np.sin(turned)) ** 2
        at = s - x0 * np.cos(angle) - y0 * np.sin(angle)
        out = out + 2 * value * a * b / width * np.sqrt(np.maximum(width - at**2, 0))
    return out * n / 2


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


@benchmark("ct.project.256")
def project_small():
    return _project(256, 180)


@benchmark("ct.project.512")
def project_large():
    return _project(512, 720)


@benchmark("ct.fbp.256.edge")
def fbp_small_edge():
    return _fbp(256, 180, 0)


@benchmark("ct.fbp.256.flat")
def fbp_small_flat():
    return _fbp(256, 180, 1)


@benchmark("ct.fbp.512.edge")
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
