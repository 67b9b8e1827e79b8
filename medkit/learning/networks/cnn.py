"""Convolutional networks: a tiny one for quick looks, and a small modern residual one.

A convolution looks at a few pixels at a time and uses the same weights everywhere: a
lesion is recognised wherever it lies, and few weights suffice. Shapes beside the layers
are (rows, columns, channels) for an image of 64 × 64. Both take volumes too, with the same
layers in three dimensions.
"""

from dataclasses import KW_ONLY, dataclass

import numpy as np
from sklearn.utils.validation import check_is_fitted

from medkit.learning.backend import keras
from medkit.learning.networks.augment import Augmentation
from medkit.learning.networks.training import NetworkClassifier, Schedule, logit_loss

layers = keras.layers

#: For a few hundred images, in a few seconds.
QUICK = Schedule(epochs=12, batch_size=32, learning_rate=5e-3, weight_decay=1e-3)
#: For the residual network: found by cross-validation, see tests/benchmarks/bench_cnn.py.
CAREFUL = Schedule(epochs=24, batch_size=32, learning_rate=3e-3, weight_decay=1e-2, warmup_epochs=2)
#: What keeps a diagnosis: small turns, shifts and zooms, and left for right.
USUAL = Augmentation(rotation_deg=15, shift=0.1, zoom=0.15, flip_columns=True)


def as_images(x, volumes: bool = False) -> np.ndarray:
    """Return images as float32, shape (n, rows, columns, channels).

    Parameters
    ----------
    x : array_like
        Shape (n, rows, columns) or (n, rows, columns, channels).
    volumes : bool
        Whether (n, planes, rows, columns, channels) may be, too.

    Raises
    ------
    ValueError
        If the shape is no stack of images, a pixel is not finite, or sizes differ.
    """
    x = np.asarray(_equally_large(x), np.float32)
    x = x[..., None] if x.ndim == 3 else x
    if x.ndim != 4 and not (volumes and x.ndim == 5):
        raise ValueError(
            f"images of shape {x.shape}; expected (n, rows, columns) or (n, rows, columns, "
            "channels)"
            + ", or volumes (n, planes, rows, columns, channels)" * volumes
            + ". One image is image[None]"
        )
    if not np.isfinite(x).all():
        raise ValueError("an image has pixels that are not finite: NaN or infinite")
    return x


def _equally_large(x):
    """Return x; say which image differs where a list holds images of several sizes."""
    sizes = [np.shape(image) for image in x] if isinstance(x, list | tuple) else []
    odd = next((k for k, size in enumerate(sizes) if size != sizes[0]), None)
    if odd is not None:
        raise ValueError(
            f"image 0 is {sizes[0]} and image {odd} is {sizes[odd]}: a batch needs one size. "
            "Crop, pad or resample them first; a stretched lesion is another lesion"
        )
    return x


class ImageClassifier(NetworkClassifier):
    """What the networks for images share: how pictures come in."""

    def prepare(self, x) -> np.ndarray:
        """Return images or volumes as `as_images` does; pixels should go from 0 to 1."""
        return as_images(x, volumes=True)

    def decision_function(self, x) -> np.ndarray:
        """Return the logits: shape (n,) for two classes, (n, classes) for more."""
        check_is_fitted(self, "model_")
        x, learned = self.prepare(x), self.model_.input_shape[1:]
        if x.shape[1:] != learned:
            raise ValueError(f"images of {x.shape[1:]}; this network learned from {learned}")
        return super().decision_function(x)


@dataclass(eq=False, repr=False)
class SmallCNN(ImageClassifier):
    """Three convolutions and one decision: about 6,000 weights, trained in seconds.

    Parameters
    ----------
    width : int
        Filters of the first convolution; the second has twice, the third four times as many.
    augmentation : Augmentation, optional
        None: every epoch shows the images as they are.
    class_weight : "balanced" or dict of class to weight, optional
        How much the samples of a class count, as in scikit-learn.
    schedule : Schedule
    seed : int
        Equal seeds give equal networks, on one machine and backend.
    """

    width: int = 8
    _: KW_ONLY
    augmentation: Augmentation | None = None
    class_weight: str | dict | None = None
    schedule: Schedule = QUICK
    seed: int = 0

    def build(self, shape, outputs):
        """Return the network, not compiled."""
        width = self.width
        image = x = keras.Input(shape)  # 64, 64, 1
        x = layers.Rescaling(4.0, -2.0)(x)  # from 0…1 to −2…2
        for filters, side in ((width, 5), (2 * width, 3), (4 * width, 3)):
            # Strides of 2 do what pooling would, and are several times as quick on a CPU.
            x = _normalised(x, filters, side, stride=2)
            x = layers.ReLU()(x)  # 32, 32, 8 · 16, 16, 16 · 8, 8, 32
        x = _of(x, "GlobalAveragePooling")()(x)  # 32
        return keras.Model(image, layers.Dense(outputs)(x))  # 1 logit


