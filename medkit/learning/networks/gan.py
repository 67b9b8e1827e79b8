"""Generative adversarial networks: one network forges images, another tries to tell.

`GAN` has the interface of scikit-learn: ``fit(images)``, then ``sample(9)``. The
`Game` is one `keras.Model` with both networks and both losses, so that one ``fit``
trains them on every backend, each network by its own loss and never by the other's.

Goodfellow et al., Commun. ACM 63, 139 (2020), doi:10.1145/3422622 (first NeurIPS 2014).
"""

from dataclasses import KW_ONLY, dataclass

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from medkit.learning.backend import keras
from medkit.learning.networks.gan_networks import NETWORKS
from medkit.learning.networks.training import Network, Progress, Schedule

ops = keras.ops

#: Who plays; the names of their losses, too.
PLAYERS = ("discriminator", "generator")

#: Small images, a few thousand of them; both networks with Adam(β₁ = ½), as DCGANs want it.
SCHEDULE = Schedule(epochs=20, batch_size=64, learning_rate=5e-4)

#: What the generator wants small, given the discriminator's logit of its forgeries:
#: log(1 − D) as in the minimax game, or −log D, which is steep where the forgery is bad.
LOSSES = {
    "minimax": lambda logit: -ops.softplus(logit),
    "non-saturating": lambda logit: ops.softplus(-logit),
}


class Game(keras.Model):
    r"""Both players and both losses in one model, each player moved by its own loss only.

    .. math::

        L_D = -\log D(x) - \log(1 - D(G(z))) \qquad
        L_G = \log(1 - D(G(z))) \text{ or } -\log D(G(z))

    The forgery reaches L_D through a ``stop_gradient``, so L_D cannot move G. L_G is
    computed with a copy of D's weights behind a ``stop_gradient``, so L_G cannot move D.

    Parameters
    ----------
    generator, discriminator : keras.Model
        As the functions of `medkit.learning.networks.gan_networks` make them.
    loss : {"non-saturating", "minimax"}
        The generator's.
    seed : int
        Of the noise.
    players : tuple of str
        Who moves: "discriminator", "generator" or, by default, both in each step.
    """

    def __init__(self, generator, discriminator, *, loss="non-saturating", seed=0, players=PLAYERS):
        super().__init__(name="game")
        self.generator, self.discriminator = generator, discriminator
        self.generator_loss = LOSSES[loss]
        self.noise = keras.random.SeedGenerator(seed)
        self.players = players
        self.means = {
            name: keras.metrics.Mean(name=name) for name in ("discriminator", "generator")
        }

    def call(self, inputs, training=False):
        """Return each player's loss of each sample, given (real images, labels as 0 and 1)."""
        real, label = inputs
        z = keras.random.normal((ops.shape(real)[0], self.latent), seed=self.noise)
        fake = self.generator([z, label], training=training)
        judge = self.discriminator
        of_real = judge([real, label], training=training)
        of_fake = judge([ops.stop_gradient(fake), label], training=training)
        frozen = [ops.stop_gradient(weight) for weight in judge.trainable_variables]
        others = [variable.value for variable in judge.non_trainable_variables]
        logit, _ = judge.stateless_call(frozen, others, [fake, label], training=training)
        return {
            "discriminator": ops.softplus(-of_real) + ops.softplus(of_fake),
            "generator": self.generator_loss(logit),
        }

    @property
    def latent(self) -> int:
        """How many random numbers the generator takes."""
        return self.generator.inputs[0].shape[-1]

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Add the losses of those who play; their gradients do not mix."""
        total = 0.0
        for name, losses in y_pred.items():
            self.means[name].update_state(losses)
            total = total + float(name in self.players) * ops.mean(losses)
        return total

    @property
    def metrics(self):
        """Both losses, which `fit` reports."""
        return list(self.means.values())

    def compile_for(self, learning_rate: float, pace: float = 1.0):
        """Give each player an Adam of its own; the discriminator's is `pace` times as fast."""
        own = {variable.path for variable in self.discriminator.trainable_variables}
        slow, fast = (
            keras.optimizers.Adam(rate, beta_1=0.5)
            for rate in (learning_rate, pace * learning_rate)
        )
        self.compile(
            keras.optimizers.MultiOptimizer(lambda v: fast if v.path in own else slow), loss=None
        )


