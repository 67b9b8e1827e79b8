"""Autoencoders: squeeze an image through a few numbers, and see what comes out again.

`Autoencoder` is dense, `LinearAutoencoder` learns what PCA computes, and
`ConvolutionalAutoencoder` keeps neighbours together. All are scikit-learn transformers:
``transform`` is the encoder, ``inverse_transform`` the decoder. The variational one is in
`medkit.learning.networks.autoencoder.vae`, what one does with them in
`medkit.learning.networks.anomaly`.
"""

from dataclasses import KW_ONLY, dataclass

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from medkit.learning.backend import keras
from medkit.learning.networks.training import Network, Progress, Schedule

#: Enough for a few hundred small images. Weights are not decayed: the bottleneck is the brake.
SCHEDULE = Schedule(epochs=40, batch_size=32, learning_rate=2e-3, weight_decay=0.0)


@dataclass(eq=False, repr=False)
class Autoencoder(TransformerMixin, Network):
    r"""A dense autoencoder: pixels → hidden layers → a code → hidden layers → pixels.

    .. math:: \min_{f, g} \sum_i \lVert x_i - g(f(\tilde x_i)) \rVert^2

    with the encoder f, the decoder g, and :math:`\tilde x = x` or, for a denoising
    autoencoder, x with Gaussian noise, new in every step and never in the target.

    Parameters
    ----------
    code : int
        How many numbers an image is squeezed into: the bottleneck.
    hidden : tuple of int
        Width of the encoder's hidden layers; the decoder mirrors them.
    noise : float
        Standard deviation of the noise added to the input while learning.
    schedule : Schedule
    seed : int
        Of the weights, the shuffling and the noise.

    Attributes
    ----------
    encoder_, decoder_, model_ : keras.Model
        The halves, and both in a row.
    shape_ : tuple of int
        Shape of one sample.

    References
    ----------
    Hinton & Salakhutdinov, Science 313, 504 (2006), doi:10.1126/science.1127647.
    Vincent et al., ICML (2008), doi:10.1145/1390156.1390294, for the noise.
    """

    code: int = 16
    _: KW_ONLY
    hidden: tuple = (128,)
    noise: float = 0.0
    schedule: Schedule = SCHEDULE
    seed: int = 0

    def encoder(self, shape: tuple[int, ...]):
        """Return the network from samples of `shape` to codes, shape (n, code)."""
        pixels = keras.Input(shape)
        x = keras.layers.Flatten()(pixels)
        for width in self.hidden:
            x = keras.layers.Dense(width, activation="gelu")(x)
        return keras.Model(pixels, keras.layers.Dense(self.code, name="code")(x), name="encoder")

    def decoder(self, shape: tuple[int, ...], mean: np.ndarray):
        """Return the network from codes back to samples; its bias starts at the mean image."""
        code = x = keras.Input((self.code,))
        for width in self.hidden[::-1]:
            x = keras.layers.Dense(width, activation="gelu")(x)
        start = keras.initializers.Constant(mean.ravel())
        x = keras.layers.Dense(mean.size, bias_initializer=start)(x)
        return keras.Model(code, keras.layers.Reshape(shape)(x), name="decoder")

    def network(self, shape: tuple[int, ...]):
        """Return what is trained: noise, encoder, decoder. Noise is off outside training."""
        pixels = keras.Input(shape)
        seen = keras.layers.GaussianNoise(self.noise, seed=self.seed)(pixels)
        return keras.Model(pixels, self.decoder_(self.encoder_(seen)))

    def loss(self, shape: tuple[int, ...]):
        """Return what is minimised: here the mean squared error of a pixel."""
        return keras.losses.MeanSquaredError()

    def fit(self, x, y=None, *, target=None, validation=None, progress: Progress | None = None):
        """Learn to reproduce samples, without labels.

        Parameters
        ----------
        x : array_like
            Samples, shape (n, …).
        y : object
            Labels, for pipelines; nobody looks at them.
        target : array_like, optional
            What should come out, if not `x`: the clean image of each noisy one.
        validation : array_like or tuple of arrays, optional
            Other samples, or (samples, targets), for early stopping.
        progress : callable, optional
            ``progress(epoch, epochs, losses)`` after each epoch.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If shapes disagree, there are no samples or numbers are not finite.
        """
        if validation is not None and not isinstance(validation, tuple):
            validation = (validation, None)
        return super().fit(x, target, validation=validation, progress=progress)

    def pair(self, x, y, learn=True):
        """Return samples, and what should come out of each: by default the sample itself."""
        x = self._samples(x)
        y = x if y is None else self._samples(y)
        if y.shape != x.shape:
            raise ValueError(f"targets have shape {y.shape}, the samples {x.shape}")
        if learn:
            self.shape_ = x.shape[1:]
        return x, y

    def make(self, x, y):
        """Return both halves in a row, and the loss."""
        self.encoder_ = self.encoder(self.shape_)
        self.decoder_ = self.decoder(self.shape_, y.mean(0))
        return self.network(self.shape_), self.loss(self.shape_)

    def _samples(self, x) -> np.ndarray:
        x = np.asarray(x, np.float32)
        if x.ndim < 2 or x.size == 0:
            raise ValueError(f"samples have shape {x.shape}; expected (n, …) with n of at least 1")
        if not np.isfinite(x).all():
            raise ValueError("samples hold NaN or infinity; np.nan_to_num(x) replaces them")
        return x

    def _seen(self, x) -> np.ndarray:
        check_is_fitted(self, "model_")
        x = self._samples(x)
        if x.shape[1:] != self.shape_:
            raise ValueError(f"samples of shape {x.shape[1:]}; it learned from {self.shape_}")
        return x

    def transform(self, x) -> np.ndarray:
        """Return the codes of samples, shape (n, code)."""
        x = self._seen(x)
        return np.asarray(self.encoder_.predict(x, batch_size=256, verbose=0))

    def inverse_transform(self, code) -> np.ndarray:
        """Return the samples that codes stand for, shape (n, …)."""
        check_is_fitted(self, "model_")
        code = np.asarray(code, np.float32)
        return np.asarray(self.decoder_.predict(code, batch_size=256, verbose=0))

    def reconstruct(self, x) -> np.ndarray:
        """Return samples after a trip through the bottleneck and back, shape of `x`."""
        return self.inverse_transform(self.transform(x))

    def score(self, x, y=None) -> float:
        """Return minus the mean squared error of reconstructions: greater is better."""
        return -float(np.mean((self._seen(x) - self.reconstruct(x)) ** 2, dtype=float))


