"""Compressed sensing: orthogonal wavelets, a falling objective, a better image."""

import numpy as np
import pytest
import pywt

from medkit.physics.mri.kspace import CartesianFourier
from medkit.physics.mri.sparse import compressed_sensing, shrink


def pieces(n=64):
    grid = np.arange(n) - n / 2
    image = 1.0 * (grid[:, None] ** 2 + grid**2 < (0.42 * n) ** 2)
    image[n // 3 : n // 2, n // 4 : n // 2] += 0.7
    image[n // 2 :, n // 2 : 2 * n // 3] *= 0.4
    return image.astype(np.complex64)


def test_shrinking_by_nothing_changes_nothing():
    np.testing.assert_allclose(shrink(pieces(), 0.0), pieces(), atol=1e-5)


def test_shrinking_takes_its_threshold_off_each_coefficient_and_keeps_the_phase():
    """The wavelets are orthogonal: one of them, times a number, comes back as less of it."""
    zero = np.zeros((64, 64))
    coefficients = pywt.wavedec2(zero, "db2", "periodization", 4)
    coefficients[2][1][3, 2] = 1.0
    wave = pywt.waverec2(coefficients, "db2", "periodization")
    assert np.linalg.norm(wave) == pytest.approx(1)
    np.testing.assert_allclose(shrink((3 + 4j) * wave, 1.0), 0.8 * (3 + 4j) * wave, atol=1e-6)
    np.testing.assert_allclose(shrink(0.5 * wave, 1.0), zero, atol=1e-6)


def test_shapes_that_cannot_be_halved_say_so():
    with pytest.raises(ValueError, match="divisible by"):
        shrink(np.zeros((63, 64)), 1.0)


def random_points(acceleration):
    """Choose points at random, denser in the middle, where none is left out."""
    at = np.abs(np.arange(64) - 32) / 32
    density = (1 - np.hypot(at[:, None], at) / np.sqrt(2)) ** 3
    middle = (at[:, None] < 0.19) & (at < 0.19)
    chance = density * (64**2 / acceleration - middle.sum()) / density[~middle].sum()
    return middle | (np.random.default_rng(0).random((64, 64)) < chance)


def test_a_quarter_of_the_points_suffices():
    image = pieces()
    operator = CartesianFourier(random_points(4), image.shape)
    data = operator.forward(image)

    def error(x):
        return np.linalg.norm(x - image) / np.linalg.norm(image)

    zero_filled = error(operator.adjoint(data))
    assert error(compressed_sensing(data, operator)) < 0.5 * zero_filled


def test_the_error_falls_with_the_iterations():
    image = pieces()
    operator = CartesianFourier(random_points(3), image.shape)
    data = operator.forward(image)
    first, tenth, last = (
        np.linalg.norm(compressed_sensing(data, operator, n_iterations=n) - image)
        for n in (1, 10, 30)
    )
    assert last < tenth < first


def test_it_is_no_worse_than_sigpys():
    app = pytest.importorskip("sigpy.mri.app")
    image = pieces()
    mask = random_points(4)
    operator = CartesianFourier(mask, image.shape)
    data, maps = operator.forward(image)[None], np.ones((1, 64, 64), np.complex64)
    ours = compressed_sensing(data[0], operator, n_iterations=60, weight=0.002)
    theirs = app.L1WaveletRecon(
        data, maps, 0.002, weights=mask[None].astype(np.float32), max_iter=60, show_pbar=False
    ).run()
    assert np.linalg.norm(ours - image) < 1.1 * np.linalg.norm(theirs - image)
