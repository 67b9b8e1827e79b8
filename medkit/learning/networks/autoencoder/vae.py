"""The variational autoencoder: a code that is a cloud, so that new images can be drawn from it."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from medkit.learning.backend import keras
from medkit.learning.networks.autoencoder import SCHEDULE, Autoencoder


def kl_divergence(mean, log_variance) -> np.ndarray:
    r"""Return how far Gaussian codes lie from the standard normal, in nats.

    .. math:: D_{KL}(N(\mu, \sigma^2) \,\|\, N(0, 1))
              = \tfrac12 \sum_j (\mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2)

    Parameters
    ----------
    mean, log_variance : array_like
        Shape (n, code).

    Returns
    -------
    numpy.ndarray
        Shape (n,).

    Examples
    --------
    >>> kl_divergence([[0.0, 0.0], [3.0, 4.0]], [[0.0, 0.0], [0.0, 0.0]])
    array([ 0. , 12.5])
    """
    mean, log_variance = np.asarray(mean, float), np.asarray(log_variance, float)
    return 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance).sum(-1)


@keras.saving.register_keras_serializable("medkit")
class Sampling(keras.layers.Layer):
    r"""Draw a code :math:`z = \mu + \sigma\varepsilon`, and add its KL divergence to the loss.

    The noise ε is drawn beside the network, not inside it: so gradients pass through μ and
    σ (the reparameterisation trick). Outside training the code is μ.
    """

    def __init__(self, weight=1.0, seed=0, **options):
        super().__init__(**options)
        self.weight, self.seed = weight, seed
        self.noise = keras.random.SeedGenerator(seed)

    def call(self, inputs, training=False):
        """Return codes for (mean, log_variance), each of shape (n, code)."""
        mean, log_variance = inputs
        kl = keras.ops.square(mean) + keras.ops.exp(log_variance) - 1.0 - log_variance
        self.add_loss(self.weight * keras.ops.mean(0.5 * keras.ops.sum(kl, -1)))
        if not training:
            return mean
        epsilon = keras.random.normal(keras.ops.shape(mean), seed=self.noise)
        return mean + keras.ops.exp(0.5 * log_variance) * epsilon

    def get_config(self):
        """Return its settings, for saving."""
        return super().get_config() | {"weight": self.weight, "seed": self.seed}


class VariationalAutoencoder(Autoencoder):
    r"""An autoencoder whose codes fill a standard normal cloud: a model of images.

    It maximises the evidence lower bound, here minimised as the mean per pixel of

    .. math:: \frac{1}{2\sigma_x^2}\lVert x - g(z)\rVert^2
              + \beta\, D_{KL}(q(z|x) \,\|\, N(0, 1))

    in nats over :math:`1/2\sigma_x^2`, so that losses compare with other autoencoders'.

    Parameters
    ----------
    code, hidden, schedule, seed
        As of `Autoencoder`.
    pixel_noise : float
        :math:`\sigma_x`: how far a pixel may be off. Greater: smoother images, tidier codes.
    beta : float
        Weight of the divergence; 1 is the true bound.

    References
    ----------
    Kingma & Welling, ICLR (2014), doi:10.48550/arXiv.1312.6114.
    """

    def __init__(
        self, code=16, *, hidden=(128,), pixel_noise=0.1, beta=1.0, schedule=SCHEDULE, seed=0
    ):
        super().__init__(code, hidden=hidden, schedule=schedule, seed=seed)
        self.pixel_noise = pixel_noise
        self.beta = beta

    def encoder(self, shape):
        """Return the network from samples to the mean and the log-variance of their codes."""
        pixels = keras.Input(shape)
        x = keras.layers.Flatten()(pixels)
        for width in self.hidden:
            x = keras.layers.Dense(width, activation="gelu")(x)
        mean = keras.layers.Dense(self.code, name="mean")(x)
        log_variance = keras.layers.Dense(self.code, name="log_variance")(x)
        return keras.Model(pixels, [mean, log_variance], name="encoder")

    def network(self, shape):
        """Return encoder, sampling and decoder in a row."""
        pixels = keras.Input(shape)
        weight = self.beta * 2 * self.pixel_noise**2 / int(np.prod(shape))
        code = Sampling(weight, self.seed)(self.encoder_(pixels))
        return keras.Model(pixels, self.decoder_(code))

    def distribution(self, x) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean and the log-variance of the code of each sample, both (n, code)."""
        both = self.encoder_.predict(self._seen(x), batch_size=256, verbose=0)
        return tuple(np.asarray(part) for part in both)

    def transform(self, x) -> np.ndarray:
        """Return the mean codes of samples, shape (n, code)."""
        return self.distribution(x)[0]

    def kl(self, x) -> np.ndarray:
        """Return the divergence of each sample's code from the standard normal, in nats, (n,)."""
        return kl_divergence(*self.distribution(x))

    def elbo(self, x, *, draws=8, rng=None) -> np.ndarray:
        """Return the evidence lower bound of each sample in nats, shape (n,).

        Parameters
        ----------
        x : array_like
            Samples, shape (n, …).
        draws : int
            Codes drawn for each sample: its expectation is estimated by their mean.
        rng : None, int or numpy.random.Generator
        """
        rng = np.random.default_rng(rng)
        x = self._seen(x)
        mean, log_variance = self.distribution(x)
        flat = x.reshape(len(x), -1).astype(float)
        squares = np.zeros(len(x))
        for _ in range(draws):
            code = mean + np.exp(log_variance / 2) * rng.standard_normal(mean.shape)
            drawn = self.inverse_transform(code).reshape(flat.shape)
            squares += ((flat - drawn) ** 2).sum(1) / draws
        variance = self.pixel_noise**2
        log_likelihood = -0.5 * (squares / variance + flat.shape[1] * np.log(2 * np.pi * variance))
        return log_likelihood - kl_divergence(mean, log_variance)

    def sample(self, n: int, rng=None) -> np.ndarray:
        """Return `n` new samples, decoded from codes drawn from the standard normal."""
        check_is_fitted(self, "model_")
        return self.inverse_transform(np.random.default_rng(rng).standard_normal((n, self.code)))
