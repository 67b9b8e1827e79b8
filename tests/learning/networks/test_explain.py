"""Explanations where the answer is known: closed forms, linear models, planted lesions."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from medkit.learning.backend import keras, seeded
from medkit.learning.networks import explain
from medkit.learning.networks.gradients import cells


@pytest.fixture(scope="module")
def network():
    """Convolutions, global average, one linear layer: what CAM was made for."""
    with seeded(0):
        image = keras.Input((16, 24, 1))
        x = keras.layers.Conv2D(4, 3, padding="same", activation="tanh", name="early")(image)
        x = keras.layers.Conv2D(6, 3, strides=2, padding="same", activation="tanh", name="late")(x)
        x = keras.layers.GlobalAveragePooling2D()(x)
        model = keras.Model(image, keras.layers.Dense(3, name="logits")(x))
        model.get_layer("logits").bias.assign([0.3, -0.2, 0.1])
        return model


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).random((3, 16, 24, 1), dtype=np.float32)


def test_grad_cam_behind_a_global_average_is_cam(network, images):
    features = keras.Model(network.input, network.get_layer("late").output).predict(
        images, verbose=0
    )
    weights, bias = (np.asarray(w) for w in network.get_layer("logits").get_weights())
    logits = network.predict(images, verbose=0)
    best = logits.argmax(1)  # it is the highest logit that is explained
    coarse = np.einsum("nrcf,fn->nrc", features, weights[:, best])
    heat = explain.grad_cam(network, images, signed=True)
    assert heat.shape == (3, 16, 24)
    # Strides of 2 on an even image are padded behind only: cells look at odd pixels.
    np.testing.assert_allclose(heat[:, 1::2, 1::2], coarse, atol=1e-5)
    np.testing.assert_allclose(heat[:, 1, 2], coarse[:, 0, :2].mean(1), atol=1e-5)
    np.testing.assert_allclose(coarse.mean((1, 2)) + bias[best], logits.max(1), rtol=1e-4)
    only = explain.grad_cam(network, images)
    assert only.min() >= 0
    assert only.max() > 0


@pytest.mark.parametrize("size", [48, 51])
def test_heat_lies_on_what_is_seen_not_half_a_cell_beside_it(size):
    """Sums over squares, three strides of 2: a dot must be hot where it is, on average."""
    image = x = keras.Input((size, size, 1))
    for side in (5, 3, 3):
        x = keras.layers.Conv2D(1, side, 2, "same", kernel_initializer="ones")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(image, keras.layers.Dense(1, kernel_initializer="ones")(x))
    at = np.random.default_rng(6).integers(12, size - 12, (60, 2))
    dots = np.zeros((60, size, size, 1), np.float32)
    dots[np.arange(60), at[:, 0], at[:, 1]] = 1
    heat = explain.grad_cam(model, dots)
    heat /= heat.sum((1, 2), keepdims=True)
    middle = np.stack([(heat.sum(axis) * np.arange(size)).sum(1) for axis in (2, 1)], 1)
    np.testing.assert_allclose((middle - at).mean(0), 0, atol=0.7)


def test_other_layers_cover_their_input_evenly():
    image = keras.Input((16, 16, 1))
    x = keras.layers.AveragePooling2D(4)(image)
    x = keras.layers.UpSampling2D(2)(x)
    start, step = cells(x)
    np.testing.assert_allclose([start, step], [[0.5, 0.5], [2, 2]])
    x = keras.layers.Conv2D(1, 3, dilation_rate=2)(x)
    np.testing.assert_allclose(cells(x)[0], 0.5 + 2 * 2)


def test_what_has_no_gradients_is_refused(images):
    with pytest.raises(TypeError, match="use occlusion"):
        explain.grad_cam(LogisticRegression(), images)


def test_saliency_equals_finite_differences(network, images):
    slope, best = explain.saliency(network, images), network.predict(images, verbose=0).argmax(1)
    direction = np.random.default_rng(1).normal(size=images.shape).astype(np.float32)
    direction /= np.linalg.norm(direction[0])
    step = 2e-2
    moved = (network.predict(images + s * direction, verbose=0) for s in (step, -step))
    up, down = (logits[np.arange(3), best] for logits in moved)
    np.testing.assert_allclose(
        (slope * direction).sum((1, 2, 3)), (up - down) / 2 / step, rtol=0.02
    )


class TestOcclusion:
    weights = np.random.default_rng(2).normal(size=(12, 17))
    image = np.random.default_rng(3).random((12, 17))

    def linear(self, images):
        return (images * self.weights).sum((1, 2)) + 0.7

    def test_single_pixels_of_a_linear_model_give_its_terms(self):
        heat = explain.occlusion(self.linear, self.image, 1, 1, fill=0.25)
        np.testing.assert_allclose(heat, self.weights * (self.image - 0.25), atol=1e-12)

    def test_tiles_of_a_linear_model_give_sums_of_terms(self):
        weights, image = self.weights[:, :16], self.image[:, :16]
        heat = explain.occlusion(lambda x: (x * weights).sum((1, 2)), image, 4, 4)
        terms = (weights * (image - image.mean())).reshape(3, 4, 4, 4).sum((1, 3))
        np.testing.assert_allclose(heat, np.kron(terms, np.ones((4, 4))), atol=1e-12)

    def test_every_pixel_is_hidden_also_at_the_edge(self):
        heat = explain.occlusion(self.linear, self.image, 5, 3, fill=0)
        assert (heat != 0).all()

    def test_estimators_are_asked_for_their_decision(self):
        rng = np.random.default_rng(4)
        x, y = rng.normal(size=(60, 6, 6, 1)), np.arange(60) % 2
        x[y == 1, 2, 3] += 3
        flat = FunctionTransformer(lambda images: images.reshape(len(images), -1))
        model = make_pipeline(flat, LogisticRegression()).fit(x, y)
        heat = explain.occlusion(model, x[1], 1, 1, fill=0)
        want = model[-1].coef_.reshape(6, 6) * x[1, ..., 0]
        np.testing.assert_allclose(heat, want, atol=1e-10)
        assert np.unravel_index(heat.argmax(), heat.shape) == (2, 3)
        with pytest.raises(ValueError, match=r"images\[0\]"):
            explain.occlusion(model, x, 1, 1)


class TestAgainstTheTruth:
    masks = np.zeros((4, 10, 10), bool)
    masks[:3, 2:4, 2:7] = True

    def test_focus_of_noise_is_chance(self):
        heats = np.random.default_rng(5).random((4, 10, 10))
        inside, chance = explain.focus(heats, self.masks)
        np.testing.assert_allclose(chance, [0.1, 0.1, 0.1, 0])
        np.testing.assert_allclose(inside, chance, atol=0.05)
        np.testing.assert_allclose(explain.focus(self.masks - 1.0, self.masks)[0], 0)
        np.testing.assert_allclose(explain.focus(self.masks, self.masks)[0], [1, 1, 1, 0])
