"""Radial sampling and the non-uniform Fourier transform, against the sum itself and SigPy."""

import numpy as np
import pytest

from medkit.physics.linear import dot_test
from medkit.physics.mri.radial import NonUniformFourier, density_weights, spokes


def noise_image(shape, rng=0):
    rng = np.random.default_rng(rng)
    return (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)).astype(np.complex64)


def fourier_sum(x, points):
    rows, columns = (np.arange(n) - n // 2 for n in x.shape)
    cycles = (points[..., 0, None, None] / x.shape[0]) * rows[:, None]
    cycles = cycles + (points[..., 1, None, None] / x.shape[1]) * columns
    return (x * np.exp(-2j * np.pi * cycles)).sum((-1, -2)) / np.sqrt(x.size)


@pytest.mark.parametrize("shape", [(24, 24), (20, 32)])
def test_the_fast_transform_is_the_sum(shape):
    x, points = noise_image(shape), spokes(11, min(shape))
    y = NonUniformFourier(points, shape).forward(x)
    exact = fourier_sum(x, points)
    assert np.linalg.norm(y - exact) < 1e-3 * np.linalg.norm(exact)


@pytest.mark.parametrize("n_images", [None, 4])
def test_it_has_its_adjoint(n_images):
    assert dot_test(NonUniformFourier(spokes(21, 32), (32, 32), n_images), 0) < 1e-6


def test_the_convolution_is_the_round_trip():
    operator = NonUniformFourier(spokes(21, 32), (32, 24), 2)
    x = noise_image(operator.input_shape)
    slow = operator.adjoint(operator.forward(x))
    # The round trip has FINUFFT's error, the convolution next to none.
    assert np.linalg.norm(operator.normal(x) - slow) < 1.5e-3 * np.linalg.norm(slow)


def test_more_accuracy_is_to_be_had():
    x, points = noise_image((24, 24)), spokes(11, 24)
    y = NonUniformFourier(points, (24, 24), accuracy=1e-4).forward(x)
    exact = fourier_sum(x, points)
    assert np.linalg.norm(y - exact) < 2e-4 * np.linalg.norm(exact)


def test_the_error_is_below_sigpys_default():
    sigpy = pytest.importorskip("sigpy")
    x, points = noise_image((64, 64)), spokes(32, 64)
    exact = fourier_sum(x, points)
    ours = np.linalg.norm(NonUniformFourier(points, (64, 64)).forward(x) - exact)
    theirs = np.linalg.norm(sigpy.linop.NUFFT((64, 64), points) * x - exact)
    assert ours < theirs


def test_on_the_grid_it_is_the_fourier_transform():
    from medkit.physics.mri.kspace import to_kspace

    x = noise_image((16, 16))
    grid = np.stack(np.meshgrid(np.arange(16) - 8, np.arange(16) - 8, indexing="ij"), -1)
    y = NonUniformFourier(grid, (16, 16)).forward(x)
    assert np.linalg.norm(y - to_kspace(x)) < 1e-3 * np.linalg.norm(x)


def test_spokes_pass_through_the_centre_and_weights_add_to_the_disc():
    points = spokes(40, 64)
    np.testing.assert_array_equal(points[:, 32], 0)
    np.testing.assert_allclose(np.hypot(*points[:, 0].T), 32, rtol=1e-5)
    # The area of the disc of radius 32, less half a ring at the end without sample 32.
    assert density_weights(points).sum() == pytest.approx(np.pi * 32**2, rel=0.01)


def test_gridding_of_many_spokes_gives_the_image_back():
    rows, columns = (np.arange(64) - 32)[:, None], np.arange(64) - 32
    blob = np.exp(-(rows**2 + (columns - 5) ** 2) / 60).astype(np.complex64)
    points = spokes(128, 64)
    operator = NonUniformFourier(points, (64, 64))
    back = operator.adjoint(density_weights(points) * operator.forward(blob))
    # Within the circle that a field of view of spokes holds; its corners are outside.
    inside = np.hypot(rows, columns) < 30
    assert np.abs(back - blob)[inside].max() < 0.02
