"""Support vector machines on images: features, one scale, and the widest street.

`classifier` gives a scikit-learn pipeline that takes images (n, rows, columns, channels).
It works wherever an estimator does: `cross_val_score`, `GridSearchCV`, another pipeline.
`tune` chooses its settings by patient, and `support_images` shows what was learned.
`medkit.learning.by_hand.smo` holds the machine by hand.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from medkit.learning.classical.features import HOG, Radiomics, RawPixels

#: Feature sets by name.
FEATURES = {"raw": RawPixels, "hog": HOG, "radiomics": Radiomics}
#: What `tune` tries. The more features, the cheaper a sample must be for a linear machine.
GRID = {"C": (0.3, 3.0, 30.0), "gamma": (0.1, 0.3, 1.0, 3.0, 10.0)}
LINEAR_GRID = {"C": (1e-4, 1e-3, 0.01, 0.1, 1.0)}


def features(kind="hog"):
    """Return a transformer of images to a table.

    Parameters
    ----------
    kind : {"raw", "hog", "radiomics"}, transformer or callable
        A callable takes images (n, rows, columns, channels) and returns (n, features).

    Raises
    ------
    ValueError
        If the name is unknown.
    """
    if isinstance(kind, str):
        if kind not in FEATURES:
            raise ValueError(f"features {kind!r}; choose one of {', '.join(FEATURES)}")
        return FEATURES[kind]()
    return kind if hasattr(kind, "transform") else FunctionTransformer(kind)


def classifier(kind="hog", *, kernel="rbf", C=1.0, gamma="scale", class_weight=None) -> Pipeline:
    """Return a support vector machine for images: features → standard scale → SVC.

    Parameters
    ----------
    kind : {"raw", "hog", "radiomics"}, transformer or callable
        As of `features`.
    kernel : {"rbf", "linear", "poly"}
    C : float
        The price of a sample on the wrong side; large: narrow street, few mistakes.
    gamma : float or "scale"
        Of the kernel; large: each sample is heard nearby only.
    class_weight : None, "balanced" or mapping
        Whose mistakes cost more.

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
    # Without a random_state it would draw a seed from NumPy's global state, and not use it.
    machine = SVC(kernel=kernel, C=C, gamma=gamma, class_weight=class_weight, random_state=0)
    return Pipeline([("features", features(kind)), ("scale", StandardScaler()), ("svc", machine)])


def tune(
    model: Pipeline, x, y, patients, *, grid: Mapping[str, Sequence] | None = None, folds=5, rng=0
) -> Pipeline:
    """Choose C and γ by cross-validation by patient; return the model fitted with them.

    Parameters
    ----------
    model : sklearn.pipeline.Pipeline
        Of `classifier`. Its features learn nothing, so they are computed only once.
    x, y : array_like
        Images and labels of the training data, never of the test data.
    patients : array_like
        Shape (n,): whose image it is. All images of a patient are in one fold.
    grid : mapping, optional
        Values of C and gamma to try (`GRID`, or `LINEAR_GRID`); gamma in units of
        1 / number of features: there 1 is what ``gamma="scale"`` means.
    folds : int
    rng : int
        Seed of the folds.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Fitted on all of `x`. `model` itself is left alone.
    """
    model = clone(model)
    table = model["features"].fit_transform(x)
    straight = model["svc"].kernel == "linear"
    grid = grid or (LINEAR_GRID if straight else GRID)
    settings = {"svc__C": list(grid["C"])}
    if not straight:
        settings["svc__gamma"] = [g / table.shape[1] for g in grid["gamma"]]
    cuts = StratifiedGroupKFold(folds, shuffle=True, random_state=rng)
    search = GridSearchCV(model[1:], settings, scoring="roc_auc", cv=cuts)
    search.fit(table, y, groups=patients)
    return Pipeline([("features", model["features"]), *search.best_estimator_.steps])


def n_parameters(model: Pipeline | SVC) -> int:
    """Return how many numbers a fitted model of two classes needs to decide.

    A linear machine has a weight for each feature and a bias. Any other keeps its support
    vectors, each with its features and its weight, and a bias.
    """
    machine = model["svc"] if isinstance(model, Pipeline) else model
    if machine.kernel == "linear":
        return int(machine.coef_.size + machine.intercept_.size)
    vectors = machine.support_vectors_
    return int(vectors.size + machine.dual_coef_.size + machine.intercept_.size)


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
