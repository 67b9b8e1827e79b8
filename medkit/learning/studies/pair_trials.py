"""Questions asked of the ten pairs: what is learned from what, by the pair and its parents.

Each pair is asked twice: where there is a reason for it to help, and where there is none.
`medkit.learning.studies.pair_study` asks them and stores the answers.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from medkit.data import tasks
from medkit.data.tasks import films
from medkit.learning.classical import svm
from medkit.learning.networks.anomaly import AnomalyDetector
from medkit.learning.networks.autoencoder import Autoencoder, ConvolutionalAutoencoder
from medkit.learning.networks.cnn import SmallCNN
from medkit.learning.networks.gan import GAN
from medkit.learning.networks.rnn import RecurrentClassifier
from medkit.learning.networks.training import Schedule
from medkit.learning.pairs import (
    AdversarialAutoencoder,
    FrameSequenceClassifier,
    GANAugmented,
    GANClassifier,
    PretrainedCNN,
    SequenceAutoencoder,
    svm_on,
)

SIZE = 32  # pixels: enough for these lesions, and four times as quick as 64
TEST = 250  # test patients of each seed
AE = ConvolutionalAutoencoder(16, filters=(8, 16), schedule=Schedule(15, 32, 4e-3, 0.0))
CURVE_GAN = GAN("recurrent", width=24, schedule=Schedule(50, 16, 2e-3))
RNN = RecurrentClassifier(width=16, schedule=Schedule(20, 16, 1e-2))


@dataclass(frozen=True)
class Cases:
    """What one seed learns from and is tested on.

    Parameters
    ----------
    x, y : numpy.ndarray
        Labelled training samples.
    test_x, test_y : numpy.ndarray
    more : tuple of numpy.ndarray
        (x, y) of a related task, or samples without labels (y is None).
    """

    x: np.ndarray
    y: np.ndarray
    test_x: np.ndarray
    test_y: np.ndarray
    more: tuple = ()


@lru_cache(maxsize=4)
def _pool(name: str, seed: int, n: int = 1000, knob: float | None = None, **lesion):
    """Draw patients of a simulated task once: several trials share them."""
    protocol = None if knob is None else tasks.with_knob(name, knob)
    data = tasks.simulate(name, n, rng=seed, size=SIZE, protocol=protocol, **lesion)
    return data.images, data.labels


def breasts(n: int, seed: int, *, more: int = 0) -> Cases:
    """Breast ultrasound: malignant or benign; a further `more` of it."""
    return _dealt(_pool("us_breast", seed), n, more)


def old_and_new(n: int, seed: int, *, more: int = 0) -> Cases:
    """Breast ultrasound of a new scanner; a further `more` of an old one, at a low frequency."""
    new, archive = _pool("us_breast", seed), _pool("us_breast", seed + 100, 700, knob=4.0)
    cases = _dealt(new, n)
    return replace(cases, more=(archive[0][:more], archive[1][:more])) if more else cases


def bleeds(n: int, seed: int, *, more: int = 0) -> Cases:
    """Head CT with clear bleeds or none; a further `more` of it."""
    clear = {"radius_mm": (9.0, 22.0), "contrast_hu": (24.0, 36.0)}
    return _dealt(_pool("ct_bleed", seed, **clear), n, more)


def _dealt(pool, n, more=0):
    """Keep the last patients for the test, whatever is learned from."""
    x, y = pool
    others = (x[n : n + more], y[n : n + more]) if more else ()
    return Cases(x[:n], y[:n], x[-TEST:], y[-TEST:], others)


def curves(n: int, seed: int, *, more: int = 0, related: bool = False) -> Cases:
    """Draw uptake curves; a further `more` of them, or of lesions that differ more clearly."""
    x, y = films.uptake_curves(n + TEST, rng=2 * seed)
    easier = {"trapping": (0.03, 0.09), "counts": 1000.0} if related else {}
    other = films.uptake_curves(more, rng=2 * seed + 1, **easier) if more else ()
    return Cases(x[TEST:], y[TEST:], x[:TEST], y[:TEST], other)


def loops(n: int, seed: int, finding: str) -> Cases:
    """Draw heart loops."""
    x, y = films.heart_loops(n + TEST, finding=finding, rng=seed)
    return Cases(x[TEST:], y[TEST:], x[:TEST], y[:TEST])


def flat(machine=None):
    """Return a classifier of samples laid flat: by default an SVM."""
    laid = svm.features(lambda x: np.reshape(x, (len(x), -1)))
    return make_pipeline(laid, StandardScaler(), SVC() if machine is None else machine)


def logistic(transformer):
    """Return a logistic regression on what a transformer makes of samples."""
    return make_pipeline(transformer, StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))


def frozen(network, cases):
    """Return a network that has learned from ``cases.more``, and learns no more."""
    return FrozenEstimator(network.fit(*cases.more))


def unlabelled(network, cases):
    """Return a network that has learned from all training samples, without labels."""
    return FrozenEstimator(network.fit(np.concatenate([cases.x, cases.more[0]])))


class HealthyGAN(AnomalyDetector):
    """A GAN that has seen healthy samples only: its discriminator's doubt is the score."""

    def fit(self, x, y):
        """Let the GAN play with the samples labelled 0."""
        self.classes_ = np.array([0, 1])
        self.model_ = clone(self.model).fit(x[y == 0])
        return self

    def decision_function(self, x):
        """Return minus the discriminator's logit, shape (n,)."""
        return -self.model_.decision_function(x)


