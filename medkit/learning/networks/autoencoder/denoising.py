"""Take noise away: a small convolutional network that learns from pairs of noisy and clean.

Unlike `medkit.learning.networks.autoencoder` it has no narrow code, since nothing needs to be
compressed: details bypass the bottleneck, and only the noise is learned.
"""

from dataclasses import KW_ONLY, dataclass

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_is_fitted

from medkit.learning.backend import keras
from medkit.learning.networks.training import Network, Schedule

SCHEDULE = Schedule(epochs=20, batch_size=8, learning_rate=3e-3, weight_decay=0.0)


@dataclass(eq=False, repr=False)
class Denoiser(RegressorMixin, Network):
    """A small U-Net that predicts the noise in an image, which is then subtracted.

    It slides over images of any even size: learn from small ones, use it on large ones.

    Parameters
    ----------
    filters : int
        Filters at full resolution; there are twice as many at half resolution.
    schedule : Schedule
    seed : int

    References
    ----------
    Zhang et al., IEEE TIP 26, 3142 (2017), doi:10.1109/TIP.2017.2662206, for the residual.
    Ronneberger et al., MICCAI (2015), doi:10.1007/978-3-319-24574-4_28, for the U.
    """

    filters: int = 12
    _: KW_ONLY
    schedule: Schedule = SCHEDULE
    seed: int = 0

    def build(self, channels: int):
        """Return the network for images with so many channels."""

        def convolve(x, width, strides=1):
            layer = keras.layers.Conv2D(
                width, 3, strides=strides, padding="same", activation="relu"
            )
            return layer(x)

        noisy = keras.Input((None, None, channels))
        full = convolve(noisy, self.filters)  # (rows, columns, filters)
        half = convolve(full, 2 * self.filters, strides=2)  # (rows/2, columns/2, 2 filters)
        half = convolve(half, 2 * self.filters)
        back = keras.layers.UpSampling2D()(half)
        both = convolve(keras.layers.Concatenate()([full, back]), self.filters)
        # Zeros: before it has learned anything, it leaves the image as it is.
        noise = keras.layers.Conv2D(channels, 3, padding="same", kernel_initializer="zeros")(both)
        return keras.Model(noisy, keras.layers.Subtract()([noisy, noise]))

    def pair(self, x, y, learn=True):
        """Return noisy images and what they should be, (n, rows, columns, channels), about 0…1.

        `y` may have noise of its own, if it is independent of that in `x`.

        Raises
        ------
        ValueError
            If shapes disagree, or rows or columns are odd.
        """
        x, y = _images(x), _images(y)
        if x.shape != y.shape:
            raise ValueError(f"noisy images have shape {x.shape}, clean ones {y.shape}")
        return x, y

    def make(self, x, y):
        """Return the network for these images, and the mean squared error of a pixel."""
        return self.build(x.shape[3]), keras.losses.MeanSquaredError()

    def predict(self, x) -> np.ndarray:
        """Return images with less noise, shape of `x`."""
        check_is_fitted(self, "model_")
        return np.asarray(self.model_.predict(_images(x), batch_size=16, verbose=0))

    def score(self, x, y, sample_weight=None) -> float:
        """Return minus the mean squared error of a pixel: greater is better."""
        squares = (self.predict(x) - _images(y)) ** 2
        return -float(np.average(squares.mean((1, 2, 3)), weights=sample_weight))


def _images(x) -> np.ndarray:
    x = np.asarray(x, np.float32)
    if x.ndim != 4 or x.size == 0 or x.shape[1] % 2 or x.shape[2] % 2:
        raise ValueError(
            f"images have shape {x.shape}; expected (n, rows, columns, channels), "
            "rows and columns even"
        )
    return x
