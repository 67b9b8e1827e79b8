"""The machine by hand is scikit-learn's; the pipelines work wherever an estimator does."""

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from medkit.learning.by_hand import smo
from medkit.learning.classical import svm

KERNELS = {
    "linear": {"kernel": "linear"},
    "polynomial": {"kernel": "poly", "degree": 2, "coef0": 1.0},
    "rbf": {"kernel": "rbf"},
}


def problem(seed, n=40, d=3, overlap=1.0):
    """Two clouds that overlap; at least one sample of each."""
    rng = np.random.default_rng(seed)
    y = np.where(np.arange(n) < max(1, n // 3), -1.0, 1.0)
    return rng.normal(size=(n, d)) * overlap + y[:, None], y


def both(kernel, x, y, C=1.0, gamma=0.5, tolerance=1e-6):
    ours = smo.HandmadeSVM(kernel, C=C, gamma=gamma, tolerance=tolerance).fit(x, y)
    theirs = SVC(C=C, gamma=gamma, tol=tolerance, **KERNELS[kernel]).fit(x, y)
    return ours, theirs


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("C", [0.1, 1.0, 30.0])
def test_equal_to_scikit_learn(kernel, C):
    x, y = problem(0)
    ours, theirs = both(kernel, x, y, C)
    alpha = np.zeros(len(y))
    alpha[theirs.support_] = np.abs(theirs.dual_coef_[0])
    np.testing.assert_allclose(ours.alpha_, alpha, atol=1e-4 * C)
    np.testing.assert_allclose(ours.bias_, theirs.intercept_[0], atol=1e-4)
    new = problem(1)[0]
    np.testing.assert_allclose(
        ours.decision_function(new), theirs.decision_function(new), atol=1e-4
    )
    np.testing.assert_array_equal(ours.predict(new), theirs.predict(new))


def test_equal_on_a_real_table():
    x, y = load_breast_cancer(return_X_y=True)
    x = StandardScaler().fit_transform(x)
    ours, theirs = both("rbf", x, y, C=3.0, gamma=1 / 30, tolerance=1e-4)
    np.testing.assert_array_equal(ours.support_, np.sort(theirs.support_))
    np.testing.assert_allclose(ours.decision_function(x), theirs.decision_function(x), atol=1e-3)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(2, 30),
    d=st.integers(1, 6),
    C=st.sampled_from([0.01, 1.0, 100.0]),
    kernel=st.sampled_from(sorted(KERNELS)),
    overlap=st.sampled_from([0.0, 0.3, 1.0, 3.0]),
)
def test_conditions_of_the_best_street(seed, n, d, C, kernel, overlap):
    x, y = problem(seed, n, d, overlap)
    try:
        model = smo.HandmadeSVM(kernel, C=C, gamma=0.5, tolerance=1e-5).fit(x, y)
    except RuntimeError:  # it says so; only classes that overlap under a high price take so long
        assert kernel == "polynomial"
        assert C == 100
        reject()
    alpha, gram = model.alpha_, model.gram(x, x)
    assert (alpha >= 0).all()
    assert (alpha <= C).all()
    assert abs(alpha @ y) < 1e-9 * C * n
    edge = y * model.decision_function(x) - 1
    assert (edge[alpha == 0] > -1e-4).all(), "outside the street"
    assert (edge[alpha == C] < 1e-4).all(), "in the street, or on the wrong side of it"
    assert (np.abs(edge[(alpha > 0) & (alpha < C)]) < 1e-4).all(), "on its edge"
    high, low = smo.primal(alpha, model.bias_, y, gram, C), smo.dual(alpha, y, gram)
    assert low - 1e-6 <= high <= low + 1e-4 * (1 + C * n), "both problems have one value"


def test_widest_street_of_two_points():
    # Points at ±2: w = 1/2, so that the street, 2/|w|, is 4 wide.
    alpha, bias = smo.smo(np.array([[4.0, -4], [-4, 4]]), np.array([-1.0, 1]), C=10)
    np.testing.assert_allclose(alpha, 1 / 8)
    assert bias == 0


def test_kernels_are_products_in_a_feature_space():
    a, b = np.array([[1.0, 2.0]]), np.array([[3.0, -1.0]])

    def lift(v):
        x, y = v[0]
        r = np.sqrt(2)
        return np.array([1, r * x, r * y, x * x, y * y, r * x * y])

    assert smo.polynomial(a, b)[0, 0] == pytest.approx(lift(a) @ lift(b))
    assert smo.rbf(a, a)[0, 0] == 1
    assert smo.rbf(a, b, 0.1)[0, 0] == pytest.approx(np.exp(-0.1 * (4 + 9)))
    gram = smo.rbf(problem(3)[0], problem(3)[0])
    assert np.linalg.eigvalsh(gram).min() > -1e-12, "a kernel has no negative eigenvalue"


def test_handmade_refuses_what_it_cannot():
    with pytest.raises(ValueError, match="tells two apart"):
        smo.HandmadeSVM().fit([[0], [1], [2]], [0, 1, 2])
    with pytest.raises(ValueError, match="choose linear"):
        smo.HandmadeSVM("cubic").fit([[0], [1]], [0, 1])
    with pytest.raises(RuntimeError, match="scale the features"):
        smo.smo(np.eye(4), np.array([1.0, -1, 1, -1]), max_steps=1)


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
    grid = {"svc__C": [0.1, 1], "features__levels": [8, 16]}
    search = GridSearchCV(svm.classifier("radiomics"), grid, cv=2).fit(x, y)
    assert set(search.best_params_) == set(grid)
    assert clone(svm.classifier("hog")).get_params()["features__cell"] == 8


def test_own_features():
    x, y, _ = pictures()
    model = svm.classifier(lambda images: images.mean((1, 2))).fit(x, y)
    assert model["svc"].n_features_in_ == 1
    with pytest.raises(ValueError, match="radiomics"):
        svm.classifier("pixels")


def test_tune_chooses_from_the_grid_and_leaves_the_model_alone():
    x, y, patients = pictures()
    model = svm.classifier("raw")
    grid = {"C": [0.1, 10], "gamma": [0.5, 2]}
    tuned = svm.tune(model, x, y, patients, grid=grid, folds=3)
    assert tuned["svc"].C in grid["C"]
    assert tuned["svc"].gamma * 256 in grid["gamma"]
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


def test_parameters_support_and_weights():
    x, y, _ = pictures()
    model = svm.classifier("raw", kernel="linear", C=0.01).fit(x, y)
    assert svm.n_parameters(model) == 257
    weight = model["svc"].coef_[0].reshape(16, 16)
    inside = np.zeros((16, 16), bool)
    inside[4:8, 4:8] = True
    assert weight[inside].mean() > 5 * np.abs(weight[~inside].mean())
    index, alpha = svm.support_images(model)
    assert (np.diff(np.abs(alpha)) <= 0).all()
    np.testing.assert_array_equal(np.sign(alpha), 2 * y[index] - 1)
    table = model[:-1].transform(x)
    np.testing.assert_allclose(alpha @ table[index], weight.ravel(), atol=1e-6)
    curved = svm.classifier("raw").fit(x, y)
    vectors = len(curved["svc"].support_)
    assert svm.n_parameters(curved) == svm.n_parameters(curved["svc"]) == vectors * 257 + 1


def test_after_other_steps_of_a_pipeline():
    x, y, _ = pictures()
    assert make_pipeline(svm.classifier("raw")).fit(x, y).score(x, y) > 0.9