class Strangeness(AnomalyDetector):
    """An adversarial autoencoder of the healthy: error, and how unlikely the code is."""

    def decision_function(self, x):
        """Return the sum of both, each in units of its spread among the healthy."""
        parts = np.stack([super().decision_function(x), self.model_.strangeness(x)])
        if not hasattr(self, "usual_"):
            self.usual_ = parts.mean(1, keepdims=True), parts.std(1, keepdims=True)
        return ((parts - self.usual_[0]) / self.usual_[1]).sum(0)


@dataclass(frozen=True)
class Trial:
    """One question asked of one pair.

    Parameters
    ----------
    pair : str
        A key of `medkit.learning.pairs.PAIRS`.
    reason : bool
        Whether there is a reason for the pair to help.
    task : str
        What is learned from what, in words.
    cases : callable
        seed → `Cases`.
    models : callable
        `Cases` → {name: estimator}: the pair first, then its parents.
    """

    pair: str
    reason: bool
    task: str
    cases: Callable[[int], Cases]
    models: Callable[[Cases], dict]


def _svm_cnn(c):
    made = frozen(SmallCNN(), c) if c.more else SmallCNN()
    return {"SVM+CNN": svm_on(made), "SVM": svm.classifier("raw"), "CNN": SmallCNN()}


def _svm_rnn(c):
    made = frozen(RecurrentClassifier(width=16, schedule=RNN.schedule), c) if c.more else RNN
    return {"SVM+RNN": svm_on(made), "SVM": flat(), "RNN": RNN}


def _svm_ae(c):
    made = unlabelled(clone(AE), c)
    return {"SVM+AE": svm_on(made), "SVM": svm.classifier("raw"), "AE": logistic(made)}


def _with_gan(name, estimator, gan):
    def models(c):
        pair = GANAugmented(estimator, gan)
        return {f"{name}+GAN": pair, name: estimator, "GAN": GANClassifier(gan)}

    return models


def _cnn_rnn(c):
    pair = FrameSequenceClassifier()
    still = svm.features(lambda x: np.mean(x, 1))  # all frames in one
    return {"CNN+RNN": pair, "CNN": make_pipeline(still, SmallCNN()), "RNN": RNN}


def _cnn_ae(c):
    made = unlabelled(clone(AE), c)
    return {"CNN+AE": PretrainedCNN(made), "CNN": PretrainedCNN(AE), "AE": logistic(made)}


def _rnn_ae(c):
    quick = Schedule(25, 32, 5e-3, 0.0)
    pair = unlabelled(SequenceAutoencoder(8, schedule=quick), c)
    dense = unlabelled(Autoencoder(8, schedule=quick), c)
    return {"RNN+AE": logistic(pair), "RNN": RNN, "AE": logistic(dense)}


