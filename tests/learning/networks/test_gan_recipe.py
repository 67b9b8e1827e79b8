"""The recipe of thousands of steps: faster, larger, augmented, and never another function."""

import numpy as np
import pytest

from medkit.learning.backend import keras
from medkit.learning.networks import gan_recipe

tf = pytest.importorskip("tensorflow")
pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="gradients of gradients are TensorFlow's"
)


def noise(n, classes):
    rng = np.random.default_rng(0)
    z = rng.normal(size=(n, gan_recipe.LATENT)).astype(np.float32)
    return tf.constant(z), tf.constant(np.eye(classes, dtype=np.float32)[np.arange(n) % classes])


def test_taps_added_up_beforehand_draw_the_same():
    generator, _ = gan_recipe.networks(32, 2, width=4)
    z, told = noise(5, 2)
    slow = generator([z, told], training=True)
    assert float(tf.math.reduce_std(slow)) > 0.1
    np.testing.assert_allclose(gan_recipe.drawn(generator, z, told), slow, atol=2e-5)


def test_a_grown_generator_begins_as_the_smaller_one():
    small, large = (gan_recipe.networks(size, 1, width=8)[0] for size in (32, 64))
    gan_recipe.grown(small, large)
    same = [
        layer.name
        for layer, other in zip(large.layers, small.layers, strict=False)
        if layer.weights and all(map(np.array_equal, layer.get_weights(), other.get_weights()))
    ]
    assert len(same) >= 5  # the dense layer and two convolutions with their normalisations
    assert large.output.shape[1:] == (64, 64, 1)


def test_augmentation_moves_and_brightens_and_lets_slopes_pass():
    x = tf.constant(np.random.default_rng(0).uniform(-1, 1, (6, 32, 32, 1)).astype(np.float32))
    with tf.GradientTape() as tape:
        tape.watch(x)
        changed = gan_recipe.augmented(x)
        total = tf.reduce_sum(changed)
    assert changed.shape == x.shape
    assert float(tf.reduce_max(tf.abs(changed))) <= 1.25
    slope = tape.gradient(total, x).numpy()
    assert set(np.unique(slope)) <= {0.0, 1.0}  # moved out of the picture, or still in it
    assert slope.mean() > 0.7


def test_a_few_steps_move_the_average_a_little():
    images = np.random.default_rng(0).random((40, 32, 32, 1))
    seen = []
    watch = lambda step, generator: seen.append(generator.get_weights()[0].copy())  # noqa: E731
    gan_recipe.train(images, None, width=4, steps=3, watch=watch)
    assert len(seen) == 4
    assert 0 < np.abs(seen[3] - seen[0]).max() < 3 * gan_recipe.RATE
