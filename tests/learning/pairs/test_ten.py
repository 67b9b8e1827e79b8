"""The ten pairs: each does with its parents what its name says."""

from itertools import combinations

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

from medkit.learning.networks.autoencoder import ConvolutionalAutoencoder
from medkit.learning.networks.cnn import SmallCNN
from medkit.learning.networks.training import Schedule
from medkit.learning.pairs import (
    PAIRS,
    AdversarialAutoencoder,
    FrameSequenceClassifier,
    GANAugmented,
    GANClassifier,
    NetworkFeatures,
    PretrainedCNN,
    SequenceAutoencoder,
    encoder_of,
    svm_on,
)
from medkit.learning.studies import pair_table

TINY = Schedule(epochs=2, batch_size=16)
RNG = np.random.default_rng(0)
LABELS = np.arange(48) % 2
IMAGES = RNG.random((48, 16, 16, 1), np.float32) / 2
IMAGES[LABELS == 1, 4:12, 4:12] += 0.4


@pytest.fixture(scope="module")
def cnn():
    return SmallCNN(4, schedule=TINY).fit(IMAGES, LABELS)


@pytest.fixture(scope="module")
def autoencoder():
    return ConvolutionalAutoencoder(4, filters=(4, 8), schedule=TINY).fit(IMAGES)


def test_there_is_a_pair_for_any_two_algorithms():
    names = ["SVM", "CNN", "RNN", "AE", "GAN"]
    assert set(PAIRS) == {f"{a}+{b}" for a, b in combinations(names, 2)}
    assert all(tuple(name.split("+")) == pair.parents for name, pair in PAIRS.items())


def test_features_are_what_the_last_layer_sees(cnn):
    table = NetworkFeatures(FrozenEstimator(cnn)).fit(IMAGES, LABELS).transform(IMAGES)
    kernel, bias = cnn.model_.layers[-1].get_weights()
    np.testing.assert_allclose(
        (table @ kernel + bias)[:, 0], cnn.decision_function(IMAGES), atol=1e-4
    )


