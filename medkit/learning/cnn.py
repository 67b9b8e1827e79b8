"""Convolutional networks: a tiny one for quick looks, and a small modern residual one.

A convolution looks at a few pixels at a time and uses the same weights everywhere: a
lesion is recognised wherever it lies, and few weights suffice. Shapes beside the layers
are (rows, columns, channels) for an image of 64 × 64.
"""

import numpy as np

from medkit.learning.augment import Augmentation, Augmented
from medkit.learning.backend import keras
from medkit.learning.training import NetworkClassifier, Schedule

layers = keras.layers

#: For a few hundred images, in a few seconds.
QUICK = Schedule(epochs=12, batch_size=32, learning_rate=5e-3, weight_decay=1e-3)


def as_images(x) -> np.ndarray:
    """Return images as float32, shape (n, rows, columns, channels).

    Raises
    ------
    ValueError
        If the shape is no stack of images, or a pixel is not finite.
    """
    x = np.asarray(x, np.float32)
    x = x[..., None] if x.ndim == 3 else x
    if x.ndim != 4:
        raise ValueError(
            f"images of shape {x.shape}; expected (n, rows, columns) or (n, rows, columns, "
            "channels). One image is image[None]"
        )
    if not np.isfinite(x).all():
        raise ValueError("an image has pixels that are not finite: NaN or infinite")
    return x


class ImageClassifier(NetworkClassifier):
    """What the networks for images share: how pictures come in, and augmentation.

    A subclass stores `augmentation`, which is an `Augmentation` or None.
    """

    augmentation: Augmentation | None

    def prepare(self, x) -> np.ndarray:
        """Return images as `as_images` does; their pixels should go from 0 to 1."""
        return as_images(x)

    def batches(self, x, y):
        """Return augmented batches, if there is an augmentation."""
        if self.augmentation is None:
            return x, y
        size = self.schedule.batch_size
        return Augmented(x, y, self.augmentation, batch_size=size, seed=self.seed), None


class SmallCNN(ImageClassifier):
    """Three convolutions and one decision: about 6,000 weights, trained in seconds.

    Parameters
    ----------
    width : int
        Filters of the first convolution; the second has twice, the third four times as many.
    augmentation : Augmentation, optional
        None: every epoch shows the images as they are.
    schedule : Schedule
    seed : int
        Equal seeds give equal networks, on one machine and backend.
    """

    def __init__(self, width=8, *, augmentation=None, schedule=QUICK, seed=0):
        self.width = width
        self.augmentation = augmentation
        self.schedule = schedule
        self.seed = seed

    def build(self, shape, outputs):
        """Return the network, not compiled."""
        width = self.width
        image = x = keras.Input(shape)  # 64, 64, 1
        x = layers.Rescaling(4.0, -2.0)(x)  # from 0…1 to −2…2
        for filters, side in ((width, 5), (2 * width, 3), (4 * width, 3)):
            # Strides of 2 do what pooling would, and are several times as quick on a CPU.
            x = layers.Conv2D(filters, side, strides=2, padding="same", use_bias=False)(x)
            x = layers.BatchNormalization(momentum=0.9)(x)
            x = layers.ReLU()(x)  # 32, 32, 8 · 16, 16, 16 · 8, 8, 32
        x = layers.GlobalAveragePooling2D()(x)  # 32
        return keras.Model(image, layers.Dense(outputs)(x))  # 1 logit
