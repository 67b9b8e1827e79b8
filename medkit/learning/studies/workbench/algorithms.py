"""Five algorithms that read small pictures, behind one interface.

All see the same thing: every pixel as its distance from what it usually is at that place. What is
usual is learned from all training patients: learned from the healthy alone, it would make these
look more usual than anybody new, and models of shuffled labels would find the unusual, who are
the ill. All are fitted in one or two seconds; each network is built once a size and process, and
sent back to a random start for the next fit.
"""

from functools import lru_cache

import numpy as np
from scipy.ndimage import uniform_filter
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from medkit.learning.classical.observer import Observer, channels

#: Numbers that an autoencoder squeezes a picture into; state of the recurrent network.
CODE, STATE = 16, 24


class Reader(ClassifierMixin, BaseEstimator):
    """What the five share: how they see, their settings, and how they answer.

    Parameters
    ----------
    epochs : int
        Passes over the training pictures, of those that are networks.
    seed : int
        Of the weights and the order of the pictures.

    Attributes
    ----------
    n_weights_ : int
        How many numbers were learned and are needed to decide.
    """

    def __init__(self, epochs=8, seed=0):
        self.epochs = epochs
        self.seed = seed

    def fit(self, x, y, progress=None):
        """Learn from images (n, rows, columns, channels) and labels 0 and 1, shape (n,).

        `progress` is called with the epoch, their number and the losses, if a network learns.
        """
        x, y = _grey(x), np.asarray(y)
        self.classes_ = np.unique(y)
        if len(self.classes_) != 2:
            raise ValueError(f"two classes are needed; there are {self.classes_}")
        spread = x.std(0)
        self.usual_ = x.mean(0)
        # Where nothing ever varies (air), a little noise must not look like a discovery.
        self.spread_ = spread + 0.3 * spread.mean() + 1e-6
        self.learn(self.prepare(x), (y == self.classes_[1]).astype(np.float32), progress)
        return self

    def prepare(self, x):
        """Return images as grey values, in units of the spread at each place."""
        return ((_grey(x) - self.usual_) / self.spread_).astype(np.float32)

    def decision_function(self, x) -> np.ndarray:
        """Return how strongly each image speaks for the second class, shape (n,)."""
        return self.score(self.prepare(x))

    def predict(self, x) -> np.ndarray:
        """Return the class of each image."""
        return self.classes_[(self.decision_function(x) > 0).astype(int)]


def _grey(x):
    x = np.asarray(x, np.float32)
    if x.ndim != 4 or x.shape[1] % 8 or x.shape[2] % 8:
        raise ValueError(
            f"images of shape {x.shape}; expected (n, rows, columns, channels), rows and columns "
            "divisible by 8"
        )
    return x.mean(-1, keepdims=True)


class SVM(Reader):
    """Spots of five sizes, the outline and a coarse copy (`Observer`), then a machine with RBF."""

    def learn(self, z, y, progress):
        """Fit the machine; there is no network."""
        self.eye_ = Observer().accustom(channels(z))
        self.machine_ = make_pipeline(StandardScaler(), SVC(random_state=0))
        vectors = self.machine_.fit(self._table(z), y)[-1]
        self.n_weights_ = int(vectors.support_vectors_.size + vectors.dual_coef_.size + 1)

    def _table(self, z):
        return self.eye_.features(z, channels(z))

    def score(self, z):
        """Return the distance from the border."""
        return self.machine_.decision_function(self._table(z))


class _Network(Reader):
    """A network with one logit."""

    def learn(self, z, y, progress):
        from medkit.learning.networks.training import count_weights
        from medkit.learning.pairs.networks import LOGIT

        build = _builder(type(self).__name__, z.shape[1:])
        self.model_ = _learned(self, build, z, y, LOGIT, progress, rate=6e-3)
        self.n_weights_ = count_weights(self.model_)

    def score(self, z):
        """Return the logits."""
        return _run(self.model_, z)[:, 0]


class CNN(_Network):
    """Three convolutions of stride 2; of each map the mean and the maximum, and one logit."""


class RNN(_Network):
    """A GRU reads the picture, at half its size, row by row; its states' maximum, and one logit."""


class _Features(Reader):
    """A network learns the pictures without their labels; a logistic regression decides."""

    def learn(self, z, y, progress):
        from medkit.learning.networks.training import count_weights

        self.model_ = self.network(z, progress)
        table = self.table(z)
        self.machine_ = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=2000))
        self.machine_.fit(table, y)
        self.n_weights_ = count_weights(self.model_) + table.shape[1] + 1

    def score(self, z):
        """Return the log odds."""
        return self.machine_.decision_function(self.table(z))


