"""k-space: Parseval, sampling, adjoints, Gibbs, aliasing."""

import numpy as np
import pytest

from medkit.physics.linear import dot_test
from medkit.physics.mri.kspace import (
    CartesianFourier,
    sampled_lines,
    to_image,
    to_kspace,
)


def noise_image(shape, rng=0):
    rng = np.random.default_rng(rng)
    return (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)).astype(np.complex64)


@pytest.mark.parametrize("shape", [(32, 48), (3, 31, 17)])
def test_the_transform_keeps_energy_and_comes_back(shape):
    x = noise_image(shape)
    k = to_kspace(x)
    assert np.linalg.norm(k) == pytest.approx(np.linalg.norm(x), rel=1e-5)  # Parseval
    np.testing.assert_allclose(to_image(k), x, atol=1e-5)
    assert k.dtype == np.complex64


def test_frequency_zero_is_in_the_middle():
    k = to_kspace(np.ones((8, 6)))
    assert k[4, 3] == pytest.approx(np.sqrt(48))
    assert np.abs(k).sum() == pytest.approx(np.sqrt(48), rel=1e-5)


def test_noise_is_as_strong_on_both_sides():
    x = noise_image((256, 256))
    assert to_kspace(x).real.std() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(
    "mask",
    [
        sampled_lines(32, "random", acceleration=3, calibration_lines=6),
        np.random.default_rng(0).random((32, 24)) < 0.25,
    ],
)
@pytest.mark.parametrize("n_images", [None, 3])
def test_cartesian_sampling_has_its_adjoint_and_its_short_cut(mask, n_images):
    operator = CartesianFourier(mask, (32, 24), n_images)
    assert dot_test(operator, 0) < 1e-6
    x = noise_image(operator.input_shape)
    slow = operator.adjoint(operator.forward(x))
    np.testing.assert_allclose(operator.normal(x), slow, atol=1e-5)


def test_every_other_line_folds_the_image_by_half():
    x = noise_image((16, 8))
    folded = CartesianFourier(sampled_lines(16, "regular", acceleration=2), (16, 8)).normal(x)
    np.testing.assert_allclose(folded, (x + np.roll(x, 8, axis=0)) / 2, atol=1e-5)


def test_a_sharp_edge_rings_by_nine_percent():
    edge = np.zeros((2, 4096))
    edge[:, 1024:3072] = 1
    k = to_kspace(edge, axes=(-1,))
    k[:, : 2048 - 64] = k[:, 2048 + 65 :] = 0
    # Gibbs: Si(π)/π − ½ = 8.95 % of the step, however many frequencies are kept.
    assert to_image(k, axes=(-1,)).real.max() == pytest.approx(1.0895, abs=0.002)


def test_patterns_measure_what_they_promise():
    assert sampled_lines(64).all()
    regular = sampled_lines(64, "regular", acceleration=4, calibration_lines=8)
    assert regular[::4].all()
    assert regular[28:36].all()
    assert regular.sum() == 16 + 6
    random = sampled_lines(128, "random", acceleration=4, calibration_lines=10)
    assert random.sum() == 32
    assert random[59:69].all()
    assert np.abs(np.flatnonzero(random) - 64).mean() < 32  # denser in the middle


@pytest.mark.parametrize(
    ("pattern", "acceleration", "message"),
    [
        ("regular", 2.5, "whole acceleration"),
        ("spiral", 1, "no pattern 'spiral'"),
    ],
)
def test_impossible_patterns_say_why(pattern, acceleration, message):
    with pytest.raises(ValueError, match=message):
        sampled_lines(64, pattern, acceleration=acceleration)