@dataclass(eq=False, repr=False)
class GAN(TransformerMixin, Network):
    """A generative adversarial network, dense or convolutional, with or without labels.

    Parameters
    ----------
    kind : {"convolutional", "dense", "recurrent"}
        A small DCGAN for images, dense networks for samples of any shape, or recurrent
        ones for sequences, shape (n, steps, channels).
    latent : int
        How many random numbers make an image.
    width : int
        Of the networks: filters of the finest layer, or neurons a layer if dense.
    loss : {"non-saturating", "minimax"}
        The generator's.
    pace : float
        How many times as fast as the generator the discriminator learns.
    schedule : Schedule
        Epochs, batch size and the generator's learning rate.
    seed : int
        Equal seeds give equal networks, on one machine and backend.

    Attributes
    ----------
    generator_, discriminator_ : keras.Model
    model_ : Game
        Both.
    classes_ : numpy.ndarray
        The labels, sorted; empty if it was trained without.
    shape_ : tuple of int
        Shape of one sample.
    history_ : dict of list of float
        "discriminator" and "generator": their losses, one number an epoch.

    Notes
    -----
    Nothing here says when to stop: the losses of a game do not fall. Look at samples,
    and judge them with `medkit.learning.evaluation.gan_judges`.
    """

    kind: str = "convolutional"
    _: KW_ONLY
    latent: int = 16
    width: int = 16
    loss: str = "non-saturating"
    pace: float = 1.0
    schedule: Schedule = SCHEDULE
    seed: int = 0

    def build(self, shape: tuple[int, ...], classes: int = 1) -> Game:
        """Return both networks in one game, compiled and not trained."""
        if self.kind not in NETWORKS or self.loss not in LOSSES:
            raise ValueError(
                f"kind={self.kind!r}, loss={self.loss!r}; there are kinds {', '.join(NETWORKS)} "
                f"and losses {', '.join(LOSSES)}"
            )
        generator, discriminator = NETWORKS[self.kind]
        game = Game(
            generator(shape, self.latent, classes, self.width),
            discriminator(shape, classes, self.width),
            loss=self.loss,
            seed=self.seed,
        )
        game.compile_for(self.schedule.learning_rate, self.pace)
        return game

    def fit(self, x, y=None, *, progress: Progress | None = None):
        """Let the two play.

        Parameters
        ----------
        x : array_like
            Real samples: images from 0 to 1, shape (n, rows, columns, channels), or for
            "dense" also points, shape (n, d).
        y : array_like, optional
            Labels, shape (n,): the generator will draw what it is told to draw.
        progress : callable, optional
            ``progress(epoch, epochs, losses)`` after each epoch; `sample` works meanwhile.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If lengths disagree, pixels are not from 0 to 1, or there is nothing to learn from.
        """
        return super().fit(x, y, progress=progress)

    def pair(self, x, y, learn=True):
        """Return scaled samples with their labels as 0 and 1, and the places of the labels."""
        x = self._checked(x)
        self.classes_, codes = (
            (np.empty(0, int), np.zeros(len(x), int))
            if y is None
            else np.unique(np.asarray(y), return_inverse=True)
        )
        if len(codes) != len(x):
            raise ValueError(f"{len(x)} samples, but {len(codes)} labels")
        self.shape_ = x.shape[1:]
        return [self._scaled(x), self._onehot(codes)], codes

    def make(self, x, y):
        """Return the game, which has its own loss; `sample` works while it goes on."""
        game = self.build(self.shape_, max(1, len(self.classes_)))
        self.generator_, self.discriminator_ = game.generator, game.discriminator
        return game, None

    def sample(self, n: int, labels=None, *, rng=None) -> np.ndarray:
        """Draw forgeries, shape (n, …), of the labels wanted.

        Parameters
        ----------
        n : int
            How many.
        labels : object or array_like, optional
            One label for all, or one each. By default each is drawn at random, all
            equally often; of no use if the GAN was trained without.
        rng : None, int or numpy.random.Generator
        """
        check_is_fitted(self, "generator_")
        rng = np.random.default_rng(rng)
        z = rng.standard_normal((n, self.latent)).astype(np.float32)
        if labels is None and len(self.classes_):
            labels = rng.choice(self.classes_, n)
        return self.generate(z, labels)

    def generate(self, z, labels=None) -> np.ndarray:
        """Return the samples that latent vectors `z`, shape (n, latent), stand for."""
        check_is_fitted(self, "generator_")
        z = np.asarray(z, np.float32)
        if z.ndim != 2 or z.shape[1] != self.latent:
            raise ValueError(f"z has shape {z.shape}; expected (n, {self.latent})")
        inputs = [z, self._onehot(self._codes(labels, len(z)))]
        samples = np.concatenate(list(self._batched(self.generator_, inputs)))
        return 0.5 * samples + 0.5 if len(self.shape_) > 1 else samples

    def walk(self, start, end, steps: int = 8, labels=None) -> np.ndarray:
        """Return `steps` samples on the way from one latent vector to another.

        The way is an arc: nearly all random vectors of d numbers have about the same
        length √d, and the straight line between two of them cuts through the inside, where
        the generator was never asked to draw.
        """
        return self.generate(arc(start, end, steps), labels)

    def score(self, x, y=None) -> float:
        """Return the share of real samples that the discriminator takes for real."""
        return float(np.mean(self.decision_function(x, y) > 0))

    def decision_function(self, x, labels=None) -> np.ndarray:
        """Return the discriminator's logits, shape (n,): above 0, it takes a sample for real."""
        return self._judged(self.discriminator_, x, labels)[:, 0]

    def transform(self, x, labels=None) -> np.ndarray:
        """Return the discriminator's features, shape (n, features), its last layer but one."""
        features = self.discriminator_.get_layer("features").output
        return self._judged(keras.Model(self.discriminator_.inputs, features), x, labels)

    def _judged(self, network, x, labels):
        check_is_fitted(self, "generator_")
        x = self._checked(x)
        inputs = [self._scaled(x), self._onehot(self._codes(labels, len(x)))]
        return np.concatenate(list(self._batched(network, inputs)))

    @staticmethod
    def _batched(network, inputs, size=256):
        """Yield what a network says; called while it is in training, `predict` would rebuild it."""
        for start in range(0, max(1, len(inputs[0])), size):
            batch = [part[start : start + size] for part in inputs]
            yield ops.convert_to_numpy(network(batch, training=False))

    def _checked(self, x):
        x = np.asarray(x, np.float32)
        if len(x) == 0 or x.ndim < 2 or not np.isfinite(x).all():
            raise ValueError(f"samples of shape {x.shape}: expected (n, …), n > 0, all finite")
        if x.ndim > 2 and (x.min() < 0 or x.max() > 1):
            raise ValueError(f"pixels from {x.min():.3g} to {x.max():.3g}; scale them to 0…1")
        return x

    @staticmethod
    def _scaled(x):
        return 2 * x - 1 if x.ndim > 2 else x

    def _onehot(self, codes):
        classes = max(1, len(self.classes_))
        return np.eye(classes, dtype=np.float32)[codes] if classes > 1 else 0 * codes[:, None] + 1.0

    def _codes(self, labels, n):
        """Return the labels as indices into `classes_`; without a label, 0."""
        if len(self.classes_) == 0:
            return np.zeros(n, int)
        if labels is None:
            raise ValueError(f"which label? This GAN learned {self.classes_.tolist()}")
        labels = np.broadcast_to(np.asarray(labels), n)
        codes = np.searchsorted(self.classes_, labels).clip(max=len(self.classes_) - 1)
        if not np.array_equal(self.classes_[codes], labels):
            raise ValueError(f"labels {np.unique(labels)}; it learned {self.classes_.tolist()}")
        return codes


def arc(start, end, steps: int) -> np.ndarray:
    r"""Return latent vectors on the arc from one to another, shape (steps, latent).

    .. math:: z(t) = \frac{\sin((1-t)\theta)\,a + \sin(t\theta)\,b}{\sin\theta}

    with θ the angle between a and b.

    >>> arc([1.0, 0.0], [0.0, 1.0], 3).round(3).tolist()
    [[1.0, 0.0], [0.707, 0.707], [0.0, 1.0]]
    """
    a, b = np.asarray(start, float), np.asarray(end, float)
    cosine = a @ b / (np.linalg.norm(a) * np.linalg.norm(b))
    theta = np.arccos(np.clip(cosine, -1, 1))
    t = np.linspace(0, 1, steps)[:, None]
    if np.sin(theta) < 1e-6:
        return (1 - t) * a + t * b
    return (np.sin((1 - t) * theta) * a + np.sin(t * theta) * b) / np.sin(theta)
