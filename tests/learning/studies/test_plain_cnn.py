"""The plain form of a network gives what Keras gives, and survives the disk."""

import numpy as np
import pytest

from medkit import kit
from medkit.data.dataset import Dataset
from medkit.learning.backend import keras
from medkit.learning.by_hand.convolution import convolve
from medkit.learning.networks.cnn import ResidualCNN, SmallCNN
from medkit.learning.networks.training import Schedule
from medkit.learning.studies import plain_cnn

pytestmark = pytest.mark.usefixtures("all_eagerly")


@pytest.fixture(scope="module")
def learned():
    rng = np.random.default_rng(0)
    images, labels = rng.random((24, 16, 16, 1), np.float32), np.arange(24) % 2
    images[labels == 1, 4:9, 4:9] += 0.5
    return (
        SmallCNN(4, schedule=Schedule(epochs=3, batch_size=8)).fit(images, labels),
        images,
        labels,
    )


def test_logits_and_maps_are_those_of_keras(learned):
    model, images, _ = learned
    plain = plain_cnn.PlainCNN.of(model)
    np.testing.assert_allclose(plain.logit(images), model.decision_function(images), atol=1e-4)
    relus = [layer.output for layer in model.model_.layers if isinstance(layer, keras.layers.ReLU)]
    theirs = keras.Model(model.model_.input, relus).predict(images, verbose=0)
    for ours, keras_map in zip(plain.maps(images), theirs, strict=True):
        np.testing.assert_allclose(ours, keras_map, atol=1e-4)


def test_what_is_stored_is_what_was_learned(learned, tmp_path, monkeypatch):
    model, images, labels = learned
    masks = images[..., 0] > 0.9
    data = Dataset(
        "toy",
        images.clip(0, 1),
        labels,
        ("no", "yes"),
        np.full(24, "test"),
        np.arange(24).astype(str),
        "CT",
        masks=masks,
    )
    (tmp_path / "datasets").mkdir()
    plain_cnn.save(plain_cnn.PlainCNN.of(model), data, tmp_path / "datasets")
    monkeypatch.setattr(kit, "root", lambda: tmp_path)
    again = plain_cnn.load("toy")
    np.testing.assert_allclose(again.images, data.images, atol=0.5 / 255)
    np.testing.assert_array_equal(again.masks, masks)
    np.testing.assert_array_equal(again.labels, labels)
    assert again.classes == ("no", "yes")
    assert again.network.logit(images) == pytest.approx(model.decision_function(images), abs=1e-4)


def test_a_bias_is_folded_too():
    layers, rng = keras.layers, np.random.default_rng(1)
    chain = [
        keras.Input((6, 6, 2)),
        layers.Conv2D(3, 3, padding="same"),
        layers.BatchNormalization(),
    ]
    model = keras.Sequential(chain)
    model.set_weights([rng.random(w.shape) + 0.5 for w in model.get_weights()])
    x = rng.random((2, 6, 6, 2), np.float32)
    ((kernel, bias),) = plain_cnn.folded(model)
    np.testing.assert_allclose(convolve(x, kernel, bias), model(x), rtol=1e-5)


def test_what_is_no_chain_of_convolutions_is_refused(learned):
    _, images, labels = learned
    branched = ResidualCNN(2, schedule=Schedule(epochs=1)).fit(images, labels)
    with pytest.raises(ValueError, match="branches"):
        plain_cnn.PlainCNN.of(branched)
    recurrent = keras.Sequential([keras.Input((3, 2)), keras.layers.GRU(2)])
    with pytest.raises(ValueError, match="GRU has weights"):
        plain_cnn.folded(recurrent)


def test_unknown_networks_are_refused():
    with pytest.raises(FileNotFoundError, match="us_breast"):
        plain_cnn.load("knee")


def test_every_network_that_is_named_is_there():
    for task in plain_cnn.TASKS:
        assert len(plain_cnn.load(task).images) == plain_cnn.SHOWN
