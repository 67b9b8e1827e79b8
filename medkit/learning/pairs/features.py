"""SVM + CNN, SVM + RNN, SVM + AE: a network makes the features, an SVM decides.

To learn the features on one task and decide another, fit the network first and freeze it::

    network = SmallCNN().fit(many_images, their_labels)
    pair = svm_on(FrozenEstimator(network)).fit(few_images, labels)
"""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils.validation import check_is_fitted

from medkit.learning.backend import keras


class NetworkFeatures(TransformerMixin, BaseEstimator):
    """What a classifying network says just before its last layer, as a table.

    Parameters
    ----------
    network : NetworkClassifier or sklearn.frozen.FrozenEstimator
        Not fitted: it learns from what `fit` is given. Frozen: it has learned already.

    Attributes
    ----------
    network_ : NetworkClassifier
        What was learned.
    """

    def __init__(self, network):
        self.network = network

    def fit(self, x, y):
        """Let the network learn, unless it is frozen."""
        self.network_ = clone(self.network).fit(x, y)
        return self

    def transform(self, x) -> np.ndarray:
        """Return the features of samples, shape (n, features)."""
        check_is_fitted(self, "network_")
        model = self.network_.model_
        body = keras.Model(model.inputs, model.layers[-1].input)
        table = body.predict(self.network_.prepare(x), batch_size=256, verbose=0)
        return np.asarray(table).reshape(len(table), -1)


def svm_on(network, *, kernel="rbf", C=1.0, gamma="scale") -> Pipeline:
    """Return a support vector machine on what a network makes of samples.

    Parameters
    ----------
    network : estimator
        A `NetworkClassifier`, such as `SmallCNN` or `RecurrentClassifier`, whose last
        features are taken; or a transformer, such as an `Autoencoder`, whose code is
        taken. Wrapped in `sklearn.frozen.FrozenEstimator` if it has learned already.
    kernel, C, gamma
        As of `sklearn.svm.SVC`.

    Returns
    -------
    sklearn.pipeline.Pipeline
        With steps "features", "scale" and "svc".

    References
    ----------
    Razavian et al., CVPR workshops (2014), doi:10.1109/CVPRW.2014.131, for CNN features.
    """
    features = network if hasattr(network, "transform") else NetworkFeatures(network)
    machine = SVC(kernel=kernel, C=C, gamma=gamma)
    return Pipeline([("features", features), ("scale", StandardScaler()), ("svc", machine)])
