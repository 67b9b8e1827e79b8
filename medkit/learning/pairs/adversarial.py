"""AE + GAN: an autoencoder whose codes a discriminator keeps looking like noise."""

import numpy as np

from medkit.learning.backend import keras
from medkit.learning.networks.autoencoder import SCHEDULE, ConvolutionalAutoencoder

layers, ops = keras.layers, keras.ops


class _CodeGame(keras.Model):
    """Encoder, decoder and a discriminator of codes: three losses, none leaks into another.

    As in `medkit.learning.networks.gan.Game`, codes reach the discriminator's loss through a
    ``stop_gradient``, and the encoder is judged by a copy of it with frozen weights.
    """

    def __init__(self, encoder, decoder, judge, *, weight, noise, seed):
        super().__init__(name="code_game")
        self.encoder, self.decoder, self.judge = encoder, decoder, judge
        self.weight, self.blur = weight, layers.GaussianNoise(noise, seed=seed)
        self.draw = keras.random.SeedGenerator(seed)
        names = ("reconstruction", "discriminator", "encoder")
        self.means = {name: keras.metrics.Mean(name=name) for name in names}

    def call(self, x, training=False):
        """Return the reconstructions, and for each code what both players lose."""
        code = self.encoder(self.blur(x, training=training), training=training)
        # What the judge sees is blurred: where codes and noise hardly meet, it would be sure
        # of itself and no longer say in which direction to go (arXiv:1610.04490).
        noise, blur, haze = (keras.random.normal(ops.shape(code), seed=self.draw) for _ in range(3))
        noise, seen = noise + 0.5 * haze, code + 0.5 * blur
        frozen = [ops.stop_gradient(weight) for weight in self.judge.trainable_variables]
        logit, _ = self.judge.stateless_call(frozen, [], seen)
        return {
            "image": self.decoder(code, training=training),
            "discriminator": ops.softplus(-self.judge(noise))
            + ops.softplus(self.judge(ops.stop_gradient(seen))),
            "encoder": ops.softplus(-logit),
        }

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Add the three; their gradients do not mix."""
        error = ops.mean(ops.square(ops.cast(y, "float32") - y_pred["image"]))
        fooled, told = ops.mean(y_pred["encoder"]), ops.mean(y_pred["discriminator"])
        for name, value in zip(self.means, (error, told, fooled), strict=True):
            self.means[name].update_state(value)
        return error + self.weight * fooled + told

    @property
    def metrics(self):
        """All three losses, which `fit` reports."""
        return list(self.means.values())


class AdversarialAutoencoder(ConvolutionalAutoencoder):
    """A convolutional autoencoder whose codes are normally distributed, so that it can draw.

    A variational autoencoder asks for that with a formula, this one with an opponent: a
    discriminator tells codes of images from normal noise, and the encoder learns to
    fool it.

    Parameters
    ----------
    code : int
        Size of the bottleneck.
    filters : tuple of int
        As of `ConvolutionalAutoencoder`.
    weight : float
        What fooling the discriminator is worth against the mean squared error of a pixel.
    noise, schedule, seed
        As of `Autoencoder`.

    References
    ----------
    Makhzani et al. (2015), arXiv:1511.05644.
    """

    def __init__(
        self, code=8, *, filters=(16, 32), weight=0.3, noise=0.0, schedule=SCHEDULE, seed=0
    ):
        super().__init__(code, filters=filters, noise=noise, schedule=schedule, seed=seed)
        self.weight = weight

    def network(self, shape):
        """Return what is trained: both halves and the discriminator of codes."""
        code = x = keras.Input((self.code,))
        for _ in range(2):
            x = layers.LeakyReLU(0.2)(layers.Dense(64)(x))
        self.judge_ = keras.Model(code, layers.Dense(1)(x), name="judge")
        game = _CodeGame(
            self.encoder_,
            self.decoder_,
            self.judge_,
            weight=self.weight,
            noise=self.noise,
            seed=self.seed,
        )
        # The judge learns three times as fast: the encoder must not outrun its advice.
        own = {variable.path for variable in self.judge_.trainable_variables}
        slow, fast = (
            keras.optimizers.Adam(pace * self.schedule.learning_rate, beta_1=0.5) for pace in (1, 3)
        )
        game.compile(keras.optimizers.MultiOptimizer(lambda v: fast if v.path in own else slow))
        return game

    def loss(self, shape):
        """Return None: the game computes its own."""
        return None

    def sample(self, n: int, rng=None) -> np.ndarray:
        """Draw new images, shape (n, rows, columns, channels)."""
        return self.inverse_transform(np.random.default_rng(rng).standard_normal((n, self.code)))

    def strangeness(self, x) -> np.ndarray:
        """Return how far each code lies from where codes of known images lie, shape (n,)."""
        return np.linalg.norm(self.transform(x), axis=1)
