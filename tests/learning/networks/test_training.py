"""The training loop and the scikit-learn interface, on a network of one neuron."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from medkit.learning.backend import keras
from medkit.learning.networks.gan import GAN
from medkit.learning.networks.training import Network, NetworkClassifier, Schedule, train
from medkit.learning.networks.unet import UNet

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3)).astype(np.float32)
Y = np.where(X[:, 0] > 0, "ill", "healthy")
SHORT = Schedule(epochs=4, batch_size=20, learning_rate=0.1)


class Neuron(NetworkClassifier):
    def __init__(self, units=4, *, schedule=SHORT, seed=0):
        self.units = units
        self.schedule = schedule
        self.seed = seed

    def build(self, shape, outputs):
        return keras.Sequential(
            [
                keras.Input(shape),
                keras.layers.Dense(self.units, "tanh"),
                keras.layers.Dense(outputs),
            ]
        )


@pytest.fixture(scope="module")
def learned():
    return Neuron().fit(X, Y)


def test_it_learns_and_speaks_the_labels_it_was_given(learned):
    assert learned.classes_.tolist() == ["healthy", "ill"]
    assert learned.score(X, Y) > 0.9
    probability = learned.predict_proba(X)
    np.testing.assert_allclose(probability.sum(1), 1)
    np.testing.assert_allclose(
        probability[:, 1], 1 / (1 + np.exp(-learned.decision_function(X).astype(float)))
    )
    assert learned.n_parameters_ == 3 * 4 + 4 + 4 + 1


def test_equal_seeds_learn_equally_and_leave_the_global_state_alone(learned):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    again = clone(learned).fit(X, Y)
    assert again.history_ == learned.history_
    np.testing.assert_array_equal(again.decision_function(X), learned.decision_function(X))
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002
    other = Neuron(seed=1).fit(X, Y)
    assert other.history_ != learned.history_


@pytest.mark.usefixtures("eagerly")
def test_progress_is_told_of_each_epoch():
    told = []
    model = Neuron().fit(X, Y, validation=(X, Y), progress=lambda *args: told.append(args))
    assert [(epoch, epochs) for epoch, epochs, _ in told] == [(k, 4) for k in (1, 2, 3, 4)]
    assert [losses["val_loss"] for _, _, losses in told] == model.history_["val_loss"]


@pytest.mark.usefixtures("eagerly")
def test_early_stopping_keeps_the_weights_of_the_best_epoch():
    """Labels turned round in the validation data: every epoch of learning makes it worse."""
    turned = (X, np.where(Y == "ill", "healthy", "ill"))
    schedule = replace(SHORT, epochs=9, patience=2)
    model = Neuron(schedule=schedule).fit(X, Y, validation=turned)
    losses = model.history_["val_loss"]
    assert len(losses) < 9
    assert np.argmin(losses) == len(losses) - 3
    probability = model.predict_proba(X)[np.arange(len(X)), (turned[1] == "ill").astype(int)]
    assert -np.log(probability).mean() == pytest.approx(min(losses), abs=1e-5)


@pytest.mark.usefixtures("eagerly")
def test_the_best_weights_are_kept_even_if_patience_never_ran_out():
    turned = (X, np.where(Y == "ill", "healthy", "ill"))
    model = Neuron(schedule=replace(SHORT, patience=50)).fit(X, Y, validation=turned)
    assert len(model.history_["val_loss"]) == 4
    probability = model.predict_proba(X)[np.arange(len(X)), (turned[1] == "ill").astype(int)]
    assert -np.log(probability).mean() == pytest.approx(min(model.history_["val_loss"]), abs=1e-5)


def test_a_pickled_model_predicts_the_same(learned):
    copy = pickle.loads(pickle.dumps(learned))
    np.testing.assert_array_equal(copy.predict_proba(X), learned.predict_proba(X))


@pytest.mark.thorough
@pytest.mark.usefixtures("eagerly")
def test_it_works_in_a_pipeline_and_a_grid_search():
    pipeline = make_pipeline(StandardScaler(), Neuron())
    grid = GridSearchCV(pipeline, {"neuron__units": [2, 4]}, cv=2, scoring="roc_auc")
    assert grid.fit(X, Y).best_score_ > 0.8
    assert cross_val_score(Neuron(), X, Y, cv=2).min() > 0.6


def test_more_than_two_classes_get_a_logit_each():
    three = np.digitize(X[:, 0], (-0.5, 0.5))
    model = Neuron(schedule=replace(SHORT, epochs=20)).fit(X, three)
    assert model.decision_function(X).shape == (60, 3)
    assert model.score(X, three) > 0.8


def test_wrong_inputs_are_named():
    with pytest.raises(ValueError, match="60 samples, but 59 labels"):
        Neuron().fit(X, Y[:-1])
    with pytest.raises(ValueError, match="60 samples, but no labels"):
        Neuron().fit(X)
    with pytest.raises(ValueError, match="5 samples, but 4 labels"):
        Neuron().fit(X, Y, validation=(X[:5], Y[:4]))
    with pytest.raises(ValueError, match="one class only"):
        Neuron().fit(X, np.zeros(60))
    with pytest.raises(ValueError, match="not among those learned"):
        Neuron().fit(X, Y, validation=(X, np.full(60, "dead")))
    with pytest.raises(ValueError, match="no training data"):
        train(None, X[:0], Y[:0], schedule=SHORT)
    with pytest.raises(NotImplementedError, match="must say how to build"):
        NetworkClassifier.build(Neuron(), (3,), 1)


IMAGES = RNG.random((8, 8, 8, 1), np.float32)
MASKS = IMAGES[..., 0] > 0.5


@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize(
    ("network", "y", "losses", "weights"),
    [
        (Neuron(), Y[:8], {"loss", "val_loss"}, 64 * 4 + 4 + 5),
        # Down, up, and two numbers a normalised feature.
        (UNet(1), MASKS, {"loss", "val_loss"}, (9 + 18 + 72 + 144) + (80 + 20 + 2) + 2 * 14),
        # Three layers draw, four judge.
        (
            GAN("dense", latent=2, width=4),
            None,
            {"discriminator", "generator"},
            (16 + 20 + 320) + (260 + 20 + 320 + 65),
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Network) else "",
)
def test_every_network_keeps_its_losses_clock_and_weights(network, y, losses, weights):
    x = IMAGES.reshape(8, -1) if isinstance(network, Neuron) else IMAGES
    network = clone(network).set_params(schedule=SHORT, seed=3)
    options = {} if isinstance(network, GAN) else {"validation": (x, y)}
    epochs = []
    assert network.fit(x, y, progress=lambda *said: epochs.append(said[:2]), **options) is network
    assert epochs == [(k, 4) for k in (1, 2, 3, 4)]
    assert set(network.history_) == losses
    assert {len(values) for values in network.history_.values()} == {4}
    assert 0 < network.seconds_ < 60
    assert network.n_parameters_ == weights
