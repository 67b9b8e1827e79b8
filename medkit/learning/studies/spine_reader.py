"""The small network of ``43_bone`` that finds the vertebrae of a bent spine on a radiograph.

    trunk, seen from the front ─▶ convolutions ─▶ place (x, z) and lean of each of 17 vertebrae

Stored as ``datasets/spine_reader.npz``, in half precision; `medkit.authoring.datasets` makes it
anew in about 10 minutes.
"""

from pathlib import Path

import numpy as np

from medkit.data.sets import shipped
from medkit.data.tasks.radiographs import TRUNK_SHAPE, spines
from medkit.learning.backend import keras

#: Seed and number of the spines to learn from, which no notebook uses for anybody it judges.
SEED, LEARNED_FROM, EPOCHS = 43_000, 1000, 60
#: What a place of 100 mm, and a lean of 20 degrees, count as 1.
SCALE = np.array([100.0, 100.0, 20.0], np.float32)


def network():
    """Return the network, untrained: what a learner would write in ten lines."""
    layers = [keras.Input((*TRUNK_SHAPE, 1))]
    for filters in (16, 24, 32, 32):
        layers += [
            keras.layers.Conv2D(filters, 3, strides=2, padding="same"),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
        ]
    layers += [keras.layers.Flatten(), keras.layers.Dense(96, activation="relu")]
    layers += [keras.layers.Dense(51), keras.layers.Reshape((17, 3))]
    return keras.Sequential(layers)


def normal(images) -> np.ndarray:
    """Return radiographs with mean 0 and deviation 1 each, and a channel."""
    images = np.asarray(images, np.float32)
    middle = images.mean((-2, -1), keepdims=True)
    return ((images - middle) / images.std((-2, -1), keepdims=True))[..., None]


class SpineReader:
    """The stored network: radiographs in, places and leans of the vertebrae out."""

    def __init__(self, model):
        self.model_ = model

    def predict(self, images) -> np.ndarray:
        """Return place (mm) and lean (degrees) of each vertebra, shape (n, 17, 3).

        It is the mean of what the network says of an image and of its mirror.
        """
        x = normal(images)
        says = (self.model_(view, training=False) for view in (x, x[:, :, ::-1].copy()))
        one, other = (keras.ops.convert_to_numpy(y) for y in says)
        return (one + other * np.array([-1, 1, -1], np.float32)) / 2 * SCALE


def make(folder) -> Path:
    """Simulate, train and store; return the file."""
    images, truth = spines(LEARNED_FROM, rng=SEED)
    keras.utils.set_random_seed(SEED)
    x, y, model = normal(images), truth / SCALE, network()
    x = np.concatenate([x, x[:, :, ::-1]])
    y = np.concatenate([y, y * np.array([-1, 1, -1], np.float32)])
    rate = keras.optimizers.schedules.CosineDecay(2e-3, EPOCHS * -(-len(x) // 32))
    model.compile(keras.optimizers.Adam(rate), "mse")
    model.fit(x, y, batch_size=32, epochs=EPOCHS, verbose=0)
    held = {f"w{k:02d}": w.astype(np.float16) for k, w in enumerate(model.get_weights())}
    # Two pictures tell whether the simulator is still the same.
    seen, _ = spines(2, rng=SEED + 1)
    return shipped.save(folder, "spine_reader", **held, images=seen.astype(np.float16))


def load() -> SpineReader:
    """Return the stored network."""
    held, model = shipped.arrays("spine_reader"), network()
    model.set_weights([held[k].astype(np.float32) for k in sorted(held) if k.startswith("w")])
    return SpineReader(model)