@dataclass(eq=False, repr=False)
class ResidualCNN(ImageClassifier):
    """A small modern network: residual blocks, batch normalisation, augmentation.

    Parameters
    ----------
    width : int
        Filters of the first convolution; the blocks have as many, twice and four times as
        many. 16 gives 79,000 weights.
    augmentation : Augmentation, optional
    smoothing : float
        Of the labels; see `medkit.learning.networks.training.logit_loss`.
    views : bool
        Decide by the mean logit of the image, of the same shifted by a pixel each way, and
        of their mirror images if the augmentation mirrors.
    class_weight : "balanced" or dict of class to weight, optional
    schedule : Schedule
    seed : int
        Networks of several seeds decide better together:
        ``VotingClassifier([(str(s), ResidualCNN(seed=s)) for s in range(3)], voting="soft")``.

    Notes
    -----
    He et al. 2016, doi:10.1109/CVPR.2016.90. A block learns what to add to its input,
    x + F(x): the gradient always has a way around F.
    """

    width: int = 16
    _: KW_ONLY
    augmentation: Augmentation | None = USUAL
    smoothing: float = 0.1
    views: bool = True
    class_weight: str | dict | None = None
    schedule: Schedule = CAREFUL
    seed: int = 0

    def build(self, shape, outputs):
        """Return the network, not compiled."""
        width = self.width
        image = x = keras.Input(shape)  # 64, 64, 1
        x = layers.Rescaling(4.0, -2.0)(x)  # from 0…1 to −2…2
        x = layers.ReLU()(_normalised(x, width, 5, stride=2))  # 32, 32, 16
        x = _block(x, width)  # 32, 32, 16
        x = _block(x, 2 * width, stride=2)  # 16, 16, 32
        x = _block(x, 4 * width, stride=2)  # 8, 8, 64
        x = _of(x, "GlobalAveragePooling")()(x)  # 64
        return keras.Model(image, layers.Dense(outputs)(x))  # 1 logit

    def loss(self, outputs):
        """Return the cross-entropy with smoothed labels."""
        return logit_loss(outputs, self.smoothing)

    def decision_function(self, x) -> np.ndarray:
        """Return the logits, the mean over the views of each image."""
        x = self.prepare(x)
        mirrored = self.augmentation is not None and self.augmentation.flip_columns
        sides = (x, x[..., ::-1, :]) if self.views and mirrored else (x,)
        moves = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)) if self.views else ((0, 0),)
        seen = [shifted(side, *move) for side in sides for move in moves]
        return sum(super(ResidualCNN, self).decision_function(view) for view in seen) / len(seen)


def _of(x, kind):
    """Return the layer of a kind, such as "Conv", for images or volumes as x is."""
    return getattr(layers, f"{kind}{len(x.shape) - 2}D")


def _normalised(x, filters, side, stride=1):
    x = _of(x, "Conv")(filters, side, strides=stride, padding="same", use_bias=False)(x)
    return layers.BatchNormalization(momentum=0.9)(x)


def _block(x, filters, stride=1):
    """Return relu(x + F(x)); where F changes the shape, x goes through a 1 × 1 convolution."""
    short = x
    if stride > 1:
        short = _of(x, "AveragePooling")(stride, padding="same")(short)
    if x.shape[-1] != filters:
        short = _normalised(short, filters, 1)
    x = layers.ReLU()(_normalised(x, filters, 3, stride))
    x = _normalised(x, filters, 3)
    return layers.ReLU()(layers.Add()([short, x]))


def shifted(images, rows: int, columns: int) -> np.ndarray:
    """Return images (n, …, rows, columns, channels) moved by whole pixels; edges are repeated."""
    reach = max(abs(rows), abs(columns))
    still = [(0, 0)] * (images.ndim - 3)
    padded = np.pad(images, (*still, (reach, reach), (reach, reach), (0, 0)), "edge")
    height, width = images.shape[-3:-1]
    top, left = reach - rows, reach - columns
    return padded[..., top : top + height, left : left + width, :]