def test_a_frozen_network_learns_no_more(cnn):
    before = [w.copy() for w in cnn.model_.get_weights()]
    pair = svm_on(FrozenEstimator(cnn)).fit(IMAGES[:20], 1 - LABELS[:20])
    assert pair.score(IMAGES, 1 - LABELS) > 0.9
    for old, new in zip(before, cnn.model_.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_pair_works_in_cross_validation(autoencoder):
    pair = svm_on(FrozenEstimator(autoencoder))
    assert cross_val_score(pair, IMAGES, LABELS, cv=3).mean() > 0.65


class Painter(BaseEstimator):
    """Stands in for a GAN: its samples are flat pictures as bright as their label."""

    def fit(self, x, y):
        self.shape_, self.asked_ = x.shape[1:], []
        return self

    def sample(self, n, labels, *, rng=None):
        self.asked_ += list(labels)
        return np.ones((n, *self.shape_)) * np.reshape(labels, (-1, 1, 1, 1))

    def decision_function(self, x, label):
        return -np.abs(x.mean((1, 2, 3)) - label)


class Recorder(ClassifierMixin, BaseEstimator):
    """Remembers what it was taught."""

    def fit(self, x, y):
        self.x_, self.y_, self.classes_ = x, y, np.unique(y)
        return self

    def predict(self, x):
        return np.full(len(x), self.classes_[0])


def test_augmentation_makes_the_classes_equal_and_keeps_the_real_ones():
    y = np.array([0] * 30 + [1] * 6)
    pair = GANAugmented(Recorder(), Painter(), times=1.0).fit(IMAGES[:36], y)
    taught = pair.estimator_
    np.testing.assert_array_equal(taught.x_[:36], IMAGES[:36])
    assert np.bincount(taught.y_).tolist() == [36, 36]
    assert np.bincount(pair.gan_.asked_).tolist() == [6, 30]
    assert not hasattr(pair, "predict_proba"), "it cannot do what its classifier cannot"


def test_samples_alone_can_teach_too():
    pair = GANAugmented(Recorder(), Painter(), real=False).fit(IMAGES, LABELS)
    assert len(pair.estimator_.x_) == 48
    assert set(np.unique(pair.estimator_.x_)) == {0.0, 1.0}


def test_a_discriminator_decides_for_the_label_that_convinces_it():
    judge = GANClassifier(Painter()).fit(IMAGES, LABELS)
    bright = np.full((3, 16, 16, 1), 0.9)
    assert judge.predict(bright).tolist() == [1, 1, 1]
    np.testing.assert_allclose(judge.decision_function(bright), 0.8, atol=1e-6)


def test_frames_in_order_are_told_from_frames_in_reverse():
    x = np.zeros((60, 4, 16, 16, 1), np.float32) + 0.1 * RNG.random((60, 4, 16, 16, 1), np.float32)
    y = np.arange(60) % 2
    for loop, label in zip(x, y, strict=True):
        for k in range(4):
            at = 3 * k if label else 9 - 3 * k
            loop[k, 4:12, at : at + 5] += 0.8
    schedule = Schedule(epochs=12, batch_size=12, learning_rate=1e-2)
    pair = FrameSequenceClassifier(4, width=8, schedule=schedule).fit(x[:40], y[:40])
    assert pair.score(x[40:], y[40:]) > 0.9
    np.testing.assert_allclose(x[y == 1].mean((0, 1)), x[y == 0].mean((0, 1)), atol=0.05)


def test_frames_must_be_frames():
    with pytest.raises(ValueError, match="loops of shape"):
        FrameSequenceClassifier().prepare(IMAGES)


def test_a_pretrained_network_starts_where_the_autoencoder_ended(autoencoder):
    pair = PretrainedCNN(FrozenEstimator(autoencoder))
    start = pair.build((16, 16, 1), 1).layers[1].get_weights()
    for ours, theirs in zip(start, autoencoder.encoder_.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    fresh = PretrainedCNN(ConvolutionalAutoencoder(4, filters=(4, 8))).build((16, 16, 1), 1)
    assert [w.shape for w in fresh.get_weights()] == [
        w.shape for w in pair.build((16, 16, 1), 1).get_weights()
    ]


def test_learning_on_leaves_the_autoencoder_alone(autoencoder):
    before = [w.copy() for w in autoencoder.encoder_.get_weights()]
    pair = PretrainedCNN(FrozenEstimator(autoencoder), schedule=TINY).fit(IMAGES, LABELS)
    moved = pair.model_.layers[1].get_weights()
    for old, new, now in zip(before, moved, autoencoder.encoder_.get_weights(), strict=True):
        np.testing.assert_array_equal(old, now)
        assert not np.array_equal(old, new)


def test_an_encoder_that_has_learned_nothing_is_refused():
    with pytest.raises(ValueError, match="learned nothing yet"):
        encoder_of(ConvolutionalAutoencoder())


def test_a_sequence_goes_through_its_code():
    t = np.linspace(0, 1, 12, dtype=np.float32)
    x = np.sin(2 * np.pi * (t + RNG.random((64, 1), np.float32)))[..., None] / 2 + 0.5
    model = SequenceAutoencoder(2, width=16, schedule=Schedule(60, 16, 1e-2, 0.0)).fit(x)
    assert model.transform(x).shape == (64, 2)
    # A sine of unknown phase is two numbers; its mean over phases explains nothing.
    assert -model.score(x) < 0.25 * x.var()
    with pytest.raises(ValueError, match="expected"):
        clone(model).fit(IMAGES)


def test_the_adversary_makes_codes_look_like_noise():
    images = 4 * np.tile(IMAGES, (4, 1, 1, 1))
    schedule = Schedule(epochs=70, batch_size=32, learning_rate=3e-3, weight_decay=0.0)
    free = AdversarialAutoencoder(2, filters=(4, 8), weight=0.0, schedule=schedule).fit(images)
    tamed = AdversarialAutoencoder(2, filters=(4, 8), weight=0.3, schedule=schedule).fit(images)

    def off(model):
        code = model.transform(4 * IMAGES)
        return abs(code.mean(0)).max() + abs(code.std(0) - 1).max()

    assert off(tamed) < 0.6 * off(free), (off(tamed), off(free))
    assert tamed.sample(3, rng=0).shape == (3, 16, 16, 1)
    assert tamed.strangeness(IMAGES).shape == (48,)


def test_each_player_is_moved_by_its_own_loss_only():
    game = AdversarialAutoencoder(2, filters=(4,), weight=0.0, schedule=TINY)
    game.shape_ = (16, 16, 1)
    game.encoder_, game.decoder_ = (
        game.encoder(game.shape_),
        game.decoder(game.shape_, np.zeros(game.shape_)),
    )
    model = game.network(game.shape_)
    code = [w.copy() for w in game.encoder_.get_weights()]
    # The images are all zero and the decoder's answer is its bias: nothing to reconstruct,
    # fooling is worth nothing, so only the discriminator may move.
    game.decoder_.set_weights([0 * w for w in game.decoder_.get_weights()])
    judge = [w.copy() for w in game.judge_.get_weights()]
    model.train_on_batch(np.zeros((8, 16, 16, 1)), np.zeros((8, 16, 16, 1)))
    for old, new in zip(code, game.encoder_.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert any(
        not np.array_equal(a, b) for a, b in zip(judge, game.judge_.get_weights(), strict=True)
    )


def test_the_table_survives_the_file(tmp_path):
    row = pair_table.Row(
        "SVM+CNN", True, "a, b", 0.9, 0.8, 0.7, 0.1, 0.05, 0.15, 1, 2, 3, 1.5, 2.5, 3.5, 3
    )
    pair_table.save([row], tmp_path / "t.csv")
    (read,) = pair_table.load(tmp_path / "t.csv")
    assert read == row
    assert [type(v) for v in vars(read).values()] == [type(v) for v in vars(row).values()]


def test_the_stored_table_asks_each_pair_twice():
    rows = pair_table.load()
    assert [row.pair for row in rows] == [name for name in PAIRS for _ in range(2)]
    assert [row.reason for row in rows] == [True, False] * 10
    for row in rows:
        better = max(row.auc_a, row.auc_b)
        assert row.gain == pytest.approx(row.auc - better, abs=2e-3)
        assert row.low < row.gain < row.high


def test_a_study_counts_what_is_needed_to_decide(cnn):
    from medkit.learning.networks.gan import GAN
    from medkit.learning.studies.pair_study import n_parameters

    on_features = svm_on(FrozenEstimator(cnn)).fit(IMAGES, LABELS)
    vectors = len(on_features[-1].support_)
    kernels = 25 * 4 + 9 * 4 * 8 + 9 * 8 * 16
    assert n_parameters(FrozenEstimator(cnn)) == kernels + 2 * (4 + 8 + 16) + 17
    assert n_parameters(on_features[-1]) == vectors * (16 + 1) + 1
    # Of a GAN that classifies, the generator is not asked.
    gan = GAN("dense", latent=2, width=4, schedule=TINY).fit(IMAGES)
    assert n_parameters(gan) == (256 * 4 + 4) + 20 + (4 * 64 + 64) + 65


def test_a_study_compares_with_the_better_parent():
    from medkit.learning.studies.pair_study import ask
    from medkit.learning.studies.pair_trials import Cases, Trial

    def cases(seed):
        rng = np.random.default_rng(seed)
        y = np.arange(80) % 2
        x = (y[:, None] + rng.normal(0, [0.6, 1.0, 5.0], (80, 3))).astype(np.float32)
        return Cases(x[:40], y[:40], x[40:], y[40:])

    def models(c):
        from sklearn.compose import make_column_transformer
        from sklearn.pipeline import make_pipeline

        def one(*columns):
            keep = make_column_transformer(("passthrough", list(columns)))
            return make_pipeline(keep, LogisticRegression())

        return {"pair": one(0, 1), "a": one(2), "b": one(1)}

    row = ask(Trial("SVM+CNN", True, "columns", cases, models), seeds=(0, 1))
    assert row.auc > row.auc_b > row.auc_a
    assert row.gain == pytest.approx(row.auc - row.auc_b, abs=2e-4)
    assert row.low > 0
    assert (row.parameters, row.parameters_a) == (3, 2)
