"""A small U-Net, which marks the pixels of a lesion.

Down the left side of the U the image becomes coarse and its features rich; up the right
side it becomes fine again. Bridges carry the fine detail across, which the way through
the bottom has lost. Shapes are (rows, columns, channels) for an image of 64 × 64.

References
----------
O. Ronneberger, P. Fischer, T. Brox, MICCAI 2015, doi:10.1007/978-3-319-24574-4_28.
"""

from dataclasses import KW_ONLY, dataclass

import numpy as np

from medkit.learning.backend import keras
from medkit.learning.networks.cnn import as_images
from medkit.learning.networks.training import Network, Schedule

layers, ops = keras.layers, keras.ops

#: For some two hundred images.
QUICK = Schedule(epochs=15, batch_size=16, learning_rate=5e-3, weight_decay=1e-3)


@dataclass(eq=False, repr=False)
class UNet(Network):
    """Mark lesions: ``fit(images, masks)``, ``predict_proba(images)`` says where they are.

    Parameters
    ----------
    width : int
        Filters at full resolution; twice and four times as many below.
    schedule : Schedule
    seed : int
    """

    width: int = 8
    _: KW_ONLY
    schedule: Schedule = QUICK
    seed: int = 0

    def build(self, shape):
        """Return the network, not compiled: one logit a pixel."""
        width = self.width
        image = x = keras.Input(shape)  # 64, 64, 1
        x = layers.Rescaling(4.0, -2.0)(x)
        fine = _features(x, width)  # 64, 64, 8
        middle = _features(fine, 2 * width, stride=2)  # 32, 32, 16
        x = _features(middle, 4 * width, stride=2)  # 16, 16, 32
        x = _features(x, 4 * width)  # 16, 16, 32
        for bridge, filters in ((middle, 2 * width), (fine, width)):
            x = layers.Conv2D(filters, 1, use_bias=False)(x)  # fewer channels first: it is quicker
            x = layers.UpSampling2D(interpolation="bilinear")(x)
            x = _features(layers.Concatenate()([x, bridge]), filters)  # 32, 32, 16 · 64, 64, 8
        return keras.Model(image, layers.Conv2D(1, 1)(x))  # 64, 64, 1

    def pair(self, x, y, learn=True):
        """Return images (n, rows, columns, channels), and masks (n, rows, columns, 1).

        Raises
        ------
        ValueError
            If shapes disagree, or the sides are no multiples of 4.
        """
        x, masks = as_images(x), np.asarray(y)
        if masks.shape != x.shape[:3] or x.shape[1] % 4 or x.shape[2] % 4:
            raise ValueError(
                f"images of shape {x.shape} and masks of shape {masks.shape}; expected (n, rows, "
                "columns, channels) and (n, rows, columns), sides multiples of 4"
            )
        return x, (masks > 0).astype(np.float32)[..., None]

    def make(self, x, y):
        """Return the network for these images, and `overlap_loss`."""
        return self.build(x.shape[1:]), overlap_loss

    def predict_proba(self, x) -> np.ndarray:
        """Return the probability that each pixel is lesion, shape (n, rows, columns)."""
        logits = self.model_.predict(as_images(x), batch_size=64, verbose=0)[..., 0]
        return 1 / (1 + np.exp(-logits))


def overlap_loss(truth, logits):
    r"""Return cross-entropy plus 1 − Dice, with probabilities instead of masks.

    .. math:: 1 - \frac{2 \sum_i y_i p_i + 1}{\sum_i y_i + \sum_i p_i + 1}

    A lesion fills one pixel in a hundred: cross-entropy alone is content to find none.
    (Milletari et al. 2016, doi:10.1109/3DV.2016.79.)
    """
    truth = ops.cast(truth, logits.dtype)
    found = ops.sigmoid(logits)
    both = ops.sum(truth * found, axis=(1, 2, 3))
    areas = ops.sum(truth, axis=(1, 2, 3)) + ops.sum(found, axis=(1, 2, 3))
    pixels = keras.losses.binary_crossentropy(truth, logits, from_logits=True)
    return 1 - (2 * both + 1) / (areas + 1) + ops.mean(pixels, axis=(1, 2))


def _features(x, filters, stride=1):
    x = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
