"""The small network of ``43_bone`` that finds a crack in a wrist, from the palm and from the side.

    radiographs of a wrist ─▶ `prepared`: the end of the radius, fine detail only ─▶ one logit

Stored as ``datasets/crack_reader.npz``, in half precision; `medkit.authoring.datasets` makes it
anew in about 2 minutes.
"""

from pathlib import Path

import numpy as np
from scipy import ndimage

from medkit.data.sets import shipped
from medkit.data.tasks.radiographs import wrists
from medkit.learning.backend import keras

#: Seed and number of the wrists to learn from, which no notebook uses for anybody it judges.
SEED, LEARNED_FROM, EPOCHS = 43_001, 1500, 12


def prepared(images) -> np.ndarray:
    """Return the end of the radius, shape (wrist, 28, 32, 2): detail finer than 5 mm only.

    Parameters
    ----------
    images : ndarray, shape (wrist, 2, 46, 67)
        Radiographs from the palm and from the side, as `medkit.data.tasks.radiographs` makes them.
    """
    ends = np.stack([images[:, 0, 6:34, 24:56], images[:, 1, 6:34, 18:50]], axis=-1)
    ends = (ends - ends.mean((1, 2), keepdims=True)) / ends.std((1, 2), keepdims=True)
    return 4 * (ends - ndimage.gaussian_filter(ends, (0, 2, 2, 0)))


def network():
    """Return the network, untrained: what the learner writes in the notebook."""
    layers = [keras.Input((28, 32, 2))]
    for filters, side in ((16, 5), (24, 3)):
        layers += [
            keras.layers.Conv2D(filters, side, padding="same"),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
            keras.layers.MaxPooling2D(2),
        ]
    layers += [keras.layers.Flatten(), keras.layers.Dropout(0.3), keras.layers.Dense(1)]
    return keras.Sequential(layers)


def make(folder) -> Path:
    """Simulate, train and store; return the file."""
    keras.utils.set_random_seed(SEED)
    known = wrists(LEARNED_FROM, rng=SEED)
    x, y, model = prepared(known.images), known.labels, network()
    x, y = np.concatenate([x, x[:, :, ::-1]]), np.concatenate([y, y])
    rate = keras.optimizers.schedules.CosineDecay(2e-3, EPOCHS * -(-len(x) // 32))
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss)
    model.fit(x, y, epochs=EPOCHS, batch_size=32, verbose=0)
    held = {f"w{k:02d}": w.astype(np.float16) for k, w in enumerate(model.get_weights())}
    # Two pictures tell whether the simulator is still the same.
    return shipped.save(folder, "crack_reader", **held, images=known.images[:2].astype(np.float16))


def load():
    """Return the stored network: give it what `prepared` returns, and it predicts logits."""
    held, model = shipped.arrays("crack_reader"), network()
    model.set_weights([held[k].astype(np.float32) for k in sorted(held) if k.startswith("w")])
    return model
