"""Support vector machines on images: features, one scale, and the widest street.

`classifier` gives a scikit-learn pipeline that takes images (n, rows, columns, channels).
It works wherever an estimator does: `cross_val_score`, `GridSearchCV`, another pipeline.
`tune` chooses its settings by patient, and `support_images` shows what was learned.
`medkit.learning.by_hand.smo` holds the machine by hand.
"""

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from medkit.learning.classical.features import HOG, Radiomics, RawPixels

#: Feature sets by name.
FEATURES = {"raw": RawPixels, "hog": HOG, "radiomics": Radiomics}
#: Prices that `tune` tries, and γ in units of 1 / number of features: 1 is what "scale" means. The
#: more features, the cheaper a sample must be for a linear machine.
PRICES, LINEAR_PRICES = (0.3, 3.0, 30.0), (1e-4, 1e-3, 0.01, 0.1, 1.0)
GAMMAS = (0.1, 0.3, 1.0, 3.0, 10.0)


def classifier(kind="hog", *, kernel="rbf", C=1.0, gamma="scale") -> Pipeline:
    """Return a support vector machine for images: features → standard scale → SVC.

    Parameters
    ----------
    kind : {"raw", "hog", "radiomics"}
    kernel : {"rbf", "linear", "poly"}
    C : float
        The price of a sample on the wrong side; large: narrow street, few mistakes.
    gamma : float or "scale"
        Of the kernel; large: each sample is heard nearby only.

    Returns
    -------
    sklearn.pipeline.Pipeline
        With steps "features", "scale" and "svc".

    Examples
    --------
    >>> x = np.random.default_rng(0).random((20, 16, 16, 1))
    >>> y = np.arange(20) % 2
    >>> x[y == 1, 4:8, 4:8] += 1
    >>> model = classifier("raw").fit(x, y)
    >>> model.score(x, y)
    1.0
    """
    if kind not in FEATURES:
        raise ValueError(f"features {kind!r}; choose one of {', '.join(FEATURES)}")
    # Without a random_state it would draw a seed from NumPy's global state, and not use it.
    machine = SVC(kernel=kernel, C=C, gamma=gamma, random_state=0)
    return Pipeline([("features", FEATURES[kind]()), ("scale", StandardScaler()), ("svc", machine)])


def tune(model: Pipeline, x, y, patients, *, rng=0) -> Pipeline:
    """Choose C and γ by five-fold cross-validation by patient; return the model fitted with them.

    Parameters
    ----------
    model : sklearn.pipeline.Pipeline
        Of `classifier`. Its features learn nothing, so they are computed only once.
    x, y : array_like
        Images and labels of the training data, never of the test data.
    patients : array_like
        Shape (n,): whose image it is. All images of a patient are in one fold.
    rng : int
        Seed of the folds.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Fitted on all of `x`. `model` itself is left alone.
    """
    model = clone(model)
    table = model["features"].fit_transform(x)
    if model["svc"].kernel == "linear":
        settings = {"svc__C": LINEAR_PRICES}
    else:
        settings = {"svc__C": PRICES, "svc__gamma": [g / table.shape[1] for g in GAMMAS]}
    cuts = StratifiedGroupKFold(5, shuffle=True, random_state=rng)
    search = GridSearchCV(model[1:], settings, scoring="roc_auc", cv=cuts)
    search.fit(table, y, groups=patients)
    return Pipeline([("features", model["features"]), *search.best_estimator_.steps])


def support_images(model: Pipeline) -> tuple[np.ndarray, np.ndarray]:
    """Return which training images are support vectors, the heaviest first.

    Returns
    -------
    index : numpy.ndarray
        Places among the training images.
    weight : numpy.ndarray
        α · y of each: negative for the first class, at most C in size.
    """
    machine = model["svc"]
    weight = machine.dual_coef_[0]
    order = np.argsort(-np.abs(weight), kind="stable")
    return machine.support_[order], weight[order]