class LinearAutoencoder(Autoencoder):
    """An autoencoder without hidden layers or kinks: it learns the subspace that PCA computes.

    Its code is not PCA's: any invertible mix of the components reconstructs as well.

    Parameters
    ----------
    code, noise, schedule, seed
        As of `Autoencoder`.

    References
    ----------
    Baldi & Hornik, Neural Networks 2, 53 (1989), doi:10.1016/0893-6080(89)90014-2.
    """

    def __init__(self, code=16, *, noise=0.0, schedule=SCHEDULE, seed=0):
        super().__init__(code, hidden=(), noise=noise, schedule=schedule, seed=seed)


class ConvolutionalAutoencoder(Autoencoder):
    """An autoencoder that looks at neighbourhoods: each stage halves rows and columns.

    Parameters
    ----------
    code : int
        Size of the bottleneck.
    filters : tuple of int
        Number of filters of each stage of the encoder; the decoder mirrors them.
    noise, schedule, seed
        As of `Autoencoder`.
    """

    def __init__(self, code=16, *, filters=(16, 32), noise=0.0, schedule=SCHEDULE, seed=0):
        super().__init__(code, noise=noise, schedule=schedule, seed=seed)
        self.filters = filters

    def encoder(self, shape):
        """Return the network from (rows, columns, channels) to codes."""
        self._check(shape)
        x = pixels = keras.Input(shape)
        for width in self.filters:
            x = keras.layers.Conv2D(width, 3, strides=2, padding="same", activation="gelu")(x)
        x = keras.layers.Flatten()(x)
        return keras.Model(pixels, keras.layers.Dense(self.code, name="code")(x), name="encoder")

    def decoder(self, shape, mean):
        """Return the network back. Up-sampling and convolution leave no chequerboard."""
        step = 2 ** len(self.filters)
        rows, columns, width = shape[0] // step, shape[1] // step, self.filters[-1]
        code = keras.Input((self.code,))
        x = keras.layers.Dense(rows * columns * width, activation="gelu")(code)
        x = keras.layers.Reshape((rows, columns, width))(x)
        for width in self.filters[::-1]:
            x = keras.layers.UpSampling2D()(x)
            x = keras.layers.Conv2D(width, 3, padding="same", activation="gelu")(x)
        x = keras.layers.Conv2D(shape[2], 3, padding="same")(x)
        # Filters are the same everywhere: what differs from place to place is added as it is.
        start = keras.initializers.Constant(mean.ravel())
        mean = keras.layers.Dense(mean.size, kernel_initializer="zeros", bias_initializer=start)
        x = keras.layers.Add()([x, keras.layers.Reshape(shape)(mean(code))])
        return keras.Model(code, x, name="decoder")

    def _check(self, shape):
        step = 2 ** len(self.filters)
        if len(shape) != 3 or shape[0] % step or shape[1] % step:
            raise ValueError(
                f"images of shape {shape}; {len(self.filters)} stages need (rows, columns, "
                f"channels) with rows and columns divisible by {step}"
            )
