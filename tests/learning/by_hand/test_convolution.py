"""Convolution by hand: against its definition, finite differences, SciPy and Keras."""

import numpy as np
import pytest
from scipy.signal import correlate2d

from medkit.learning.backend import keras
from medkit.learning.by_hand import convolution as by_hand

CASES = [(3, 1, "same"), (3, 2, "same"), (5, 2, "same"), (3, 1, "valid"), (3, 2, "valid")]


def some(kernel=3, channels=2, filters=3, shape=(7, 8)):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, *shape, channels))
    return x, rng.normal(size=(kernel, kernel, channels, filters)), rng.normal(size=filters)


def test_one_channel_is_scipys_correlation():
    x, kernel, _ = some(channels=1, filters=1)
    ours = by_hand.convolve(x, kernel)[0, :, :, 0]
    np.testing.assert_allclose(ours, correlate2d(x[0, :, :, 0], kernel[:, :, 0, 0], "same"))


@pytest.mark.parametrize(("size", "stride", "mode"), CASES)
def test_forward_agrees_with_keras(size, stride, mode):
    x, kernel, bias = some(size)
    layer = keras.layers.Conv2D(3, size, strides=stride, padding=mode, dtype="float64")
    layer.build(x.shape)
    layer.set_weights([kernel, bias])
    theirs = keras.ops.convert_to_numpy(layer(x))
    np.testing.assert_allclose(
        by_hand.convolve(x, kernel, bias, stride=stride, mode=mode), theirs, atol=1e-12
    )


def numerically(loss, array, step=1e-6):
    """Central differences of a scalar function, one entry after the other."""
    slope = np.zeros(array.shape)
    for index in np.ndindex(array.shape):
        kept = array[index]
        array[index] = kept + step
        high = loss()
        array[index] = kept - step
        slope[index] = (high - loss()) / (2 * step)
        array[index] = kept
    return slope


@pytest.mark.parametrize(("size", "stride", "mode"), CASES)
def test_gradients_are_those_of_finite_differences(size, stride, mode):
    x, kernel, bias = some(size, shape=(6, 5))
    dy = np.random.default_rng(1).normal(
        size=by_hand.convolve(x, kernel, bias, stride=stride, mode=mode).shape
    )

    def loss():
        return (by_hand.convolve(x, kernel, bias, stride=stride, mode=mode) * dy).sum()

    slopes = by_hand.convolve_gradients(x, kernel, dy, stride=stride, mode=mode)
    for slope, array in zip(slopes, (x, kernel, bias), strict=True):
        np.testing.assert_allclose(slope, numerically(loss, array), atol=1e-7)


@pytest.mark.parametrize("mode", ["same", "valid"])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("size", [7, 28, 64])
def test_sizes_and_counts_are_those_of_a_built_layer(size, stride, mode):
    layer = keras.layers.Conv2D(6, 5, strides=stride, padding=mode)
    shape = layer.compute_output_shape((1, size, size, 4))
    layer.build((1, size, size, 4))
    assert by_hand.output_size(size, 5, stride, mode) == shape[1]
    assert by_hand.count_parameters(5, 4, 6) == layer.count_params()


@pytest.mark.parametrize("steps", [[(3, 1)], [(3, 1), (3, 2), (3, 1)], [(5, 2), (3, 2), (3, 2)]])
def test_the_receptive_field_is_what_changes_the_middle(steps):
    """A dot anywhere in the field changes the middle output pixel, and nowhere else."""
    size = 61
    x = np.eye(size)[:, None, :, None] * np.ones((1, size, 1, 1))  # a line in each column
    for kernel, stride in steps:
        x = by_hand.convolve(x, np.ones((kernel, kernel, 1, 1)), stride=stride, mode="valid")
    seen = np.flatnonzero(x[:, x.shape[1] // 2, x.shape[2] // 2, 0])
    assert len(seen) == by_hand.receptive_field(steps)
    assert np.ptp(seen) == len(seen) - 1


def test_the_layer_of_fifty_million():
    side = by_hand.output_size(224, 3, mode="valid") // 2
    assert by_hand.count_parameters(side, 32, 128) == 111 * 111 * 32 * 128 + 128 == 50_466_944


def test_what_does_not_fit_is_said():
    x, kernel, _ = some()
    with pytest.raises(ValueError, match="equal channels"):
        by_hand.convolve(x[..., :1], kernel)
