"""The pipelines work wherever an estimator does."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline

from medkit.learning.classical import svm


def pictures(n=60, size=16, seed=0):
    """Noise, with a brighter square in those of class 1; two pictures a patient."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) // 2 % 2
    x = rng.normal(0.4, 0.08, (n, size, size, 1))
    x[y == 1, 4:8, 4:8] += 0.2
    return x.clip(0, 1).astype(np.float32), y, np.arange(n) // 2


@pytest.mark.parametrize("kind", svm.FEATURES)
def test_each_feature_set_learns(kind):
    x, y, patients = pictures(120)
    more = {"features__cell": 4} if kind == "hog" else {}
    scores = cross_val_score(
        svm.classifier(kind).set_params(**more),
        x,
        y,
        groups=patients,
        cv=GroupKFold(3),
        scoring="roc_auc",
    )
    assert scores.mean() > 0.75


def test_works_in_a_grid_and_can_be_cloned():
    x, y, _ = pictures()
    grid = {"svc__C": [0.1, 1], "features__cell": [4, 8]}
    search = GridSearchCV(svm.classifier("hog"), grid, cv=2).fit(x, y)
    assert set(search.best_params_) == set(grid)
    assert clone(svm.classifier("hog")).get_params()["features__cell"] == 8


def test_unknown_features_are_named():
    with pytest.raises(ValueError, match="radiomics"):
        svm.classifier("pixels")


def test_tune_chooses_from_the_grid_and_leaves_the_model_alone():
    x, y, patients = pictures()
    model = svm.classifier("raw")
    tuned = svm.tune(model, x, y, patients)
    assert tuned["svc"].C in svm.PRICES
    assert tuned["svc"].gamma * 256 in svm.GAMMAS
    assert model["svc"].C == 1
    again = clone(tuned).fit(x, y)
    np.testing.assert_allclose(again.decision_function(x), tuned.decision_function(x))


def test_tune_keeps_patients_together():
    # Labels by chance, but equal within a patient whose pictures are nearly equal: whoever
    # cuts by picture finds twins of the test pictures in the training data.
    rng = np.random.default_rng(0)
    twins = np.repeat(rng.random((40, 8, 8, 1)), 2, axis=0)
    x = twins + rng.normal(0, 0.01, twins.shape)
    y, patients = np.repeat(rng.integers(0, 2, 40), 2), np.repeat(np.arange(40), 2)
    model = svm.classifier("raw", C=10)
    shuffled = rng.permutation(len(x))
    by_picture = cross_val_score(model, x[shuffled], y[shuffled], cv=5, scoring="roc_auc").mean()
    by_patient = cross_val_score(
        model, x, y, groups=patients, cv=GroupKFold(5), scoring="roc_auc"
    ).mean()
    assert by_picture > 0.9
    assert by_patient < 0.7


def test_support_and_weights():
    x, y, _ = pictures()
    model = svm.classifier("raw", kernel="linear", C=0.01).fit(x, y)
    weight = model["svc"].coef_[0].reshape(16, 16)
    inside = np.zeros((16, 16), bool)
    inside[4:8, 4:8] = True
    assert weight[inside].mean() > 5 * np.abs(weight[~inside].mean())
    index, alpha = svm.support_images(model)
    assert (np.diff(np.abs(alpha)) <= 0).all()
    np.testing.assert_array_equal(np.sign(alpha), 2 * y[index] - 1)
    table = model[:-1].transform(x)
    np.testing.assert_allclose(alpha @ table[index], weight.ravel(), atol=1e-6)


def test_after_other_steps_of_a_pipeline():
    x, y, _ = pictures()
    assert make_pipeline(svm.classifier("raw")).fit(x, y).score(x, y) > 0.9
