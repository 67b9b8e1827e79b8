"""SVM + GAN, CNN + GAN, RNN + GAN: a conditional GAN draws more training samples.

A GAN adds no information: whatever it draws, it learned from the same samples. It can
only fill in between them, as flips and shifts do, and it may fill in wrongly.
"""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted


def _estimator_has(name):
    def check(self):
        getattr(getattr(self, "estimator_", self.estimator), name)
        return True

    return check


class GANAugmented(ClassifierMixin, BaseEstimator):
    """A classifier that learns from real samples and from a GAN's.

    Parameters
    ----------
    estimator : classifier
        Who learns from both: an SVM pipeline, a CNN, an RNN.
    gan : GAN
        Learns from the real samples and their labels.
    times : float
        How many samples are drawn for each real one; the classes come out equally often.
    real : bool
        False: learn from the GAN's samples alone ("train on synthetic, test on real").
    seed : int
        Of the samples drawn.

    Attributes
    ----------
    estimator_, gan_
        What was learned.
    classes_ : numpy.ndarray

    References
    ----------
    Frid-Adar et al., Neurocomputing 321, 321 (2018), doi:10.1016/j.neucom.2018.09.013.
    """

    def __init__(self, estimator, gan, *, times=1.0, real=True, seed=0):
        self.estimator = estimator
        self.gan = gan
        self.times = times
        self.real = real
        self.seed = seed

    def fit(self, x, y):
        """Let the GAN learn, draw, and let the classifier learn from all."""
        x, y = np.asarray(x, np.float32), np.asarray(y)
        self.classes_ = np.unique(y)
        self.gan_ = clone(self.gan).fit(x, y)
        rng = np.random.default_rng(self.seed)
        # As many more of each class as it takes to make them equal.
        counts = np.array([(y == label).sum() for label in self.classes_])
        total = (len(y) * (self.real + self.times)) / len(counts)
        lacking = np.maximum(np.round(total - self.real * counts), 1).astype(int)
        labels = np.repeat(self.classes_, lacking)
        drawn = self.gan_.sample(len(labels), labels, rng=rng)
        images = np.concatenate([x, drawn]) if self.real else drawn
        labels = np.concatenate([y, labels]) if self.real else labels
        self.estimator_ = clone(self.estimator).fit(images, labels)
        return self

    def predict(self, x):
        """Return the label of each sample, shape (n,)."""
        check_is_fitted(self, "estimator_")
        return self.estimator_.predict(x)

    @available_if(_estimator_has("decision_function"))
    def decision_function(self, x):
        """Return how much speaks for the second class, shape (n,)."""
        check_is_fitted(self, "estimator_")
        return self.estimator_.decision_function(x)

    @available_if(_estimator_has("predict_proba"))
    def predict_proba(self, x):
        """Return the probability of each class, shape (n, classes)."""
        check_is_fitted(self, "estimator_")
        return self.estimator_.predict_proba(x)


class GANClassifier(ClassifierMixin, BaseEstimator):
    """A conditional GAN as a classifier: the label that its discriminator finds convincing.

    This is the GAN as a parent, alone: nothing but its own discriminator decides.

    Parameters
    ----------
    gan : GAN

    Attributes
    ----------
    gan_ : GAN
    classes_ : numpy.ndarray
    """

    def __init__(self, gan):
        self.gan = gan

    def fit(self, x, y):
        """Let the GAN learn from samples and labels."""
        self.classes_ = np.unique(y)
        self.gan_ = clone(self.gan).fit(x, y)
        return self

    def _logits(self, x):
        check_is_fitted(self, "gan_")
        x = np.asarray(x, np.float32)
        return np.stack([self.gan_.decision_function(x, label) for label in self.classes_], 1)

    def decision_function(self, x) -> np.ndarray:
        """Return how much more real a sample looks with the second label, shape (n,)."""
        logits = self._logits(x)
        return logits[:, 1] - logits[:, 0] if len(self.classes_) == 2 else logits

    def predict(self, x) -> np.ndarray:
        """Return the label with which each sample looks most real, shape (n,)."""
        return self.classes_[self._logits(x).argmax(1)]