class Autoencoder(_Features):
    """Pictures through 16 numbers and back: the numbers, and what was lost, feed a regression."""

    def network(self, z, progress):
        """Learn to copy the pictures."""
        return _learned(self, _builder("Autoencoder", z.shape[1:]), z, z, "mse", progress)

    def table(self, z):
        """Return the code and five summaries of the error, shape (n, 21)."""
        from medkit.learning.backend import keras

        code = next(layer for layer in self.model_.layers if layer.name == "code")
        code = _run(keras.Model(self.model_.inputs[0], code.output), z)
        lost = (z - _run(self.model_, z))[..., 0]
        near, power = (uniform_filter(e, (0, 5, 5)) for e in (lost, lost**2))
        ends = [e.reshape(len(z), -1) for e in (near, power)]
        errors = [ends[0].max(1), ends[0].min(1), ends[0].std(1), ends[1].max(1), ends[1].mean(1)]
        return np.column_stack([code, *errors])


class GAN(_Features):
    """The judge of a small GAN: mean, maximum and spread of its maps feed a regression.

    With ``epochs=0`` the judge has never played: the control of whether the game teaches anything.
    """

    def network(self, z, progress):
        """Let writer and judge play; return the judge."""
        from medkit.learning.backend import keras
        from medkit.learning.pairs.networks import learn

        judge = _builder("judge", z.shape[1:])
        if not self.epochs:
            keras.utils.set_random_seed(self.seed)
            return judge()
        told = {"epochs": self.epochs, "seed": self.seed, "momentum": 0.5, "progress": progress}
        duel = learn(_builder("GAN", z.shape[1:]), z, None, loss=None, **told)
        return _copy(judge, duel.judge)

    def table(self, z):
        """Return the summaries of the judge's three layers, shape (n, 168)."""
        from medkit.learning.backend import keras

        maps = [layer.output for layer in self.model_.layers if len(layer.output.shape) == 4][1:]
        body = keras.Model(self.model_.inputs[0], maps)
        seen = [np.asarray(keras.ops.convert_to_numpy(m)) for m in body(z)]
        parts = [f(m, axis=(1, 2)) for m in seen for f in (np.mean, np.max, np.std)]
        return np.concatenate(parts, 1)


def _learned(reader, build, x, y, loss, progress, **more):
    """Return a network of its own with the weights that were learned."""
    from medkit.learning.pairs.networks import learn

    told = {"epochs": reader.epochs, "seed": reader.seed, "progress": progress, **more}
    return _copy(build, learn(build, x, y, loss=loss, **told))


def _copy(build, network):
    # The trained one is shared by all fits of this process.
    own = build()
    own.set_weights(network.get_weights())
    return own


def _run(network, x):
    from medkit.learning.pairs.networks import run

    return run(network, x)


@lru_cache(maxsize=32)
def _builder(name, shape):
    """Return a function that builds the network of an algorithm: the same one for equal sizes."""
    from medkit.learning.backend import keras
    from medkit.learning.pairs import networks

    layers, rows, columns = keras.layers, *shape[:2]

    def cnn():
        image = x = keras.Input(shape)
        for filters, side in ((8, 5), (16, 3), (32, 3)):
            x = layers.Conv2D(filters, side, strides=2, padding="same", use_bias=False)(x)
            x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
        both = [layers.GlobalAveragePooling2D()(x), layers.GlobalMaxPooling2D()(x)]
        return keras.Model(image, layers.Dense(1)(layers.Concatenate()(both)))

    def rnn():
        image = keras.Input(shape)
        lines = layers.Reshape((rows // 2, columns // 2))(layers.AveragePooling2D(2)(image))
        states = layers.GRU(STATE, return_sequences=True)(lines)
        return keras.Model(image, layers.Dense(1)(layers.GlobalMaxPooling1D()(states)))

    def autoencoder():
        image = keras.Input(shape)
        x = layers.Dense(64, "gelu")(layers.Flatten()(image))
        x = layers.Dense(64, "gelu")(layers.Dense(CODE, name="code")(x))
        return keras.Model(image, layers.Reshape(shape)(layers.Dense(rows * columns)(x)))

    def judge():
        image = x = keras.Input(shape)
        for filters in (8, 16, 32):
            x = layers.Conv2D(filters, 3, strides=2, padding="same", activation="leaky_relu")(x)
        return keras.Model(image, layers.Dense(1)(layers.Flatten()(x)))

    def writer():
        noise = keras.Input((networks.FEATURES,))
        x = layers.Dense(rows * columns // 2, "leaky_relu")(noise)
        x = layers.UpSampling2D()(layers.Reshape((rows // 4, columns // 4, 8))(x))
        x = layers.Conv2D(8, 3, padding="same", activation="leaky_relu")(x)
        return keras.Model(noise, layers.Conv2D(1, 3, padding="same")(layers.UpSampling2D()(x)))

    def gan():
        return networks.Duel(writer(), judge())

    built = {"CNN": cnn, "RNN": rnn, "Autoencoder": autoencoder, "judge": judge, "GAN": gan}
    return built[name]


#: The five, by the name in the table.
ALGORITHMS = {"SVM": SVM, "CNN": CNN, "RNN": RNN, "autoencoder": Autoencoder, "GAN": GAN}
