"""Autoencoders: the linear one is PCA, the variational one's divergence is the true one."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score

from medkit.learning.backend import keras, seeded
from medkit.learning.classical.anomaly import AnomalyDetector, summarise
from medkit.learning.networks.autoencoder import Sampling, halves
from medkit.learning.networks.training import Schedule, train

DIGITS = (load_digits().data / 16).astype(np.float32)
IMAGES, LABELS = DIGITS.reshape(-1, 8, 8, 1), load_digits().target


def learned(x, code, between=lambda code: code, *, hidden=(128,), heads=1, **schedule):
    """Return encoder, decoder and the whole, trained without weight decay."""
    with seeded(0):
        encoder, decoder = halves(x.mean(0), code, hidden, heads)
        whole = keras.Model(encoder.input, decoder(between(encoder.output)))
        train(whole, x, x, schedule=Schedule(weight_decay=0.0, **schedule), loss="mse")
    return encoder, decoder, whole


@pytest.fixture(scope="module")
def variational():
    sampling = Sampling(2 * 0.2**2 / 64)
    schedule = {"epochs": 10, "batch_size": 32, "learning_rate": 4e-3}
    return learned(IMAGES[:1200], 2, sampling, heads=2, **schedule)


def error(whole, x):
    """The mean squared error of reconstructions."""
    return float(np.mean((x - whole.predict(x, verbose=0)) ** 2, dtype=float))


@pytest.mark.thorough
def test_linear_autoencoder_spans_the_subspace_of_pca():
    schedule = {"epochs": 40, "batch_size": 64, "learning_rate": 2e-2}
    _, decoder, whole = learned(DIGITS, 3, hidden=(), **schedule)
    pca = PCA(3).fit(DIGITS)
    best = np.mean((DIGITS - pca.inverse_transform(pca.transform(DIGITS))) ** 2)
    # PCA is the optimum (Eckart & Young): nothing linear is better, and this nearly as good.
    assert best * (1 - 1e-5) <= error(whole, DIGITS) <= best * (1 + 1e-3)
    decoded = decoder.predict(np.eye(4, 3, -1), verbose=0).astype(float)
    basis, _ = np.linalg.qr((decoded[1:] - decoded[:1]).T)
    cosines = np.linalg.svd(basis.T @ pca.components_.T, compute_uv=False)
    # The error grows with the square of the angle: 4 degrees cost half a thousandth.
    assert np.degrees(np.arccos(cosines.clip(-1, 1))).max() < 4


def test_a_handful_of_images_is_learned_by_heart():
    few = IMAGES[:8]
    # An epoch costs more than a step.
    schedule = {"epochs": 16, "batch_size": 8, "learning_rate": 1e-2}
    encoder, decoder, whole = learned(few.repeat(10, 0), 8, **schedule)
    assert error(whole, few) < 0.02 * few.var()
    codes = encoder.predict(few, verbose=0)
    assert codes.shape == (8, 8)
    drawn = decoder.predict(codes, verbose=0)
    np.testing.assert_allclose(whole.predict(few, verbose=0), drawn, atol=1e-5)
    assert whole.count_params() == (64 * 128 + 128 + 128 * 8 + 8) + (8 * 128 + 128 + 128 * 64 + 64)


def divergence(mean, log_variance):
    """What `Sampling` adds to the loss: the mean divergence of these codes, in nats."""
    layer = Sampling()
    layer([np.atleast_2d(part).astype("float32") for part in (mean, log_variance)])
    return float(layer.losses[0])


def test_divergence_equals_monte_carlo():
    mean, log_variance = np.array([0.5, -1.0]), np.array([-0.7, 0.4])
    rng = np.random.default_rng(0)
    z = mean + np.exp(log_variance / 2) * rng.standard_normal((400_000, 2))
    log_q = -0.5 * ((z - mean) ** 2 / np.exp(log_variance) + log_variance).sum(1)
    log_p = -0.5 * (z**2).sum(1)
    drawn = log_q - log_p
    spread = drawn.std() / np.sqrt(len(drawn))
    assert abs(drawn.mean() - divergence(mean, log_variance)) < 4 * spread
    assert divergence(np.zeros(3), np.zeros(3)) == 0


def test_loss_of_the_variational_autoencoder_is_the_bound(variational):
    encoder, _, whole = variational
    x = IMAGES[:400]
    # Outside training the code is its mean, so the loss can be written down in NumPy.
    loss = whole.evaluate(x, x, batch_size=400, verbose=0)
    nats = divergence(*encoder.predict(x, verbose=0))
    assert loss == pytest.approx(error(whole, x) + 2 * 0.2**2 / 64 * nats, rel=1e-4)


def test_codes_of_the_variational_autoencoder_fill_the_normal_cloud(variational):
    mean, log_variance = variational[0].predict(IMAGES, verbose=0)
    total = mean.var(0) + np.exp(log_variance).mean(0)
    np.testing.assert_allclose(total, 1, atol=0.6)  # a plain one has codes of any size


def test_strangers_are_found():
    stranger = (LABELS == 4).astype(int)
    train, test = slice(0, 900), slice(900, None)
    healthy = IMAGES[train][stranger[train] == 0]
    detector = AnomalyDetector(PCA(8)).fit(healthy)
    scores = detector.decision_function(IMAGES[test])
    assert roc_auc_score(stranger[test], scores) > 0.8


def test_detector_takes_any_transformer():
    x = IMAGES[:300]
    detector = AnomalyDetector(PCA(10)).fit(x[20:])
    pca, flat = PCA(10).fit(x[20:].reshape(-1, 64)), x[:20].reshape(20, 64)
    lost = flat - pca.inverse_transform(pca.transform(flat))
    np.testing.assert_allclose(detector.decision_function(x[:20]), (lost**2).mean(1), rtol=1e-3)
    with pytest.raises(ValueError, match="no summary"):
        AnomalyDetector(PCA(2), summary="median").fit(x).decision_function(x)


def test_a_small_lesion_is_lost_in_the_mean_and_not_in_a_patch():
    rng = np.random.default_rng(0)
    errors = rng.normal(0, 0.1, (60, 32, 32, 1))
    errors *= rng.uniform(0.8, 1.2, (60, 1, 1, 1))
    ill = np.arange(60) < 30
    errors[ill, 10:14, 20:24] += 0.3
    by_mean, by_patch = (roc_auc_score(ill, summarise(errors, how, 4)) for how in ("mean", "patch"))
    assert by_patch > by_mean + 0.2
