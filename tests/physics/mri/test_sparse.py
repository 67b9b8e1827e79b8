"""Compressed sensing: orthogonal wavelets, a falling objective, a better image."""

import numpy as np
import pytest

from medkit.physics.mri.kspace import CartesianFourier
from medkit.physics.mri.sparse import Wavelets, compressed_sensing, soft_threshold


def pieces(n=64):
    grid = np.arange(n) - n / 2
    image = 1.0 * (grid[:, None] ** 2 + grid**2 < (0.42 * n) ** 2)
    image[n // 3 : n // 2, n // 4 : n // 2] += 0.7
    image[n // 2 :, n // 2 : 2 * n // 3] *= 0.4
    return image.astype(np.complex64)


@pytest.mark.parametrize("name", ["haar", "db2", "db4"])
def test_wavelets_are_orthogonal(name):
    rng = np.random.default_rng(0)
    x = (rng.standard_normal((32, 64)) + 1j * rng.standard_normal((32, 64))).astype(np.complex64)
    w = Wavelets(x.shape, name)
    assert np.linalg.norm(w.forward(x)) == pytest.approx(np.linalg.norm(x), rel=1e-5)
    np.testing.assert_allclose(w.adjoint(w.forward(x)), x, atol=1e-5)


def test_shrinking_by_nothing_changes_nothing():
    np.testing.assert_allclose(Wavelets((64, 64)).shrink(pieces(), 0.0), pieces(), atol=1e-5)


def test_soft_threshold_keeps_the_phase():
    z = np.array([3j, -0.5, 0.0, 3 + 4j])
    np.testing.assert_allclose(soft_threshold(z, 1.0), [2j, 0, 0, (3 + 4j) * 0.8])


def test_shapes_that_cannot_be_halved_say_so():
    with pytest.raises(ValueError, match="divisible by"):
        Wavelets((63, 64))


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
    assert (
        error(compressed_sensing(data, operator, weight=0.002, wavelet="haar")) < 0.3 * zero_filled
    )
    assert error(compressed_sensing(data, operator)) < 0.5 * zero_filled


def test_the_error_falls_with_the_iterations():
    image, errors = pieces(), []
    operator = CartesianFourier(random_points(3), image.shape)
    compressed_sensing(
        operator.forward(image),
        operator,
        n_iterations=30,
        callback=lambda _, x: errors.append(np.linalg.norm(x - image)),
    )
    assert errors[29] < errors[9] < errors[0]


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
