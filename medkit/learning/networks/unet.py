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
from sklearn.utils.validation import check_is_fitted

from medkit.learning.backend import keras
from medkit.learning.evaluation.overlap import dice
from medkit.learning.networks.augment import Augmentation
from medkit.learning.networks.cnn import as_images
from medkit.learning.networks.training import Network, Schedule

layers, ops = keras.layers, keras.ops

#: For some two hundred images.
QUICK = Schedule(epochs=15, batch_size=16, learning_rate=5e-3, weight_decay=1e-3)


@dataclass(eq=False, repr=False)
class UNet(Network):
    """Mark lesions: ``fit(images, masks)``, ``predict(images)`` gives masks.

    Parameters
    ----------
    width : int
        Filters at full resolution; twice and four times as many below.
    bridges : bool
        Whether fine detail is carried across. Without them one sees what they are for.
    augmentation : Augmentation, optional
        Masks are turned and shifted as their images are.
    schedule : Schedule
    seed : int
    """

    width: int = 8
    _: KW_ONLY
    bridges: bool = True
    augmentation: Augmentation | None = None
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
        x = self._up(x, middle, 2 * width)  # 32, 32, 16
        x = self._up(x, fine, width)  # 64, 64, 8
        return keras.Model(image, layers.Conv2D(1, 1)(x))  # 64, 64, 1

    def _up(self, x, bridge, filters):
        x = layers.Conv2D(filters, 1, use_bias=False)(x)  # fewer channels first: it is quicker
        x = layers.UpSampling2D(interpolation="bilinear")(x)
        x = layers.Concatenate()([x, bridge]) if self.bridges else x
        return _features(x, filters)

    def pair(self, x, y, learn=True):
        """Return images (n, rows, columns, channels), and masks (n, rows, columns, 1).

        Raises
        ------
        ValueError
            If shapes disagree, the sides are no multiples of 4, or no mask marks anything.
        """
        x, masks = as_images(x), np.asarray(y)
        if masks.shape != x.shape[:3]:
            raise ValueError(f"masks of shape {masks.shape}; the images need {x.shape[:3]}")
        if x.shape[1] % 4 or x.shape[2] % 4:
            raise ValueError(f"images of {x.shape[1]} × {x.shape[2]}; sides must be multiples of 4")
        if learn and not masks.any():
            raise ValueError("no mask marks a pixel; there is nothing to learn to find")
        return x, (masks > 0).astype(np.float32)[..., None]

    def make(self, x, y):
        """Return the network for these images, and `overlap_loss`."""
        return self.build(x.shape[1:]), overlap_loss

    def predict_proba(self, x) -> np.ndarray:
        """Return the probability that each pixel is lesion, shape (n, rows, columns)."""
        check_is_fitted(self, "model_")
        logits = self.model_.predict(as_images(x), batch_size=64, verbose=0)[..., 0]
        return 1 / (1 + np.exp(-logits))

    def predict(self, x) -> np.ndarray:
        """Return masks, bool, shape (n, rows, columns)."""
        return self.predict_proba(x) > 0.5

    def score(self, x, masks) -> float:
        """Return the mean Dice over the images; nothing marked where nothing is counts as 1."""
        pairs = zip(np.asarray(masks, bool), self.predict(x), strict=True)
        return float(np.mean([dice(truth, found) for truth, found in pairs]))


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
