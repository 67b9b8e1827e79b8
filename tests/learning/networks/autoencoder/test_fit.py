"""Autoencoders: the linear one is PCA, the variational one's divergence is the true one."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline

from medkit.learning.networks.anomaly import AnomalyDetector, summarise
from medkit.learning.networks.autoencoder import (
    Autoencoder,
    ConvolutionalAutoencoder,
    LinearAutoencoder,
)
from medkit.learning.networks.autoencoder.denoising import Denoiser
from medkit.learning.networks.autoencoder.vae import VariationalAutoencoder, kl_divergence
from medkit.learning.networks.training import Schedule

SHORT = Schedule(epochs=4, batch_size=32, learning_rate=4e-3, weight_decay=0.0)
BY_HEART = Schedule(epochs=16, batch_size=8, learning_rate=1e-2, weight_decay=0.0)
DIGITS = (load_digits().data / 16).astype(np.float32)
IMAGES, LABELS = DIGITS.reshape(-1, 8, 8, 1), load_digits().target


@pytest.fixture(scope="module")
def denoising():
    schedule = Schedule(epochs=12, batch_size=32, learning_rate=4e-3, weight_decay=0.0)
    return Autoencoder(12, noise=0.4, schedule=schedule).fit(IMAGES[:1200])


@pytest.fixture(scope="module")
def variational():
    schedule = Schedule(epochs=10, batch_size=32, learning_rate=4e-3, weight_decay=0.0)
    return VariationalAutoencoder(2, pixel_noise=0.2, schedule=schedule).fit(IMAGES[:1200])


def test_linear_autoencoder_spans_the_subspace_of_pca():
    schedule = Schedule(epochs=40, batch_size=64, learning_rate=2e-2, weight_decay=0.0)
    learned = LinearAutoencoder(3, schedule=schedule).fit(DIGITS)
    pca = PCA(3).fit(DIGITS)
    best = np.mean((DIGITS - pca.inverse_transform(pca.transform(DIGITS))) ** 2)
    # PCA is the optimum (Eckart & Young): nothing linear is better, and this nearly as good.
    assert best * (1 - 1e-5) <= -learned.score(DIGITS) <= best * (1 + 1e-3)
    decoded = learned.inverse_transform(np.eye(4, 3, -1)).astype(float)
    basis, _ = np.linalg.qr((decoded[1:] - decoded[:1]).T)
    cosines = np.linalg.svd(basis.T @ pca.components_.T, compute_uv=False)
    # The error grows with the square of the angle: 4 degrees cost half a thousandth.
    assert np.degrees(np.arccos(cosines.clip(-1, 1))).max() < 4


@pytest.mark.parametrize("kind", [Autoencoder, ConvolutionalAutoencoder])
def test_a_handful_of_images_is_learned_by_heart(kind):
    few = IMAGES[:8]
    learned = kind(8, schedule=BY_HEART).fit(few.repeat(10, 0))  # an epoch costs more than a step
    assert -learned.score(few) < 0.02 * few.var()
    assert learned.history_["loss"][-1] < 0.05 * learned.history_["loss"][0]


def test_shapes_pipelines_and_settings(denoising):
    pipeline = make_pipeline(Autoencoder(6, schedule=SHORT), LogisticRegression(max_iter=500))
    pipeline.fit(IMAGES[:600], LABELS[:600])
    assert pipeline.score(IMAGES[600:900], LABELS[600:900]) > 0.5
    codes = denoising.transform(IMAGES[:3])
    assert codes.shape == (3, 12)
    assert denoising.inverse_transform(codes).shape == (3, 8, 8, 1)
    encoder = 64 * 128 + 128 + 128 * 12 + 12
    decoder = 12 * 128 + 128 + 128 * 64 + 64
    assert denoising.n_parameters_ == encoder + decoder
    assert clone(denoising).get_params()["noise"] == 0.4
    assert ConvolutionalAutoencoder(3, filters=(4,)).get_params()["filters"] == (4,)


@pytest.mark.usefixtures("eagerly")
def test_equal_seeds_give_equal_codes():
    first, second = (Autoencoder(3, schedule=SHORT, seed=5).fit(DIGITS[:64]) for _ in range(2))
    np.testing.assert_array_equal(first.transform(DIGITS[:9]), second.transform(DIGITS[:9]))


def test_noise_goes_into_the_input_only(denoising):
    # Outside training there is no noise: the whole answers as encoder and decoder do.
    once = np.asarray(denoising.model_.predict(IMAGES[:5], verbose=0))
    np.testing.assert_allclose(once, denoising.reconstruct(IMAGES[:5]), atol=1e-5)
    # Targets with noise in them would leave a loss of at least its variance, 0.16.
    assert denoising.history_["loss"][-1] < 0.08
    # And without any noise in the input the loss would be that of clean images.
    assert denoising.history_["loss"][-1] > -1.3 * denoising.score(IMAGES[:1200])


def test_a_denoising_autoencoder_gives_back_the_clean_image(denoising):
    clean = IMAGES[1200:]
    noise = np.random.default_rng(0).normal(0, 0.4, clean.shape)
    cleaned = denoising.reconstruct(clean + noise)
    assert np.mean((cleaned - clean) ** 2) < 0.4 * np.mean(noise**2)


@pytest.mark.usefixtures("eagerly")
def test_targets_of_another_shape_and_missing_numbers_are_refused():
    with pytest.raises(ValueError, match="targets have shape"):
        Autoencoder().fit(DIGITS[:9], target=DIGITS[:8])
    with pytest.raises(ValueError, match="NaN"):
        Autoencoder().fit(np.full((3, 4), np.nan))
    with pytest.raises(ValueError, match="divisible by 4"):
        ConvolutionalAutoencoder().fit(np.zeros((3, 10, 8, 1)))
    learned = Autoencoder(schedule=Schedule(epochs=1)).fit(DIGITS[:9])
    with pytest.raises(ValueError, match="learned from"):
        learned.transform(IMAGES[:2])


def test_divergence_equals_monte_carlo():
    mean, log_variance = np.array([0.5, -1.0]), np.array([-0.7, 0.4])
    rng = np.random.default_rng(0)
    z = mean + np.exp(log_variance / 2) * rng.standard_normal((400_000, 2))
    log_q = -0.5 * ((z - mean) ** 2 / np.exp(log_variance) + log_variance).sum(1)
    log_p = -0.5 * (z**2).sum(1)
    drawn = log_q - log_p
    error = drawn.std() / np.sqrt(len(drawn))
    assert abs(drawn.mean() - kl_divergence(mean, log_variance)) < 4 * error
    assert kl_divergence(np.zeros(3), np.zeros(3)) == 0


def test_loss_of_the_variational_autoencoder_is_the_bound(variational):
    x = IMAGES[:400]
    # Outside training the code is its mean, so the loss can be written down in NumPy.
    loss = variational.model_.evaluate(x, x, batch_size=400, verbose=0)
    per_nat = 2 * variational.pixel_noise**2 / 64
    expected = -variational.score(x) + per_nat * variational.kl(x).mean()
    assert loss == pytest.approx(expected, rel=1e-4)
    at_the_mean = -loss / per_nat - 32 * np.log(2 * np.pi * variational.pixel_noise**2)
    # A cloud of codes fits less well than its centre.
    assert variational.elbo(x, draws=20, rng=0).mean() < at_the_mean


def test_codes_of_the_variational_autoencoder_fill_the_normal_cloud(variational):
    mean, log_variance = variational.distribution(IMAGES)
    total = mean.var(0) + np.exp(log_variance).mean(0)
    np.testing.assert_allclose(total, 1, atol=0.6)  # a plain one has codes of any size
    assert variational.sample(4, rng=0).shape == (4, 8, 8, 1)
    np.testing.assert_array_equal(variational.sample(2, rng=3), variational.sample(2, rng=3))


def test_strangers_are_found():
    stranger = (LABELS == 4).astype(int)
    train, test = slice(0, 900), slice(900, None)
    detector = AnomalyDetector(Autoencoder(8, schedule=SHORT)).fit(IMAGES[train], stranger[train])
    scores = detector.decision_function(IMAGES[test])
    assert roc_auc_score(stranger[test], scores) > 0.8
    healthy = detector.decision_function(IMAGES[train][stranger[train] == 0])
    assert np.mean(healthy <= detector.threshold_) == pytest.approx(0.95, abs=0.01)
    np.testing.assert_array_equal(detector.predict(IMAGES[test]), scores > detector.threshold_)
    proba = detector.predict_proba(IMAGES[test])
    np.testing.assert_allclose(proba.sum(1), 1)
    assert (np.diff(proba[np.argsort(scores), 1]) >= 0).all()


def test_detector_takes_any_transformer_and_only_healthy_samples():
    x = IMAGES[:300].copy()
    y = (np.arange(300) % 3 == 0).astype(int)
    x[y == 1] = 50.0  # would ruin the model, were it seen
    detector = AnomalyDetector(PCA(10)).fit(x, y)
    assert detector.healthy_.max() < 1
    assert detector.predict(x[y == 1]).all()
    errors = detector.error_map(x[:4])
    pca = PCA(10).fit(x[y == 0].reshape(-1, 64))
    flat = x[:4].reshape(4, 64)
    np.testing.assert_allclose(
        errors.reshape(4, 64), flat - pca.inverse_transform(pca.transform(flat)), atol=2e-3
    )
    with pytest.raises(ValueError, match="no label 0"):
        AnomalyDetector(PCA(2)).fit(x, np.ones(300))
    with pytest.raises(ValueError, match="no summary"):
        AnomalyDetector(PCA(2), summary="median").fit(x)


def test_a_small_lesion_is_lost_in_the_mean_and_not_in_a_patch():
    rng = np.random.default_rng(0)
    errors = rng.normal(0, 0.1, (60, 32, 32, 1))
    errors *= rng.uniform(0.8, 1.2, (60, 1, 1, 1))
    ill = np.arange(60) < 30
    errors[ill, 10:14, 20:24] += 0.3
    by_mean, by_patch = (roc_auc_score(ill, summarise(errors, how, 4)) for how in ("mean", "patch"))
    assert by_patch > by_mean + 0.2


def test_denoiser_starts_with_the_image_itself_and_then_beats_it():
    rng = np.random.default_rng(0)
    clean = np.kron(rng.uniform(0, 1, (40, 4, 4, 1)), np.ones((1, 4, 4, 1))).astype(np.float32)
    noisy = clean + rng.normal(0, 0.2, clean.shape).astype(np.float32)
    untrained = Denoiser(4).build(1)
    np.testing.assert_allclose(np.asarray(untrained.predict(noisy[:2], verbose=0)), noisy[:2])
    learned = Denoiser(6, schedule=Schedule(epochs=12, batch_size=6, learning_rate=8e-3))
    learned.fit(noisy[:30], clean[:30])
    assert -learned.score(noisy[30:], clean[30:]) < 0.4 * np.mean((noisy - clean)[30:] ** 2)
    # Any even size, and away from the edges the same answer wherever it stands.
    large = np.tile(noisy[:1], (1, 4, 4, 1))
    assert learned.predict(large).shape == (1, 64, 64, 1)
    np.testing.assert_allclose(
        learned.predict(large)[0, 16:32, 16:32], learned.predict(large)[0, 32:48, 32:48], atol=1e-5
    )
    with pytest.raises(ValueError, match="even"):
        learned.predict(noisy[:, :15])
