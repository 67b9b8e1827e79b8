"""Five algorithms that read small pictures, behind one interface.

All see the same thing: every pixel as its distance from what it usually is at that place. What is
usual is learned from all training patients: learned from the healthy alone, it would make these
look more usual than anybody new, and models of shuffled labels would find the unusual, who are
the ill. All are fitted in one or two seconds; each network is built once a size and process, and
sent back to a random start for the next fit.
"""

import numpy as np
from scipy.ndimage import uniform_filter
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from medkit.learning.classical.observer import Observer, channels


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
        from medkit.learning.studies.workbench import networks

        build = {"CNN": networks.cnn, "RNN": networks.rnn}[type(self).__name__]
        settings = {"loss": networks.LOGIT, "rate": 6e-3, "progress": progress}
        self.model_ = networks.learned(build, self, z, y, **settings)
        self.n_weights_ = networks.count_weights(self.model_)

    def score(self, z):
        """Return the logits."""
        from medkit.learning.studies.workbench import networks

        return networks.run(self.model_, z)[:, 0]


class CNN(_Network):
    """Three convolutions of stride 2; of each map the mean and the maximum, and one logit."""


class RNN(_Network):
    """A GRU reads the picture, at half its size, row by row; its states' maximum, and one logit."""


class _Features(Reader):
    """A network learns the pictures without their labels; a logistic regression decides."""

    def learn(self, z, y, progress):
        from medkit.learning.studies.workbench import networks

        self.model_ = self.network(networks, z, progress)
        table = self.table(networks, z)
        self.machine_ = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=2000))
        self.machine_.fit(table, y)
        self.n_weights_ = networks.count_weights(self.model_) + table.shape[1] + 1

    def score(self, z):
        """Return the log odds."""
        from medkit.learning.studies.workbench import networks

        return self.machine_.decision_function(self.table(networks, z))


class Autoencoder(_Features):
    """Pictures through 16 numbers and back: the numbers, and what was lost, feed a regression."""

    def network(self, networks, z, progress):
        """Learn to copy the pictures."""
        return networks.learned(networks.autoencoder, self, z, z, progress=progress)

    def table(self, networks, z):
        """Return the code and five summaries of the error, shape (n, 21)."""
        code = self.model_.get_layer("code")
        code, drawn = networks.outputs(self.model_, [code, self.model_.layers[-1]], z)
        lost = (z - drawn)[..., 0]
        near, power = (uniform_filter(e, (0, 5, 5)) for e in (lost, lost**2))
        ends = [e.reshape(len(z), -1) for e in (near, power)]
        errors = [ends[0].max(1), ends[0].min(1), ends[0].std(1), ends[1].max(1), ends[1].mean(1)]
        return np.column_stack([code, *errors])


class GAN(_Features):
    """The judge of a small GAN: mean, maximum and spread of its maps feed a regression.

    With ``epochs=0`` the judge has never played: the control of whether the game teaches anything.
    """

    def network(self, networks, z, progress):
        """Let writer and judge play; return the judge."""
        if not self.epochs:
            return networks.untrained(networks.judge, z.shape[1:], self.seed)
        settings = {"loss": None, "momentum": 0.5, "progress": progress}
        return networks.learned(networks.gan, self, z, None, **settings)

    def table(self, networks, z):
        """Return the summaries of the judge's three layers, shape (n, 168)."""
        maps = networks.outputs(self.model_, self.model_.layers[1:4], z)
        parts = [f(m, axis=(1, 2)) for m in maps for f in (np.mean, np.max, np.std)]
        return np.concatenate(parts, 1)


#: The five, by the name in the table.
ALGORITHMS = {"SVM": SVM, "CNN": CNN, "RNN": RNN, "autoencoder": Autoencoder, "GAN": GAN}
