"""Autoencoders: squeeze an image through a few numbers, and see what comes out again.

`halves` builds a dense encoder and decoder; with `Sampling` between them they are a variational
autoencoder. `medkit.learning.studies.autoencoder_showcase` trains them.
"""

import numpy as np

from medkit.learning.backend import keras

layers, ops = keras.layers, keras.ops


def halves(mean: np.ndarray, code: int, hidden=(128,), heads: int = 1):
    """Return a dense encoder, pixels → hidden layers → a code, and a decoder, the same way back.

    Without hidden layers the two learn the subspace that PCA computes.

    Parameters
    ----------
    mean : numpy.ndarray
        The mean sample: the decoder's last bias starts there.
    code : int
        How many numbers an image is squeezed into: the bottleneck.
    hidden : sequence of int
        Width of the encoder's hidden layers; the decoder mirrors them.
    heads : int
        How many codes the encoder returns: 2 are mean and log-variance for `Sampling`.

    Returns
    -------
    encoder, decoder : keras.Model

    References
    ----------
    Hinton & Salakhutdinov, Science 313, 504 (2006), doi:10.1126/science.1127647.
    Baldi & Hornik, Neural Networks 2, 53 (1989), doi:10.1016/0893-6080(89)90014-2.
    """
    pixels = keras.Input(mean.shape)
    x = layers.Flatten()(pixels)
    for width in hidden:
        x = layers.Dense(width, activation="gelu")(x)
    codes = [layers.Dense(code)(x) for _ in range(heads)]
    encoder = keras.Model(pixels, codes if heads > 1 else codes[0], name="encoder")
    start = x = keras.Input((code,))
    for width in hidden[::-1]:
        x = layers.Dense(width, activation="gelu")(x)
    bias = keras.initializers.Constant(mean.ravel())
    x = layers.Dense(mean.size, bias_initializer=bias)(x)
    return encoder, keras.Model(start, layers.Reshape(mean.shape)(x), name="decoder")


class Sampling(layers.Layer):
    r"""Draw a code :math:`z = \mu + \sigma\varepsilon`, and add its KL divergence to the loss.

    .. math:: D_{KL}(N(\mu, \sigma^2) \,\|\, N(0, 1))
              = \tfrac12 \sum_j (\mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2)

    The noise ε is drawn beside the network, not inside it: so gradients pass through μ and
    σ (the reparameterisation trick). Outside training the code is μ.

    Parameters
    ----------
    weight : float
        Of the divergence. The evidence lower bound of pixels with a deviation of :math:`\sigma_x`
        is the mean squared error of a pixel and :math:`2 \sigma_x^2` / pixels times the divergence.

    References
    ----------
    Kingma & Welling, ICLR (2014), doi:10.48550/arXiv.1312.6114.
    """

    def __init__(self, weight=1.0):
        super().__init__()
        self.weight, self.noise = weight, keras.random.SeedGenerator(0)

    def call(self, inputs, training=False):
        """Return codes for (mean, log_variance), each of shape (n, code)."""
        mean, log_variance = inputs
        kl = ops.square(mean) + ops.exp(log_variance) - 1.0 - log_variance
        self.add_loss(self.weight * ops.mean(0.5 * ops.sum(kl, -1)))
        if not training:
            return mean
        return mean + ops.exp(0.5 * log_variance) * keras.random.normal(
            ops.shape(mean), seed=self.noise
        )