def _ae_gan(summary):
    def models(c):
        pair = AdversarialAutoencoder(16, filters=AE.filters, schedule=AE.schedule)
        return {
            "AE+GAN": Strangeness(pair, summary=summary),
            "AE": AnomalyDetector(AE, summary=summary),
            "GAN": HealthyGAN(SHORT),
        }

    return models


def _rare(c):
    """Leave eight ill cases of all in the training set."""
    keep = np.sort(np.r_[np.flatnonzero(c.y == 0), np.flatnonzero(c.y == 1)[:8]])
    return Cases(c.x[keep], c.y[keep], c.test_x, c.test_y)


#: A GAN that has many images needs fewer rounds.
LONG, SHORT = (
    GAN(width=8, schedule=Schedule(60, 16, 1e-3)),
    GAN(width=8, schedule=Schedule(15, 32, 1e-3)),
)
#: All questions, in the order of the overview; the first of each pair has a reason.
TRIALS = (
    Trial("SVM+CNN", True, "ultrasound of a new scanner, 20 labels; the old one left 700",
          lambda s: old_and_new(20, s, more=700), _svm_cnn),
    Trial("SVM+CNN", False, "breast ultrasound, 600 labels", lambda s: breasts(600, s), _svm_cnn),
    Trial("SVM+RNN", True, "uptake curves, 20 labels; the RNN learned 600 clearer ones",
          lambda s: curves(20, s, more=600, related=True), _svm_rnn),
    Trial("SVM+RNN", False, "uptake curves, 600 labels", lambda s: curves(600, s), _svm_rnn),
    Trial("SVM+AE", True, "breast ultrasound, 20 labels, 600 images without",
          lambda s: breasts(20, s, more=600), _svm_ae),
    Trial("SVM+AE", False, "bleeds on CT, 20 labels, 600 images without",
          lambda s: bleeds(20, s, more=600), _svm_ae),
    Trial("SVM+GAN", True, "bleeds on CT, all healthy but 8", lambda s: _rare(bleeds(120, s)),
          _with_gan("SVM", svm.classifier("hog"), LONG)),
    Trial("SVM+GAN", False, "bleeds on CT, 400 labels", lambda s: bleeds(400, s),
          _with_gan("SVM", svm.classifier("hog"), SHORT)),
    Trial("CNN+RNN", True, "heart loops: which wall contracts first",
          lambda s: loops(400, s, "order"), _cnn_rnn),
    Trial("CNN+RNN", False, "heart loops: is the wall thick",
          lambda s: loops(400, s, "thickness"), _cnn_rnn),
    Trial("CNN+AE", True, "breast ultrasound, 20 labels, 600 images without",
          lambda s: breasts(20, s, more=600), _cnn_ae),
    Trial("CNN+AE", False, "breast ultrasound, 600 labels",
          lambda s: breasts(600, s, more=100), _cnn_ae),
    Trial("CNN+GAN", True, "bleeds on CT, all healthy but 8", lambda s: _rare(bleeds(120, s)),
          _with_gan("CNN", SmallCNN(), LONG)),
    Trial("CNN+GAN", False, "bleeds on CT, 400 labels", lambda s: bleeds(400, s),
          _with_gan("CNN", SmallCNN(), SHORT)),
    Trial("RNN+AE", True, "uptake curves, 20 labels, 600 without",
          lambda s: curves(20, s, more=600), _rnn_ae),
    Trial("RNN+AE", False, "uptake curves, 600 labels",
          lambda s: curves(600, s, more=50), _rnn_ae),
    Trial("RNN+GAN", True, "uptake curves, 40 labels", lambda s: curves(40, s),
          _with_gan("RNN", RNN, CURVE_GAN)),
    Trial("RNN+GAN", False, "uptake curves, 400 labels", lambda s: curves(400, s),
          _with_gan("RNN", RNN, GAN("recurrent", width=24, schedule=Schedule(20, 32, 2e-3)))),
    Trial("AE+GAN", True, "bleeds on CT, learned from the healthy of 600: is the code likely?",
          lambda s: bleeds(600, s), _ae_gan("mean")),
    Trial("AE+GAN", False, "bleeds on CT, learned from the healthy of 600: is a patch wrong?",
          lambda s: bleeds(600, s), _ae_gan("patch")),
)  # fmt: skip
